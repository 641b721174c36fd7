/* bundle - a version of a classifier as one file: what it needs beside the encoder to answer, and
 * what it answered when it was made.
 *
 *     const struct smp_bundle parts = {.n_classes = 2, .classes = names, .model = model,
 *                                      .encoder_hash = smp_encoder_hash(enc)};
 *     SMP_TRY(smp_bundle_make(&parts, model, &b));                // copies; the model is taken over
 *     SMP_TRY(smp_bundle_seal(&b, enc));                          // what it answers to golden items
 *     SMP_TRY(smp_bundle_save(&b, &bytes, &n));                   // free(bytes) when written
 *     ...
 *     SMP_TRY(smp_bundle_load(bytes, n, &b));
 *     SMP_TRY(smp_bundle_check(&b, enc));                         // it answers as it did
 *     smp_bundle_free(&b);
 *
 * The file has the frame of bytes.h, content 9: the encoder's hash (u64), classes (u32, and each its
 * length and UTF-8), the model's own file (its length and bytes), what tells unknown items (likewise,
 * empty without), and of each of the encoder's golden items what the model answers (u32, f32 each).
 * Equal parts give equal bytes. Loading refuses what was not written so, with SMP_CORRUPT. */
#ifndef SAMPLER_MODEL_BUNDLE_H
#define SAMPLER_MODEL_BUNDLE_H

#include "sampler/encoder.h"
#include "sampler/model/model.h"

enum { SMP_BUNDLE_CLASSES_MAX = 10000, SMP_CLASS_NAME_BYTES_MAX = 1000 };

struct smp_bundle {
    uint64_t encoder_hash; /* smp_encoder_hash of the one it was taught on */
    size_t n_classes;
    const char *const *classes; /* (n_classes) in the order of the model's answers */
    const struct smp_model *model;
    const uint8_t
        *unknown; /* (n_unknown) bytes of whatever tells unknown items; NULL: nothing does */
    size_t n_unknown;
    const float
        *golden; /* (n_golden, n_classes) what it answers to the encoder's golden items */
    size_t n_golden;
    void *owned; /* what it points to, of one that was made or loaded; NULL in mere parts */
};

/* One that owns what it points to: classes and unknown are copied, `model` (that of the parts) is taken
 * over, on failure too; it has no golden answers yet. SMP_INVALID when classes and model do not fit. */
enum smp_status smp_bundle_make(const struct smp_bundle *parts, struct smp_model *model,
                                struct smp_bundle *b) SMP_MUST_USE;

/* Adds the golden answers of a made one: before it is saved. */
enum smp_status smp_bundle_seal(struct smp_bundle *b,
                                const struct smp_encoder *enc) SMP_MUST_USE;

enum smp_status smp_bundle_save(const struct smp_bundle *b, uint8_t **bytes,
                                size_t *n_bytes) SMP_MUST_USE;

/* What it points to lives until smp_bundle_free. */
enum smp_status smp_bundle_load(const uint8_t *bytes, size_t n_bytes,
                                struct smp_bundle *b) SMP_MUST_USE;
void smp_bundle_free(struct smp_bundle *b); /* a zeroed one is fine */

/* SMP_CORRUPT unless it was taught on this very encoder, and answers its golden items as it did when it
 * was made, up to rounding between processors (0.01 of a probability). */
enum smp_status smp_bundle_check(const struct smp_bundle *b,
                                 const struct smp_encoder *enc) SMP_MUST_USE;

#endif
