#include "sampler/dictionary.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>

enum {
    /* Images reduced by one product; their features lie in the L2 cache meanwhile. */
    BLOCK = 16,
    SIDE_MAX = 32,
    PATCH_MAX = SMP_PATCH * SMP_PATCH * 3
};

static const float CONTRAST = 10.0f / (255.0f * 255.0f) * 3.9f;
static const float THRESHOLD = 0.5f;

static size_t positions(uint32_t side)
{
    return (side - SMP_PATCH) / SMP_STRIDE + 1;
}

size_t smp_patch_size(const struct smp_image_spec *spec)
{
    return (size_t)SMP_PATCH * SMP_PATCH * spec->channels;
}

size_t smp_patches_per_image(const struct smp_image_spec *spec)
{
    return positions(spec->width) * positions(spec->height);
}

size_t smp_feature_count(size_t n_atoms)
{
    return (size_t)SMP_GRID * SMP_GRID * 2 * n_atoms;
}

enum smp_status smp_dictionary_new(struct smp_dictionary *d)
{
    const size_t p = smp_patch_size(&d->spec);
    const size_t k = d->n_atoms;

    d->filters = calloc(k * p, sizeof(float));
    d->filter_bias = calloc(k, sizeof(float));
    d->whitener = calloc(p * p, sizeof(float));
    d->whitener_bias = calloc(p, sizeof(float));
    d->atoms = calloc(k * p, sizeof(float));
    if (d->filters && d->filter_bias && d->whitener && d->whitener_bias && d->atoms)
        return SMP_OK;
    smp_dictionary_free(d);
    return smp_fail_nomem();
}

void smp_dictionary_free(struct smp_dictionary *d)
{
    free(d->filters);
    free(d->filter_bias);
    free(d->whitener);
    free(d->whitener_bias);
    free(d->atoms);
    free(d->reducer);
    free(d->reducer_bias);
    free(d->packed_filters);
    free(d->packed_reducer);
    *d = (struct smp_dictionary){0};
}

/* *packed <- b (n,k). */
static enum smp_status pack(const float *b, size_t n, size_t k, float **packed)
{
    *packed = malloc(smp_packed_floats(n, k) * sizeof **packed);
    if (!*packed) return smp_fail_nomem();
    smp_pack(b, n, k, *packed);
    return SMP_OK;
}

enum smp_status smp_dictionary_pack_filters(struct smp_dictionary *d)
{
    return pack(d->filters, d->n_atoms, smp_patch_size(&d->spec), &d->packed_filters);
}

enum smp_status smp_dictionary_pack_reducer(struct smp_dictionary *d)
{
    return pack(d->reducer, d->dim, smp_feature_count(d->n_atoms), &d->packed_reducer);
}

/* -- patches ---------------------------------------------------------------------------------- */

void smp_patch_normalised(const struct smp_image_spec *spec, const uint8_t *pixels, size_t x,
                          size_t y, float *out)
{
    const size_t run = (size_t)SMP_PATCH * spec->channels; /* a patch row lies in one piece */
    const size_t n = run * SMP_PATCH;
    float sum = 0;
    float squares = 0;
    float mean;
    float scale;

    for (size_t row = 0; row < SMP_PATCH; row++) {
        const uint8_t *from = pixels + ((y + row) * spec->width + x) * spec->channels;
        for (size_t i = 0; i < run; i++)
            out[row * run + i] = (float)from[i] * (1.0f / 255.0f);
    }
    for (size_t i = 0; i < n; i++)
        sum += out[i];
    mean = sum / (float)n;
    for (size_t i = 0; i < n; i++) {
        out[i] -= mean;
        squares += out[i] * out[i];
    }
    scale = 1.0f / sqrtf(squares / (float)n + CONTRAST);
    for (size_t i = 0; i < n; i++)
        out[i] *= scale;
}

/* The grid cell of position i of n: 0..2. */
static size_t cell_of(size_t i, size_t n)
{
    size_t cell = 0;

    while (i >= (cell + 1) * n / SMP_GRID)
        cell++;
    return cell;
}

/* pooled (2,K) += soft-thresholded codes of one patch, both signs; code (K) may be NULL, else gets
 * f+ - f-. */
SMP_KERNEL
static void add_codes(const float *restrict response, const float *restrict bias, size_t k,
                      float *restrict up, float *restrict down)
{
    for (size_t i = 0; i < k; i++) {
        const float a = response[i] + bias[i];
        const float above = a - THRESHOLD;
        const float below = -a - THRESHOLD;
        up[i] += above > 0 ? above : 0;
        down[i] += below > 0 ? below : 0;
    }
}

