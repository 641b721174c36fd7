#include "jobs/draft.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 5 /* behind serving, before the jobs: somebody is watching */ };

struct slot {
    int64_t project_id; /* 0: free */
    int64_t looked_ms;
    bool is_due;
    bool is_busy; /* its rows are in the thread's hands */
    struct predictor *predictor;
    struct draft_status status;
    struct draft_rows rows; /* the thread's, while it is busy */
};

struct drafts {
    const char *data_folder;
    int threads;
    pthread_t thread;
    struct store *store; /* the thread's */
    atomic_bool stop;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    struct slot slot[DRAFTS_MAX];
};

const char *draft_state_name(enum draft_state s)
{
    static const char *const NAMES[] = {[DRAFT_EMPTY] = "empty",
                                        [DRAFT_LOOKING] = "looking",
                                        [DRAFT_LEARNING] = "learning",
                                        [DRAFT_READY] = "ready"};
    return NAMES[s];
}

static struct slot *slot_find(struct drafts *d, int64_t project_id)
{
    for (size_t i = 0; i < DRAFTS_MAX; i++)
        if (d->slot[i].project_id == project_id) return &d->slot[i];
    return NULL;
}

static void slot_clear(struct slot *s)
{
    predictor_drop(s->predictor);
    draft_rows_free(&s->rows);
    *s = (struct slot){.project_id = 0};
}

/* A free one, or the one that nobody looked at for longest; NULL when all are busy, which one thread
 * cannot make them. */
static struct slot *slot_take(struct drafts *d, int64_t project_id)
{
    struct slot *oldest = NULL;

    for (size_t i = 0; i < DRAFTS_MAX; i++) {
        struct slot *s = &d->slot[i];

        if (s->is_busy) continue;
        if (!oldest || s->looked_ms < oldest->looked_ms) oldest = s;
    }
    if (!oldest) return NULL;
    slot_clear(oldest);
    oldest->project_id = project_id;
    oldest->status.progress = (double)NAN;
    oldest->is_due = true;
    return oldest;
}

void drafts_look(struct drafts *d, int64_t project_id)
{
    struct slot *s;

    pthread_mutex_lock(&d->lock);
    s = slot_find(d, project_id);
    if (!s) s = slot_take(d, project_id);
    if (s) s->looked_ms = clock_ticks_ms();
    if (s && s->is_due) pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
}

void drafts_touch(struct drafts *d, int64_t project_id)
{
    struct slot *s;

    pthread_mutex_lock(&d->lock);
    s = slot_find(d, project_id);
    if (s) s->is_due = true;
    if (s) pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
}

void drafts_status(struct drafts *d, int64_t project_id, struct draft_status *status)
{
    const struct slot *s;

    *status = (struct draft_status){.progress = (double)NAN};
    pthread_mutex_lock(&d->lock);
    s = slot_find(d, project_id);
    if (s) *status = s->status;
    pthread_mutex_unlock(&d->lock);
}

enum err drafts_predictor(struct drafts *d, int64_t project_id, struct predictor **p)
{
    struct slot *s;

    *p = NULL;
    pthread_mutex_lock(&d->lock);
    s = slot_find(d, project_id);
    if (s && s->predictor) *p = predictor_hold(s->predictor);
    pthread_mutex_unlock(&d->lock);
    if (*p) return OK;
    return fail(ERR_CONFLICT, "there is nothing to try yet: it needs examples of two classes, "
                              "and a few seconds to look at the first of them");
}

/* The next that is due; NULL when the program ends. */
static struct slot *next(struct drafts *d)
{
    struct slot *due = NULL;

