/* predictor - from the bytes of an item to what a classifier says of it.
 *
 *     TRY(predictor_open(data_folder, model_id, encoder_id, &p));  // a version (domain/model.h has ids)
 *     TRY(predictor_image(p, &arena, bytes, n, &x));               // or predictor_text
 *     predictor_class(p, x.best)  x.p[x.best]  x.is_unknown
 *     predictor_drop(p);
 *
 *     const struct predictor_parts parts = {.encoder = e, .model = m, .classes = names, .n_classes = 3};
 *     TRY(predictor_make(&parts, &p));                             // from memory: a draft
 *
 * One code for training, trying out, the endpoint and the command line: a picture goes through
 * canonical_pixels() and the encoder, a text through the encoder, and what comes out has the same bits
 * as the latents that training read of the same item. The features are those of struct smp_features, one
 * row; part 0 is the latent.
 *
 * Opening checks the version's own file (checksum), that its encoder is the one it was taught on, and
 * that it answers its golden items as it did when it was made: ERR_CORRUPT with a sentence otherwise. It
 * costs what reading the encoder costs (20 to 100 ms); predictor_open_with shares one that is there.
 *
 * Immutable and counted: predictor_hold for each holder more, predictor_drop by each, the last frees it.
 * Threads: any, at once; results live in the caller's arena. */
#ifndef EXEMPLAR_DOMAIN_PREDICTOR_H
#define EXEMPLAR_DOMAIN_PREDICTOR_H

#include "base/arena.h"
#include "base/hash.h"
#include "domain/encoder_file.h"
#include "sampler/features.h"
#include "sampler/model/bundle.h"

#include <stdbool.h>

struct predictor;

/* What one is made of in memory. */
struct predictor_parts {
    struct loaded_encoder *encoder; /* held by the predictor too */
    struct smp_model *model;        /* taught on it; taken over, on failure too */
    const char *const *classes; /* (n_classes) copied, in the order of the model's answers */
    size_t n_classes;
    const uint8_t *
        unknown; /* (n_unknown) of smp_unknown_save; copied; NULL: nothing tells unknown items */
    size_t n_unknown;
};
enum err predictor_make(const struct predictor_parts *parts, struct predictor **out) MUST_USE;

/* models/model-ID.bin with its encoder. */
enum err predictor_open(const char *data_folder, int64_t model_id, int64_t encoder_id,
                        struct predictor **out) MUST_USE;
enum err predictor_open_with(const char *data_folder, int64_t model_id,
                             struct loaded_encoder *encoder, struct predictor **out) MUST_USE;
void predictor_path(char *path, size_t size, const char *data_folder, int64_t model_id);

/* Writes one that was made to models/model-ID.bin, with what it answers to the encoder's golden items:
 * durable when it returns. *hash: of the bytes, *n_bytes how many; equal parts give equal bytes. */
enum err predictor_save(struct predictor *p, const char *data_folder, int64_t model_id,
                        struct hash *hash, int64_t *n_bytes) MUST_USE;

struct predictor *predictor_hold(struct predictor *p);
void predictor_drop(struct predictor *p); /* NULL is fine */

/* As long as the predictor. */
struct loaded_encoder *predictor_encoder(const struct predictor *p);
const struct smp_model *predictor_model(const struct predictor *p);
size_t predictor_classes(const struct predictor *p);
const char *predictor_class(const struct predictor *p, size_t i);
enum smp_modality predictor_modality(const struct predictor *p);

struct prediction {
    enum err failed;      /* of a batch: this input is no picture; the rest is then not set */
    const char *sentence; /* why; in the arena */
    size_t best;          /* the most probable class; of equals the first */
    const float *p;       /* (classes) */
    bool is_unknown;      /* unlike anything it was taught */
    double distance;      /* by which that was told; NaN: nothing tells */
    float error; /* share the encoder cannot rebuild; NaN: it cannot tell, or was not asked */
    struct smp_features features; /* this one item */
};

/* The bytes of a PNG, JPEG or WebP. ERR_INVALID with a sentence when they are no picture, or when it
 * was taught on texts. */
enum err predictor_image(const struct predictor *p, struct arena *a, const void *bytes,
                         size_t n, struct prediction *x) MUST_USE;

/* UTF-8. ERR_INVALID when it is not, and when it was taught on pictures. */
enum err predictor_text(const struct predictor *p, struct arena *a, const char *text, size_t n,
                        struct prediction *x) MUST_USE;

/* Many of either at once: quicker than one by one, with the same bits. An input that is no picture (or
 * no UTF-8) fails alone, in x[i].failed. */
struct predictor_input {
    const void *bytes;
    size_t n;
};
enum err predictor_batch(const struct predictor *p, struct arena *a,
                         const struct predictor_input *in, size_t n, int threads,
                         struct prediction *x) MUST_USE;

/* Of canonical pixels (n, height, width, channels) of its encoder. */
enum err predictor_pixels(const struct predictor *p, struct arena *a, const uint8_t *pixels,
                          size_t n, int threads, struct prediction *x) MUST_USE;

/* Of rows that are encoded already, by the same encoder: x (n_rows); x[i].features points into them. */
enum err predictor_features(const struct predictor *p, struct arena *a,
                            const struct smp_features *features, const size_t *row,
                            size_t n_rows, int threads, struct prediction *x) MUST_USE;

#endif
