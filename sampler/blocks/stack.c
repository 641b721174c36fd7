#include "sampler/blocks/stack.h"

#include "sampler/blocks/codes.h"
#include "sampler/blocks/sides.h"
#include "sampler/blocks/view.h"
#include "sampler/rng.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLICE = 64, /* photos whose blocks are held at once while encoding */
    STREAM_PHOTOS = 0x70686f74
};

/* Where each stage of learning ends, by the time it took on 750 photos. */
static const double READ_END = 0.1, BLOCK_END[SMP_BLOCK_KINDS] = {0.15, 0.45, 0.55, 0.7, 0.8},
                    ENCODE_END = 0.9;
static const char LEARNING[] = "learning what your photos have in common";

struct smp_stack {
    struct smp_image_spec spec;
    size_t n_blocks;
    struct smp_block *block[SMP_BLOCK_KINDS];
    struct smp_coder coder;
};

void smp_stack_free(struct smp_stack *s)
{
    if (!s) return;
    for (size_t b = 0; b < s->n_blocks; b++)
        smp_block_free(s->block[b]);
    smp_coder_free(&s->coder);
    free(s);
}

struct smp_image_spec smp_stack_spec(const struct smp_stack *s)
{
    return s->spec;
}

size_t smp_stack_dim(const struct smp_stack *s)
{
    return smp_coder_dim(&s->coder);
}

size_t smp_stack_blocks(const struct smp_stack *s)
{
    return s->n_blocks;
}

const struct smp_block *smp_stack_block(const struct smp_stack *s, size_t i)
{
    return s->block[i];
}

/* D: the numbers of all blocks. */
static size_t width(const struct smp_stack *s)
{
    size_t d = 0;

    for (size_t b = 0; b < s->n_blocks; b++)
        d += smp_block_dim(s->block[b]);
    return d;
}

/* -- encoding --------------------------------------------------------------------------------- */

/* x (n, D) <- the blocks of at most SLICE photos, side by side; `apart` is D * SLICE floats, and
 * z[b] gets where block b's lie in it. */
static enum smp_status encode_slice(const struct smp_stack *s, const struct smp_photos *photos,
                                    float *apart, float **z, float *x)
{
    const size_t d = width(s);
    size_t at = 0;

    for (size_t b = 0; b < s->n_blocks; b++) {
        z[b] = apart;
        apart += SLICE * smp_block_dim(s->block[b]);
    }
    SMP_TRY(
        smp_blocks_encode((const struct smp_block *const *)s->block, s->n_blocks, photos, z));
    for (size_t b = 0; b < s->n_blocks; b++) {
        const size_t k = smp_block_dim(s->block[b]);
        for (size_t i = 0; i < photos->n; i++)
            memcpy(x + i * d + at, z[b] + i * k, k * sizeof *x);
        at += k;
    }
    return SMP_OK;
}

enum smp_status smp_stack_encode(const struct smp_stack *s, const uint8_t *pixels, size_t n,
                                 unsigned n_threads, float *const *blocks, float *z,
                                 float *error)
{
    const size_t d = width(s);
    const size_t k = smp_stack_dim(s);
    const size_t bytes = smp_image_bytes(&s->spec);
    float *x = malloc((size_t)2 * SLICE * d * sizeof *x);
    float *apart[SMP_BLOCK_KINDS];
    enum smp_status e = x ? SMP_OK : smp_fail_nomem();

    for (size_t first = 0; first < n && !e; first += SLICE) {
        const size_t m = n - first < SLICE ? n - first : SLICE;
        const struct smp_photos photos = {
            .spec = s->spec, .pixels = pixels + first * bytes, .n = m, .n_threads = n_threads};
        e = encode_slice(s, &photos, x + SLICE * d, apart, x);
        for (size_t b = 0; b < s->n_blocks && blocks && !e; b++)
            if (blocks[b])
                memcpy(blocks[b] + first * smp_block_dim(s->block[b]), apart[b],
                       m * smp_block_dim(s->block[b]) * sizeof *x);
        if (!e)
            e = smp_coder_encode(&s->coder, x, m, n_threads, z + first * k,
                                 error ? error + first : NULL);
    }
    free(x);
    return e;
}

/* -- learning --------------------------------------------------------------------------------- */

/* At most SMP_STACK_FIT_MAX photos drawn by seed, fetched in ascending order. */
static enum smp_status fetch_photos(const struct smp_train_images *in, size_t n,
                                    uint8_t *pixels)
{
    const size_t bytes = smp_image_bytes(&in->spec);
    size_t *row = malloc(n * sizeof *row);
    enum smp_status e = SMP_OK;
    struct smp_rng rng;

    if (!row) return smp_fail_nomem();
    smp_rng_seed(&rng, in->seed, STREAM_PHOTOS);
    smp_rng_subset(&rng, in->n, n, row);
    for (size_t i = 0; i < n && !e; i++) {
        e = in->fetch(in->ctx, row[i], pixels + i * bytes);
        if (!e && i % SLICE == 0)
            e = smp_report(in->progress, READ_END * (double)i / (double)n, "looking at photos");
    }
    free(row);
    return e;
}

