/* codes - the latent of a photo: a denoising autoencoder over what all blocks say of it.
 *
 * {D, 512, k, 512, D}: D the numbers of all blocks side by side, k = 128. A third of the numbers is
 * hidden at each step, and the net must give all of them back, so that a code holds what the blocks
 * agree on. Codes are what is stored, mapped and sampled from; heads read the blocks themselves.
 *
 *     SMP_TRY(smp_coder_learn(&in, &coder));                         // x (n, D)
 *     SMP_TRY(smp_coder_encode(&coder, x, n, 2, z, error));          // z (n, k)
 *
 * Over the pool, codes have mean 0 and mean variance 1 (one number). `error` is the share of a
 * photo's numbers, by energy, that the net cannot give back: higher for what is unlike anything it
 * learned from. It is lower on the photos it learned from than on others like them (0.24 and 0.48 on
 * 750 photos of clothes), so compare new photos with new ones. */
#ifndef SAMPLER_BLOCKS_CODES_H
#define SAMPLER_BLOCKS_CODES_H

#include "sampler/blocks/mlp.h"

enum { SMP_CODE_DIM = 128 };

struct smp_coder {
    struct smp_mlp net;
    float *packed[SMP_MLP_LAYERS_MAX]; /* weights as smp_gemm_steady reads them */
    float *centre;                     /* (k) */
    float unit;                        /* 1 / the isotropic scale */
};

struct smp_coder_in {
    const float *x; /* (n, d), mean variance about 1 */
    size_t n, d;
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* SMP_CANCELLED, SMP_NOMEM. The caller frees. */
enum smp_status smp_coder_learn(const struct smp_coder_in *in,
                                struct smp_coder *out) SMP_MUST_USE;
void smp_coder_free(struct smp_coder *c);

size_t smp_coder_dim(const struct smp_coder *c); /* k */

/* error (n) may be NULL. A photo's bits do not depend on the photos beside it. */
enum smp_status smp_coder_encode(const struct smp_coder *c, const float *x, size_t n,
                                 unsigned n_threads, float *z, float *error) SMP_MUST_USE;

void smp_coder_put(const struct smp_coder *c, struct smp_writer *w);
enum smp_status smp_coder_take(struct smp_reader *r, size_t d,
                               struct smp_coder *c) SMP_MUST_USE;

#endif
