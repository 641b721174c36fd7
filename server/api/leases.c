#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/check.h"
#include "store/project.h"

enum { PICKS = 20, PICKS_MAX = 1000, IDS_MAX = 100 };

static enum err encode_given(struct out *o, struct req *q, int64_t project_id,
                             struct queue_given *given)
{
    int hidden;

    TRY(check_is_hidden(q->store, project_id, q->user.id, &hidden));
    out_object(o, NULL);
    out_list(o, "leases");
    for (size_t i = 0; i < given->n; i++) {
        if (hidden) given->leases[i].pick = (struct pick){.id = 0};
        TRY(encode_lease(o, NULL, q->store, q->arena, &given->leases[i]));
    }
    out_end(o);
    out_int(o, "left", hidden ? check_round(given->left) : given->left);
    out_int(o, "items", given->items);
    out_end(o);
    return out_done(o);
}

enum err leases_take(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct queue_ask ask = {.user_id = q->user.id};
    struct queue_given given;
    bool skipped;

    TRY(req_id(q, "project", &r->project));
    TRY(json_only(q->body, "n", "skipped", NULL));
    TRY(json_int_or(q->body, "n", 1, 1, LEASES_MAX, &ask.n));
    TRY(json_bool_or(q->body, "skipped", false, &skipped));
    ask.project_id = r->project;
    ask.what = skipped ? QUEUE_SKIPPED : QUEUE_NEW;
    TRY(queue_lease(q->store, q->arena, &ask, clock_now_ms(), &given));
    r->after = after_queue;
    return encode_given(&o, q, r->project, &given);
}

/* {"leases":[1,2,3]} */
static enum err ids_read(struct req *q, struct queue_ids *of)
{
    const json_t *list;
    int64_t *ids;

    *of = (struct queue_ids){.user_id = q->user.id};
    TRY(req_id(q, "project", &of->project_id));
    TRY(json_only(q->body, "leases", NULL));
    list = json_object_get(q->body, "leases");
    if (!json_is_array(list)) return fail(ERR_INVALID, "leases: expected a list of ids");
    of->n = json_array_size(list);
    if (of->n > IDS_MAX)
        return fail(ERR_TOO_LARGE, "leases: more than the limit of %d ids", IDS_MAX);
    ids = arena_array(q->arena, of->n + 1, sizeof *ids);
    NEED(ids);
    of->ids = ids;
    for (size_t i = 0; i < of->n; i++) {
        const json_t *id = json_array_get(list, i);
        if (!json_is_integer(id))
            return fail(ERR_INVALID, "leases: number %zu is not an id", i + 1);
        ids[i] = json_integer_value(id);
    }
    return OK;
}

enum err leases_renew(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct lease *renewed;
    struct queue_ids of;
    size_t n;

    TRY(ids_read(q, &of));
    TRY(queue_renew(q->store, q->arena, &of, clock_now_ms(), &renewed, &n));
    out_object(&o, NULL);
    out_list(&o, "leases");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "id", renewed[i].id);
        out_time(&o, "expires_at", renewed[i].expires_at);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err leases_release(struct req *q, struct reply *r)
{
    struct queue_ids of;

    TRY(ids_read(q, &of));
    TRY(queue_release(q->store, &of, clock_now_ms()));
    r->status = 204;
    return OK;
}

enum err picks_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project p;
    struct pick *picks;
    int64_t limit;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(req_query_int(q, "n", PICKS, 1, PICKS_MAX, &limit));
    TRY(store_project_get(q->store, q->arena, id, &p));
    TRY(store_pick_waiting(q->store, q->arena, id, (size_t)limit, &picks, &n));
    out_object(&o, NULL);
    out_list(&o, "picks");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "item", picks[i].item_id);
        TRY(encode_receipt(&o, "receipt", q->arena, &picks[i]));
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}