static enum smp_status learn_blocks(const struct smp_photos *photos, struct smp_stack *s)
{
    struct smp_part part = {photos->progress, READ_END, READ_END, LEARNING};
    const struct smp_progress progress = smp_part_progress(&part);
    struct smp_photos told = *photos;

    told.progress = &progress;
    for (int kind = 0; kind < SMP_BLOCK_KINDS; kind++) {
        if (!smp_block_applies((enum smp_block_kind)kind, &photos->spec)) continue;
        part.to = BLOCK_END[kind];
        SMP_TRY(smp_report(&progress, 0, LEARNING));
        SMP_TRY(smp_block_learn((enum smp_block_kind)kind, &told, &s->block[s->n_blocks]));
        part.from = part.to;
        s->n_blocks++;
    }
    return SMP_OK;
}

static enum smp_status learn_codes(const struct smp_photos *photos, struct smp_stack *s)
{
    const size_t d = width(s);
    const size_t bytes = smp_image_bytes(&s->spec);
    float *apart[SMP_BLOCK_KINDS];
    struct smp_part part = {photos->progress, ENCODE_END, 1, LEARNING};
    const struct smp_progress progress = smp_part_progress(&part);
    const double encoding = ENCODE_END - BLOCK_END[SMP_BLOCK_KINDS - 1];
    struct smp_coder_in in = {.n = photos->n,
                              .d = d,
                              .seed = photos->seed,
                              .n_threads = photos->n_threads,
                              .progress = &progress};
    float *x;
    enum smp_status e;

    assert(d > 0); /* one kind of block at least applies to any photo */
    in.x = x = malloc((photos->n + SLICE) * d * sizeof *x);
    e = x ? SMP_OK : smp_fail_nomem();
    for (size_t first = 0; first < photos->n && !e; first += SLICE) {
        struct smp_photos slice = *photos;
        slice.pixels += first * bytes;
        slice.n = photos->n - first < SLICE ? photos->n - first : SLICE;
        e = encode_slice(s, &slice, x + photos->n * d, apart, x + first * d);
        if (!e)
            e = smp_report(photos->progress,
                           ENCODE_END - encoding * (1 - (double)first / (double)photos->n),
                           LEARNING);
    }
    if (!e) e = smp_coder_learn(&in, &s->coder);
    free(x);
    return e;
}

enum smp_status smp_stack_learn(const struct smp_train_images *in, struct smp_stack **out)
{
    const size_t n = in->n < SMP_STACK_FIT_MAX ? in->n : SMP_STACK_FIT_MAX;
    struct smp_photos photos = {.spec = in->spec,
                                .n = n,
                                .seed = in->seed,
                                .n_threads = in->n_threads,
                                .progress = in->progress};
    struct smp_stack *s;
    uint8_t *pixels;
    enum smp_status e;

    SMP_TRY(smp_view_check(&in->spec));
    if (!n) return smp_fail(SMP_INVALID, "an encoder needs at least one photo to learn from");
    s = calloc(1, sizeof *s);
    photos.pixels = pixels = malloc(n * smp_image_bytes(&in->spec));
    e = s && pixels ? fetch_photos(in, n, pixels) : smp_fail_nomem();
    if (!e) e = smp_sides_look(&photos, &photos.sides, NULL);
    if (!e) s->spec = in->spec;
    if (!e) e = learn_blocks(&photos, s);
    if (!e) e = learn_codes(&photos, s);
    free(pixels);
    if (e) {
        smp_stack_free(s);
        return e;
    }
    *out = s;
    return SMP_OK;
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_stack_put(const struct smp_stack *s, struct smp_writer *w)
{
    smp_put_u32(w, s->spec.width);
    smp_put_u32(w, s->spec.height);
    smp_put_u32(w, s->spec.channels);
    smp_put_u32(w, (uint32_t)s->n_blocks);
    for (size_t b = 0; b < s->n_blocks; b++)
        smp_block_put(s->block[b], w);
    smp_coder_put(&s->coder, w);
}

static enum smp_status take_blocks(struct smp_reader *r, struct smp_stack *s)
{
    const size_t n = smp_take_u32(r);

    if (r->failed || n < 1 || n > SMP_BLOCK_KINDS)
        return smp_fail(SMP_CORRUPT, "an encoder of %zu blocks; 1 to %d are possible", n,
                        SMP_BLOCK_KINDS);
    for (size_t b = 0; b < n; b++) {
        SMP_TRY(smp_block_take(r, &s->spec, &s->block[b]));
        s->n_blocks++;
    }
    return smp_coder_take(r, width(s), &s->coder);
}

enum smp_status smp_stack_take(struct smp_reader *r, struct smp_stack **out)
{
    struct smp_stack *s = calloc(1, sizeof *s);
    enum smp_status e = SMP_OK;

    if (!s) return smp_fail_nomem();
    s->spec.width = smp_take_u32(r);
    s->spec.height = smp_take_u32(r);
    s->spec.channels = smp_take_u32(r);
    e = smp_view_check(&s->spec);
    if (e) e = smp_fail(SMP_CORRUPT, "an encoder of impossible images");
    if (!e) e = take_blocks(r, s);
    if (e) {
        smp_stack_free(s);
        return e;
    }
    *out = s;
    return SMP_OK;
}
