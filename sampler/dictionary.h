/* dictionary - what small patches of an image look like: a one-layer sparse convolutional code.
 *
 * For every 6x6 patch x of an image, at stride 2:
 *     contrast   x <- (x - mean(x)) / sqrt(var(x) + 10/255^2 * 3.9)         pixels in 0..1
 *     whiten     x <- Z (x - m)                                             ZCA, epsilon 0.1
 *     code       f+ = max(a - 0.5, 0), f- = max(-a - 0.5, 0), a = W x       K atoms, unit length
 * Codes are averaged over a 3x3 grid of cells (9 * 2K numbers) and square-rooted; a block
 * (blocks/block.h) reduces them. Z and W are multiplied once, so coding is one product per image.
 *
 *     SMP_TRY(smp_dictionary_learn(&in, &d));
 *     smp_image_features(&d, pixels, work, features);
 *
 * K is 256 for grey and 400 for colour; fewer when the pool has few patches to learn from.
 * Source: Coates, Lee & Ng, AISTATS 2011; spherical k-means after Coates & Ng 2012. The constants
 * are those of that work as measured on Fashion-MNIST and on photos. */
#ifndef SAMPLER_DICTIONARY_H
#define SAMPLER_DICTIONARY_H

#include "sampler/bytes.h"
#include "sampler/encoder.h"

enum { SMP_PATCH = 6, SMP_STRIDE = 2, SMP_GRID = 3, SMP_ATOMS_MAX = 400 };

struct smp_dictionary {
    struct smp_image_spec spec;
    size_t n_atoms;        /* K */
    float *filters;        /* (K,P)  W Z */
    float *filter_bias;    /* (K)   -W Z m */
    float *packed_filters; /* the filters as smp_gemm_steady reads them */
};

size_t smp_patch_size(const struct smp_image_spec *spec);        /* P = 36 * channels */
size_t smp_patches_per_image(const struct smp_image_spec *spec); /* rows * columns of patches */
size_t smp_feature_count(size_t n_atoms);                        /* F */

/* Anything but SMP_OK leaves nothing to free. */
enum smp_status smp_dictionary_learn(const struct smp_train_images *in,
                                     struct smp_dictionary *d) SMP_MUST_USE;
void smp_dictionary_free(struct smp_dictionary *d);

void smp_dictionary_put(const struct smp_dictionary *d, struct smp_writer *w);
enum smp_status smp_dictionary_take(struct smp_reader *r,
                                    struct smp_dictionary *d) SMP_MUST_USE;

/* Packs the filters, once they are there, for smp_gemm_steady. */
enum smp_status smp_dictionary_pack(struct smp_dictionary *d) SMP_MUST_USE;

/* out (P) <- the contrast-normalised patch whose top left corner is (x, y). */
void smp_patch_normalised(const struct smp_image_spec *spec, const uint8_t *pixels, size_t x,
                          size_t y, float *out);

/* features (F) <- the pooled, square-rooted codes of an image. `work` is smp_feature_work() floats
 * for one thread. */
size_t smp_feature_work(const struct smp_dictionary *d);
void smp_image_features(const struct smp_dictionary *d, const uint8_t *pixels, float *work,
                        float *features);

#endif
