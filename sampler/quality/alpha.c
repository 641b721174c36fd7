#include "sampler/quality/alpha.h"

#include "sampler/rng.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>

/* The bootstrap draws by streams 0..rounds; the pairs by one beyond. */
enum { STREAM_PAIRS = SMP_BOOTSTRAP_ROUNDS_MAX + 1 };

struct far {
    uint32_t a, b; /* units of two answers */
    double apart;
};

struct job {
    const struct smp_alpha_in *in;
    uint32_t *start;   /* (n_items + 1) */
    uint32_t *at;      /* (n) answers by item, those of items with one left out */
    uint32_t *unit_of; /* (n) the unit of each of those */
    uint32_t *unit;    /* (n_units) 0, 1, 2 .. for the draw */
    double *observed;  /* (n_units) sum of distances of ordered pairs / (m - 1) */
    uint32_t *size;    /* (n_units) m */
    struct far *far;   /* (n_far) what chance is measured on */
    size_t n_units, n_answers, n_far;
    uint32_t *weights; /* (threads, n_units) */
    double *rounds;    /* (rounds) */
};

static enum smp_status check(const struct smp_alpha_in *in)
{
    if (in->n > UINT32_MAX / 2 || in->n_items > UINT32_MAX / 2)
        return smp_fail(SMP_INVALID, "more than %u answers or items", UINT32_MAX / 2);
    for (size_t i = 0; i < in->n; i++)
        if (in->item[i] >= in->n_items)
            return smp_fail(SMP_INVALID, "answer %zu is about item %u, of %zu items", i,
                            in->item[i], in->n_items);
    return smp_bootstrap_check(&in->bootstrap);
}

/* Answers by item, and a unit for each item with two or more. */
static void group(struct job *job)
{
    const struct smp_alpha_in *in = job->in;

    for (size_t i = 0; i < in->n; i++)
        job->start[in->item[i] + 1]++;
    for (size_t i = 0; i < in->n_items; i++)
        job->start[i + 1] += job->start[i];
    for (size_t i = in->n; i-- > 0;)
        job->unit_of[--job->start[in->item[i] + 1]] = (uint32_t)i;
    /* Each start now lies one place too far on, and unit_of serves as the order. */
    for (size_t i = 0; i < in->n_items; i++) {
        const uint32_t from = job->start[i + 1];
        const uint32_t to = i + 1 < in->n_items ? job->start[i + 2] : (uint32_t)in->n;
        if (to - from < 2) continue;
        for (uint32_t j = from; j < to; j++)
            job->at[job->n_answers++] = job->unit_of[j];
        job->size[job->n_units] = to - from;
        job->unit[job->n_units] = (uint32_t)job->n_units;
        job->n_units++;
    }
    for (size_t u = 0, i = 0; u < job->n_units; u++)
        for (uint32_t j = 0; j < job->size[u]; j++)
            job->unit_of[i++] = (uint32_t)u;
}

static enum smp_status distance(const struct job *job, size_t a, size_t b, double *out)
{
    const double d = job->in->apart(job->in->ctx, job->at[a], job->at[b]);

    *out = d;
    if (d >= 0 && isfinite(d)) return SMP_OK;
    return smp_fail(SMP_INVALID, "answers %u and %u are %g apart", job->at[a], job->at[b], d);
}

/* The distances of all pairs among n answers from `first` on. */
static enum smp_status sum_pairs(const struct job *job, size_t first, size_t n, double *sum)
{
    for (size_t i = first; i < first + n; i++) {
        for (size_t j = first; j < i; j++) {
            double d;
            SMP_TRY(distance(job, i, j, &d));
            *sum += d;
        }
    }
    return SMP_OK;
}

static enum smp_status observe(struct job *job)
{
    for (size_t u = 0, first = 0; u < job->n_units; first += job->size[u++]) {
        SMP_TRY(sum_pairs(job, first, job->size[u], &job->observed[u]));
        job->observed[u] *= 2 / (double)(job->size[u] - 1);
    }
    return SMP_OK;
}

