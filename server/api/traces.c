#include "api/encode.h"
#include "api/handlers.h"
#include "domain/dataset.h"
#include "domain/model.h"
#include "domain/trace.h"
#include "store/encoder.h"

#include <string.h>

enum { PAGE = 50, PAGE_MAX = 500 };

static void encode_round(struct out *o, const char *key, const struct round *t)
{
    out_object(o, key);
    out_int(o, "id", t->id);
    out_text(o, "model", t->model);
    out_text(o, "reads", t->reads);
    out_text(o, "strategy", t->strategy);
    out_int(o, "ledger_seq", t->ledger_seq);
    out_int(o, "labels", t->n_labels);
    out_time(o, "at", t->created_at);
    out_end(o);
}

static void encode_dataset(struct out *o, const char *key, const struct dataset *d)
{
    char hash[HASH_HEX];

    hash_hex(hash, &d->hash);
    out_object(o, key);
    out_int(o, "id", d->version);
    out_text(o, "name", d->name);
    out_int(o, "ledger_seq", d->ledger_seq);
    out_text(o, "hash", hash);
    out_end(o);
}

static void encode_models(struct out *o, const struct label_trace *t)
{
    out_list(o, "models");
    for (size_t i = 0; i < t->n_models; i++) {
        const struct model *m = &t->models[i].model;

        out_object(o, NULL);
        out_int(o, "id", m->version);
        out_text(o, "name", m->name);
        out_text(o, "state", model_state_name(m->state));
        out_bool(o, "taught", t->models[i].taught != 0);
        out_end(o);
    }
    out_end(o);
}

static enum err encode_origin(struct out *o, struct req *q, int64_t pick_id)
{
    struct pick pick = {.id = 0};

    if (pick_id) TRY(store_pick_get(q->store, q->arena, pick_id, &pick));
    out_id(o, "round", pick.round_id);
    return encode_receipt(o, "receipt", q->arena, &pick);
}

static enum err encode_forward(struct out *o, struct req *q, const struct label_trace *t)
{
    char id[UUID_TEXT];

    uuid_write(id, &t->event.client_id);
    out_text(o, "id", id);
    out_int(o, "seq", t->event.seq);
    out_id(o, "until_seq", t->until_seq);
    out_int(o, "item", t->event.item_id);
    TRY(encode_person_of(o, "user", q->store, q->arena, t->event.user_id));
    out_time(o, "at", t->event.at);
    out_text(o, "answer", t->answer);
    out_json(o, "values", t->values);
    TRY(encode_origin(o, q, t->pick_id));
    out_list(o, "datasets");
    for (size_t i = 0; i < t->n_datasets; i++)
        encode_dataset(o, NULL, &t->datasets[i]);
    out_end(o);
    encode_models(o, t);
    out_int(o, "n_rounds", t->n_rounds_all);
    out_list(o, "rounds");
    for (size_t i = 0; i < t->n_rounds; i++)
        encode_round(o, NULL, &t->rounds[i]);
    out_end(o);
    return OK;
}

enum err labels_trace(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct label_trace t;
    struct uuid id;
    int64_t project;

    TRY(req_id(q, "project", &project));
    if (uuid_read(&id, req_param(q, "label")))
        return fail(ERR_NOT_FOUND, "there is no label '%.100s'", req_param(q, "label"));
    TRY(trace_label(q->store, q->arena, project, &id, &t));
    out_object(&o, NULL);
    TRY(encode_forward(&o, q, &t));
    out_end(&o);
    return out_done(&o);
}

static enum err encode_label(struct out *o, struct req *q, const struct traced *t)
{
    char id[UUID_TEXT];

    uuid_write(id, &t->id);
    out_object(o, NULL);
    out_text(o, "id", id);
    out_int(o, "seq", t->seq);
    out_int(o, "item", t->item_id);
    TRY(encode_person_of(o, "user", q->store, q->arena, t->user_id));
    out_time(o, "at", t->at);
    out_text(o, "answer", t->answer);
    out_json(o, "values", t->values);
    out_end(o);
    return OK;
}

