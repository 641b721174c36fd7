/* exchange - one request and its reply, and the server they belong to. Shared by the files of
 * this folder only; server.h is what others see.
 *
 * The life of an exchange:
 *
 *     head      route, host, who is asking, may they, does the body fit   exchange_begin
 *     body      parsed or spooled as it arrives, or passed over           exchange_body
 *     run       the handler, in the route's lane                          exchange_run
 *     rest      WRITE and SLOW: the connection rests until it is done     exchange_done
 *     reply     headers and body are handed to libmicrohttpd              exchange_reply
 *
 * A refusal at any step fills in the reply at once and skips to the last.
 *
 * An exchange belongs to its connection's thread, except while it rests: then to the writer's or
 * the slow thread, which gives it back with MHD_resume_connection. A client that goes away while
 * its connection rests is noticed only after that, so an exchange is never freed under anyone. */
#ifndef EXEMPLAR_HTTP_EXCHANGE_H
#define EXEMPLAR_HTTP_EXCHANGE_H

#include "api/api.h"
#include "http/parts.h"
#include "http/server.h"
#include "http/spool.h"
#include "oidc/provider.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>

struct slow;
struct events;
struct waits;

enum { TOKENS_SEEN = 64 };

struct http {
    struct MHD_Daemon *daemon;
    struct http_limits limits;
    struct service service;
    char *data_folder; /* absolute */
    char *hosts;
    char *tls_cert;
    char *tls_key;
    int listener;
    bool is_loopback; /* listens where only this machine can connect */
    uint16_t port;
    char address[80];
    pthread_key_t store_key; /* each serving thread's read store */
    struct slow *slow;
    struct slow *outside;
    struct slow *intake;
    struct slow *predict;
    struct slow *batch;
    struct events *events;
    struct waits *waits;

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t quiet;  /* n_exchanges or n_resting went down */
    unsigned n_exchanges;
    unsigned n_resting;
    uint64_t n_body_bytes; /* that bodies kept whole may take together, as announced */
    bool stopping;
    struct {
        int64_t id;
        int64_t seen_ms;
    } tokens[TOKENS_SEEN];
};

struct exchange {
    struct http *http;
    struct MHD_Connection *connection;
    struct arena arena;
    struct req req;
    struct reply reply;
    json_t *json;
    struct buf body;
    struct spool *spool;
    struct parts *parts;    /* of a multipart body that is kept in memory */
    uint64_t n_reserved;    /* bytes of http.n_body_bytes */
    uint64_t n_passed_over; /* bytes of a body nobody wants */
    int64_t begun_us;
    int64_t replied_us; /* 0: the connection ended before a reply */
    bool is_answered;   /* the reply is filled in: the body's rest is passed over */
    bool is_head;
    bool is_resting;   /* given to another thread; set before, looked at after */
    const char *asset; /* path of a file of the browser client, when it is one */
    const char *allow; /* of a 405 */
    char session[SECRET_TEXT + 1];
    char signin[SIGNIN_COOKIE_MAX + 1];
    char address[64];
};

/* What is sent with a refused request is passed over up to here, so that the client reads the
 * reply instead of a reset connection; beyond it the connection is closed. */
enum { PASS_OVER_MAX = 16 * 1024 * 1024, REQUEST_ARENA_MAX = 128 * 1024 * 1024 };

/* This thread's read store, opened at its first use. */
enum err http_store(struct http *h, struct store **s) MUST_USE;

/* false when the server is stopping: the exchange must not rest any more. */
bool http_rest(struct http *h);
void http_rested(struct http *h);

bool http_is_stopping(struct http *h);

/* Room for the bytes of a body that is kept in memory: ERR_BUSY when all together would have more
 * than BODIES_MAX. Given back by exchange_free. */
enum { BODIES_MAX = 256 * 1024 * 1024 };
enum err http_reserve(struct http *h, uint64_t n_bytes) MUST_USE;
void http_give_back(struct http *h, uint64_t n_bytes);

/* Whether the time of a token's last use should be written again: once an hour. */
bool http_token_is_stale(struct http *h, int64_t token_id);

/* NULL when out of memory. */
struct exchange *exchange_new(struct http *h, struct MHD_Connection *c);
void exchange_free(struct exchange *x);

/* What libmicrohttpd calls, step by step; MHD_NO closes the connection. */
enum MHD_Result exchange_begin(struct exchange *x, const char *method, const char *path);
enum MHD_Result exchange_body(struct exchange *x, const char *bytes, size_t n);
enum MHD_Result exchange_run(struct exchange *x);

/* The handler has returned `e` for good: makes the reply final. */
void exchange_done(struct exchange *x, enum err e, const char *sentence);

/* Fills in a refusal. */
void exchange_refuse(struct exchange *x, enum err e);
void exchange_refuse_as(struct exchange *x, int status, enum err e);

/* reply.c: hands the reply over. MHD_NO closes the connection. */
enum MHD_Result exchange_reply(struct exchange *x);

/* gate.c: fills in who is asking; refuses foreign hosts, unknown people, missing roles, and
 * unsafe requests that another site's page could have made. */
enum err gate_host(struct exchange *x) MUST_USE;
enum err gate_enter(struct exchange *x) MUST_USE;

/* slow.c: threads behind a queue: one for what hashes passwords, others for what asks other servers,
 * for what takes pictures in, and for what predicts. */
struct slow_kind {
    unsigned threads;
    unsigned queue;   /* requests that may wait */
    int nice;         /* 0: as the rest of the server */
    const char *busy; /* the sentence for whoever finds the queue full; a literal */
};
struct slow *slow_start(struct http *h, const struct slow_kind *kind); /* NULL when it cannot */
void slow_stop(struct slow *s); /* finishes what was submitted */
enum err slow_submit(struct slow *s,
                     struct exchange *x) MUST_USE; /* ERR_BUSY beyond its queue */

/* wait.c: replies that would rather wait. */
struct waits *waits_start(struct http *h); /* NULL when it cannot */
void waits_end(struct waits *w);           /* sends all that wait */
void waits_stop(struct waits *w);          /* after the daemon has stopped */
/* false: it is to be sent at once. Else the exchange is ended by the thread of waits. */
bool waits_take(struct waits *w, struct exchange *x);

/* events.c: the pages that listen to a project. */
struct events *events_start(struct http *h); /* NULL when it cannot */
void events_end(struct events *v);           /* ends every subscription */
void events_stop(struct events *v);          /* after the daemon has stopped */
/* The body of a subscription; ERR_BUSY beyond the limit. */
enum err events_subscribe(struct events *v, struct exchange *x,
                          struct MHD_Response **response) MUST_USE;

/* assets.c: the browser client. ERR_NOT_FOUND when there is no such file. */
enum err asset_reply(struct exchange *x, const char *path, struct MHD_Response **response,
                     int *status) MUST_USE;

/* reply.c: what every reply carries. `policy` is its Content-Security-Policy. */
void headers_add(struct MHD_Response *response, const char *policy);

#endif
