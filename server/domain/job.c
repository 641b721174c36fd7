#include "domain/job.h"

#include "domain/audit.h"
#include "domain/dataset.h"
#include "domain/model.h"

#include <inttypes.h>
#include <string.h>

#define BIT(state) (1u << (state))

static const unsigned MAY_FOLLOW[JOB_STATES] = {
    [JOB_QUEUED] = BIT(JOB_RUNNING) | BIT(JOB_CANCELLED),
    [JOB_RUNNING] = BIT(JOB_DONE) | BIT(JOB_FAILED) | BIT(JOB_CANCELLED) | BIT(JOB_QUEUED),
};

static enum err move(struct store *s, struct job *j, enum job_state to, const char *message,
                     int64_t now_ms)
{
    if (!(MAY_FOLLOW[j->state] & BIT(to)))
        return fail(ERR_CONFLICT, "job %" PRId64 " is %s and cannot become %s", j->id,
                    job_state_name(j->state), job_state_name(to));
    j->state = to;
    if (message) j->message = message;
    if (to == JOB_RUNNING) j->started_at = now_ms;
    if (to != JOB_RUNNING && to != JOB_QUEUED) j->finished_at = now_ms;
    return store_job_update(s, j);
}

static enum err find_equal(struct store *s, struct arena *a, const struct job *j,
                           struct job **equal)
{
    struct job *queued;
    size_t n;

    *equal = NULL;
    TRY(store_job_in_state(s, a, JOB_QUEUED, &queued, &n));
    for (size_t i = 0; i < n && !*equal; i++)
        if (queued[i].project_id == j->project_id && !strcmp(queued[i].kind, j->kind) &&
            !strcmp(queued[i].params, j->params))
            *equal = &queued[i];
    return OK;
}

/* What the program queues or ends by itself is nobody's doing. */
static enum err tell(struct store *s, const char *action, const struct job *j)
{
    if (audit_actor(s).via == VIA_PROGRAM) return OK;
    return audit_append_word(s,
                             &(struct audit_event){.action = action,
                                                   .project_id = j->project_id,
                                                   .subject = "job",
                                                   .subject_id = j->id},
                             "kind", j->kind);
}

static enum err add(struct store *s, struct arena *a, struct job *j, enum job_adding adding,
                    int64_t now_ms)
{
    struct job *equal = NULL;

    if (adding == JOB_MERGE) TRY(find_equal(s, a, j, &equal));
    if (equal) {
        if (j->not_before < equal->not_before) equal->not_before = j->not_before;
        *j = *equal;
        return store_job_update(s, j);
    }
    j->created_at = now_ms;
    TRY(store_job_add(s, j));
    TRY(tell(s, "job.queued", j));
    return store_job_get(s, a, j->id, j);
}

enum err job_add(struct store *s, struct arena *a, struct job *j, enum job_adding adding,
                 int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, add(s, a, j, adding, now_ms));
}

static int is_wanted(const struct job *j, const char *const *kinds, size_t n_kinds,
                     int64_t now_ms)
{
    for (size_t i = 0; i < n_kinds; i++)
        if (!strcmp(j->kind, kinds[i])) return j->not_before <= now_ms;
    return 0;
}

/* The lock is taken before the row says running: whoever sees a running job whose lock is free
 * sees a dead one. */
static enum err take(struct store *s, const struct job *j, int64_t now_ms,
                     struct job_claimed *claim)
{
    enum err e = job_lock_take(store_folder(s), j->id, &claim->lock);

    if (e == ERR_BUSY) return OK; /* its last worker is still letting go */
    if (e) return e;
    claim->job = *j;
    e = move(s, &claim->job, JOB_RUNNING, NULL, now_ms);
    return e;
}

static enum err claim_any(struct store *s, struct arena *a, const char *const *kinds,
                          size_t n_kinds, int64_t now_ms, struct job_claimed *claim)
{
    struct job *queued;
    size_t n;

    TRY(store_job_in_state(s, a, JOB_QUEUED, &queued, &n));
    for (size_t i = 0; i < n && !claim->job.id; i++)
        if (is_wanted(&queued[i], kinds, n_kinds, now_ms))
            TRY(take(s, &queued[i], now_ms, claim));
    return OK;
}

static enum err end_claim(struct store *s, enum err e, struct job_claimed *claim)
{
    e = store_end(s, e);
    if (e) job_unclaim(claim);
    return e;
}

enum err job_claim(struct store *s, struct arena *a, const char *const *kinds, size_t n_kinds,
                   int64_t now_ms, struct job_claimed *claim)
{
    struct job *queued;
    size_t n;

    *claim = (struct job_claimed){.lock = -1};
    /* Asked every second by an idle worker: without the write lock while nothing waits. */
    TRY(store_job_in_state(s, a, JOB_QUEUED, &queued, &n));
    if (!n) return OK;
    TRY(store_begin(s));
    return end_claim(s, claim_any(s, a, kinds, n_kinds, now_ms, claim), claim);
}

