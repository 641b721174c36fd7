#include "sampler/encoder.h"

#include "sampler/bytes.h"
#include "sampler/dictionary.h"
#include "sampler/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GOLDEN_MAX = 4,           /* items kept in the model file with their latents */
    GOLDEN_TEXT_BYTES = 2000, /* longer ones are cut */
    SMALL_SIDE_MIN = 10       /* 3x3 patches at stride 2: one for each cell of the grid */
};

/* What a latent may differ by between two kinds of processor, relative to its largest number. */
static const float GOLDEN_TOLERANCE = 2e-3f;

/* Items whose latents are known: bytes one after the other, and z (n,d). */
struct golden {
    size_t n;
    uint32_t n_bytes[GOLDEN_MAX];
    uint8_t *bytes;
    float *z;
};

struct smp_encoder {
    enum smp_modality modality;
    uint64_t seed;
    uint64_t n_pool; /* items in the pool it was learned from, for the summary */
    uint64_t hash;
    struct smp_dictionary dictionary;
    struct smp_text_model text;
    struct golden golden;
    char summary[160];
};

/* -- the canonical size ----------------------------------------------------------------------- */

struct smp_image_spec smp_image_spec_choose(const struct smp_image_survey *s)
{
    const uint32_t channels = s->any_colour ? 3 : 1;
    const bool one_size = s->width_min == s->width_max && s->height_min == s->height_max;
    const bool small = s->width_min >= SMALL_SIDE_MIN && s->height_min >= SMALL_SIDE_MIN &&
                       s->width_max <= SMP_IMAGE_SIDE && s->height_max <= SMP_IMAGE_SIDE;

    if (one_size && small)
        return (struct smp_image_spec){s->width_min, s->height_min, channels};
    return (struct smp_image_spec){SMP_IMAGE_SIDE, SMP_IMAGE_SIDE, channels};
}

size_t smp_image_bytes(const struct smp_image_spec *spec)
{
    return (size_t)spec->width * spec->height * spec->channels;
}

static enum smp_status check_spec(const struct smp_image_spec *s)
{
    if ((s->channels == 1 || s->channels == 3) && s->width >= SMALL_SIDE_MIN &&
        s->height >= SMALL_SIDE_MIN && s->width <= SMP_IMAGE_SIDE &&
        s->height <= SMP_IMAGE_SIDE)
        return SMP_OK;
    return smp_fail(
        SMP_INVALID,
        "an encoder reads images of 10 to 32 pixels a side with 1 or 3 channels, not %ux%ux%u; choose the size by smp_image_spec_choose",
        s->width, s->height, s->channels);
}

/* -- asking ----------------------------------------------------------------------------------- */

size_t smp_encoder_dim(const struct smp_encoder *enc)
{
    return enc->modality == SMP_IMAGES ? enc->dictionary.dim : enc->text.dim;
}

const char *smp_encoder_name(const struct smp_encoder *enc)
{
    return enc->modality == SMP_IMAGES ? "image-dictionary" : "text-words-ngrams";
}

const char *smp_encoder_summary(const struct smp_encoder *enc)
{
    return enc->summary;
}

uint64_t smp_encoder_hash(const struct smp_encoder *enc)
{
    return enc->hash;
}

uint64_t smp_encoder_seed(const struct smp_encoder *enc)
{
    return enc->seed;
}

enum smp_modality smp_encoder_modality(const struct smp_encoder *enc)
{
    return enc->modality;
}

struct smp_image_spec smp_encoder_image_spec(const struct smp_encoder *enc)
{
    assert(enc->modality == SMP_IMAGES);
    return enc->dictionary.spec;
}

void smp_encoder_free(struct smp_encoder *enc)
{
    if (!enc) return;
    smp_dictionary_free(&enc->dictionary);
    smp_text_free(&enc->text);
    free(enc->golden.bytes);
    free(enc->golden.z);
    free(enc);
}

