#include "domain/hook.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "domain/audit.h"
#include "store/endpoint.h"

static const int64_t PAUSE_S[] = {5, 30, 120, 600, 3600, 10800, 43200};
_Static_assert(sizeof PAUSE_S / sizeof *PAUSE_S == HOOK_TRIES - 1, "a pause between two tries");

int64_t hook_pause_ms(int64_t tries)
{
    return tries < HOOK_TRIES ? PAUSE_S[tries - 1] * 1000 : -1;
}

static enum err say(struct store *s, const char *action, int64_t endpoint_id,
                    int64_t project_id)
{
    const struct audit_event event = {.action = action,
                                      .project_id = project_id,
                                      .subject = "endpoint",
                                      .subject_id = endpoint_id};

    return audit_append(s, &event);
}

enum err hook_make(struct store *s, struct arena *a, const struct hook_new *n, int64_t now_ms,
                   struct hook *h)
{
    char secret[SECRET_TEXT];
    struct hook *there;
    size_t n_there;

    TRY(store_hook_list(s, a, n->endpoint_id, &there, &n_there));
    if (n_there >= HOOKS_MAX)
        return fail(ERR_CONFLICT, "an endpoint has at most %d webhooks; remove one first",
                    HOOKS_MAX);
    secret_new(secret);
    *h = (struct hook){.endpoint_id = n->endpoint_id,
                       .project_id = n->project_id,
                       .url = n->url,
                       .secret = arena_strdup(a, secret),
                       .user_id = n->user_id,
                       .created_at = now_ms};
    forget(secret, sizeof secret);
    NEED(h->secret);
    TRY(store_hook_add(s, h));
    return say(s, "endpoint.webhook_made", n->endpoint_id, n->project_id);
}

enum err hook_remove(struct store *s, int64_t endpoint_id, int64_t project_id, int64_t id,
                     int64_t now_ms)
{
    int64_t n;

    TRY(store_hook_remove(s, endpoint_id, id, now_ms, &n));
    if (!n)
        return fail(ERR_NOT_FOUND, "there is no webhook %lld at this endpoint", (long long)id);
    return say(s, "endpoint.webhook_removed", endpoint_id, project_id);
}

static const char *time_text(struct arena *a, int64_t at_ms)
{
    char text[CLOCK_TEXT];

    clock_format(text, at_ms);
    return arena_strdup(a, text);
}

static enum err body_of(struct store *s, struct arena *a, const struct asked *x,
                        const char **body)
{
    struct endpoint e;
    char id[UUID_TEXT];
    json_t *o;

    TRY(store_endpoint_get(s, a, x->endpoint_id, &e));
    uuid_write(id, &x->key);
    o = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?}", "event", "answer", "endpoint",
                  e.name, "id", id, "state", asked_state_name(x->state), "class", x->answer,
                  "asked_at", time_text(a, x->at), "answered_at", time_text(a, x->answered_at));
    *body = o ? json_write(a, o) : NULL;
    json_decref(o);
    NEED(*body);
    return OK;
}

enum err hook_tell_answer(struct store *s, struct arena *a, const struct asked *x,
                          int64_t now_ms)
{
    const char *body;
    struct hook *hooks;
    size_t n;

    TRY(store_hook_list(s, a, x->endpoint_id, &hooks, &n));
    if (!n) return OK;
    TRY(body_of(s, a, x, &body));
    for (size_t i = 0; i < n; i++) {
        struct delivery d = {
            .hook_id = hooks[i].id, .body = body, .next_at = now_ms, .created_at = now_ms};
        uuid_new(&d.key);
        TRY(store_delivery_add(s, &d));
    }
    return OK;
}

enum err hook_sent(struct store *s, struct delivery *d, const struct hook_outcome *o,
                   int64_t now_ms)
{
    int64_t pause;

    d->tries++;
    d->status = o->status;
    d->why = o->why;
    pause = hook_pause_ms(d->tries);
    if (!o->why || pause < 0) {
        d->state = o->why ? DELIVERY_GIVEN_UP : DELIVERY_ARRIVED;
        d->ended_at = now_ms;
    } else {
        d->next_at = now_ms + pause;
    }
    return store_delivery_set(s, d);
}
