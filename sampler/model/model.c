#include "sampler/model/inside.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 256 }; /* rows answered by one piece of work */

void smp_model_free(struct smp_model *model)
{
    if (!model) return;
    for (size_t m = 0; m < model->recipe.n_members; m++)
        smp_fitted_free(model->fitted[m]);
    free(model);
}

bool smp_model_is_trained(const struct smp_model *model)
{
    for (size_t m = 0; m < model->recipe.n_members; m++)
        if (smp_fitted_is_trained(model->fitted[m])) return true;
    return false;
}

size_t smp_model_classes(const struct smp_model *model)
{
    return model->n_classes;
}

const struct smp_recipe *smp_model_recipe(const struct smp_model *model)
{
    return &model->recipe;
}

uint64_t smp_model_hash(const struct smp_model *model)
{
    return model->hash;
}

/* -- fitting ---------------------------------------------------------------------------------- */

struct fit {
    const struct smp_model_in *in;
    struct smp_model *model;
    struct smp_told told[SMP_MEMBERS_MAX];
};

static void fit_member(void *ctx, size_t m, unsigned thread)
{
    struct fit *fit = ctx;
    const struct smp_features *f = fit->in->features;
    const struct smp_member *member = &fit->model->recipe.member[m];
    const struct smp_member_in in = {
        .kind = member->kind,
        .z = f->part[member->part],
        .n = f->n,
        .d = f->d[member->part],
        .is_latent = member->part == 0,
        .labels = fit->in->labels,
        .seed = fit->in->seed,
        .n_threads = fit->model->recipe.n_members > 1 ? 1 : fit->in->n_threads};

    (void)thread;
    fit->told[m] = smp_told_here(smp_fitted_new(&in, &fit->model->fitted[m]));
}

enum smp_status smp_model_fit(const struct smp_model_in *in, const struct smp_recipe *recipe,
                              struct smp_model **out)
{
    struct smp_model *model;
    struct fit fit = {.in = in};
    enum smp_status e = SMP_OK;

    *out = NULL;
    SMP_TRY(smp_recipe_check(recipe, in->features->n_parts));
    model = calloc(1, sizeof *model);
    if (!model) return smp_fail_nomem();
    model->recipe = *recipe;
    model->n_classes = in->labels.n_classes;
    model->several = in->labels.y_nc != NULL;
    fit.model = model;
    smp_parallel(in->n_threads, recipe->n_members, fit_member, &fit);
    for (size_t m = 0; m < recipe->n_members && !e; m++)
        e = smp_tell(&fit.told[m]);
    if (!e) e = smp_model_name(model);
    if (e) {
        smp_model_free(model);
        return e;
    }
    *out = model;
    return SMP_OK;
}

/* -- predicting ------------------------------------------------------------------------------- */

struct predict {
    const struct smp_model *model;
    const struct smp_features *features;
    const size_t *row; /* NULL: rows 0..n-1 */
    size_t n;
    float *p, *work;       /* work: (threads, BLOCK_ROWS, n_classes) */
    struct smp_told *told; /* (threads): the last failure of each */
};

/* One member's answers, unscaled, are the model's. */
static bool is_plain(const struct smp_recipe *r)
{
    return r->n_members == 1 && !(r->temperature < 1 || r->temperature > 1);
}

static enum smp_status answer(const struct predict *job, size_t m, size_t first, size_t n,
                              float *p)
{
    const uint32_t part = job->model->recipe.member[m].part;
    const float *z = job->features->part[part];

    if (job->row) return smp_fitted_predict(job->model->fitted[m], z, job->row + first, n, p);
    return smp_fitted_predict(job->model->fitted[m], z + first * job->features->d[part], NULL,
                              n, p);
}

/* Logarithms to shares, over one class set; the largest of them gives at least 1. */
static void to_shares(float *log_p, size_t n)
{
    float high = log_p[0];
    float sum = 0;

    for (size_t c = 1; c < n; c++)
        high = log_p[c] > high ? log_p[c] : high;
    for (size_t c = 0; c < n; c++)
        sum += log_p[c] = expf(log_p[c] - high);
    for (size_t c = 0; c < n; c++)
        log_p[c] /= sum;
}

