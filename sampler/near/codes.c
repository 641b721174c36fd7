#include "sampler/near/codes.h"

#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_BLOCKS = 256,
    PIECE_ROWS = PIECE_BLOCKS * SMP_CODES_BLOCK,
    OFFSET = 128,
    Q_MAX = 127
};

/* Added to `error`, as a share of the sizes of what was rounded on the way: 32 times the rounding
 * of one f32 operation. */
static const double ROUNDING = 2e-6;

struct making {
    struct smp_codes *codes;
    const float *x;
    double *sums;     /* (n_pieces, d) */
    float *highest;   /* (n_pieces) largest |x - mean| */
    float *mean;      /* (d) */
    double mean_size; /* |mean| */
};

static size_t rows_in(const struct making *m, size_t piece)
{
    const size_t left = m->codes->n - piece * PIECE_ROWS;

    return left < PIECE_ROWS ? left : PIECE_ROWS;
}

static void sum_piece(void *ctx, size_t piece, unsigned thread)
{
    struct making *m = ctx;
    const size_t d = m->codes->d;
    double *sum = m->sums + piece * d;

    (void)thread;
    for (size_t i = 0; i < rows_in(m, piece); i++)
        for (size_t j = 0; j < d; j++)
            sum[j] += (double)m->x[(piece * PIECE_ROWS + i) * d + j];
}

static void highest_piece(void *ctx, size_t piece, unsigned thread)
{
    struct making *m = ctx;
    const size_t d = m->codes->d;
    float high = 0;

    (void)thread;
    for (size_t i = 0; i < rows_in(m, piece); i++) {
        const float *x = m->x + (piece * PIECE_ROWS + i) * d;
        for (size_t j = 0; j < d; j++)
            high = fabsf(x[j] - m->mean[j]) > high ? fabsf(x[j] - m->mean[j]) : high;
    }
    m->highest[piece] = high;
}

static void code_row(const struct making *m, size_t row)
{
    struct smp_codes *c = m->codes;
    const float *x = m->x + row * c->d;
    uint8_t *code = c->code + row / SMP_CODES_BLOCK * c->groups * SMP_CODES_BLOCK * 4 +
                    row % SMP_CODES_BLOCK * 4;
    double off = 0;
    double size = 0;
    int32_t square = 0;

    for (size_t j = 0; j < c->d; j++) {
        const float y = x[j] - m->mean[j];
        const float near = rintf(y / c->scale);
        const int32_t q = (int32_t)(near > Q_MAX ? Q_MAX : near < -Q_MAX ? -Q_MAX : near);
        const double miss = (double)y - (double)c->scale * q;
        off += miss * miss;
        size += (double)y * (double)y;
        square += q * q;
        code[j / 4 * SMP_CODES_BLOCK * 4 + j % 4] = (uint8_t)(q + OFFSET);
    }
    c->square[row] = square;
    c->error[row] =
        (float)(sqrt(off) * (1 + ROUNDING) + ROUNDING * (sqrt(size) + m->mean_size));
}

static void code_piece(void *ctx, size_t piece, unsigned thread)
{
    const struct making *m = ctx;

    (void)thread;
    for (size_t i = 0; i < rows_in(m, piece); i++)
        code_row(m, piece * PIECE_ROWS + i);
}

/* A sum is finite only if all its numbers are, short of overflow; the row is looked for after. */
static enum smp_status find_mean(struct making *m, size_t n_pieces)
{
    const size_t n = m->codes->n;
    const size_t d = m->codes->d;
    double size = 0;

    for (size_t j = 0; j < d; j++) {
        double sum = 0;
        for (size_t p = 0; p < n_pieces; p++)
            sum += m->sums[p * d + j];
        m->mean[j] = (float)(sum / (double)n);
        size += (double)m->mean[j] * (double)m->mean[j];
    }
    m->mean_size = sqrt(size);
    if (isfinite(size)) return SMP_OK;
    for (size_t i = 0; i < n * d; i++)
        if (!isfinite(m->x[i]))
            return smp_fail(SMP_INVALID, "row %zu holds a number that is not finite", i / d);
    return smp_fail(SMP_INVALID, "the rows hold numbers too large to average");
}

static enum smp_status make(struct making *m, unsigned n_threads, size_t n_pieces)
{
    struct smp_codes *c = m->codes;
    float high = 0;

    smp_parallel(n_threads, n_pieces, sum_piece, m);
    SMP_TRY(find_mean(m, n_pieces));
    smp_parallel(n_threads, n_pieces, highest_piece, m);
    for (size_t p = 0; p < n_pieces; p++)
        high = m->highest[p] > high ? m->highest[p] : high;
    if (!(high < 1e18f)) /* squares must not overflow */
        return smp_fail(SMP_INVALID, "the rows reach %g from their mean; the limit is 1e18",
                        (double)high);
    c->scale = high > 1e-18f ? high / Q_MAX : 1;
    smp_parallel(n_threads, n_pieces, code_piece, m);
    return SMP_OK;
}

enum smp_status smp_codes_new(const float *x, size_t n, size_t d, unsigned n_threads,
                              struct smp_codes *codes)
{
    const size_t n_blocks = (n + SMP_CODES_BLOCK - 1) / SMP_CODES_BLOCK;
    const size_t n_pieces = (n + PIECE_ROWS - 1) / PIECE_ROWS;
    const size_t groups = (d + 3) / 4;
    struct making m = {.codes = codes, .x = x};
    enum smp_status e;

    *codes = (struct smp_codes){.n = n, .d = d, .n_blocks = n_blocks, .groups = groups};
    if (!n || !d || d > SMP_CODES_DIM_MAX)
        return smp_fail(SMP_INVALID,
                        "rows need 1 to %d numbers, and there must be one; got %zux%zu",
                        SMP_CODES_DIM_MAX, n, d);
    codes->code = aligned_alloc(64, n_blocks * groups * SMP_CODES_BLOCK * 4);
    codes->square = calloc(n_blocks * SMP_CODES_BLOCK, sizeof(int32_t));
    codes->error = calloc(n_blocks * SMP_CODES_BLOCK, sizeof(float));
    m.sums = calloc(n_pieces * d, sizeof(double));
    m.highest = calloc(n_pieces, sizeof(float));
    m.mean = calloc(d, sizeof(float));
    if (codes->code && codes->square && codes->error && m.sums && m.highest && m.mean) {
        memset(codes->code, OFFSET, n_blocks * groups * SMP_CODES_BLOCK * 4);
        e = make(&m, n_threads, n_pieces);
    } else {
        e = smp_fail_nomem();
    }
    free(m.sums);
    free(m.highest);
    free(m.mean);
    if (e) smp_codes_free(codes);
    return e;
}

void smp_codes_free(struct smp_codes *codes)
{
    free(codes->code);
    free(codes->square);
    free(codes->error);
    *codes = (struct smp_codes){0};
}

void smp_codes_row(const struct smp_codes *codes, size_t row, struct smp_code_row *out)
{
    const uint8_t *code = codes->code +
                          row / SMP_CODES_BLOCK * codes->groups * SMP_CODES_BLOCK * 4 +
                          row % SMP_CODES_BLOCK * 4;

    out->square = codes->square[row];
    out->error = codes->error[row];
    out->sum = 0;
    for (size_t j = 0; j < codes->groups * 4; j++) {
        out->q[j] = (int8_t)(code[j / 4 * SMP_CODES_BLOCK * 4 + j % 4] - OFFSET);
        out->sum += out->q[j];
    }
}
