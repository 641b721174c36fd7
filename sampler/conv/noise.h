/* noise - pixels into a network's first plane, as they are or spoiled. Kernels.
 *
 * x is one image's plane; only its inner part is written. Blanked pixels and added noise are drawn
 * from rng: the same generator gives the same image. The added noise is the sum of four uniform
 * numbers, close to normal: 32 times cheaper, and a network that learns to remove the one removes
 * the other. */
#ifndef SAMPLER_CONV_NOISE_H
#define SAMPLER_CONV_NOISE_H

#include "sampler/conv/conv.h"
#include "sampler/rng.h"

void smp_noise_none(const uint8_t *pixels, const struct smp_plane *plane, float *x);
void smp_noise_add(const uint8_t *pixels, const struct smp_plane *plane,
                   const struct smp_conv_noise *noise, struct smp_rng *rng, float *x);

#endif
