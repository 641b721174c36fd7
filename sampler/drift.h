/* drift - do two samples of latents come from the same place?
 *
 *     struct smp_drift_in in = {.reference = z, .n_reference = n, .stream = y, .n_stream = m,
 *                               .d = d, .seed = seed};
 *     SMP_TRY(smp_drift(&in, carries, &out));
 *     out.p <= 0.001                      // by chance alone once in a thousand such tests
 *     out.share                           // 0 the same, 1 nothing in common: how large it is
 *
 * The statistic is the energy distance, 2 E|X-Y| - E|X-X'| - E|Y-Y'| with Euclidean distances: 0 only
 * when both come from one distribution, without a bandwidth to choose (MMD with the distance kernel,
 * says Sejdinovic). Whether it is more than chance is asked by exchanging rows between the samples at
 * random: p = (1 + those at least as large) / (1 + permutations), which is exact whatever the
 * distribution. At most SMP_DRIFT_ROWS_MAX rows of each side are looked at, drawn by the seed.
 *
 * Cost: N = up to 1,000 rows, N^2 d multiplications for the distances and N^2 for each permutation, as
 * products of matrices: 0.13 s at d = 1,024 and 999 permutations on one core; 4 N^2 bytes.
 *
 * Measured (tests/unit/sampler/test_drift.c): at p <= 0.05 it rings in 5 % of pairs that come from one
 * place. Same seed, same answer. Pure; any thread.
 *
 * Sources: Szekely & Rizzo, "Testing for equal distributions in high dimension" (2004); Sejdinovic et
 * al., "Equivalence of distance-based and RKHS-based statistics" (2013); Phipson & Smyth,
 * "Permutation P-values should never be zero" (2010). */
#ifndef SAMPLER_DRIFT_H
#define SAMPLER_DRIFT_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_DRIFT_ROWS_MAX = 500, SMP_DRIFT_ROWS_MIN = 20, SMP_DRIFT_PERMUTATIONS = 999 };

struct smp_drift_in {
    const float *reference; /* (n_reference, d), finite */
    size_t n_reference;
    const float *stream; /* (n_stream, d), finite */
    size_t n_stream;
    size_t d;
    size_t permutations; /* 0: SMP_DRIFT_PERMUTATIONS */
    uint64_t seed;
};

struct smp_drift {
    size_t n_reference, n_stream; /* rows that were looked at */
    double energy;                /* the energy distance; at least 0 but for rounding */
    double share;                 /* of 2 E|X-Y|: 0..1, the same in any unit */
    double p;
};

/* carries (n_stream) or NULL: how much each row of the stream has to do with the difference: its mean
 * distance to the reference less its mean distance to the stream. The highest are what is new.
 * SMP_INVALID when a side has fewer than SMP_DRIFT_ROWS_MIN rows. */
enum smp_status smp_drift(const struct smp_drift_in *in, float *carries,
                          struct smp_drift *out) SMP_MUST_USE;

#endif