    pthread_mutex_lock(&d->lock);
    while (!due && !atomic_load(&d->stop)) {
        for (size_t i = 0; i < DRAFTS_MAX; i++) {
            struct slot *s = &d->slot[i];

            if (s->is_due && (!due || s->looked_ms > due->looked_ms)) due = s;
        }
        if (!due) pthread_cond_wait(&d->wake, &d->lock);
    }
    if (due) {
        due->is_due = false;
        due->is_busy = true;
        due->status.state = due->status.encoder[0] ? DRAFT_LEARNING : DRAFT_LOOKING;
    }
    pthread_mutex_unlock(&d->lock);
    return due;
}

struct making {
    struct drafts *drafts;
    struct slot *slot;
};

static enum err report(void *context, size_t done, size_t of)
{
    const struct making *m = context;

    if (atomic_load(&m->drafts->stop)) return fail(ERR_CANCELLED, "the program ends");
    pthread_mutex_lock(&m->drafts->lock);
    m->slot->status.state = DRAFT_LEARNING;
    m->slot->status.progress = of ? (double)done / (double)of : (double)NAN;
    pthread_mutex_unlock(&m->drafts->lock);
    return OK;
}

/* The lock held. A draft that could not be renewed stays as it was, with the reason. */
static void settle(struct slot *s, struct draft_fit *f, enum err e)
{
    struct draft_status *to = &s->status;

    s->is_busy = false;
    to->version++;
    to->progress = (double)NAN;
    snprintf(to->message, sizeof to->message, "%s",
             e && e != ERR_CANCELLED ? err_message() : "");
    if (!e) {
        predictor_drop(s->predictor);
        s->predictor = f->predictor;
        to->n_learned = f->n_examples;
        to->seq = f->predictor ? f->seq : 0;
        memcpy(to->encoder, f->encoder, sizeof to->encoder);
    }
    to->state = s->predictor            ? DRAFT_READY
                : !e && !f->has_encoder ? DRAFT_LOOKING
                                        : DRAFT_EMPTY;
}

static void make(struct drafts *d, struct slot *s)
{
    struct making m = {d, s};
    struct draft_fit f = {.store = d->store,
                          .data_folder = d->data_folder,
                          .threads = d->threads,
                          .project_id = s->project_id,
                          .rows = &s->rows,
                          .report = report,
                          .context = &m};
    const int64_t begun_ms = clock_ticks_ms();
    const enum err e = draft_fit(&f);

    if (e && e != ERR_CANCELLED)
        log_line(LOG_WARN, "the draft of project %lld: %s", (long long)s->project_id,
                 err_message());
    else if (f.predictor)
        log_line(LOG_DEBUG, "the draft of project %lld: %zu examples in %lld ms",
                 (long long)s->project_id, f.n_examples,
                 (long long)(clock_ticks_ms() - begun_ms));
    pthread_mutex_lock(&d->lock);
    settle(s, &f, e);
    pthread_mutex_unlock(&d->lock);
}

static void *make_until_stopped(void *context)
{
    struct drafts *d = context;
    struct slot *s;

    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICE))
        log_line(LOG_WARN, "drafts are made at normal priority: %m");
    while ((s = next(d)))
        make(d, s);
    return NULL;
}

static void drafts_free(struct drafts *d)
{
    for (size_t i = 0; i < DRAFTS_MAX; i++)
        slot_clear(&d->slot[i]);
    store_close(d->store);
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

enum err drafts_start(struct drafts **out, const char *data_folder, int threads)
{
    struct drafts *d = calloc(1, sizeof *d);
    enum err e;

    *out = NULL;
    NEED(d);
    d->data_folder = data_folder;
    d->threads = threads;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wake, NULL);
    e = store_open(&d->store, data_folder, STORE_READ);
    if (!e && pthread_create(&d->thread, NULL, make_until_stopped, d))
        e = fail(ERR_NOMEM, "no thread for drafts could be started");
    if (e)
        drafts_free(d);
    else
        *out = d;
    return e;
}

void drafts_stop(struct drafts *d)
{
    if (!d) return;
    atomic_store(&d->stop, true);
    pthread_mutex_lock(&d->lock);
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    drafts_free(d);
}
