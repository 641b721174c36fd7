#include "api/live.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/model.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    NICE = 10,
    WRITE_EACH_MS = 2000,
    DAYS_MAX = 256, /* endpoints and versions counted between two writings */
    ARENA_MIB = 128,
};
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

struct held {
    int64_t model_id; /* 0: free */
    struct predictor *predictor;
    bool is_opening;
    int64_t used_ms;
};

struct shadow {
    int64_t endpoint_id, live_id, shadow_id;
    void *bytes;
    size_t n;
    char *answer; /* NULL: unknown */
};

struct lives {
    const char *folder;
    struct writer *writer;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    pthread_cond_t work;
    struct held held[LIVES_MAX];
    struct endpoint_day days[DAYS_MAX];
    size_t n_days;
    struct shadow shadows[SHADOWS_MAX];
    size_t first, n_shadows, shadow_bytes;
    bool stopping;
    struct store *store; /* the thread's own, opened at its first use */
};

const char *lives_answer(const struct predictor *p, const struct prediction *x)
{
    return x->is_unknown ? NULL : predictor_class(p, x->best);
}

/* -- predictors ------------------------------------------------------------------------------- */

static struct held *held_find(struct lives *l, int64_t model_id)
{
    for (size_t i = 0; i < LIVES_MAX; i++)
        if (l->held[i].model_id == model_id) return &l->held[i];
    return NULL;
}

/* A free place, or that of the one longest unused; NULL when all are being opened. */
static struct held *held_place(struct lives *l)
{
    struct held *oldest = NULL;

    for (size_t i = 0; i < LIVES_MAX; i++) {
        struct held *h = &l->held[i];

        if (h->is_opening) continue;
        if (!h->model_id) return h;
        if (!oldest || h->used_ms < oldest->used_ms) oldest = h;
    }
    return oldest;
}

static enum err open_model(struct store *s, int64_t model_id, struct predictor **p)
{
    struct arena a;
    struct model m;
    enum err e;

    arena_init(&a, ARENA_MIB * MIB);
    e = store_model_get(s, &a, model_id, &m);
    if (!e) e = model_open(s, &m, p);
    arena_free(&a);
    return e;
}

/* Under the mutex, which is given up while the file is read. */
static enum err hold_new(struct lives *l, struct store *s, int64_t model_id,
                         struct predictor **p)
{
    struct held *h = held_place(l);
    struct predictor *opened = NULL;
    enum err e;

    if (!h) return fail(ERR_BUSY, "too many versions are being opened; try again in a second");
    predictor_drop(h->predictor);
    *h = (struct held){.model_id = model_id, .is_opening = true};
    pthread_mutex_unlock(&l->mutex);
    e = open_model(s, model_id, &opened);
    pthread_mutex_lock(&l->mutex);
    *h = (struct held){.model_id = e ? 0 : model_id};
    h->predictor = opened;
    h->used_ms = clock_ticks_ms();
    pthread_cond_broadcast(&l->opened);
    if (!e) *p = predictor_hold(opened);
    return e;
}

enum err lives_hold(struct lives *l, struct store *s, int64_t model_id, struct predictor **p)
{
    struct held *h;
    enum err e = OK;

    *p = NULL;
    pthread_mutex_lock(&l->mutex);
    while ((h = held_find(l, model_id)) && h->is_opening)
        pthread_cond_wait(&l->opened, &l->mutex);
    if (h) {
        h->used_ms = clock_ticks_ms();
        *p = predictor_hold(h->predictor);
    } else {
        e = hold_new(l, s, model_id, p);
    }
    pthread_mutex_unlock(&l->mutex);
    return e;
}

/* -- counting --------------------------------------------------------------------------------- */

static void day_add(struct endpoint_day *to, const struct endpoint_day *d)
{
    to->n_requests += d->n_requests;
    to->n_predictions += d->n_predictions;
    to->n_unknown += d->n_unknown;
    to->n_limited += d->n_limited;
    to->n_shadow += d->n_shadow;
    to->n_agreed += d->n_agreed;
    to->n_passed += d->n_passed;
    if (d->shadow_id) to->shadow_id = d->shadow_id;
    to->us += d->us;
}

/* Under the mutex. */
static void count_locked(struct lives *l, const struct endpoint_day *d)
{
    const int64_t day = clock_now_ms() / DAY_MS;
    size_t i = 0;

    while (i < l->n_days && (l->days[i].endpoint_id != d->endpoint_id ||
                             l->days[i].model_id != d->model_id || l->days[i].day != day))
        i++;
    if (i == DAYS_MAX)
        return; /* more at once than anybody has; the next two seconds count again */
    if (i == l->n_days)
        l->days[l->n_days++] = (struct endpoint_day){
            .endpoint_id = d->endpoint_id, .day = day, .model_id = d->model_id};
    day_add(&l->days[i], d);
}

void lives_count(struct lives *l, const struct endpoint_day *d)
{
    pthread_mutex_lock(&l->mutex);
    count_locked(l, d);
    pthread_mutex_unlock(&l->mutex);
}

struct days {
    struct endpoint_day day[DAYS_MAX];
    size_t n;
};

static enum err days_add(struct store *s, const struct days *x)
{
    for (size_t i = 0; i < x->n; i++)
        TRY(store_endpoint_count(s, &x->day[i]));
    return OK;
}

static enum err days_task(struct store *s, void *context)
{
    TRY(store_begin(s));
    return store_end(s, days_add(s, context));
}

