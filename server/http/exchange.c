#include "http/exchange.h"

#include "api/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"
#include "store/writer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct exchange *exchange_new(struct http *h, struct MHD_Connection *c)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x) return NULL;
    x->http = h;
    x->connection = c;
    x->begun_us = clock_ticks_us();
    arena_init(&x->arena, REQUEST_ARENA_MAX);
    buf_init(&x->body, 0);
    reply_init(&x->reply);
    x->req.arena = &x->arena;
    x->req.service = &h->service;
    pthread_mutex_lock(&h->mutex);
    h->n_exchanges++;
    pthread_mutex_unlock(&h->mutex);
    return x;
}

static void wake(struct exchange *x)
{
    x->is_resting = false;
    http_rested(x->http);
}

void exchange_free(struct exchange *x)
{
    struct http *h;
    size_t route;

    if (!x) return;
    h = x->http;
    if (x->is_resting) wake(x); /* its client had left: nobody was there to be answered */
    route = x->req.route ? (size_t)(x->req.route - ROUTES) : ROUTES_N;
    if (x->replied_us)
        metrics_count(h->service.metrics, route, x->reply.status, x->replied_us - x->begun_us);
    spool_close(x->spool, SPOOL_REMOVE);
    json_decref(x->json);
    reply_clear(&x->reply);
    http_give_back(h, x->n_reserved);
    forget(x->body.data, x->body.size); /* it may hold a password */
    forget(x->session, sizeof x->session);
    forget(x->signin, sizeof x->signin);
    buf_free(&x->body);
    arena_free(&x->arena);
    free(x);
    pthread_mutex_lock(&h->mutex);
    h->n_exchanges--;
    pthread_cond_broadcast(&h->quiet);
    pthread_mutex_unlock(&h->mutex);
}

void exchange_refuse_as(struct exchange *x, int status, enum err e)
{
    unsigned retry_after_s = x->reply.retry_after_s;

    if (e == ERR_IO || e == ERR_NOMEM || e == ERR_CORRUPT)
        log_line(LOG_ERROR, "request %s: %s",
                 x->req.route ? x->req.route->pattern : "of an asset", err_message());
    if (status)
        reply_problem_as(&x->reply, status, e, err_message());
    else
        reply_problem(&x->reply, e, err_message());
    if (retry_after_s) x->reply.retry_after_s = retry_after_s;
    x->is_answered = true;
}

void exchange_refuse(struct exchange *x, enum err e)
{
    exchange_refuse_as(x, 0, e);
}

static const char *header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static enum err method_read(struct exchange *x, const char *text, enum method *m)
{
    x->is_head = !strcmp(text, "HEAD");
    for (*m = GET; *m < METHODS; (*m)++)
        if (!strcmp(x->is_head ? "GET" : text, method_name(*m))) return OK;
    x->allow = "GET, HEAD, POST, PUT, PATCH, DELETE";
    return fail(ERR_INVALID, "the method %.20s is not used here", text);
}

static enum MHD_Result query_take(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct req *q = context;

    (void)kind;
    if (q->n_query == QUERY_MAX) return MHD_NO;
    q->query[q->n_query++] = (struct pair){name, value ? value : ""};
    return MHD_YES;
}