/* "labels" and "next", a page of what lies behind. */
static enum err encode_back(struct out *o, struct req *q, struct trace_ask *ask,
                            struct traced **shown, size_t *n_shown)
{
    struct traced *list;
    int64_t limit;
    int64_t next;
    size_t n;

    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &ask->after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    ask->limit = (size_t)limit;
    TRY(trace_labels(q->store, q->arena, ask, &list, &n, &next));
    out_list(o, "labels");
    for (size_t i = 0; i < n; i++)
        TRY(encode_label(o, q, &list[i]));
    out_end(o);
    out_id(o, "next", next);
    *shown = list;
    *n_shown = n;
    return OK;
}

enum err datasets_trace(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct dataset d;
    struct trace_ask ask;
    struct traced *list;
    size_t n;
    int64_t project;

    TRY(req_id(q, "project", &project));
    TRY(dataset_frozen(q->store, q->arena, project, req_param(q, "dataset"), &d));
    ask = (struct trace_ask){.project_id = project, .seq = d.ledger_seq, .dataset_id = d.id};
    out_object(&o, NULL);
    out_int(&o, "dataset", d.version);
    out_int(&o, "ledger_seq", d.ledger_seq);
    TRY(encode_back(&o, q, &ask, &list, &n));
    out_end(&o);
    return out_done(&o);
}

/* Labels of honest items measured it and did not teach: those of a page, by item. */
static enum err encode_honest(struct out *o, struct req *q, const struct trace_ask *ask,
                              const struct traced *list, size_t n)
{
    int64_t last = 0;

    out_list(o, "honest");
    for (size_t i = 0; i < n; i++) {
        struct dataset_item d;

        if (list[i].item_id == last) continue;
        last = list[i].item_id;
        TRY(store_dataset_item_find(q->store, q->arena, ask->dataset_id, last, &d));
        if (d.part == PART_TEST) out_int(o, NULL, last);
    }
    out_end(o);
    return OK;
}

enum err models_trace(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct model m;
    struct dataset d;
    struct trace_ask ask;
    struct traced *list;
    size_t n;
    int64_t project;

    TRY(req_id(q, "project", &project));
    TRY(model_find(q->store, q->arena, project, req_param(q, "model"), &m));
    TRY(model_is_trained(&m));
    TRY(store_dataset_get(q->store, q->arena, m.dataset_id, &d));
    ask = (struct trace_ask){.project_id = project, .seq = d.ledger_seq, .dataset_id = d.id};
    out_object(&o, NULL);
    out_int(&o, "model", m.version);
    encode_dataset(&o, "dataset", &d);
    TRY(encode_back(&o, q, &ask, &list, &n));
    TRY(encode_honest(&o, q, &ask, list, n));
    out_end(&o);
    return out_done(&o);
}

static enum err round_of(struct req *q, int64_t project, struct round *t)
{
    int64_t id;

    TRY(req_id(q, "round", &id));
    TRY(store_round_get(q->store, q->arena, id, t));
    if (t->project_id == project) return OK;
    return fail(ERR_NOT_FOUND, "there is no round %lld", (long long)id);
}

enum err rounds_trace(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct encoder encoder = {.id = 0};
    struct trace_ask ask;
    struct round t;
    struct traced *list;
    size_t n;
    int64_t project;

    TRY(req_id(q, "project", &project));
    TRY(round_of(q, project, &t));
    if (t.encoder_id) TRY(store_encoder_get(q->store, q->arena, t.encoder_id, &encoder));
    ask = (struct trace_ask){.project_id = project, .seq = t.ledger_seq};
    out_object(&o, NULL);
    encode_round(&o, "round", &t);
    out_text(&o, "encoder", encoder.id ? encoder.name : NULL);
    out_json(&o, "recipes", t.recipes);
    TRY(encode_back(&o, q, &ask, &list, &n));
    out_end(&o);
    return out_done(&o);
}
