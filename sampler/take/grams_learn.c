#include "sampler/take/grams.h"

#include "sampler/lbfgs.h"
#include "sampler/sparse.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORDS_MAX = 8000000, /* grams read, each text's own counted once a place: 128 MB */
    GRAMS_LEAST = 2000,
    STEPS_MAX = 100,
    STEPS_A_REPORT = 5
};

/* Strength of the pull to 0, over the number of texts: 0.003 to 0.02 are alike, 0.1 is worse, on messages
 * and on questions to a bank (docs/take-away.md). */
static const double PULL = 0.01;

/* -- the texts -------------------------------------------------------------------------------- */

/* A gram somewhere: its hash, and where it was seen. */
struct record {
    uint64_t hash;
    uint32_t text;
    uint32_t at; /* place in the codes, and length in the lowest 3 bits */
};

struct library {
    uint32_t *codes; /* all texts', one behind the other */
    size_t n_codes, codes_room;
    size_t *start;  /* (n + 1) */
    float *targets; /* (n, n_classes) */
    size_t n;
    struct record *record;
    size_t n_records, records_room;
};

static void library_free(struct library *l)
{
    free(l->codes);
    free(l->start);
    free(l->targets);
    free(l->record);
}

static bool grow(void **at, size_t *room, size_t n, size_t each)
{
    const size_t wanted = n + n / 2 + 1024;
    void *grown;

    if (n <= *room) return true;
    grown = realloc(*at, wanted * each);
    if (!grown) return false;
    *at = grown;
    *room = wanted;
    return true;
}

static uint64_t hash_of(const uint32_t *codes, size_t n)
{
    return smp_fnv(codes, n * sizeof *codes);
}

static enum smp_status add_records(struct library *l, size_t text)
{
    const size_t first = l->start[text];
    const size_t n = l->n_codes - first;

    if (!grow((void **)&l->record, &l->records_room, l->n_records + n * SMP_GRAM_LONGEST,
              sizeof *l->record))
        return smp_fail_nomem();
    for (size_t length = 1; length <= SMP_GRAM_LONGEST && length <= n; length++)
        for (size_t i = first; i + length <= l->n_codes; i++)
            l->record[l->n_records++] = (struct record){
                hash_of(l->codes + i, length), (uint32_t)text, (uint32_t)(i << 3 | length)};
    return SMP_OK;
}

static enum smp_status read_one(const struct smp_grams_in *in, struct library *l, size_t i)
{
    const char *text = NULL;
    size_t n_bytes = 0;

    SMP_TRY(in->fetch(in->ctx, i, &text, &n_bytes, l->targets + i * in->n_classes));
    if (n_bytes > SMP_GRAMS_TEXT_BYTES) n_bytes = SMP_GRAMS_TEXT_BYTES;
    if (!grow((void **)&l->codes, &l->codes_room, l->n_codes + n_bytes + 2, sizeof *l->codes))
        return smp_fail_nomem();
    l->n_codes += smp_grams_read(text, n_bytes, l->codes + l->n_codes);
    SMP_TRY(add_records(l, i));
    l->n = i + 1;
    l->start[l->n] = l->n_codes;
    return SMP_OK;
}

static enum smp_status read_texts(const struct smp_grams_in *in, struct library *l)
{
    l->start = calloc(in->n + 1, sizeof *l->start);
    l->targets = calloc(in->n * in->n_classes, sizeof *l->targets);
    if (!l->start || !l->targets) return smp_fail_nomem();
    for (size_t i = 0; i < in->n && l->n_records < RECORDS_MAX; i++) {
        if (i % 256 == 0)
            SMP_TRY(smp_report(in->progress, 0.3 * (double)i / (double)in->n, "reading texts"));
        SMP_TRY(read_one(in, l, i));
    }
    return SMP_OK;
}

/* -- choosing grams --------------------------------------------------------------------------- */

struct candidate {
    double score;
    uint32_t at; /* as in a record */
    uint32_t texts;
};

struct choice {
    struct candidate *candidate;
    size_t n, room;
    double *mean; /* (n_classes) share of each class */
    double *sum;  /* (n_classes) */
};