static enum smp_status add_far(struct job *job, size_t a, size_t b)
{
    struct far *f = &job->far[job->n_far++];

    f->a = job->unit_of[a];
    f->b = job->unit_of[b];
    return distance(job, a, b, &f->apart);
}

static enum smp_status expect(struct job *job)
{
    const size_t n = job->n_answers;
    struct smp_rng rng;

    if (n * (n - 1) / 2 <= SMP_ALPHA_PAIRS) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                SMP_TRY(add_far(job, i, j));
        return SMP_OK;
    }
    smp_rng_seed(&rng, job->in->bootstrap.seed, STREAM_PAIRS);
    while (job->n_far < SMP_ALPHA_PAIRS) {
        const size_t a = smp_rng_below(&rng, n);
        const size_t b = smp_rng_below(&rng, n);
        if (a != b) SMP_TRY(add_far(job, a, b));
    }
    return SMP_OK;
}

/* weight (n_units), or NULL for once each. */
static double alpha_of(const struct job *job, const uint32_t *weight)
{
    double observed = 0;
    double answers = 0;
    double expected = 0;
    double pairs = 0;

    for (size_t u = 0; u < job->n_units; u++) {
        const double w = weight ? weight[u] : 1;
        observed += w * job->observed[u];
        answers += w * job->size[u];
    }
    for (size_t i = 0; i < job->n_far; i++) {
        const struct far *f = &job->far[i];
        const double w = weight ? (double)weight[f->a] * weight[f->b] : 1;
        expected += w * f->apart;
        pairs += w;
    }
    return expected > 0 ? 1 - observed / answers / (expected / pairs) : (double)NAN;
}

static void run_round(void *ctx, size_t round, unsigned thread)
{
    const struct job *job = ctx;
    uint32_t *weight = job->weights + thread * job->n_units;

    smp_bootstrap_draw(&job->in->bootstrap, round, job->unit, job->n_units, job->n_units,
                       weight);
    job->rounds[round] = alpha_of(job, weight);
}

static enum smp_status make_room(struct job *job)
{
    const struct smp_alpha_in *in = job->in;
    const size_t threads = smp_threads(in->bootstrap.n_threads);

    job->start = calloc(in->n_items + 2, sizeof *job->start);
    job->at = malloc((in->n + 1) * sizeof *job->at);
    job->unit_of = malloc((in->n + 1) * sizeof *job->unit_of);
    job->unit = malloc((in->n_items + 1) * sizeof *job->unit);
    job->observed = calloc(in->n_items + 1, sizeof *job->observed);
    job->size = malloc((in->n_items + 1) * sizeof *job->size);
    job->far = malloc(SMP_ALPHA_PAIRS * sizeof *job->far);
    job->weights = malloc((threads * in->n_items + 1) * sizeof *job->weights);
    job->rounds = malloc((in->bootstrap.rounds + 1) * sizeof *job->rounds);
    if (!job->start || !job->at || !job->unit_of || !job->unit || !job->observed ||
        !job->size || !job->far || !job->weights || !job->rounds)
        return smp_fail_nomem();
    return SMP_OK;
}

static enum smp_status measure(struct job *job, struct smp_estimate *out)
{
    const struct smp_bootstrap *how = &job->in->bootstrap;

    SMP_TRY(make_room(job));
    group(job);
    SMP_TRY(observe(job));
    SMP_TRY(expect(job));
    out->value = alpha_of(job, NULL);
    SMP_TRY(smp_bootstrap_run(how, run_round, job));
    smp_bootstrap_interval(how, job->rounds, how->rounds, out);
    return SMP_OK;
}

enum smp_status smp_alpha(const struct smp_alpha_in *in, struct smp_estimate *out)
{
    struct job job = {.in = in};
    enum smp_status e;

    SMP_TRY(check(in));
    e = measure(&job, out);
    free(job.start);
    free(job.at);
    free(job.unit_of);
    free(job.unit);
    free(job.observed);
    free(job.size);
    free(job.far);
    free(job.weights);
    free(job.rounds);
    return e;
}
