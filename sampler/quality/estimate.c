#include "sampler/quality/estimate.h"

#include "sampler/rng.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_AT_ONCE = 64 };

enum smp_status smp_bootstrap_check(const struct smp_bootstrap *how)
{
    if (how->rounds > SMP_BOOTSTRAP_ROUNDS_MAX)
        return smp_fail(SMP_INVALID, "%zu bootstrap rounds; at most %d", how->rounds,
                        SMP_BOOTSTRAP_ROUNDS_MAX);
    if (!(how->level >= 0 && how->level < 1))
        return smp_fail(SMP_INVALID, "an interval's level is between 0 and 1, as 0.95, not %g",
                        how->level);
    return SMP_OK;
}

struct batch {
    smp_round *round;
    void *ctx;
    size_t first;
};

static void run_one(void *ctx, size_t piece, unsigned thread)
{
    const struct batch *b = ctx;

    b->round(b->ctx, b->first + piece, thread);
}

enum smp_status smp_bootstrap_run(const struct smp_bootstrap *how, smp_round *round, void *ctx)
{
    SMP_TRY(smp_bootstrap_check(how));
    for (size_t first = 0; first < how->rounds; first += ROUNDS_AT_ONCE) {
        const size_t left = how->rounds - first;
        struct batch b = {round, ctx, first};
        smp_parallel(how->n_threads, left < ROUNDS_AT_ONCE ? left : ROUNDS_AT_ONCE, run_one,
                     &b);
        SMP_TRY(smp_report(how->progress, (double)first / (double)how->rounds,
                           "drawing items again"));
    }
    return SMP_OK;
}

/* 32 random bits to 0..n-1 (Lemire 2019); what would be biased is drawn anew. */
static uint32_t scaled(struct smp_rng *rng, uint32_t bits, uint32_t n, uint32_t refused)
{
    const uint64_t product = (uint64_t)bits * n;

    if ((uint32_t)product >= refused) return (uint32_t)(product >> 32);
    return (uint32_t)smp_rng_below(rng, n);
}

/* Two of each 64 bits: a thousand rounds of a million items are a thousand million draws. */
void smp_bootstrap_draw(const struct smp_bootstrap *how, size_t round, const uint32_t *unit,
                        size_t n, size_t n_units, uint32_t *weight)
{
    const uint32_t below = (uint32_t)n;
    const uint32_t refused = n ? (0 - below) % below : 0;
    struct smp_rng rng;

    assert(n <= UINT32_MAX);
    smp_rng_seed(&rng, how->seed, round);
    memset(weight, 0, n_units * sizeof *weight);
    for (size_t i = 0; i + 2 <= n; i += 2) {
        const uint64_t bits = smp_rng_u64(&rng);
        weight[unit[scaled(&rng, (uint32_t)bits, below, refused)]]++;
        weight[unit[scaled(&rng, (uint32_t)(bits >> 32), below, refused)]]++;
    }
    if (n % 2) weight[unit[smp_rng_below(&rng, n)]]++;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The quantile q of sorted values, linear between them (Hyndman & Fan 1996, type 7). */
static double quantile(const double *sorted, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at;
    const size_t high = low + 1 < n ? low + 1 : low;

    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

void smp_bootstrap_interval(const struct smp_bootstrap *how, double *values, size_t n,
                            struct smp_estimate *out)
{
    const double level = how->level > 0 ? how->level : 0.95;
    size_t kept = 0;
    double mean = 0;
    double squares = 0;

    out->low = out->high = out->error = (double)NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) values[kept++] = values[i];
    if (kept < 2) return;
    qsort(values, kept, sizeof *values, by_value);
    for (size_t i = 0; i < kept; i++)
        mean += values[i] / (double)kept;
    for (size_t i = 0; i < kept; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    out->error = sqrt(squares / (double)(kept - 1));
    out->low = quantile(values, kept, (1 - level) / 2);
    out->high = quantile(values, kept, (1 + level) / 2);
}
