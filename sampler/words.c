#include "sampler/words.h"

#include "sampler/linalg.h"
#include "sampler/sparse.h"
#include "sampler/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNT_MIN = 2,
    WINDOW = 5,
    DISTINCT_MAX = 2000000, /* different tokens counted: 48 MB */
    PAIRS_MAX = 6000000,    /* different pairs counted: 100 MB */
    COMMON_TEXTS = 5000,    /* texts that the shared direction is taken from */
    SVD_ROUNDS = 3
};

static const double SIF_A = 1e-3;
static const double CONTEXT_POWER = 0.75;

/* -- vocabulary ------------------------------------------------------------------------------- */

struct entry {
    uint64_t hash;
    uint32_t count;
};

static int more_frequent(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* The most frequent words, ascending by hash; *n of them in a new array. */
static enum smp_status choose_vocabulary(const struct smp_tally *t, struct entry **out,
                                         size_t *n)
{
    struct entry *all = malloc((t->n + 1) * sizeof *all);
    size_t found = 0;

    if (!all) return smp_fail_nomem();
    for (size_t i = 0; i < t->room; i++)
        if (t->count[i] >= COUNT_MIN) all[found++] = (struct entry){t->key[i], t->count[i]};
    qsort(all, found, sizeof *all, more_frequent);
    if (found > SMP_WORDS_MAX) found = SMP_WORDS_MAX;
    qsort(all, found, sizeof *all, by_hash);
    *out = all;
    *n = found;
    return SMP_OK;
}

static enum smp_status count_words(const struct smp_corpus *c, struct entry **vocabulary,
                                   size_t *n)
{
    struct smp_tally tally;
    enum smp_status e;

    SMP_TRY(smp_tally_new(&tally, DISTINCT_MAX));
    e = SMP_OK;
    for (size_t i = 0; i < c->start[c->n] && !e; i++)
        e = smp_tally_add(&tally, c->token[i], 1);
    if (!e) e = choose_vocabulary(&tally, vocabulary, n);
    smp_tally_free(&tally);
    return e;
}

/* The number of a word, or SIZE_MAX. hash (n) ascends. */
static size_t word_find(const uint64_t *hash, size_t n, uint64_t wanted)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (hash[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && hash[low] == wanted ? low : SIZE_MAX;
}

/* -- co-occurrence ---------------------------------------------------------------------------- */

/* Both words near each other, in either order: key = smaller << 32 | larger. */
static enum smp_status count_pairs_of_text(const struct smp_words *w, const uint64_t *token,
                                           size_t n, struct smp_tally *pairs)
{
    uint64_t window[WINDOW] = {0};
    size_t seen = 0;

    for (size_t i = 0; i < n; i++) {
        const size_t id = word_find(w->hash, w->n, token[i]);
        if (id == SIZE_MAX) continue;
        for (size_t back = 0; back < seen && back < WINDOW; back++) {
            const uint64_t other = window[back];
            const uint64_t key = other < id ? other << 32 | id : (uint64_t)id << 32 | other;
            SMP_TRY(smp_tally_add(pairs, key, 1));
        }
        window[seen++ % WINDOW] = id;
    }
    return SMP_OK;
}

/* s (n) <- how often each word is a member of a pair; returns the normaliser of contexts. */
static double row_sums(const struct smp_tally *pairs, double *s, size_t n)
{
    double total = 0;

    for (size_t i = 0; i < pairs->room; i++) {
        if (!pairs->count[i]) continue;
        s[pairs->key[i] >> 32] += pairs->count[i];
        s[pairs->key[i] & UINT32_MAX] += pairs->count[i];
    }
    for (size_t i = 0; i < n; i++)
        total += pow(s[i], CONTEXT_POWER);
    return total;
}

/* ln( count / (s_row * context_column) ), the pointwise mutual information; a word beside itself
 * counts for both directions. */
static double information(const struct smp_tally *pairs, size_t slot, size_t row, size_t column,
                          const double *s, double total)
{
    const double count = pairs->count[slot] * (row == column ? 2.0 : 1.0);

    return log(count / s[row] / (pow(s[column], CONTEXT_POWER) / total));
}

/* Calls for both directions of a pair; the positive entries are counted, or put in place. */
static void enter_pair(const struct smp_tally *pairs, size_t slot, const double *s,
                       double total, size_t *fill, struct smp_half *h)
{
    const size_t ends[2] = {(size_t)(pairs->key[slot] >> 32),
                            (size_t)(pairs->key[slot] & UINT32_MAX)};

    for (int way = 0; way < (ends[0] == ends[1] ? 1 : 2); way++) {
        const size_t row = ends[way];
        const size_t column = ends[1 - way];
        const double v = information(pairs, slot, row, column, s, total);
        if (v <= 0) continue;
        if (h) {
            h->column[fill[row]] = (uint32_t)column;
            h->value[fill[row]] = (float)v;
        }
        fill[row]++;
    }
}

static enum smp_status fill_matrix(const struct smp_tally *pairs, const double *s, double total,
                                   size_t n, struct smp_sparse *m)
{
    size_t *fill = calloc(n + 1, sizeof *fill);
    size_t entries = 0;
    enum smp_status e;

    if (!fill) return smp_fail_nomem();
    for (size_t i = 0; i < pairs->room; i++)
        if (pairs->count[i]) enter_pair(pairs, i, s, total, fill, NULL);
    for (size_t i = 0; i < n; i++)
        entries += fill[i];
    e = smp_half_new(&m->by_row, n, entries);
    if (e) goto out;
    for (size_t i = 0; i < n; i++) {
        m->by_row.start[i + 1] = m->by_row.start[i] + fill[i];
        fill[i] = m->by_row.start[i];
    }
    for (size_t i = 0; i < pairs->room; i++)
        if (pairs->count[i]) enter_pair(pairs, i, s, total, fill, &m->by_row);
    m->rows = m->cols = n;
    e = smp_sparse_finish(m);
out:
    free(fill);
    return e;
}

static enum smp_status build_ppmi(const struct smp_corpus *c, const struct smp_words *w,
                                  struct smp_sparse *m)
{
    struct smp_tally pairs;
    double *s = calloc(w->n + 1, sizeof *s);
    enum smp_status e;

    if (!s) return smp_fail_nomem();
    e = smp_tally_new(&pairs, PAIRS_MAX);
    if (e) goto out;
    for (size_t i = 0; i < c->n && !e; i++)
        e = count_pairs_of_text(w, c->token + c->start[i], c->start[i + 1] - c->start[i],
                                &pairs);
    if (!e) e = fill_matrix(&pairs, s, row_sums(&pairs, s, w->n), w->n, m);
    smp_tally_free(&pairs);
out:
    free(s);
    return e;
}

/* -- vectors ---------------------------------------------------------------------------------- */

/* weighted = u sqrt(s) a / (a + frequency). */
static enum smp_status set_vectors(struct smp_words *w, const struct smp_svd *svd,
                                   const struct entry *vocabulary, double n_tokens)
{
    w->dim = svd->k;
    w->weighted = calloc(w->n * w->dim + 1, sizeof *w->weighted);
    w->common = calloc(w->dim + 1, sizeof *w->common);
    if (!w->weighted || !w->common) return smp_fail_nomem();
    for (size_t i = 0; i < w->n; i++) {
        const double weight = SIF_A / (SIF_A + vocabulary[i].count / n_tokens);
        for (size_t j = 0; j < w->dim; j++)
            w->weighted[i * w->dim + j] =
                (float)((double)svd->us[i * w->dim + j] / sqrt(svd->s[j]) * weight);
    }
    return SMP_OK;
}

static enum smp_status learn_vectors(const struct smp_corpus *c,
                                     const struct smp_learn_plan *plan,
                                     const struct entry *vocabulary, struct smp_words *w)
{
    const struct smp_svd_plan how = {.k = SMP_WORDS_DIM,
                                     .rounds = SVD_ROUNDS,
                                     .seed = plan->seed,
                                     .n_threads = plan->n_threads,
                                     .progress = plan->progress,
                                     .done = 0.5,
                                     .what = "learning word vectors"};
    struct smp_sparse m = {.n_threads = plan->n_threads};
    struct smp_svd svd = {0};
    struct smp_operator a;
    enum smp_status e;

    e = build_ppmi(c, w, &m);
    if (e) goto out;
    a = smp_sparse_operator(&m);
    e = smp_svd(&a, &how, &svd);
    if (!e) e = set_vectors(w, &svd, vocabulary, (double)c->start[c->n]);
out:
    smp_svd_free(&svd);
    smp_sparse_free(&m);
    return e;
}

/* The plain weighted average, before the shared direction is taken out. False: no known word. */
static bool average(const struct smp_words *w, const uint64_t *token, size_t n, float *out)
{
    size_t known = 0;

    memset(out, 0, w->dim * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const size_t id = word_find(w->hash, w->n, token[i]);
        if (id == SIZE_MAX) continue;
        for (size_t j = 0; j < w->dim; j++)
            out[j] += w->weighted[id * w->dim + j];
        known++;
    }
    for (size_t j = 0; j < w->dim && known; j++)
        out[j] /= (float)known;
    return known > 0;
}

/* The first right singular vector of the averages of some texts, not centred. */
static enum smp_status learn_common(const struct smp_corpus *c, struct smp_words *w)
{
    const size_t n = c->n < COMMON_TEXTS ? c->n : COMMON_TEXTS;
    const size_t d = w->dim;
    float *x = calloc(n * d + 1, sizeof *x);
    float *block = calloc(d * d + 1, sizeof *block);
    double *g = calloc(d * d + 1, sizeof *g);
    double *values = calloc(d + 1, sizeof *values);
    double *v = calloc(d * d + 1, sizeof *v);
    enum smp_status e = SMP_OK;

    if (!x || !block || !g || !values || !v) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        average(w, c->token + c->start[i], c->start[i + 1] - c->start[i], x + i * d);
    smp_gram(x, n, d, block, g);
    smp_eigen_psd(g, d, values, v);
    for (size_t j = 0; j < d; j++)
        w->common[j] = values[0] > 0 ? (float)v[j] : 0;
out:
    free(x);
    free(block);
    free(g);
    free(values);
    free(v);
    return e;
}

enum smp_status smp_words_learn(const struct smp_corpus *corpus,
                                const struct smp_learn_plan *plan, struct smp_words *w)
{
    struct entry *vocabulary = NULL;
    enum smp_status e;

    *w = (struct smp_words){0};
    e = count_words(corpus, &vocabulary, &w->n);
    if (e) goto out;
    w->hash = malloc((w->n + 1) * sizeof *w->hash);
    if (!w->hash) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t i = 0; i < w->n; i++)
        w->hash[i] = vocabulary[i].hash;
    e = learn_vectors(corpus, plan, vocabulary, w);
    if (!e) e = learn_common(corpus, w);
out:
    free(vocabulary);
    if (e) smp_words_free(w);
    return e;
}

void smp_words_free(struct smp_words *w)
{
    free(w->hash);
    free(w->weighted);
    free(w->common);
    *w = (struct smp_words){0};
}

static void to_unit(float *x, size_t n)
{
    double length2 = 0;

    for (size_t i = 0; i < n; i++)
        length2 += (double)x[i] * (double)x[i];
    /* 1e-6 is added as the reference does: a vanishing vector stays one. */
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / (sqrt(length2) + 1e-6));
}

