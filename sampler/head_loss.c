#include "sampler/head_loss.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_AT_ONCE = 64, /* whose exponentials are taken together */
    ROWS_MIN = 256,    /* of a block; the number of blocks depends on n alone */
    BLOCKS_MAX = 64    /* which bounds the memory of the partial gradients */
};

static const float LEAST_SCORE = -1000; /* e^ of it is 0 */

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

SMP_KERNEL
static void exp_all(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = smp_exp_negative(x[i]);
}

/* scores (n, k) <- e^(score - the row's largest); largest (n), sum (n) of them. The exponentials run over
 * all rows at once, so that a few classes fill the vectors as well as many do. */
static void exponentials(float *restrict scores, size_t n, size_t k, float *restrict largest,
                         float *restrict sum)
{
    for (size_t i = 0; i < n; i++) {
        float *row = scores + i * k;
        float most = row[0];

        for (size_t j = 1; j < k; j++)
            most = row[j] > most ? row[j] : most;
        for (size_t j = 0; j < k; j++)
            row[j] = row[j] - most > LEAST_SCORE ? row[j] - most : LEAST_SCORE;
        largest[i] = most;
    }
    exp_all(scores, n * k);
    for (size_t i = 0; i < n; i++) {
        sum[i] = 0;
        for (size_t j = 0; j < k; j++)
            sum[i] += scores[i * k + j];
    }
}

static float sigmoid(float score)
{
    const float x = -fabsf(score);
    const float t = x > -88 ? smp_exp_negative(x) : 0;

    return score >= 0 ? 1 / (1 + t) : t / (1 + t);
}

/* residual (n, k) of scores <- w (p - target), for at most ROWS_AT_ONCE rows from `first`; their loss. */
static double softmax_loss(const struct smp_loss *l, size_t first, size_t n, float *residual)
{
    float score[ROWS_AT_ONCE];
    float largest[ROWS_AT_ONCE];
    float sum[ROWS_AT_ONCE];
    double loss = 0;

    for (size_t i = 0; i < n; i++)
        score[i] = residual[i * l->k + l->target[first + i]];
    exponentials(residual, n, l->k, largest, sum);
    for (size_t i = 0; i < n; i++) {
        const size_t y = l->target[first + i];
        const float w = l->weight[y];
        const float scale = w / sum[i];
        float *row = residual + i * l->k;

        for (size_t j = 0; j < l->k; j++)
            row[j] *= scale;
        row[y] -= w;
        loss += (double)w * ((double)largest[i] + (double)logf(sum[i]) - (double)score[i]);
    }
    return loss;
}

static double sigmoid_loss(const struct smp_loss *l, size_t first, size_t n, float *residual)
{
    double loss = 0;

    for (size_t i = 0; i < n * l->k; i++) {
        const int y = l->target_nk[first * l->k + i] != 0;
        const float w = l->weight[(size_t)y * l->k + i % l->k];
        const float score = y ? residual[i] : -residual[i];
        /* ln(1 + e^-s), without overflow. */
        loss +=
            (double)w * ((double)(score < 0 ? -score : 0) + log1p(exp(-fabs((double)score))));
        residual[i] = w * (sigmoid(residual[i]) - (float)y);
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
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < l->k; j++)
            residual[i * l->k + j] += bias[j];
    for (size_t i = 0; i < m; i += ROWS_AT_ONCE) {
        const size_t rows = m - i < ROWS_AT_ONCE ? m - i : ROWS_AT_ONCE;

        loss += l->link == SMP_SOFTMAX ? softmax_loss(l, first + i, rows, residual + i * l->k)
                                       : sigmoid_loss(l, first + i, rows, residual + i * l->k);
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
    float largest[ROWS_AT_ONCE];
    float sum[ROWS_AT_ONCE];

    for (size_t i = 0; i < n && link == SMP_SOFTMAX && k; i += ROWS_AT_ONCE) {
        const size_t rows = n - i < ROWS_AT_ONCE ? n - i : ROWS_AT_ONCE;
        float *p = scores + i * k;

        exponentials(p, rows, k, largest, sum);
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < k; j++)
                p[r * k + j] /= sum[r];
    }
    for (size_t i = 0; i < n * k && link == SMP_SIGMOID; i++)
        scores[i] = sigmoid(scores[i]);
}
