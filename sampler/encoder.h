/* encoder - what turns an item into its latent: d numbers that lie close for items that look
 * alike.
 *
 * An encoder is learned, without labels, from a project's own items, then frozen: items that
 * arrive later, the endpoint and an exported model all run this one code on these weights.
 *
 *     struct smp_image_spec spec = smp_image_spec_choose(&survey);   // the size all are resized to
 *     struct smp_train_images in = {.spec = spec, .n = n_items, .fetch = fetch, .ctx = job,
 *                                   .seed = 1, .n_threads = 2, .progress = &progress};
 *     SMP_TRY(smp_encoder_train_images(&in, &enc)); float z[64 * d];                                               // d =
 * smp_encoder_dim(enc) SMP_TRY(smp_encoder_encode_images(enc, pixels, 64, 2, z, NULL));
 *     SMP_TRY(smp_encoder_save(enc, &bytes, &n_bytes));              // free(bytes) when
 * written
 *
 * Photos: "photo-blocks", a denoising autoencoder over five ways of looking at a photo: gradient
 * histograms, Fisher vectors of gradients and of colours, a dictionary of patches
 * (sampler/blocks/stack.h). Small images, 10 to 32 pixels a side: "image-blocks", the same ways of
 * looking at an enlarged view, which beat a dictionary of patches alone by 4 to 8 points. Texts:
 * "text-words-ngrams", word vectors of the
 * project's own text averaged with SIF weights (Levy & Goldberg 2014; Arora et al. 2017) beside
 * word and character n-grams reduced by SVD; any script.
 *
 * Latents come out centred on the pool and divided by ONE number, so that the mean variance of
 * a coordinate over the pool is 1; directions are not whitened (that costs 15 points of
 * accuracy at 50 labels). Equal items, seed and settings give the same bits for any number of
 * threads on one kind of processor; across processors, equal up to rounding.
 *
 * Parts. Part 0 is the latent. An encoder that looks at an item in several ways gives each of them
 * as a part of its own, scaled likewise: what a classifier reads (features.h, model/model.h). Which
 * parts there are is settled when it is learned.
 *
 * An encoder is immutable: any number of threads may encode with it at once. */
#ifndef SAMPLER_ENCODER_H
#define SAMPLER_ENCODER_H

#include "sampler/features.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SMP_DIM_MAX = 256,        /* a latent has at most so many numbers */
    SMP_IMAGE_SIDE_MIN = 10,  /* below it there is nothing to look at */
    SMP_IMAGE_SIDE = 32,      /* images of one size up to this stay as they are */
    SMP_IMAGE_FIT_MAX = 4000, /* images an image encoder learns from, at most */
    SMP_TEXT_FIT_MAX = 60000  /* texts a text encoder learns from, at most */
};

struct smp_encoder;

/* The one size and channel count at which an image encoder sees items: u8 rows, top first,
 * (height, width, channels). */
struct smp_image_spec {
    uint32_t width, height;
    uint32_t channels; /* 1 grey, 3 red-green-blue */
};

/* What a look over the pool found. */
struct smp_image_survey {
    uint32_t width_min, width_max, height_min, height_max;
    bool any_colour; /* some image has a channel that differs from the others */
};

/* The rule for the canonical size: a pool whose images all have one size of 10 to 32 pixels a
 * side stays as it is, for "image-blocks"; any other is squashed to 128x128, for "photo-blocks".
 * One channel if every image is grey, else three. Chosen once, when training; it is kept in the
 * encoder (smp_encoder_image_spec). */
struct smp_image_spec smp_image_spec_choose(const struct smp_image_survey *survey);

/* How many of such images an encoder learns from, at most. */
size_t smp_image_fit_max(const struct smp_image_spec *spec);

/* Bytes of one canonical image: height * width * channels. */
size_t smp_image_bytes(const struct smp_image_spec *spec);

struct smp_train_images {
    struct smp_image_spec spec;
    size_t n; /* items in the pool; smp_image_fit_max() of them at most are fetched */
    /* Writes item i's canonical pixels (height, width, channels). Called from the calling
     * thread, each i at most once, ascending. Anything but SMP_OK ends the training with that
     * code. */
    enum smp_status (*fetch)(void *ctx, size_t i, uint8_t *pixels);
    void *ctx;
    uint64_t seed;
    unsigned n_threads;                  /* 0 counts as 1 */
    const struct smp_progress *progress; /* may be NULL */
};

struct smp_train_texts {
    size_t n; /* items in the pool; SMP_TEXT_FIT_MAX of them at most are fetched */
    /* Points *text at item i's UTF-8 (invalid bytes separate words), valid until the next call.
     * Called from the calling thread, in random order, each i at most once; ends early when 12
     * million tokens were read. Anything but SMP_OK ends the training with that code. */
    enum smp_status (*fetch)(void *ctx, size_t i, const char **text, size_t *n_bytes);
    void *ctx;
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress;
};

