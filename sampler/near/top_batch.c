#include "sampler/gemm.h"
#include "sampler/near/top_heap.h"

#include <math.h>

enum { BLOCK_ROWS = 1024, BLOCK_QUERIES = 128 };

/* products (BLOCK_QUERIES, BLOCK_ROWS), then the rows' sizes. */
size_t smp_top_batch_work(const struct smp_top_in *in)
{
    (void)in;
    return BLOCK_QUERIES * BLOCK_ROWS + BLOCK_ROWS;
}

/* A sum of d products, in any order, is off by at most d roundings (6e-8) of |a| |b|. A squared
 * distance made of three of them, against the one measured directly, by 4 d of |a|^2 + |b|^2; twice
 * that is taken. */
static float slack_of(size_t d)
{
    return 8 * (float)(d + 8) * 6e-8f;
}

/* One query against a block: measures the rows that the product does not rule out. */
static void measure_block(const struct smp_top_in *in, size_t query, size_t first, size_t n,
                          const float *product, const float *squares, struct smp_heap *h)
{
    const float *q = in->queries + query * in->d;
    const float own = smp_near_dot(q, q, in->d), slack = slack_of(in->d);

    for (size_t i = 0; i < n; i++) {
        const float *x = in->x + (first + i) * in->d;
        const float off = slack * (own + squares[i]); /* 2 |q| |x| <= |q|^2 + |x|^2 */
        float value;
        if (h->n == h->k) {
            const float worst = h->best[0].value;
            if (in->measure == SMP_NEAR_DOT ? product[i] + off < worst
                                            : own + squares[i] - 2 * product[i] - off > worst)
                continue;
        }
        value = in->measure == SMP_NEAR_DOT ? smp_near_dot(q, x, in->d)
                                            : smp_near_square(q, x, in->d);
        smp_heap_offer(h, (struct smp_near){first + i, value});
    }
}

static void batch_block(const struct smp_top_in *in, size_t first, size_t n, float *work,
                        struct smp_heap *heaps)
{
    const float *x = in->x + first * in->d;
    float *squares = work + BLOCK_QUERIES * BLOCK_ROWS;

    for (size_t i = 0; i < n; i++)
        squares[i] = smp_near_dot(x + i * in->d, x + i * in->d, in->d);
    for (size_t q = 0; q < in->n_queries; q += BLOCK_QUERIES) {
        const size_t left = in->n_queries - q,
                     n_q = left < BLOCK_QUERIES ? left : BLOCK_QUERIES;
        smp_gemm((struct smp_gemm_shape){SMP_NT, n_q, n, in->d}, in->queries + q * in->d, x,
                 work);
        for (size_t j = 0; j < n_q; j++)
            measure_block(in, q + j, first, n, work + j * n, squares, &heaps[q + j]);
    }
}

void smp_top_batch(const struct smp_top_in *in, size_t first, size_t n, float *work,
                   struct smp_heap *heaps)
{
    for (size_t i = 0; i < n; i += BLOCK_ROWS)
        batch_block(in, first + i, n - i < BLOCK_ROWS ? n - i : BLOCK_ROWS, work, heaps);
}
