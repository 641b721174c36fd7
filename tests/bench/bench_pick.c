/* What a person waits for, or a queue behind them: herding among candidates, and the model fitted
 * again with the whole pool ranked by it.
 *
 *     bench_pick herd   [candidates] [dimensions] [threads] [rounds]
 *     bench_pick rerank [rows] [dimensions] [threads] [rounds] [labels] [classes]
 *     bench_pick library                                         who multiplies matrices
 *
 * herd: a pick of 50, MaxHerding and UHerding, from latents to reasons. One line,
 * "maxherd WALL CPU uherd WALL CPU", medians in milliseconds; CPU is the time of all threads.
 * rerank: one label more each round, a cold fit on all labels, and the 50 lowest margins of the
 * pool. One line: medians of the fit and of the ranking, then the median and the 99th percentile of
 * both together, wall clock in milliseconds; the median of all threads' time; and the resident memory at its highest in MiB.
 *
 * The data are as latents are: ten overlapping classes, a few directions with most of the variance,
 * the mean variance of a coordinate 1. A linear model gets about 85 % of them right. */
#include "sampler/gemm.h"
#include "sampler/pick.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ROUNDS_MAX = 1000, BATCH = 50, SEEN = 100, DIM_MAX = 4096 };

struct times {
    double wall, cpu;
};

