#include "sampler/blocks/block.h"

#include "sampler/blocks/fisher.h"
#include "sampler/blocks/hog.h"
#include "sampler/blocks/reduce.h"
#include "sampler/blocks/sides.h"
#include "sampler/dictionary.h"
#include "sampler/rng.h"
#include "sampler/threads.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 16, /* photos reduced by one product */
    SLICE = 64, /* photos between two reports; a multiple of CHUNK */
    /* Rows of raw features that the axes are learned from: at most 512 MiB of them. */
    RAW_FLOATS_MAX = 1 << 27,
    STREAM_REDUCE = 0x72656475
};

struct smp_block {
    enum smp_block_kind kind;
    struct smp_image_spec spec;
    struct smp_view_shape shape;
    enum smp_sides sides;
    struct smp_fisher fisher;         /* of the three Fisher kinds */
    struct smp_dictionary dictionary; /* of the dictionary */
    struct smp_reducer reducer;
};

/* -- the kinds -------------------------------------------------------------------------------- */

static enum smp_status hog_learn(const struct smp_photos *photos, struct smp_block *b)
{
    (void)photos;
    (void)b;
    return SMP_OK;
}

static size_t hog_raw(const struct smp_block *b)
{
    (void)b;
    return smp_hog_size();
}

static size_t hog_work(const struct smp_block *b)
{
    (void)b;
    return smp_hog_work();
}

static void hog_encode(const struct smp_block *b, const struct smp_view *view, float *work,
                       float *raw)
{
    smp_hog_encode(view, smp_sides_weight(b->sides), work, raw);
}

static void hog_put(const struct smp_block *b, struct smp_writer *w)
{
    (void)b;
    (void)w;
}

static enum smp_status hog_take(struct smp_reader *r, struct smp_block *b)
{
    (void)r;
    (void)b;
    return SMP_OK;
}

static enum smp_descriptor_kind descriptors_of(const struct smp_block *b)
{
    if (b->kind == SMP_BLOCK_SHAPE) return SMP_SHAPES;
    return b->kind == SMP_BLOCK_TEXTURE ? SMP_TEXTURES : SMP_COLOURS;
}

static enum smp_status fisher_learn(const struct smp_photos *photos, struct smp_block *b)
{
    return smp_fisher_learn(photos, descriptors_of(b), &b->fisher);
}

static size_t fisher_raw(const struct smp_block *b)
{
    return smp_fisher_size(&b->fisher);
}

static size_t fisher_work(const struct smp_block *b)
{
    return smp_fisher_work(&b->fisher, b->shape.large);
}

static void fisher_encode(const struct smp_block *b, const struct smp_view *view, float *work,
                          float *raw)
{
    smp_fisher_encode(&b->fisher, view, work, raw);
}

static void fisher_put(const struct smp_block *b, struct smp_writer *w)
{
    smp_fisher_put(&b->fisher, w);
}

static enum smp_status fisher_take(struct smp_reader *r, struct smp_block *b)
{
    b->fisher.kind = descriptors_of(b);
    b->fisher.sides = b->sides;
    return smp_fisher_take(r, &b->fisher);
}

struct small_photos {
    const struct smp_photos *photos;
    struct smp_view_shape shape;
    float *memory, *spare;
};

static enum smp_status fetch_small(void *ctx, size_t i, uint8_t *pixels)
{
    const struct small_photos *s = ctx;
    const struct smp_image_spec *spec = &s->photos->spec;
    struct smp_view view;

    smp_view_make(&s->shape, s->photos->pixels + i * smp_image_bytes(spec), s->memory, s->spare,
                  &view);
    memcpy(pixels, view.small, s->shape.small * s->shape.small * s->shape.channels);
    return SMP_OK;
}

static enum smp_status dictionary_learn(const struct smp_photos *photos, struct smp_block *b)
{
    struct small_photos small = {photos, b->shape, NULL, NULL};
    const struct smp_train_images in = {
        .spec = {(uint32_t)b->shape.small, (uint32_t)b->shape.small,
                 (uint32_t)b->shape.channels},
        .n = photos->n,
        .fetch = fetch_small,
        .ctx = &small,
        .seed = photos->seed,
        .n_threads = photos->n_threads,
        .progress = photos->progress
    };
    enum smp_status e;

    small.memory =
        malloc((smp_view_floats(&b->shape) + smp_view_spare(&b->shape)) * sizeof(float));
    if (!small.memory) return smp_fail_nomem();
    small.spare = small.memory + smp_view_floats(&b->shape);
    e = smp_dictionary_learn(&in, &b->dictionary);
    free(small.memory);
    return e;
}

