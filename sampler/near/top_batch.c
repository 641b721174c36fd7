#include "sampler/gemm.h"
#include "sampler/near/top_heap.h"
#include "sampler/simd.h"

#include <math.h>
#include <string.h>

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

/* What a row must beat. */
struct limit {
    enum smp_near_measure measure;
    float own, slack, worst; /* |q|^2, the slack's share, the heap's worst value */
};

/* may[i] = 1 where row i may be among the nearest; a plain loop without branches. */
SMP_KERNEL
static void rule_out(const struct limit *limit, const float *restrict product,
                     const float *restrict squares, size_t n, uint8_t *restrict may)
{
    const struct limit l = *limit;

    if (l.measure == SMP_NEAR_DOT)
        for (size_t i = 0; i < n; i++) /* 2 |q| |x| <= |q|^2 + |x|^2 */
            may[i] = product[i] + l.slack * (l.own + squares[i]) >= l.worst;
    else
        for (size_t i = 0; i < n; i++)
            may[i] = (l.own + squares[i]) * (1 - l.slack) - 2 * product[i] <= l.worst;
}

/* One query against a block: measures the rows that the product does not rule out. */
static void measure_block(const struct smp_top_in *in, size_t query, size_t first, size_t n,
                          const float *product, const float *squares, struct smp_heap *h)
{
    const float *q = in->queries + query * in->d;
    const bool dot = in->measure == SMP_NEAR_DOT;
    const float none = dot ? -INFINITY : INFINITY;
    const struct limit limit = {in->measure, smp_near_dot(q, q, in->d), slack_of(in->d),
                                h->n == h->k ? h->best[0].value : none};
    uint8_t may[BLOCK_ROWS];

    rule_out(&limit, product, squares, n, may);
    for (const uint8_t *at = may; (at = memchr(at, 1, n - (size_t)(at - may))); at++) {
        const size_t row = first + (size_t)(at - may);
        const float *x = in->x + row * in->d;
        smp_heap_offer(h, (struct smp_near){row, dot ? smp_near_dot(q, x, in->d)
                                                     : smp_near_square(q, x, in->d)});
    }
}

static void batch_block(const struct smp_top_in *in, size_t first, size_t n, float *work,
                        struct smp_heap *heaps)
{
    const float *x = in->x + first * in->d;
    float *squares = work + (size_t)BLOCK_QUERIES * BLOCK_ROWS;

    for (size_t i = 0; i < n; i++)
        squares[i] = smp_near_dot(x + i * in->d, x + i * in->d, in->d);
    for (size_t q = 0; q < in->n_queries; q += BLOCK_QUERIES) {
        const size_t left = in->n_queries - q;
        const size_t n_q = left < BLOCK_QUERIES ? left : BLOCK_QUERIES;
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
