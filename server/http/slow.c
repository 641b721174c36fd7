#include "http/exchange.h"
#include "store/store.h"

#include <stdlib.h>

/* A ring of exchanges that wait, and the thread that serves them. One thread for passwords,
 * because each costs 64 MiB and 80 ms of a processor: more would be a way to stop the server. One
 * for other servers, because whoever makes us ask them must not make us ask often. */
struct slow {
    struct http *http;
    const char *busy;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct store *store; /* the thread's own, opened at its first use */
    bool stopping;
    size_t first;
    size_t n;
    struct exchange *waiting[];
};

static enum err run(struct slow *s, struct exchange *x)
{
    if (!s->store) TRY(store_open(&s->store, s->http->data_folder, STORE_READ));
    x->req.store = s->store;
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
        s->first = (s->first + 1) % s->http->limits.slow_queue;
        s->n--;
    }
    pthread_mutex_unlock(&s->mutex);
    return x;
}

static void *serve(void *context)
{
    struct slow *s = context;
    struct exchange *x;

    while ((x = next(s))) {
        enum err e = run(s, x);
        exchange_done(x, e, err_message());
        MHD_resume_connection(x->connection);
    }
    store_close(s->store);
    return NULL;
}

struct slow *slow_start(struct http *h, const char *busy)
{
    struct slow *s = calloc(1, sizeof *s + h->limits.slow_queue * sizeof(struct exchange *));

    if (!s) return NULL;
    s->http = h;
    s->busy = busy;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (!pthread_create(&s->thread, NULL, serve, s)) return s;
    free(s);
    return NULL;
}

void slow_stop(struct slow *s)
{
    if (!s) return;
    pthread_mutex_lock(&s->mutex);
    s->stopping = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

enum err slow_submit(struct slow *s, struct exchange *x)
{
    enum err e = OK;

    pthread_mutex_lock(&s->mutex);
    if (s->n == s->http->limits.slow_queue) {
        e = fail(ERR_BUSY, "%s", s->busy);
    } else {
        s->waiting[(s->first + s->n++) % s->http->limits.slow_queue] = x;
        pthread_cond_signal(&s->changed);
    }
    pthread_mutex_unlock(&s->mutex);
    return e;
}
