#include "sampler/encoder.h"

#include "sampler/blocks/view.h"
#include "sampler/encoder_kind.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GOLDEN_TEXT_BYTES = 2000 /* of a golden text; longer ones are cut */ };

/* What a latent may differ by between two kinds of processor, relative to its largest number. */
static const float GOLDEN_TOLERANCE = 2e-3f;

/* Items whose latents are known: bytes one after the other, and z (n,d). */
struct golden {
    size_t n;
    uint32_t n_bytes[SMP_GOLDEN_MAX];
    uint8_t *bytes;
    float *z;
};

struct smp_encoder {
    const struct smp_encoder_kind *kind;
    void *model; /* the kind's own */
    uint64_t seed;
    uint64_t n_pool; /* items in the pool it was learned from, for the summary */
    uint64_t hash;
    struct golden golden;
    char summary[160];
};

/* -- the canonical size ----------------------------------------------------------------------- */

struct smp_image_spec smp_image_spec_choose(const struct smp_image_survey *s)
{
    const uint32_t channels = s->any_colour ? 3 : 1;
    const bool one_size = s->width_min == s->width_max && s->height_min == s->height_max;
    const bool small = s->width_min >= SMP_IMAGE_SIDE_MIN &&
                       s->height_min >= SMP_IMAGE_SIDE_MIN && s->width_max <= SMP_IMAGE_SIDE &&
                       s->height_max <= SMP_IMAGE_SIDE;

    if (one_size && small)
        return (struct smp_image_spec){s->width_min, s->height_min, channels};
    return (struct smp_image_spec){SMP_PHOTO_SIDE, SMP_PHOTO_SIDE, channels};
}

bool smp_image_spec_for(const char *name, const struct smp_image_spec *chosen,
                        struct smp_image_spec *spec)
{
    const uint32_t sides[] = {chosen->width, SMP_IMAGE_SIDE, SMP_PHOTO_SIDE};
    const struct smp_encoder_kind *kind;

    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        *spec = i ? (struct smp_image_spec){sides[i], sides[i], chosen->channels} : *chosen;
        kind = smp_kind_of_images(spec);
        if (kind && !strcmp(kind->name, name)) return true;
    }
    return false;
}

size_t smp_image_bytes(const struct smp_image_spec *spec)
{
    return (size_t)spec->width * spec->height * spec->channels;
}

static enum smp_status find_kind(const struct smp_image_spec *s,
                                 const struct smp_encoder_kind **kind)
{
    *kind = smp_kind_of_images(s);
    if (*kind) return SMP_OK;
    return smp_fail(
        SMP_INVALID,
        "an encoder reads images whose sides are both 10 to 32 pixels or both 33 to %d, with 1 or 3 channels, not %ux%ux%u; choose the size by smp_image_spec_choose",
        SMP_PHOTO_SIDE_MAX, s->width, s->height, s->channels);
}

size_t smp_image_fit_max(const struct smp_image_spec *spec)
{
    const struct smp_encoder_kind *kind = smp_kind_of_images(spec);

    return kind ? kind->fit_max : 0;
}

/* -- asking ----------------------------------------------------------------------------------- */

size_t smp_encoder_dim(const struct smp_encoder *enc)
{
    return enc->kind->dim(enc->model);
}

size_t smp_encoder_parts(const struct smp_encoder *enc)
{
    return enc->kind->parts ? enc->kind->parts(enc->model) : 1;
}

struct smp_encoder_part smp_encoder_part(const struct smp_encoder *enc, size_t part)
{
    assert(part < smp_encoder_parts(enc));
    if (part) return enc->kind->part(enc->model, part);
    return (struct smp_encoder_part){"latent", enc->kind->sees, smp_encoder_dim(enc)};
}

const char *smp_encoder_name(const struct smp_encoder *enc)
{
    return enc->kind->name;
}

const char *smp_image_encoder_name(const struct smp_image_spec *spec)
{
    const struct smp_encoder_kind *kind = smp_kind_of_images(spec);

    return kind ? kind->name : NULL;
}

const char *smp_text_encoder_name(void)
{
    return smp_kind_of_texts()->name;
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
    return enc->kind->modality;
}

struct smp_image_spec smp_encoder_image_spec(const struct smp_encoder *enc)
{
    assert(enc->kind->modality == SMP_IMAGES);
    return enc->kind->spec(enc->model);
}

