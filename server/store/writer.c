#include "store/writer.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A ring of waiting tasks under one lock; the thread takes up to a batch of them, leaves the lock,
 * and works.
 *
 * Copying the write-ahead log back into the database takes long when it is long, so a second
 * thread does it beside the commits; the writer itself copies only what came meanwhile, after
 * which the log begins anew: reused from its start it is written far faster than growing. In
 * pages of 2 KiB: 2 MiB when idle (less is not worth its fsync), 32 MiB under load. */
enum { SENTENCE = 400, LOG_PAGES_IDLE = 1024, LOG_PAGES_LOAD = 16384 };

struct submitted {
    writer_task task;
    void *context;
    writer_done done;
};

struct outcome {
    enum err e;
    char sentence[SENTENCE];
};

struct writer {
    struct store *s;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int stopping;
    pthread_t copier;
    struct store *copier_store;
    pthread_cond_t copy_wake;
    enum { COPY_NONE, COPY_WANTED, COPY_DONE } copy;
    size_t first, n; /* of `ring` */
    struct submitted ring[WRITER_QUEUE];
    struct submitted batch[WRITER_BATCH]; /* of the thread alone, likewise below */
    struct outcome outcomes[WRITER_BATCH];
    struct writer_numbers numbers;
};

static void note(struct outcome *o, enum err e)
{
    o->e = e;
    if (e)
        snprintf(o->sentence, sizeof o->sentence, "%s", err_message());
    else
        o->sentence[0] = '\0';
}

static enum err run_in_part(struct store *s, const struct submitted *t)
{
    TRY(store_begin(s));
    return store_end(s, t->task(s, t->context));
}

/* 1 when it took too long. */
static int run_task(struct writer *w, size_t i)
{
    int64_t begun = clock_ticks_ms();
    int64_t took;

    note(&w->outcomes[i], run_in_part(w->s, &w->batch[i]));
    took = clock_ticks_ms() - begun;
    if (took <= WRITER_LONG_TASK_MS) return 0;
    log_line(LOG_WARN, "a writing task took %lld ms; %d is the most others should wait",
             (long long)took, WRITER_LONG_TASK_MS);
    return 1;
}

/* Whatever each task was told, nothing of the batch is on the disk. */
static void fail_all(struct writer *w, size_t n, enum err e)
{
    struct outcome whole;

    note(&whole, e);
    for (size_t i = 0; i < n; i++)
        if (!w->outcomes[i].e) w->outcomes[i] = whole;
}

static void commit_batch(struct writer *w, size_t n)
{
    int64_t begun;
    size_t n_long = 0;
    size_t n_failed = 0;
    enum err e = store_begin(w->s);

    for (size_t i = 0; i < n; i++) {
        if (e)
            note(&w->outcomes[i], OK);
        else
            n_long += (size_t)run_task(w, i);
    }
    begun = clock_ticks_ms();
    if (!e) e = store_end(w->s, OK);
    if (e) fail_all(w, n, e);
    for (size_t i = 0; i < n; i++)
        n_failed += w->outcomes[i].e != OK;
    pthread_mutex_lock(&w->lock);
    w->numbers.n_tasks += n;
    w->numbers.n_failed += n_failed;
    w->numbers.n_batches++;
    w->numbers.n_long += n_long;
    w->numbers.commit_ms_sum += clock_ticks_ms() - begun;
    pthread_mutex_unlock(&w->lock);
}

static void tell(struct writer *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w->batch[i].done(w->batch[i].context, w->outcomes[i].e, w->outcomes[i].sentence);
}

static void copy_back(struct store *s)
{
    if (store_checkpoint(s))
        log_line(LOG_WARN, "the write-ahead log could not be copied back: %s", err_message());
}

static void *work_copying(void *context)
{
    struct writer *w = context;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->copy != COPY_WANTED && !w->stopping)
            pthread_cond_wait(&w->copy_wake, &w->lock);
        if (w->stopping) break;
        pthread_mutex_unlock(&w->lock);
        copy_back(w->copier_store);
        pthread_mutex_lock(&w->lock);
        w->copy = COPY_DONE;
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Asks for the log to be copied back once it is that long, and finishes what was copied. */
static void mind_log(struct writer *w, int pages_at_least)
{
    int finish = 0;

    if (store_log_pages(w->s) < pages_at_least) return;
    pthread_mutex_lock(&w->lock);
    finish = w->copy == COPY_DONE;
    if (finish) {
        w->copy = COPY_NONE;
    } else if (w->copy == COPY_NONE) {
        w->copy = COPY_WANTED;
        pthread_cond_signal(&w->copy_wake);
    }
    pthread_mutex_unlock(&w->lock);
    if (finish) copy_back(w->s);
}

