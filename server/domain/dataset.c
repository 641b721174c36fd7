#include "domain/dataset.h"

#include "domain/audit.h"
#include "domain/ledger.h"
#include "store/project.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum err dataset_by_version(struct store *s, struct arena *a, int64_t project_id,
                                   int64_t version, struct dataset *d)
{
    struct dataset *all;
    size_t n;

    TRY(store_dataset_list(s, a, project_id, &all, &n));
    for (size_t i = 0; i < n; i++) {
        if (all[i].version != version) continue;
        *d = all[i];
        return OK;
    }
    return fail(ERR_NOT_FOUND, "there is no data set %" PRId64 " in this project", version);
}

enum err dataset_find(struct store *s, struct arena *a, int64_t project_id, const char *text,
                      struct dataset *d)
{
    char *end;
    const long long version = strtoll(text, &end, 10);

    *d = (struct dataset){0};
    if (*end || end == text || version < 1)
        return fail(ERR_NOT_FOUND, "there is no data set '%.40s'; they are numbered 1, 2, 3",
                    text);
    return dataset_by_version(s, a, project_id, version, d);
}

enum err dataset_frozen(struct store *s, struct arena *a, int64_t project_id, const char *text,
                        struct dataset *d)
{
    TRY(dataset_find(s, a, project_id, text, d));
    if (d->state == DATASET_FROZEN) return OK;
    return fail(ERR_CONFLICT,
                d->state == DATASET_FREEZING ? "data set %" PRId64 " is still being frozen"
                                             : "data set %" PRId64 " could not be frozen",
                d->version);
}

static enum err check_like(struct store *s, struct arena *a, const struct dataset_new *n)
{
    struct dataset like;
    char version[24];

    if (!n->spec->like) return OK;
    snprintf(version, sizeof version, "%" PRId64, n->spec->like);
    if (dataset_frozen(s, a, n->project_id, version, &like))
        return fail_in(ERR_INVALID, "split.like");
    return OK;
}

static enum err check_seq(struct store *s, const struct dataset_new *n, int64_t *seq)
{
    struct hash hash;

    TRY(store_ledger_last(s, seq, &hash));
    if (n->ledger_seq > *seq)
        return fail(ERR_INVALID, "ledger_seq: the ledger ends at no. %" PRId64, *seq);
    if (n->ledger_seq) *seq = n->ledger_seq;
    return OK;
}

enum err dataset_add(struct store *s, struct arena *a, const struct dataset_new *n,
                     int64_t now_ms, struct dataset *d)
{
    *d = (struct dataset){.project_id = n->project_id,
                          .name = n->name && n->name[0] ? n->name : "",
                          .spec = n->spec->body,
                          .user_id = n->user_id,
                          .created_at = now_ms};
    TRY(check_like(s, a, n));
    TRY(check_seq(s, n, &d->ledger_seq));
    return store_dataset_add(s, d);
}

enum err dataset_begin(struct store *s, struct arena *a, const struct dataset_new *n,
                       int64_t now_ms, struct dataset *d, struct job *j)
{
    TRY(dataset_add(s, a, n, now_ms, d));
    *j = (struct job){.project_id = n->project_id,
                      .kind = "freeze",
                      .params = arena_printf(a, "{\"dataset\":%" PRId64 "}", d->id),
                      .total = -1,
                      .user_id = n->user_id};
    NEED(j->params);
    return job_add(s, a, j, JOB_NEW, now_ms);
}

static const char *event_body(struct arena *a, const struct dataset *d)
{
    char hash[HASH_HEX];
    json_t *spec;
    json_t *body;
    const char *text;

    hash_hex(hash, &d->hash);
    if (json_read(&spec, d->spec, strlen(d->spec))) return NULL;
    body = json_pack("{s:I, s:s, s:I, s:I, s:s, s:o, s:I}", "dataset", (json_int_t)d->id,
                     "hash", hash, "items", (json_int_t)d->n_items, "ledger_seq",
                     (json_int_t)d->ledger_seq, "name", d->name, "spec", spec, "version",
                     (json_int_t)d->version);
    text = body ? json_write(a, body) : NULL;
    json_decref(body);
    return text;
}

