#include "sampler/drift.h"

#include "sampler/gemm.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_ROWS = 0x64726f77, STREAM_EXCHANGE = 0x64657863, BLOCK = 64 };

/* Both samples, one below the other, and what lies between them. */
struct both {
    const struct smp_drift_in *in;
    size_t n, m, N; /* of the reference, of the stream, both */
    float *z;       /* (N, d) less the reference's mean: distances stay, rounding shrinks */
    float *square;  /* (N) */
    float *apart;   /* (N, N) distances */
    double *row;    /* (N) sums of apart's rows */
    double total;
    float *side;   /* (BLOCK, N) 1: the row counts as the reference's */
    float *within; /* (BLOCK, N) side times apart */
    size_t *order; /* (N) */
};

static void both_free(struct both *b)
{
    free(b->z);
    free(b->square);
    free(b->apart);
    free(b->row);
    free(b->side);
    free(b->within);
    free(b->order);
}

static enum smp_status both_new(struct both *b)
{
    const size_t N = b->N;

    b->z = calloc(N * b->in->d, sizeof *b->z);
    b->square = calloc(N, sizeof *b->square);
    b->apart = calloc(N * N, sizeof *b->apart);
    b->row = calloc(N, sizeof *b->row);
    b->side = calloc(BLOCK * N, sizeof *b->side);
    b->within = calloc(BLOCK * N, sizeof *b->within);
    b->order = calloc(N, sizeof *b->order);
    if (!b->z || !b->square || !b->apart || !b->row || !b->side || !b->within || !b->order)
        return smp_fail_nomem();
    return SMP_OK;
}

static void rows_draw(const struct both *b, const float *from, size_t n_from, float *to,
                      size_t n)
{
    const size_t d = b->in->d;
    struct smp_rng rng;

    smp_rng_seed(&rng, b->in->seed, STREAM_ROWS);
    smp_rng_subset(&rng, n_from, n, b->order);
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * d, from + b->order[i] * d, d * sizeof *to);
}

/* The mean of the reference's rows that were drawn, (d) into `mean`. */
static void mean_of(const struct both *b, float *mean)
{
    const size_t d = b->in->d;

    for (size_t k = 0; k < d; k++) {
        double sum = 0;
        for (size_t i = 0; i < b->n; i++)
            sum += (double)b->z[i * d + k];
        mean[k] = (float)(sum / (double)b->n);
    }
}

static float square_of(const float *x, size_t d)
{
    float sum = 0;

    for (size_t k = 0; k < d; k++)
        sum += x[k] * x[k];
    return sum;
}

static void centre(const struct both *b, const float *mean, float *x, size_t n, float *square)
{
    const size_t d = b->in->d;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < d; k++)
            x[i * d + k] -= mean[k];
        square[i] = square_of(x + i * d, d);
    }
}

/* The products apart (n, N) of the rows x (n) with all of both become distances. */
static void roots(const struct both *b, const float *square, size_t n, float *apart)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < b->N; j++) {
            float *at = &apart[i * b->N + j];
            *at = sqrtf(fmaxf(square[i] + b->square[j] - 2 * *at, 0));
        }
}

static void distances(struct both *b)
{
    const struct smp_gemm_shape shape = {SMP_NT, b->N, b->N, b->in->d};

    smp_gemm(shape, b->z, b->z, b->apart);
    roots(b, b->square, b->N, b->apart);
    for (size_t i = 0; i < b->N; i++) {
        b->apart[i * b->N + i] = 0;
        for (size_t j = 0; j < b->N; j++)
            b->row[i] += (double)b->apart[i * b->N + j];
        b->total += b->row[i];
    }
}

/* Energy distance when the rows with side 1 are the reference's; *between: 2 E|X-Y|. */
static double energy_of(const struct both *b, const float *side, const float *within,
                        double *between)
{
    const double n = (double)b->n;
    const double m = (double)b->m;
    double rows = 0;
    double xx = 0;

    for (size_t j = 0; j < b->N; j++) {
        rows += b->row[j] * (double)side[j];
        xx += (double)within[j] * (double)side[j];
    }
    *between = 2 * (rows - xx) / (n * m);
    return *between - xx / (n * n) - (b->total - 2 * rows + xx) / (m * m);
}

