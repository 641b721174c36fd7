#include "sampler/blocks/mixture.h"

#include "sampler/gemm.h"
#include "sampler/rng.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 1024,
    KMEANS_ROUNDS = 10,
    EM_ROUNDS = 20,
    ROWS_PER_COMPONENT = 8,
    STREAM_CENTRES = 0x6d697874
};

/* Below this a variance would make a component a spike: scikit-learn's reg_covar times ten, root
 * descriptors have length 1. */
static const double VARIANCE_MIN = 1e-5;

/* -- memory ----------------------------------------------------------------------------------- */

static enum smp_status mixture_new(struct smp_mixture *m)
{
    m->weight = calloc(m->k, sizeof(float));
    m->mean = calloc(m->k * m->d, sizeof(float));
    m->variance = calloc(m->k * m->d, sizeof(float));
    m->slope = calloc(m->k * 2 * m->d, sizeof(float));
    m->offset = calloc(m->k, sizeof(float));
    if (m->weight && m->mean && m->variance && m->slope && m->offset) return SMP_OK;
    smp_mixture_free(m);
    return smp_fail_nomem();
}

void smp_mixture_free(struct smp_mixture *m)
{
    free(m->weight);
    free(m->mean);
    free(m->variance);
    free(m->slope);
    free(m->offset);
    *m = (struct smp_mixture){0};
}

/* -- shares ----------------------------------------------------------------------------------- */

void smp_mixture_rows(const float *y, size_t n, size_t d, float *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            x[i * 2 * d + j] = y[i * d + j];
            x[i * 2 * d + d + j] = y[i * d + j] * y[i * d + j];
        }
    }
}

/* One row of logarithms to shares. Maximum and sum run over 16 lanes, which vectors can hold. */
SMP_KERNEL
static void soften(float *restrict q, const float *restrict offset, size_t k)
{
    const size_t whole = k - k % SMP_LANES;
    float lane[SMP_LANES];
    float high;
    float sum = 0;

    for (size_t l = 0; l < SMP_LANES; l++)
        lane[l] = -HUGE_VALF;
    for (size_t i = 0; i < k; i++)
        q[i] += offset[i];
    for (size_t i = 0; i < whole; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] = q[i + l] > lane[l] ? q[i + l] : lane[l];
    high = k > whole ? q[whole] : lane[0];
    for (size_t i = whole; i < k; i++)
        high = q[i] > high ? q[i] : high;
    for (size_t l = 0; l < SMP_LANES; l++) {
        high = lane[l] > high ? lane[l] : high;
        lane[l] = 0;
    }
    /* A model file may hold any numbers: what is too far for the exponential (or no number) is none. */
    for (size_t i = 0; i < k; i++)
        q[i] = q[i] - high > -1000 ? q[i] - high : -1000;
    for (size_t i = 0; i < k; i++)
        q[i] = smp_exp_negative(q[i]);
    for (size_t i = 0; i < whole; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] += q[i + l];
    for (size_t i = whole; i < k; i++)
        sum += q[i];
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    sum = 1 / sum;
    for (size_t i = 0; i < k; i++)
        q[i] *= sum;
}

void smp_mixture_shares(const struct smp_mixture *m, const float *x, size_t n, float *q)
{
    smp_gemm((struct smp_gemm_shape){SMP_NT, n, m->k, 2 * m->d}, x, m->slope, q);
    for (size_t i = 0; i < n; i++)
        soften(q + i * m->k, m->offset, m->k);
}

/* The whole row to its best component: what k-means does. */
static void harden(float *q, const float *offset, size_t k)
{
    size_t best = 0;

    for (size_t i = 1; i < k; i++)
        if (q[i] + offset[i] > q[best] + offset[best]) best = i;
    memset(q, 0, k * sizeof *q);
    q[best] = 1;
}

/* -- learning --------------------------------------------------------------------------------- */

enum assignment { HARD, SOFT };

struct round {
    const struct smp_mixture_in *in;
    const struct smp_mixture *m;
    enum assignment assignment;
    float *q;     /* (threads, BLOCK, k) */
    float *count; /* (blocks, k) */
    float *sum;   /* (blocks, k, 2d) */
};

