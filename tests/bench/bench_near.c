/* Exact k-center and top-k, beside the plain loop over rows, in one interleaved run.
 *
 *     bench_near [rows] [dimensions] [threads] [rounds]
 *     bench_near open FILE rows [dimensions] [threads]
 *
 * The second writes such rows to FILE, maps it read-only as the product maps latents, asks for the top
 * 100 of one row, then again, and removes it: milliseconds to map, of the first and of the median
 * later query, and the memory of the process itself (mapped pages are the system's to take back).
 *
 * Prints, for each size, medians over the rounds in seconds of wall clock and of all threads'
 * processor time, and the resident memory at its highest. The plain k-center is timed for PLAIN_K
 * picks and scaled to K: its picks all cost the same. Without arguments: 10,000, 100,000 and
 * 1,000,000 rows of 64, on one and two threads. */
#include "sampler/near/centers.h"
#include "sampler/near/distance.h"
#include "sampler/near/top.h"

#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

enum { K = 1000, PLAIN_K = 8, TOP = 100, BATCH = 64, ROUNDS_MAX = 16 };

struct times {
    double wall, cpu;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct times now(void)
{
    return (struct times){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct times since(struct times from, double scale)
{
    const struct times to = now();

    return (struct times){(to.wall - from.wall) * scale, (to.cpu - from.cpu) * scale};
}

static int by_wall(const void *a, const void *b)
{
    const double x = ((const struct times *)a)->wall;
    const double y = ((const struct times *)b)->wall;

    return (x > y) - (x < y);
}

static struct times median(struct times *t, size_t n)
{
    qsort(t, n, sizeof *t, by_wall);
    return t[n / 2];
}

static void need(enum smp_status e)
{
    if (!e) return;
    fprintf(stderr, "bench_near: %s\n", smp_message());
    exit(1);
}

/* What a latent looks like: 100 clusters, each a normal cloud, in d dimensions. */
static void fill(float *x, size_t n, size_t d)
{
    uint64_t state = 88172645463325252u;

    for (size_t i = 0; i < n * d; i++) {
        float sum = 0;
        for (int j = 0; j < 4; j++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            sum += (float)(uint32_t)(state >> 40) / 16777216.0f - 0.5f;
        }
        x[i] = sum + sinf((float)(i / d % 100 * 37 + i % d * 11));
    }
}

/* The peer: the textbook's loop over rows, its distances by the same vector code as ours. */
static void plain_centers(const float *x, size_t n, size_t d, size_t k, float *distance,
                          float *apart, size_t *picks)
{
    size_t center = 0;

    for (size_t i = 0; i < n; i++)
        distance[i] = INFINITY;
    for (size_t p = 0; p < k; p++) {
        size_t next = 0;
        picks[p] = center;
        smp_near_rows(SMP_NEAR_SQUARE, x + center * d, x, n, d, apart);
        for (size_t i = 0; i < n; i++)
            distance[i] = apart[i] < distance[i] ? apart[i] : distance[i];
        distance[center] = -1;
        for (size_t i = 1; i < n; i++)
            if (distance[i] > distance[next]) next = i;
        center = next;
    }
}

struct results {
    struct times centers[ROUNDS_MAX], plain[ROUNDS_MAX], top[ROUNDS_MAX], batch[ROUNDS_MAX];
};

static void run_round(struct results *r, size_t i, const float *x, size_t n, size_t d,
                      unsigned threads)
{
    static size_t picks[K];
    static size_t plain[PLAIN_K];
    static struct smp_near found[BATCH * TOP];
    const struct smp_centers_in centers = {
        .x = x, .n = n, .d = d, .k = K, .n_threads = threads};
    struct smp_top_in top = {.x = x,
                             .n = n,
                             .d = d,
                             .queries = x,
                             .n_queries = 1,
                             .k = TOP,
                             .measure = SMP_NEAR_DOT,
                             .n_threads = threads};
    float *work = malloc(2 * n * sizeof *work);
    struct times from = now();

    if (!work) exit(1);
    need(smp_centers(&centers, picks, NULL));
    r->centers[i] = since(from, 1);
    from = now();
    plain_centers(x, n, d, PLAIN_K, work, work + n, plain);
    r->plain[i] = since(from, (double)K / PLAIN_K);
    for (size_t p = 0; p < PLAIN_K; p++)
        if (picks[p] != plain[p]) {
            fprintf(stderr, "bench_near: pick %zu differs from the plain loop's\n", p);
            exit(1);
        }
    need(smp_top(&top, found));
    from = now();
    for (int j = 0; j < 4; j++)
        need(smp_top(&top, found));
    r->top[i] = since(from, 0.25);
    top.n_queries = BATCH;
    from = now();
    need(smp_top(&top, found));
    r->batch[i] = since(from, 1.0 / BATCH);
    free(work);
}

static void run(size_t n, size_t d, unsigned threads, size_t rounds)
{
    float *x = malloc(n * d * sizeof *x);
    struct results r;
    struct times centers;
    struct times plain;
    struct times top;
    struct times batch;
    struct rusage usage;

    if (!x) exit(1);
    fill(x, n, d);
    for (size_t i = 0; i < rounds; i++)
        run_round(&r, i, x, n, d, threads);
    centers = median(r.centers, rounds);
    plain = median(r.plain, rounds);
    top = median(r.top, rounds);
    batch = median(r.batch, rounds);
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "%8zu x %zu, %u threads | %d centers: %.3f s wall, %.3f s cpu; plain loop %.2f s cpu "
        "(%.1fx cpu) | top %d: %.2f ms wall, %.2f ms cpu; %d at once, each %.2f ms wall, %.2f "
        "ms cpu | %ld MiB\n",
        n, d, threads, K, centers.wall, centers.cpu, plain.cpu, plain.cpu / centers.cpu, TOP,
        1e3 * top.wall, 1e3 * top.cpu, BATCH, 1e3 * batch.wall, 1e3 * batch.cpu,
        usage.ru_maxrss / 1024);
    fflush(stdout);
    free(x);
}

static void write_rows(const char *file, size_t n, size_t d)
{
    enum { AT_ONCE = 10000 };
    float *x = malloc(AT_ONCE * d * sizeof *x);
    FILE *f = fopen(file, "wb");

    if (!x || !f) {
        perror(file);
        exit(1);
    }
    fill(x, AT_ONCE, d);
    for (size_t first = 0; first < n; first += AT_ONCE) {
        const size_t rows = n - first < AT_ONCE ? n - first : AT_ONCE;
        for (size_t i = 0; i < rows; i++) /* the same cloud, each time a little elsewhere */
            x[i * d] += 1e-3f;
        if (fwrite(x, d * sizeof *x, rows, f) != rows) exit(1);
    }
    if (fclose(f)) exit(1);
    free(x);
}

/* KiB of memory that are the process's own. */
static long own_memory(void)
{
    long kib = 0;
    char line[200];
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "RssAnon: %ld", &kib) == 1) break;
    if (f) fclose(f);
    return kib;
}

