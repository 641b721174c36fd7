#include "domain/desk.h"

#include "domain/audit.h"
#include "sampler/takeover.h"

#include <string.h>

enum { CHECKED_MAX = 20000 };

/* The checked answers of one class as the sampler reads them. */
struct evidence {
    float *confidence;
    uint8_t *right;
    size_t n;
    uint8_t *audited; /* of those given alone since the class was taken over, in their order */
    size_t n_audited, n_audited_wrong;
    int64_t last_id;
};

static enum err evidence_read(struct store *s, struct arena *a, const struct desk_weigh *w,
                              const struct earned *now, struct evidence *v)
{
    const struct asked_span span = {w->endpoint_id, w->model_id, now->after_id, w->class_name,
                                    CHECKED_MAX};
    struct asked *list;
    size_t n;

    TRY(store_asked_checked(s, a, &span, &list, &n));
    *v = (struct evidence){.confidence = arena_array(a, n + 1, sizeof *v->confidence),
                           .right = arena_array(a, n + 1, 1),
                           .audited = arena_array(a, n + 1, 1)};
    NEED(v->confidence && v->right && v->audited);
    for (size_t i = 0; i < n; i++) {
        const struct asked *x = &list[i];
        const uint8_t right = x->answer && !strcmp(x->answer, w->class_name);
        v->last_id = x->id;
        if (x->why == ASKED_UNKNOWN) continue; /* the model did not claim it */
        v->confidence[v->n] = (float)x->probability;
        v->right[v->n++] = right;
        if (x->why != ASKED_AUDIT || x->at < now->since) continue;
        v->audited[v->n_audited++] = right;
        v->n_audited_wrong += !right;
    }
    return OK;
}

static void earned_from(struct earned *e, const struct smp_takeover *t)
{
    e->threshold = t->threshold;
    e->n = (int64_t)t->n;
    e->n_wrong = (int64_t)t->n_wrong;
    e->wrong_high = t->wrong_high;
    e->n_needed = (int64_t)t->n_needed;
}

static enum err say(struct store *s, const struct desk_weigh *w, const char *action)
{
    const struct audit_event event = {.action = action,
                                      .project_id = w->project_id,
                                      .subject = "endpoint",
                                      .subject_id = w->endpoint_id};

    return audit_append_word(s, &event, "class", w->class_name);
}

/* A class that answers alone: until the audit shows that it is wrong too often. */
static enum err watch(struct store *s, const struct desk_weigh *w, const struct evidence *v,
                      struct earned *e, int64_t now_ms, enum desk_change *change)
{
    e->n_audited = (int64_t)v->n_audited;
    e->n_audited_wrong = (int64_t)v->n_audited_wrong;
    if (!smp_wrong_broke(v->audited, v->n_audited, 1.0 / (double)w->wrong_in)) return OK;
    e->alone = 0;
    e->broken = 1;
    e->since = now_ms;
    e->after_id = v->last_id;
    *change = DESK_RETURNED;
    return say(s, w, "endpoint.class_returned");
}

/* One that people answer: until the evidence suffices. */
static enum err earn(struct store *s, const struct desk_weigh *w, const struct smp_takeover *t,
                     struct earned *e, int64_t now_ms, enum desk_change *change)
{
    earned_from(e, t);
    if (!t->ready) return OK;
    e->alone = 1;
    e->broken = 0;
    e->since = now_ms;
    *change = DESK_TAKEN;
    return say(s, w, "endpoint.class_taken");
}

static struct smp_takeover takeover_of(const struct evidence *v, int64_t wrong_in)
{
    const struct smp_takeover_in in = {v->confidence, v->right, v->n, 1.0 / (double)wrong_in};
    struct smp_takeover t;

    smp_takeover(&in, &t);
    return t;
}

enum err desk_weigh(struct store *s, struct arena *a, const struct desk_weigh *w,
                    int64_t now_ms, enum desk_change *change)
{
    struct smp_takeover t;
    struct earned e;
    struct evidence v;

    *change = DESK_AS_BEFORE;
    TRY(store_earned_find(s, a, w->endpoint_id, w->model_id, w->class_name, &e));
    e.endpoint_id = w->endpoint_id;
    e.model_id = w->model_id;
    e.class_name = w->class_name;
    if (!e.since) e.since = now_ms;
    TRY(evidence_read(s, a, w, &e, &v));
    t = takeover_of(&v, w->wrong_in);
    /* Mistakes below the bound end nothing, so a threshold that was earned only moves down. */
    if (e.alone && t.ready && t.threshold <= e.threshold) earned_from(&e, &t);
    TRY(e.alone ? watch(s, w, &v, &e, now_ms, change) : earn(s, w, &t, &e, now_ms, change));
    return store_earned_set(s, &e);
}
