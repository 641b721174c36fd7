#include "jobs/import.h"

#include "cli/work.h"
#include "media/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000 };

static enum err row_print(struct cli *c, const struct job_row *r)
{
    const char *outcome = job_outcome_name(r->outcome);

    if (c->json)
        return cli_print_json(c,
                              json_pack("{s:I, s:s, s:s, s:o, s:s?}", "row", (json_int_t)r->row,
                                        "path", r->path, "outcome", outcome, "item",
                                        r->item_id ? json_integer(r->item_id) : json_null(),
                                        "reason", r->reason));
    printf("%s\t%lld\t%s\t%s\n", outcome, (long long)r->row, r->path,
           r->reason ? r->reason : "");
    return OK;
}

/* Every row as JSON; for people only what needs their eye. */
static enum err outcome_print(struct cli *c, struct store *s, int64_t job_id,
                              enum job_outcome outcome)
{
    int64_t after = 0;
    size_t n = PAGE;
    enum err e = OK;

    while (!e && n == PAGE) {
        struct job_row *rows;
        struct arena a;

        arena_init(&a, 64 * MIB);
        e = store_job_rows(s, &a, job_id, outcome, after, PAGE, &rows, &n);
        for (size_t i = 0; !e && i < n; i++) {
            e = row_print(c, &rows[i]);
            after = rows[i].row;
        }
        arena_free(&a);
    }
    return e;
}

static enum err report_print(struct cli *c, struct store *s, const struct job *j)
{
    if (c->json)
        TRY(outcome_print(c, s, j->id, ROW_ANY));
    else {
        TRY(outcome_print(c, s, j->id, ROW_DUPLICATE));
        TRY(outcome_print(c, s, j->id, ROW_REFUSED));
    }
    fprintf(stderr, "%s\n", j->message ? j->message : "");
    if (!j->imported && !j->duplicate && j->refused)
        return fail(ERR_INVALID, "nothing was imported: all %lld rows were refused",
                    (long long)j->refused);
    return OK;
}

static enum err paths_read(struct cli *c, struct import_params *p)
{
    const char **paths = arena_array(&c->arena, c->n_words, sizeof *paths);

    NEED(paths);
    for (size_t i = 0; i < c->n_words; i++) {
        char real[PATH_MAX];

        if (!realpath(c->word[i], real))
            return fail(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %m", c->word[i]);
        if (text_check(NULL, real, strlen(real)))
            return fail(ERR_INVALID, "%s: the path is not UTF-8; rename it", c->word[i]);
        paths[i] = arena_strdup(&c->arena, real);
        NEED(paths[i]);
    }
    p->paths = paths;
    p->n_paths = c->n_words;
    return OK;
}

static enum err params_read(struct cli *c, struct import_params *p)
{
    const char *labels = cli_value(c, "--labels-from");

    if (labels && strcmp(labels, "folder") != 0)
        return cli_usage(c, "--labels-from: expected folder, got '%.40s'", labels);
    if (cli_value(c, "--add-classes") && !labels)
        return cli_usage(c, "--add-classes needs --labels-from folder");
    p->labels_from = labels ? IMPORT_LABELS_FROM_FOLDER : IMPORT_NO_LABELS;
    p->classes = cli_value(c, "--add-classes") ? IMPORT_ADD_CLASSES : IMPORT_KNOWN_CLASSES;
    p->header = cli_value(c, "--no-header") ? IMPORT_NO_HEADER : IMPORT_HEADER;
    p->text_column = cli_value(c, "--text-column");
    return paths_read(c, p);
}

static enum err import(struct work *w, struct cli *c, const struct import_params *params)
{
    struct project p;
    struct job j = {.kind = "import", .total = -1};

    TRY(work_project(c, w->store, &p));
    j.project_id = p.id;
    j.params = import_params_write(&c->arena, params);
    NEED(j.params);
    TRY(work_job(w, c, &j, JOB_MERGE));
    return report_print(c, w->store, &j);
}

enum err cmd_import(struct cli *c)
{
    struct import_params params = {0};
    struct work w;
    enum err e;

    TRY(params_read(c, &params));
    TRY(work_open(&w, c));
    e = import(&w, c, &params);
    work_close(&w);
    return e;
}