void smp_encoder_free(struct smp_encoder *enc)
{
    if (!enc) return;
    if (enc->kind) enc->kind->free(enc->model);
    free(enc->golden.bytes);
    free(enc->golden.z);
    free(enc);
}

static void summarise(struct smp_encoder *enc)
{
    enc->kind->summarise(enc->model, enc->n_pool, enc->seed, enc->summary, sizeof enc->summary);
}

/* -- encoding --------------------------------------------------------------------------------- */

enum smp_status smp_encoder_encode_images(const struct smp_encoder *enc, const uint8_t *pixels,
                                          size_t n, unsigned n_threads,
                                          const struct smp_encoded *out)
{
    const struct smp_items items = {.pixels = pixels, .n = n, .n_threads = n_threads};

    if (enc->kind->modality != SMP_IMAGES)
        return smp_fail(SMP_INVALID,
                        "this encoder was learned from texts and cannot encode images");
    return enc->kind->encode(enc->model, &items, out);
}

enum smp_status smp_encoder_encode_texts(const struct smp_encoder *enc, const char *const *text,
                                         const size_t *n_bytes, size_t n, unsigned n_threads,
                                         const struct smp_encoded *out)
{
    const struct smp_items items = {
        .text = text, .n_bytes = n_bytes, .n = n, .n_threads = n_threads};

    if (enc->kind->modality != SMP_TEXTS)
        return smp_fail(SMP_INVALID,
                        "this encoder was learned from images and cannot encode texts");
    return enc->kind->encode(enc->model, &items, out);
}

/* -- golden items ----------------------------------------------------------------------------- */

static size_t golden_size(const struct golden *g)
{
    size_t total = 0;

    for (size_t i = 0; i < g->n; i++)
        total += g->n_bytes[i];
    return total;
}

struct smp_golden_items smp_encoder_golden(const struct smp_encoder *enc)
{
    return (struct smp_golden_items){enc->golden.n, enc->golden.bytes, enc->golden.n_bytes};
}

/* z (n,d) <- what the weights make of the golden items now. */
static enum smp_status encode_golden(const struct smp_encoder *enc, float *z)
{
    const struct golden *g = &enc->golden;
    struct smp_encoded out = {0};
    const char *text[SMP_GOLDEN_MAX] = {0};
    size_t n_bytes[SMP_GOLDEN_MAX] = {0};
    const struct smp_items items = {
        .pixels = g->bytes, .text = text, .n_bytes = n_bytes, .n = g->n, .n_threads = 1};
    size_t at = 0;

    out.part[0] = z;
    for (size_t i = 0; i < g->n; i++) {
        text[i] = (const char *)g->bytes + at;
        n_bytes[i] = g->n_bytes[i];
        at += n_bytes[i];
    }
    return enc->kind->encode(enc->model, &items, &out);
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

    smp_writer_start(&w, enc->kind->content);
    smp_put_u64(&w, enc->seed);
    smp_put_u64(&w, enc->n_pool);
    enc->kind->put(enc->model, &w);
    smp_put_u32(&w, (uint32_t)g->n);
    smp_put_u32s(&w, g->n_bytes, g->n);
    smp_put_bytes(&w, g->bytes, golden_size(g));
    smp_put_floats(&w, g->z, g->n * smp_encoder_dim(enc));
    return smp_writer_finish(&w, bytes, n_bytes);
}

/* FNV-1a of the whole file. Its checksum is that of all before it, so no byte is read twice. */
static uint64_t hash_of_file(const uint8_t *bytes, size_t n)
{
    uint64_t checksum;

    memcpy(&checksum, bytes + n - sizeof checksum, sizeof checksum);
    return smp_fnv_more(checksum, bytes + n - sizeof checksum, sizeof checksum);
}

static enum smp_status take_golden(struct smp_reader *r, struct smp_encoder *enc)
{
    struct golden *g = &enc->golden;
    const bool images = enc->kind->modality == SMP_IMAGES;
    const struct smp_image_spec spec =
        images ? enc->kind->spec(enc->model) : (struct smp_image_spec){0};

