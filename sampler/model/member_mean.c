#include "sampler/model/kinds.h"

#include <stdlib.h>
#include <string.h>

/* Of the labelled items' variance: below it answers are too sure at one label a class. */
static const double CLOUD_SHARE = 0.25;

struct means {
    size_t k, d;
    double *sum_yes, *sum_no; /* (k, d) of the items that say so; one answer: yes alone */
    size_t *yes;              /* (k) */
    uint32_t *class;
    float *weights, *bias, *constant;
    double variance;
};

static void means_free(struct means *m)
{
    free(m->sum_yes);
    free(m->sum_no);
    free(m->yes);
    free(m->class);
    free(m->weights);
    free(m->bias);
    free(m->constant);
}

static enum smp_status means_new(struct means *m, size_t k, size_t d)
{
    *m = (struct means){.k = k, .d = d};
    m->sum_yes = calloc(k * d + 1, sizeof *m->sum_yes);
    m->sum_no = calloc(k * d + 1, sizeof *m->sum_no);
    m->yes = calloc(k + 1, sizeof *m->yes);
    m->class = calloc(k + 1, sizeof *m->class);
    m->weights = calloc(k * d + 1, sizeof *m->weights);
    m->bias = calloc(k + 1, sizeof *m->bias);
    m->constant = calloc(k + 1, sizeof *m->constant);
    return m->sum_yes && m->sum_no && m->yes && m->class && m->weights && m->bias && m->constant
               ? SMP_OK
               : smp_fail_nomem();
}

static void add_to(double *sum, const float *x, size_t d)
{
    for (size_t j = 0; j < d; j++)
        sum[j] += (double)x[j];
}

static void sum_up(struct means *m, const struct smp_labels *l, const float *x)
{
    for (size_t i = 0; i < l->n; i++) {
        const float *xi = x + i * m->d;
        for (size_t c = 0; c < m->k; c++) {
            const bool yes = l->y ? l->y[i] == (int32_t)c : l->y_nc[i * m->k + c] != 0;
            m->yes[c] += yes;
            if (yes)
                add_to(m->sum_yes + c * m->d, xi, m->d);
            else if (!l->y)
                add_to(m->sum_no + c * m->d, xi, m->d);
        }
    }
}

/* Adds a mean's share of the score to weights and bias: `sign` (x.m - |m|^2 / 2) / variance. */
static void add_mean(struct means *m, size_t row, const double *sum, size_t n, double sign)
{
    const double unit = sign / m->variance;
    double square = 0;

    for (size_t j = 0; j < m->d; j++) {
        const double mean = sum[j] / (double)n;
        m->weights[row * m->d + j] += (float)(unit * mean);
        square += mean * mean;
    }
    m->bias[row] -= (float)(unit * square / 2);
}

enum smp_status smp_mean_fit(const struct smp_member_in *in, struct smp_head **out)
{
    const struct smp_labels *l = &in->labels;
    struct smp_head_parts parts = {
        .link = l->y ? SMP_SOFTMAX : SMP_SIGMOID, .d = in->d, .n_classes = l->n_classes};
    float *x = malloc((l->n * in->d + 1) * sizeof *x);
    struct means m;
    enum smp_status e = means_new(&m, l->n_classes, in->d);

    if (!e) e = x ? smp_gather_labelled(in, x) : smp_fail_nomem();
    if (e) goto out;
    sum_up(&m, l, x);
    m.variance = CLOUD_SHARE * smp_variance(x, l->n, in->d);
    if (!(m.variance > 0)) m.variance = 1; /* one item, or equal ones */
    for (size_t c = 0; c < m.k; c++) {
        const double *yes = m.sum_yes + c * m.d;
        const double *no = m.sum_no + c * m.d;
        if (!m.yes[c]) continue;
        if (!l->y && m.yes[c] == l->n) {
            m.constant[c] = (float)((double)(l->n + 1) / (double)(l->n + 2));
            continue;
        }
        m.class[parts.n_fitted] = (uint32_t)c;
        add_mean(&m, parts.n_fitted, yes, m.yes[c], 1);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): means_free() frees what m holds */
        if (!l->y) add_mean(&m, parts.n_fitted, no, l->n - m.yes[c], -1);
        parts.n_fitted++;
    }
    parts.class = m.class;
    parts.weights = m.weights;
    parts.bias = m.bias;
    parts.constant = m.constant;
    e = smp_head_assemble(&parts, out);
out:
    means_free(&m);
    free(x);
    return e;
}