/* Row 0 of the first block: as they came; all others: exchanged at random. */
static void sides_deal(struct both *b, struct smp_rng *rng, size_t n, size_t first)
{
    for (size_t i = 0; i < n; i++) {
        float *side = b->side + i * b->N;
        if (first + i) smp_rng_shuffle(rng, b->order, b->N);
        memset(side, 0, b->N * sizeof *side);
        for (size_t j = 0; j < b->n; j++)
            side[b->order[j]] = 1;
    }
}

static void test(struct both *b, size_t permutations, struct smp_drift *out)
{
    struct smp_rng rng;
    double between;
    size_t beyond = 0;

    smp_rng_seed(&rng, b->in->seed, STREAM_EXCHANGE);
    for (size_t i = 0; i < b->N; i++)
        b->order[i] = i;
    for (size_t first = 0; first <= permutations; first += BLOCK) {
        const size_t left = permutations + 1 - first;
        const size_t n = left < BLOCK ? left : BLOCK;
        sides_deal(b, &rng, n, first);
        smp_gemm((struct smp_gemm_shape){SMP_NN, n, b->N, b->N}, b->side, b->apart, b->within);
        for (size_t i = 0; i < n; i++) {
            const double energy =
                energy_of(b, b->side + i * b->N, b->within + i * b->N, &between);
            if (first + i == 0) {
                out->energy = energy;
                out->share = between > 0 ? fmax(energy / between, 0) : 0;
            }
            beyond += energy >= out->energy;
        }
    }
    /* The first, which is the observed one itself, is the 1 above and below. */
    out->p = (double)beyond / (double)(permutations + 1);
}

/* The rows of the stream, BLOCK at a time, against both samples; `room` holds (BLOCK, d). */
static void carry(const struct both *b, const float *mean, float *room, float *carries)
{
    const size_t d = b->in->d;
    float square[BLOCK];

    for (size_t first = 0; first < b->in->n_stream; first += BLOCK) {
        const size_t left = b->in->n_stream - first;
        const size_t n = left < BLOCK ? left : BLOCK;
        memcpy(room, b->in->stream + first * d, n * d * sizeof *room);
        centre(b, mean, room, n, square);
        smp_gemm((struct smp_gemm_shape){SMP_NT, n, b->N, d}, room, b->z, b->within);
        roots(b, square, n, b->within);
        for (size_t i = 0; i < n; i++) {
            const float *apart = b->within + i * b->N;
            double sum[2] = {0, 0};
            for (size_t j = 0; j < b->N; j++)
                sum[j >= b->n] += (double)apart[j];
            carries[first + i] = (float)(sum[0] / (double)b->n - sum[1] / (double)b->m);
        }
    }
}

static enum smp_status compare(struct both *b, float *carries, struct smp_drift *out)
{
    const struct smp_drift_in *in = b->in;
    float *mean = malloc((1 + (carries ? (size_t)BLOCK : 0)) * in->d * sizeof *mean);

    if (!mean) return smp_fail_nomem();
    rows_draw(b, in->reference, in->n_reference, b->z, b->n);
    rows_draw(b, in->stream, in->n_stream, b->z + b->n * in->d, b->m);
    mean_of(b, mean);
    centre(b, mean, b->z, b->N, b->square);
    distances(b);
    test(b, in->permutations ? in->permutations : SMP_DRIFT_PERMUTATIONS, out);
    if (carries) carry(b, mean, mean + in->d, carries);
    free(mean);
    return SMP_OK;
}

static size_t at_most(size_t n)
{
    return n < SMP_DRIFT_ROWS_MAX ? n : SMP_DRIFT_ROWS_MAX;
}

enum smp_status smp_drift(const struct smp_drift_in *in, float *carries, struct smp_drift *out)
{
    struct both b = {.in = in, .n = at_most(in->n_reference), .m = at_most(in->n_stream)};
    enum smp_status e;

    if (b.n < SMP_DRIFT_ROWS_MIN || b.m < SMP_DRIFT_ROWS_MIN)
        return smp_fail(SMP_INVALID,
                        "telling drift needs %d rows a side, and there are %zu and %zu",
                        SMP_DRIFT_ROWS_MIN, in->n_reference, in->n_stream);
    b.N = b.n + b.m;
    *out = (struct smp_drift){.n_reference = b.n, .n_stream = b.m};
    e = both_new(&b);
    if (!e) e = compare(&b, carries, out);
    both_free(&b);
    return e;
}
