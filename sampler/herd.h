/* herd - greedy weighted coverage of m candidates by a Gaussian kernel on their latents.
 *
 *     need(j)  = weight(j) * (1 - cover(j))           what candidate j still lacks
 *     gain(i)  = sum_j weight(j) * max(k(i,j) - cover(j), 0)
 *     k(i,j)   = exp(-|x_i - x_j|^2 / h2)            exactly symmetric
 *
 * The next pick is the candidate with the largest gain, the lowest index on a tie; then cover(j)
 * becomes max(cover(j), k(pick, j)). Because gains only fall as cover grows, the old gain bounds the
 * new one and few need computing again (lazy greedy, Minoux 1978). Weights 1 give MaxHerding;
 * the model's uncertainty gives UHerding.
 *
 * First gains are bounds from above, found while the kernel is made; so the queue gives what a full search
 * with the exact gains would. Memory: m * (m + 2 d) floats, 72 MB for 4,000 of 256 numbers. Same bits
 * for any number of threads. */
#ifndef SAMPLER_HERD_H
#define SAMPLER_HERD_H

#include "sampler/status.h"

#include <stddef.h>

struct smp_herd {
    size_t m, d;
    unsigned n_threads;
    float *x;      /* (m, d) the candidates' latents, filled in by the caller */
    float *norm;   /* (m) |x|^2 */
    float *cover;  /* (m) 0..1 */
    float *weight; /* (m) >= 0 */
    float *packed; /* the candidates, as smp_gemm_steady reads them */
    float *kernel; /* (m, m) */
    float *work;   /* while the kernel is made */
    float *added;  /* likewise: (blocks, m) parts of the first gains */
    float h2;
    /* the lazy queue */
    float *gain;   /* (m) at the time it was last computed */
    size_t *stamp; /* (m) number of covers there had been then */
    size_t *heap;  /* (n_heap) candidates, largest gain on top */
    size_t *place; /* (m) where each is in the heap; SIZE_MAX once removed */
    size_t n_heap, n_covers;
};

/* Two length scales of a set of points: squared distances to a near and to a very near neighbour,
 * the medians over up to 128 of them. `large` is where MaxHerding's kernel reaches (about 1 % of the
 * pool), `small` the least that UHerding's may shrink to (about 0.1 %). Always > 0. */
struct smp_bandwidth {
    float large, small;
};

/* Allocates for m candidates of d numbers; weights 1, cover 0. Fill x, then call _measure. */
enum smp_status smp_herd_new(struct smp_herd *h, size_t m, size_t d,
                             unsigned n_threads) SMP_MUST_USE;
void smp_herd_free(struct smp_herd *h);

/* Norms, packing, and the bandwidths. The neighbour asked for is the 60th (6th) of min(n_pool, 6000), as far
 * as m candidates can tell, and never beyond a tenth (a hundredth) of them. The rows asked are chosen by their
 * content, so that the order of the candidates does not matter. */
enum smp_status smp_herd_measure(struct smp_herd *h, size_t n_pool,
                                 struct smp_bandwidth *out) SMP_MUST_USE;

/* cover(j) <- max over the n rows of `by` (n, d) of k(by, j), at bandwidth h2. */
enum smp_status smp_herd_cover(struct smp_herd *h, const float *by, size_t n,
                               float h2) SMP_MUST_USE;

/* The kernel at bandwidth h2 and all first gains. After this the queue can be asked. */
enum smp_status smp_herd_start(struct smp_herd *h, float h2) SMP_MUST_USE;

/* The best candidate left, or SIZE_MAX; it stays in the queue. Its gain is then h->gain[i]. */
size_t smp_herd_best(struct smp_herd *h);

/* Candidate i leaves the queue and covers what lies around it. */
void smp_herd_take(struct smp_herd *h, size_t i);

/* A row outside the candidates, x (d), covers what lies around it. */
void smp_herd_take_outside(struct smp_herd *h, const float *x);

/* How many candidates lie within the half-height of i's kernel and were not covered as well
 * before; i itself counts. */
size_t smp_herd_alike(const struct smp_herd *h, size_t i);

/* The least squared distance between two of the n rows of x (n, d); FLT_MAX when n < 2. */
enum smp_status smp_least_distance2(const float *x, size_t n, size_t d, unsigned n_threads,
                                    float *out) SMP_MUST_USE;

#endif
