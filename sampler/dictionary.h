/* dictionary - the image encoder: a one-layer sparse convolutional autoencoder.
 *
 * For every 6x6 patch x of an image, at stride 2:
 *     contrast   x <- (x - mean(x)) / sqrt(var(x) + 10/255^2 * 3.9)         pixels in 0..1
 *     whiten     x <- Z (x - m)                                             ZCA, epsilon 0.1
 *     code       f+ = max(a - 0.5, 0), f- = max(-a - 0.5, 0), a = W x       K atoms, unit length
 * Codes are averaged over a 3x3 grid of cells (9 * 2K numbers), square-rooted, and reduced by PCA to
 * at most 256, not whitened. The decoder is the encoder's own W (tied weights): a patch is rebuilt
 * as scale * W^T (f+ - f-). Z and W are multiplied once, so encoding is one product per image.
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
    size_t dim;            /* d */
    float rebuild_scale;   /* of the decoder, fitted on the training patches */
    float *filters;        /* (K,P)  W Z */
    float *filter_bias;    /* (K)   -W Z m */
    float *whitener;       /* (P,P)  Z */
    float *whitener_bias;  /* (P)   -Z m */
    float *atoms;          /* (K,P)  W */
    float *reducer;        /* (d, F) principal axes over the isotropic scale; F = 9 * 2K */
    float *reducer_bias;   /* (d)   the centre, likewise */
    float *packed_filters; /* the filters as smp_gemm_steady reads them */
    float *packed_reducer; /* the reducer as smp_gemm_steady reads it */
};

size_t smp_patch_size(const struct smp_image_spec *spec);        /* P = 36 * channels */
size_t smp_patches_per_image(const struct smp_image_spec *spec); /* rows * columns of patches */
size_t smp_feature_count(size_t n_atoms);                        /* F */

/* Allocates the arrays for the sizes set in spec, n_atoms and dim; frees them. */
enum smp_status smp_dictionary_new(struct smp_dictionary *d) SMP_MUST_USE;
void smp_dictionary_free(struct smp_dictionary *d);

enum smp_status smp_dictionary_learn(const struct smp_train_images *in,
                                     struct smp_dictionary *d) SMP_MUST_USE;

/* z (n,d) and, unless NULL, error (n), as smp_encoder_encode_images. */
enum smp_status smp_dictionary_encode(const struct smp_dictionary *d, const uint8_t *pixels,
                                      size_t n, unsigned n_threads, float *z,
                                      float *error) SMP_MUST_USE;

void smp_dictionary_put(const struct smp_dictionary *d, struct smp_writer *w);
enum smp_status smp_dictionary_take(struct smp_reader *r,
                                    struct smp_dictionary *d) SMP_MUST_USE;

/* Pack the filters and the reducer, once each is there, for smp_gemm_steady. */
enum smp_status smp_dictionary_pack_filters(struct smp_dictionary *d) SMP_MUST_USE;
enum smp_status smp_dictionary_pack_reducer(struct smp_dictionary *d) SMP_MUST_USE;

/* -- shared by learning and encoding ---------------------------------------------------------- */

/* out (P) <- the contrast-normalised patch whose top left corner is (x, y). */
void smp_patch_normalised(const struct smp_image_spec *spec, const uint8_t *pixels, size_t x,
                          size_t y, float *out);

/* The pooled, square-rooted codes of a block of images: features (n, F). Uses the dictionary only,
 * not the reducer. `work` is smp_feature_work() floats for one thread. */
size_t smp_feature_work(const struct smp_dictionary *d);
void smp_image_features(const struct smp_dictionary *d, const uint8_t *pixels, float *work,
                        float *features);

#endif
