#include "api/encode.h"
#include "api/endpoint.h"
#include "api/handlers.h"
#include "api/live.h"
#include "api/queued.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/credential.h"
#include "domain/model.h"
#include "jobs/gate.h"

#include <inttypes.h>
#include <string.h>

enum { GATES_SHOWN = 20, HISTORY_SHOWN = 100, DAYS_SHOWN = 60, VERSIONS_SHOWN = 50 };

enum err endpoint_of(struct req *q, struct endpoint *e)
{
    int64_t project;

    TRY(req_id(q, "project", &project));
    return endpoint_find(q->store, q->arena, project, req_param(q, "endpoint"), e);
}

/* {"id": its number in the project, "name", "accuracy"}, or null. */
static enum err encode_version(struct out *o, const char *key, struct req *q, int64_t model_id)
{
    struct model m;

    if (!model_id) {
        out_null(o, key);
        return OK;
    }
    TRY(store_model_get(q->store, q->arena, model_id, &m));
    out_object(o, key);
    out_int(o, "id", m.version);
    out_text(o, "name", m.name);
    out_text(o, "accuracy", model_accuracy_sentence(q->arena, &m));
    out_end(o);
    return OK;
}

/* The members of Endpoint, into an object that is open. */
static enum err encode_members(struct out *o, struct req *q, const struct endpoint *e)
{
    int64_t before;

    TRY(endpoint_before(q->store, q->arena, e, &before));
    out_int(o, "id", e->id);
    out_text(o, "name", e->name);
    TRY(encode_version(o, "live", q, e->live_id));
    TRY(encode_version(o, "before", q, before));
    TRY(encode_version(o, "shadow", q, e->shadow_id));
    TRY(encode_version(o, "retraining", q, e->retraining_id));
    out_json(o, "settings", e->settings);
    out_time(o, "created_at", e->created_at);
    return encode_person_of(o, "user", q->store, q->arena, e->user_id);
}

static enum err encode_endpoint(struct out *o, const char *key, struct req *q,
                                const struct endpoint *e)
{
    out_object(o, key);
    TRY(encode_members(o, q, e));
    out_end(o);
    return OK;
}

static enum err reply_endpoint(struct req *q, struct reply *r, const struct endpoint *e)
{
    struct out o = out_to(&r->body);

    TRY(encode_endpoint(&o, NULL, q, e));
    return out_done(&o);
}

enum err endpoints_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct endpoint *all;
    int64_t project;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(store_endpoint_list(q->store, q->arena, project, &all, &n));
    out_object(&o, NULL);
    out_list(&o, "endpoints");
    for (size_t i = 0; i < n; i++)
        TRY(encode_endpoint(&o, NULL, q, &all[i]));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err endpoints_make(struct req *q, struct reply *r)
{
    struct endpoint_new n = {.user_id = q->user.id};
    struct endpoint e;

    TRY(req_id(q, "project", &n.project_id));
    TRY(json_only(q->body, "name", "settings", NULL));
    TRY(json_text(q->body, "name", 1, (size_t)10 * ENDPOINT_NAME_MAX, &n.name));
    n.settings = json_object_get(q->body, "settings");
    TRY(endpoint_new(q->store, q->arena, &n, clock_now_ms(), &e));
    r->status = 201;
    return reply_endpoint(q, r, &e);
}

static enum err encode_gates(struct out *o, struct req *q, const struct endpoint *e)
{
    struct gate_row *all;
    size_t n;

