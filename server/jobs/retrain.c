#include "jobs/retrain.h"

#include "domain/audit.h"
#include "domain/endpoint.h"
#include "domain/job.h"
#include "domain/model.h"
#include "jobs/gate.h"
#include "store/label.h"
#include "store/writer.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { ARENA_MIB = 64 };
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

/* One endpoint while it is looked at. */
struct looking {
    struct arena *a;
    struct endpoint e;
    struct endpoint_settings settings;
    int64_t now_ms;
    size_t *n_queued;
};

static enum err labels_are_due(struct store *s, struct looking *x, const struct model *last,
                               bool *due)
{
    const int64_t wanted = x->settings.retrain_labels;
    struct dataset d;
    int64_t n;

    *due = false;
    if (!wanted) return OK;
    TRY(store_dataset_get(s, x->a, last->dataset_id, &d));
    TRY(store_label_count_after(s, x->e.project_id, d.ledger_seq, wanted, &n));
    *due = n >= wanted;
    return OK;
}

/* Since the project's newest version, whoever asked for it; the first is for a person to ask for. */
static enum err is_due(struct store *s, struct looking *x, bool *due)
{
    struct model *last;
    size_t n;

    *due = false;
    if (!x->settings.retrain_days && !x->settings.retrain_labels) return OK;
    TRY(store_model_list(s, x->a, x->e.project_id, 0, 1, &last, &n));
    if (!n || last->state == MODEL_TRAINING) return OK;
    *due = x->settings.retrain_days &&
           x->now_ms - last->created_at >= x->settings.retrain_days * DAY_MS;
    return *due ? OK : labels_are_due(s, x, last, due);
}

static enum err begin(struct store *s, struct looking *x)
{
    const struct model_new n = {.project_id = x->e.project_id, .seed = MODEL_SEED_OWN};
    struct audit_event told = {.action = "endpoint.retrained",
                               .project_id = x->e.project_id,
                               .subject = "endpoint",
                               .subject_id = x->e.id};
    struct model m;
    struct job j;

    TRY(model_begin(s, x->a, &n, x->now_ms, &m, &j));
    told.details = arena_printf(x->a, "{\"version\":%" PRId64 "}", m.version);
    NEED(told.details);
    x->e.retraining_id = m.id;
    TRY(store_endpoint_update(s, &x->e));
    TRY(audit_append(s, &told));
    ++*x->n_queued;
    return OK;
}

static enum err ask_gate(struct store *s, struct looking *x)
{
    const struct gate_params p = {x->e.id, x->e.retraining_id,
                                  x->settings.retrain_publishes ? GATE_AND_PUBLISH : GATE_ONLY};
    struct job j = {.project_id = x->e.project_id,
                    .kind = "gate",
                    .params = gate_params_write(x->a, &p),
                    .total = -1};

    NEED(j.params);
    TRY(job_add(s, x->a, &j, JOB_MERGE, x->now_ms));
    ++*x->n_queued;
    return OK;
}

/* The version that was begun is trained, or failed: its way goes on, or ends. */
static enum err go_on(struct store *s, struct looking *x)
{
    struct model m;

    TRY(store_model_get(s, x->a, x->e.retraining_id, &m));
    if (m.state == MODEL_TRAINING) return OK;
    if (m.state == MODEL_TRAINED && m.id != x->e.live_id) TRY(ask_gate(s, x));
    x->e.retraining_id = 0;
    return store_endpoint_update(s, &x->e);
}

/* In the writer: the row as it is now, which may have changed since it was looked at. */
static enum err step(struct store *s, struct looking *x)
{
    bool due;

    TRY(store_endpoint_get(s, x->a, x->e.id, &x->e));
    if (x->e.removed_at) return OK;
    if (x->e.retraining_id) return go_on(s, x);
    TRY(is_due(s, x, &due));
    return due ? begin(s, x) : OK;
}

static enum err step_task(struct store *s, void *context)
{
    TRY(store_begin(s));
    return store_end(s, step(s, context));
}

static enum err look(struct store *s, struct writer *w, struct looking *x)
{
    bool due = false;
    struct model m;

    TRY(endpoint_settings_read(x->a, x->e.settings, NULL, &x->settings));
    if (x->e.retraining_id) {
        TRY(store_model_get(s, x->a, x->e.retraining_id, &m));
        due = m.state != MODEL_TRAINING;
    } else {
        TRY(is_due(s, x, &due));
    }
    return due ? writer_do(w, step_task, x) : OK;
}

/* One endpoint's trouble is not the others'; the first is told. */
static enum err look_all(struct store *s, struct writer *w, struct looking *x)
{
    struct endpoint *all;
    enum err first = OK;
    char why[500] = "";
    size_t n;

    TRY(store_endpoint_list(s, x->a, 0, &all, &n));
    for (size_t i = 0; i < n; i++) {
        x->e = all[i];
        const enum err e = look(s, w, x);

        if (e && !first) {
            first = e;
            snprintf(why, sizeof why, "endpoint \"%s\": %s", all[i].name, err_message());
        }
    }
    return first ? fail(first, "%s", why) : OK;
}

enum err retrain_look(struct store *s, struct writer *w, int64_t now_ms, size_t *n_queued)
{
    struct arena a;
    struct looking x = {.a = &a, .now_ms = now_ms, .n_queued = n_queued};
    enum err e;

    *n_queued = 0;
    arena_init(&a, ARENA_MIB * MIB);
    e = look_all(s, w, &x);
    arena_free(&a);
    return e;
}