    g->n = smp_take_u32(r);
    if (g->n < 1 || g->n > SMP_GOLDEN_MAX) {
        g->n = 0;
        r->failed = true;
        return smp_reader_finish(r);
    }
    smp_take_bytes(r, g->n_bytes, g->n * sizeof g->n_bytes[0]);
    for (size_t i = 0; i < g->n; i++)
        if (images ? g->n_bytes[i] != smp_image_bytes(&spec)
                   : g->n_bytes[i] > GOLDEN_TEXT_BYTES)
            r->failed = true;
    g->bytes = smp_take_blob(r, r->failed ? 0 : golden_size(g));
    g->z = smp_take_floats(r, g->n * smp_encoder_dim(enc));
    return smp_reader_finish(r);
}

static enum smp_status take_encoder(struct smp_reader *r, enum smp_content content,
                                    struct smp_encoder *enc)
{
    enc->kind = smp_kind_of_content(content);
    if (content == SMP_CONTENT_OLD_IMAGES || content == SMP_CONTENT_OLD_TEXTS ||
        content == SMP_CONTENT_OLD_PHOTOS)
        return smp_fail(
            SMP_CORRUPT,
            "this encoder was learned by an earlier version of the program, which saw items differently; learn it again");
    if (!enc->kind)
        return smp_fail(SMP_CORRUPT, "the model file holds no encoder (content %d)",
                        (int)content);
    enc->seed = smp_take_u64(r);
    enc->n_pool = smp_take_u64(r);
    SMP_TRY(enc->kind->take(r, &enc->model));
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
    enc->hash = hash_of_file(bytes, n_bytes);
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
    enc->hash = hash_of_file(bytes, n_bytes);
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
    if (c->enc->golden.n == c->enc->kind->n_golden) return SMP_OK;
    return keep_golden(&c->enc->golden, pixels, n, n);
}

static enum smp_status catch_text(void *ctx, size_t i, const char **text, size_t *n_bytes)
{
    struct catch *c = ctx;

    SMP_TRY(c->texts->fetch(c->texts->ctx, i, text, n_bytes));
    if (c->enc->golden.n == c->enc->kind->n_golden) return SMP_OK;
    return keep_golden(&c->enc->golden, *text, *n_bytes, GOLDEN_TEXT_BYTES);
}

/* Learns by the kind's own way; `caught` passes through catch_*. */
static enum smp_status learn(struct smp_encoder *enc, const struct smp_pool *caught,
                             struct smp_encoder **out)
{
    enum smp_status e = enc->kind->train(caught, &enc->model);

    if (!e) e = seal(enc);
    if (e) {
        smp_encoder_free(enc);
        return e;
    }
    *out = enc;
    return SMP_OK;
}

static struct smp_encoder *encoder_new(const struct smp_encoder_kind *kind, uint64_t n_pool,
                                       uint64_t seed)
{
    struct smp_encoder *enc = calloc(1, sizeof *enc);

    if (enc) *enc = (struct smp_encoder){.kind = kind, .n_pool = n_pool, .seed = seed};
    return enc;
}

enum smp_status smp_encoder_train_images(const struct smp_train_images *in,
                                         struct smp_encoder **out)
{
    struct smp_train_images caught = *in;
    struct catch ctx = {.images = in};
    const struct smp_pool pool = {.images = &caught};
    const struct smp_encoder_kind *kind;

    *out = NULL;
    SMP_TRY(find_kind(&in->spec, &kind));
    if (!in->n)
        return smp_fail(SMP_INVALID, "an encoder needs at least one image to learn from");
    ctx.enc = encoder_new(kind, in->n, in->seed);
    if (!ctx.enc) return smp_fail_nomem();
    caught.fetch = catch_image;
    caught.ctx = &ctx;
    return learn(ctx.enc, &pool, out);
}

enum smp_status smp_encoder_train_texts(const struct smp_train_texts *in,
                                        struct smp_encoder **out)
{
    struct smp_train_texts caught = *in;
    struct catch ctx = {.texts = in};
    const struct smp_pool pool = {.texts = &caught};

    *out = NULL;
    if (!in->n)
        return smp_fail(SMP_INVALID, "an encoder needs at least one text to learn from");
    ctx.enc = encoder_new(smp_kind_of_texts(), in->n, in->seed);
    if (!ctx.enc) return smp_fail_nomem();
    caught.fetch = catch_text;
    caught.ctx = &ctx;
    return learn(ctx.enc, &pool, out);
}
