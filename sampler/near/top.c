#include "sampler/near/top.h"

#include "sampler/near/top_heap.h"
#include "sampler/threads.h"

#include <stdlib.h>

enum { PIECE_ROWS = 65536, BLOCK_ROWS = 512, BATCH_QUERIES = 8 };

/* -- heap ------------------------------------------------------------------------------------- */

bool smp_near_before(enum smp_near_measure measure, const struct smp_near *a,
                     const struct smp_near *b)
{
    if (a->value == b->value) return a->row < b->row;
    return measure == SMP_NEAR_DOT ? a->value > b->value : a->value < b->value;
}

static void sink(struct smp_heap *h, size_t at)
{
    const struct smp_near moved = h->best[at];

    for (size_t child; (child = 2 * at + 1) < h->n; at = child) {
        if (child + 1 < h->n &&
            smp_near_before(h->measure, &h->best[child], &h->best[child + 1]))
            child++;
        if (!smp_near_before(h->measure, &moved, &h->best[child])) break;
        h->best[at] = h->best[child];
    }
    h->best[at] = moved;
}

static void rise(struct smp_heap *h, size_t at)
{
    const struct smp_near moved = h->best[at];

    for (; at; at = (at - 1) / 2) {
        const struct smp_near *parent = &h->best[(at - 1) / 2];
        if (!smp_near_before(h->measure, parent, &moved)) break;
        h->best[at] = *parent;
    }
    h->best[at] = moved;
}

void smp_heap_offer(struct smp_heap *h, struct smp_near candidate)
{
    if (h->n < h->k) {
        h->best[h->n++] = candidate;
        rise(h, h->n - 1);
    } else if (smp_near_before(h->measure, &candidate, &h->best[0])) {
        h->best[0] = candidate;
        sink(h, 0);
    }
}

void smp_heap_offer_all(struct smp_heap *h, size_t first, const float *values, size_t n)
{
    const bool larger = h->measure == SMP_NEAR_DOT;

    for (size_t i = 0; i < n; i++) {
        /* Rows come in ascending order, so one that is only as near as the worst loses to it. */
        if (h->n == h->k &&
            !(larger ? values[i] > h->best[0].value : values[i] < h->best[0].value))
            continue;
        smp_heap_offer(h, (struct smp_near){first + i, values[i]});
    }
}

void smp_heap_sort(struct smp_heap *h)
{
    const size_t n = h->n;

    while (h->n > 1) {
        const struct smp_near worst = h->best[0];
        h->best[0] = h->best[--h->n];
        sink(h, 0);
        h->best[h->n] = worst;
    }
    h->n = n;
}

/* -- search ----------------------------------------------------------------------------------- */

struct search {
    const struct smp_top_in *in;
    struct smp_near *best;  /* (n_pieces, n_queries, k) */
    struct smp_heap *heaps; /* (n_pieces, n_queries) */
    float *work;            /* (n_threads, work_floats) */
    size_t work_floats, n_pieces;
};

static void one_by_one(const struct smp_top_in *in, size_t first, size_t n,
                       struct smp_heap *heaps)
{
    float values[BLOCK_ROWS];

    for (size_t i = 0; i < n; i += BLOCK_ROWS) {
        const size_t rows = n - i < BLOCK_ROWS ? n - i : BLOCK_ROWS;
        for (size_t q = 0; q < in->n_queries; q++) {
            smp_near_rows(in->measure, in->queries + q * in->d, in->x + (first + i) * in->d,
                          rows, in->d, values);
            smp_heap_offer_all(&heaps[q], first + i, values, rows);
        }
    }
}

static void search_piece(void *ctx, size_t piece, unsigned thread)
{
    struct search *s = ctx;
    const struct smp_top_in *in = s->in;
    const size_t first = piece * PIECE_ROWS;
    const size_t left = in->n - first;
    const size_t n = left < PIECE_ROWS ? left : PIECE_ROWS;
    struct smp_heap *heaps = s->heaps + piece * in->n_queries;

    for (size_t q = 0; q < in->n_queries; q++)
        heaps[q] = (struct smp_heap){.best = s->best + (piece * in->n_queries + q) * in->k,
                                     .k = in->k,
                                     .measure = in->measure};
    if (in->n_queries < BATCH_QUERIES)
        one_by_one(in, first, n, heaps);
    else
        smp_top_batch(in, first, n, s->work + thread * s->work_floats, heaps);
}

/* All pieces' best of one query. */
static void gather(const struct search *s, size_t query, struct smp_near *found)
{
    struct smp_heap all = {.best = found, .k = s->in->k, .measure = s->in->measure};

    for (size_t p = 0; p < s->n_pieces; p++) {
        const struct smp_heap *h = &s->heaps[p * s->in->n_queries + query];
        for (size_t i = 0; i < h->n; i++)
            smp_heap_offer(&all, h->best[i]);
    }
    smp_heap_sort(&all);
}

enum smp_status smp_top(const struct smp_top_in *in, struct smp_near *found)
{
    const unsigned threads = smp_threads(in->n_threads);
    struct search s = {.in = in, .n_pieces = (in->n + PIECE_ROWS - 1) / PIECE_ROWS};

    if (!in->k || in->k > SMP_TOP_MAX)
        return smp_fail(SMP_INVALID, "1 to %d similar rows may be asked for, not %zu",
                        SMP_TOP_MAX, in->k);
    s.work_floats = in->n_queries < BATCH_QUERIES ? 0 : smp_top_batch_work(in);
    s.best = calloc(s.n_pieces * in->n_queries * in->k + 1, sizeof *s.best);
    s.heaps = calloc(s.n_pieces * in->n_queries + 1, sizeof *s.heaps);
    s.work = calloc(threads * s.work_floats + 1, sizeof *s.work);
    if (s.best && s.heaps && s.work) {
        smp_parallel(threads, s.n_pieces, search_piece, &s);
        for (size_t q = 0; q < in->n_queries; q++)
            gather(&s, q, found + q * in->k);
    }
    free(s.best);
    free(s.heaps);
    free(s.work);
    return s.best && s.heaps && s.work ? SMP_OK : smp_fail_nomem();
}
