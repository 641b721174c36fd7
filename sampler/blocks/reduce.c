#include "sampler/blocks/reduce.h"

#include "sampler/encoder.h"
#include "sampler/gemm.h"
#include "sampler/linalg.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 5 };

/* The products of all rows with each other: of few, wide rows they cost less than A and A^T again and
 * again. */
struct gram {
    const struct smp_reducer_in *in;
    float *of; /* (n, n); NULL when there are too many rows for it */
};

static void apply(const void *ctx, const float *q, size_t k, float *y)
{
    const struct smp_reducer_in *in = ((const struct gram *)ctx)->in;

    smp_gemm_threads(in->n_threads, (struct smp_gemm_shape){SMP_NN, in->n, k, in->f}, in->x, q,
                     y);
}

static void apply_t(const void *ctx, const float *y, size_t k, float *q)
{
    const struct smp_reducer_in *in = ((const struct gram *)ctx)->in;

    smp_gemm_threads(in->n_threads, (struct smp_gemm_shape){SMP_TN, in->f, k, in->n}, in->x, y,
                     q);
}

static void apply_both(const void *ctx, const float *y, size_t k, float *to)
{
    const struct gram *g = ctx;

    smp_gemm_threads(g->in->n_threads, (struct smp_gemm_shape){SMP_NN, g->in->n, k, g->in->n},
                     g->of, y, to);
}

static enum smp_status gram_make(const struct smp_reducer_in *in, struct gram *g)
{
    *g = (struct gram){.in = in};
    if (in->n > in->f || in->n > ROUNDS * in->dim) return SMP_OK;
    g->of = malloc((in->n * in->n + 1) * sizeof *g->of);
    if (!g->of) return smp_fail_nomem();
    smp_gemm_threads(in->n_threads, (struct smp_gemm_shape){SMP_NT, in->n, in->n, in->f}, in->x,
                     in->x, g->of);
    return SMP_OK;
}

static void centre(const struct smp_reducer_in *in, double *mean)
{
    for (size_t i = 0; i < in->n; i++)
        for (size_t j = 0; j < in->f; j++)
            mean[j] += (double)in->x[i * in->f + j] / (double)in->n;
    for (size_t i = 0; i < in->n; i++)
        for (size_t j = 0; j < in->f; j++)
            in->x[i * in->f + j] -= (float)mean[j];
}

static enum smp_status pack_axes(struct smp_reducer *r)
{
    r->packed = malloc(smp_packed_floats(r->dim, r->f) * sizeof(float));
    if (!r->packed) return smp_fail_nomem();
    smp_pack(r->axes, r->dim, r->f, r->packed);
    return SMP_OK;
}

static enum smp_status set_reducer(const struct smp_reducer_in *in, const struct smp_svd *svd,
                                   const double *mean, struct smp_reducer *out)
{
    double variance = 0;
    double scale;

    *out = (struct smp_reducer){.f = in->f, .dim = svd->k ? svd->k : 1};
    for (size_t i = 0; i < svd->k; i++)
        variance += svd->s[i] * svd->s[i] / (double)in->n;
    scale = variance > 0 ? 1 / sqrt(variance / (double)out->dim) : 1;
    out->axes = calloc(out->dim * in->f, sizeof(float));
    out->bias = calloc(out->dim, sizeof(float));
    if (!out->axes || !out->bias) {
        smp_reducer_free(out);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < svd->k * in->f; i++)
        out->axes[i] = (float)((double)svd->v[i] * scale);
    smp_round_to_halves(out->axes, out->dim * in->f);
    for (size_t i = 0; i < svd->k; i++) {
        double bias = 0;
        for (size_t j = 0; j < in->f; j++)
            bias -= (double)out->axes[i * in->f + j] * mean[j];
        out->bias[i] = (float)bias;
    }
    return pack_axes(out);
}

enum smp_status smp_reducer_learn(const struct smp_reducer_in *in, struct smp_reducer *out)
{
    struct gram gram;
    struct smp_operator op = {
        .rows = in->n, .cols = in->f, .apply = apply, .apply_t = apply_t, .ctx = &gram};
    const struct smp_svd_plan plan = {.k = in->dim,
                                      .rounds = ROUNDS,
                                      .seed = in->seed,
                                      .n_threads = in->n_threads,
                                      .progress = in->progress,
                                      .done = 0.5,
                                      .what = "finding axes"};
    struct smp_svd svd = {0};
    double *mean = calloc(in->f, sizeof *mean);
    enum smp_status e = SMP_OK;

    if (!mean) return smp_fail_nomem();
    centre(in, mean);
    e = gram_make(in, &gram);
    if (gram.of) op.apply_both = apply_both;
    if (!e && in->n > 1) e = smp_svd(&op, &plan, &svd);
    if (!e) e = set_reducer(in, &svd, mean, out);
    smp_svd_free(&svd);
    free(gram.of);
    free(mean);
    return e;
}

void smp_reducer_free(struct smp_reducer *r)
{
    free(r->axes);
    free(r->bias);
    free(r->packed);
    *r = (struct smp_reducer){0};
}

void smp_reducer_apply(const struct smp_reducer *r, const float *x, size_t rows, float *z)
{
    smp_gemm_steady(rows, r->dim, r->f, x, r->packed, z);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < r->dim; j++)
            z[i * r->dim + j] += r->bias[j];
}

void smp_reducer_put(const struct smp_reducer *r, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)r->dim);
    smp_put_halves(w, r->axes, r->dim * r->f);
    smp_put_floats(w, r->bias, r->dim);
}

enum smp_status smp_reducer_take(struct smp_reader *r, struct smp_reducer *out)
{
    out->dim = smp_take_u32(r);
    if (r->failed || out->dim < 1 || out->dim > SMP_DIM_MAX)
        return smp_fail(SMP_CORRUPT, "a block of %zu numbers; 1 to %d are possible", out->dim,
                        SMP_DIM_MAX);
    out->axes = smp_take_halves(r, out->dim * out->f);
    out->bias = smp_take_floats(r, out->dim);
    if (out->axes && out->bias && !r->failed) return pack_axes(out);
    smp_reducer_free(out);
    return smp_fail(SMP_CORRUPT, "the axes of a block are damaged or cut short");
}
