#include "base/log.h"
#include "http/exchange.h"
#include "store/store.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct slow_thread {
    struct slow *slow;
    pthread_t id;
    struct store *store; /* the thread's own, opened at its first use */
};

/* A ring of exchanges that wait, and the threads that serve them. One thread for passwords,
 * because each costs 64 MiB and 80 ms of a processor: more would be a way to stop the server. One
 * for other servers, because whoever makes us ask them must not make us ask often. One for each
 * processor for the answers of models, and a nice one for many answers at once. */
struct slow {
    struct http *http;
    struct slow_kind kind;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct slow_thread *threads;
    unsigned n_threads; /* that were started */
    bool stopping;
    size_t first;
    size_t n;
    struct exchange *waiting[];
};

static enum err run(struct slow_thread *t, struct exchange *x)
{
    if (!t->store) TRY(store_open(&t->store, t->slow->http->data_folder, STORE_READ));
    x->req.store = t->store;
    return api_run(&x->req, &x->reply);
}

/* Waits for the next exchange; NULL when stopping and none is left. */
static struct exchange *next(struct slow *s)
{
    struct exchange *x = NULL;

    pthread_mutex_lock(&s->mutex);
    while (!s->n && !s->stopping)
        pthread_cond_wait(&s->changed, &s->mutex);
    if (s->n) {
        x = s->waiting[s->first];
        s->first = (s->first + 1) % s->kind.queue;
        s->n--;
    }
    pthread_mutex_unlock(&s->mutex);
    return x;
}

/* A thread has a nice value of its own on Linux. */
static void be_nice(int nice)
{
    if (nice && setpriority(PRIO_PROCESS, (id_t)gettid(), nice))
        log_line(LOG_WARN, "batches run at normal priority: %m");
}

static void *serve(void *context)
{
    struct slow_thread *t = context;
    struct exchange *x;

    be_nice(t->slow->kind.nice);
    while ((x = next(t->slow))) {
        enum err e = run(t, x);
        if (!e && x->reply.wait && waits_take(t->slow->http->waits, x)) continue;
        exchange_done(x, e, err_message());
        MHD_resume_connection(x->connection);
    }
    store_close(t->store);
    return NULL;
}

static bool threads_start(struct slow *s)
{
    s->threads = calloc(s->kind.threads, sizeof *s->threads);
    for (unsigned i = 0; s->threads && i < s->kind.threads; i++) {
        s->threads[i].slow = s;
        if (pthread_create(&s->threads[i].id, NULL, serve, &s->threads[i])) return false;
        s->n_threads++;
    }
    return s->threads != NULL;
}

struct slow *slow_start(struct http *h, const struct slow_kind *kind)
{
    struct slow *s = calloc(1, sizeof *s + kind->queue * sizeof(struct exchange *));

    if (!s) return NULL;
    s->http = h;
    s->kind = *kind;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (threads_start(s)) return s;
    slow_stop(s);
    return NULL;
}

void slow_stop(struct slow *s)
{
    if (!s) return;
    pthread_mutex_lock(&s->mutex);
    s->stopping = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    for (unsigned i = 0; i < s->n_threads; i++)
        pthread_join(s->threads[i].id, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s->threads);
    free(s);
}

enum err slow_submit(struct slow *s, struct exchange *x)
{
    enum err e = OK;

    pthread_mutex_lock(&s->mutex);
    if (s->n == s->kind.queue) {
        e = fail(ERR_BUSY, "%s", s->kind.busy);
    } else {
        s->waiting[(s->first + s->n++) % s->kind.queue] = x;
        pthread_cond_signal(&s->changed);
    }
    pthread_mutex_unlock(&s->mutex);
    return e;
}
