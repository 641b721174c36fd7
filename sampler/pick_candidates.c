#include "sampler/pick_inside.h"

#include "sampler/bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 4096 }; /* rows whose probabilities are held at once */

enum smp_status smp_round_latent(const struct smp_round *r, size_t row, float *to)
{
    const size_t d = r->in->d;
    const float *from = r->in->z + row * d;

    for (size_t j = 0; j < d; j++)
        if (!(fabsf(from[j]) <= SMP_LATENT_MAX))
            return smp_fail(
                SMP_INVALID,
                "the latent of row %zu holds %g, which no encoder gives; encode it again", row,
                (double)from[j]);
    if (to) memcpy(to, from, d * sizeof *to);
    return SMP_OK;
}

enum smp_status smp_round_use(struct smp_round *r, size_t *row, size_t n)
{
    r->candidate = row;
    r->n_candidates = n;
    SMP_TRY(smp_herd_new(&r->herd, n, r->in->d, r->in->n_threads));
    for (size_t i = 0; i < n; i++)
        SMP_TRY(smp_round_latent(r, row[i], r->herd.x + i * r->in->d));
    return SMP_OK;
}

enum smp_status smp_round_draw(struct smp_round *r, size_t most)
{
    const size_t m = r->n_free < most ? r->n_free : most;
    size_t *row = malloc((m + 1) * sizeof *row);
    size_t left = r->n_free;
    size_t found = 0;
    struct smp_rng rng;

    if (!row) return smp_fail_nomem();
    smp_rng_seed(&rng, r->in->seed, STREAM_CANDIDATES);
    for (size_t i = 0; found < m; i++) {
        if (r->state[i] != ROW_FREE) continue;
        if (smp_rng_below(&rng, left--) < m - found) row[found++] = i;
    }
    return smp_round_use(r, row, m);
}

enum smp_status smp_round_gather_covering(struct smp_round *r)
{
    const struct smp_pick_in *in = r->in;
    const size_t n = in->labels.n + in->n_pending;

    r->covering = malloc((n * in->d + 1) * sizeof *r->covering);
    if (!r->covering) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++) {
        const size_t row = i < in->labels.n ? in->labels.row[i] : in->pending[i - in->labels.n];

        if (r->state[row] != ROW_COVERS) continue;
        SMP_TRY(smp_round_latent(r, row, r->covering + r->n_covering++ * in->d));
    }
    return SMP_OK;
}

size_t smp_round_candidate(const struct smp_round *r, size_t row)
{
    size_t low = 0;
    size_t high = r->n_candidates;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (r->candidate[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n_candidates && r->candidate[low] == row ? low : SMP_NO_ROW;
}

float smp_uncertainty(const float *p, size_t n_classes, bool several)
{
    float first = 0;
    float second = 0;
    float sum = 0;

    for (size_t c = 0; c < n_classes; c++) {
        sum += 1 - fabsf(2 * p[c] - 1);
        if (p[c] > first) {
            second = first;
            first = p[c];
        } else if (p[c] > second) {
            second = p[c];
        }
    }
    return several ? sum / (float)n_classes : 1 - (first - second);
}

uint64_t smp_content_key(const float *x, size_t d, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, smp_fnv(x, d * sizeof *x) ^ seed, STREAM_KEYS);
    return smp_rng_u64(&rng);
}

/* -- the lowest margins of the whole pool ----------------------------------------------------- */

/* The lowest so far as a heap with the highest on top. */
struct lowest {
    size_t *row;
    float *margin;
    size_t n, most;
};

static bool above(const struct lowest *l, size_t a, size_t b)
{
    return l->margin[a] != l->margin[b] ? l->margin[a] > l->margin[b] : l->row[a] > l->row[b];
}

static void swap(struct lowest *l, size_t a, size_t b)
{
    const size_t row = l->row[a];
    const float margin = l->margin[a];

    l->row[a] = l->row[b];
    l->margin[a] = l->margin[b];
    l->row[b] = row;
    l->margin[b] = margin;
}

static void rise(struct lowest *l, size_t i)
{
    for (; i && above(l, i, (i - 1) / 2); i = (i - 1) / 2)
        swap(l, i, (i - 1) / 2);
}

static void sink(struct lowest *l, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= l->n) return;
        if (child + 1 < l->n && above(l, child + 1, child)) child++;
        if (!above(l, child, i)) return;
        swap(l, i, child);
        i = child;
    }
}

static void offer(struct lowest *l, size_t row, float margin)
{
    if (l->n < l->most) {
        l->row[l->n] = row;
        l->margin[l->n] = margin;
        rise(l, l->n++);
    } else if (l->most &&
               margin < l->margin[0]) { /* rows come ascending: an equal one stays outside */
        l->row[0] = row;
        l->margin[0] = margin;
        sink(l, 0);
    }
}

/* The heap becomes a list by row. */
static void sort_by_row(struct lowest *l)
{
    for (size_t i = 1; i < l->n; i++)
        for (size_t k = i; k && l->row[k] < l->row[k - 1]; k--)
            swap(l, k, k - 1);
}

static enum smp_status offer_rows(const struct smp_round *r, struct lowest *l,
                                  const size_t *rows, size_t n, float *p)
{
    const struct smp_pick_in *in = r->in;
    const size_t k = in->labels.n_classes;

    SMP_TRY(smp_head_predict_rows(in->head, in->z, rows, n, in->n_threads, p));
    for (size_t i = 0; i < n; i++) {
        const float margin = 1 - smp_uncertainty(p + i * k, k, in->labels.y_nc != NULL);

        SMP_TRY(smp_round_latent(r, rows[i], NULL));
        offer(l, rows[i], margin);
    }
    return SMP_OK;
}

static enum smp_status offer_pool(const struct smp_round *r, struct lowest *l, size_t *rows,
                                  float *p)
{
    size_t n = 0;

    for (size_t row = 0; row < r->in->n; row++) {
        if (r->state[row] == ROW_FREE) rows[n++] = row;
        if (n < AT_ONCE && row + 1 < r->in->n) continue;
        SMP_TRY(offer_rows(r, l, rows, n, p));
        n = 0;
    }
    return SMP_OK;
}

enum smp_status smp_lowest_margins(const struct smp_round *r, size_t n_rows, size_t **rows,
                                   float **margin, size_t *n_found)
{
    struct lowest l = {.most = n_rows < r->n_free ? n_rows : r->n_free};
    size_t *block = malloc(AT_ONCE * sizeof *block);
    float *p = malloc((AT_ONCE * r->in->labels.n_classes + 1) * sizeof *p);
    enum smp_status e;

    l.row = malloc((l.most + 1) * sizeof *l.row);
    l.margin = malloc((l.most + 1) * sizeof *l.margin);
    e = block && p && l.row && l.margin ? offer_pool(r, &l, block, p) : smp_fail_nomem();
    free(block);
    free(p);
    if (e) {
        free(l.row);
        free(l.margin);
        return e;
    }
    sort_by_row(&l);
    *rows = l.row;
    *margin = l.margin;
    *n_found = l.n;
    return SMP_OK;
}
