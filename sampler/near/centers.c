#include "sampler/near/centers.h"

#include "sampler/near/bound.h"
#include "sampler/near/top.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_BLOCKS = 256, /* 4096 rows: their bytes and their bounds stay in the cache */
    PIECE_ROWS = PIECE_BLOCKS * SMP_CODES_BLOCK,
    MANY_GIVEN = 16, /* from here on one product of all is quicker than a pass for each */
    REPORTS = 200
};

/* The distance of a row that is a center: never the largest. */
static const float TAKEN = -1;

struct smp_center_search {
    const float *x; /* (n, d) */
    size_t n, d;
    unsigned n_threads;
    struct smp_codes codes;
    float *distance;  /* (n) squared, to the nearest center so far */
    float *reach;     /* (n_blocks * 16) its root + error, for bound.h; -error beyond n */
    size_t *farthest; /* (n_pieces) row of the largest distance, lowest index */
    size_t n_pieces;
    size_t center; /* of this pass */
    struct smp_code_row center_code;
};

static size_t end_of(const struct smp_center_search *s, size_t piece)
{
    const size_t end = (piece + 1) * PIECE_ROWS;

    return end < s->n ? end : s->n;
}

static void find_farthest(struct smp_center_search *s, size_t piece)
{
    size_t best = piece * PIECE_ROWS;

    for (size_t i = best + 1; i < end_of(s, piece); i++)
        if (s->distance[i] > s->distance[best]) best = i;
    s->farthest[piece] = best;
}

/* One row that was not ruled out. */
static void compare(struct smp_center_search *s, size_t row)
{
    const float *x = s->x;
    const size_t d = s->d;
    float apart;

    if (row >= s->n || s->distance[row] == TAKEN) return;
    apart = smp_near_square(x + row * d, x + s->center * d, d);
    if (apart >= s->distance[row]) return;
    s->distance[row] = apart;
    s->reach[row] = sqrtf(apart) + s->codes.error[row];
}

/* One piece against the new center. Distances only fall, so the piece's farthest row stays the
 * farthest unless its own fell. */
static void pass_piece(void *ctx, size_t piece, unsigned thread)
{
    struct smp_center_search *s = ctx;
    const size_t first = piece * PIECE_BLOCKS;
    const size_t left = s->codes.n_blocks - first;
    const size_t n_blocks = left < PIECE_BLOCKS ? left : PIECE_BLOCKS;
    const float before = s->distance[s->farthest[piece]];
    uint16_t mask[PIECE_BLOCKS];

    (void)thread;
    smp_bound_nearer(&s->codes, &s->center_code, s->reach, first, n_blocks, mask);
    for (size_t b = 0; b < n_blocks; b++)
        for (uint32_t bits = mask[b]; bits; bits &= bits - 1)
            compare(s, (first + b) * SMP_CODES_BLOCK + (size_t)__builtin_ctz(bits));
    if (s->distance[s->farthest[piece]] != before) find_farthest(s, piece);
}

void smp_center_search_exclude(struct smp_center_search *s, size_t row)
{
    assert(row < s->n);
    s->distance[row] = TAKEN;
    s->reach[row] = -INFINITY; /* its bit is set at each pass; compare() turns it away */
    find_farthest(s, row / PIECE_ROWS);
}

void smp_center_search_take(struct smp_center_search *s, size_t row)
{
    smp_center_search_exclude(s, row);
    s->center = row;
    smp_codes_row(&s->codes, row, &s->center_code);
    smp_parallel(s->n_threads, s->n_pieces, pass_piece, s);
}

size_t smp_center_search_farthest(const struct smp_center_search *s)
{
    size_t best = s->farthest[0];

    for (size_t p = 1; p < s->n_pieces; p++)
        if (s->distance[s->farthest[p]] > s->distance[best]) best = s->farthest[p];
    return s->distance[best] == TAKEN ? SIZE_MAX : best;
}

float smp_center_search_distance(const struct smp_center_search *s, size_t row)
{
    return s->distance[row];
}

/* -- many centers at once --------------------------------------------------------------------- */

struct given {
    struct smp_center_search *s;
    const float *x; /* (n, d) the given rows */
    size_t n;
    uint8_t *failed; /* by piece */
};

/* The nearest of the given rows, for the rows of one piece: the rows ask, the given answer. */
static void nearest_piece(void *ctx, size_t piece, unsigned thread)
{
    const struct given *job = ctx;
    struct smp_center_search *s = job->s;
    const size_t first = piece * PIECE_ROWS;
    const struct smp_top_in in = {.x = job->x,
                                  .n = job->n,
                                  .d = s->d,
                                  .queries = s->x + first * s->d,
                                  .n_queries = end_of(s, piece) - first,
                                  .k = 1,
                                  .measure = SMP_NEAR_SQUARE};
    struct smp_near *found = malloc(PIECE_ROWS * sizeof *found);

    (void)thread;
    job->failed[piece] = !found || smp_top(&in, found) != SMP_OK;
    for (size_t i = 0; i < in.n_queries && !job->failed[piece]; i++) {
        const size_t row = first + i;
        if (s->distance[row] == TAKEN || found[i].value >= s->distance[row]) continue;
        s->distance[row] = found[i].value;
        s->reach[row] = sqrtf(found[i].value) + s->codes.error[row];
    }
    find_farthest(s, piece);
    free(found);
}

