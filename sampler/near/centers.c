#include "sampler/near/centers.h"

#include "sampler/near/bound.h"
#include "sampler/near/distance.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>

enum {
    PIECE_BLOCKS = 256, /* 4096 rows: their bytes and their bounds stay in the cache */
    PIECE_ROWS = PIECE_BLOCKS * SMP_CODES_BLOCK,
    REPORTS = 200
};

/* The distance of a row that is a center: never the largest. */
static const float TAKEN = -1;

struct search {
    const struct smp_centers_in *in;
    struct smp_codes codes;
    float *distance;  /* (n) squared, to the nearest center so far */
    float *reach;     /* (n_blocks * 16) its root + error, for bound.h; -error beyond n */
    size_t *farthest; /* (n_pieces) row of the largest distance, lowest index */
    size_t n_pieces;
    size_t center; /* of this pass */
    struct smp_code_row center_code;
};

static size_t end_of(const struct search *s, size_t piece)
{
    const size_t end = (piece + 1) * PIECE_ROWS;

    return end < s->in->n ? end : s->in->n;
}

static void find_farthest(struct search *s, size_t piece)
{
    size_t best = piece * PIECE_ROWS;

    for (size_t i = best + 1; i < end_of(s, piece); i++)
        if (s->distance[i] > s->distance[best]) best = i;
    s->farthest[piece] = best;
}

/* One row that was not ruled out. */
static void compare(struct search *s, size_t row)
{
    const float *x = s->in->x;
    const size_t d = s->in->d;
    float apart;

    if (row >= s->in->n || s->distance[row] == TAKEN) return;
    apart = smp_near_square(x + row * d, x + s->center * d, d);
    if (apart >= s->distance[row]) return;
    s->distance[row] = apart;
    s->reach[row] = sqrtf(apart) + s->codes.error[row];
}

/* One piece against the new center. Distances only fall, so the piece's farthest row stays the
 * farthest unless its own fell. */
static void pass_piece(void *ctx, size_t piece, unsigned thread)
{
    struct search *s = ctx;
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

static void take(struct search *s, size_t row)
{
    s->center = row;
    s->distance[row] = TAKEN;
    s->reach[row] = -INFINITY; /* its bit is set at each pass; compare() turns it away */
    smp_codes_row(&s->codes, row, &s->center_code);
    find_farthest(s, row / PIECE_ROWS);
    smp_parallel(s->in->n_threads, s->n_pieces, pass_piece, s);
}

static size_t farthest_of_all(const struct search *s)
{
    size_t best = s->farthest[0];

    for (size_t p = 1; p < s->n_pieces; p++)
        if (s->distance[s->farthest[p]] > s->distance[best]) best = s->farthest[p];
    return best;
}

static enum smp_status run(struct search *s, size_t *picks, float *radius)
{
    const struct smp_centers_in *in = s->in;
    const size_t every = in->k / REPORTS + 1;

    for (size_t i = 0; i < in->n_given; i++)
        if (s->distance[in->given[i]] != TAKEN) take(s, in->given[i]);
    for (size_t i = 0; i < in->k; i++) {
        picks[i] = farthest_of_all(s);
        if (s->distance[picks[i]] == TAKEN)
            return smp_fail(SMP_INVALID, "k-center: %zu rows asked for; only %zu are left",
                            in->k, i);
        if (radius) radius[i] = s->distance[picks[i]];
        take(s, picks[i]);
        if (i % every == 0)
            SMP_TRY(
                smp_report(in->progress, (double)(i + 1) / (double)in->k, "finding centers"));
    }
    return SMP_OK;
}

static enum smp_status search_new(struct search *s)
{
    const size_t n = s->in->n;
    const size_t room = (n + SMP_CODES_BLOCK - 1) / SMP_CODES_BLOCK * SMP_CODES_BLOCK;

    s->n_pieces = (n + PIECE_ROWS - 1) / PIECE_ROWS;
    s->distance = calloc(n, sizeof *s->distance);
    s->reach = calloc(room, sizeof *s->reach);
    s->farthest = calloc(s->n_pieces, sizeof *s->farthest);
    if (!s->distance || !s->reach || !s->farthest) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++)
        s->distance[i] = s->reach[i] = INFINITY;
    for (size_t p = 0; p < s->n_pieces; p++)
        s->farthest[p] = p * PIECE_ROWS;
    return SMP_OK;
}

enum smp_status smp_centers(const struct smp_centers_in *in, size_t *picks, float *radius)
{
    struct search s = {.in = in};
    enum smp_status e;

    for (size_t i = 0; i < in->n_given; i++)
        if (in->given[i] >= in->n)
            return smp_fail(SMP_INVALID, "k-center: given row %zu is not below %zu",
                            in->given[i], in->n);
    if (in->k > in->n)
        return smp_fail(SMP_INVALID, "k-center: %zu rows asked for; there are %zu", in->k,
                        in->n);
    SMP_TRY(smp_codes_new(in->x, in->n, in->d, in->n_threads, &s.codes));
    e = search_new(&s);
    if (!e) e = run(&s, picks, radius);
    smp_codes_free(&s.codes);
    free(s.distance);
    free(s.reach);
    free(s.farthest);
    return e;
}