void smp_words_average(const struct smp_words *w, const uint64_t *token, size_t n, float *out)
{
    double along = 0;

    if (!w->dim || !average(w, token, n, out)) return;
    for (size_t j = 0; j < w->dim; j++)
        along += (double)out[j] * (double)w->common[j];
    for (size_t j = 0; j < w->dim; j++)
        out[j] -= (float)along * w->common[j];
    to_unit(out, w->dim);
}

/* -- the file --------------------------------------------------------------------------------- */

void smp_words_put(const struct smp_words *w, struct smp_writer *out)
{
    smp_put_u32(out, (uint32_t)w->n);
    smp_put_u32(out, (uint32_t)w->dim);
    smp_put_u64s(out, w->hash, w->n);
    smp_put_floats(out, w->weighted, w->n * w->dim);
    smp_put_floats(out, w->common, w->dim);
}

enum smp_status smp_words_take(struct smp_reader *r, struct smp_words *w)
{
    *w = (struct smp_words){0};
    w->n = smp_take_u32(r);
    w->dim = smp_take_u32(r);
    if (w->n > SMP_WORDS_MAX || w->dim > SMP_WORDS_DIM) r->failed = true;
    if (r->failed) w->n = w->dim = 0;
    w->hash = smp_take_u64s(r, w->n);
    w->weighted = smp_take_floats(r, w->n * w->dim);
    w->common = smp_take_floats(r, w->dim);
    for (size_t i = 1; i < w->n && !r->failed; i++)
        if (w->hash[i] <= w->hash[i - 1]) r->failed = true;
    if (!r->failed) return SMP_OK;
    smp_words_free(w);
    return smp_reader_finish(r);
}
