/* mixture - a diagonal Gaussian mixture whose components come in mirror pairs.
 *
 * Component k and k + K/2 are each other's mirror image: equal weights and variances, equal means on
 * even axes, means of opposite sign on odd ones (mirror.h). Learning it on photos and their mirror
 * images together costs no more than learning it on photos: sums are folded over the pairs.
 *
 * Everybody works on x (n, 2d): a descriptor's coordinates, then their squares, so that all
 * log-densities are one product and all sums another:
 *
 *     smp_mixture_shares(&m, x, n, q);                        // q (n, K), rows sum to 1
 *     s = q^T x                                               // (K, 2d)
 *
 * Learned by ten rounds of k-means and twenty of expectation-maximisation; sums run over blocks of
 * 1024 rows, added in order, so the number of threads changes nothing. */
#ifndef SAMPLER_BLOCKS_MIXTURE_H
#define SAMPLER_BLOCKS_MIXTURE_H

#include "sampler/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_COMPONENTS_MAX = 256 };

struct smp_mixture {
    size_t k;               /* components, even */
    size_t d;               /* coordinates */
    size_t n_even;          /* of these, even ones */
    float *weight;          /* (k), sum 1 */
    float *mean, *variance; /* (k,d) */
    float *slope;           /* (k,2d): log density = x slope^T + offset, up to a common term */
    float *offset;          /* (k) */
};

struct smp_mixture_in {
    const float *x; /* (n, 2d) */
    size_t n, d, n_even;
    size_t k; /* wished; fewer, but even, when n is below 8 rows a component */
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* SMP_CANCELLED, and SMP_INVALID when there are fewer than 16 rows. The caller frees. */
enum smp_status smp_mixture_learn(const struct smp_mixture_in *in,
                                  struct smp_mixture *out) SMP_MUST_USE;
void smp_mixture_free(struct smp_mixture *m);

/* x (n,2d) <- y (n,d) and its squares. */
void smp_mixture_rows(const float *y, size_t n, size_t d, float *x);

/* q (n,k): the share of each component in each row. */
void smp_mixture_shares(const struct smp_mixture *m, const float *x, size_t n, float *q);

void smp_mixture_put(const struct smp_mixture *m, struct smp_writer *w);
enum smp_status smp_mixture_take(struct smp_reader *r, struct smp_mixture *m) SMP_MUST_USE;

#endif