/* Evidence of all members, weighed, then back to probabilities. */
static enum smp_status mix(const struct predict *job, size_t first, size_t n, float *q,
                           float *p)
{
    const struct smp_model *model = job->model;
    const struct smp_recipe *recipe = &model->recipe;
    const size_t k = model->n_classes;

    memset(p, 0, n * k * sizeof *p);
    for (size_t m = 0; m < recipe->n_members; m++) {
        const float weight = recipe->member[m].weight * recipe->temperature;
        SMP_TRY(answer(job, m, first, n, q));
        if (model->several)
            smp_evidence_several(q, n * k);
        else
            smp_evidence_one(q, n * k);
        for (size_t i = 0; i < n * k; i++)
            p[i] += weight * q[i];
    }
    for (size_t i = 0; i < n && !model->several; i++)
        to_shares(p + i * k, k);
    for (size_t i = 0; i < n * k && model->several; i++)
        p[i] = 1 / (1 + expf(-p[i]));
    return SMP_OK;
}

static void predict_block(void *ctx, size_t block, unsigned thread)
{
    const struct predict *job = ctx;
    const size_t k = job->model->n_classes;
    const size_t first = block * BLOCK_ROWS;
    const size_t n = job->n - first < BLOCK_ROWS ? job->n - first : BLOCK_ROWS;
    float *p = job->p + first * k;
    const enum smp_status e =
        is_plain(&job->model->recipe)
            ? answer(job, 0, first, n, p)
            : mix(job, first, n, job->work + (size_t)thread * BLOCK_ROWS * k, p);

    if (e) job->told[thread] = smp_told_here(e);
}

static enum smp_status check_features(const struct smp_model *model,
                                      const struct smp_features *f)
{
    for (size_t m = 0; m < model->recipe.n_members; m++) {
        const uint32_t part = model->recipe.member[m].part;
        const size_t d = smp_fitted_dim(model->fitted[m]);
        if (part >= f->n_parts)
            return smp_fail(SMP_INVALID,
                            "the model reads part %u of the features, which have %zu", part,
                            f->n_parts);
        if (f->d[part] != d)
            return smp_fail(SMP_INVALID,
                            "part %u of the features has %zu numbers, and the model was fitted "
                            "to %zu",
                            part, f->d[part], d);
    }
    return SMP_OK;
}

static enum smp_status predict(struct predict *job, unsigned n_threads)
{
    const unsigned threads = smp_threads(n_threads);
    const size_t each = BLOCK_ROWS * job->model->n_classes;
    enum smp_status e = SMP_OK;

    SMP_TRY(check_features(job->model, job->features));
    job->work = malloc(threads * each * sizeof *job->work);
    job->told = calloc(threads, sizeof *job->told);
    if (!job->work || !job->told) e = smp_fail_nomem();
    if (!e) {
        smp_parallel(threads, (job->n + BLOCK_ROWS - 1) / BLOCK_ROWS, predict_block, job);
        for (unsigned t = 0; t < threads && !e; t++)
            e = smp_tell(&job->told[t]);
    }
    free(job->work);
    free(job->told);
    return e;
}

enum smp_status smp_model_predict(const struct smp_model *model,
                                  const struct smp_features *features, unsigned n_threads,
                                  float *p)
{
    struct predict job = {.model = model, .features = features, .n = features->n};

    job.p = p;
    return predict(&job, n_threads);
}

enum smp_status smp_model_predict_rows(const struct smp_model *model,
                                       const struct smp_features *features, const size_t *row,
                                       size_t n_rows, unsigned n_threads, float *p)
{
    struct predict job = {.model = model, .features = features, .row = row, .n = n_rows};

    job.p = p;
    for (size_t i = 0; i < n_rows; i++)
        assert(row[i] < features->n);
    return predict(&job, n_threads);
}
