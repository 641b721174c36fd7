#include "sampler/model/kernel.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PANEL = 64 }; /* columns factored together: the rest is matrix products */

void smp_squares(const float *x, size_t n, size_t d, float *square)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < d; j++)
            sum += (double)x[i * d + j] * (double)x[i * d + j];
        square[i] = (float)sum;
    }
}

/* k <- exp(-gamma max(0, a + b - 2 k)); beyond 88 e^-x is nothing. */
SMP_KERNEL
static void to_kernels(float *restrict k, const float *restrict square, size_t m, float own,
                       float gamma)
{
    for (size_t j = 0; j < m; j++) {
        const float off = own + square[j] - 2 * k[j];
        const float far = gamma * (off > 0 ? off : 0);
        k[j] = smp_exp_negative(-(far < 100 ? far : 100));
    }
}

void smp_kernel_rows(const struct smp_kernel *kernel, const float *x, const float *square,
                     size_t n, float *k)
{
    const struct smp_gemm_shape shape = {SMP_NT, n, kernel->m, kernel->d};

    smp_gemm(shape, x, kernel->landmark, k);
    for (size_t i = 0; i < n; i++)
        to_kernels(k + i * kernel->m, kernel->square, kernel->m, square[i], kernel->gamma);
}

/* -- Cholesky --------------------------------------------------------------------------------- */

struct panel {
    float *a;
    size_t n, first, width;
    float *below; /* (n - first, first) packed: what is known of the panel's rows */
    float *known; /* (n - first, width): its products */
};

/* The panel less what the columns before it explain. */
static void subtract_known(const struct panel *p)
{
    const size_t rows = p->n - p->first;

    for (size_t i = 0; i < rows; i++)
        memcpy(p->below + i * p->first, p->a + (p->first + i) * p->n,
               p->first * sizeof *p->below);
    smp_gemm((struct smp_gemm_shape){SMP_NT, rows, p->width, p->first}, p->below, p->below,
             p->known);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < p->width; j++)
            p->a[(p->first + i) * p->n + p->first + j] -= p->known[i * p->width + j];
}

/* The panel's own columns, one after the other, for all rows below. */
static void factor_columns(const struct panel *p, float floor)
{
    for (size_t j = 0; j < p->width; j++) {
        const float *pivot_row = p->a + (p->first + j) * p->n + p->first;
        float pivot = 0;
        for (size_t i = j; i < p->n - p->first; i++) {
            float *row = p->a + (p->first + i) * p->n + p->first;
            float sum = row[j];
            for (size_t l = 0; l < j; l++)
                sum -= row[l] * pivot_row[l];
            if (i == j) pivot = sqrtf(sum > floor ? sum : floor);
            row[j] = i == j ? pivot : sum / pivot;
        }
    }
}

enum smp_status smp_cholesky(float *a, size_t n, float floor)
{
    struct panel p = {.a = a, .n = n};
    float *work = malloc((n * n + n * PANEL + 1) * sizeof *work);

    if (!work) return smp_fail_nomem();
    p.below = work;
    p.known = work + n * n;
    for (; p.first < n; p.first += p.width) {
        p.width = n - p.first < PANEL ? n - p.first : PANEL;
        if (p.first) subtract_known(&p);
        factor_columns(&p, floor);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = 0;
    free(work);
    return SMP_OK;
}

SMP_KERNEL
static void subtract_row(float *restrict to, const float *restrict from, float by, size_t n)
{
    for (size_t j = 0; j < n; j++)
        to[j] -= by * from[j];
}

void smp_lower_inverse(const float *lower, size_t n, float *inverse)
{
    memset(inverse, 0, n * n * sizeof *inverse);
    for (size_t i = 0; i < n; i++) {
        float *row = inverse + i * n;
        for (size_t j = 0; j < i; j++)
            subtract_row(row, inverse + j * n, lower[i * n + j], j + 1);
        row[i] = 1;
        for (size_t j = 0; j <= i; j++)
            row[j] /= lower[i * n + i];
    }
}
