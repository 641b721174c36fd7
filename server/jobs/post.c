#include "jobs/post.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/desk.h"
#include "domain/hook.h"
#include "jobs/seen.h"
#include "jobs/watch.h"
#include "jobs/worker.h"
#include "net/fetch.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETTLE_EACH_MS = 100,
    DELIVER_EACH_MS = 250,
    DELIVER_AT_ONCE = 16,
    FORGET_AT_ONCE = 1000,
    WHY_MAX = 300
};
static const int64_t HOUR_MS = (int64_t)3600 * 1000;
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

struct post {
    char *folder;
    struct writer *writer;
    struct jobs *jobs;
    enum send_reach reach;
    atomic_bool stop;
    pthread_t settler, deliverer;
    pthread_mutex_t mutex;
    pthread_cond_t stopped;
};

/* false: the program ends. */
static bool pause_for(struct post *p, int64_t ms)
{
    struct timespec until = clock_after_ms(ms);

    pthread_mutex_lock(&p->mutex);
    if (!atomic_load(&p->stop)) pthread_cond_timedwait(&p->stopped, &p->mutex, &until);
    pthread_mutex_unlock(&p->mutex);
    return !atomic_load(&p->stop);
}

/* A class is weighed once, however many of its answers came together. */
static bool is_first(const struct asked *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (list[k].guess && list[k].endpoint_id == list[i].endpoint_id &&
            list[k].model_id == list[i].model_id && !strcmp(list[k].guess, list[i].guess))
            return false;
    return true;
}

static enum err weigh_all(struct store *s, struct arena *a, const struct asked *list, size_t n,
                          int64_t now_ms)
{
    for (size_t i = 0; i < n; i++) {
        const struct asked *x = &list[i];
        struct desk_weigh w = {x->endpoint_id, x->project_id, x->model_id, x->guess, 0};
        struct desk_settings set;
        enum desk_change change;

        if (!x->guess || !is_first(list, i)) continue;
        TRY(desk_settings_of(s, a, x->endpoint_id, &set));
        w.wrong_in = set.wrong_in;
        TRY(desk_weigh(s, a, &w, now_ms, &change));
    }
    return OK;
}

static enum err settle_task(struct store *s, void *context)
{
    const int64_t now_ms = clock_now_ms();
    struct asked *list;
    struct arena a;
    size_t n;
    enum err e;

    (void)context;
    arena_init(&a, 64 * MIB);
    e = desk_settle(s, &a, now_ms, &list, &n);
    if (!e) e = weigh_all(s, &a, list, n, now_ms);
    arena_free(&a);
    return e;
}

/* By reading alone: nearly always nothing is due. */
static enum err look(struct store *s, int64_t *version, bool *due)
{
    struct asked *list;
    struct arena a;
    int64_t now;
    size_t n = 0;
    enum err e;

    *due = false;
    TRY(store_data_version(s, &now));
    if (now == *version) return OK;
    *version = now;
    arena_init(&a, MIB);
    e = store_asked_due(s, &a, 1, &list, &n);
    arena_free(&a);
    *due = n > 0;
    return e;
}

static enum err settle(struct post *p, struct store *s, int64_t *version)
{
    bool due;

    TRY(look(s, version, &due));
    return due ? writer_do(p->writer, settle_task, NULL) : OK;
}

static enum err forget_task(struct store *s, void *context)
{
    const int64_t now_ms = clock_now_ms();
    int64_t n;

    (void)context;
    TRY(store_asked_forget(s, now_ms - DESK_KEEP_DAYS * DAY_MS, FORGET_AT_ONCE, &n));
    TRY(store_seen_forget(s, now_ms - SEEN_LATENT_DAYS * DAY_MS, now_ms - SEEN_DAYS * DAY_MS));
    TRY(store_watch_forget(s, now_ms / DAY_MS - WATCH_DAYS));
    return store_delivery_forget(s, now_ms - HOOK_KEEP_DAYS * DAY_MS, FORGET_AT_ONCE, &n);
}

static enum err watch_task(struct store *s, void *context)
{
    struct arena a;
    enum err e;

    (void)context;
    arena_init(&a, 16 * MIB);
    e = watch_queue_missing(s, &a, clock_now_ms());
    arena_free(&a);
    return e;
}

static void hourly(struct post *p)
{
    if (writer_do(p->writer, forget_task, NULL))
        log_line(LOG_WARN, "old requests stay: %s", err_message());
    if (writer_do(p->writer, watch_task, NULL))
        log_line(LOG_WARN, "yesterday is not looked at: %s", err_message());
    jobs_wake(p->jobs);
}

