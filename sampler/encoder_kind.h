/* encoder_kind - what an encoder of one kind can do: the rows of the registry behind encoder.h.
 *
 * The container (encoder.c) keeps golden items, file, hash and seed; a kind keeps a model of its own
 * and says how that is learned, applied, written, read and described. A new kind is one row in
 * encoder_kinds.c and one number in bytes.h; nothing else names kinds. */
#ifndef SAMPLER_ENCODER_KIND_H
#define SAMPLER_ENCODER_KIND_H

#include "sampler/bytes.h"
#include "sampler/encoder.h"

/* What is learned from: the one that the kind's modality names. */
struct smp_pool {
    const struct smp_train_images *images;
    const struct smp_train_texts *texts;
};

/* What is encoded: images (pixels) or texts (text, n_bytes). */
struct smp_items {
    const uint8_t *pixels;
    const char *const *text;
    const size_t *n_bytes;
    size_t n;
    unsigned n_threads;
};

struct smp_encoder_kind {
    const char *name;
    enum smp_content content; /* how a file says it */
    enum smp_modality modality;
    uint32_t side_min, side_max; /* of the images it reads */
    size_t fit_max;              /* items it learns from, at most */
    size_t n_golden;             /* items kept in the file; fewer where one takes long */
    enum smp_status (*train)(const struct smp_pool *pool, void **model);
    void (*free)(void *model); /* NULL is fine */
    size_t (*dim)(const void *model);
    struct smp_image_spec (*spec)(const void *model); /* images only */
    const char *sees;                                 /* of part 0, the latent */
    /* Of a kind with parts beyond it: how many in all, and which they are; NULL: none. */
    size_t (*parts)(const void *model);
    struct smp_encoder_part (*part)(const void *model, size_t i); /* i from 1 on */
    enum smp_status (*encode)(const void *model, const struct smp_items *items,
                              const struct smp_encoded *out);
    void (*put)(const void *model, struct smp_writer *w);
    enum smp_status (*take)(struct smp_reader *r, void **model);
    void (*summarise)(const void *model, uint64_t n_pool, uint64_t seed, char *out,
                      size_t room);
};

enum { SMP_ENCODER_KINDS = 3 };
extern const struct smp_encoder_kind *const SMP_ENCODERS[SMP_ENCODER_KINDS];

/* NULL when no kind reads such images, or says such content. */
const struct smp_encoder_kind *smp_kind_of_images(const struct smp_image_spec *spec);
const struct smp_encoder_kind *smp_kind_of_texts(void);
const struct smp_encoder_kind *smp_kind_of_content(enum smp_content content);

#endif
