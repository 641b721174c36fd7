/* distance - the one definition of how near two rows are. Kernels.
 *
 * Sums run in 16 lanes (number i goes to lane i % 16), which are then added in order. Everything
 * in this folder that prunes ends in these two functions, so its results are those of the plain
 * loops over them: bit for bit, for any number of threads, on one kind of processor. */
#ifndef SAMPLER_NEAR_DISTANCE_H
#define SAMPLER_NEAR_DISTANCE_H

#include <stddef.h>

enum smp_near_measure {
    SMP_NEAR_DOT,   /* inner product: larger is nearer */
    SMP_NEAR_SQUARE /* squared Euclidean distance: smaller is nearer */
};

/* a, b (d). */
float smp_near_dot(const float *a, const float *b, size_t d);
float smp_near_square(const float *a, const float *b, size_t d);

/* q (d) against n rows (n, d): out (n), the same numbers as the two above. */
void smp_near_rows(enum smp_near_measure measure, const float *q, const float *rows, size_t n,
                   size_t d, float *out);

#endif
