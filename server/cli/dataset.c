#include "domain/dataset.h"
#include "base/clock.h"
#include "cli/work.h"
#include "domain/audit.h"
#include "formats/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err dataset_print(struct cli *c, const struct dataset *d)
{
    char hash[HASH_HEX];
    char at[CLOCK_TEXT];

    hash_hex(hash, &d->hash);
    clock_format(at, d->created_at);
    if (c->json)
        return cli_print_json(c, json_pack("{s:I, s:s, s:s, s:I, s:s?, s:I, s:s}", "id",
                                           (json_int_t)d->version, "name", d->name, "state",
                                           dataset_state_name(d->state), "ledger_seq",
                                           (json_int_t)d->ledger_seq, "hash",
                                           d->state == DATASET_FROZEN ? hash : NULL, "items",
                                           (json_int_t)d->n_items, "created_at", at));
    printf("%lld\t%s\t%s\t%lld items\tledger no. %lld\t%s\t%s\n", (long long)d->version,
           d->name[0] ? d->name : "-", dataset_state_name(d->state), (long long)d->n_items,
           (long long)d->ledger_seq, at, d->state == DATASET_FROZEN ? hash : "-");
    return OK;
}

/* A number from 0 to 1 into `object`, when the option was given. */
static enum err share_add(struct cli *c, json_t *object, const char *option, const char *key)
{
    const char *text = cli_value(c, option);
    char *end;
    double share;

    if (!text) return OK;
    share = strtod(text, &end);
    if (*end || end == text || !(share >= 0 && share <= 1))
        return cli_usage(c, "%s: expected a number from 0 to 1, got '%.40s'", option, text);
    return json_object_set_new(object, key, json_real(share)) ? fail_nomem() : OK;
}

static enum err number_add(struct cli *c, json_t *object, const char *option, const char *key,
                           int64_t min)
{
    int64_t number;

    TRY(cli_number(c, option, -1, min, INT64_MAX, &number));
    if (!cli_value(c, option)) return OK;
    return json_object_set_new(object, key, json_integer(number)) ? fail_nomem() : OK;
}

/* "a,b" as a list. */
static enum err list_add(struct cli *c, json_t *object, const char *option, const char *key)
{
    const char *text = cli_value(c, option);
    json_t *list = json_array();

    for (size_t n = 0; text && *text; text += n + (text[n] == ',')) {
        n = strcspn(text, ",");
        if (n) json_array_append_new(list, json_stringn(text, n));
    }
    return json_object_set_new(object, key, list) ? fail_nomem() : OK;
}

/* camera=3 */
static enum err meta_add(struct cli *c, json_t *query)
{
    const char *text = cli_value(c, "--meta");
    const char *value = text ? strchr(text, '=') : NULL;
    json_t *meta = json_object();

    if (json_object_set_new(query, "meta", meta)) return fail_nomem();
    if (!text) return OK;
    if (!value || value == text)
        return cli_usage(c, "--meta: expected KEY=VALUE, got '%.80s'", text);
    return json_object_setn_new(meta, text, (size_t)(value - text), json_string(value + 1))
               ? fail_nomem()
               : OK;
}

static enum err query_add(struct cli *c, json_t *query)
{
    TRY(list_add(c, query, "--classes", "classes"));
    TRY(meta_add(c, query));
    TRY(number_add(c, query, "--people-min", "people_min", 1));
    TRY(share_add(c, query, "--support-min", "support_min"));
    if (!cli_value(c, "--folder")) return OK;
    return json_object_set_new(query, "folder", json_string(cli_value(c, "--folder")))
               ? fail_nomem()
               : OK;
}

static enum err split_add(struct cli *c, json_t *split)
{
    TRY(share_add(c, split, "--train", "train"));
    TRY(share_add(c, split, "--validation", "validation"));
    TRY(share_add(c, split, "--test", "test"));
    TRY(list_add(c, split, "--keep-together", "keep_together"));
    TRY(number_add(c, split, "--like", "like", 1));
    return number_add(c, split, "--seed", "seed", 0);
}

static enum err spec_make(struct cli *c, struct dataset_spec *spec)
{
    json_t *query = json_object();
    json_t *split = json_object();
    json_t *body = json_pack("{s:o, s:o}", "query", query, "split", split);
    enum err e = body ? query_add(c, query) : fail_nomem();

    if (!e) e = split_add(c, split);
    if (!e && dataset_spec_read(&c->arena, body, spec)) e = cli_usage(c, "%s", err_message());
    json_decref(body);
    return e;
}

struct freezing {
    struct cli *cli;
    struct dataset_new wanted;
    struct dataset made;
    struct job job;
};

static enum err begin_task(struct store *s, void *context)
{
    struct freezing *x = context;

    return dataset_begin(s, &x->cli->arena, &x->wanted, clock_now_ms(), &x->made, &x->job);
}

static enum err freeze(struct cli *c, struct work *w, struct freezing *x)
{
    struct project p;

    TRY(work_project(c, w->store, &p));
    x->wanted.project_id = p.id;
    TRY(writer_do(w->writer, begin_task, x));
    TRY(work_job(w, c, &x->job, JOB_NEW));
    TRY(store_dataset_get(w->store, &c->arena, x->made.id, &x->made));
    return dataset_print(c, &x->made);
}

enum err cmd_dataset_freeze(struct cli *c)
{
    struct freezing x = {.cli = c, .wanted.name = cli_value(c, "--name")};
    struct dataset_spec spec;
    struct work w;
    enum err e;