    TRY(store_gate_list(q->store, q->arena, e->id, GATES_SHOWN, &all, &n));
    out_list(o, "gates");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_int(o, "id", all[i].id);
        TRY(encode_version(o, "model", q, all[i].model_id));
        TRY(encode_version(o, "live", q, all[i].live_id));
        out_text(o, "verdict", verdict_name(all[i].verdict));
        out_text(o, "sentence", all[i].sentence);
        out_int(o, "needs", all[i].needs);
        out_int(o, "items", all[i].n_items);
        out_json(o, "report", all[i].report);
        TRY(encode_person_of(o, "user", q->store, q->arena, all[i].user_id));
        out_time(o, "at", all[i].at);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_history(struct out *o, struct req *q, const struct endpoint *e)
{
    struct publication *all;
    size_t n;

    TRY(store_publication_list(q->store, q->arena, e->id, HISTORY_SHOWN, &all, &n));
    out_list(o, "history");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_int(o, "id", all[i].id);
        TRY(encode_version(o, "model", q, all[i].model_id));
        TRY(encode_version(o, "previous", q, all[i].previous_id));
        out_text(o, "how", publishing_name(all[i].how));
        out_id(o, "gate", all[i].gate_id);
        out_text(o, "reason", all[i].reason);
        TRY(encode_person_of(o, "user", q->store, q->arena, all[i].user_id));
        out_time(o, "at", all[i].at);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_days(struct out *o, struct req *q, const struct endpoint *e)
{
    static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;
    struct endpoint_day *all;
    size_t n;

    TRY(store_endpoint_days(q->store, q->arena, e->id, DAYS_SHOWN, &all, &n));
    out_list(o, "days");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_time(o, "day", all[i].day * DAY_MS);
        TRY(encode_version(o, "model", q, all[i].model_id));
        out_int(o, "requests", all[i].n_requests);
        out_int(o, "predictions", all[i].n_predictions);
        out_int(o, "unknown", all[i].n_unknown);
        out_int(o, "limited", all[i].n_limited);
        out_number(
            o, "ms",
            all[i].n_predictions ? (double)all[i].us / 1000 / (double)all[i].n_predictions : 0);
        TRY(encode_version(o, "shadow", q, all[i].shadow_id));
        out_int(o, "shadowed", all[i].n_shadow);
        out_int(o, "agreed", all[i].n_agreed);
        out_int(o, "passed", all[i].n_passed);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_tokens(struct out *o, struct req *q, const struct endpoint *e)
{
    struct token *all;
    size_t n;

    TRY(store_token_of_endpoint(q->store, q->arena, e->id, &all, &n));
    out_list(o, "tokens");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_int(o, "id", all[i].id);
        out_text(o, "name", all[i].name);
        TRY(encode_person_of(o, "user", q->store, q->arena, all[i].user_id));
        out_time(o, "created_at", all[i].created_at);
        out_time(o, "last_used_at", all[i].used_at);
        out_end(o);
    }
    out_end(o);
    return OK;
}

/* The newest of the project that could answer. */
static enum err encode_versions(struct out *o, struct req *q, const struct endpoint *e)
{
    struct model *all;
    size_t n;

    TRY(store_model_list(q->store, q->arena, e->project_id, 0, VERSIONS_SHOWN, &all, &n));
    out_list(o, "versions");
    for (size_t i = 0; i < n; i++)
        if (all[i].state == MODEL_TRAINED) TRY(encode_version(o, NULL, q, all[i].id));
    out_end(o);
    return OK;
}

enum err endpoints_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct endpoint e;

    TRY(endpoint_of(q, &e));
    out_object(&o, NULL);
    TRY(encode_members(&o, q, &e));
    TRY(encode_gates(&o, q, &e));
    TRY(encode_history(&o, q, &e));
    TRY(encode_days(&o, q, &e));
    TRY(encode_tokens(&o, q, &e));
    TRY(encode_versions(&o, q, &e));
    out_end(&o);
    return out_done(&o);
}

/* "shadow": a version's number, or null for none. */
static enum err shadow_change(struct req *q, struct endpoint *e)
{
    const json_t *shadow = json_object_get(q->body, "shadow");
    struct model m = {.id = 0};
    char version[24];

    if (!shadow) return OK;
    if (!json_is_null(shadow) && !json_is_integer(shadow))
        return fail(ERR_INVALID, "shadow: expected the number of a version, or null");
    snprintf(version, sizeof version, "%" PRId64, (int64_t)json_integer_value(shadow));
    if (!json_is_null(shadow)) TRY(model_find(q->store, q->arena, e->project_id, version, &m));
    return endpoint_shadow(q->store, q->arena, e, m.id);
}

enum err endpoints_change(struct req *q, struct reply *r)
{
    const json_t *settings = json_object_get(q->body, "settings");
    struct endpoint e;

    TRY(json_only(q->body, "settings", "shadow", NULL));
    TRY(endpoint_of(q, &e));
    if (settings) TRY(endpoint_change(q->store, q->arena, &e, settings));
    TRY(shadow_change(q, &e));
    return reply_endpoint(q, r, &e);
}

enum err endpoints_remove(struct req *q, struct reply *r)
{
    struct endpoint e;

    TRY(endpoint_of(q, &e));
    TRY(endpoint_remove(q->store, q->arena, &e, clock_now_ms()));
    r->status = 204;
    return OK;
}

/* "model": the number of a version of the endpoint's project. */
static enum err model_of(struct req *q, const struct endpoint *e, struct model *m)
{
    char version[24];
    int64_t number;

    TRY(json_int(q->body, "model", 1, INT64_MAX, &number));
    snprintf(version, sizeof version, "%" PRId64, number);
    return model_find(q->store, q->arena, e->project_id, version, m);
}

enum err endpoints_gate(struct req *q, struct reply *r)
{
    struct gate_params p;
    struct endpoint e;
    struct model m;
    bool publish;