static void summarise(struct smp_encoder *enc)
{
    const struct smp_dictionary *d = &enc->dictionary;

    if (enc->modality == SMP_IMAGES)
        snprintf(
            enc->summary, sizeof enc->summary,
            "%zu patches of %dx%d from %llu images of %ux%u in %s, %zu numbers reduced to %zu, seed %llu",
            d->n_atoms, SMP_PATCH, SMP_PATCH, (unsigned long long)enc->n_pool, d->spec.width,
            d->spec.height, d->spec.channels == 1 ? "grey" : "colour",
            smp_feature_count(d->n_atoms), d->dim, (unsigned long long)enc->seed);
    else
        snprintf(enc->summary, sizeof enc->summary,
                 "%zu words and %zu n-grams from %llu texts, %zu + %zu numbers, seed %llu",
                 enc->text.words.n, enc->text.ngrams.n, (unsigned long long)enc->n_pool,
                 enc->text.words.dim, enc->text.ngrams.dim, (unsigned long long)enc->seed);
}

/* -- encoding --------------------------------------------------------------------------------- */

enum smp_status smp_encoder_encode_images(const struct smp_encoder *enc, const uint8_t *pixels,
                                          size_t n, unsigned n_threads, float *z, float *error)
{
    if (enc->modality != SMP_IMAGES)
        return smp_fail(SMP_INVALID,
                        "this encoder was learned from texts and cannot encode images");
    return smp_dictionary_encode(&enc->dictionary, pixels, n, n_threads, z, error);
}

enum smp_status smp_encoder_encode_texts(const struct smp_encoder *enc, const char *const *text,
                                         const size_t *n_bytes, size_t n, unsigned n_threads,
                                         float *z)
{
    if (enc->modality != SMP_TEXTS)
        return smp_fail(SMP_INVALID,
                        "this encoder was learned from images and cannot encode texts");
    return smp_text_encode(&enc->text, text, n_bytes, n, n_threads, z);
}

/* -- golden items ----------------------------------------------------------------------------- */

static size_t golden_size(const struct golden *g)
{
    size_t total = 0;

    for (size_t i = 0; i < g->n; i++)
        total += g->n_bytes[i];
    return total;
}

/* z (n,d) <- what the weights make of the golden items now. */
static enum smp_status encode_golden(const struct smp_encoder *enc, float *z)
{
    const struct golden *g = &enc->golden;
    const char *text[GOLDEN_MAX] = {0};
    size_t n_bytes[GOLDEN_MAX] = {0};
    size_t at = 0;

    if (enc->modality == SMP_IMAGES)
        return smp_dictionary_encode(&enc->dictionary, g->bytes, g->n, 1, z, NULL);
    for (size_t i = 0; i < g->n; i++) {
        text[i] = (const char *)g->bytes + at;
        n_bytes[i] = g->n_bytes[i];
        at += n_bytes[i];
    }
    return smp_text_encode(&enc->text, text, n_bytes, g->n, 1, z);
}

/* Keeps one more item, cut at `max` bytes. */
static enum smp_status keep_golden(struct golden *g, const void *bytes, size_t n, size_t max)
{
    const size_t kept = n < max ? n : max;
    const size_t before = golden_size(g);
    uint8_t *grown = realloc(g->bytes, before + kept + 1);

    if (!grown) return smp_fail_nomem();
    if (kept) memcpy(grown + before, bytes, kept);
    g->bytes = grown;
    g->n_bytes[g->n++] = (uint32_t)kept;
    return SMP_OK;
}

static enum smp_status check_golden(const struct smp_encoder *enc)
{
    const size_t n = enc->golden.n * smp_encoder_dim(enc);
    float *z = malloc(n * sizeof *z + 1);
    float largest = 1;
    float miss = 0;
    enum smp_status e;