static enum err freeze(struct store *s, struct dataset *d, const struct ledger_event *event,
                       int64_t now_ms)
{
    TRY(ledger_append(s, event, now_ms, &d->event_seq));
    d->state = DATASET_FROZEN;
    return store_dataset_end(s, d);
}

enum err dataset_freeze(struct store *s, struct arena *a, struct dataset *d, int64_t now_ms)
{
    const struct ledger_event event = {.kind = "dataset",
                                       .project_id = d->project_id,
                                       .user_id = d->user_id,
                                       .body = event_body(a, d)};

    NEED(event.body);
    TRY(store_begin(s));
    return store_end(s, freeze(s, d, &event, now_ms));
}

enum err dataset_give_up(struct store *s, struct arena *a, const struct job *j)
{
    struct dataset d;
    json_t *params;
    int64_t id;

    TRY(json_read(&params, j->params, strlen(j->params)));
    id = json_integer_value(json_object_get(params, "dataset"));
    json_decref(params);
    TRY(store_dataset_get(s, a, id, &d));
    if (d.state != DATASET_FREEZING) return OK;
    d.state = DATASET_FAILED;
    return store_dataset_end(s, &d);
}

static enum err use_add(struct store *s, struct dataset_use *use)
{
    TRY(store_dataset_use_add(s, use));
    return audit_append(s, &(struct audit_event){.action = "dataset.test_opened",
                                                 .user_id = use->user_id,
                                                 .subject = "dataset",
                                                 .subject_id = use->dataset_id});
}

enum err dataset_open_test(struct store *s, int64_t dataset_id, int64_t user_id,
                           const char *reason, int64_t now_ms, struct dataset_use *use)
{
    size_t n = reason ? strlen(reason) : 0;

    if (!n || n > DATASET_REASON_MAX)
        return fail(ERR_INVALID,
                    "reason: say in 1 to %d bytes what the test part is opened for; it is kept",
                    DATASET_REASON_MAX);
    *use = (struct dataset_use){
        .dataset_id = dataset_id, .user_id = user_id, .reason = reason, .at = now_ms};
    TRY(store_begin(s));
    return store_end(s, use_add(s, use));
}

enum err dataset_test_is_open(struct store *s, struct arena *a, int64_t dataset_id,
                              int64_t user_id, int64_t now_ms)
{
    struct dataset_use *uses;
    size_t n;

    TRY(store_dataset_uses(s, a, dataset_id, &uses, &n));
    for (size_t i = 0; i < n; i++)
        if (uses[i].user_id == user_id &&
            now_ms - uses[i].at <= (int64_t)DATASET_OPEN_MINUTES * 60 * 1000)
            return OK;
    return fail(ERR_DENIED,
                "the test part is locked: open it first by saying why; that is kept, and it is "
                "open to you for %d minutes then",
                DATASET_OPEN_MINUTES);
}

static void add_length(struct hash_state *h, size_t n)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
    hash_add(h, bytes, sizeof bytes);
}

void dataset_hash_begin(struct hash_state *h, const char *questions)
{
    static const char FORMAT[] = "exemplar dataset 1\n";

    hash_init(h);
    hash_add(h, FORMAT, sizeof FORMAT - 1);
    add_length(h, strlen(questions));
    hash_add(h, questions, strlen(questions));
}

void dataset_hash_item(struct hash_state *h, const struct dataset_item *i,
                       const struct hash *content)
{
    const uint8_t part = (uint8_t)i->part;

    hash_add(h, content->bytes, HASH_BYTES);
    hash_add(h, &part, 1);
    add_length(h, strlen(i->values));
    hash_add(h, i->values, strlen(i->values));
}

static enum err hash_each(void *context, const struct dataset_item *i,
                          const struct hash *content)
{
    dataset_hash_item(context, i, content);
    return OK;
}

enum err dataset_check(struct store *s, struct arena *a, const struct dataset *d, int *same)
{
    struct hash_state state;
    struct hash h;
    const char *questions;
    int64_t version;

    TRY(store_questions_as_of(s, a, d->project_id, d->ledger_seq, &version, &questions));
    dataset_hash_begin(&state, questions);
    TRY(store_dataset_walk(s, d->id, hash_each, &state));
    hash_end(&state, &h);
    *same = hash_equal(&h, &d->hash);
    return OK;
}