    TRY(json_only(q->body, "model", "publish", NULL));
    TRY(endpoint_of(q, &e));
    TRY(model_of(q, &e, &m));
    TRY(model_is_trained(&m));
    TRY(json_bool_or(q->body, "publish", false, &publish));
    if (m.id == e.live_id)
        return fail(ERR_CONFLICT, "version %" PRId64 " is live at \"%s\" already", m.version,
                    e.name);
    p = (struct gate_params){e.id, m.id, publish ? GATE_AND_PUBLISH : GATE_ONLY};
    return reply_queued(q, r, "gate", gate_params_write(q->arena, &p), JOB_MERGE);
}

/* What the writer does while the request's own thread waits for it. */
struct going_live {
    struct req *q;
    struct endpoint *endpoint;
    int64_t model_id;
    const char *override;
    struct publication done;
};

static enum err publish_task(struct store *s, void *context)
{
    struct going_live *x = context;
    const struct publish p = {.endpoint = x->endpoint,
                              .model_id = x->model_id,
                              .override = x->override,
                              .user_id = x->q->user.id};

    TRY(store_endpoint_get(s, x->q->arena, x->endpoint->id, x->endpoint));
    return endpoint_publish(s, x->q->arena, &p, clock_now_ms(), &x->done);
}

static enum err rollback_task(struct store *s, void *context)
{
    struct going_live *x = context;

    TRY(store_endpoint_get(s, x->q->arena, x->endpoint->id, x->endpoint));
    return endpoint_rollback(s, x->q->arena, x->endpoint, x->q->user.id, clock_now_ms(),
                             &x->done);
}

/* Opened before it is published, so that a damaged file is found while the old version still answers,
 * and nobody waits for the new one afterwards. */
static enum err warm(struct req *q, int64_t model_id)
{
    struct predictor *p;
    enum err e = lives_hold(q->service->lives, q->store, model_id, &p);

    predictor_drop(p);
    return e;
}

enum err endpoints_publish(struct req *q, struct reply *r)
{
    struct endpoint e;
    struct going_live x = {.q = q, .endpoint = &e};
    struct model m;

    TRY(json_only(q->body, "model", "override", NULL));
    TRY(endpoint_of(q, &e));
    TRY(model_of(q, &e, &m));
    TRY(json_text_or(q->body, "override", NULL, ENDPOINT_REASON_MAX, &x.override));
    TRY(model_is_trained(&m));
    x.model_id = m.id;
    TRY(warm(q, m.id));
    TRY(api_write(q, publish_task, &x));
    return reply_endpoint(q, r, &e);
}

enum err endpoints_rollback(struct req *q, struct reply *r)
{
    struct endpoint e;
    struct going_live x = {.q = q, .endpoint = &e};
    int64_t before;

    TRY(json_only(q->body, NULL));
    TRY(endpoint_of(q, &e));
    TRY(endpoint_before(q->store, q->arena, &e, &before));
    if (before) TRY(warm(q, before));
    TRY(api_write(q, rollback_task, &x));
    return reply_endpoint(q, r, &e);
}

enum err endpoints_token_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    char secret[SECRET_TEXT];
    struct token_wish w = {.scopes = SCOPE_PREDICT};
    struct endpoint e;
    int64_t id;

    TRY(json_only(q->body, "name", NULL));
    TRY(json_text(q->body, "name", 1, NAME_BYTES_MAX, &w.name));
    TRY(endpoint_of(q, &e));
    w.project_id = e.project_id;
    w.endpoint_id = e.id;
    TRY(token_new(q->store, q->user.id, &w, clock_now_ms(), &id, secret));
    r->status = 201;
    out_object(&o, NULL);
    out_int(&o, "id", id);
    out_text(&o, "token", secret);
    out_end(&o);
    return out_done(&o);
}

enum err endpoints_token_revoke(struct req *q, struct reply *r)
{
    struct endpoint e;
    struct token *all;
    int64_t id;
    size_t n;

    TRY(endpoint_of(q, &e));
    TRY(req_id(q, "token", &id));
    TRY(store_token_of_endpoint(q->store, q->arena, e.id, &all, &n));
    for (size_t i = 0; i < n; i++)
        if (all[i].id == id) {
            TRY(token_revoke(q->store, all[i].user_id, id, clock_now_ms()));
            r->status = 204;
            return OK;
        }
    return fail(ERR_NOT_FOUND, "there is no token %" PRId64 " of \"%s\"", id, e.name);
}