    if (!z) return smp_fail_nomem();
    e = encode_golden(enc, z);
    for (size_t i = 0; i < n && !e; i++) {
        largest = fmaxf(largest, fabsf(enc->golden.z[i]));
        miss = fmaxf(miss, fabsf(z[i] - enc->golden.z[i]));
        if (!isfinite(z[i])) miss = INFINITY;
    }
    free(z);
    if (!e && !(miss <= GOLDEN_TOLERANCE * largest))
        e = smp_fail(
            SMP_CORRUPT,
            "the encoder does not give the latents it gave when it was learned: off by %g on its golden items; learn it again",
            (double)miss);
    return e;
}

/* -- the file --------------------------------------------------------------------------------- */

enum smp_status smp_encoder_save(const struct smp_encoder *enc, uint8_t **bytes,
                                 size_t *n_bytes)
{
    const struct golden *g = &enc->golden;
    struct smp_writer w;

    smp_writer_start(&w, enc->modality == SMP_IMAGES ? SMP_CONTENT_IMAGES : SMP_CONTENT_TEXTS);
    smp_put_u64(&w, enc->seed);
    smp_put_u64(&w, enc->n_pool);
    if (enc->modality == SMP_IMAGES)
        smp_dictionary_put(&enc->dictionary, &w);
    else
        smp_text_put(&enc->text, &w);
    smp_put_u32(&w, (uint32_t)g->n);
    smp_put_u32s(&w, g->n_bytes, g->n);
    smp_put_bytes(&w, g->bytes, golden_size(g));
    smp_put_floats(&w, g->z, g->n * smp_encoder_dim(enc));
    return smp_writer_finish(&w, bytes, n_bytes);
}

static enum smp_status take_golden(struct smp_reader *r, struct smp_encoder *enc)
{
    struct golden *g = &enc->golden;
    const size_t image = smp_image_bytes(&enc->dictionary.spec);

    g->n = smp_take_u32(r);
    if (g->n < 1 || g->n > GOLDEN_MAX) {
        g->n = 0;
        r->failed = true;
        return smp_reader_finish(r);
    }
    smp_take_bytes(r, g->n_bytes, g->n * sizeof g->n_bytes[0]);
    for (size_t i = 0; i < g->n; i++)
        if (enc->modality == SMP_IMAGES ? g->n_bytes[i] != image
                                        : g->n_bytes[i] > GOLDEN_TEXT_BYTES)
            r->failed = true;
    g->bytes = smp_take_blob(r, r->failed ? 0 : golden_size(g));
    g->z = smp_take_floats(r, g->n * smp_encoder_dim(enc));
    return smp_reader_finish(r);
}

static enum smp_status take_encoder(struct smp_reader *r, enum smp_content content,
                                    struct smp_encoder *enc)
{
    if (content != SMP_CONTENT_IMAGES && content != SMP_CONTENT_TEXTS)
        return smp_fail(SMP_CORRUPT, "the model file holds no encoder (content %d)",
                        (int)content);
    enc->modality = content == SMP_CONTENT_IMAGES ? SMP_IMAGES : SMP_TEXTS;
    enc->seed = smp_take_u64(r);
    enc->n_pool = smp_take_u64(r);
    if (enc->modality == SMP_IMAGES)
        SMP_TRY(smp_dictionary_take(r, &enc->dictionary));
    else
        SMP_TRY(smp_text_take(r, &enc->text));
    SMP_TRY(take_golden(r, enc));
    return check_golden(enc);
}

enum smp_status smp_encoder_load(const uint8_t *bytes, size_t n_bytes, struct smp_encoder **out)
{
    struct smp_reader r;
    enum smp_content content;
    struct smp_encoder *enc;
    enum smp_status e;

    *out = NULL;
    SMP_TRY(smp_reader_start(&r, bytes, n_bytes, &content));
    enc = calloc(1, sizeof *enc);
    if (!enc) return smp_fail_nomem();
    e = take_encoder(&r, content, enc);
    if (e) {
        smp_encoder_free(enc);
        return e;
    }
    enc->hash = smp_fnv(bytes, n_bytes);
    summarise(enc);
    *out = enc;
    return SMP_OK;
}

