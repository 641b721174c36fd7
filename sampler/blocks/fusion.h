/* fusion - one classifier over several blocks: a balanced logistic head each, their answers mixed.
 *
 *     struct smp_fusion_in in = {.z = z, .d = d, .n_blocks = 5, .n = n, .labels = labels};
 *     smp_fusion_equal(5, &mix);                            // or, in the background:
 *     SMP_TRY(smp_fusion_weigh(&in, &mix));                 // by cross-validation
 *     SMP_TRY(smp_fusion_fit(&in, &mix, &f));               // after every label: heads only
 *     SMP_TRY(smp_fusion_predict(f, z_new, m, 2, p));       // p (m, n_classes)
 *
 * With one answer: p = softmax(temperature * sum_b w_b log(p_b + 1e-4)), the w_b summing to 1. With
 * several, the same for yes against no of each class. What a block is worth depends on the classes
 * (colour tells materials apart, and clothes not at all), so its weight is chosen by the labels:
 * blocks are added one by one, again and again, whichever makes the held-out predictions most
 * probable (Caruana et al., ICML 2004). Few labels say little about that, so every block starts with
 * a share of its own that fades as labels come in.
 *
 * Deterministic for any number of threads. A fusion is immutable. */
#ifndef SAMPLER_BLOCKS_FUSION_H
#define SAMPLER_BLOCKS_FUSION_H

#include "sampler/bytes.h"
#include "sampler/head.h"

enum { SMP_FUSION_MAX = 16 };

struct smp_fusion_in {
    const float *const *z; /* (n_blocks): each (n, d[b]), the pool through one block */
    const size_t *d;
    size_t n_blocks; /* 1..SMP_FUSION_MAX */
    size_t n;
    struct smp_labels labels;
    double c;      /* of the heads; 0 = 1, measured best for blocks, see fusion.c */
    uint64_t seed; /* of the folds */
    unsigned n_threads;
};

struct smp_mix {
    size_t n_blocks;
    float weight[SMP_FUSION_MAX]; /* sum 1 */
    float temperature;
    float accuracy; /* held out; 0 when nothing was held out */
};

void smp_fusion_equal(size_t n_blocks, struct smp_mix *mix);

/* Five-fold cross-validation. Equal weights for several answers, and for fewer than two classes or
 * two labels of any. SMP_INVALID as smp_head_fit. */
enum smp_status smp_fusion_weigh(const struct smp_fusion_in *in,
                                 struct smp_mix *mix) SMP_MUST_USE;

struct smp_fusion;

enum smp_status smp_fusion_fit(const struct smp_fusion_in *in, const struct smp_mix *mix,
                               struct smp_fusion **out) SMP_MUST_USE;
void smp_fusion_free(struct smp_fusion *f); /* NULL is fine */

const struct smp_mix *smp_fusion_mix(const struct smp_fusion *f);

/* p (n, n_classes) <- z[b] (n, d[b]). */
enum smp_status smp_fusion_predict(const struct smp_fusion *f, const float *const *z, size_t n,
                                   unsigned n_threads, float *p) SMP_MUST_USE;

#endif
