/* server - the HTTP server: libmicrohttpd's connections in, the route table's handlers behind.
 *
 *     struct http *h;
 *     TRY(http_start(&h, &(struct http_config){.data_folder = dir, .listen = "127.0.0.1:8080",
 *                                              .writer = writer, .jobs = jobs}));
 *     printf("http://%s\n", http_address(h));      // with the port that was given for port 0
 *     ... wait for a signal ...
 *     http_stop(h);
 *
 * A request goes one way: match the route, authorise, take the body up to the route's limit, run
 * the handler in the route's lane, reply. READ runs on the connection's own thread, with that
 * thread's read store. WRITE runs as a task of the writer, the connection resting meanwhile, and
 * is answered only after the batch is committed. SLOW (passwords) runs on one thread of its own
 * behind a short queue, OUTSIDE (an identity
 * provider) on another, and INTAKE (pictures to be decoded) on a third. PREDICT (a model's answer)
 * runs on a thread per processor, and many answers at once on one of low priority. Nothing else ever
 * waits.
 *
 * Threads: http_start and http_stop from one thread; the rest from any. */
#ifndef EXEMPLAR_HTTP_SERVER_H
#define EXEMPLAR_HTTP_SERVER_H

#include "base/err.h"
#include "domain/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct writer;
struct jobs;
struct provider;

/* A limit of 0 means the default given here. */
struct http_limits {
    unsigned connections;             /* at once: 1000 */
    unsigned connections_per_address; /* 100; none when only this machine can connect */
    unsigned idle_s;                  /* a connection that neither sends nor takes: 30 */
    size_t connection_bytes; /* memory per connection; half of it bounds the headers: 64 KiB */
    uint64_t upload_bytes;   /* of one import: 8 GiB */
    unsigned upload_files;   /* in one import: 200,000 */
    unsigned subscribers;    /* pages listening to events: 256 */
    unsigned waiting;        /* requests resting until people have answered: 256 */
    unsigned slow_queue;     /* sign-ins waiting: 16, then 503 */
    unsigned predict_queue;  /* predictions waiting: 256, then 503 */
    unsigned batch_queue;    /* batches of them waiting: 16, then 503 */
    unsigned threads;        /* that serve: one per processor, at least 2 */
    unsigned stop_s;         /* requests under way may take this long at the end: 10 */
};

struct http_config {
    const char *data_folder;
    const char *listen; /* "127.0.0.1:8080", "0.0.0.0:80", "[::1]:0"; port 0: any free one */
    const char *hosts;  /* more names this server answers to, with commas; NULL for none. Only
                             asked for when it listens on the loopback address, where it answers to
                             localhost, 127.0.0.1 and [::1] alone: a foreign page must not reach it
                             by pointing its own name here (DNS rebinding) */
    const char
        *tls_cert;       /* PEM text of the certificate chain and of its key, not file names; */
    const char *tls_key; /* both or neither */
    struct writer *writer;
    struct jobs *jobs;
    bool
        webhooks_anywhere; /* also to http and private addresses: jobs/post.h has to be told too */
    struct provider *provider; /* signs people in; NULL: none. Outlives the server */
    enum newcomers newcomers;  /* whether it may bring people whom nobody invited */
    struct http_limits limits;
};

/* Listens and serves when it returns OK. Errors: ERR_INVALID for an address or certificate that
 * cannot be used, ERR_CONFLICT when the port is taken, ERR_DENIED when it may not be used. The
 * texts of the config are copied; writer and jobs must outlive the server. */
enum err http_start(struct http **out, const struct http_config *config) MUST_USE;

/* Takes no new requests, lets those under way end, closes all. NULL is fine. Stop the server
 * before the jobs and the writer. */
void http_stop(struct http *h);

/* "127.0.0.1:40123", as listened on; lives as long as `h`. */
const char *http_address(const struct http *h);
uint16_t http_port(const struct http *h);

#endif