/* Learn an encoder; the caller frees it. SMP_INVALID without items, SMP_CANCELLED, SMP_NOMEM.
 */
enum smp_status smp_encoder_train_images(const struct smp_train_images *in,
                                         struct smp_encoder **out) SMP_MUST_USE;
enum smp_status smp_encoder_train_texts(const struct smp_train_texts *in,
                                        struct smp_encoder **out) SMP_MUST_USE;
void smp_encoder_free(struct smp_encoder *enc); /* NULL is fine */

/* d: how many numbers a latent has, 1..SMP_DIM_MAX. Fewer than the maximum for small pools. */
size_t smp_encoder_dim(const struct smp_encoder *enc);

/* One way of looking at an item. Names live as long as the program. */
struct smp_encoder_part {
    const char *name; /* "latent" for part 0, "shape": what a receipt calls it */
    const char
        *sees;  /* "fine shape": what a page calls it, as in "differ mainly by fine shape" */
    size_t dim; /* 1..SMP_DIM_MAX */
};

size_t
smp_encoder_parts(const struct smp_encoder *enc); /* 1..SMP_PARTS_MAX, the latent included */
struct smp_encoder_part smp_encoder_part(const struct smp_encoder *enc, size_t part);

/* "photo-blocks", "image-blocks" or "text-words-ngrams": what a receipt and a project page call
 * it. */
const char *smp_encoder_name(const struct smp_encoder *enc);

/* The name of the encoder that would learn such images, or texts; NULL when none reads them. */
const char *smp_image_encoder_name(const struct smp_image_spec *spec);

/* *spec <- how the encoder of that name sees images for which the rule chose `chosen`: as chosen where
 * that is its own, else squashed to its own size. False when no image encoder has that name. */
bool smp_image_spec_for(const char *name, const struct smp_image_spec *chosen,
                        struct smp_image_spec *spec);
const char *smp_text_encoder_name(void);

/* One line for people and logs: "shape, texture, colour and patches of 750 photos, 128 numbers".
 * Lives as long as the encoder. */
const char *smp_encoder_summary(const struct smp_encoder *enc);

/* The hash of all weights and settings, which names the encoder: equal encoders, equal numbers.
 */
uint64_t smp_encoder_hash(const struct smp_encoder *enc);

uint64_t smp_encoder_seed(const struct smp_encoder *enc);

enum smp_modality { SMP_IMAGES, SMP_TEXTS };
enum smp_modality smp_encoder_modality(const struct smp_encoder *enc);

/* What images must be resized to. Only for an image encoder. */
struct smp_image_spec smp_encoder_image_spec(const struct smp_encoder *enc);

/* The first few items that it learned from, kept to check it by when it is loaded: canonical pixels of
 * smp_image_bytes() each, or texts (cut at 2,000 bytes), one behind the other. Valid as long as the
 * encoder. */
struct smp_golden_items {
    size_t n;                /* 1..SMP_GOLDEN_MAX */
    const uint8_t *bytes;    /* of all */
    const uint32_t *n_bytes; /* (n) of each */
};
enum { SMP_GOLDEN_MAX = 4 };
struct smp_golden_items smp_encoder_golden(const struct smp_encoder *enc);

/* What is written of n items; whatever is NULL is not wanted, part 0 always is. */
struct smp_encoded {
    float *part[SMP_PARTS_MAX]; /* each (n, dim of the part), row-major */
    /* (n) the share of each item that the encoder cannot rebuild, 0 alike to 1 unlike anything
     * learned; NaN from an encoder that cannot tell (texts). Of what the
     * blocks say (lower on the photos it learned from than on others like them, blocks/codes.h). */
    float *error;
};

/* `out` <- pixels (n, height, width, channels) of the encoder's own spec. An image encoder is
 * required. */
enum smp_status smp_encoder_encode_images(const struct smp_encoder *enc, const uint8_t *pixels,
                                          size_t n, unsigned n_threads,
                                          const struct smp_encoded *out) SMP_MUST_USE;

/* `out` <- text[i], n_bytes[i] of UTF-8 each. A text encoder is required. */
enum smp_status smp_encoder_encode_texts(const struct smp_encoder *enc, const char *const *text,
                                         const size_t *n_bytes, size_t n, unsigned n_threads,
                                         const struct smp_encoded *out) SMP_MUST_USE;

/* The model file, in memory; the caller writes and reads the bytes. Little-endian, versioned,
 * with a checksum, and with golden items whose latents are computed again on loading and must
 * agree: a file that loads gives the features it gave when it was learned. `*bytes` is free()d
 * by the caller. Loading fails with SMP_CORRUPT and a sentence on anything that is not so. */
enum smp_status smp_encoder_save(const struct smp_encoder *enc, uint8_t **bytes,
                                 size_t *n_bytes) SMP_MUST_USE;
enum smp_status smp_encoder_load(const uint8_t *bytes, size_t n_bytes,
                                 struct smp_encoder **out) SMP_MUST_USE;

#endif
