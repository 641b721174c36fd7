#include "http/server.h"

#include "api/guess.h"
#include "api/live.h"
#include "api/metrics.h"
#include "api/rate.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "http/exchange.h"
#include "http/listen.h"
#include "jobs/seen.h"
#include "store/store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct http_limits DEFAULTS = {
    .connections = 1000,
    .connections_per_address = 100,
    .idle_s = 30,
    .connection_bytes = 64 * KIB,
    .upload_bytes = 8 * GIB,
    .upload_files = 200000,
    .subscribers = 256,
    .waiting = 256,
    .slow_queue = 16,
    .predict_queue = 256,
    .batch_queue = 16,
    .stop_s = 10,
};

enum { TOKEN_SEEN_MS = 60 * 60 * 1000 };

enum err http_store(struct http *h, struct store **s)
{
    *s = pthread_getspecific(h->store_key);
    if (*s) return OK;
    TRY(store_open(s, h->data_folder, STORE_READ));
    pthread_setspecific(h->store_key, *s);
    return OK;
}

static void store_drop(void *store)
{
    store_close(store);
}

bool http_rest(struct http *h)
{
    bool may;

    pthread_mutex_lock(&h->mutex);
    may = !h->stopping;
    h->n_resting += may;
    pthread_mutex_unlock(&h->mutex);
    return may;
}

void http_rested(struct http *h)
{
    pthread_mutex_lock(&h->mutex);
    h->n_resting--;
    pthread_cond_broadcast(&h->quiet);
    pthread_mutex_unlock(&h->mutex);
}

enum err http_reserve(struct http *h, uint64_t n_bytes)
{
    bool fits;

    pthread_mutex_lock(&h->mutex);
    fits = h->n_body_bytes + n_bytes <= BODIES_MAX;
    if (fits) h->n_body_bytes += n_bytes;
    pthread_mutex_unlock(&h->mutex);
    if (fits) return OK;
    return fail(ERR_BUSY,
                "the inputs that are being sent take %d MiB together, which is the limit; try "
                "again in a second",
                BODIES_MAX / (1024 * 1024));
}

void http_give_back(struct http *h, uint64_t n_bytes)
{
    if (!n_bytes) return;
    pthread_mutex_lock(&h->mutex);
    h->n_body_bytes -= n_bytes;
    pthread_mutex_unlock(&h->mutex);
}

bool http_is_stopping(struct http *h)
{
    bool stopping;

    pthread_mutex_lock(&h->mutex);
    stopping = h->stopping;
    pthread_mutex_unlock(&h->mutex);
    return stopping;
}

/* A few tokens are used a lot, by scripts: their hour is kept here, since to look it up in the
 * database at each request would cost more than the request. */
bool http_token_is_stale(struct http *h, int64_t token_id)
{
    size_t i = (size_t)token_id % TOKENS_SEEN;
    int64_t now_ms = clock_ticks_ms();
    bool stale;

    pthread_mutex_lock(&h->mutex);
    stale = h->tokens[i].id != token_id || now_ms - h->tokens[i].seen_ms >= TOKEN_SEEN_MS;
    if (stale) {
        h->tokens[i].id = token_id;
        h->tokens[i].seen_ms = now_ms;
    }
    pthread_mutex_unlock(&h->mutex);
    return stale;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *n_bytes, void **kept)
{
    struct exchange *x = *kept;

    (void)version;
    if (!x) {
        *kept = x = exchange_new(context, c);
        if (!x) return MHD_NO;
        return exchange_begin(x, method, path);
    }
    if (*n_bytes) {
        size_t n = *n_bytes;
        *n_bytes = 0;
        return exchange_body(x, bytes, n);
    }
    return exchange_run(x);
}

static void on_completed(void *context, struct MHD_Connection *c, void **kept,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)c;
    (void)code;
    exchange_free(*kept);
    *kept = NULL;
}