static size_t dictionary_raw(const struct smp_block *b)
{
    return smp_feature_count(b->dictionary.n_atoms);
}

static size_t dictionary_work(const struct smp_block *b)
{
    return smp_feature_work(&b->dictionary) + dictionary_raw(b) +
           b->shape.small * b->shape.small * b->shape.channels;
}

static void dictionary_encode(const struct smp_block *b, const struct smp_view *view,
                              float *work, float *raw)
{
    const size_t side = b->shape.small;
    const size_t c = b->shape.channels;
    const size_t n = dictionary_raw(b);
    float *other = work;
    float *inner = other + n;
    uint8_t *mirrored = (uint8_t *)(inner + smp_feature_work(&b->dictionary));

    smp_image_features(&b->dictionary, view->small, inner, raw);
    if (b->sides == SMP_SIDES_DIFFER) return;
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++)
            memcpy(mirrored + (y * side + x) * c, view->small + (y * side + side - 1 - x) * c,
                   c);
    smp_image_features(&b->dictionary, mirrored, inner, other);
    for (size_t i = 0; i < n; i++)
        raw[i] = 0.5f * (raw[i] + other[i]);
}

static void dictionary_put(const struct smp_block *b, struct smp_writer *w)
{
    smp_dictionary_put(&b->dictionary, w);
}

static enum smp_status dictionary_take(struct smp_reader *r, struct smp_block *b)
{
    return smp_dictionary_take(r, &b->dictionary);
}

static const struct kind {
    const char *name, *sees;
    uint32_t channels_min;
    enum smp_status (*learn)(const struct smp_photos *photos, struct smp_block *b);
    size_t (*raw)(const struct smp_block *b);
    size_t (*work)(const struct smp_block *b);
    void (*encode)(const struct smp_block *b, const struct smp_view *view, float *work,
                   float *raw);
    void (*put)(const struct smp_block *b, struct smp_writer *w);
    enum smp_status (*take)(struct smp_reader *r, struct smp_block *b);
} KINDS[SMP_BLOCK_KINDS] = {
    [SMP_BLOCK_HOG] = {"hog",        "coarse shape",  1, hog_learn,        hog_raw,    hog_work,        hog_encode,
                       hog_put,                                                                                                        hog_take       },
    [SMP_BLOCK_SHAPE] = {"shape",      "fine shape",    1, fisher_learn,     fisher_raw, fisher_work,
                       fisher_encode,                                                                                      fisher_put, fisher_take    },
    [SMP_BLOCK_TEXTURE] = {"texture",    "texture",       1, fisher_learn,     fisher_raw, fisher_work,
                       fisher_encode,                                                                                      fisher_put, fisher_take    },
    [SMP_BLOCK_COLOUR] = {"colour",     "colour",        3, fisher_learn,     fisher_raw, fisher_work,
                       fisher_encode,                                                                                      fisher_put, fisher_take    },
    [SMP_BLOCK_DICTIONARY] = {"dictionary", "small patches", 1, dictionary_learn,
                       dictionary_raw,                                                 dictionary_work, dictionary_encode,
                       dictionary_put,                                                                                                 dictionary_take},
};

const char *smp_block_name(enum smp_block_kind kind)
{
    return KINDS[kind].name;
}

const char *smp_block_sees(enum smp_block_kind kind)
{
    return KINDS[kind].sees;
}

bool smp_block_applies(enum smp_block_kind kind, const struct smp_image_spec *spec)
{
    return !smp_view_check(spec) && spec->channels >= KINDS[kind].channels_min;
}

enum smp_block_kind smp_block_kind_of(const struct smp_block *block)
{
    return block->kind;
}

size_t smp_block_dim(const struct smp_block *block)
{
    return block->reducer.dim;
}

/* -- encoding --------------------------------------------------------------------------------- */

struct encode {
    const struct smp_block *const *blocks;
    size_t n_blocks;
    const struct smp_photos *photos;
    const size_t *row; /* which photos; NULL for all in order */
    size_t n;
    float *raw; /* one block's (n, f): raw features wanted; else z */
    float *const *z;
    float *work; /* (threads, work_each) */
    size_t work_each;
};

