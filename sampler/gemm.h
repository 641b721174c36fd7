/* gemm - matrix products; the one place that asks a library for them (gemm_serial.h).
 *
 * All matrices are dense, row-major, f32.
 *     SMP_NN   c (m,n) = a (m,k) b (k,n)
 *     SMP_NT   c (m,n) = a (m,k) b (n,k)^T
 *     SMP_TN   c (m,n) = a (k,m)^T b (k,n)
 * `c` must not overlap a or b. Any of m, n, k may be 0 (k = 0 fills c with zeros). Cannot fail.
 *
 * smp_gemm runs on the calling thread. smp_gemm_threads cuts the rows of c into fixed blocks of 256
 * and shares those out: same bits for any number of threads. smp_gemm_naive is the three loops with
 * sums in double: the reference that the tests hold the fast one against. */
#ifndef SAMPLER_GEMM_H
#define SAMPLER_GEMM_H

#include <stddef.h>

enum smp_gemm_kind { SMP_NN, SMP_NT, SMP_TN };

struct smp_gemm_shape {
    enum smp_gemm_kind kind;
    size_t m, n, k;
};

void smp_gemm(struct smp_gemm_shape shape, const float *a, const float *b, float *c);
void smp_gemm_threads(unsigned n_threads, struct smp_gemm_shape shape, const float *a,
                      const float *b, float *c);
void smp_gemm_naive(struct smp_gemm_shape shape, const float *a, const float *b, float *c);

/* "oneDNN" or "OpenBLAS": who multiplies, for people. */
const char *smp_gemm_library(void);

/* c (m,n) = a (m,k) b (n,k)^T with every element summed in the same order wherever it stands. BLAS
 * rounds a row differently at another place in its block, so what must not depend on its company (a
 * latent) is multiplied by this. b is packed once, in panels of 64 columns, by smp_pack into
 * smp_packed_floats(n, k) floats. Runs on the calling thread. */
enum { SMP_PANEL = 64 };
size_t smp_packed_floats(size_t n, size_t k);
void smp_pack(const float *b, size_t n, size_t k, float *packed);
void smp_gemm_steady(size_t m, size_t n, size_t k, const float *a, const float *packed,
                     float *c);

#endif