static enum err claim_one(struct store *s, struct arena *a, int64_t id, int64_t now_ms,
                          struct job_claimed *claim)
{
    struct job j;

    TRY(store_job_get(s, a, id, &j));
    return j.state == JOB_QUEUED ? take(s, &j, now_ms, claim) : OK;
}

enum err job_claim_one(struct store *s, struct arena *a, int64_t id, int64_t now_ms,
                       struct job_claimed *claim)
{
    *claim = (struct job_claimed){.lock = -1};
    TRY(store_begin(s));
    return end_claim(s, claim_one(s, a, id, now_ms, claim), claim);
}

void job_unclaim(struct job_claimed *claim)
{
    job_lock_drop(claim->lock);
    *claim = (struct job_claimed){.lock = -1};
}

/* Somebody may have asked to cancel since `j` was read: that is not overwritten. */
static enum err write(struct store *s, const struct job *j, int *asked)
{
    struct job now = *j;

    TRY(store_job_cancel_asked(s, j->id, asked));
    now.cancel = *asked;
    return store_job_update(s, &now);
}

enum err job_progress(struct store *s, const struct job *j)
{
    int asked;
    enum err e;

    TRY(store_begin(s));
    e = store_end(s, write(s, j, &asked));
    if (!e && asked) e = fail(ERR_CANCELLED, "job %" PRId64 " was cancelled", j->id);
    return e;
}

static enum err move_written(struct store *s, struct job *j, enum job_state to,
                             const char *message, int64_t now_ms)
{
    TRY(store_job_cancel_asked(s, j->id, &j->cancel));
    return move(s, j, to, message, now_ms);
}

enum err job_move(struct store *s, struct job *j, enum job_state to, const char *message,
                  int64_t now_ms)
{
    struct job before = *j;
    enum err e;

    TRY(store_begin(s));
    e = store_end(s, move_written(s, j, to, message, now_ms));
    if (e) *j = before;
    return e;
}

/* What a job was to make, and nobody will: nothing else would say so. */
static enum err give_up(struct store *s, struct arena *a, const struct job *j)
{
    if (!strcmp(j->kind, "freeze")) return dataset_give_up(s, a, j);
    if (!strcmp(j->kind, "train")) return model_give_up(s, a, j);
    return OK;
}

static enum err cancel(struct store *s, struct arena *a, int64_t id, int64_t now_ms,
                       struct job *j)
{
    TRY(store_job_get(s, a, id, j));
    TRY(tell(s, "job.cancelled", j));
    j->cancel = 1;
    if (j->state == JOB_QUEUED) TRY(give_up(s, a, j));
    if (j->state == JOB_QUEUED)
        return move(s, j, JOB_CANCELLED, "Cancelled before it began.", now_ms);
    if (j->state == JOB_RUNNING) return store_job_update(s, j);
    return fail(ERR_CONFLICT, "job %" PRId64 " is %s already", id, job_state_name(j->state));
}

enum err job_cancel(struct store *s, struct arena *a, int64_t id, int64_t now_ms, struct job *j)
{
    TRY(store_begin(s));
    return store_end(s, cancel(s, a, id, now_ms, j));
}

static enum err requeue(struct store *s, struct arena *a, struct job *j, int64_t now_ms)
{
    if (j->cancel) TRY(give_up(s, a, j));
    if (j->cancel)
        return move(s, j, JOB_CANCELLED, "Cancelled; what it had done is kept.", now_ms);
    return move(s, j, JOB_QUEUED, NULL, now_ms);
}

static enum err requeue_dead(struct store *s, struct arena *a, int64_t now_ms, int64_t *n_dead)
{
    struct job *running;
    size_t n;

    TRY(store_job_in_state(s, a, JOB_RUNNING, &running, &n));
    for (size_t i = 0; i < n; i++) {
        int lock;
        enum err e = job_lock_take(store_folder(s), running[i].id, &lock);
        if (e == ERR_BUSY) continue;
        if (!e) e = requeue(s, a, &running[i], now_ms);
        job_lock_drop(lock);
        if (e) return e;
        ++*n_dead;
    }
    return OK;
}

enum err job_requeue_dead(struct store *s, struct arena *a, int64_t now_ms, int64_t *n)
{
    *n = 0;
    TRY(store_begin(s));
    return store_end(s, requeue_dead(s, a, now_ms, n));
}

enum err job_report(struct store *s, int64_t job_id, const struct job_row *r)
{
    TRY(store_begin(s));
    return store_end(s, store_job_row_set(s, job_id, r));
}
