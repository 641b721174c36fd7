/* k-center greedy (Sener & Savarese 2018): the row farthest from all that is labelled or pending, over
 * the whole pool; with neither, the row nearest to the middle of the pool. */
#include "sampler/pick_inside.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 256, CENTRES = 256 };

/* Squared distances come as |a|^2 + |b|^2 - 2ab in f32: below this share of the norms is rounding. */
static const float SAME = 2e-6f;

struct lowering {
    struct smp_round *r;
    const float *centre; /* (n, d) */
    const float *norm;   /* (n) their squares */
    size_t n;
    float *work; /* (threads, BLOCK, CENTRES) */
};

SMP_KERNEL
static float dot(const float *restrict a, const float *restrict b, size_t n)
{
    float lane[SMP_LANES] = {0};
    float sum = 0;
    size_t i = 0;

    for (; i + SMP_LANES <= n; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        lane[0] += a[i] * b[i];
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    return sum;
}

/* value <- the lesser of itself and the distance to the nearest centre, for one block of rows. */
static void lower_block(void *ctx, size_t piece, unsigned thread)
{
    const struct lowering *job = ctx;
    const size_t d = job->r->d;
    const size_t first = piece * BLOCK;
    const size_t rows = job->r->n - first < BLOCK ? job->r->n - first : BLOCK;
    const float *z = job->r->z + first * d;
    float *value = job->r->value + first;
    float *product = job->work + (size_t)thread * BLOCK * CENTRES;

    for (size_t c = 0; c < job->n; c += CENTRES) {
        const size_t n = job->n - c < CENTRES ? job->n - c : CENTRES;

        smp_gemm((struct smp_gemm_shape){SMP_NT, rows, n, d}, z, job->centre + c * d, product);
        for (size_t i = 0; i < rows; i++) {
            const float norm = dot(z + i * d, z + i * d, d);

            for (size_t j = 0; j < n; j++) {
                const float both = norm + job->norm[c + j];
                const float d2 = both - 2 * product[i * n + j];

                value[i] = fminf(value[i], d2 > SAME * both ? d2 : 0);
            }
        }
    }
}

static enum smp_status lower(struct smp_round *r, const float *centre, size_t n)
{
    const unsigned threads = smp_threads(r->in->n_threads);
    struct lowering job = {.r = r, .centre = centre, .n = n};
    float *room = malloc(((size_t)threads * BLOCK * CENTRES + n) * sizeof *room);

    if (!room) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++)
        room[i] = dot(centre + i * r->d, centre + i * r->d, r->d);
    job.norm = room;
    job.work = room + n;
    smp_parallel(threads, (r->n + BLOCK - 1) / BLOCK, lower_block, &job);
    free(room);
    return SMP_OK;
}

/* One centre more, on the calling thread, without memory: it cannot fail. */
static void lower_by(struct smp_round *r, const float *centre)
{
    const size_t d = r->d;
    const float norm = dot(centre, centre, d);

    for (size_t row = 0; row < r->n; row++) {
        const float *x = r->z + row * d;
        const float both = norm + dot(x, x, d);
        const float d2 = both - 2 * dot(centre, x, d);

        if (r->state[row] == ROW_FREE)
            r->value[row] = fminf(r->value[row], d2 > SAME * both ? d2 : 0);
    }
}

/* value <- minus the squared distance to the middle of the free rows. */
static enum smp_status begin_in_the_middle(struct smp_round *r)
{
    const size_t d = r->d;
    double *middle = calloc(d, sizeof *middle);

    if (!middle) return smp_fail_nomem();
    for (size_t row = 0; row < r->n; row++)
        for (size_t j = 0; j < d && r->state[row] == ROW_FREE; j++)
            middle[j] += (double)r->z[row * d + j] / (double)r->n_free;
    for (size_t row = 0; row < r->n; row++) {
        double d2 = 0;

        for (size_t j = 0; j < d; j++)
            d2 += pow((double)r->z[row * d + j] - middle[j], 2);
        r->value[row] = -(float)d2;
    }
    free(middle);
    return SMP_OK;
}

static enum smp_status start(struct smp_round *r)
{
    for (size_t row = 0; row < r->n; row++)
        if (r->state[row] == ROW_FREE) SMP_TRY(smp_round_latent(r, row, NULL));
    r->value = malloc((r->n + 1) * sizeof *r->value);
    if (!r->value) return smp_fail_nomem();
    SMP_TRY(smp_round_gather_covering(r));
    r->n_order = r->n_covering; /* centres so far */
    if (!r->n_covering) return begin_in_the_middle(r);
    for (size_t row = 0; row < r->n; row++)
        r->value[row] = FLT_MAX;
    return lower(r, r->covering, r->n_covering);
}

static size_t best(struct smp_round *r)
{
    size_t found = SMP_NO_ROW;

    for (size_t row = 0; row < r->n; row++)
        if (r->state[row] == ROW_FREE &&
            (found == SMP_NO_ROW || r->value[row] > r->value[found]))
            found = row;
    return found;
}

static void taken(struct smp_round *r, size_t row)
{
    if (!r->n_order++)
        for (size_t i = 0; i < r->n; i++)
            r->value[i] = FLT_MAX;
    lower_by(r, r->z + row * r->d);
}

/* How far it lies from all centres, as a share of its own length: near 0 for what is known. */
static double score(const struct smp_round *r, size_t row)
{
    const float *x = r->z + row * r->d;
    const double far = fmax(0, (double)r->value[row]);
    const double length = (double)dot(x, x, r->d);

    return far > 0 ? far / (far + length) : 0;
}

static size_t alike(const struct smp_round *r, size_t row)
{
    (void)r;
    (void)row;
    return 1;
}

const struct smp_strategy_code SMP_CODE_KCENTER = {start, best, taken, score, alike};
