#include "base/clock.h"
#include "cli/cli.h"
#include "domain/project.h"
#include "formats/audit_rows.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 500 };

static const char *who(const struct audit_row *r)
{
    if (r->user_name) return r->user_name;
    if (!strcmp(r->via, "command")) return "the command line";
    return r->user_id ? "somebody who is gone" : "nobody signed in";
}

static void row_print(const struct audit_row *r)
{
    char at[CLOCK_TEXT];

    clock_format(at, r->at);
    printf("%lld\t%s\t%s\t%s", (long long)r->seq, at, who(r), r->action);
    if (r->subject) printf("\t%s %lld", r->subject, (long long)r->subject_id);
    if (r->subject_name) printf(" (%s)", r->subject_name);
    if (r->project_name) printf("\tin %s", r->project_name);
    printf(strcmp(r->details, "{}") != 0 ? "\t%s\n" : "\n", r->details);
}

static enum err rows_print(struct store *s, int64_t project, int64_t after)
{
    struct audit_row *rows;
    size_t n = 1;

    while (n) {
        struct arena a;
        enum err e;

        arena_init(&a, 64 * MIB);
        e = store_audit_list(s, &a, project, after, PAGE, &rows, &n);
        for (size_t i = 0; !e && i < n; i++)
            row_print(&rows[i]);
        if (!e && n) after = rows[n - 1].seq;
        arena_free(&a);
        if (e) return e;
    }
    return OK;
}

/* The jsonl form on stdout, which the download of the page gives too. */
static enum err pieces_print(struct store *s, int64_t project, int64_t after)
{
    struct audit_rows x = {.project_id = project, .format = AUDIT_JSONL, .after = after};
    struct buf piece;
    enum err e;

    buf_init(&piece, 64 * MIB);
    do {
        buf_clear(&piece);
        e = audit_rows_next(&x, s, &piece);
        if (!e && piece.size && fwrite(piece.data, 1, piece.size, stdout) != piece.size)
            e = fail(ERR_IO, "stdout: %m");
    } while (!e && piece.size);
    buf_free(&piece);
    return e;
}

static enum err audit_print(struct cli *c, struct store *s)
{
    const char *name = cli_value(c, "--project");
    struct project p = {.id = 0};
    int64_t after;

    TRY(cli_number(c, "--after", 0, 0, INT64_MAX, &after));
    if (name) TRY(project_find(s, &c->arena, name, &p));
    return c->json ? pieces_print(s, p.id, after) : rows_print(s, p.id, after);
}

enum err cmd_audit(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = audit_print(c, s);
    store_close(s);
    return e;
}