static int by_hash(const void *a, const void *b)
{
    const struct record *x = a;
    const struct record *y = b;

    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Best first; places differ. */
static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;

    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

/* Chi-squared of the texts that have a gram against the shares of all. */
static double score_of(const struct choice *c, size_t n_classes, double texts)
{
    double score = 0;

    for (size_t k = 0; k < n_classes; k++) {
        const double expected = c->mean[k] * texts;
        const double apart = c->sum[k] - expected;
        if (expected > 0) score += apart * apart / expected;
    }
    return score;
}

/* Records first .. end-1 are one gram's. */
static enum smp_status weigh_gram(const struct library *l, size_t n_classes, size_t first,
                                  size_t end, struct choice *c)
{
    uint32_t texts = 0;

    memset(c->sum, 0, n_classes * sizeof *c->sum);
    for (size_t r = first; r < end; r++) {
        if (r > first && l->record[r].text == l->record[r - 1].text) continue;
        texts++;
        for (size_t k = 0; k < n_classes; k++)
            c->sum[k] += (double)l->targets[l->record[r].text * n_classes + k];
    }
    if (texts < 2) return SMP_OK;
    if (!grow((void **)&c->candidate, &c->room, c->n + 1, sizeof *c->candidate))
        return smp_fail_nomem();
    c->candidate[c->n++] =
        (struct candidate){score_of(c, n_classes, texts), l->record[first].at, texts};
    return SMP_OK;
}

static enum smp_status weigh_grams(const struct library *l, size_t n_classes, struct choice *c)
{
    c->mean = calloc(n_classes, sizeof *c->mean);
    c->sum = calloc(n_classes, sizeof *c->sum);
    if (!c->mean || !c->sum) return smp_fail_nomem();
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < n_classes; k++)
            c->mean[k] += (double)l->targets[i * n_classes + k] / (double)l->n;
    if (l->n_records) qsort(l->record, l->n_records, sizeof *l->record, by_hash);
    for (size_t first = 0, end; first < l->n_records; first = end) {
        for (end = first + 1; end < l->n_records; end++)
            if (l->record[end].hash != l->record[first].hash) break;
        SMP_TRY(weigh_gram(l, n_classes, first, end, c));
    }
    if (c->n) qsort(c->candidate, c->n, sizeof *c->candidate, by_score);
    return SMP_OK;
}

static size_t grams_at_most(size_t n_classes)
{
    const size_t n = SMP_GRAMS_WEIGHTS_MAX / n_classes;

    if (n < GRAMS_LEAST) return GRAMS_LEAST;
    return n < SMP_GRAMS_MAX ? n : SMP_GRAMS_MAX;
}

/* -- the vocabulary --------------------------------------------------------------------------- */

/* A chosen gram, beside its codes for sorting. */
struct chosen {
    const uint32_t *codes;
    size_t length;
    uint32_t texts;
};

static int by_codes(const void *a, const void *b)
{
    const struct chosen *x = a;
    const struct chosen *y = b;

    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    for (size_t i = 0; i < x->length; i++)
        if (x->codes[i] != y->codes[i]) return x->codes[i] < y->codes[i] ? -1 : 1;
    return 0;
}

static enum smp_status make_vocabulary(const struct library *l, const struct choice *c,
                                       struct smp_grams *g)
{
    const size_t most = grams_at_most(g->n_classes);
    struct chosen *all;
    uint32_t *to;

    g->n = c->n < most ? c->n : most;
    g->codes = calloc(g->n * SMP_GRAM_LONGEST + 1, sizeof *g->codes);
    g->idf = calloc(g->n + 1, sizeof *g->idf);
    g->weights = calloc(g->n * g->n_classes + 1, sizeof *g->weights);
    g->bias = calloc(g->n_classes, sizeof *g->bias);
    all = calloc(g->n + 1, sizeof *all);
    if (!g->codes || !g->idf || !g->weights || !g->bias || !all) {
        free(all);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < g->n; i++)
        all[i] = (struct chosen){l->codes + (c->candidate[i].at >> 3), c->candidate[i].at & 7,
                                 c->candidate[i].texts};
    qsort(all, g->n, sizeof *all, by_codes);
    to = g->codes;
    for (size_t i = 0; i < g->n; i++) {
        memcpy(to, all[i].codes, all[i].length * sizeof *to);
        to += all[i].length;
        for (size_t length = all[i].length; length <= SMP_GRAM_LONGEST; length++)
            g->end[length]++;
        g->idf[i] = (float)(log((1 + (double)l->n) / (1 + (double)all[i].texts)) + 1);
    }
    free(all);
    return SMP_OK;
}