static void on_connection(void *context, struct MHD_Connection *c, void **kept,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *h = context;

    (void)c;
    (void)kept;
    metrics_connections(h->service.metrics, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

/* libmicrohttpd speaks of clients that break off and the like: for whoever looks closely. */
static void on_log(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void on_log(void *context, const char *format, va_list arguments)
{
    char text[500];

    (void)context;
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    log_line(LOG_DEBUG, "http: %s", text);
}

static void or_default(unsigned *value, unsigned none)
{
    if (!*value) *value = none;
}

static void limits_fill(struct http_limits *l)
{
    unsigned processors = (unsigned)pool_processors();

    or_default(&l->connections, DEFAULTS.connections);
    or_default(&l->connections_per_address, DEFAULTS.connections_per_address);
    or_default(&l->idle_s, DEFAULTS.idle_s);
    or_default(&l->upload_files, DEFAULTS.upload_files);
    or_default(&l->subscribers, DEFAULTS.subscribers);
    or_default(&l->waiting, DEFAULTS.waiting);
    or_default(&l->slow_queue, DEFAULTS.slow_queue);
    or_default(&l->predict_queue, DEFAULTS.predict_queue);
    or_default(&l->batch_queue, DEFAULTS.batch_queue);
    or_default(&l->stop_s, DEFAULTS.stop_s);
    or_default(&l->threads, processors > 2 ? processors : 2);
    if (!l->connection_bytes) l->connection_bytes = DEFAULTS.connection_bytes;
    if (!l->upload_bytes) l->upload_bytes = DEFAULTS.upload_bytes;
    /* libmicrohttpd shares the connections out evenly and wants at least one for each thread */
    if (l->connections < l->threads) l->connections = l->threads;
}

static enum err text_copy(char **copy, const char *text)
{
    *copy = NULL;
    if (!text) return OK;
    *copy = strdup(text);
    NEED(*copy);
    return OK;
}

static enum err config_copy(struct http *h, const struct http_config *config)
{
    h->limits = config->limits;
    limits_fill(&h->limits);
    h->data_folder = realpath(config->data_folder, NULL);
    if (!h->data_folder) return fail(ERR_IO, "data folder %s: %m", config->data_folder);
    TRY(text_copy(&h->hosts, config->hosts));
    TRY(text_copy(&h->tls_cert, config->tls_cert));
    TRY(text_copy(&h->tls_key, config->tls_key));
    if (!h->tls_cert != !h->tls_key)
        return fail(ERR_INVALID, "TLS needs both a certificate and its key");
    h->service = (struct service){
        .data_folder = h->data_folder,
        .writer = config->writer,
        .jobs = config->jobs,
        .provider = config->provider,
        .newcomers = config->newcomers,
        .webhooks_anywhere = config->webhooks_anywhere,
        .guesses = guesses_new(),
        .metrics = metrics_new(ROUTES_N),
        .rates = rates_new(),
    };
    if (!h->service.guesses || !h->service.metrics || !h->service.rates) return fail_nomem();
    TRY(seen_start(&h->service.seen, h->service.writer));
    return lives_start(&h->service.lives, h->data_folder, h->service.writer);
}

static enum err daemon_start(struct http *h)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG | (h->tls_cert ? (unsigned)MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, h->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY,  0, h->tls_key },
        {MHD_OPTION_END,            0, NULL       },
    };
    struct MHD_OptionItem none[] = {
        {MHD_OPTION_END, 0, NULL}
    };

    h->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, h->listener, MHD_OPTION_THREAD_POOL_SIZE, h->limits.threads,
        MHD_OPTION_CONNECTION_LIMIT, h->limits.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        h->is_loopback ? 0u : h->limits.connections_per_address, MHD_OPTION_CONNECTION_TIMEOUT,
        h->limits.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, h->limits.connection_bytes,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, h, MHD_OPTION_ARRAY, h->tls_cert ? tls : none, MHD_OPTION_END);
    if (h->daemon) return OK;
    if (h->tls_cert) return fail(ERR_INVALID, "the TLS certificate or its key cannot be used");
    return fail(ERR_IO, "the HTTP server cannot start: %m");
}

static enum err listener_open(struct http *h, const char *address)
{
    struct listening l;

    TRY(listen_at(&l, address));
    h->listener = l.socket;
    h->is_loopback = l.reach == LISTEN_HERE;
    h->port = l.port;
    memcpy(h->address, l.address, sizeof h->address);
    return OK;
}