static void *settle_always(void *context)
{
    struct post *p = context;
    struct store *s = NULL;
    int64_t version = -1;
    int64_t hourly_at = 0;
    enum err e = store_open(&s, p->folder, STORE_READ);

    while (!e && pause_for(p, SETTLE_EACH_MS)) {
        if (settle(p, s, &version))
            log_line(LOG_WARN, "answers reach those who wait for them late: %s", err_message());
        if (clock_ticks_ms() < hourly_at) continue;
        hourly_at = clock_ticks_ms() + HOUR_MS;
        hourly(p);
    }
    if (e) log_line(LOG_ERROR, "nobody behind an endpoint is heard: %s", err_message());
    store_close(s);
    return NULL;
}

struct sent {
    struct delivery *delivery;
    struct hook_outcome outcome;
};

static enum err sent_task(struct store *s, void *context)
{
    struct sent *x = context;

    return hook_sent(s, x->delivery, &x->outcome, clock_now_ms());
}

static enum err deliver_one(struct post *p, struct delivery *d)
{
    char id[UUID_TEXT];
    char why[WHY_MAX] = "";
    struct sent sent = {.delivery = d};
    struct send m = {.url = d->url,
                     .id = id,
                     .secret = d->secret,
                     .at_s = clock_now_ms() / 1000,
                     .body = d->body,
                     .reach = p->reach,
                     .stop = &p->stop};
    long status;

    uuid_write(id, &d->key);
    if (send_post(&m, &status)) {
        snprintf(why, sizeof why, "%s", err_message());
        sent.outcome.why = why;
    }
    sent.outcome.status = status;
    if (atomic_load(&p->stop))
        return OK; /* it may have been cut off: the next start tries again */
    return writer_do(p->writer, sent_task, &sent);
}

static enum err deliver(struct post *p, struct store *s)
{
    struct delivery *list;
    struct arena a;
    size_t n;
    enum err e;

    arena_init(&a, 16 * MIB);
    e = store_delivery_due(s, &a, clock_now_ms(), DELIVER_AT_ONCE, &list, &n);
    for (size_t i = 0; i < n && !e && !atomic_load(&p->stop); i++)
        e = deliver_one(p, &list[i]);
    arena_free(&a);
    return e;
}

static void *deliver_always(void *context)
{
    struct post *p = context;
    struct store *s = NULL;
    enum err e = store_open(&s, p->folder, STORE_READ);

    while (!e && pause_for(p, DELIVER_EACH_MS))
        if (deliver(p, s)) log_line(LOG_WARN, "webhooks are late: %s", err_message());
    if (e) log_line(LOG_ERROR, "webhooks are not delivered: %s", err_message());
    store_close(s);
    return NULL;
}

static void post_free(struct post *p)
{
    pthread_cond_destroy(&p->stopped);
    pthread_mutex_destroy(&p->mutex);
    free(p->folder);
    free(p);
}

static struct post *post_new(const struct post_config *config)
{
    struct post *p = calloc(1, sizeof *p);
    pthread_condattr_t monotonic;

    if (!p) return NULL;
    p->writer = config->writer;
    p->jobs = config->jobs;
    p->reach = config->reach;
    p->folder = strdup(config->data_folder);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->stopped, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (p->folder) return p;
    post_free(p);
    return NULL;
}

static void ask_to_stop(struct post *p)
{
    pthread_mutex_lock(&p->mutex);
    atomic_store(&p->stop, true);
    pthread_cond_broadcast(&p->stopped);
    pthread_mutex_unlock(&p->mutex);
}

enum err post_start(struct post **out, const struct post_config *config)
{
    struct post *p;

    *out = NULL;
    TRY(fetch_start());
    p = post_new(config);
    NEED(p);
    if (pthread_create(&p->settler, NULL, settle_always, p)) {
        post_free(p);
        return fail(ERR_NOMEM, "no thread can be started: %m");
    }
    if (pthread_create(&p->deliverer, NULL, deliver_always, p)) {
        ask_to_stop(p);
        pthread_join(p->settler, NULL);
        post_free(p);
        return fail(ERR_NOMEM, "no thread can be started: %m");
    }
    *out = p;
    return OK;
}

void post_stop(struct post *p)
{
    if (!p) return;
    ask_to_stop(p);
    pthread_join(p->settler, NULL);
    pthread_join(p->deliverer, NULL);
    post_free(p);
}
