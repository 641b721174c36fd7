/* bench_http - what one server answers: leases and durable labels over HTTP, by 1, 8 and 32 clients.
 *
 *     build/release/tests/bench/bench_http [seconds per row, 3] [items, 20000]
 *
 * Turn by turn in one run: a trivial reply of libmicrohttpd alone (the limit of the library and of
 * this client), /healthz (our whole way of a request without the database), reading an item with
 * a token (one read store), and the annotator's cycle: lease one item, label it, both by the
 * writer and flushed to the disk. Clients and server share the machine's processors, so the
 * ratios of one run mean more than its numbers. */
#include "harness.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "domain/credential.h"
#include "domain/user.h"
#include "store/writer.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS_MAX = 32, SAMPLES_MAX = 1 << 20 };

struct bench {
    struct harness h;
    int64_t project;
    uint16_t trivial_port;
    double until;
    char tokens[CLIENTS_MAX][SECRET_TEXT];
};

struct worker {
    struct bench *b;
    int number;
    int (*cycle)(struct worker *w); /* one operation; 0 ends the worker */
    struct client client;
    char headers[200];
    long n;
    double *times;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum MHD_Result say_ok(void *context, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *n, void **kept)
{
    (void)url, (void)method, (void)version, (void)bytes, (void)n;
    if (!*kept) {
        *kept = context;
        return MHD_YES;
    }
    return MHD_queue_response(c, 200, context);
}

/* Asks once; *got is the caller's to free when it returns 1. */
static int asked(struct worker *w, const char *method, const char *path, const char *body,
                 int status, struct got *got)
{
    if (!client_ask(&w->client, method, path, w->headers, body, got) && got->status == status)
        return 1;
    fprintf(stderr, "%s %s: %d %.300s\n", method, path, got->status,
            got->body.data ? got->body.data : "");
    got_free(got);
    return 0;
}

static int get(struct worker *w, const char *path)
{
    struct got got;

    if (!asked(w, "GET", path, NULL, 200, &got)) return 0;
    got_free(&got);
    return 1;
}

static int cycle_healthz(struct worker *w)
{
    return get(w, "/healthz");
}

static int cycle_item(struct worker *w)
{
    return get(w, "/api/v1/items/1");
}

static int cycle_label(struct worker *w)
{
    char path[100];
    char body[300];
    char id[UUID_TEXT];
    const char *item;
    struct uuid u;
    struct got got;

    snprintf(path, sizeof path, "/api/v1/projects/%lld/leases", (long long)w->b->project);
    if (!asked(w, "POST", path, "{\"n\":1}", 200, &got)) return 0;
    item = strstr(got.body.data, "\"item\":{\"id\":");
    uuid_new(&u);
    uuid_write(id, &u);
    snprintf(body, sizeof body,
             "{\"id\":\"%s\",\"item\":%lld,\"answer\":\"accept\",\"values\":{\"class\":\"a\"}}",
             id, item ? atoll(item + strlen("\"item\":{\"id\":")) : 0);
    got_free(&got);
    if (!item) return 0; /* the project is finished: ask for more items */
    snprintf(path, sizeof path, "/api/v1/projects/%lld/labels", (long long)w->b->project);
    if (!asked(w, "POST", path, body, 201, &got)) return 0;
    got_free(&got);
    return 1;
}

static void *work(void *context)
{
    struct worker *w = context;

    for (double begun = seconds(); begun < w->b->until && w->n < SAMPLES_MAX;) {
        double now;
        if (!w->cycle(w)) break;
        now = seconds();
        w->times[w->n++] = now - begun;
        begun = now;
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, int n_clients, struct worker *w, double took)
{
    static double all[SAMPLES_MAX];
    size_t n = 0;

    for (int i = 0; i < n_clients; i++)
        for (long k = 0; k < w[i].n && n < SAMPLES_MAX; k++)
            all[n++] = w[i].times[k];
    if (!n) return;
    qsort(all, n, sizeof all[0], by_size);
    printf("%-22s %2d clients  %8.0f /s   p50 %7.3f ms   p99 %7.3f ms\n", name, n_clients,
           (double)n / took, all[n / 2] * 1e3, all[n * 99 / 100] * 1e3);
}

static void run(struct bench *b, const char *name, int (*cycle)(struct worker *), uint16_t port,
                int n_clients, double length)
{
    static struct worker w[CLIENTS_MAX];
    pthread_t threads[CLIENTS_MAX];
    double begun = seconds();

    b->until = begun + length;
    for (int i = 0; i < n_clients; i++) {
        w[i] = (struct worker){.b = b, .number = i, .cycle = cycle};
        w[i].times = malloc(SAMPLES_MAX * sizeof w[i].times[0]);
        if (!w[i].times) exit(1);
        snprintf(w[i].headers, sizeof w[i].headers, "Authorization: Bearer %s\r\n",
                 b->tokens[i]);
        client_open(&w[i].client, port);
        pthread_create(&threads[i], NULL, work, &w[i]);
    }
    for (int i = 0; i < n_clients; i++) {
        pthread_join(threads[i], NULL);
        client_close(&w[i].client);
    }
    report(name, n_clients, w, seconds() - begun);
    for (int i = 0; i < n_clients; i++)
        free(w[i].times);
}

/* An annotator for each client. */
static enum err people_add(struct store *s, void *context)
{
    struct bench *b = context;
    struct arena a;
    enum err e = OK;

    arena_init(&a, MIB);
    for (int i = 0; i < CLIENTS_MAX && !e; i++) {
        struct user u;
        int64_t token;
        e = user_add(s, &a, arena_printf(&a, "client %d", i), ROLE_ANNOTATOR, "none",
                     clock_now_ms(), &u);
        if (!e)
            e = token_new(s, u.id, &(struct token_wish){.name = "bench", .scopes = SCOPE_ALL},
                          clock_now_ms(), &token, b->tokens[i]);
    }
    arena_free(&a);
    return e;
}

static struct MHD_Daemon *trivial_start(struct MHD_Response *response, uint16_t *port)
{
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, say_ok, response,
                         MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;

    if (!info) exit(1);
    *port = info->port;
    return d;
}

int main(int argc, char **argv)
{
    static const int CLIENTS[] = {1, 8, 32};
    static struct bench b;
    double length = argc > 1 ? atof(argv[1]) : 3;
    int n_items = argc > 2 ? atoi(argv[2]) : 20000;
    struct MHD_Response *ok =
        MHD_create_response_from_buffer(3, (void *)(uintptr_t) "ok\n", MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *trivial = trivial_start(ok, &b.trivial_port);

    harness_start(&b.h, &(struct http_config){0});
    if (writer_do(b.h.writer, people_add, &b)) return 1;
    b.project = harness_project(&b.h, "bench", n_items);
    for (size_t i = 0; i < sizeof CLIENTS / sizeof CLIENTS[0]; i++) {
        run(&b, "libmicrohttpd alone", cycle_healthz, b.trivial_port, CLIENTS[i], length);
        run(&b, "/healthz", cycle_healthz, b.h.port, CLIENTS[i], length);
        run(&b, "one item, by token", cycle_item, b.h.port, CLIENTS[i], length);
        run(&b, "lease and label", cycle_label, b.h.port, CLIENTS[i], length);
    }
    harness_stop(&b.h);
    MHD_stop_daemon(trivial);
    MHD_destroy_response(ok);
    return 0;
}
