#include "http/exchange.h"

#include "api/draft.h"
#include "api/encode.h"
#include "api/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "jobs/draft.h"
#include "jobs/worker.h"
#include "store/member.h"
#include "store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 500,         /* at most twice a second */
    KEEP_ALIVE_MS = 15000, /* proxies cut a silent connection after 30 s or more */
    JOBS_SHOWN = 20,
    BACKLOG_MAX = 1024 * 1024,
    BLOCK_BYTES = 16 * 1024,
};

/* One page that listens. */
struct subscriber {
    struct subscriber *next;
    struct events *events;
    struct watch *watch;
    struct MHD_Connection *connection;
    struct buf backlog; /* what was not yet sent, from `at` */
    size_t at;
    bool is_resting;
    bool is_fresh; /* has not been told how things stand */
    int64_t told_ms;
};

/* What one person sees of one project: encoded once, however many pages show it. */
struct watch {
    struct watch *next;
    int64_t project_id;
    int64_t user_id;
    struct subscriber *subscribers;
    struct hash project;         /* of what was last told */
    struct hash draft;           /* likewise */
    struct draft_status drafted; /* as it was at the last look */
    int64_t job_ids[JOBS_SHOWN]; /* and of each job, 0 for none */
    struct hash jobs[JOBS_SHOWN];
    bool is_known;      /* has been read at least once */
    struct buf all;     /* events that tell everything, made anew at each change */
    struct buf changed; /* and those that tell what is new */
};

struct events {
    struct http *http;
    pthread_t thread;
    struct store *store; /* of the thread, like what is encoded */
    int64_t version;

    pthread_mutex_t mutex; /* of the lists, the subscribers and what follows; never held while
                              the store is read */
    pthread_cond_t changed;
    struct watch *watches; /* taken away by the thread alone */
    unsigned n_subscribers;
    bool ended;
};

static enum err event_add(struct watch *w, const char *name, const struct buf *json,
                          bool is_new)
{
    TRY(buf_printf(&w->all, "event: %s\ndata: %s\n\n", name, json->data));
    if (is_new) TRY(buf_printf(&w->changed, "event: %s\ndata: %s\n\n", name, json->data));
    return OK;
}

static enum err project_look(struct events *v, struct watch *w, struct arena *a,
                             struct buf *json)
{
    struct out o = out_to(json);
    struct project p;
    struct hash h;
    bool is_new;

    TRY(store_project_get(v->store, a, w->project_id, &p));
    TRY(encode_project(&o, NULL, v->store, a, &p, w->user_id));
    TRY(out_done(&o));
    hash_of(&h, json->data, json->size);
    is_new = !w->is_known || !hash_equal(&h, &w->project);
    w->project = h;
    return event_add(w, "project", json, is_new);
}

static bool job_is_told(const struct watch *w, int64_t id, const struct hash *h)
{
    for (size_t i = 0; i < JOBS_SHOWN; i++)
        if (w->job_ids[i] == id) return hash_equal(&w->jobs[i], h);
    return false;
}

static enum err jobs_look(struct events *v, struct watch *w, struct arena *a, struct buf *json)
{
    int64_t ids[JOBS_SHOWN] = {0};
    struct hash hashes[JOBS_SHOWN] = {0};
    struct job *jobs;
    size_t n;

    TRY(store_job_list(v->store, a, w->project_id, JOBS_SHOWN, &jobs, &n));
    for (size_t i = n; i-- > 0;) { /* oldest first, as they happened */
        struct out o = out_to(json);
        buf_clear(json);
        encode_job(&o, NULL, &jobs[i]);
        TRY(out_done(&o));
        hash_of(&hashes[i], json->data, json->size);
        ids[i] = jobs[i].id;
        TRY(event_add(w, "job", json, !job_is_told(w, ids[i], &hashes[i])));
    }
    memcpy(w->job_ids, ids, sizeof ids);
    memcpy(w->jobs, hashes, sizeof hashes);
    return OK;
}

/* What a draft does is no change of the database: it is asked at every tick. */
static bool draft_is_news(struct events *v, struct watch *w)
{
    const struct draft_status was = w->drafted;
    struct draft_status *now = &w->drafted;

    drafts_status(jobs_drafts(v->http->service.jobs), w->project_id, now);
    return now->version != was.version || now->state != was.state ||
           (now->progress != was.progress && !(isnan(now->progress) && isnan(was.progress)));
}

/* For those who may see what others answered, and only where somebody teaches. */
static enum err draft_look(struct events *v, struct watch *w, struct arena *a, struct buf *json)
{
    struct out o = out_to(json);
    enum role role;
    struct hash h;
    bool is_new;

