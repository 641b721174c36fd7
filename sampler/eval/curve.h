/* curve - how accuracy grows with the number of examples, and what the next ones should buy.
 *
 *     struct smp_curve_in in = {.size = size, .error = error, .n_sizes = 5, .n_units = 300,
 *                               .now = 300, .next = 350, .seed = 1};
 *     SMP_TRY(smp_curve(&in, &out));
 *     out.now.value, out.gain.low, out.gain.high             // shares of items
 *
 * `error` (n_sizes, n_units) says of each held-out item (1 or 0), or of each group of them (a share), whether models taught by so many
 * examples were wrong. The curve a + b n^-c goes through the means, with 0 <= a, 0 <= b and c one of 0.1, 0.15 .. 1: the least sum of
 * squares, weighed by the size (larger ones lie nearer to what is asked). The bands are the 2.5 and 97.5 % points of the
 * curves fitted to units drawn again with replacement. They hold what other items would have said; that other examples would have taught
 * something else, and that the curve may bend, they do not hold. Deterministic.
 * Sources: Cortes et al. 1994, "Learning curves: asymptotic values and rate of convergence"; Viering & Loog 2023, "The
 * shape of learning curves" (power laws fit best, and not always). */
#ifndef SAMPLER_EVAL_CURVE_H
#define SAMPLER_EVAL_CURVE_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_CURVE_SIZES_MAX = 16, SMP_CURVE_UNITS_MAX = 100000, SMP_CURVE_DRAWS = 400 };

struct smp_curve_in {
    const double *size;  /* (n_sizes) examples, ascending, > 0 */
    const double *error; /* (n_sizes, n_units) 0..1 */
    size_t n_sizes, n_units;
    double now, next; /* numbers of examples that are asked about */
    uint64_t seed;
};

struct smp_curve_band {
    double value, low, high;
};

struct smp_curve {
    double a, b, c;
    struct smp_curve_band now, next; /* accuracies there, 0..1 */
    struct smp_curve_band gain;      /* next less now */
};

/* SMP_INVALID with fewer than three sizes or two units, too many, or a size that is not above the one before. */
enum smp_status smp_curve(const struct smp_curve_in *in, struct smp_curve *out) SMP_MUST_USE;

#endif
