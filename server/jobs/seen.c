#include "jobs/seen.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_EACH_MS = 2000, DAYS_KNOWN = 64, TASK_ROWS = 200 };
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

/* From which draw on a prediction of that endpoint and day is not among the lowest. */
struct bound {
    int64_t endpoint_id, day;
    double highest;
};

struct seen_log {
    struct writer *writer;
    pthread_t thread;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    struct seen *waiting; /* (SEEN_WAITING), their texts and latents on the heap */
    size_t n;
    struct bound bounds[DAYS_KNOWN]; /* the newest take the place of the oldest */
    size_t n_bounds;
    bool stopping;
};

static struct bound *bound_find(struct seen_log *l, int64_t endpoint_id, int64_t day)
{
    for (size_t i = 0; i < DAYS_KNOWN; i++)
        if (l->bounds[i].endpoint_id == endpoint_id && l->bounds[i].day == day)
            return &l->bounds[i];
    return NULL;
}

static void row_free(struct seen *x)
{
    free((char *)x->class_name);
    free((float *)x->latent);
}

static bool row_copy(struct seen *to, const struct seen *x)
{
    const size_t bytes = x->d * sizeof *x->latent;
    float *latent = x->latent ? malloc(bytes) : NULL;

    *to = *x;
    to->class_name = strdup(x->class_name);
    to->latent = latent;
    if (latent) memcpy(latent, x->latent, bytes);
    if (to->class_name && (latent || !x->latent)) return true;
    row_free(to);
    return false;
}

void seen_note(struct seen_log *l, const struct seen *x)
{
    const double draw = (double)(random_u64() >> 11) * 0x1p-53;
    const int64_t now_ms = clock_now_ms();
    const struct bound *b;
    struct seen row = *x;

    row.at = now_ms;
    row.day = now_ms / DAY_MS;
    row.draw = draw;
    pthread_mutex_lock(&l->mutex);
    b = bound_find(l, row.endpoint_id, row.day);
    if ((!b || draw < b->highest) && l->n < SEEN_WAITING && !l->stopping)
        l->n += row_copy(&l->waiting[l->n], &row);
    pthread_mutex_unlock(&l->mutex);
}

struct batch {
    struct seen *rows;
    size_t n;
    struct bound *bounds; /* (n) of those that were written; endpoint 0: a repetition */
};

/* Each day that was written to, once. */
static enum err trim(struct store *s, struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct seen *x = &b->rows[i];
        bool again = false;

        for (size_t k = 0; k < i && !again; k++)
            again = b->rows[k].endpoint_id == x->endpoint_id && b->rows[k].day == x->day;
        b->bounds[i] = (struct bound){again ? 0 : x->endpoint_id, x->day, 1};
        if (!again)
            TRY(store_seen_trim(s, x->endpoint_id, x->day, SEEN_A_DAY, &b->bounds[i].highest));
    }
    return OK;
}

static enum err write_task(struct store *s, void *context)
{
    struct batch *b = context;

    for (size_t i = 0; i < b->n; i++)
        TRY(store_seen_add(s, &b->rows[i]));
    return trim(s, b);
}

static void bounds_learn(struct seen_log *l, const struct batch *b)
{
    pthread_mutex_lock(&l->mutex);
    for (size_t i = 0; i < b->n; i++) {
        struct bound *known = bound_find(l, b->bounds[i].endpoint_id, b->bounds[i].day);
        if (!b->bounds[i].endpoint_id) continue;
        if (!known) known = &l->bounds[l->n_bounds++ % DAYS_KNOWN];
        *known = b->bounds[i];
    }
    pthread_mutex_unlock(&l->mutex);
}

/* A part of what was taken, as one task of the writer. */
static void write_rows(struct seen_log *l, struct seen *rows, size_t n)
{
    struct bound bounds[TASK_ROWS];
    struct batch b = {rows, n, bounds};

    if (writer_do(l->writer, write_task, &b))
        log_line(LOG_WARN, "%zu predictions are not sampled: %s", n, err_message());
    else
        bounds_learn(l, &b);
    for (size_t i = 0; i < n; i++)
        row_free(&rows[i]);
}

static void flush(struct seen_log *l)
{
    struct seen *mine = calloc(SEEN_WAITING, sizeof *mine);
    struct seen *taken;
    size_t n;

    if (!mine) return;
    pthread_mutex_lock(&l->mutex);
    taken = l->waiting;
    n = l->n;
    l->waiting = mine;
    l->n = 0;
    pthread_mutex_unlock(&l->mutex);
    for (size_t i = 0; i < n; i += TASK_ROWS)
        write_rows(l, taken + i, n - i < TASK_ROWS ? n - i : TASK_ROWS);
    free(taken);
}

static void *serve(void *context)
{
    struct seen_log *l = context;
    bool stopping = false;

    while (!stopping) {
        struct timespec until = clock_after_ms(FLUSH_EACH_MS);
        bool any;

        pthread_mutex_lock(&l->mutex);
        if (!l->stopping) pthread_cond_timedwait(&l->changed, &l->mutex, &until);
        stopping = l->stopping;
        any = l->n > 0;
        pthread_mutex_unlock(&l->mutex);
        if (any) flush(l);
    }
    return NULL;
}

static void seen_free(struct seen_log *l)
{
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    for (size_t i = 0; i < l->n; i++)
        row_free(&l->waiting[i]);
    free(l->waiting);
    free(l);
}

enum err seen_start(struct seen_log **out, struct writer *w)
{
    struct seen_log *l = calloc(1, sizeof *l);
    pthread_condattr_t monotonic;

    *out = NULL;
    NEED(l);
    l->writer = w;
    l->waiting = calloc(SEEN_WAITING, sizeof *l->waiting);
    pthread_mutex_init(&l->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!l->waiting || pthread_create(&l->thread, NULL, serve, l)) {
        seen_free(l);
        return fail(ERR_NOMEM, "no thread can be started: %m");
    }
    *out = l;
    return OK;
}

void seen_stop(struct seen_log *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->mutex);
    l->stopping = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    pthread_join(l->thread, NULL);
    seen_free(l);
}