static void http_free(struct http *h)
{
    if (h->slow) slow_stop(h->slow);
    if (h->outside) slow_stop(h->outside);
    if (h->intake) slow_stop(h->intake);
    if (h->predict) slow_stop(h->predict);
    if (h->batch) slow_stop(h->batch);
    if (h->events) events_stop(h->events);
    if (h->waits) waits_stop(h->waits);
    seen_stop(h->service.seen);
    lives_stop(h->service.lives);
    rates_free(h->service.rates);
    if (h->listener >= 0) close(h->listener);
    pthread_key_delete(h->store_key);
    pthread_cond_destroy(&h->quiet);
    pthread_mutex_destroy(&h->mutex);
    guesses_free(h->service.guesses);
    metrics_free(h->service.metrics);
    free(h->data_folder);
    free(h->hosts);
    free(h->tls_cert);
    free(h->tls_key);
    free(h);
}

static bool threads_start(struct http *h)
{
    const unsigned queue = h->limits.slow_queue;
    const struct slow_kind kinds[] = {
        {1,                           queue,                   0,  "too many people are signing in at this moment; try again in a second"},
        {1,                           queue,                   0,
         "too many people are signing in by the provider at this moment; try again in some "
         "seconds, or use a password"                                                                                                    },
        {1,                           queue,                   0,  "too many examples are arriving at this moment; try again in a second"},
        {(unsigned)pool_processors(), h->limits.predict_queue, 0,
         "too many predictions are asked for at this moment; try again in a second"                                                      },
        {1,                           h->limits.batch_queue,   10,
         "too many batches are waiting at this moment; try again in some seconds"                                                        },
    };
    struct slow **const threads[] = {&h->slow, &h->outside, &h->intake, &h->predict, &h->batch};

    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        if (!(*threads[i] = slow_start(h, &kinds[i]))) return false;
    return true;
}

static enum err start(struct http *h, const struct http_config *config)
{
    TRY(config_copy(h, config));
    TRY(listener_open(h, config->listen));
    spool_sweep(h->data_folder);
    h->events = events_start(h);
    h->waits = waits_start(h);
    if (!h->events || !h->waits || !threads_start(h))
        return fail(ERR_NOMEM, "no thread can be started: %m");
    return daemon_start(h);
}

enum err http_start(struct http **out, const struct http_config *config)
{
    struct http *h = calloc(1, sizeof *h);
    pthread_condattr_t monotonic;
    enum err e;

    *out = NULL;
    NEED(h);
    h->listener = -1;
    pthread_key_create(&h->store_key, store_drop);
    pthread_mutex_init(&h->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->quiet, &monotonic);
    pthread_condattr_destroy(&monotonic);
    e = start(h, config);
    if (e) {
        if (h->events) events_end(h->events);
        http_free(h);
        return e;
    }
    *out = h;
    return OK;
}

/* Connections that rest must be woken before the daemon may stop, so for those no time is too
 * long; those that only send or receive are given stop_s. */
static void wait_until_quiet(struct http *h)
{
    struct timespec until = clock_after_ms((int64_t)h->limits.stop_s * 1000);

    pthread_mutex_lock(&h->mutex);
    while (h->n_resting)
        pthread_cond_wait(&h->quiet, &h->mutex);
    while (h->n_exchanges)
        if (pthread_cond_timedwait(&h->quiet, &h->mutex, &until)) break;
    pthread_mutex_unlock(&h->mutex);
}

void http_stop(struct http *h)
{
    if (!h) return;
    pthread_mutex_lock(&h->mutex);
    h->stopping = true;
    pthread_mutex_unlock(&h->mutex);
    if (h->service.provider) provider_stop(h->service.provider);
    MHD_quiesce_daemon(h->daemon);
    events_end(h->events);
    waits_end(h->waits);
    wait_until_quiet(h);
    MHD_stop_daemon(h->daemon);
    http_free(h);
}

const char *http_address(const struct http *h)
{
    return h->address;
}

uint16_t http_port(const struct http *h)
{
    return h->port;
}
