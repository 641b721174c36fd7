/* made - data that the sampler's tests generate: blobs, striped pictures, sentences. All repeatable
 * from a seed. */
#ifndef EXEMPLAR_TESTS_MADE_SAMPLER_H
#define EXEMPLAR_TESTS_MADE_SAMPLER_H

#include "sampler/encoder.h"
#include "sampler/rng.h"

/* x (n, d) standard normal numbers. */
void made_normal(float *x, size_t n, uint64_t seed);

/* Points around n_classes centres, and which. Class c is about 1 / (c + 1) as frequent as class 0, so
 * that chance finds the last ones late. z (n, d), y (n). `spread` is the standard deviation within
 * a blob; centres are 1 apart in each of their own directions. */
struct made_blobs {
    size_t n, d, n_classes;
    float spread;
    uint64_t seed;
};
void made_blobs(const struct made_blobs *how, float *z, int32_t *y);

/* Item i of a pool of pictures: class i % 4 decides which way the stripes run (and, in colour, the
 * hue of every fourth); position and noise differ. pixels (h, w, c). */
void made_picture(const struct smp_image_spec *spec, size_t i, uint64_t seed, uint8_t *pixels);

/* For struct smp_train_images: ctx is a struct smp_image_spec. Seed 1. */
enum smp_status made_fetch_picture(void *ctx, size_t i, uint8_t *pixels);

/* Item i of a pool of sentences about one of three topics, i % 3; returns its length. out holds 200
 * bytes. */
size_t made_sentence(size_t i, uint64_t seed, char *out);

/* For struct smp_train_texts: ctx is a char[200]. Seed 1. */
enum smp_status made_fetch_sentence(void *ctx, size_t i, const char **text, size_t *n_bytes);

#endif
