#include "sampler/dictionary.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE_MAX = 32 };

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

void smp_dictionary_free(struct smp_dictionary *d)
{
    free(d->filters);
    free(d->filter_bias);
    free(d->packed_filters);
    *d = (struct smp_dictionary){0};
}

enum smp_status smp_dictionary_pack(struct smp_dictionary *d)
{
    const size_t p = smp_patch_size(&d->spec);

    d->packed_filters = malloc(smp_packed_floats(d->n_atoms, p) * sizeof *d->packed_filters);
    if (!d->packed_filters) return smp_fail_nomem();
    smp_pack(d->filters, d->n_atoms, p, d->packed_filters);
    return SMP_OK;
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

/* -- the file --------------------------------------------------------------------------------- */

void smp_dictionary_put(const struct smp_dictionary *d, struct smp_writer *w)
{
    const size_t p = smp_patch_size(&d->spec);
    const size_t k = d->n_atoms;

    smp_put_u32(w, d->spec.width);
    smp_put_u32(w, d->spec.height);
    smp_put_u32(w, d->spec.channels);
    smp_put_u32(w, (uint32_t)k);
    smp_put_floats(w, d->filters, k * p);
    smp_put_floats(w, d->filter_bias, k);
}

static bool side_is_fine(uint32_t side)
{
    return side >= SMP_PATCH + 2 * SMP_STRIDE && side <= SIDE_MAX;
}

enum smp_status smp_dictionary_take(struct smp_reader *r, struct smp_dictionary *d)
{
    *d = (struct smp_dictionary){0};
    d->spec.width = smp_take_u32(r);
    d->spec.height = smp_take_u32(r);
    d->spec.channels = smp_take_u32(r);
    d->n_atoms = smp_take_u32(r);
    if (!side_is_fine(d->spec.width) || !side_is_fine(d->spec.height) ||
        (d->spec.channels != 1 && d->spec.channels != 3) || d->n_atoms < 1 ||
        d->n_atoms > SMP_ATOMS_MAX) {
        r->failed = true;
        return smp_reader_finish(r);
    }
    d->filters = smp_take_floats(r, d->n_atoms * smp_patch_size(&d->spec));
    d->filter_bias = smp_take_floats(r, d->n_atoms);
    if (!r->failed) return smp_dictionary_pack(d);
    smp_dictionary_free(d);
    return smp_reader_finish(r);
}
