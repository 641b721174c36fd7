/* centers - exact k-center, farthest first.
 *
 *     struct smp_centers_in in = {.x = z, .n = n, .d = d, .given = labelled, .n_given = n_labelled,
 *                                 .k = 100, .n_threads = 2};
 *     size_t picks[100];
 *     SMP_TRY(smp_centers(&in, picks, NULL));
 *
 * Each pick is the row whose distance to the nearest center, given or picked, is the largest; of
 * equal ones that of the lowest index. Without given rows the first pick is row 0. No row is
 * picked twice, nor a given one, even when duplicates leave nothing but distances of 0.
 *
 * The picks are those of the plain loop over smp_near_square, for any number of threads. Most rows
 * are ruled out by their bytes (codes.h); the rest are compared in full. Memory beside x:
 * n * (d + 16) bytes.
 * Source: Gonzalez 1985 (farthest first); the pruning is exact, see codes.h. */
#ifndef SAMPLER_NEAR_CENTERS_H
#define SAMPLER_NEAR_CENTERS_H

#include "sampler/status.h"

#include <stddef.h>

struct smp_centers_in {
    const float *x; /* (n, d), finite */
    size_t n, d;
    const size_t *given; /* (n_given) rows that are centers already */
    size_t n_given;
    size_t k; /* at most n - the different rows of given */
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* picks (k) in order; radius (k) or NULL: each pick's squared distance to the centers before it,
 * infinite for the very first. */
enum smp_status smp_centers(const struct smp_centers_in *in, size_t *picks,
                            float *radius) SMP_MUST_USE;

#endif