static int run_open(const char *file, size_t n, size_t d, unsigned threads, size_t rounds)
{
    static struct smp_near found[TOP];
    struct times all[ROUNDS_MAX];
    struct times from;
    struct times opened;
    struct times first;
    const float *x;
    int fd;

    write_rows(file, n, d);
    from = now();
    fd = open(file, O_RDONLY | O_CLOEXEC);
    x = mmap(NULL, n * d * sizeof *x, PROT_READ, MAP_SHARED, fd, 0);
    if (fd < 0 || x == MAP_FAILED) return 1;
    opened = since(from, 1e3);
    for (size_t i = 0; i <= rounds && i <= ROUNDS_MAX; i++) {
        const struct smp_top_in top = {.x = x,
                                       .n = n,
                                       .d = d,
                                       .queries = x + n / 2 * d,
                                       .n_queries = 1,
                                       .k = TOP,
                                       .measure = SMP_NEAR_SQUARE,
                                       .n_threads = threads};
        from = now();
        need(smp_top(&top, found));
        if (i)
            all[i - 1] = since(from, 1e3);
        else
            first = since(from, 1e3);
    }
    printf("%zu x %zu mapped (%zu MiB), %u threads: open %.2f ms, first query %.1f ms, then "
           "%.1f ms wall; own memory %ld KiB\n",
           n, d, n * d * sizeof *x >> 20, threads, opened.wall, first.wall,
           median(all, rounds).wall, own_memory());
    remove(file);
    return 0;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {10000, 100000, 1000000};
    const size_t d = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
    const size_t asked = argc > 4 ? strtoul(argv[4], NULL, 10) : 3;
    const size_t rounds = asked < 1 ? 1 : asked < ROUNDS_MAX ? asked : ROUNDS_MAX;

    if (argc > 3 && strcmp(argv[1], "open") == 0)
        return run_open(argv[2], strtoul(argv[3], NULL, 10),
                        argc > 4 ? strtoul(argv[4], NULL, 10) : 64,
                        argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 2, 5);
    if (argc > 1) {
        const size_t n = strtoul(argv[1], NULL, 10);
        run(n < K ? K : n, d < 1 ? 1 : d, argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1,
            rounds);
        return 0;
    }
    for (size_t i = 0; i < 3; i++)
        for (unsigned threads = 1; threads <= 2; threads++)
            run(sizes[i], d, threads, rounds);
    return 0;
}
