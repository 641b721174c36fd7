#include "api/download.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/dataset.h"
#include "formats/export.h"

#include <string.h>

static enum err dataset_of(struct req *q, struct dataset *d)
{
    int64_t project;

    TRY(req_id(q, "project", &project));
    return dataset_find(q->store, q->arena, project, req_param(q, "dataset"), d);
}

static enum err frozen_of(struct req *q, struct dataset *d)
{
    int64_t project;

    TRY(req_id(q, "project", &project));
    return dataset_frozen(q->store, q->arena, project, req_param(q, "dataset"), d);
}

/* The members of DatasetBrief, into an object that is open. */
static enum err encode_brief(struct out *o, struct req *q, const struct dataset *d)
{
    char hash[HASH_HEX];

    hash_hex(hash, &d->hash);
    out_int(o, "id", d->version);
    out_text(o, "name", d->name);
    out_text(o, "state", dataset_state_name(d->state));
    out_int(o, "ledger_seq", d->ledger_seq);
    out_text(o, "hash", d->state == DATASET_FROZEN ? hash : NULL);
    out_int(o, "items", d->n_items);
    out_id(o, "event_seq", d->event_seq);
    out_time(o, "created_at", d->created_at);
    out_json(o, "spec", d->spec);
    return encode_person_of(o, "user", q->store, q->arena, d->user_id);
}

static enum err encode_dataset(struct out *o, const char *key, struct req *q,
                               const struct dataset *d)
{
    out_object(o, key);
    TRY(encode_brief(o, q, d));
    out_end(o);
    return OK;
}

enum err datasets_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct dataset *all;
    struct project p;
    int64_t project;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(store_project_get(q->store, q->arena, project, &p));
    TRY(store_dataset_list(q->store, q->arena, project, &all, &n));
    out_object(&o, NULL);
    out_list(&o, "datasets");
    for (size_t i = 0; i < n; i++)
        TRY(encode_dataset(&o, NULL, q, &all[i]));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err datasets_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct dataset_new n = {.user_id = q->user.id};
    struct dataset_spec spec;
    struct dataset d;
    struct project p;
    struct job j;

    TRY(req_id(q, "project", &n.project_id));
    TRY(store_project_get(q->store, q->arena, n.project_id, &p));
    TRY(json_only(q->body, "name", "ledger_seq", "query", "split", NULL));
    TRY(json_text_or(q->body, "name", "", DATASET_NAME_MAX, &n.name));
    TRY(json_int_or(q->body, "ledger_seq", 0, 1, INT64_MAX, &n.ledger_seq));
    TRY(dataset_spec_read(q->arena, q->body, &spec));
    n.spec = &spec;
    TRY(dataset_begin(q->store, q->arena, &n, clock_now_ms(), &d, &j));
    r->status = 202;
    r->after = after_job;
    out_object(&o, NULL);
    TRY(encode_dataset(&o, "dataset", q, &d));
    encode_job(&o, "job", &j);
    out_end(&o);
    return out_done(&o);
}

/* The datasheet's people have ids; whoever reads it gets names. */
static enum err encode_people(struct out *o, struct req *q, const json_t *sheet)
{
    const json_t *people = json_object_get(sheet, "people");

