#include "sampler/encoder_kind.h"

#include "sampler/blocks/stack.h"
#include "sampler/blocks/view.h"
#include "sampler/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* *model <- zeroed room for one of `n` bytes. */
static enum smp_status model_new(size_t n, void **model)
{
    *model = calloc(1, n);
    return *model ? SMP_OK : smp_fail_nomem();
}

/* -- photo-blocks and image-blocks ------------------------------------------------------------ */

static void photos_free(void *model)
{
    smp_stack_free(model);
}

static enum smp_status photos_train(const struct smp_pool *pool, void **model)
{
    struct smp_stack *stack = NULL;
    enum smp_status e = smp_stack_learn(pool->images, &stack);

    *model = stack;
    return e;
}

static size_t photos_dim(const void *model)
{
    return smp_stack_dim(model);
}

static struct smp_image_spec photos_spec(const void *model)
{
    return smp_stack_spec(model);
}

static size_t photos_parts(const void *model)
{
    return 1 + smp_stack_blocks(model);
}

static struct smp_encoder_part photos_part(const void *model, size_t i)
{
    const struct smp_block *block = smp_stack_block(model, i - 1);
    const enum smp_block_kind kind = smp_block_kind_of(block);

    return (struct smp_encoder_part){smp_block_name(kind), smp_block_sees(kind),
                                     smp_block_dim(block)};
}

static enum smp_status photos_encode(const void *model, const struct smp_items *items,
                                     const struct smp_encoded *out)
{
    _Static_assert(1 + SMP_BLOCK_KINDS <= SMP_PARTS_MAX, "each block is a part");
    return smp_stack_encode(model, items->pixels, items->n, items->n_threads, out->part + 1,
                            out->part[0], out->error);
}

static void photos_put(const void *model, struct smp_writer *w)
{
    smp_stack_put(model, w);
}

static enum smp_status photos_take(struct smp_reader *r, void **model)
{
    struct smp_stack *stack = NULL;
    enum smp_status e = smp_stack_take(r, &stack);

    *model = stack;
    return e;
}

/* "shape, texture, colour and patches of 750 photos, 128 numbers" */
static void blocks_summarise(const void *model, uint64_t n_pool, const char *what, char *out,
                             size_t room)
{
    /* both kinds of shape are one to a reader */
    static const char *const SEES[SMP_BLOCK_KINDS] = {
        [SMP_BLOCK_SHAPE] = "shape",
        [SMP_BLOCK_TEXTURE] = "texture",
        [SMP_BLOCK_COLOUR] = "colour",
        [SMP_BLOCK_DICTIONARY] = "patches",
    };
    const char *seen[SMP_BLOCK_KINDS];
    char list[80] = "";
    size_t n = 0;
    size_t at = 0;

    for (size_t b = 0; b < smp_stack_blocks(model); b++) {
        const char *sees = SEES[smp_block_kind_of(smp_stack_block(model, b))];
        if (sees) seen[n++] = sees;
    }
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s",
                               i == 0      ? ""
                               : i + 1 < n ? ", "
                                           : " and ",
                               seen[i]);
    snprintf(out, room, "%s of %llu %s, %zu numbers", n ? list : "coarse shape",
             (unsigned long long)n_pool, what, smp_stack_dim(model));
}

static void photos_summarise(const void *model, uint64_t n_pool, uint64_t seed, char *out,
                             size_t room)
{
    (void)seed; /* the row of the encoder has it */
    blocks_summarise(model, n_pool, "photos", out, room);
}

static void images_summarise(const void *model, uint64_t n_pool, uint64_t seed, char *out,
                             size_t room)
{
    (void)seed;
    blocks_summarise(model, n_pool, "small images", out, room);
}

static const struct smp_encoder_kind PHOTOS = {
    .name = "photo-blocks",
    .content = SMP_CONTENT_PHOTOS,
    .modality = SMP_IMAGES,
    .side_min = SMP_IMAGE_SIDE + 1,
    .side_max = SMP_PHOTO_SIDE_MAX,
    .fit_max = SMP_STACK_FIT_MAX,
    .n_golden = 2, /* 20 ms each, whenever a model is loaded */
    .train = photos_train,
    .free = photos_free,
    .dim = photos_dim,
    .spec = photos_spec,
    .sees = "the overall look",
    .parts = photos_parts,
    .part = photos_part,
    .encode = photos_encode,
    .put = photos_put,
    .take = photos_take,
    .summarise = photos_summarise,
};