/* Takes what waits, up to a batch; waits for the first. 0 when all is done and it should end. */
static size_t take(struct writer *w)
{
    size_t n;

    pthread_mutex_lock(&w->lock);
    if (!w->n && !w->stopping) { /* idle */
        pthread_mutex_unlock(&w->lock);
        mind_log(w, LOG_PAGES_IDLE);
        pthread_mutex_lock(&w->lock);
    }
    while (!w->n && !w->stopping)
        pthread_cond_wait(&w->wake, &w->lock);
    n = w->n < WRITER_BATCH ? w->n : WRITER_BATCH;
    for (size_t i = 0; i < n; i++)
        w->batch[i] = w->ring[(w->first + i) % WRITER_QUEUE];
    w->first = (w->first + n) % WRITER_QUEUE;
    w->n -= n;
    pthread_mutex_unlock(&w->lock);
    return n;
}

static void *work(void *context)
{
    struct writer *w = context;
    size_t n;

    while ((n = take(w)) > 0) {
        commit_batch(w, n);
        tell(w, n);
        mind_log(w, LOG_PAGES_LOAD);
    }
    return NULL;
}

static void stop_thread(struct writer *w, pthread_t thread)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = 1;
    pthread_cond_signal(&w->wake);
    pthread_cond_signal(&w->copy_wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(thread, NULL);
}

static enum err start_threads(struct writer *w)
{
    if (pthread_create(&w->copier, NULL, work_copying, w))
        return fail(ERR_NOMEM, "no thread for copying back the log");
    if (!pthread_create(&w->thread, NULL, work, w)) return OK;
    stop_thread(w, w->copier);
    return fail(ERR_NOMEM, "no thread for the writer");
}

static void release(struct writer *w)
{
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    pthread_cond_destroy(&w->copy_wake);
    store_close(w->s);
    store_close(w->copier_store);
    free(w);
}

enum err writer_start(struct writer **out, const char *data_folder, writer_task first,
                      void *context)
{
    struct writer *w = calloc(1, sizeof *w);
    enum err e;

    *out = NULL;
    NEED(w);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    pthread_cond_init(&w->copy_wake, NULL);
    e = store_open(&w->s, data_folder, STORE_WRITE);
    if (!e) e = store_open(&w->copier_store, data_folder, STORE_WRITE);
    if (!e) store_checkpoint_by_hand(w->s);
    if (!e && first) e = first(w->s, context);
    if (!e) e = start_threads(w);
    if (e)
        release(w);
    else
        *out = w;
    return e;
}

void writer_stop(struct writer *w)
{
    if (!w) return;
    stop_thread(w, w->thread);
    pthread_join(w->copier, NULL);
    release(w);
}

enum err writer_submit(struct writer *w, writer_task task, void *context, writer_done done)
{
    enum err e = OK;

    pthread_mutex_lock(&w->lock);
    if (w->stopping)
        e = fail(ERR_BUSY, "the server is stopping; try again in a moment");
    else if (w->n == WRITER_QUEUE)
        e = fail(ERR_BUSY, "%d changes are waiting to be written; try again in a moment",
                 WRITER_QUEUE);
    else
        w->ring[(w->first + w->n++) % WRITER_QUEUE] = (struct submitted){task, context, done};
    if (!e && w->n == 1) pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    return e;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int over;
    struct outcome outcome;
};

static void wake(void *context, enum err e, const char *sentence)
{
    struct waiting *x = context;

    pthread_mutex_lock(&x->lock);
    x->over = 1;
    x->outcome.e = e;
    snprintf(x->outcome.sentence, sizeof x->outcome.sentence, "%s", sentence);
    pthread_cond_signal(&x->wake);
    pthread_mutex_unlock(&x->lock);
}

/* A task and who waits for it, since writer_submit carries one context for both. */
struct carried {
    writer_task task;
    void *context;
    struct waiting *waiting;
};

static enum err run_carried(struct store *s, void *context)
{
    struct carried *c = context;
    return c->task(s, c->context);
}

static void wake_carried(void *context, enum err e, const char *sentence)
{
    wake(((struct carried *)context)->waiting, e, sentence);
}

enum err writer_do(struct writer *w, writer_task task, void *context)
{
    struct waiting x = {.over = 0};
    struct carried c = {task, context, &x};
    enum err e;

    pthread_mutex_init(&x.lock, NULL);
    pthread_cond_init(&x.wake, NULL);
    e = writer_submit(w, run_carried, &c, wake_carried);
    pthread_mutex_lock(&x.lock);
    while (!e && !x.over)
        pthread_cond_wait(&x.wake, &x.lock);
    pthread_mutex_unlock(&x.lock);
    pthread_mutex_destroy(&x.lock);
    pthread_cond_destroy(&x.wake);
    if (e) return e;
    return x.outcome.e ? fail(x.outcome.e, "%s", x.outcome.sentence) : OK;
}

void writer_numbers(struct writer *w, struct writer_numbers *n)
{
    pthread_mutex_lock(&w->lock);
    *n = w->numbers;
    n->n_waiting = w->n;
    pthread_mutex_unlock(&w->lock);
}
