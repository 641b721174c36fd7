#include "sampler/head_loss.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>

enum {
    ROWS_MIN = 256, /* of a block; the number of blocks depends on n alone */
    BLOCKS_MAX = 64 /* which bounds the memory of the partial gradients */
};

enum smp_status smp_loss_begin(struct smp_loss *l)
{
    l->rows_each = (l->n + BLOCKS_MAX - 1) / BLOCKS_MAX;
    if (l->rows_each < ROWS_MIN) l->rows_each = ROWS_MIN;
    l->n_blocks = (l->n + l->rows_each - 1) / l->rows_each;
    l->w = malloc((l->k * l->d + l->k) * sizeof *l->w);
    l->residual = malloc((l->n * l->k + 1) * sizeof *l->residual);
    l->parts = malloc((l->n_blocks * l->k * (l->d + 1) + 1) * sizeof *l->parts);
    l->losses = malloc((l->n_blocks + 1) * sizeof *l->losses);
    if (l->w && l->residual && l->parts && l->losses) return SMP_OK;
    smp_loss_end(l);
    return smp_fail_nomem();
}

void smp_loss_end(struct smp_loss *l)
{
    free(l->w);
    free(l->residual);
    free(l->parts);
    free(l->losses);
    l->w = l->residual = l->parts = NULL;
    l->losses = NULL;
}

/* e^x for a difference of scores, which may be far below what smp_exp_negative takes. */
static float exp_score(float x)
{
    return x > -88 ? smp_exp_negative(x) : 0;
}

/* row (k) <- probabilities; returns the logarithm of their normaliser less the largest score. */
static float softmax_row(float *row, size_t k, float *largest)
{
    float sum = 0;

    *largest = row[0];
    for (size_t j = 1; j < k; j++)
        *largest = row[j] > *largest ? row[j] : *largest;
    for (size_t j = 0; j < k; j++) {
        row[j] = exp_score(row[j] - *largest);
        sum += row[j];
    }
    for (size_t j = 0; j < k; j++)
        row[j] /= sum;
    return logf(sum);
}

static float sigmoid(float score)
{
    const float t = exp_score(-fabsf(score));

    return score >= 0 ? 1 / (1 + t) : t / (1 + t);
}

/* residual <- w (p - target); the loss of the row. */
static double softmax_loss(const struct smp_loss *l, size_t i, float *row)
{
    const size_t y = l->target[i];
    const float w = l->weight[y];
    const float score = row[y];
    float largest;
    const float log_sum = softmax_row(row, l->k, &largest);

    for (size_t j = 0; j < l->k; j++)
        row[j] *= w;
    row[y] -= w;
    return (double)w * ((double)largest + (double)log_sum - (double)score);
}

static double sigmoid_loss(const struct smp_loss *l, size_t i, float *row)
{
    double loss = 0;

    for (size_t j = 0; j < l->k; j++) {
        const int y = l->target_nk[i * l->k + j] != 0;
        const float w = l->weight[(size_t)y * l->k + j];
        const float score = y ? row[j] : -row[j];
        /* ln(1 + e^-s), without overflow. */
        loss +=
            (double)w * ((double)(score < 0 ? -score : 0) + log1p(exp(-fabs((double)score))));
        row[j] = w * (sigmoid(row[j]) - (float)y);
    }
    return loss;
}

static void loss_block(void *ctx, size_t block, unsigned thread)
{
    struct smp_loss *l = ctx;
    const size_t first = block * l->rows_each;
    const size_t m = l->n - first < l->rows_each ? l->n - first : l->rows_each;
    const float *x = l->x + first * l->d;
    const float *bias = l->w + l->k * l->d;
    float *residual = l->residual + first * l->k;
    float *part = l->parts + block * l->k * (l->d + 1);
    float *part_bias = part + l->k * l->d;
    double loss = 0;

    (void)thread;
    smp_gemm((struct smp_gemm_shape){SMP_NT, m, l->k, l->d}, x, l->w, residual);
    for (size_t i = 0; i < m; i++) {
        float *row = residual + i * l->k;
        for (size_t j = 0; j < l->k; j++)
            row[j] += bias[j];
        loss += l->link == SMP_SOFTMAX ? softmax_loss(l, first + i, row)
                                       : sigmoid_loss(l, first + i, row);
    }
    l->losses[block] = loss;
    smp_gemm((struct smp_gemm_shape){SMP_TN, l->k, l->d, m}, residual, x, part);
    memset(part_bias, 0, l->k * sizeof *part_bias);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < l->k; j++)
            part_bias[j] += residual[i * l->k + j];
}

double smp_loss_value(void *loss, const double *parameters, double *gradient)
{
    struct smp_loss *l = loss;
    const size_t weights = l->k * l->d;
    const size_t all = weights + l->k;
    double value = 0;

    for (size_t i = 0; i < all; i++)
        l->w[i] = (float)parameters[i];
    smp_parallel(l->n_threads, l->n_blocks, loss_block, l);
    for (size_t i = 0; i < weights; i++) {
        value += parameters[i] * parameters[i] / (2 * l->c);
        gradient[i] = parameters[i] / l->c;
    }
    for (size_t i = weights; i < all; i++)
        gradient[i] = 0;
    for (size_t b = 0; b < l->n_blocks; b++) {
        value += l->losses[b];
        for (size_t i = 0; i < all; i++)
            gradient[i] += (double)l->parts[b * all + i];
    }
    return value;
}

void smp_link_apply(enum smp_link link, float *scores, size_t n, size_t k)
{
    float largest;

    for (size_t i = 0; i < n && link == SMP_SOFTMAX && k; i++)
        softmax_row(scores + i * k, k, &largest);
    for (size_t i = 0; i < n * k && link == SMP_SIGMOID; i++)
        scores[i] = sigmoid(scores[i]);
}
