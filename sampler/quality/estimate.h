/* estimate - a statistic and how far it may be off: the bootstrap over items.
 *
 * A project's items are a sample of those it could have had, so the items are what is drawn again, with
 * replacement; all answers to an item move together. Each round has its own stream of random numbers,
 * so the interval has the same bits for any number of threads.
 * Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 6 and 13 (percentile
 * interval). */
#ifndef SAMPLER_QUALITY_ESTIMATE_H
#define SAMPLER_QUALITY_ESTIMATE_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_BOOTSTRAP_ROUNDS_MAX = 100000 };

struct smp_estimate {
    double value; /* NaN where it is not defined: one class only, nobody answered twice, .. */
    double low, high; /* the interval; NaN without rounds */
    double error;     /* standard deviation over the rounds; NaN without */
};

struct smp_bootstrap {
    size_t rounds; /* 0: no interval; 1,000 is usual */
    double level;  /* of the interval; 0 counts as 0.95 */
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* SMP_INVALID for too many rounds or a level that is none. */
enum smp_status smp_bootstrap_check(const struct smp_bootstrap *how) SMP_MUST_USE;

/* Calls `round` once for each round, spread over the threads; results are kept by round's number. */
typedef void smp_round(void *ctx, size_t round, unsigned thread);
enum smp_status smp_bootstrap_run(const struct smp_bootstrap *how, smp_round *round,
                                  void *ctx) SMP_MUST_USE;

/* Draws n of the n items with replacement; weight (n_units) <- how often an item of each unit came.
 * unit (n): which unit each item belongs to (items that cannot be told apart share one). */
void smp_bootstrap_draw(const struct smp_bootstrap *how, size_t round, const uint32_t *unit,
                        size_t n, size_t n_units, uint32_t *weight);

/* The interval and the error of the rounds' values (n), which are sorted in place; undefined ones
 * (NaN) are left out. */
void smp_bootstrap_interval(const struct smp_bootstrap *how, double *values, size_t n,
                            struct smp_estimate *out);

#endif