    if (!w->drafted.version && w->drafted.state == DRAFT_EMPTY) return OK;
    TRY(store_member_role(v->store, w->project_id, w->user_id, &role));
    if (role < ROLE_REVIEWER) return OK;
    buf_clear(json);
    TRY(encode_draft(&o, NULL, v->store, a, jobs_drafts(v->http->service.jobs), w->project_id));
    TRY(out_done(&o));
    hash_of(&h, json->data, json->size);
    is_new = !hash_equal(&h, &w->draft);
    w->draft = h;
    return event_add(w, "draft", json, is_new);
}

/* Reads what the watch shows and writes its two lists of events. */
static enum err watch_look(struct events *v, struct watch *w)
{
    struct arena a;
    struct buf json;
    enum err e;

    arena_init(&a, 16 * MIB);
    buf_init(&json, BACKLOG_MAX);
    buf_clear(&w->all);
    buf_clear(&w->changed);
    e = project_look(v, w, &a, &json);
    if (!e) e = jobs_look(v, w, &a, &json);
    if (!e) e = draft_look(v, w, &a, &json);
    w->is_known = true;
    buf_free(&json);
    arena_free(&a);
    return e;
}

static void watch_free(struct watch *w)
{
    buf_free(&w->all);
    buf_free(&w->changed);
    free(w);
}

static void wake(struct subscriber *s)
{
    if (!s->is_resting) return;
    s->is_resting = false;
    MHD_resume_connection(s->connection);
}

/* A page that does not read what it is sent is told everything anew once it does. */
static void tell(struct subscriber *s, const struct buf *events)
{
    if (!events->size) return;
    if (buf_add(&s->backlog, events->data, events->size)) {
        buf_clear(&s->backlog);
        s->at = 0;
        s->is_fresh = true;
        return;
    }
    s->told_ms = clock_ticks_ms();
    wake(s);
}

static void subscriber_tell(struct subscriber *s, const struct watch *w)
{
    static char alive[] = ": alive\n\n";
    struct buf keep_alive = {.data = alive, .size = sizeof alive - 1};

    if (!s->is_fresh) {
        tell(s, &w->changed);
    } else if (w->all.size) {
        s->is_fresh = false;
        tell(s, &w->all);
    }
    if (clock_ticks_ms() - s->told_ms >= KEEP_ALIVE_MS) tell(s, &keep_alive);
}

/* Frees the watches that nobody looks through any more. With the mutex held. */
static void watches_sweep(struct events *v)
{
    for (struct watch **at = &v->watches; *at;) {
        struct watch *w = *at;
        if (w->subscribers) {
            at = &w->next;
        } else {
            *at = w->next;
            watch_free(w);
        }
    }
}

static bool is_fresh(struct events *v, const struct watch *w)
{
    bool fresh = false;

    pthread_mutex_lock(&v->mutex);
    for (const struct subscriber *s = w->subscribers; s; s = s->next)
        fresh = fresh || s->is_fresh;
    pthread_mutex_unlock(&v->mutex);
    return fresh;
}

static enum err version_look(struct events *v, bool *has_changed)
{
    int64_t version;

    if (!v->store) TRY(store_open(&v->store, v->http->data_folder, STORE_READ));
    TRY(store_data_version(v->store, &version));
    *has_changed = version != v->version;
    v->version = version;
    return OK;
}

/* The watches as they are now; those added meanwhile come first in the list and wait a tick. */
static void tick(struct events *v, struct watch *first)
{
    bool has_changed = false;
    enum err e = version_look(v, &has_changed);

    for (struct watch *w = first; w && !e; w = w->next) {
        buf_clear(&w->changed);
        if (draft_is_news(v, w) || has_changed || is_fresh(v, w)) e = watch_look(v, w);
        if (e == ERR_NOT_FOUND) e = OK; /* the project is gone: nothing more to tell */
        pthread_mutex_lock(&v->mutex);
        for (struct subscriber *s = w->subscribers; s; s = s->next)
            subscriber_tell(s, w);
        pthread_mutex_unlock(&v->mutex);
    }
    if (e) log_line(LOG_WARN, "events are late: %s", err_message());
}

static void rest(struct events *v)
{
    struct timespec until = clock_after_ms(TICK_MS);

    if (v->watches)
        pthread_cond_timedwait(&v->changed, &v->mutex, &until);
    else
        pthread_cond_wait(&v->changed, &v->mutex);
}

