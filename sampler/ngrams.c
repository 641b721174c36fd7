#include "sampler/ngrams.h"

#include "sampler/sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HALF = SMP_NGRAM_COLUMNS / 2, DF_MIN = 2, SVD_ROUNDS = 4 };

uint32_t smp_word_column(uint64_t hash)
{
    return (uint32_t)(hash % HALF);
}

uint32_t smp_gram_column(uint64_t hash)
{
    return (uint32_t)(hash % HALF) + HALF;
}

/* Where `column` stands among the columns kept, or SIZE_MAX. */
static size_t kept_find(const struct smp_ngrams *g, uint32_t column)
{
    size_t low = 0;
    size_t high = g->n;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (g->column[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < g->n && g->column[low] == column ? low : SIZE_MAX;
}

/* entry[] <- (kept column, value) of a text's known columns; the count. Each half of the columns
 * is divided by its own length. */
static size_t weigh(const struct smp_ngrams *g, const struct smp_counts *text, uint32_t *kept,
                    float *value)
{
    double length2[2] = {0, 0};
    size_t n = 0;

    for (size_t i = 0; i < text->n; i++) {
        const size_t at = kept_find(g, text->column[i]);
        double v;
        if (at == SIZE_MAX) continue;
        v = (1 + log((double)text->count[i])) * (double)g->idf[at];
        kept[n] = (uint32_t)at;
        value[n++] = (float)v;
        length2[text->column[i] >= HALF] += v * v;
    }
    for (size_t i = 0; i < n; i++)
        value[i] = (float)((double)value[i] / sqrt(length2[g->column[kept[i]] >= HALF]));
    return n;
}

static enum smp_status choose_columns(const struct smp_count_table *t, struct smp_ngrams *g)
{
    uint32_t *df = calloc(SMP_NGRAM_COLUMNS, sizeof *df);

    if (!df) return smp_fail_nomem();
    for (size_t e = 0; e < t->start[t->n]; e++)
        df[t->column[e]]++;
    for (size_t c = 0; c < SMP_NGRAM_COLUMNS; c++)
        g->n += df[c] >= DF_MIN;
    g->column = malloc((g->n + 1) * sizeof *g->column);
    g->idf = malloc((g->n + 1) * sizeof *g->idf);
    if (!g->column || !g->idf) {
        free(df);
        return smp_fail_nomem();
    }
    for (size_t c = 0, at = 0; c < SMP_NGRAM_COLUMNS; c++) {
        if (df[c] < DF_MIN) continue;
        g->column[at] = (uint32_t)c;
        g->idf[at++] = (float)(log((1.0 + (double)t->n) / (1.0 + df[c])) + 1);
    }
    free(df);
    return SMP_OK;
}

static enum smp_status weigh_table(const struct smp_ngrams *g, const struct smp_count_table *t,
                                   struct smp_sparse *m)
{
    SMP_TRY(smp_half_new(&m->by_row, t->n, t->start[t->n]));
    for (size_t i = 0; i < t->n; i++) {
        const struct smp_counts text = {t->column + t->start[i], t->count + t->start[i],
                                        t->start[i + 1] - t->start[i]};
        size_t *start = m->by_row.start;
        start[i + 1] =
            start[i] + weigh(g, &text, m->by_row.column + start[i], m->by_row.value + start[i]);
    }
    m->rows = t->n;
    m->cols = g->n;
    return smp_sparse_finish(m);
}

/* map = v / sqrt(s), by column of the table. */
static enum smp_status set_map(struct smp_ngrams *g, const struct smp_svd *svd)
{
    g->dim = svd->k;
    g->map = malloc((g->n * g->dim + 1) * sizeof *g->map);
    if (!g->map) return smp_fail_nomem();
    for (size_t c = 0; c < g->n; c++)
        for (size_t j = 0; j < g->dim; j++)
            g->map[c * g->dim + j] = (float)((double)svd->v[j * g->n + c] / sqrt(svd->s[j]));
    return SMP_OK;
}

enum smp_status smp_ngrams_learn(const struct smp_count_table *table,
                                 const struct smp_learn_plan *plan, struct smp_ngrams *g)
{
    const struct smp_svd_plan how = {.k = SMP_NGRAM_DIM,
                                     .rounds = SVD_ROUNDS,
                                     .seed = plan->seed,
                                     .n_threads = plan->n_threads,
                                     .progress = plan->progress,
                                     .done = 0.7,
                                     .what = "learning n-grams"};
    struct smp_sparse m = {.n_threads = plan->n_threads};
    struct smp_svd svd = {0};
    struct smp_operator a;
    enum smp_status e;

    *g = (struct smp_ngrams){0};
    e = choose_columns(table, g);
    if (!e) e = weigh_table(g, table, &m);
    if (e) goto out;
    a = smp_sparse_operator(&m);
    e = smp_svd(&a, &how, &svd);
    if (!e) e = set_map(g, &svd);
out:
    smp_svd_free(&svd);
    smp_sparse_free(&m);
    if (e) smp_ngrams_free(g);
    return e;
}

void smp_ngrams_free(struct smp_ngrams *g)
{
    free(g->column);
    free(g->idf);
    free(g->map);
    *g = (struct smp_ngrams){0};
}

/* One text needs its values twice, for the length and for the sum; they are worked out twice rather
 * than kept, so that nothing is allocated. */
void smp_ngrams_map(const struct smp_ngrams *g, const struct smp_counts *text, float *out)
{
    double length2[2] = {0, 0};
    double total = 0;

    memset(out, 0, g->dim * sizeof *out);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < text->n; i++) {
            const size_t at = kept_find(g, text->column[i]);
            const size_t half = text->column[i] >= HALF;
            float v;
            if (at == SIZE_MAX) continue;
            v = (1 + logf(text->count[i])) * g->idf[at];
            if (pass == 0) {
                length2[half] += (double)v * (double)v;
                continue;
            }
            v /= (float)sqrt(length2[half]);
            for (size_t j = 0; j < g->dim; j++)
                out[j] += v * g->map[at * g->dim + j];
        }
    }
    for (size_t j = 0; j < g->dim; j++)
        total += (double)out[j] * (double)out[j];
    for (size_t j = 0; j < g->dim; j++)
        out[j] = (float)((double)out[j] / (sqrt(total) + 1e-6));
}

/* -- the file --------------------------------------------------------------------------------- */

void smp_ngrams_put(const struct smp_ngrams *g, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)g->n);
    smp_put_u32(w, (uint32_t)g->dim);
    smp_put_u32s(w, g->column, g->n);
    smp_put_floats(w, g->idf, g->n);
    smp_put_floats(w, g->map, g->n * g->dim);
}

enum smp_status smp_ngrams_take(struct smp_reader *r, struct smp_ngrams *g)
{
    *g = (struct smp_ngrams){0};
    g->n = smp_take_u32(r);
    g->dim = smp_take_u32(r);
    if (g->n > SMP_NGRAM_COLUMNS || g->dim > SMP_NGRAM_DIM) r->failed = true;
    if (r->failed) g->n = g->dim = 0;
    g->column = smp_take_u32s(r, g->n);
    g->idf = smp_take_floats(r, g->n);
    g->map = smp_take_floats(r, g->n * g->dim);
    for (size_t i = 0; i < g->n && !r->failed; i++)
        if (g->column[i] >= SMP_NGRAM_COLUMNS || (i && g->column[i] <= g->column[i - 1]))
            r->failed = true;
    if (!r->failed) return SMP_OK;
    smp_ngrams_free(g);
    return smp_reader_finish(r);
}