SMP_KERNEL
static void finish_cell(float *restrict cell, size_t n, float weight)
{
    for (size_t i = 0; i < n; i++)
        cell[i] = sqrtf(cell[i] * weight);
}

size_t smp_feature_work(const struct smp_dictionary *d)
{
    return smp_patches_per_image(&d->spec) * (smp_patch_size(&d->spec) + d->n_atoms);
}

static void pool_codes(const struct smp_dictionary *d, const float *responses, float *features)
{
    const size_t columns = positions(d->spec.width);
    const size_t rows = positions(d->spec.height);
    const size_t k = d->n_atoms;
    size_t count[SMP_GRID * SMP_GRID] = {0};

    memset(features, 0, smp_feature_count(k) * sizeof *features);
    for (size_t y = 0; y < rows; y++) {
        for (size_t x = 0; x < columns; x++) {
            const size_t cell = cell_of(y, rows) * SMP_GRID + cell_of(x, columns);
            float *up = features + cell * 2 * k;
            count[cell]++;
            add_codes(responses + (y * columns + x) * k, d->filter_bias, k, up, up + k);
        }
    }
    for (size_t cell = 0; cell < (size_t)SMP_GRID * SMP_GRID; cell++)
        finish_cell(features + cell * 2 * k, 2 * k, 1.0f / (float)count[cell]);
}

static void cut_patches(const struct smp_image_spec *spec, const uint8_t *pixels,
                        float *patches)
{
    const size_t p = smp_patch_size(spec);

    for (size_t y = 0; y + SMP_PATCH <= spec->height; y += SMP_STRIDE)
        for (size_t x = 0; x + SMP_PATCH <= spec->width; x += SMP_STRIDE, patches += p)
            smp_patch_normalised(spec, pixels, x, y, patches);
}

void smp_image_features(const struct smp_dictionary *d, const uint8_t *pixels, float *work,
                        float *features)
{
    const size_t p = smp_patch_size(&d->spec);
    const size_t n = smp_patches_per_image(&d->spec);
    float *patches = work;
    float *responses = work + n * p;

    cut_patches(&d->spec, pixels, patches);
    smp_gemm_steady(n, d->n_atoms, p, patches, d->packed_filters, responses);
    pool_codes(d, responses, features);
}

/* -- the decoder ------------------------------------------------------------------------------ */

/* code (K) <- f+ - f-: the soft threshold. */
static void soft_threshold(const float *response, const float *bias, size_t k, float *code)
{
    for (size_t i = 0; i < k; i++) {
        const float a = response[i] + bias[i];
        code[i] = a > THRESHOLD ? a - THRESHOLD : a < -THRESHOLD ? a + THRESHOLD : 0;
    }
}

static size_t error_work(const struct smp_dictionary *d)
{
    return smp_feature_work(d) + 2 * smp_patches_per_image(&d->spec) * smp_patch_size(&d->spec);
}

/* Share of the whitened energy of an image's patches that scale * W^T code leaves. */
static float rebuild_error(const struct smp_dictionary *d, const uint8_t *pixels, float *work)
{
    const size_t p = smp_patch_size(&d->spec);
    const size_t n = smp_patches_per_image(&d->spec);
    const size_t k = d->n_atoms;
    float *patches = work;
    float *codes = patches + n * p;
    float *white = codes + n * k;
    float *rebuilt = white + n * p;
    double energy = 0;
    double left = 0;

    cut_patches(&d->spec, pixels, patches);
    smp_gemm((struct smp_gemm_shape){SMP_NT, n, p, p}, patches, d->whitener, white);
    smp_gemm((struct smp_gemm_shape){SMP_NT, n, k, p}, patches, d->filters, codes);
    for (size_t i = 0; i < n; i++)
        soft_threshold(codes + i * k, d->filter_bias, k, codes + i * k);
    smp_gemm((struct smp_gemm_shape){SMP_NN, n, p, k}, codes, d->atoms, rebuilt);
    for (size_t i = 0; i < n * p; i++) {
        const double x = (double)(white[i] + d->whitener_bias[i % p]);
        const double miss = x - (double)(d->rebuild_scale * rebuilt[i]);
        energy += x * x;
        left += miss * miss;
    }
    if (energy <= 0) return 0;
    return left < energy ? (float)(left / energy) : 1.0f;
}

/* -- encoding --------------------------------------------------------------------------------- */

struct encode {
    const struct smp_dictionary *d;
    const uint8_t *pixels;
    size_t n;
    float *z, *error;
    float *work; /* (threads, work_each) */
    size_t work_each;
};