static void sums_of_block(void *ctx, size_t piece, unsigned thread)
{
    const struct round *r = ctx;
    const size_t k = r->m->k;
    const size_t width = 2 * r->m->d;
    const size_t first = piece * BLOCK;
    const size_t n = r->in->n - first < BLOCK ? r->in->n - first : BLOCK;
    const float *x = r->in->x + first * width;
    float *q = r->q + (size_t)thread * BLOCK * k;
    float *count = r->count + piece * k;

    if (r->assignment == SOFT) {
        smp_mixture_shares(r->m, x, n, q);
    } else {
        smp_gemm((struct smp_gemm_shape){SMP_NT, n, k, width}, x, r->m->slope, q);
        for (size_t i = 0; i < n; i++)
            harden(q + i * k, r->m->offset, k);
    }
    memset(count, 0, k * sizeof *count);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++)
            count[c] += q[i * k + c];
    smp_gemm((struct smp_gemm_shape){SMP_TN, k, width, n}, q, x, r->sum + piece * k * width);
}

/* Sum of one coordinate of component c over the rows and their mirror images. `j` counts squares
 * behind coordinates. */
static double folded(const struct round *r, size_t n_blocks, size_t c, size_t j)
{
    const size_t k = r->m->k;
    const size_t d = r->m->d;
    const size_t pair = (c + k / 2) % k;
    const int odd = j < d && j >= r->m->n_even;
    double own = 0;
    double other = 0;

    for (size_t b = 0; b < n_blocks; b++) {
        own += (double)r->sum[(b * k + c) * 2 * d + j];
        other += (double)r->sum[(b * k + pair) * 2 * d + j];
    }
    return odd ? own - other : own + other;
}

/* Weight, mean and variance of component c from the folded sums. One that nobody belongs to stays
 * as it is, with the weight of a single row. */
static void move_component(const struct round *r, struct smp_mixture *m, size_t n_blocks,
                           size_t c)
{
    const size_t d = m->d;
    const size_t k = m->k;
    double count = 0;

    for (size_t b = 0; b < n_blocks; b++)
        count += (double)r->count[b * k + c] + (double)r->count[b * k + (c + k / 2) % k];
    m->weight[c] = (float)(fmax(count / 2, 1) / (double)r->in->n);
    if (count < 1) return;
    for (size_t j = 0; j < d; j++) {
        const double mean = folded(r, n_blocks, c, j) / count;
        const double square = folded(r, n_blocks, c, d + j) / count;
        m->mean[c * d + j] = (float)mean;
        m->variance[c * d + j] = (float)(fmax(square - mean * mean, 0) + VARIANCE_MIN);
    }
}

static void mirror_component(struct smp_mixture *m, size_t c)
{
    const size_t d = m->d;
    const size_t pair = c + m->k / 2;

    m->weight[pair] = m->weight[c];
    memcpy(m->variance + pair * d, m->variance + c * d, d * sizeof(float));
    for (size_t j = 0; j < d; j++)
        m->mean[pair * d + j] = j < m->n_even ? m->mean[c * d + j] : -m->mean[c * d + j];
}

/* Distances for k-means: x . mean - |mean|^2 / 2, largest where the distance is smallest. */
static void set_distance(struct smp_mixture *m)
{
    const size_t d = m->d;

    for (size_t c = 0; c < m->k; c++) {
        double length2 = 0;
        for (size_t j = 0; j < d; j++) {
            const float mean = m->mean[c * d + j];
            m->slope[c * 2 * d + j] = mean;
            m->slope[c * 2 * d + d + j] = 0;
            length2 += (double)mean * (double)mean;
        }
        m->offset[c] = (float)(-length2 / 2);
    }
}

/* Logarithms of weight times density, without the term common to all components. */
static void set_density(struct smp_mixture *m)
{
    const size_t d = m->d;

    for (size_t c = 0; c < m->k; c++) {
        double offset = log((double)m->weight[c]);
        for (size_t j = 0; j < d; j++) {
            const double mean = (double)m->mean[c * d + j];
            const double variance = (double)m->variance[c * d + j];
            m->slope[c * 2 * d + j] = (float)(mean / variance);
            m->slope[c * 2 * d + d + j] = (float)(-0.5 / variance);
            offset -= 0.5 * (log(variance) + mean * mean / variance);
        }
        m->offset[c] = (float)offset;
    }
}

static void one_round(struct round *r, struct smp_mixture *m)
{
    const size_t n_blocks = (r->in->n + BLOCK - 1) / BLOCK;

    smp_parallel(r->in->n_threads, n_blocks, sums_of_block, r);
    for (size_t c = 0; c < m->k / 2; c++) {
        move_component(r, m, n_blocks, c);
        mirror_component(m, c);
    }
}