/* What the client says of the body's size; 0 when it says nothing or there is none. */
static uint64_t announced_bytes(const struct exchange *x)
{
    const char *text = header(x, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return text ? strtoull(text, NULL, 10) : 0;
}

static enum err spool_prepare(struct exchange *x)
{
    struct spool_config config = {
        .data_folder = x->http->data_folder,
        .content_type = x->req.content_type,
        .file_name = req_query(&x->req, "filename"),
        .max_bytes =
            x->req.route->body_max ? x->req.route->body_max : x->http->limits.upload_bytes,
        .max_files = x->http->limits.upload_files,
    };

    if (announced_bytes(x) > config.max_bytes)
        return fail(ERR_TOO_LARGE, "the upload of %llu bytes is larger than the limit of %llu",
                    (unsigned long long)announced_bytes(x),
                    (unsigned long long)config.max_bytes);
    return spool_open(&x->spool, &config);
}

static bool is_multipart(const struct exchange *x)
{
    return !strncasecmp(x->req.content_type, "multipart/form-data", 19);
}

/* Kept whole in memory, so their sum over all requests is limited beside their own size. */
static enum err bytes_prepare(struct exchange *x)
{
    const struct route *route = x->req.route;
    const uint64_t n = announced_bytes(x) ? announced_bytes(x) : route->body_max;

    TRY(http_reserve(x->http, n));
    x->n_reserved = n;
    if (!is_multipart(x)) return OK;
    return parts_open(&x->parts, &x->arena, x->req.content_type, PREDICT_BATCH_MAX, &x->body);
}

static enum err body_prepare(struct exchange *x)
{
    const struct route *route = x->req.route;

    if (route->body == UPLOAD) return spool_prepare(x);
    if (route->body != NONE && announced_bytes(x) > route->body_max)
        return fail(ERR_TOO_LARGE, "the body of %llu bytes is larger than the limit of %zu",
                    (unsigned long long)announced_bytes(x), route->body_max);
    buf_init(&x->body, route->body_max);
    return route->body == BYTES ? bytes_prepare(x) : OK;
}

static enum err method_refused(const char *method, const char *path, const char *allow)
{
    return fail(ERR_INVALID, "%.20s is not possible at %.200s; possible: %s", method, path,
                allow);
}

static enum err head_read(struct exchange *x, const char *path, enum method m)
{
    struct req *q = &x->req;
    const char *type = header(x, MHD_HTTP_HEADER_CONTENT_TYPE);

    q->content_type = type ? type : "";
    q->if_none_match = header(x, MHD_HTTP_HEADER_IF_NONE_MATCH);
    q->accept = header(x, MHD_HTTP_HEADER_ACCEPT);
    MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, query_take, q);
    TRY(gate_host(x));
    return route_find(q->arena, m, path, &q->route, q->params, &x->allow);
}

/* Whether it is for the client's files and not for the API. */
static bool is_asset(const struct exchange *x, const char *path, enum method m)
{
    return !x->req.route && !x->allow && m == GET && strncmp(path, "/api/", 5) != 0;
}

static void begin(struct exchange *x, const char *method, const char *path)
{
    enum method m;
    enum err e;

    if (method_read(x, method, &m)) {
        exchange_refuse_as(x, 405, ERR_INVALID);
        return;
    }
    e = head_read(x, path, m);
    if (e == ERR_NOT_FOUND && is_asset(x, path, m)) {
        x->asset = path;
        x->is_answered = true;
        return;
    }
    if (!e && !x->req.route) {
        exchange_refuse_as(x, 405, method_refused(method, path, x->allow));
        return;
    }
    if (!e) e = gate_enter(x);
    if (!e) e = body_prepare(x);
    if (e) exchange_refuse(x, e);
}

enum MHD_Result exchange_begin(struct exchange *x, const char *method, const char *path)
{
    begin(x, method, path);
    /* Refused before a large body: it need not be sent. A small one is passed over first. */
    if (x->is_answered && announced_bytes(x) > PASS_OVER_MAX) return exchange_reply(x);
    return MHD_YES;
}

static enum MHD_Result pass_over(struct exchange *x, size_t n)
{
    x->n_passed_over += n;
    return x->n_passed_over > PASS_OVER_MAX ? MHD_NO : MHD_YES;
}

enum MHD_Result exchange_body(struct exchange *x, const char *bytes, size_t n)
{
    enum err e;

    if (x->is_answered || x->req.route->body == NONE) return pass_over(x, n);
    if (x->parts)
        e = parts_push(x->parts, bytes, n);
    else
        e = x->spool ? spool_push(x->spool, bytes, n) : buf_add(&x->body, bytes, n);
    if (e == ERR_TOO_LARGE && !x->spool && x->body.size + n > x->body.max)
        e = fail(ERR_TOO_LARGE, "the body is larger than the limit of %zu bytes", x->body.max);
    if (e) exchange_refuse(x, e);
    return MHD_YES;
}

/* No body at all means no fields: what a route needs it will ask for by name. */
static enum err json_take(struct exchange *x)
{
    const char *text = x->body.size ? x->body.data : "{}";