static enum smp_status choose(const struct library *l, struct smp_grams *g)
{
    struct choice c = {0};
    enum smp_status e = weigh_grams(l, g->n_classes, &c);

    if (!e) e = make_vocabulary(l, &c, g);
    free(c.candidate);
    free(c.mean);
    free(c.sum);
    return e;
}

/* -- rows ------------------------------------------------------------------------------------- */

struct rows {
    const struct smp_grams *g;
    const struct library *l;
    float *x; /* (threads, n) */
    const struct smp_half *out;
    size_t *count; /* (n) entries of each text; NULL when filling */
};

static void make_row(void *ctx, size_t i, unsigned thread)
{
    const struct rows *r = ctx;
    const size_t n = r->g->n;
    float *x = r->x + thread * n;
    size_t at = r->count ? 0 : r->out->start[i];

    memset(x, 0, n * sizeof *x);
    smp_grams_row(r->g, r->l->codes + r->l->start[i], r->l->start[i + 1] - r->l->start[i], x);
    for (size_t j = 0; j < n; j++) {
        if (x[j] == 0) continue;
        if (!r->count) {
            r->out->column[at] = (uint32_t)j;
            r->out->value[at] = x[j];
        }
        at++;
    }
    if (r->count) r->count[i] = at;
}

static enum smp_status fill_rows(struct rows *r, unsigned threads, struct smp_sparse *m)
{
    size_t entries = 0;

    smp_parallel(threads, m->rows, make_row, r);
    for (size_t i = 0; i < m->rows; i++)
        entries += r->count[i];
    SMP_TRY(smp_half_new(&m->by_row, m->rows, entries));
    for (size_t i = 0; i < m->rows; i++)
        m->by_row.start[i + 1] = m->by_row.start[i] + r->count[i];
    free(r->count);
    r->count = NULL;
    r->out = &m->by_row;
    smp_parallel(threads, m->rows, make_row, r);
    return smp_sparse_finish(m);
}

static enum smp_status make_rows(const struct library *l, const struct smp_grams *g,
                                 unsigned n_threads, struct smp_sparse *m)
{
    const unsigned threads = smp_threads(n_threads);
    struct rows r = {.g = g, .l = l};
    enum smp_status e;

    *m = (struct smp_sparse){.rows = l->n, .cols = g->n, .n_threads = threads};
    r.x = calloc(threads * g->n + 1, sizeof *r.x);
    r.count = calloc(l->n + 1, sizeof *r.count);
    e = r.x && r.count ? fill_rows(&r, threads, m) : smp_fail_nomem();
    free(r.x);
    free(r.count);
    return e;
}

/* -- the matrix ------------------------------------------------------------------------------- */

/* mean cross-entropy + pull / 2 |W|^2; x is W (n, k), then b (k). */
struct fit {
    const struct smp_grams_in *in;
    struct smp_operator a;
    const float *targets; /* (rows, k) */
    size_t k;
    double pull;
    float *w, *slope_w; /* (cols, k) */
    float *scores;      /* (rows, k), then the slope of each */
    unsigned asked;
    enum smp_status stopped;
};

/* Softmax of s + b less the targets, in place; returns the cross-entropy. */
static double row_slope(float *s, const double *b, const float *t, size_t k)
{
    double top = -HUGE_VAL;
    double sum = 0;
    double loss = 0;

    for (size_t c = 0; c < k; c++)
        top = fmax(top, (double)s[c] + b[c]);
    for (size_t c = 0; c < k; c++)
        sum += exp((double)s[c] + b[c] - top);
    for (size_t c = 0; c < k; c++) {
        const double log_p = (double)s[c] + b[c] - top - log(sum);
        loss -= (double)t[c] * log_p;
        s[c] = (float)(exp(log_p) - (double)t[c]);
    }
    return loss;
}