/* The same, at the size such images have: nobody would recognise them as photos. */
static const struct smp_encoder_kind IMAGES = {
    .name = "image-blocks",
    .content = SMP_CONTENT_SMALL,
    .modality = SMP_IMAGES,
    .side_min = SMP_IMAGE_SIDE_MIN,
    .side_max = SMP_IMAGE_SIDE,
    .fit_max = SMP_STACK_FIT_MAX,
    .n_golden = SMP_GOLDEN_MAX,
    .train = photos_train,
    .free = photos_free,
    .dim = photos_dim,
    .spec = photos_spec,
    .sees = "the overall look",
    .parts = photos_parts,
    .part = photos_part,
    .encode = photos_encode,
    .put = photos_put,
    .take = photos_take,
    .summarise = images_summarise,
};

/* -- text-words-ngrams ------------------------------------------------------------------------ */

static void text_free(void *model)
{
    if (model) smp_text_free(model);
    free(model);
}

static enum smp_status text_train(const struct smp_pool *pool, void **model)
{
    SMP_TRY(model_new(sizeof(struct smp_text_model), model));
    return smp_text_learn(pool->texts, *model);
}

static size_t text_dim(const void *model)
{
    const struct smp_text_model *m = model;

    return m->dim;
}

/* Bags of words are reduced, not rebuilt: there is no error to tell. */
static enum smp_status text_encode(const void *model, const struct smp_items *items,
                                   const struct smp_encoded *out)
{
    for (size_t i = 0; i < items->n && out->error; i++)
        out->error[i] = NAN;
    return smp_text_encode(model, items->text, items->n_bytes, items->n, items->n_threads,
                           out->part[0]);
}

static void text_put(const void *model, struct smp_writer *w)
{
    smp_text_put(model, w);
}

static enum smp_status text_take(struct smp_reader *r, void **model)
{
    SMP_TRY(model_new(sizeof(struct smp_text_model), model));
    return smp_text_take(r, *model);
}

static void text_summarise(const void *model, uint64_t n_pool, uint64_t seed, char *out,
                           size_t room)
{
    const struct smp_text_model *m = model;

    snprintf(out, room,
             "%zu words and %zu n-grams from %llu texts, %zu + %zu numbers, seed %llu",
             m->words.n, m->ngrams.n, (unsigned long long)n_pool, m->words.dim, m->ngrams.dim,
             (unsigned long long)seed);
}

static const struct smp_encoder_kind TEXT = {
    .name = "text-words-ngrams",
    .content = SMP_CONTENT_TEXTS,
    .modality = SMP_TEXTS,
    .fit_max = SMP_TEXT_FIT_MAX,
    .n_golden = SMP_GOLDEN_MAX,
    .train = text_train,
    .free = text_free,
    .dim = text_dim,
    .sees = "words and spelling",
    .encode = text_encode,
    .put = text_put,
    .take = text_take,
    .summarise = text_summarise,
};

/* -- the registry ----------------------------------------------------------------------------- */

const struct smp_encoder_kind *const SMP_ENCODERS[SMP_ENCODER_KINDS] = {&IMAGES, &PHOTOS,
                                                                        &TEXT};

static bool reads(const struct smp_encoder_kind *k, const struct smp_image_spec *s)
{
    return k->modality == SMP_IMAGES && (s->channels == 1 || s->channels == 3) &&
           s->width >= k->side_min && s->height >= k->side_min && s->width <= k->side_max &&
           s->height <= k->side_max;
}

const struct smp_encoder_kind *smp_kind_of_images(const struct smp_image_spec *spec)
{
    for (size_t i = 0; i < SMP_ENCODER_KINDS; i++)
        if (reads(SMP_ENCODERS[i], spec)) return SMP_ENCODERS[i];
    return NULL;
}

const struct smp_encoder_kind *smp_kind_of_texts(void)
{
    return &TEXT;
}

const struct smp_encoder_kind *smp_kind_of_content(enum smp_content content)
{
    for (size_t i = 0; i < SMP_ENCODER_KINDS; i++)
        if (SMP_ENCODERS[i]->content == content) return SMP_ENCODERS[i];
    return NULL;
}