static void days_write(struct lives *l)
{
    struct days x;

    pthread_mutex_lock(&l->mutex);
    x.n = l->n_days;
    memcpy(x.day, l->days, x.n * sizeof *x.day);
    l->n_days = 0;
    pthread_mutex_unlock(&l->mutex);
    if (x.n && writer_do(l->writer, days_task, &x))
        log_line(LOG_WARN, "what endpoints answered was not counted: %s", err_message());
}

/* -- shadows ---------------------------------------------------------------------------------- */

static void shadow_free(struct shadow *x)
{
    free(x->bytes);
    free(x->answer);
}

/* Under the mutex; false when there is no room. */
static bool shadow_push(struct lives *l, const struct shadow_ask *ask)
{
    struct shadow x = {ask->endpoint_id, ask->live_id, ask->shadow_id, NULL, ask->n, NULL};

    if (l->n_shadows == SHADOWS_MAX || l->shadow_bytes + ask->n > SHADOW_BYTES_MAX)
        return false;
    x.bytes = malloc(ask->n + 1);
    x.answer = ask->answer ? strdup(ask->answer) : NULL;
    if (!x.bytes || (ask->answer && !x.answer)) {
        shadow_free(&x);
        return false;
    }
    memcpy(x.bytes, ask->bytes, ask->n);
    l->shadows[(l->first + l->n_shadows++) % SHADOWS_MAX] = x;
    l->shadow_bytes += ask->n;
    pthread_cond_signal(&l->work);
    return true;
}

void lives_shadow(struct lives *l, const struct shadow_ask *ask)
{
    pthread_mutex_lock(&l->mutex);
    if (!shadow_push(l, ask))
        count_locked(l, &(struct endpoint_day){.endpoint_id = ask->endpoint_id,
                                               .model_id = ask->live_id,
                                               .shadow_id = ask->shadow_id,
                                               .n_passed = 1});
    pthread_mutex_unlock(&l->mutex);
}

static enum err ask_shadow(struct lives *l, struct arena *a, const struct shadow *x,
                           bool *agrees)
{
    struct predictor *p;
    struct prediction said;
    enum err e;

    if (!l->store) TRY(store_open(&l->store, l->folder, STORE_READ));
    TRY(lives_hold(l, l->store, x->shadow_id, &p));
    e = predictor_modality(p) == SMP_IMAGES ? predictor_image(p, a, x->bytes, x->n, &said)
                                            : predictor_text(p, a, x->bytes, x->n, &said);
    if (!e) *agrees = text_same(lives_answer(p, &said), x->answer);
    predictor_drop(p);
    return e;
}

static void shadow_run(struct lives *l, const struct shadow *x)
{
    struct endpoint_day d = {
        .endpoint_id = x->endpoint_id, .model_id = x->live_id, .shadow_id = x->shadow_id};
    struct arena a;
    bool agrees = false;

    arena_init(&a, ARENA_MIB * MIB);
    if (ask_shadow(l, &a, x, &agrees)) {
        log_line(LOG_WARN, "a shadow version could not answer: %s", err_message());
        d.n_passed = 1;
    } else {
        d.n_shadow = 1;
        d.n_agreed = agrees;
    }
    arena_free(&a);
    lives_count(l, &d);
}

/* The next shadow to ask, or none by `until`, or the end. */
static bool shadow_take(struct lives *l, const struct timespec *until, struct shadow *x)
{
    bool got;

    pthread_mutex_lock(&l->mutex);
    while (!l->n_shadows && !l->stopping)
        if (pthread_cond_timedwait(&l->work, &l->mutex, until)) break;
    got = l->n_shadows && !l->stopping;
    if (got) {
        *x = l->shadows[l->first];
        l->first = (l->first + 1) % SHADOWS_MAX;
        l->n_shadows--;
        l->shadow_bytes -= x->n;
    }
    pthread_mutex_unlock(&l->mutex);
    return got;
}

static bool is_stopping(struct lives *l)
{
    bool stopping;

    pthread_mutex_lock(&l->mutex);
    stopping = l->stopping;
    pthread_mutex_unlock(&l->mutex);
    return stopping;
}

static void *work_until_stopped(void *context)
{
    struct lives *l = context;
    struct shadow x;

    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICE))
        log_line(LOG_WARN, "shadow versions run at normal priority: %m");
    while (!is_stopping(l)) {
        const int64_t end_ms = clock_ticks_ms() + WRITE_EACH_MS;
        const struct timespec until = clock_after_ms(WRITE_EACH_MS);

        while (clock_ticks_ms() < end_ms && shadow_take(l, &until, &x)) {
            shadow_run(l, &x);
            shadow_free(&x);
        }
        days_write(l);
    }
    return NULL;
}

/* -- life ------------------------------------------------------------------------------------- */

static void lives_free(struct lives *l)
{
    for (; l->n_shadows; l->n_shadows--, l->first = (l->first + 1) % SHADOWS_MAX)
        shadow_free(&l->shadows[l->first]);
    for (size_t i = 0; i < LIVES_MAX; i++)
        predictor_drop(l->held[i].predictor);
    store_close(l->store);
    pthread_cond_destroy(&l->opened);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->mutex);
    free(l);
}

enum err lives_start(struct lives **out, const char *data_folder, struct writer *w)
{
    struct lives *l = calloc(1, sizeof *l);
    pthread_condattr_t monotonic;

    *out = NULL;
    NEED(l);
    l->folder = data_folder;
    l->writer = w;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->opened, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!pthread_create(&l->thread, NULL, work_until_stopped, l)) {
        *out = l;
        return OK;
    }
    lives_free(l);
    return fail(ERR_NOMEM, "no thread can be started for shadow versions: %m");
}

void lives_stop(struct lives *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->mutex);
    l->stopping = true;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    pthread_join(l->thread, NULL);
    days_write(l);
    lives_free(l);
}