static size_t work_floats(const struct encode *job)
{
    size_t most = 0;

    for (size_t b = 0; b < job->n_blocks; b++) {
        const struct smp_block *block = job->blocks[b];
        const struct kind *kind = &KINDS[block->kind];
        const size_t chunk = CHUNK * (kind->raw(block) + SMP_DIM_MAX);
        const size_t n = kind->work(block) + chunk;
        most = n > most ? n : most;
    }
    return most + CHUNK * smp_view_floats(&job->blocks[0]->shape) +
           smp_view_spare(&job->blocks[0]->shape);
}

/* The chunk's raw features by one block, reduced. */
static void encode_views(const struct encode *job, size_t b, const struct smp_view *views,
                         size_t first, size_t m, float *work)
{
    const struct smp_block *block = job->blocks[b];
    const struct kind *kind = &KINDS[block->kind];
    const size_t f = kind->raw(block);
    float *raw = job->raw ? job->raw + first * f : work;
    float *z = work + CHUNK * f;

    for (size_t i = 0; i < m; i++)
        kind->encode(block, &views[i], z + (size_t)CHUNK * SMP_DIM_MAX, raw + i * f);
    if (job->raw) return;
    smp_reducer_apply(&block->reducer, raw, m, z);
    memcpy(job->z[b] + first * block->reducer.dim, z, m * block->reducer.dim * sizeof *z);
}

static void encode_chunk(void *ctx, size_t piece, unsigned thread)
{
    const struct encode *job = ctx;
    const struct smp_image_spec *spec = &job->photos->spec;
    const struct smp_view_shape *shape = &job->blocks[0]->shape;
    const size_t first = piece * CHUNK;
    const size_t each = smp_view_floats(shape);
    const size_t m = job->n - first < CHUNK ? job->n - first : CHUNK;
    float *memory = job->work + thread * job->work_each;
    float *spare = memory + CHUNK * each;
    struct smp_view views[CHUNK];

    for (size_t i = 0; i < m; i++) {
        const size_t photo = job->row ? job->row[first + i] : first + i;
        smp_view_make(shape, job->photos->pixels + photo * smp_image_bytes(spec),
                      memory + i * each, spare, &views[i]);
    }
    for (size_t b = 0; b < job->n_blocks; b++)
        encode_views(job, b, views, first, m, spare + smp_view_spare(shape));
}

static enum smp_status run(struct encode *job)
{
    const unsigned n_threads = smp_threads(job->photos->n_threads);

    job->work_each = work_floats(job);
    job->work = malloc(n_threads * job->work_each * sizeof(float));
    if (!job->work) return smp_fail_nomem();
    smp_parallel(n_threads, (job->n + CHUNK - 1) / CHUNK, encode_chunk, job);
    free(job->work);
    return SMP_OK;
}

enum smp_status smp_blocks_encode(const struct smp_block *const *blocks, size_t n_blocks,
                                  const struct smp_photos *photos, float *const *z)
{
    struct encode job = {
        .blocks = blocks, .n_blocks = n_blocks, .photos = photos, .n = photos->n, .z = z};

    for (size_t b = 0; b < n_blocks; b++)
        if (memcmp(&blocks[b]->spec, &photos->spec, sizeof photos->spec) != 0)
            return smp_fail(
                SMP_INVALID, "photos of %ux%ux%u for a block that learned from %ux%ux%u",
                photos->spec.width, photos->spec.height, photos->spec.channels,
                blocks[b]->spec.width, blocks[b]->spec.height, blocks[b]->spec.channels);
    if (!n_blocks || !photos->n) return SMP_OK;
    return run(&job);
}

/* -- learning --------------------------------------------------------------------------------- */

/* job->raw (job->n, f) <- raw features, told slice by slice. */
static enum smp_status run_raw(struct encode *job, const struct smp_progress *progress)
{
    const size_t n = job->n;
    const size_t f = KINDS[job->blocks[0]->kind].raw(job->blocks[0]);
    enum smp_status e = SMP_OK;

    for (size_t first = 0; first < n && !e; first += SLICE) {
        e = smp_report(progress, 0.7 * (double)first / (double)n, "looking at photos");
        job->n = n - first < SLICE ? n - first : SLICE;
        if (!e) e = run(job);
        job->row += SLICE;
        job->raw += SLICE * f;
    }
    return e;
}

