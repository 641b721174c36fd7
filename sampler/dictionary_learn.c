#include "sampler/dictionary.h"

#include "sampler/gemm.h"
#include "sampler/linalg.h"
#include "sampler/rng.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATCHES_MAX = 100000, /* measured: protocol of Coates et al. uses 400,000; no gain here */
    PATCHES_PER_IMAGE = 200, /* what a small image can give without repeating itself */
    PATCHES_PER_ATOM = 4,    /* below this an atom is one patch */
    KMEANS_ROUNDS = 10,
    BLOCK_PATCHES = 1000,
    ATOMS_GREY = 256,
    ATOMS_COLOUR = 400
};

static const double ZCA_EPSILON = 0.1;

enum stream { STREAM_IMAGES = 1, STREAM_PATCHES, STREAM_ATOMS };

/* What learning holds between its steps. P numbers a patch. */
struct learning {
    const struct smp_train_images *in;
    struct smp_dictionary *d;
    uint8_t *pixels; /* (n_images, canonical bytes) the images learned from */
    size_t n_images;
    float *patches; /* (n_patches, P): normalised, then whitened */
    size_t n_patches, p;
    float *responses;     /* (n_patches, K) */
    float *whitener;      /* (P,P) Z */
    float *whitener_bias; /* (P) -Z m */
    float *atoms;         /* (K,P) W */
};

static void learning_free(struct learning *l)
{
    free(l->pixels);
    free(l->patches);
    free(l->responses);
    free(l->whitener);
    free(l->whitener_bias);
    free(l->atoms);
}

/* -- gathering -------------------------------------------------------------------------------- */

static enum smp_status fetch_images(struct learning *l)
{
    const struct smp_train_images *in = l->in;
    const size_t bytes = smp_image_bytes(&in->spec);
    struct smp_rng rng;
    size_t *chosen;
    enum smp_status e = SMP_OK;

    l->n_images = in->n < SMP_IMAGE_FIT_MAX ? in->n : SMP_IMAGE_FIT_MAX;
    l->pixels = malloc(l->n_images * bytes);
    chosen = calloc(l->n_images, sizeof *chosen);
    if (!l->pixels || !chosen) {
        e = smp_fail_nomem();
        goto out;
    }
    smp_rng_seed(&rng, in->seed, STREAM_IMAGES);
    smp_rng_subset(&rng, in->n, l->n_images, chosen);
    for (size_t i = 0; i < l->n_images && !e; i++) {
        if (i % 64 == 0)
            e = smp_report(in->progress, 0.4 * (double)i / (double)l->n_images,
                           "reading images");
        if (!e) e = in->fetch(in->ctx, chosen[i], l->pixels + i * bytes);
    }
out:
    free(chosen);
    return e;
}

static enum smp_status draw_patches(struct learning *l)
{
    const struct smp_image_spec *spec = &l->in->spec;
    const size_t wish = l->n_images * PATCHES_PER_IMAGE;
    struct smp_rng rng;

    l->n_patches = wish < PATCHES_MAX ? wish : PATCHES_MAX;
    l->patches = malloc(l->n_patches * l->p * sizeof(float));
    if (!l->patches) return smp_fail_nomem();
    smp_rng_seed(&rng, l->in->seed, STREAM_PATCHES);
    for (size_t i = 0; i < l->n_patches; i++) {
        const size_t image = smp_rng_below(&rng, l->n_images);
        const size_t x = smp_rng_below(&rng, spec->width - SMP_PATCH + 1);
        const size_t y = smp_rng_below(&rng, spec->height - SMP_PATCH + 1);
        smp_patch_normalised(spec, l->pixels + image * smp_image_bytes(spec), x, y,
                             l->patches + i * l->p);
    }
    return SMP_OK;
}

/* -- whitening -------------------------------------------------------------------------------- */

