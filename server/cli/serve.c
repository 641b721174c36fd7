#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "domain/ledger.h"
#include "domain/user.h"
#include "http/server.h"
#include "jobs/worker.h"
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PEM_MAX = 1024 * 1024 };

struct service_run {
    struct cli *cli;
    int lock; /* the data folder's, -1 */
    struct writer *writer;
    struct jobs *jobs;
    struct http *http;
    struct buf cert, key;
    char secret[SECRET_TEXT]; /* of the first administrator's link; "" when somebody exists */
};

/* Host of "127.0.0.1:8080" or "[::1]:8080": can only this machine reach it? */
static bool is_loopback(const char *listen)
{
    return !strncmp(listen, "127.", 4) || !strncmp(listen, "localhost:", 10) ||
           !strncmp(listen, "[::1]", 5);
}

static enum err exposure_check(struct cli *c, const char *listen)
{
    bool tls = cli_value(c, "--tls-cert") != NULL;

    if (tls != (cli_value(c, "--tls-key") != NULL))
        return cli_usage(c, "--tls-cert and --tls-key go together");
    if (tls || is_loopback(listen) || cli_value(c, "--insecure-listen")) return OK;
    return cli_usage(
        c,
        "%s can be reached from other machines, and without TLS passwords would travel "
        "in the clear: give --tls-cert and --tls-key, or --insecure-listen if something "
        "in front does TLS",
        listen);
}

static enum err pem_read(struct buf *b, const char *path)
{
    buf_init(b, PEM_MAX);
    return path ? file_read(b, path) : OK;
}

static enum err first_task(struct store *s, void *context)
{
    struct service_run *r = context;
    int none;

    TRY(user_is_none(s, &none));
    return none ? user_invite_first(s, clock_now_ms(), r->secret) : OK;
}

static enum err start(struct service_run *r, const char *listen)
{
    struct cli *c = r->cli;
    struct http_config config = {
        .data_folder = c->data, .listen = listen, .hosts = cli_value(c, "--hosts")};
    int64_t threads;

    TRY(cli_number(c, "--threads", 0, 1, 1024, &threads));
    TRY(pem_read(&r->cert, cli_value(c, "--tls-cert")));
    TRY(pem_read(&r->key, cli_value(c, "--tls-key")));
    TRY(folder_make(c->data));
    TRY(store_lock_folder(c->data, &r->lock));
    TRY(writer_start(&r->writer, c->data, ledger_attach, NULL));
    TRY(writer_do(r->writer, first_task, r));
    TRY(jobs_start(&r->jobs, c->data, r->writer, (int)threads));
    config.tls_cert = r->cert.data;
    config.tls_key = r->key.data;
    config.writer = r->writer;
    config.jobs = r->jobs;
    return http_start(&r->http, &config);
}

static void stop(struct service_run *r)
{
    http_stop(r->http);
    jobs_stop(r->jobs);
    writer_stop(r->writer);
    if (r->lock >= 0) close(r->lock);
    forget(r->key.data, r->key.size);
    buf_free(&r->cert);
    buf_free(&r->key);
}

static void announce(const struct service_run *r)
{
    const char *scheme = r->key.size ? "https" : "http";

    printf("Exemplar " EXEMPLAR_VERSION " is at %s://%s/\n", scheme, http_address(r->http));
    if (r->secret[0])
        printf("First administrator (one use): %s://%s/#/setup/%s\n", scheme,
               http_address(r->http), r->secret);
    fflush(stdout);
}

/* Blocked before any thread is started, so that all of them leave the signals to this one. */
static void signals_hold(sigset_t *ending)
{
    sigemptyset(ending);
    sigaddset(ending, SIGINT);
    sigaddset(ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, ending, NULL);
    signal(SIGPIPE, SIG_IGN);
}

enum err cmd_serve(struct cli *c)
{
    struct service_run r = {.cli = c, .lock = -1};
    const char *listen = cli_value(c, "--listen");
    sigset_t ending;
    int which;
    enum err e;

    if (!listen) listen = "127.0.0.1:8080";
    TRY(exposure_check(c, listen));
    signals_hold(&ending);
    e = start(&r, listen);
    if (!e) {
        announce(&r);
        sigwait(&ending, &which);
        log_line(LOG_INFO, "stopping: requests and jobs under way end first");
    }
    stop(&r);
    return e;
}
