#include "domain/desk.h"

#include "domain/answer.h"
#include "domain/audit.h"
#include "domain/hook.h"
#include "domain/project.h"
#include "domain/steer.h"

#include <string.h>

enum { SETTLE_AT_ONCE = 100 };

static const struct desk_settings DEFAULTS = {.wait_s = 10, .wrong_in = 200, .audit = 0.05};

static enum err settings_read(const json_t *people, struct desk_settings *out)
{
    TRY(json_only(people, "on", "wait_s", "wrong_in", "audit", NULL));
    TRY(json_bool_or(people, "on", out->on, &out->on));
    TRY(json_int_or(people, "wait_s", out->wait_s, 0, DESK_WAIT_S_MAX, &out->wait_s));
    TRY(json_int_or(people, "wrong_in", out->wrong_in, 3, 10000, &out->wrong_in));
    return json_number_or(people, "audit", out->audit, 0.001, 1, &out->audit);
}

json_t *desk_settings_json(const struct desk_settings *x)
{
    return json_pack("{s:b, s:I, s:I, s:f}", "on", x->on, "wait_s", (json_int_t)x->wait_s,
                     "wrong_in", (json_int_t)x->wrong_in, "audit", x->audit);
}

enum err desk_settings_of(struct store *s, struct arena *a, int64_t endpoint_id,
                          struct desk_settings *out)
{
    struct desk d;
    json_t *body;
    enum err e;

    *out = DEFAULTS;
    TRY(store_desk_get(s, a, endpoint_id, &d));
    if (!d.settings) return OK;
    TRY(json_read(&body, d.settings, strlen(d.settings)));
    e = settings_read(body, out);
    json_decref(body);
    return e;
}

enum err desk_change_settings(struct store *s, struct arena *a, int64_t endpoint_id,
                              int64_t project_id, const json_t *change,
                              struct desk_settings *out)
{
    struct desk d = {endpoint_id, project_id, NULL};
    struct audit_event event = {.action = "endpoint.people_set",
                                .project_id = project_id,
                                .subject = "endpoint",
                                .subject_id = endpoint_id};
    json_t *body;

    TRY(desk_settings_of(s, a, endpoint_id, out));
    TRY(settings_read(change, out));
    body = desk_settings_json(out);
    d.settings = body ? json_write(a, body) : NULL;
    json_decref(body);
    NEED(d.settings);
    TRY(store_desk_set(s, &d));
    event.details = d.settings;
    return audit_append(s, &event);
}

void desk_decide(const struct desk_settings *set, const struct desk_guess *guess,
                 const struct earned *earned, double chance, struct desk_decision *d)
{
    *d = (struct desk_decision){.asks = true, .propensity = 1};
    if (!guess->model_id) {
        d->why = ASKED_NO_MODEL;
    } else if (guess->is_unknown) {
        d->why = ASKED_UNKNOWN;
    } else if (!earned->class_name || !earned->alone ||
               guess->probability < earned->threshold) {
        d->why = ASKED_UNSURE;
    } else {
        d->why = ASKED_AUDIT;
        d->alone = true;
        d->asks = chance < set->audit;
        d->propensity = set->audit;
    }
}

/* The class that people gave it; NULL: they could not, or do not agree. */
static enum err class_said(struct store *s, struct arena *a, int64_t project_id,
                           struct asked *x)
{
    const struct answers_ask ask = {.project_id = project_id};
    struct item_answer answer;
    struct answers *all;
    json_t *values = NULL;
    enum err e;

    TRY(answers_open(s, &ask, &all));
    e = answers_of_item(all, a, x->item_id, &answer);
    if (!e && answer.item_id && answer.answer == ANSWER_ACCEPT && !answer.n_open)
        e = json_read(&values, answer.values, strlen(answer.values));
    if (values) {
        const char *name = answers_questions(all)->question[0].name;
        const char *class_name = json_string_value(json_object_get(values, name));
        if (class_name) x->answer = arena_strdup(a, class_name);
        json_decref(values);
    }
    if (!e) x->seq = answer.item_id ? answer.seq : 0;
    answers_close(all);
    return e;
}

/* Of an item that has all its answers. */
static enum err answer_take(struct store *s, struct arena *a, int64_t now_ms, struct asked *x)
{
    x->answer = NULL;
    TRY(class_said(s, a, x->project_id, x));
    x->state = x->answer ? ASKED_ANSWERED : ASKED_DECLINED;
    x->answered_at = now_ms;
    return OK;
}

static bool has_all_answers(enum item_state state)
{
    return state == ITEM_LABELLED || state == ITEM_REJECTED;
}

static enum err room_check(struct store *s, int64_t endpoint_id)
{
    int64_t n;

    TRY(store_asked_waiting(s, endpoint_id, &n));
    if (n < DESK_WAITING_MAX) return OK;
    return fail(
        ERR_BUSY,
        "%d requests wait for people at this endpoint already; try again when some of them "
        "are answered",
        DESK_WAITING_MAX);
}

enum err desk_ask(struct store *s, struct arena *a, const struct desk_ask *ask, int64_t now_ms,
                  struct asked *x)
{
    const struct desk_guess *g = ask->guess;
    struct item item = ask->item;
    struct item_brief brief;
    enum item_added added;
    int64_t n_set;

    TRY(room_check(s, ask->endpoint_id));
    *x = (struct asked){.endpoint_id = ask->endpoint_id,
                        .project_id = ask->project_id,
                        .why = ask->decision->why,
                        .propensity = ask->decision->propensity,
                        .model_id = g->model_id,
                        .guess = g->model_id ? g->class_name : NULL,
                        .probability = g->model_id ? g->probability : 0,
                        .at = now_ms};
    item.project_id = ask->project_id;
    TRY(item_add(s, &item, ask->text, ask->text ? (size_t)item.n_bytes : 0, now_ms, &added));
    x->item_id = item.id;
    uuid_new(&x->key);
    TRY(store_item_brief(s, item.id, &brief));
    if (has_all_answers(brief.state))
        TRY(answer_take(s, a, now_ms, x));
    else
        TRY(items_prioritise(s, ask->project_id, &item.id, 1,
                             ask->decision->alone ? DESK_PRIORITY_AUDIT : DESK_PRIORITY,
                             &n_set));
    return store_asked_add(s, x);
}

enum err desk_find(struct store *s, struct arena *a, int64_t endpoint_id, const char *id,
                   struct asked *x)
{
    struct uuid key;

    if (!uuid_read(&key, id)) {
        TRY(store_asked_find(s, a, endpoint_id, &key, x));
        if (x->id) return OK;
    }
    return fail(ERR_NOT_FOUND,
                "there is no request '%.60s' at this endpoint; answered ones are kept %d days",
                id, DESK_KEEP_DAYS);
}

enum err desk_settle(struct store *s, struct arena *a, int64_t now_ms, struct asked **list,
                     size_t *n)
{
    TRY(store_asked_due(s, a, SETTLE_AT_ONCE, list, n));
    for (size_t i = 0; i < *n; i++) {
        struct asked *x = &(*list)[i];
        TRY(answer_take(s, a, now_ms, x));
        TRY(store_asked_end(s, x));
        TRY(hook_tell_answer(s, a, x, now_ms));
    }
    return OK;
}