/* -- learning --------------------------------------------------------------------------------- */

/* Latents of the golden items, the hash and the summary: after this the encoder is immutable. */
static enum smp_status seal(struct smp_encoder *enc)
{
    uint8_t *bytes;
    size_t n_bytes;

    enc->golden.z = calloc(enc->golden.n * smp_encoder_dim(enc) + 1, sizeof(float));
    if (!enc->golden.z) return smp_fail_nomem();
    SMP_TRY(encode_golden(enc, enc->golden.z));
    SMP_TRY(smp_encoder_save(enc, &bytes, &n_bytes));
    enc->hash = smp_fnv(bytes, n_bytes);
    free(bytes);
    summarise(enc);
    return SMP_OK;
}

/* Golden items are caught on their way to the learner: the first few that it fetches. */
struct catch
{
    struct smp_encoder *enc;
    const struct smp_train_images *images;
    const struct smp_train_texts *texts;
};

static enum smp_status catch_image(void *ctx, size_t i, uint8_t *pixels)
{
    struct catch *c = ctx;
    const size_t n = smp_image_bytes(&c->images->spec);

    SMP_TRY(c->images->fetch(c->images->ctx, i, pixels));
    if (c->enc->golden.n == GOLDEN_MAX) return SMP_OK;
    return keep_golden(&c->enc->golden, pixels, n, n);
}

static enum smp_status catch_text(void *ctx, size_t i, const char **text, size_t *n_bytes)
{
    struct catch *c = ctx;

    SMP_TRY(c->texts->fetch(c->texts->ctx, i, text, n_bytes));
    if (c->enc->golden.n == GOLDEN_MAX) return SMP_OK;
    return keep_golden(&c->enc->golden, *text, *n_bytes, GOLDEN_TEXT_BYTES);
}

static enum smp_status finish(struct smp_encoder *enc, enum smp_status learned,
                              struct smp_encoder **out)
{
    enum smp_status e = learned;

    if (!e) e = seal(enc);
    if (e) {
        smp_encoder_free(enc);
        return e;
    }
    *out = enc;
    return SMP_OK;
}

enum smp_status smp_encoder_train_images(const struct smp_train_images *in,
                                         struct smp_encoder **out)
{
    struct smp_train_images caught = *in;
    struct catch ctx = {.images = in};

    *out = NULL;
    SMP_TRY(check_spec(&in->spec));
    if (!in->n)
        return smp_fail(SMP_INVALID, "an encoder needs at least one image to learn from");
    ctx.enc = calloc(1, sizeof *ctx.enc);
    if (!ctx.enc) return smp_fail_nomem();
    ctx.enc->modality = SMP_IMAGES;
    ctx.enc->seed = in->seed;
    ctx.enc->n_pool = in->n;
    caught.fetch = catch_image;
    caught.ctx = &ctx;
    return finish(ctx.enc, smp_dictionary_learn(&caught, &ctx.enc->dictionary), out);
}

enum smp_status smp_encoder_train_texts(const struct smp_train_texts *in,
                                        struct smp_encoder **out)
{
    struct smp_train_texts caught = *in;
    struct catch ctx = {.texts = in};

    *out = NULL;
    if (!in->n)
        return smp_fail(SMP_INVALID, "an encoder needs at least one text to learn from");
    ctx.enc = calloc(1, sizeof *ctx.enc);
    if (!ctx.enc) return smp_fail_nomem();
    ctx.enc->modality = SMP_TEXTS;
    ctx.enc->seed = in->seed;
    ctx.enc->n_pool = in->n;
    caught.fetch = catch_text;
    caught.ctx = &ctx;
    return finish(ctx.enc, smp_text_learn(&caught, &ctx.enc->text), out);
}
