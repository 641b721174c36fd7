/* kernel - Gaussian kernels, and features whose inner products they are.
 *
 *     k(x, l) = exp(-gamma |x - l|^2)
 *
 * The kernels K of m landmarks with themselves are L L^T (Cholesky), L lower triangular. Row i of L is
 * then what landmark i looks like to a linear head whose weights w cost |w|^2 as the function
 * sum_j a_j k(x, l_j), a = L^-T w, costs in the kernel's own space: a head fitted to rows of L is one
 * on kernels. All run on the calling thread; sums in a fixed order. */
#ifndef SAMPLER_MODEL_KERNEL_H
#define SAMPLER_MODEL_KERNEL_H

#include "sampler/status.h"

#include <stddef.h>

/* square (n) <- |x_i|^2. */
void smp_squares(const float *x, size_t n, size_t d, float *square);

struct smp_kernel {
    const float *landmark; /* (m, d) */
    const float *square;   /* (m) */
    size_t m, d;
    float gamma;
};

/* k (n, m) <- kernels of x (n, d), whose squares are `square` (n). */
void smp_kernel_rows(const struct smp_kernel *kernel, const float *x, const float *square,
                     size_t n, float *k);

/* a (n, n), symmetric, positive definite up to rounding <- lower triangular L, zeros above. A pivot
 * below `floor` is raised to it. */
enum smp_status smp_cholesky(float *a, size_t n, float floor) SMP_MUST_USE;

/* inverse (n, n) <- L^-1. */
void smp_lower_inverse(const float *lower, size_t n, float *inverse);

#endif
