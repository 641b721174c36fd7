#include "api/desk.h"
#include "api/encode.h"
#include "api/endpoint.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/hook.h"
#include "net/send.h"

#include <inttypes.h>
#include <math.h>

enum { REQUESTS_SHOWN = 50, DELIVERIES_SHOWN = 5 };

enum err requests_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct endpoint e;
    struct asked x;

    TRY(store_endpoint_by_name(q->store, q->arena, req_param(q, "name"), &e));
    TRY(desk_find(q->store, q->arena, e.id, req_param(q, "request"), &x));
    out_object(&o, NULL);
    desk_encode(&o, &e, &x);
    out_time(&o, "asked_at", x.at);
    out_time(&o, "answered_at", x.answered_at);
    out_end(&o);
    return out_done(&o);
}

/* What has been earned, in a sentence. */
static const char *sentence_of(struct arena *a, const struct earned *x)
{
    if (x->alone)
        return arena_printf(
            a,
            "The model answers “%s” alone when it is %.0f %% sure or more: of %" PRId64
            " such answers that people checked, %" PRId64
            " were wrong, so at most 1 in %.0f is.",
            x->class_name, 100 * x->threshold, x->n, x->n_wrong,
            floor(1 / fmax(x->wrong_high, 1e-9)));
    if (x->broken)
        return arena_printf(a,
                            "“%s” went back to people: the model was wrong too often. %" PRId64
                            " more right answers at least until it may answer alone again.",
                            x->class_name, x->n_needed);
    return arena_printf(a,
                        "“%s” is answered by people: not yet enough evidence. %" PRId64
                        " more answers, all of them as the model would have said, would do.",
                        x->class_name, x->n_needed);
}

static enum err encode_earned(struct out *o, struct req *q, const struct endpoint *e)
{
    struct earned *all;
    size_t n;

    TRY(store_earned_list(q->store, q->arena, e->id, e->live_id, &all, &n));
    out_list(o, "classes");
    for (size_t i = 0; i < n; i++) {
        const char *sentence = sentence_of(q->arena, &all[i]);
        NEED(sentence);
        out_object(o, NULL);
        out_text(o, "class", all[i].class_name);
        out_bool(o, "alone", all[i].alone);
        out_number(o, "threshold", all[i].threshold);
        out_int(o, "checked", all[i].n);
        out_int(o, "wrong", all[i].n_wrong);
        out_number(o, "wrong_high", all[i].wrong_high);
        out_int(o, "needed", all[i].n_needed);
        out_int(o, "audited", all[i].n_audited);
        out_int(o, "audited_wrong", all[i].n_audited_wrong);
        out_time(o, "since", all[i].since);
        out_text(o, "sentence", sentence);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_requests(struct out *o, struct req *q, const struct endpoint *e)
{
    struct asked *all;
    size_t n;

    TRY(store_asked_list(q->store, q->arena, e->id, 0, REQUESTS_SHOWN, &all, &n));
    out_list(o, "requests");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_int(o, "item", all[i].item_id);
        out_text(o, "why", asked_why_name(all[i].why));
        out_text(o, "state", asked_state_name(all[i].state));
        out_text(o, "guess", all[i].guess);
        out_number(o, "probability", all[i].guess ? all[i].probability : (double)NAN);
        out_text(o, "class", all[i].answer);
        out_time(o, "asked_at", all[i].at);
        out_time(o, "answered_at", all[i].answered_at);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static enum err encode_people_behind(struct reply *r, struct req *q, const struct endpoint *e,
                                     const struct desk_settings *set)
{
    struct out o = out_to(&r->body);
    int64_t waiting;

    TRY(store_asked_waiting(q->store, e->id, &waiting));
    out_object(&o, NULL);
    out_bool(&o, "on", set->on);
    out_int(&o, "wait_s", set->wait_s);
    out_int(&o, "wrong_in", set->wrong_in);
    out_number(&o, "audit", set->audit);
    out_int(&o, "waiting", waiting);
    TRY(encode_earned(&o, q, e));
    TRY(encode_requests(&o, q, e));
    out_end(&o);
    return out_done(&o);
}

enum err people_behind_get(struct req *q, struct reply *r)
{
    struct desk_settings set;
    struct endpoint e;

    TRY(endpoint_of(q, &e));
    TRY(desk_settings_of(q->store, q->arena, e.id, &set));
    return encode_people_behind(r, q, &e, &set);
}

enum err people_behind_set(struct req *q, struct reply *r)
{
    struct desk_settings set;
    struct endpoint e;

    TRY(endpoint_of(q, &e));
    TRY(desk_change_settings(q->store, q->arena, e.id, e.project_id, q->body, &set));
    return encode_people_behind(r, q, &e, &set);
}

static enum err encode_deliveries(struct out *o, struct req *q, int64_t hook_id)
{
    struct delivery *all;
    size_t n;

    TRY(store_delivery_list(q->store, q->arena, hook_id, DELIVERIES_SHOWN, &all, &n));
    out_list(o, "deliveries");
    for (size_t i = 0; i < n; i++) {
        char id[UUID_TEXT];
        uuid_write(id, &all[i].key);
        out_object(o, NULL);
        out_text(o, "id", id);
        out_text(o, "state", delivery_state_name(all[i].state));
        out_int(o, "tries", all[i].tries);
        out_id(o, "status", all[i].status);
        out_text(o, "why", all[i].why);
        out_time(o, "created_at", all[i].created_at);
        out_time(o, "next_at", all[i].state == DELIVERY_WAITING ? all[i].next_at : 0);
        out_end(o);
    }
    out_end(o);
    return OK;
}

enum err webhooks_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct endpoint e;
    struct hook *all;
    size_t n;

    TRY(endpoint_of(q, &e));
    TRY(store_hook_list(q->store, q->arena, e.id, &all, &n));
    out_object(&o, NULL);
    out_list(&o, "webhooks");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "id", all[i].id);
        out_text(&o, "url", all[i].url);
        TRY(encode_person_of(&o, "user", q->store, q->arena, all[i].user_id));
        out_time(&o, "created_at", all[i].created_at);
        TRY(encode_deliveries(&o, q, all[i].id));
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err webhooks_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct hook_new n = {.user_id = q->user.id};
    struct endpoint e;
    struct hook h;

    TRY(json_only(q->body, "url", NULL));
    TRY(json_text(q->body, "url", 1, HOOK_URL_MAX, &n.url));
    TRY(endpoint_of(q, &e));
    TRY(send_check(n.url, q->service->webhooks_anywhere ? SEND_ANYWHERE : SEND_PUBLIC));
    n.endpoint_id = e.id;
    n.project_id = e.project_id;
    TRY(hook_make(q->store, q->arena, &n, clock_now_ms(), &h));
    r->status = 201;
    out_object(&o, NULL);
    out_int(&o, "id", h.id);
    out_text(&o, "url", h.url);
    out_text(&o, "secret", h.secret);
    out_end(&o);
    return out_done(&o);
}

enum err webhooks_remove(struct req *q, struct reply *r)
{
    struct endpoint e;
    int64_t id;

    TRY(endpoint_of(q, &e));
    TRY(req_id(q, "webhook", &id));
    TRY(hook_remove(q->store, e.id, e.project_id, id, clock_now_ms()));
    r->status = 204;
    return OK;
}
