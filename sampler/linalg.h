/* linalg - eigenvectors of small symmetric matrices, truncated SVD of large ones.
 *
 * smp_svd sees its matrix only through two products, so that a dense sample of features and a sparse
 * table of word counts are reduced by the same code:
 *
 *     struct smp_operator a = {.rows = n, .cols = d, .apply = dense_apply, .apply_t = ..., .ctx = x};
 *     SMP_TRY(smp_svd(&a, &(struct smp_svd_plan){.k = 256, .rounds = 5, .seed = 1}, &svd));
 *
 * Source: Halko, Martinsson & Tropp 2011 (randomised subspace iteration); one-sided Jacobi after
 * Hestenes 1958. */
#ifndef SAMPLER_LINALG_H
#define SAMPLER_LINALG_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

/* Eigenvalues w (n), falling, and eigenvectors v (n,n), one a row, of the symmetric positive
 * semidefinite a (n,n), which is overwritten. Vectors are orthonormal to about 1e-12 and have their
 * largest component positive, so that they are the same however the matrix came about. Cost grows
 * with n^3; meant for n up to a few hundred. */
void smp_eigen_psd(double *a, size_t n, double *w, double *v);

/* A linear map. `apply`: y (rows,k) = A q (cols,k). `apply_t`: q (cols,k) = A^T y (rows,k). `apply_both`,
 * or NULL: to (rows,k) = A A^T y, where that is had for less than the two. */
struct smp_operator {
    size_t rows, cols;
    void (*apply)(const void *ctx, const float *q, size_t k, float *y);
    void (*apply_t)(const void *ctx, const float *y, size_t k, float *q);
    void (*apply_both)(const void *ctx, const float *y, size_t k, float *to);
    const void *ctx;
};

struct smp_svd_plan {
    size_t k;        /* singular triples wanted; fewer come back when the rank is lower */
    unsigned rounds; /* applications of A^T A that sharpen the random start; 4 to 6 */
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress;
    double done; /* what the progress is told meanwhile */
    const char *what;
};

struct smp_svd {
    size_t k;
    double *s; /* (k) singular values, falling, each > 5e-4 of the first */
    float *v;  /* (k, cols) right singular vectors, one a row */
    float *us; /* (rows, k) = A v^T: left singular vectors times s */
};

enum smp_status smp_svd(const struct smp_operator *a, const struct smp_svd_plan *plan,
                        struct smp_svd *out) SMP_MUST_USE;
void smp_svd_free(struct smp_svd *svd);

/* Makes the k rows of q (k, n) orthonormal (block Gram-Schmidt, twice); a row that depends on those
 * before it becomes zero. `projection` (k, 32) is workspace. */
void smp_orthonormalise(float *q, size_t k, size_t n, unsigned n_threads, float *projection);

/* to (n,m) <- from (m,n). */
void smp_transpose(const float *from, size_t m, size_t n, float *to);

/* The same of a part of larger ones, whose rows are ld_from and ld_to numbers apart. */
void smp_transpose_part(const float *from, size_t ld_from, size_t m, size_t n, float *to,
                        size_t ld_to);

/* g (k,k), double, <- y^T y for y (rows,k): f32 products over blocks of 1024 rows, blocks added in
 * order in double. `block` (k,k) is workspace. */
void smp_gram(const float *y, size_t rows, size_t k, float *block, double *g);

#endif
