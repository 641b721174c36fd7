#include "sampler/gemm.h"

#include "sampler/threads.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

enum { BLOCK_ROWS = 256 };

static pthread_once_t blas_once = PTHREAD_ONCE_INIT;

/* Our own threads share the work; a BLAS that starts more would only fight them for the cores. */
static void quiet_blas(void)
{
    openblas_set_num_threads(1);
}

/* Rows first..first+rows-1 of c. */
static void product_rows(const struct smp_gemm_shape *s, const float *a, const float *b,
                         float *c, size_t first, size_t rows)
{
    const size_t ld_a = s->kind == SMP_TN ? s->m : s->k;
    const size_t ld_b = s->kind == SMP_NT ? s->k : s->n;
    const float *a_rows = a + (s->kind == SMP_TN ? first : first * ld_a);

    if (!rows || !s->n) return;
    if (!s->k) {
        memset(c + first * s->n, 0, rows * s->n * sizeof *c);
        return;
    }
    assert(s->m <= INT_MAX && s->n <= INT_MAX && s->k <= INT_MAX);
    cblas_sgemm(CblasRowMajor, s->kind == SMP_TN ? CblasTrans : CblasNoTrans,
                s->kind == SMP_NT ? CblasTrans : CblasNoTrans, (int)rows, (int)s->n, (int)s->k,
                1, a_rows, (int)ld_a, b, (int)ld_b, 0, c + first * s->n, (int)s->n);
}

void smp_gemm(struct smp_gemm_shape shape, const float *a, const float *b, float *c)
{
    pthread_once(&blas_once, quiet_blas);
    product_rows(&shape, a, b, c, 0, shape.m);
}

struct product {
    const struct smp_gemm_shape *shape;
    const float *a, *b;
    float *c;
};

static void product_block(void *ctx, size_t piece, unsigned thread)
{
    const struct product *p = ctx;
    const size_t first = piece * BLOCK_ROWS;
    const size_t left = p->shape->m - first;

    (void)thread;
    product_rows(p->shape, p->a, p->b, p->c, first, left < BLOCK_ROWS ? left : BLOCK_ROWS);
}

void smp_gemm_threads(unsigned n_threads, struct smp_gemm_shape shape, const float *a,
                      const float *b, float *c)
{
    struct product p = {&shape, a, b, c};

    pthread_once(&blas_once, quiet_blas);
    smp_parallel(n_threads, (shape.m + BLOCK_ROWS - 1) / BLOCK_ROWS, product_block, &p);
}

void smp_gemm_naive(struct smp_gemm_shape shape, const float *a, const float *b, float *c)
{
    for (size_t i = 0; i < shape.m; i++) {
        for (size_t j = 0; j < shape.n; j++) {
            double sum = 0;
            for (size_t l = 0; l < shape.k; l++) {
                const float x = shape.kind == SMP_TN ? a[l * shape.m + i] : a[i * shape.k + l];
                const float y = shape.kind == SMP_NT ? b[j * shape.k + l] : b[l * shape.n + j];
                sum += (double)x * (double)y;
            }
            c[i * shape.n + j] = (float)sum;
        }
    }
}