    out_list(o, "people");
    for (size_t i = 0; i < json_array_size(people); i++) {
        const json_t *person = json_array_get(people, i);

        out_object(o, NULL);
        TRY(encode_person_of(o, "user", q->store, q->arena,
                             json_integer_value(json_object_get(person, "user"))));
        out_int(o, "labels", json_integer_value(json_object_get(person, "labels")));
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_sheet(struct out *o, struct req *q, const struct dataset *d)
{
    const char *text;
    json_t *sheet;
    enum err e;

    if (!d->sheet) {
        out_null(o, "sheet");
        return OK;
    }
    TRY(json_read(&sheet, d->sheet, strlen(d->sheet)));
    out_object(o, "sheet");
    e = encode_people(o, q, sheet);
    json_object_del(sheet, "people");
    text = json_write(q->arena, sheet);
    json_decref(sheet);
    NEED(text);
    out_members(o, text);
    out_end(o);
    return e;
}

enum err datasets_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct dataset d;

    TRY(dataset_of(q, &d));
    out_object(&o, NULL);
    TRY(encode_brief(&o, q, &d));
    TRY(encode_sheet(&o, q, &d));
    out_end(&o);
    return out_done(&o);
}

static enum err encode_difference(struct out *o, const char *key, struct req *q, int64_t in,
                                  int64_t other, enum dataset_difference what)
{
    int64_t *items;
    int64_t total;
    size_t n;

    TRY(store_dataset_differ(q->store, q->arena, in, other, what, &items, &n, &total));
    out_object(o, key);
    out_int(o, "n", total);
    out_list(o, "items");
    for (size_t i = 0; i < n; i++)
        out_int(o, NULL, items[i]);
    out_end(o);
    out_end(o);
    return OK;
}

enum err datasets_diff(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    const char *with = req_query(q, "with");
    struct dataset d;
    struct dataset other;

    if (!with) return fail(ERR_INVALID, "with: name the other data set by its number");
    TRY(frozen_of(q, &d));
    TRY(dataset_frozen(q->store, q->arena, d.project_id, with, &other));
    out_object(&o, NULL);
    out_int(&o, "id", d.version);
    out_int(&o, "with", other.version);
    out_bool(&o, "equal", hash_equal(&d.hash, &other.hash));
    TRY(encode_difference(&o, "added", q, d.id, other.id, DIFFER_ONLY_HERE));
    TRY(encode_difference(&o, "removed", q, other.id, d.id, DIFFER_ONLY_HERE));
    TRY(encode_difference(&o, "answered_otherwise", q, d.id, other.id, DIFFER_ANSWER));
    TRY(encode_difference(&o, "in_another_part", q, d.id, other.id, DIFFER_PART));
    out_end(&o);
    return out_done(&o);
}

enum err datasets_uses(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct dataset_use *uses;
    struct dataset d;
    size_t n;

    TRY(dataset_of(q, &d));
    TRY(store_dataset_uses(q->store, q->arena, d.id, &uses, &n));
    out_object(&o, NULL);
    out_list(&o, "uses");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "id", uses[i].id);
        TRY(encode_person_of(&o, "user", q->store, q->arena, uses[i].user_id));
        out_text(&o, "reason", uses[i].reason);
        out_time(&o, "at", uses[i].at);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err datasets_open_test(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct dataset_use use;
    struct dataset d;
    const char *reason;
    const int64_t now = clock_now_ms();

    TRY(json_only(q->body, "reason", NULL));
    TRY(json_text(q->body, "reason", 1, DATASET_REASON_MAX, &reason));
    TRY(frozen_of(q, &d));
    TRY(dataset_open_test(q->store, d.id, q->user.id, reason, now, &use));
    r->status = 201;
    out_object(&o, NULL);
    out_int(&o, "id", use.id);
    out_time(&o, "open_until", now + (int64_t)DATASET_OPEN_MINUTES * 60 * 1000);
    out_end(&o);
    return out_done(&o);
}

static enum err taken_task(struct store *s, void *context)
{
    return audit_append(s, context);
}

static enum err taken_tell(struct req *q, const struct dataset *d, const char *parts)
{
    struct audit_event e = {.action = "dataset.exported",
                            .project_id = d->project_id,
                            .subject = "dataset",
                            .subject_id = d->id,
                            .details = arena_printf(q->arena, "{\"parts\":\"%s\"}", parts)};

    NEED(e.details);
    return api_write(q, taken_task, &e);
}

enum err datasets_export(struct req *q, struct reply *r)
{
    static const char *const WORDS[] = {"learning", "train", "validation", "test", "all", NULL};
    static const unsigned BITS[] = {1U << PART_TRAIN | 1U << PART_VALIDATION, 1U << PART_TRAIN,
                                    1U << PART_VALIDATION, 1U << PART_TEST, ALL_PARTS};
    struct export_options options = {0};
    const char *format = req_query(q, "format");
    struct dataset d;
    int part;

    TRY(frozen_of(q, &d));
    TRY(export_format_parse(&options.format, format ? format : "jsonl"));
    TRY(req_query_word(q, "part", WORDS, 0, &part));
    options.dataset = &d;
    options.parts = BITS[part];
    if (options.parts >> PART_TEST & 1)
        TRY(dataset_test_is_open(q->store, q->arena, d.id, q->user.id, clock_now_ms()));
    r->kind = REPLY_STREAM;
    r->mime = export_mime(options.format);
    r->download = arena_printf(q->arena, "dataset-%lld-%s.%s", (long long)d.version,
                               WORDS[part], export_extension(options.format));
    NEED(r->download);
    TRY(download_open(q, d.project_id, &options, &r->stream));
    return taken_tell(q, &d, WORDS[part]);
}