/* cov (P,P) of the patches about `mean` (P), which it finds first. */
static void patch_moments(const struct learning *l, double *mean, double *cov, float *block)
{
    const double n = (double)l->n_patches;
    const size_t p = l->p;

    memset(mean, 0, p * sizeof *mean);
    for (size_t i = 0; i < l->n_patches; i++)
        for (size_t j = 0; j < p; j++)
            mean[j] += (double)l->patches[i * p + j];
    for (size_t j = 0; j < p; j++)
        mean[j] /= n;
    smp_gram(l->patches, l->n_patches, p, block, cov);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            cov[i * p + j] = cov[i * p + j] / n - mean[i] * mean[j];
}

/* Z = V (w + epsilon)^-1/2 V^T: whitens and turns back, so that atoms still look like patches. */
static void make_whitener(struct learning *l, const double *mean, double *w, const double *v)
{
    const size_t p = l->p;

    for (size_t i = 0; i < p; i++)
        w[i] = 1 / sqrt(w[i] + ZCA_EPSILON);
    for (size_t i = 0; i < p; i++) {
        double bias = 0;
        for (size_t j = 0; j < p; j++) {
            double z = 0;
            for (size_t e = 0; e < p; e++)
                z += v[e * p + i] * w[e] * v[e * p + j];
            l->whitener[i * p + j] = (float)z;
            bias -= z * mean[j];
        }
        l->whitener_bias[i] = (float)bias;
    }
}

static enum smp_status learn_whitener(struct learning *l)
{
    const size_t p = l->p;
    double *mean = calloc(p, sizeof(double));
    double *cov = calloc(p * p, sizeof(double));
    double *w = calloc(p, sizeof(double));
    double *v = calloc(p * p, sizeof(double));
    float *block = calloc(p * p, sizeof(float));
    enum smp_status e = SMP_OK;

    if (!mean || !cov || !w || !v || !block) {
        e = smp_fail_nomem();
        goto out;
    }
    patch_moments(l, mean, cov, block);
    smp_eigen_psd(cov, p, w, v);
    make_whitener(l, mean, w, v);
out:
    free(mean);
    free(cov);
    free(w);
    free(v);
    free(block);
    return e;
}

static enum smp_status whiten_patches(struct learning *l)
{
    const size_t p = l->p;
    float *white = malloc(l->n_patches * p * sizeof(float));

    if (!white) return smp_fail_nomem();
    smp_gemm_threads(l->in->n_threads, (struct smp_gemm_shape){SMP_NT, l->n_patches, p, p},
                     l->patches, l->whitener, white);
    for (size_t i = 0; i < l->n_patches; i++)
        for (size_t j = 0; j < p; j++)
            white[i * p + j] += l->whitener_bias[j];
    free(l->patches);
    l->patches = white;
    return SMP_OK;
}

/* -- atoms: spherical k-means ----------------------------------------------------------------- */

static void scale_to_unit(float *row, size_t n)
{
    double length2 = 0;

    for (size_t i = 0; i < n; i++)
        length2 += (double)row[i] * (double)row[i];
    if (length2 < 1e-12) return; /* a flat patch: it stays a silent atom */
    for (size_t i = 0; i < n; i++)
        row[i] = (float)((double)row[i] / sqrt(length2));
}

static enum smp_status first_atoms(struct learning *l)
{
    struct smp_rng rng;
    size_t *chosen = calloc(l->d->n_atoms, sizeof *chosen);

    if (!chosen) return smp_fail_nomem();
    smp_rng_seed(&rng, l->in->seed, STREAM_ATOMS);
    smp_rng_subset(&rng, l->n_patches, l->d->n_atoms, chosen);
    for (size_t k = 0; k < l->d->n_atoms; k++) {
        float *atom = l->atoms + k * l->p;
        memcpy(atom, l->patches + chosen[k] * l->p, l->p * sizeof *atom);
        scale_to_unit(atom, l->p);
    }
    free(chosen);
    return SMP_OK;
}

static size_t strongest(const float *response, size_t k)
{
    size_t best = 0;

    for (size_t i = 1; i < k; i++)
        if (fabsf(response[i]) > fabsf(response[best])) best = i;
    return best;
}

/* Each atom becomes the direction of the patches that answer to it most, weighted by how much; the
 * 1e-3 of the old atom keeps one that nobody answers to. sum (K,P) is workspace. */