static double fit_value(void *ctx, const double *x, double *g)
{
    struct fit *f = ctx;
    const size_t n = f->a.cols * f->k;
    const double each = 1 / (double)f->a.rows;
    double loss = 0;

    for (size_t i = 0; i < n; i++)
        f->w[i] = (float)x[i];
    f->a.apply(f->a.ctx, f->w, f->k, f->scores);
    memset(g + n, 0, f->k * sizeof *g);
    for (size_t r = 0; r < f->a.rows; r++) {
        float *s = f->scores + r * f->k;
        loss += each * row_slope(s, x + n, f->targets + r * f->k, f->k);
        for (size_t c = 0; c < f->k; c++)
            g[n + c] += each * (double)s[c];
    }
    f->a.apply_t(f->a.ctx, f->scores, f->k, f->slope_w);
    for (size_t i = 0; i < n; i++) {
        g[i] = each * (double)f->slope_w[i] + f->pull * x[i];
        loss += f->pull / 2 * x[i] * x[i];
    }
    return loss;
}

static enum smp_status fit_run(struct fit *f, struct smp_grams *g, double *x)
{
    const size_t n = g->n * g->n_classes;
    const struct smp_function function = {n + g->n_classes, fit_value, f};

    /* In spans, so that it can be stopped between them. */
    for (unsigned step = 0; step < STEPS_MAX; step += STEPS_MAX / STEPS_A_REPORT) {
        SMP_TRY(smp_report(f->in->progress, 0.5 + 0.5 * step / STEPS_MAX, "learning weights"));
        SMP_TRY(smp_lbfgs(&function, &(struct smp_lbfgs_rule){STEPS_MAX / STEPS_A_REPORT, 1e-6},
                          x));
    }
    for (size_t i = 0; i < n; i++)
        g->weights[i] = (float)x[i];
    for (size_t c = 0; c < g->n_classes; c++)
        g->bias[c] = (float)x[n + c];
    return SMP_OK;
}

static enum smp_status fit_weights(const struct smp_grams_in *in, const struct library *l,
                                   const struct smp_sparse *m, struct smp_grams *g)
{
    const size_t n = g->n * g->n_classes;
    struct fit f = {.in = in,
                    .a = smp_sparse_operator(m),
                    .targets = l->targets,
                    .k = g->n_classes,
                    .pull = PULL / (double)l->n};
    double *x = calloc(n + g->n_classes, sizeof *x);
    enum smp_status e = SMP_OK;

    f.w = malloc((n + 1) * sizeof *f.w);
    f.slope_w = malloc((n + 1) * sizeof *f.slope_w);
    f.scores = malloc((l->n * f.k + 1) * sizeof *f.scores);
    if (x && f.w && f.slope_w && f.scores)
        e = fit_run(&f, g, x);
    else
        e = smp_fail_nomem();
    free(x);
    free(f.w);
    free(f.slope_w);
    free(f.scores);
    return e;
}

static enum smp_status learn(const struct smp_grams_in *in, struct library *l,
                             struct smp_grams *g)
{
    struct smp_sparse m = {0};
    enum smp_status e;

    SMP_TRY(read_texts(in, l));
    SMP_TRY(smp_report(in->progress, 0.3, "choosing n-grams"));
    SMP_TRY(choose(l, g));
    SMP_TRY(smp_report(in->progress, 0.45, "counting n-grams"));
    e = make_rows(l, g, in->n_threads, &m);
    if (!e) e = fit_weights(in, l, &m, g);
    smp_sparse_free(&m);
    return e;
}

enum smp_status smp_grams_learn(const struct smp_grams_in *in, struct smp_grams **out)
{
    struct library l = {0};
    struct smp_grams *g;
    enum smp_status e;

    if (!in->n || !in->n_classes || in->n_classes > SMP_GRAMS_CLASSES_MAX)
        return smp_fail(SMP_INVALID,
                        "a small text model needs a text or more, and 1 to %d classes, not %zu",
                        SMP_GRAMS_CLASSES_MAX, in->n_classes);
    g = calloc(1, sizeof *g);
    if (!g) return smp_fail_nomem();
    g->n_classes = in->n_classes;
    e = learn(in, &l, g);
    library_free(&l);
    if (e) {
        smp_grams_free(g);
        return e;
    }
    *out = g;
    return SMP_OK;
}
