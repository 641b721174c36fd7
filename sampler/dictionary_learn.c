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
    ATOMS_COLOUR = 400,
    PCA_FLOATS_MAX = 48000000, /* 192 MB for the features that the PCA is fitted on */
    PCA_ROUNDS = 5
};

static const double ZCA_EPSILON = 0.1;

enum stream { STREAM_IMAGES = 1, STREAM_PATCHES, STREAM_ATOMS, STREAM_PCA };

/* What learning holds between its steps. P numbers a patch. */
struct learning {
    const struct smp_train_images *in;
    struct smp_dictionary *d;
    uint8_t *pixels; /* (n_images, canonical bytes) the images learned from */
    size_t n_images;
    float *patches; /* (n_patches, P): normalised, then whitened */
    size_t n_patches, p;
    float *responses; /* (n_patches, K) */
};

static void learning_free(struct learning *l)
{
    free(l->pixels);
    free(l->patches);
    free(l->responses);
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

    l->p = smp_patch_size(spec);
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
static void make_whitener(struct smp_dictionary *d, size_t p, const double *mean, double *w,
                          const double *v)
{
    for (size_t i = 0; i < p; i++)
        w[i] = 1 / sqrt(w[i] + ZCA_EPSILON);
    for (size_t i = 0; i < p; i++) {
        double bias = 0;
        for (size_t j = 0; j < p; j++) {
            double z = 0;
            for (size_t e = 0; e < p; e++)
                z += v[e * p + i] * w[e] * v[e * p + j];
            d->whitener[i * p + j] = (float)z;
            bias -= z * mean[j];
        }
        d->whitener_bias[i] = (float)bias;
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
    make_whitener(l->d, p, mean, w, v);
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
                     l->patches, l->d->whitener, white);
    for (size_t i = 0; i < l->n_patches; i++)
        for (size_t j = 0; j < p; j++)
            white[i * p + j] += l->d->whitener_bias[j];
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
        float *atom = l->d->atoms + k * l->p;
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
        sum[i] = 1e-3 * (double)l->d->atoms[i];
    for (size_t i = 0; i < l->n_patches; i++) {
        const float *response = l->responses + i * k;
        const size_t best = strongest(response, k);
        for (size_t j = 0; j < p; j++)
            sum[best * p + j] += (double)response[best] * (double)l->patches[i * p + j];
    }
    for (size_t i = 0; i < k * p; i++)
        l->d->atoms[i] = (float)sum[i];
    for (size_t i = 0; i < k; i++)
        scale_to_unit(l->d->atoms + i * p, p);
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
        e = smp_report(l->in->progress, 0.4 + 0.02 * round, "learning a dictionary of patches");
        if (e) break;
        smp_gemm_threads(l->in->n_threads,
                         (struct smp_gemm_shape){SMP_NT, l->n_patches, k, l->p}, l->patches,
                         l->d->atoms, l->responses);
        move_atoms(l, sum);
    }
out:
    free(sum);
    return e;
}

/* The number by which rebuilt patches must be multiplied to lie nearest the true ones. */
static enum smp_status learn_rebuild_scale(struct learning *l)
{
    const size_t n = l->n_patches < 10000 ? l->n_patches : 10000;
    const size_t k = l->d->n_atoms;
    float *rebuilt = malloc(n * l->p * sizeof(float));
    double along = 0;
    double length2 = 0;

    if (!rebuilt) return smp_fail_nomem();
    smp_gemm_threads(l->in->n_threads, (struct smp_gemm_shape){SMP_NT, n, k, l->p}, l->patches,
                     l->d->atoms, l->responses);
    for (size_t i = 0; i < n * k; i++) {
        const float a = l->responses[i];
        l->responses[i] = a > 0.5f ? a - 0.5f : a < -0.5f ? a + 0.5f : 0;
    }
    smp_gemm_threads(l->in->n_threads, (struct smp_gemm_shape){SMP_NN, n, l->p, k},
                     l->responses, l->d->atoms, rebuilt);
    for (size_t i = 0; i < n * l->p; i++) {
        along += (double)l->patches[i] * (double)rebuilt[i];
        length2 += (double)rebuilt[i] * (double)rebuilt[i];
    }
    l->d->rebuild_scale = length2 > 0 ? (float)(along / length2) : 0;
    free(rebuilt);
    return SMP_OK;
}