static enum smp_status learn_reducer(const struct smp_photos *photos, struct smp_block *b)
{
    const size_t f = KINDS[b->kind].raw(b);
    const size_t can = RAW_FLOATS_MAX / f;
    struct smp_part part = {photos->progress, 0.7, 1, "finding axes"};
    const struct smp_progress progress = smp_part_progress(&part);
    struct smp_reducer_in in = {.n = photos->n < can ? photos->n : can,
                                .f = f,
                                .dim = SMP_DIM_MAX,
                                .seed = photos->seed,
                                .n_threads = photos->n_threads,
                                .progress = &progress};
    const struct smp_block *only = b;
    struct encode job = {.blocks = &only, .n_blocks = 1, .photos = photos, .n = in.n};
    size_t *row = malloc(in.n * sizeof *row);
    struct smp_rng rng;
    enum smp_status e;

    in.x = job.raw = malloc(in.n * f * sizeof(float));
    if (!row || !in.x) {
        e = smp_fail_nomem();
        goto out;
    }
    smp_rng_seed(&rng, photos->seed, STREAM_REDUCE);
    smp_rng_subset(&rng, photos->n, in.n, row);
    job.row = row;
    e = run_raw(&job, photos->progress);
    if (!e) e = smp_reducer_learn(&in, &b->reducer);
out:
    free(row);
    free(in.x);
    return e;
}

static enum smp_status block_new(enum smp_block_kind kind, const struct smp_image_spec *spec,
                                 enum smp_sides sides, struct smp_block **out)
{
    struct smp_block *b = calloc(1, sizeof *b);

    if (!b) return smp_fail_nomem();
    b->kind = kind;
    b->spec = *spec;
    b->shape = smp_view_shape_of(spec);
    b->sides = sides;
    *out = b;
    return SMP_OK;
}

enum smp_status smp_block_learn(enum smp_block_kind kind, const struct smp_photos *photos,
                                struct smp_block **out)
{
    struct smp_part own = {photos->progress, 0, 0.5, KINDS[kind].sees};
    struct smp_part reducing = {photos->progress, 0.5, 1, KINDS[kind].sees};
    const struct smp_progress own_progress = smp_part_progress(&own);
    const struct smp_progress reducing_progress = smp_part_progress(&reducing);
    struct smp_photos part = *photos;
    struct smp_block *b = NULL;
    enum smp_status e;

    SMP_TRY(smp_view_check(&photos->spec));
    if (!smp_block_applies(kind, &photos->spec))
        return smp_fail(SMP_INVALID, "the block %s needs colour; these images are grey",
                        KINDS[kind].name);
    if (!photos->n)
        return smp_fail(SMP_INVALID, "a block needs at least one photo to learn from");
    SMP_TRY(block_new(kind, &photos->spec, photos->sides, &b));
    part.progress = &own_progress;
    e = KINDS[kind].learn(&part, b);
    part.progress = &reducing_progress;
    if (!e) e = learn_reducer(&part, b);
    if (e) {
        smp_block_free(b);
        return e;
    }
    *out = b;
    return SMP_OK;
}

void smp_block_free(struct smp_block *block)
{
    if (!block) return;
    smp_fisher_free(&block->fisher);
    smp_dictionary_free(&block->dictionary);
    smp_reducer_free(&block->reducer);
    free(block);
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_block_put(const struct smp_block *block, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)block->kind);
    smp_put_u32(w, (uint32_t)block->sides);
    KINDS[block->kind].put(block, w);
    smp_reducer_put(&block->reducer, w);
}

enum smp_status smp_block_take(struct smp_reader *r, const struct smp_image_spec *spec,
                               struct smp_block **out)
{
    const uint32_t kind = smp_take_u32(r);
    const uint32_t sides = smp_take_u32(r);
    struct smp_block *b = NULL;
    enum smp_status e;

    if (r->failed || kind >= SMP_BLOCK_KINDS)
        return smp_fail(SMP_CORRUPT, "a block of kind %u; %d kinds are known", kind,
                        SMP_BLOCK_KINDS);
    if (sides > SMP_SIDES_DIFFER)
        return smp_fail(SMP_CORRUPT, "a block whose sides are %u; 0 and 1 are known", sides);
    if (!smp_block_applies((enum smp_block_kind)kind, spec))
        return smp_fail(SMP_CORRUPT, "the block %s cannot have learned from such images",
                        KINDS[kind].name);
    SMP_TRY(block_new((enum smp_block_kind)kind, spec, (enum smp_sides)sides, &b));
    e = KINDS[kind].take(r, b);
    b->reducer.f = e ? 0 : KINDS[kind].raw(b);
    if (!e) e = smp_reducer_take(r, &b->reducer);
    if (e) {
        smp_block_free(b);
        return e;
    }
    *out = b;
    return SMP_OK;
}