    TRY(json_read(&x->json, text, x->body.size ? x->body.size : 2));
    if (!json_is_object(x->json)) return fail(ERR_INVALID, "the body must be a JSON object");
    x->req.body = x->json;
    return OK;
}

static enum err bytes_finish(struct exchange *x)
{
    x->req.bytes = x->body.size ? x->body.data : "";
    x->req.n_bytes = x->body.size;
    if (!x->parts) return OK;
    TRY(parts_end(x->parts));
    x->req.parts = x->parts->part;
    x->req.n_parts = x->parts->n;
    return OK;
}

static enum err body_finish(struct exchange *x)
{
    if (x->req.route->body == BYTES) return bytes_finish(x);
    if (!x->spool) return OK;
    TRY(spool_end(x->spool));
    x->req.upload.folder = spool_folder(x->spool);
    x->req.upload.only = spool_only(x->spool);
    return OK;
}

void exchange_done(struct exchange *x, enum err e, const char *sentence)
{
    struct reply *r = &x->reply;

    if (e) { /* a handler may have named another status than the usual one of its error */
        exchange_refuse_as(x, r->status >= 400 ? r->status : 0, fail(e, "%s", sentence));
        return;
    }
    if (x->spool) spool_close(x->spool, SPOOL_KEEP);
    x->spool = NULL;
    reply_validate(&x->req, r);
    if (r->after) r->after(&x->http->service, r->project);
    x->is_answered = true;
}

static enum err write_task(struct store *s, void *context)
{
    struct exchange *x = context;

    x->req.store = s;
    return api_run(&x->req, &x->reply);
}

static void write_done(void *context, enum err e, const char *sentence)
{
    struct exchange *x = context;

    exchange_done(x, e, sentence);
    MHD_resume_connection(x->connection);
}

/* All that a reading handler sees is one state of the database, and takes the lock once. */
static enum err look_and_run(struct exchange *x)
{
    struct store *s;

    TRY(http_store(x->http, &s));
    x->req.store = s;
    TRY(store_look(s));
    return store_look_end(s, api_run(&x->req, &x->reply));
}

static void run_here(struct exchange *x)
{
    enum err e = look_and_run(x);
    exchange_done(x, e, err_message());
}

/* NULL: the writer's. */
static struct slow *thread_of(const struct exchange *x)
{
    switch (api_lane(&x->req)) {
    case SLOW:
        return x->http->slow;
    case OUTSIDE:
        return x->http->outside;
    case INTAKE:
        return x->http->intake;
    case PREDICT:
        return x->http->predict;
    case BATCH:
        return x->http->batch;
    default:
        return NULL;
    }
}

/* The connection rests first and the work is submitted second, or the work could be done before
 * there is anything to wake. */
static void run_elsewhere(struct exchange *x)
{
    struct slow *thread = thread_of(x);
    enum err e;

    MHD_suspend_connection(x->connection);
    if (thread)
        e = slow_submit(thread, x);
    else
        e = writer_submit(x->http->service.writer, write_task, x, write_done);
    if (!e) return;
    exchange_refuse(x, e);
    MHD_resume_connection(x->connection);
}

static void run(struct exchange *x)
{
    enum err e;

    if (x->req.route->body == JSON && json_take(x)) {
        exchange_refuse_as(x, 400, ERR_INVALID);
        return;
    }
    e = body_finish(x);
    if (e)
        exchange_refuse(x, e);
    else if (x->req.route->lane == READ)
        run_here(x);
    else
        x->is_resting = http_rest(x->http);
    if (!x->is_answered && !x->is_resting)
        exchange_refuse(x, fail(ERR_BUSY, "the server is stopping; try again in a moment"));
}

/* Called once the request is complete, and again after the connection has rested. */
enum MHD_Result exchange_run(struct exchange *x)
{
    if (x->is_resting)
        wake(x);
    else if (!x->is_answered)
        run(x);
    if (x->is_answered) return exchange_reply(x);
    run_elsewhere(x); /* which may have ended by now, so x is not looked at again */
    return MHD_YES;
}