static enum smp_status take_together(struct smp_center_search *s, const size_t *rows, size_t n)
{
    struct given job = {.s = s, .n = n};
    float *x = malloc(n * s->d * sizeof *x);
    enum smp_status e = SMP_OK;

    job.failed = calloc(s->n_pieces, sizeof *job.failed);
    if (x && job.failed) {
        for (size_t i = 0; i < n; i++) {
            memcpy(x + i * s->d, s->x + rows[i] * s->d, s->d * sizeof *x);
            smp_center_search_exclude(s, rows[i]);
        }
        job.x = x;
        smp_parallel(s->n_threads, s->n_pieces, nearest_piece, &job);
    }
    for (size_t p = 0; p < s->n_pieces && !e; p++)
        if (!x || !job.failed || job.failed[p]) e = smp_fail_nomem();
    free(x);
    free(job.failed);
    return e;
}

enum smp_status smp_center_search_take_all(struct smp_center_search *s, const size_t *rows,
                                           size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i] >= s->n)
            return smp_fail(SMP_INVALID, "k-center: given row %zu is not below %zu", rows[i],
                            s->n);
    if (n >= MANY_GIVEN) return take_together(s, rows, n);
    for (size_t i = 0; i < n; i++)
        if (s->distance[rows[i]] != TAKEN) smp_center_search_take(s, rows[i]);
    return SMP_OK;
}

/* -- the whole -------------------------------------------------------------------------------- */

void smp_center_search_free(struct smp_center_search *s)
{
    if (!s) return;
    smp_codes_free(&s->codes);
    free(s->distance);
    free(s->reach);
    free(s->farthest);
    free(s);
}

static enum smp_status fill(struct smp_center_search *s)
{
    const size_t room = (s->n + SMP_CODES_BLOCK - 1) / SMP_CODES_BLOCK * SMP_CODES_BLOCK;

    SMP_TRY(smp_codes_new(s->x, s->n, s->d, s->n_threads, &s->codes));
    s->n_pieces = (s->n + PIECE_ROWS - 1) / PIECE_ROWS;
    s->distance = calloc(s->n, sizeof *s->distance);
    s->reach = calloc(room, sizeof *s->reach);
    s->farthest = calloc(s->n_pieces, sizeof *s->farthest);
    if (!s->distance || !s->reach || !s->farthest) return smp_fail_nomem();
    for (size_t i = 0; i < s->n; i++)
        s->distance[i] = s->reach[i] = INFINITY;
    for (size_t p = 0; p < s->n_pieces; p++)
        s->farthest[p] = p * PIECE_ROWS;
    return SMP_OK;
}

enum smp_status smp_center_search_new(const float *x, size_t n, size_t d, unsigned n_threads,
                                      struct smp_center_search **out)
{
    struct smp_center_search *s = calloc(1, sizeof *s);
    enum smp_status e;

    *out = NULL;
    assert(n);
    if (!s) return smp_fail_nomem();
    s->x = x;
    s->n = n;
    s->d = d;
    s->n_threads = n_threads;
    e = fill(s);
    if (e) {
        smp_center_search_free(s);
        return e;
    }
    *out = s;
    return SMP_OK;
}

static enum smp_status run(struct smp_center_search *s, const struct smp_centers_in *in,
                           size_t *picks, float *radius)
{
    const size_t every = in->k / REPORTS + 1;

    SMP_TRY(smp_center_search_take_all(s, in->given, in->n_given));
    for (size_t i = 0; i < in->k; i++) {
        picks[i] = smp_center_search_farthest(s);
        if (picks[i] == SIZE_MAX)
            return smp_fail(SMP_INVALID, "k-center: %zu rows asked for; only %zu are left",
                            in->k, i);
        if (radius) radius[i] = s->distance[picks[i]];
        smp_center_search_take(s, picks[i]);
        if (i % every == 0)
            SMP_TRY(
                smp_report(in->progress, (double)(i + 1) / (double)in->k, "finding centers"));
    }
    return SMP_OK;
}

enum smp_status smp_centers(const struct smp_centers_in *in, size_t *picks, float *radius)
{
    struct smp_center_search *s;
    enum smp_status e;

    if (in->k > in->n)
        return smp_fail(SMP_INVALID, "k-center: %zu rows asked for; there are %zu", in->k,
                        in->n);
    if (!in->n) return SMP_OK;
    SMP_TRY(smp_center_search_new(in->x, in->n, in->d, in->n_threads, &s));
    e = run(s, in, picks, radius);
    smp_center_search_free(s);
    return e;
}
