#include "http/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

#include <stdlib.h>

enum { TICK_MS = 100, LOOK_AT_LEAST_MS = 1000 };

/* A request that was answered as far as it can be, and rests until there is more to say. */
struct waiter {
    struct waiter *next;
    struct exchange *exchange;
    int64_t until_ticks;
};

struct waits {
    struct http *http;
    pthread_t thread;
    struct store *store; /* of the thread */
    int64_t version;
    int64_t looked_ticks;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct waiter *waiters;
    unsigned n;
    bool ended;
};

/* Whether anything was committed since; now and then also when not. */
static enum err has_news(struct waits *w, bool *news)
{
    const int64_t now = clock_ticks_ms();
    int64_t version;

    if (!w->store) TRY(store_open(&w->store, w->http->data_folder, STORE_READ));
    TRY(store_data_version(w->store, &version));
    *news = version != w->version || now - w->looked_ticks >= LOOK_AT_LEAST_MS;
    if (*news) w->looked_ticks = now;
    w->version = version;
    return OK;
}

/* Looks for one of them; true: it has been answered and rests no more. */
static bool look(struct waits *w, struct waiter *x, bool is_last)
{
    struct exchange *e = x->exchange;
    bool done = false;
    enum err failed;

    e->req.store = w->store;
    failed = e->reply.wait->look(&e->req, &e->reply, &done);
    if (!failed && !done && !is_last) return false;
    exchange_done(e, failed, err_message());
    MHD_resume_connection(e->connection);
    return true;
}

static struct waiter *take_all(struct waits *w)
{
    struct waiter *all;

    pthread_mutex_lock(&w->mutex);
    all = w->waiters;
    w->waiters = NULL;
    pthread_mutex_unlock(&w->mutex);
    return all;
}

/* Those that still rest go back to the others that came meanwhile. */
static void put_back(struct waits *w, struct waiter *x)
{
    pthread_mutex_lock(&w->mutex);
    x->next = w->waiters;
    w->waiters = x;
    pthread_mutex_unlock(&w->mutex);
}

static void remove_one(struct waits *w, struct waiter *x)
{
    free(x);
    pthread_mutex_lock(&w->mutex);
    w->n--;
    pthread_mutex_unlock(&w->mutex);
}

static void tick(struct waits *w, bool ended)
{
    bool news = false;
    enum err e = has_news(w, &news);

    if (e) log_line(LOG_WARN, "those who wait for people learn it late: %s", err_message());
    for (struct waiter *x = take_all(w), *next; x; x = next) {
        const bool is_last = ended || clock_ticks_ms() >= x->until_ticks;
        next = x->next;
        if (w->store && (news || is_last) && look(w, x, is_last))
            remove_one(w, x);
        else
            put_back(w, x);
    }
}

static void rest(struct waits *w)
{
    struct timespec until = clock_after_ms(TICK_MS);

    if (w->waiters)
        pthread_cond_timedwait(&w->changed, &w->mutex, &until);
    else
        pthread_cond_wait(&w->changed, &w->mutex);
}

static void *serve(void *context)
{
    struct waits *w = context;
    bool ended = false;

    while (!ended) {
        pthread_mutex_lock(&w->mutex);
        if (!w->ended) rest(w);
        ended = w->ended;
        pthread_mutex_unlock(&w->mutex);
        tick(w, ended);
    }
    store_close(w->store);
    return NULL;
}

struct waits *waits_start(struct http *h)
{
    struct waits *w = calloc(1, sizeof *w);
    pthread_condattr_t monotonic;

    if (!w) return NULL;
    w->http = h;
    w->version = -1;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!pthread_create(&w->thread, NULL, serve, w)) return w;
    free(w);
    return NULL;
}

void waits_end(struct waits *w)
{
    bool was_ended;

    pthread_mutex_lock(&w->mutex);
    was_ended = w->ended;
    w->ended = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    if (!was_ended) pthread_join(w->thread, NULL);
}

void waits_stop(struct waits *w)
{
    waits_end(w); /* where the server did not come to start */
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->mutex);
    free(w);
}

bool waits_take(struct waits *w, struct exchange *x)
{
    struct waiter *one = malloc(sizeof *one);
    bool taken;

    if (!one) return false;
    *one = (struct waiter){.exchange = x, .until_ticks = x->reply.wait->until_ticks};
    pthread_mutex_lock(&w->mutex);
    taken = !w->ended && w->n < w->http->limits.waiting;
    if (taken) {
        one->next = w->waiters;
        w->waiters = one;
        w->n++;
        pthread_cond_signal(&w->changed);
    }
    pthread_mutex_unlock(&w->mutex);
    if (!taken) free(one);
    return taken;
}
