#include "api/metrics.h"

#include "api/api.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Every status a reply can have; what is not here is counted under the last. */
static const int STATUSES[] = {200, 201, 202, 204, 304, 400, 401, 403,
                               404, 405, 409, 413, 422, 500, 503, 0};
/* Upper bounds in microseconds: a lease or label should lie in the first four. */
static const int64_t BOUNDS_US[] = {250,   500,   1000,   2500,   5000,    10000,
                                    25000, 50000, 100000, 250000, 1000000, 5000000};

enum {
    N_STATUSES = sizeof STATUSES / sizeof STATUSES[0],
    N_BOUNDS = sizeof BOUNDS_US / sizeof BOUNDS_US[0],
};

struct row {
    atomic_int_fast64_t by_status[N_STATUSES];
    atomic_int_fast64_t by_time[N_BOUNDS + 1]; /* the last: slower than all bounds */
    atomic_int_fast64_t total_us;
};

struct metrics {
    size_t n_routes;
    atomic_int_fast64_t connections;
    atomic_int_fast64_t subscribers;
    struct row rows[];
};

struct metrics *metrics_new(size_t n_routes)
{
    struct metrics *m = calloc(1, sizeof *m + (n_routes + 1) * sizeof m->rows[0]);

    if (m) m->n_routes = n_routes;
    return m;
}

void metrics_free(struct metrics *m)
{
    free(m);
}

void metrics_count(struct metrics *m, size_t route, int status, int64_t elapsed_us)
{
    struct row *row = &m->rows[route < m->n_routes ? route : m->n_routes];
    size_t s = 0;
    size_t t = 0;

    while (s + 1 < N_STATUSES && STATUSES[s] != status)
        s++;
    while (t < N_BOUNDS && elapsed_us > BOUNDS_US[t])
        t++;
    atomic_fetch_add_explicit(&row->by_status[s], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&row->by_time[t], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&row->total_us, elapsed_us, memory_order_relaxed);
}

void metrics_connections(struct metrics *m, int64_t change)
{
    atomic_fetch_add_explicit(&m->connections, change, memory_order_relaxed);
}

void metrics_subscribers(struct metrics *m, int64_t change)
{
    atomic_fetch_add_explicit(&m->subscribers, change, memory_order_relaxed);
}

/* {method="GET",route="/api/v1/items/{item}" and no closing brace yet */
static enum err labels_write(const struct metrics *m, struct buf *b, const char *name, size_t i)
{
    if (i == m->n_routes) return buf_printf(b, "%s{method=\"\",route=\"other\"", name);
    return buf_printf(b, "%s{method=\"%s\",route=\"%s\"", name, method_name(ROUTES[i].method),
                      ROUTES[i].pattern);
}

static enum err requests_write(const struct metrics *m, struct buf *b, size_t i)
{
    for (size_t s = 0; s < N_STATUSES; s++) {
        long long n = (long long)atomic_load(&m->rows[i].by_status[s]);
        if (!n) continue;
        TRY(labels_write(m, b, "exemplar_requests_total", i));
        if (STATUSES[s])
            TRY(buf_printf(b, ",status=\"%d\"} %lld\n", STATUSES[s], n));
        else
            TRY(buf_printf(b, ",status=\"other\"} %lld\n", n));
    }
    return OK;
}

static enum err bucket_write(const struct metrics *m, struct buf *b, size_t i,
                             const char *bound, long long n)
{
    TRY(labels_write(m, b, "exemplar_request_seconds_bucket", i));
    return buf_printf(b, ",le=\"%s\"} %lld\n", bound, n);
}

/* The buckets up to and with each bound; *n is then their number. */
static enum err buckets_write(const struct metrics *m, struct buf *b, size_t i, long long *n)
{
    char bound[32];

    *n = 0;
    for (size_t t = 0; t < N_BOUNDS; t++) {
        *n += (long long)atomic_load(&m->rows[i].by_time[t]);
        snprintf(bound, sizeof bound, "%g", (double)BOUNDS_US[t] / 1e6);
        TRY(bucket_write(m, b, i, bound, *n));
    }
    *n += (long long)atomic_load(&m->rows[i].by_time[N_BOUNDS]);
    return bucket_write(m, b, i, "+Inf", *n);
}

static enum err times_write(const struct metrics *m, struct buf *b, size_t i)
{
    long long n;

    TRY(buckets_write(m, b, i, &n));
    TRY(labels_write(m, b, "exemplar_request_seconds_sum", i));
    TRY(buf_printf(b, "} %.6f\n", (double)atomic_load(&m->rows[i].total_us) / 1e6));
    TRY(labels_write(m, b, "exemplar_request_seconds_count", i));
    return buf_printf(b, "} %lld\n", n);
}

static bool is_used(const struct row *row)
{
    for (size_t t = 0; t <= N_BOUNDS; t++)
        if (atomic_load(&row->by_time[t])) return true;
    return false;
}

static enum err gauge_write(struct buf *b, const char *name, const char *help, long long value)
{
    return buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name, name,
                      value);
}

enum err metrics_write(const struct metrics *m, struct buf *b)
{
    TRY(gauge_write(b, "exemplar_connections", "Connections open now",
                    (long long)atomic_load(&m->connections)));
    TRY(gauge_write(b, "exemplar_subscribers", "Pages listening to events now",
                    (long long)atomic_load(&m->subscribers)));
    TRY(buf_adds(b, "# HELP exemplar_requests_total Requests answered\n"
                    "# TYPE exemplar_requests_total counter\n"));
    for (size_t i = 0; i <= m->n_routes; i++)
        TRY(requests_write(m, b, i));
    TRY(buf_adds(b,
                 "# HELP exemplar_request_seconds From the last byte of the request's head to "
                 "the reply's first\n# TYPE exemplar_request_seconds histogram\n"));
    for (size_t i = 0; i <= m->n_routes; i++)
        if (is_used(&m->rows[i])) TRY(times_write(m, b, i));
    return OK;
}