/* filters = W Z, so that encoding skips the whitening. */
static void fold_whitener(struct smp_dictionary *d, size_t p)
{
    smp_gemm((struct smp_gemm_shape){SMP_NN, d->n_atoms, p, p}, d->atoms, d->whitener,
             d->filters);
    for (size_t k = 0; k < d->n_atoms; k++) {
        double bias = 0;
        for (size_t j = 0; j < p; j++)
            bias += (double)d->atoms[k * p + j] * (double)d->whitener_bias[j];
        d->filter_bias[k] = (float)bias;
    }
}

/* -- reduction -------------------------------------------------------------------------------- */

struct sample {
    float *x; /* (n, f) features minus their mean */
    size_t n, f;
    unsigned n_threads;
};

static void sample_apply(const void *ctx, const float *q, size_t k, float *y)
{
    const struct sample *s = ctx;

    smp_gemm_threads(s->n_threads, (struct smp_gemm_shape){SMP_NN, s->n, k, s->f}, s->x, q, y);
}

static void sample_apply_t(const void *ctx, const float *y, size_t k, float *q)
{
    const struct sample *s = ctx;

    smp_gemm_threads(s->n_threads, (struct smp_gemm_shape){SMP_TN, s->f, k, s->n}, s->x, y, q);
}

struct features {
    const struct learning *l;
    const size_t *image;
    float *x, *work;
    size_t f, work_each;
};

static void features_of_one(void *ctx, size_t i, unsigned thread)
{
    const struct features *job = ctx;
    const size_t bytes = smp_image_bytes(&job->l->in->spec);

    smp_image_features(job->l->d, job->l->pixels + job->image[i] * bytes,
                       job->work + thread * job->work_each, job->x + i * job->f);
}

/* x (n,f) <- features of n of the images, drawn by seed. In slices, so that one can stop. */
static enum smp_status sample_features(const struct learning *l, struct sample *s)
{
    struct features job = {.l = l, .x = s->x, .f = s->f, .work_each = smp_feature_work(l->d)};
    size_t *image = calloc(s->n, sizeof *image);
    struct smp_rng rng;
    enum smp_status e = SMP_OK;

    job.work = malloc(smp_threads(s->n_threads) * job.work_each * sizeof(float));
    if (!job.work || !image) {
        e = smp_fail_nomem();
        goto out;
    }
    smp_rng_seed(&rng, l->in->seed, STREAM_PCA);
    smp_rng_subset(&rng, l->n_images, s->n, image);
    for (size_t first = 0; first < s->n && !e; first += 512) {
        const size_t m = s->n - first < 512 ? s->n - first : 512;
        e = smp_report(l->in->progress, 0.6 + 0.2 * (double)first / (double)s->n,
                       "coding images");
        job.image = image + first;
        job.x = s->x + first * s->f;
        if (!e) smp_parallel(s->n_threads, m, features_of_one, &job);
    }
out:
    free(job.work);
    free(image);
    return e;
}

static void subtract_mean(struct sample *s, double *mean)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->f; j++)
            mean[j] += (double)s->x[i * s->f + j];
    for (size_t j = 0; j < s->f; j++)
        mean[j] /= (double)s->n;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->f; j++)
            s->x[i * s->f + j] -= (float)mean[j];
}

/* Principal axes and centre, both over the one isotropic scale: the square root of the mean
 * variance of a latent's coordinates. A pool without any variance keeps one silent coordinate. */