/* Half the centres are rows drawn by seed, the other half their mirror images. */
static enum smp_status first_centres(const struct smp_mixture_in *in, struct smp_mixture *m)
{
    const size_t d = m->d;
    const size_t half = m->k / 2;
    size_t *row = malloc(half * sizeof *row);
    struct smp_rng rng;

    if (!row) return smp_fail_nomem();
    smp_rng_seed(&rng, in->seed, STREAM_CENTRES);
    smp_rng_subset(&rng, in->n, half, row);
    for (size_t c = 0; c < half; c++) {
        memcpy(m->mean + c * d, in->x + row[c] * 2 * d, d * sizeof(float));
        for (size_t j = 0; j < d; j++)
            m->variance[c * d + j] = 1;
        mirror_component(m, c);
    }
    free(row);
    return SMP_OK;
}

static enum smp_status run_rounds(const struct smp_mixture_in *in, struct smp_mixture *m)
{
    const size_t n_blocks = (in->n + BLOCK - 1) / BLOCK;
    struct round r = {.in = in, .m = m};
    enum smp_status e = SMP_OK;

    r.q = malloc((size_t)smp_threads(in->n_threads) * BLOCK * m->k * sizeof(float));
    r.count = malloc(n_blocks * m->k * sizeof(float));
    r.sum = malloc(n_blocks * m->k * 2 * m->d * sizeof(float));
    if (!r.q || !r.count || !r.sum) {
        e = smp_fail_nomem();
        goto out;
    }
    for (int i = 0; i < KMEANS_ROUNDS + EM_ROUNDS && !e; i++) {
        e = smp_report(in->progress, (double)i / (KMEANS_ROUNDS + EM_ROUNDS),
                       "learning a mixture");
        if (e) break;
        r.assignment = i < KMEANS_ROUNDS ? HARD : SOFT;
        if (r.assignment == HARD) {
            set_distance(m);
        } else {
            set_density(m);
        }
        one_round(&r, m);
    }
    set_density(m);
out:
    free(r.q);
    free(r.count);
    free(r.sum);
    return e;
}

enum smp_status smp_mixture_learn(const struct smp_mixture_in *in, struct smp_mixture *out)
{
    const size_t can = in->n / ROWS_PER_COMPONENT / 2 * 2;
    struct smp_mixture m = {.k = in->k < can ? in->k : can, .d = in->d, .n_even = in->n_even};
    enum smp_status e;

    if (m.k < 2)
        return smp_fail(SMP_INVALID, "%zu descriptors are too few to learn from; %d are needed",
                        in->n, 2 * ROWS_PER_COMPONENT);
    SMP_TRY(mixture_new(&m));
    e = first_centres(in, &m);
    if (!e) e = run_rounds(in, &m);
    if (e) {
        smp_mixture_free(&m);
        return e;
    }
    *out = m;
    return SMP_OK;
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_mixture_put(const struct smp_mixture *m, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)m->k);
    smp_put_floats(w, m->weight, m->k);
    smp_put_floats(w, m->mean, m->k * m->d);
    smp_put_floats(w, m->variance, m->k * m->d);
}

static int all_positive(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] > 0)) return 0;
    return 1;
}

/* `d` and `n_even` are set by the caller. */
enum smp_status smp_mixture_take(struct smp_reader *r, struct smp_mixture *m)
{
    const size_t d = m->d;

    m->k = smp_take_u32(r);
    if (r->failed || m->k < 2 || m->k > SMP_COMPONENTS_MAX || m->k % 2)
        return smp_fail(SMP_CORRUPT, "a mixture of %zu components", m->k);
    m->weight = smp_take_floats(r, m->k);
    m->mean = smp_take_floats(r, m->k * d);
    m->variance = smp_take_floats(r, m->k * d);
    m->slope = calloc(m->k * 2 * d, sizeof(float));
    m->offset = calloc(m->k, sizeof(float));
    if (!m->weight || !m->mean || !m->variance || !m->slope || !m->offset || r->failed ||
        !all_positive(m->weight, m->k) || !all_positive(m->variance, m->k * d)) {
        smp_mixture_free(m);
        return smp_fail(SMP_CORRUPT, "the mixture of descriptors is damaged or cut short");
    }
    set_density(m);
    return SMP_OK;
}