static void *serve(void *context)
{
    struct events *v = context;

    pthread_mutex_lock(&v->mutex);
    while (!v->ended) {
        struct watch *first;
        rest(v);
        watches_sweep(v);
        first = v->watches;
        pthread_mutex_unlock(&v->mutex);
        if (first) tick(v, first);
        pthread_mutex_lock(&v->mutex);
    }
    pthread_mutex_unlock(&v->mutex);
    store_close(v->store);
    return NULL;
}

struct events *events_start(struct http *h)
{
    struct events *v = calloc(1, sizeof *v);
    pthread_condattr_t monotonic;

    if (!v) return NULL;
    v->http = h;
    v->version = -1;
    pthread_mutex_init(&v->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&v->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!pthread_create(&v->thread, NULL, serve, v)) return v;
    free(v);
    return NULL;
}

void events_end(struct events *v)
{
    pthread_mutex_lock(&v->mutex);
    v->ended = true;
    for (struct watch *w = v->watches; w; w = w->next)
        for (struct subscriber *s = w->subscribers; s; s = s->next)
            wake(s);
    pthread_cond_signal(&v->changed);
    pthread_mutex_unlock(&v->mutex);
    pthread_join(v->thread, NULL);
}

void events_stop(struct events *v)
{
    if (!v) return;
    watches_sweep(v);
    pthread_cond_destroy(&v->changed);
    pthread_mutex_destroy(&v->mutex);
    free(v);
}

/* Gives what there is, or lets the connection rest until there is something. */
static ssize_t backlog_read(void *context, uint64_t position, char *room, size_t n)
{
    struct subscriber *s = context;
    struct events *v = s->events;
    size_t left;

    (void)position;
    pthread_mutex_lock(&v->mutex);
    left = s->backlog.size - s->at;
    if (n > left) n = left;
    if (n) memcpy(room, s->backlog.data + s->at, n);
    s->at += n;
    if (n && n == left) {
        buf_clear(&s->backlog);
        s->at = 0;
    }
    if (!n && !v->ended) {
        s->is_resting = true;
        MHD_suspend_connection(s->connection);
    }
    left = v->ended;
    pthread_mutex_unlock(&v->mutex);
    if (!n && left) return MHD_CONTENT_READER_END_OF_STREAM;
    return (ssize_t)n;
}

static void subscriber_free(void *context)
{
    struct subscriber *s = context;
    struct events *v = s->events;

    pthread_mutex_lock(&v->mutex);
    for (struct subscriber **at = &s->watch->subscribers; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    v->n_subscribers--;
    pthread_mutex_unlock(&v->mutex);
    metrics_subscribers(v->http->service.metrics, -1);
    buf_free(&s->backlog);
    free(s);
}

/* The watch of this person on this project, made when it is the first page. Mutex held. */
static struct watch *watch_of(struct events *v, int64_t project_id, int64_t user_id)
{
    struct watch *w;

    for (w = v->watches; w; w = w->next)
        if (w->project_id == project_id && w->user_id == user_id) return w;
    w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->project_id = project_id;
    w->user_id = user_id;
    buf_init(&w->all, BACKLOG_MAX);
    buf_init(&w->changed, BACKLOG_MAX);
    w->next = v->watches;
    v->watches = w;
    return w;
}

/* Into the lists, if there is room. */
static enum err subscriber_add(struct events *v, struct subscriber *s, const struct exchange *x)
{
    enum err e = OK;

    pthread_mutex_lock(&v->mutex);
    if (v->ended || v->n_subscribers >= v->http->limits.subscribers)
        e = fail(ERR_BUSY, "more than the limit of %u pages listen already",
                 v->http->limits.subscribers);
    else if (!(s->watch = watch_of(v, x->reply.project, x->req.user.id)))
        e = fail_nomem();
    if (!e) {
        s->next = s->watch->subscribers;
        s->watch->subscribers = s;
        v->n_subscribers++;
        pthread_cond_signal(&v->changed);
    }
    pthread_mutex_unlock(&v->mutex);
    return e;
}

enum err events_subscribe(struct events *v, struct exchange *x, struct MHD_Response **response)
{
    struct subscriber *s = calloc(1, sizeof *s);
    enum err e;

    NEED(s);
    s->events = v;
    s->connection = x->connection;
    s->is_fresh = true;
    s->told_ms = clock_ticks_ms();
    buf_init(&s->backlog, BACKLOG_MAX);
    e = subscriber_add(v, s, x);
    if (e) {
        free(s);
        return e;
    }
    metrics_subscribers(v->http->service.metrics, 1);
    *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, backlog_read,
                                                  s, subscriber_free);
    if (*response) return OK;
    subscriber_free(s);
    return fail_nomem();
}