    TRY(spec_make(c, &spec));
    TRY(cli_number(c, "--ledger-seq", 0, 1, INT64_MAX, &x.wanted.ledger_seq));
    x.wanted.spec = &spec;
    TRY(work_open(&w, c));
    e = freeze(c, &w, &x);
    work_close(&w);
    return e;
}

static enum err list(struct cli *c, struct store *s)
{
    struct project p;
    struct dataset *all;
    size_t n;

    TRY(work_project(c, s, &p));
    TRY(store_dataset_list(s, &c->arena, p.id, &all, &n));
    for (size_t i = n; i-- > 0;)
        TRY(dataset_print(c, &all[i]));
    return OK;
}

enum err cmd_dataset_list(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = list(c, s);
    store_close(s);
    return e;
}

static enum err difference(struct cli *c, struct store *s, const struct dataset *in,
                           const struct dataset *other, enum dataset_difference what,
                           const char *word, json_t *all)
{
    int64_t *items;
    int64_t total;
    size_t n;

    TRY(store_dataset_differ(s, &c->arena, in->id, other->id, what, &items, &n, &total));
    if (c->json) return json_object_set_new(all, word, json_integer(total)) ? fail_nomem() : OK;
    printf("%lld %s", (long long)total, word);
    for (size_t i = 0; i < n; i++)
        printf("%s%lld", i ? " " : ": items ", (long long)items[i]);
    printf("%s\n", (int64_t)n < total ? " ..." : "");
    return OK;
}

static enum err diff_print(struct cli *c, struct store *s, const struct dataset *old,
                           const struct dataset *new, json_t *all)
{
    TRY(difference(c, s, new, old, DIFFER_ONLY_HERE, "added", all));
    TRY(difference(c, s, old, new, DIFFER_ONLY_HERE, "removed", all));
    TRY(difference(c, s, new, old, DIFFER_ANSWER, "answered otherwise", all));
    TRY(difference(c, s, new, old, DIFFER_PART, "in another part", all));
    return c->json ? cli_print_json(c, json_incref(all)) : OK;
}

static enum err diff(struct cli *c, struct store *s)
{
    struct project p;
    struct dataset old;
    struct dataset new;
    json_t *all;
    enum err e;

    TRY(work_project(c, s, &p));
    TRY(dataset_frozen(s, &c->arena, p.id, c->word[0], &old));
    TRY(dataset_frozen(s, &c->arena, p.id, c->word[1], &new));
    all = json_object();
    NEED(all);
    e = diff_print(c, s, &old, &new, all);
    json_decref(all);
    return e;
}

enum err cmd_dataset_diff(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = diff(c, s);
    store_close(s);
    return e;
}

static enum err part_read(struct cli *c, unsigned *parts)
{
    const char *part = cli_value(c, "--part");

    *parts = 1U << PART_TRAIN | 1U << PART_VALIDATION;
    if (!part || !strcmp(part, "learning")) return OK;
    *parts = ALL_PARTS;
    if (!strcmp(part, "all")) return OK;
    for (int p = 0; p < PARTS; p++) {
        *parts = 1U << p;
        if (!strcmp(part, dataset_part_name((enum dataset_part)p))) return OK;
    }
    return cli_usage(
        c, "--part: expected learning, train, validation, test or all, got '%.40s'", part);
}

/* The command line stands beside the program: it may open the test part, and says why. */
static enum err test_open(struct cli *c, const struct dataset *d)
{
    struct dataset_use use;
    struct store *s;
    enum err e;

    if (!cli_value(c, "--reason"))
        return cli_usage(c,
                         "--reason is missing: the test part is locked; say what it is opened "
                         "for, and that is kept");
    TRY(store_open(&s, c->data, STORE_WRITE));
    e = dataset_open_test(s, d->id, 0, cli_value(c, "--reason"), clock_now_ms(), &use);
    store_close(s);
    return e;
}

static enum err export_tell(struct cli *c, const struct dataset *d)
{
    const char *part = cli_value(c, "--part");
    struct audit_event e = {
        .action = "dataset.exported",
        .project_id = d->project_id,
        .subject = "dataset",
        .subject_id = d->id,
        .details = arena_printf(&c->arena, "{\"parts\":\"%s\"}", part ? part : "learning")};

    NEED(e.details);
    return work_tell(c->data, &e);
}

static enum err part_export(struct cli *c, struct store *s, const struct export_options *wanted)
{
    struct export_options options = *wanted;
    struct export *x;
    struct project p;
    struct dataset d;
    enum err e;

    TRY(work_project(c, s, &p));
    TRY(dataset_frozen(s, &c->arena, p.id, c->word[0], &d));
    if (options.parts >> PART_TEST & 1) TRY(test_open(c, &d));
    TRY(export_tell(c, &d));
    options.dataset = &d;
    TRY(export_open(&x, s, p.id, &options));
    e = cli_export_write(c, x, cli_value(c, "-o"));
    export_close(x);
    return e;
}

enum err cmd_dataset_export(struct cli *c)
{
    struct export_options options = {.data_folder = c->data};
    const char *format = cli_value(c, "--format");
    struct store *s;
    enum err e;

    if (!cli_value(c, "-o")) return cli_usage(c, "-o is missing: a file, or '-' for stdout");
    if (format && export_format_parse(&options.format, format))
        return cli_usage(c, "--format: %s", err_message());
    TRY(part_read(c, &options.parts));
    TRY(store_open(&s, c->data, STORE_READ));
    e = part_export(c, s, &options);
    store_close(s);
    return e;
}
