#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "domain/ledger.h"
#include "domain/user.h"
#include "http/server.h"
#include "jobs/post.h"
#include "jobs/worker.h"
#include "oidc/provider.h"
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PEM_MAX = 1024 * 1024, SECRET_MAX = 4096 };

struct service_run {
    struct cli *cli;
    int lock; /* the data folder's, -1 */
    struct writer *writer;
    struct jobs *jobs;
    struct post *post;
    struct http *http;
    struct provider *provider; /* NULL: none */
    struct buf cert, key, client_secret;
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

/* Where browsers come back to: --url, else where the server listens, if that is one place. */
static enum err redirect_of(struct cli *c, const char *listen, const char **redirect)
{
    const char *url = cli_value(c, "--url");
    const char *scheme = cli_value(c, "--tls-cert") ? "https" : "http";
    size_t n = strlen(url ? url : listen);

    if (url && !n) return cli_usage(c, "--url is empty");
    if (!url && (!is_loopback(listen) || (n > 2 && !strcmp(listen + n - 2, ":0"))))
        return cli_usage(c,
                         "--oidc-issuer needs --url, so that people can come back from there");
    *redirect = url ? arena_printf(&c->arena, "%s%s", url, url[n - 1] == '/' ? "" : "/")
                    : arena_printf(&c->arena, "%s://%s/", scheme, listen);
    NEED(*redirect);
    return OK;
}

/* The first line of the file, so that an editor's last line end is no part of the secret. */
static enum err secret_read(struct service_run *r, const char *path, const char **secret)
{
    *secret = NULL;
    buf_init(&r->client_secret, SECRET_MAX);
    if (!path) return OK;
    TRY(file_read(&r->client_secret, path));
    *secret = "";
    if (!r->client_secret.size) return OK;
    r->client_secret.data[strcspn(r->client_secret.data, "\r\n")] = 0;
    *secret = r->client_secret.data;
    return OK;
}

static enum err newcomers_read(struct cli *c, enum newcomers *newcomers)
{
    const char *text = cli_value(c, "--oidc-newcomers");

    *newcomers = text && !strcmp(text, "join") ? NEWCOMERS_JOIN : NEWCOMERS_INVITED;
    if (!text || *newcomers == NEWCOMERS_JOIN || !strcmp(text, "invited")) return OK;
    return cli_usage(c, "--oidc-newcomers is invited or join, not \"%.40s\"", text);
}

static enum err provider_set(struct service_run *r, const char *listen,
                             struct http_config *config)
{
    struct cli *c = r->cli;
    struct provider_config p = {.issuer = cli_value(c, "--oidc-issuer"),
                                .client_id = cli_value(c, "--oidc-client"),
                                .name = cli_value(c, "--oidc-name")};

    if (!p.issuer != !p.client_id)
        return cli_usage(c, "--oidc-issuer and --oidc-client go together");
    if (!p.issuer) return OK;
    TRY(newcomers_read(c, &config->newcomers));
    TRY(redirect_of(c, listen, &p.redirect));
    TRY(secret_read(r, cli_value(c, "--oidc-secret-file"), &p.secret));
    TRY(provider_start());
    TRY(provider_new(&r->provider, &p));
    config->provider = r->provider;
    return OK;
}

static enum err first_task(struct store *s, void *context)
{
    struct service_run *r = context;
    int none;

    TRY(user_is_none(s, &none));
    return none ? user_invite_first(s, clock_now_ms(), r->secret) : OK;
}

static enum err tls_read(struct service_run *r, struct http_config *config)
{
    TRY(pem_read(&r->cert, cli_value(r->cli, "--tls-cert")));
    TRY(pem_read(&r->key, cli_value(r->cli, "--tls-key")));
    config->tls_cert = r->cert.data;
    config->tls_key = r->key.data;
    return OK;
}

static enum err post_start_for(struct service_run *r, const struct http_config *config)
{
    const struct post_config post = {.data_folder = r->cli->data,
                                     .writer = r->writer,
                                     .jobs = r->jobs,
                                     .reach = config->webhooks_anywhere ? SEND_ANYWHERE
                                                                        : SEND_PUBLIC};

    return post_start(&r->post, &post);
}

static enum err start_inside(struct service_run *r, int threads)
{
    const char *folder = r->cli->data;

    TRY(folder_make(folder));
    TRY(store_lock_folder(folder, &r->lock));
    TRY(writer_start(&r->writer, folder, ledger_attach, NULL));
    TRY(writer_do(r->writer, first_task, r));
    return jobs_start(&r->jobs, folder, r->writer, threads);
}

static enum err start(struct service_run *r, const char *listen)
{
    struct cli *c = r->cli;
    struct http_config config = {
        .data_folder = c->data, .listen = listen, .hosts = cli_value(c, "--hosts")};
    int64_t threads;

    TRY(cli_number(c, "--threads", 0, 1, 1024, &threads));
    TRY(tls_read(r, &config));
    TRY(provider_set(r, listen, &config));
    TRY(start_inside(r, (int)threads));
    config.writer = r->writer;
    config.jobs = r->jobs;
    config.webhooks_anywhere = cli_value(c, "--webhooks-anywhere") != NULL;
    TRY(post_start_for(r, &config));
    return http_start(&r->http, &config);
}

static void stop(struct service_run *r)
{
    http_stop(r->http);
    provider_free(r->provider);
    post_stop(r->post);
    jobs_stop(r->jobs);
    writer_stop(r->writer);
    if (r->lock >= 0) close(r->lock);
    forget(r->key.data, r->key.size);
    forget(r->client_secret.data, r->client_secret.size);
    buf_free(&r->cert);
    buf_free(&r->key);
    buf_free(&r->client_secret);
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