static double milliseconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static struct times now(void)
{
    return (struct times){milliseconds(CLOCK_MONOTONIC),
                          milliseconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct times since(struct times from)
{
    const struct times to = now();

    return (struct times){to.wall - from.wall, to.cpu - from.cpu};
}

static void need(enum smp_status e)
{
    if (!e) return;
    fprintf(stderr, "bench_pick: %s\n", smp_message());
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value that a share of the n lie below; they are sorted. */
static double quantile(double *values, size_t n, double share)
{
    const size_t at = (size_t)(share * (double)n);

    qsort(values, n, sizeof *values, by_value);
    return values[at < n ? at : n - 1];
}

struct pool {
    float *z;
    int32_t *y;
    size_t *row;
    size_t n, d, n_classes;
};

/* Coordinate j has a standard deviation that falls as 1 / sqrt(j + 1), within a class and between
 * their middles alike. */
static struct pool pool_new(size_t n, size_t d, size_t n_classes)
{
    struct pool p = {malloc(n * d * sizeof(float)),
                     malloc(n * sizeof(int32_t)),
                     malloc(n * sizeof(size_t)),
                     n,
                     d,
                     n_classes};
    float *middle = malloc(n_classes * d * sizeof *middle);
    float table[4096];
    double harmonic = 0;
    struct smp_rng rng;

    if (!p.z || !p.y || !p.row || !middle) exit(1);
    smp_rng_seed(&rng, 1, 1);
    for (size_t i = 0; i < 4096; i++)
        table[i] = (float)smp_rng_normal(&rng); /* a normal number costs more than the rest */
    for (size_t j = 0; j < d; j++)
        harmonic += 1 / (double)(j + 1) / (double)d;
    for (size_t i = 0; i < n_classes * d; i++)
        middle[i] = 0.6f * (float)smp_rng_normal(&rng);
    for (size_t i = 0; i < n; i++) {
        const float *at;
        p.y[i] = (int32_t)smp_rng_below(&rng, n_classes);
        p.row[i] = i;
        at = middle + (size_t)p.y[i] * d;
        for (size_t j = 0; j < d; j++)
            p.z[i * d + j] = (table[smp_rng_u64(&rng) >> 52] + at[j]) /
                             (float)sqrt(harmonic * (double)(j + 1) * 1.36);
    }
    free(middle);
    return p;
}

static struct smp_labels labels_of(const struct pool *p, size_t n)
{
    return (struct smp_labels){.row = p->row, .y = p->y, .n = n, .n_classes = p->n_classes};
}

static struct smp_features features_of(const struct pool *p)
{
    return (struct smp_features){.n = p->n, .n_parts = 1, .part = {p->z}, .d = {p->d}};
}

/* The model of a project without blocks: one linear member that reads the latent. */
static struct smp_model *fit(const struct pool *p, size_t n_labels, unsigned threads)
{
    const struct smp_features features = features_of(p);
    const struct smp_model_in in = {
        .features = &features, .labels = labels_of(p, n_labels), .n_threads = threads};
    const struct smp_recipe recipe = {
        .n_members = 1, .member = {{0, SMP_MEMBER_LINEAR, 1}}, .temperature = 1};
    struct smp_model *model;

    need(smp_model_fit(&in, &recipe, &model));
    return model;
}

struct asked {
    enum smp_strategy strategy;
    size_t n_labels;
    const struct smp_model *model;
    unsigned threads;
};

static void pick(const struct pool *p, const struct asked *asked)
{
    static struct smp_pick picks[BATCH];
    const struct smp_features features = features_of(p);
    const struct smp_question question = {.model = asked->model,
                                          .labels = labels_of(p, asked->n_labels)};
    const struct smp_pick_in in = {.features = &features,
                                   .question = &question,
                                   .n_questions = 1,
                                   .strategy = asked->strategy,
                                   .batch = BATCH,
                                   .n_threads = asked->threads};
    size_t n;

    need(smp_pick(&in, picks, &n));
    if (n == BATCH) return;
    fprintf(stderr, "bench_pick: %zu picks instead of %d\n", n, BATCH);
    exit(1);
}

static void time_herding(const struct pool *p, struct asked asked, size_t rounds)
{
    double wall[ROUNDS_MAX];
    double cpu[ROUNDS_MAX];

    for (size_t i = 0; i < rounds; i++) {
        const struct times from = now();
        struct times took;
        pick(p, &asked);
        took = since(from);
        wall[i] = took.wall;
        cpu[i] = took.cpu;
    }
    printf("%s %.2f %.2f ", smp_strategy_name(asked.strategy), quantile(wall, rounds, 0.5),
           quantile(cpu, rounds, 0.5));
}

/* The pool holds SEEN labelled rows, and then the candidates. */
static void herd(size_t candidates, size_t d, unsigned threads, size_t rounds)
{
    const struct pool p = pool_new(candidates + SEEN, d, 10);
    struct smp_model *model = fit(&p, SEEN, threads);

    time_herding(&p, (struct asked){SMP_MAXHERD, SEEN, NULL, threads}, rounds);
    time_herding(&p, (struct asked){SMP_UHERD, SEEN, model, threads}, rounds);
    printf("\n");
    smp_model_free(model);
}

static void rerank(const struct pool *p, size_t n_labels, unsigned threads, size_t rounds)
{
    static double fits[ROUNDS_MAX];
    static double ranks[ROUNDS_MAX];
    static double both[ROUNDS_MAX];
    static double cpu[ROUNDS_MAX];
    struct rusage usage;

    for (size_t i = 0; i < rounds; i++) {
        const struct times start = now();
        struct times from = start;
        struct smp_model *model = fit(p, n_labels + i, threads);
        fits[i] = since(from).wall;
        from = now();
        pick(p, &(struct asked){SMP_MARGIN, n_labels + i, model, threads});
        ranks[i] = since(from).wall;
        both[i] = fits[i] + ranks[i];
        cpu[i] = since(start).cpu;
        smp_model_free(model);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("fit %.2f rank %.2f both %.2f p99 %.2f cpu %.2f memory %ld\n",
           quantile(fits, rounds, 0.5), quantile(ranks, rounds, 0.5),
           quantile(both, rounds, 0.5), quantile(both, rounds, 0.99),
           quantile(cpu, rounds, 0.5), usage.ru_maxrss / 1024);
}

static size_t argument(int argc, char **argv, int i, size_t otherwise)
{
    const size_t given = argc > i ? strtoul(argv[i], NULL, 10) : 0;

    return given ? given : otherwise;
}

int main(int argc, char **argv)
{
    const size_t d = argument(argc, argv, 3, 64);
    const unsigned threads = (unsigned)argument(argc, argv, 4, 2);
    const size_t asked = argument(argc, argv, 5, 20);
    const size_t rounds = asked < ROUNDS_MAX ? asked : ROUNDS_MAX;

    if (d > DIM_MAX) return 2;
    if (argc > 1 && strcmp(argv[1], "herd") == 0) {
        herd(argument(argc, argv, 2, SMP_CANDIDATES_MAX), d, threads, rounds);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "rerank") == 0) {
        const size_t labels = argument(argc, argv, 6, 1000);
        const size_t least = labels + rounds + BATCH;
        const size_t n = argument(argc, argv, 2, 100000);
        const struct pool p = pool_new(n < least ? least : n, d, argument(argc, argv, 7, 10));
        rerank(&p, labels, threads, rounds);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "library") == 0) {
        printf("%s\n", smp_gemm_library());
        return 0;
    }
    fprintf(stderr, "usage: bench_pick herd|rerank|library [rows] [dimensions] [threads] "
                    "[rounds] [labels] [classes]\n");
    return 2;
}