static void encode_block(void *ctx, size_t piece, unsigned thread)
{
    const struct encode *job = ctx;
    const struct smp_dictionary *d = job->d;
    const size_t bytes = smp_image_bytes(&d->spec);
    const size_t f = smp_feature_count(d->n_atoms);
    const size_t first = piece * BLOCK;
    const size_t m = job->n - first < BLOCK ? job->n - first : BLOCK;
    float *features = job->work + thread * job->work_each;
    float *z = features + BLOCK * f;
    float *work = z + BLOCK * d->dim;

    for (size_t i = 0; i < m; i++)
        smp_image_features(d, job->pixels + (first + i) * bytes, work, features + i * f);
    smp_gemm_steady(m, d->dim, f, features, d->packed_reducer, z);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < d->dim; j++)
            job->z[(first + i) * d->dim + j] = z[i * d->dim + j] + d->reducer_bias[j];
    for (size_t i = 0; job->error && i < m; i++)
        job->error[first + i] = rebuild_error(d, job->pixels + (first + i) * bytes, work);
}

enum smp_status smp_dictionary_encode(const struct smp_dictionary *d, const uint8_t *pixels,
                                      size_t n, unsigned n_threads, float *z, float *error)
{
    const size_t work = error ? error_work(d) : smp_feature_work(d);
    struct encode job = {.d = d, .pixels = pixels, .n = n};

    job.z = z;
    job.error = error;
    job.work_each = BLOCK * (smp_feature_count(d->n_atoms) + d->dim) + work;
    job.work = malloc(smp_threads(n_threads) * job.work_each * sizeof(float));
    if (!job.work) return smp_fail_nomem();
    smp_parallel(n_threads, (n + BLOCK - 1) / BLOCK, encode_block, &job);
    free(job.work);
    return SMP_OK;
}

/* -- the file --------------------------------------------------------------------------------- */

void smp_dictionary_put(const struct smp_dictionary *d, struct smp_writer *w)
{
    const size_t p = smp_patch_size(&d->spec);
    const size_t k = d->n_atoms;

    smp_put_u32(w, d->spec.width);
    smp_put_u32(w, d->spec.height);
    smp_put_u32(w, d->spec.channels);
    smp_put_u32(w, (uint32_t)k);
    smp_put_u32(w, (uint32_t)d->dim);
    smp_put_floats(w, &d->rebuild_scale, 1);
    smp_put_floats(w, d->filters, k * p);
    smp_put_floats(w, d->filter_bias, k);
    smp_put_floats(w, d->whitener, p * p);
    smp_put_floats(w, d->whitener_bias, p);
    smp_put_floats(w, d->atoms, k * p);
    smp_put_floats(w, d->reducer, d->dim * smp_feature_count(k));
    smp_put_floats(w, d->reducer_bias, d->dim);
}

static bool side_is_fine(uint32_t side)
{
    return side >= SMP_PATCH + 2 * SMP_STRIDE && side <= SIDE_MAX;
}

enum smp_status smp_dictionary_take(struct smp_reader *r, struct smp_dictionary *d)
{
    size_t p;

    *d = (struct smp_dictionary){0};
    d->spec.width = smp_take_u32(r);
    d->spec.height = smp_take_u32(r);
    d->spec.channels = smp_take_u32(r);
    d->n_atoms = smp_take_u32(r);
    d->dim = smp_take_u32(r);
    if (!side_is_fine(d->spec.width) || !side_is_fine(d->spec.height) ||
        (d->spec.channels != 1 && d->spec.channels != 3) || d->n_atoms < 1 ||
        d->n_atoms > SMP_ATOMS_MAX || d->dim < 1 || d->dim > SMP_DIM_MAX) {
        r->failed = true;
        return smp_reader_finish(r);
    }
    p = smp_patch_size(&d->spec);
    smp_take_bytes(r, &d->rebuild_scale, sizeof d->rebuild_scale);
    d->filters = smp_take_floats(r, d->n_atoms * p);
    d->filter_bias = smp_take_floats(r, d->n_atoms);
    d->whitener = smp_take_floats(r, p * p);
    d->whitener_bias = smp_take_floats(r, p);
    d->atoms = smp_take_floats(r, d->n_atoms * p);
    d->reducer = smp_take_floats(r, d->dim * smp_feature_count(d->n_atoms));
    d->reducer_bias = smp_take_floats(r, d->dim);
    if (!isfinite(d->rebuild_scale)) r->failed = true;
    if (!r->failed) {
        SMP_TRY(smp_dictionary_pack_filters(d));
        return smp_dictionary_pack_reducer(d);
    }
    smp_dictionary_free(d);
    return smp_reader_finish(r);
}