static void move_atoms(struct learning *l, double *sum)
{
    const size_t k = l->d->n_atoms;
    const size_t p = l->p;

    for (size_t i = 0; i < k * p; i++)
        sum[i] = 1e-3 * (double)l->atoms[i];
    for (size_t i = 0; i < l->n_patches; i++) {
        const float *response = l->responses + i * k;
        const size_t best = strongest(response, k);
        for (size_t j = 0; j < p; j++)
            sum[best * p + j] += (double)response[best] * (double)l->patches[i * p + j];
    }
    for (size_t i = 0; i < k * p; i++)
        l->atoms[i] = (float)sum[i];
    for (size_t i = 0; i < k; i++)
        scale_to_unit(l->atoms + i * p, p);
}

static enum smp_status learn_atoms(struct learning *l)
{
    const size_t k = l->d->n_atoms;
    double *sum = calloc(k * l->p, sizeof *sum);
    enum smp_status e;

    l->responses = malloc(l->n_patches * k * sizeof(float));
    if (!sum || !l->responses) {
        e = smp_fail_nomem();
        goto out;
    }
    e = first_atoms(l);
    for (int round = 0; round < KMEANS_ROUNDS && !e; round++) {
        e = smp_report(l->in->progress, 0.4 + 0.06 * round, "learning a dictionary of patches");
        if (e) break;
        smp_gemm_threads(l->in->n_threads,
                         (struct smp_gemm_shape){SMP_NT, l->n_patches, k, l->p}, l->patches,
                         l->atoms, l->responses);
        move_atoms(l, sum);
    }
out:
    free(sum);
    return e;
}

/* filters = W Z, so that encoding skips the whitening. */
static void fold_whitener(const struct learning *l)
{
    const struct smp_dictionary *d = l->d;
    const size_t p = l->p;

    smp_gemm((struct smp_gemm_shape){SMP_NN, d->n_atoms, p, p}, l->atoms, l->whitener,
             d->filters);
    for (size_t k = 0; k < d->n_atoms; k++) {
        double bias = 0;
        for (size_t j = 0; j < p; j++)
            bias += (double)l->atoms[k * p + j] * (double)l->whitener_bias[j];
        d->filter_bias[k] = (float)bias;
    }
}

/* -- the whole -------------------------------------------------------------------------------- */

static enum smp_status make_room(struct learning *l)
{
    const size_t k = l->d->n_atoms;
    const size_t p = l->p;

    l->d->filters = calloc(k * p, sizeof(float));
    l->d->filter_bias = calloc(k, sizeof(float));
    l->whitener = calloc(p * p, sizeof(float));
    l->whitener_bias = calloc(p, sizeof(float));
    l->atoms = calloc(k * p, sizeof(float));
    if (l->d->filters && l->d->filter_bias && l->whitener && l->whitener_bias && l->atoms)
        return SMP_OK;
    return smp_fail_nomem();
}

static enum smp_status learn_from(struct learning *l)
{
    SMP_TRY(make_room(l));
    SMP_TRY(fetch_images(l));
    SMP_TRY(draw_patches(l));
    SMP_TRY(learn_whitener(l));
    SMP_TRY(whiten_patches(l));
    SMP_TRY(learn_atoms(l));
    fold_whitener(l);
    return smp_dictionary_pack(l->d);
}

enum smp_status smp_dictionary_learn(const struct smp_train_images *in,
                                     struct smp_dictionary *d)
{
    const size_t wish = in->spec.channels == 1 ? ATOMS_GREY : ATOMS_COLOUR;
    const size_t can =
        in->n < PATCHES_MAX ? in->n * PATCHES_PER_IMAGE / PATCHES_PER_ATOM : wish;
    struct learning l = {.in = in, .d = d, .p = smp_patch_size(&in->spec)};
    enum smp_status e;

    *d = (struct smp_dictionary){.spec = in->spec, .n_atoms = wish < can ? wish : can};
    e = learn_from(&l);
    learning_free(&l);
    if (e) smp_dictionary_free(d);
    return e;
}