static enum smp_status set_reducer(struct smp_dictionary *d, const struct sample *s,
                                   const struct smp_svd *svd, const double *mean)
{
    double variance = 0;
    double scale;

    d->dim = svd->k ? svd->k : 1;
    for (size_t i = 0; i < svd->k; i++)
        variance += svd->s[i] * svd->s[i] / (double)s->n;
    scale = variance > 0 ? 1 / sqrt(variance / (double)d->dim) : 1;
    d->reducer = calloc(d->dim * s->f, sizeof(float));
    d->reducer_bias = calloc(d->dim, sizeof(float));
    if (!d->reducer || !d->reducer_bias) return smp_fail_nomem();
    for (size_t i = 0; i < svd->k; i++) {
        double bias = 0;
        for (size_t j = 0; j < s->f; j++) {
            const double r = (double)svd->v[i * s->f + j] * scale;
            d->reducer[i * s->f + j] = (float)r;
            bias -= r * mean[j];
        }
        d->reducer_bias[i] = (float)bias;
    }
    return SMP_OK;
}

static enum smp_status learn_reducer(struct learning *l)
{
    struct sample s = {.f = smp_feature_count(l->d->n_atoms), .n_threads = l->in->n_threads};
    struct smp_operator op;
    struct smp_svd_plan plan = {.k = SMP_DIM_MAX,
                                .rounds = PCA_ROUNDS,
                                .seed = l->in->seed,
                                .n_threads = l->in->n_threads,
                                .progress = l->in->progress,
                                .done = 0.8,
                                .what = "reducing codes to latents"};
    struct smp_svd svd = {0};
    double *mean = calloc(s.f, sizeof *mean);
    enum smp_status e;

    s.n = l->n_images < PCA_FLOATS_MAX / s.f ? l->n_images : PCA_FLOATS_MAX / s.f;
    s.x = malloc(s.n * s.f * sizeof(float));
    if (!mean || !s.x) {
        e = smp_fail_nomem();
        goto out;
    }
    e = sample_features(l, &s);
    if (e) goto out;
    subtract_mean(&s, mean);
    op = (struct smp_operator){s.n, s.f, sample_apply, sample_apply_t, &s};
    if (s.n > 1) e = smp_svd(&op, &plan, &svd);
    if (!e) e = set_reducer(l->d, &s, &svd, mean);
out:
    smp_svd_free(&svd);
    free(mean);
    free(s.x);
    return e;
}

/* -- the whole -------------------------------------------------------------------------------- */

static enum smp_status learn_from(struct learning *l)
{
    SMP_TRY(fetch_images(l));
    SMP_TRY(draw_patches(l));
    SMP_TRY(learn_whitener(l));
    SMP_TRY(whiten_patches(l));
    SMP_TRY(learn_atoms(l));
    SMP_TRY(learn_rebuild_scale(l));
    fold_whitener(l->d, l->p);
    SMP_TRY(smp_dictionary_pack_filters(l->d));
    /* The patches have done their work, and the reducer needs the room. */
    free(l->patches);
    free(l->responses);
    l->patches = l->responses = NULL;
    SMP_TRY(learn_reducer(l));
    return smp_dictionary_pack_reducer(l->d);
}

enum smp_status smp_dictionary_learn(const struct smp_train_images *in,
                                     struct smp_dictionary *d)
{
    const size_t wish = in->spec.channels == 1 ? ATOMS_GREY : ATOMS_COLOUR;
    const size_t can =
        in->n < PATCHES_MAX ? in->n * PATCHES_PER_IMAGE / PATCHES_PER_ATOM : wish;
    struct learning l = {.in = in, .d = d};
    enum smp_status e;

    *d = (struct smp_dictionary){.spec = in->spec, .n_atoms = wish < can ? wish : can};
    SMP_TRY(smp_dictionary_new(d));
    e = learn_from(&l);
    learning_free(&l);
    if (e) smp_dictionary_free(d);
    return e;
}
