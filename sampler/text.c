#include "sampler/text.h"

#include "sampler/rng.h"
#include "sampler/threads.h"
#include "sampler/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEARN_BYTES = 8000,    /* read of each text while learning, so that few long ones do not
                                crowd out the others */
    ENCODE_BYTES = 100000, /* read of a text when it is encoded */
    TOKENS_MAX = 12000000, /* learned from: 96 MB */
    COUNTS_MAX = 16000000, /* learned from: 128 MB, and twice that while they are weighed */
    CENTRE_TEXTS = 20000,  /* texts that centre and scale are taken from */
    RADIX_BITS = 9
};

enum stream { STREAM_TEXTS = 11, STREAM_ORDER };

/* -- one text: tokens and counts -------------------------------------------------------------- */

/* Room for the longest text to come. At most one token and three n-grams begin at a byte. */
struct doc {
    uint64_t *token;
    uint32_t *column, *scratch;
    float *count;
    size_t n_tokens, n_columns;
};

static void doc_free(struct doc *d)
{
    free(d->token);
    free(d->column);
    free(d->scratch);
    free(d->count);
    *d = (struct doc){0};
}

static enum smp_status doc_new(struct doc *d, size_t n_bytes)
{
    const size_t columns = 5 * n_bytes + 16;

    *d = (struct doc){
        .token = malloc((n_bytes + 16) * sizeof *d->token),
        .column = malloc(columns * sizeof *d->column),
        .scratch = malloc(columns * sizeof *d->scratch),
        .count = malloc(columns * sizeof *d->count),
    };
    if (d->token && d->column && d->scratch && d->count) return SMP_OK;
    doc_free(d);
    return smp_fail_nomem();
}

static void doc_add_token(void *ctx, uint64_t hash)
{
    struct doc *d = ctx;

    d->column[d->n_columns++] = smp_word_column(hash);
    if (d->n_tokens)
        d->column[d->n_columns++] =
            smp_word_column(smp_token_pair(d->token[d->n_tokens - 1], hash));
    d->token[d->n_tokens++] = hash;
}

static void doc_add_gram(void *ctx, uint64_t hash)
{
    struct doc *d = ctx;

    d->column[d->n_columns++] = smp_gram_column(hash);
}

/* Ascending, by two passes over half of the 18 bits each. */
static void sort_columns(uint32_t *column, uint32_t *scratch, size_t n)
{
    for (unsigned shift = 0; shift < 2 * RADIX_BITS; shift += RADIX_BITS) {
        size_t start[(1 << RADIX_BITS) + 1] = {0};
        uint32_t *from = shift ? scratch : column;
        uint32_t *to = shift ? column : scratch;
        const uint32_t mask = (1 << RADIX_BITS) - 1;

        for (size_t i = 0; i < n; i++)
            start[(from[i] >> shift & mask) + 1]++;
        for (size_t i = 0; i < mask; i++)
            start[i + 1] += start[i];
        for (size_t i = 0; i < n; i++)
            to[start[from[i] >> shift & mask]++] = from[i];
    }
}

/* Equal neighbours become one column with a count. */
static void count_columns(struct doc *d)
{
    size_t kept = 0;

    sort_columns(d->column, d->scratch, d->n_columns);
    for (size_t i = 0; i < d->n_columns; i++) {
        if (kept && d->column[kept - 1] == d->column[i]) {
            d->count[kept - 1] += 1;
            continue;
        }
        d->column[kept] = d->column[i];
        d->count[kept++] = 1;
    }
    d->n_columns = kept;
}

static void doc_read(struct doc *d, const char *text, size_t n_bytes)
{
    const struct smp_token_sink sink = {doc_add_token, doc_add_gram, d};

    d->n_tokens = d->n_columns = 0;
    smp_tokenise(text, n_bytes, &sink);
    count_columns(d);
}

/* -- the row of numbers ----------------------------------------------------------------------- */

struct doc_view {
    const uint64_t *token;
    size_t n_tokens;
    struct smp_counts counts;
};

/* z (d), not yet centred. */
static void blocks(const struct smp_text_model *m, const struct doc_view *v, float *z)
{
    memset(z, 0, m->dim * sizeof *z);
    smp_words_average(&m->words, v->token, v->n_tokens, z);
    smp_ngrams_map(&m->ngrams, &v->counts, z + m->words.dim);
}

struct encode {
    const struct smp_text_model *m;
    const char *const *text;
    const size_t *n_bytes;
    struct doc *docs; /* one a thread */
    float *z;
};

static void encode_one(void *ctx, size_t i, unsigned thread)
{
    const struct encode *job = ctx;
    const struct smp_text_model *m = job->m;
    struct doc *d = &job->docs[thread];
    float *z = job->z + i * m->dim;
    struct doc_view view;

    doc_read(d, job->text[i], job->n_bytes[i] < ENCODE_BYTES ? job->n_bytes[i] : ENCODE_BYTES);
    view = (struct doc_view){
        d->token, d->n_tokens, {d->column, d->count, d->n_columns}
    };
    blocks(m, &view, z);
    for (size_t j = 0; j < m->dim; j++)
        z[j] = (z[j] - m->centre[j]) * m->scale;
}

enum smp_status smp_text_encode(const struct smp_text_model *m, const char *const *text,
                                const size_t *n_bytes, size_t n, unsigned n_threads, float *z)
{
    struct doc docs[SMP_THREADS_MAX] = {{0}};
    struct encode job = {.m = m, .text = text, .n_bytes = n_bytes, .docs = docs};
    const unsigned threads = smp_threads(n_threads);
    size_t longest = 0;
    enum smp_status e = SMP_OK;

    for (size_t i = 0; i < n; i++)
        if (n_bytes[i] > longest) longest = n_bytes[i];
    if (longest > ENCODE_BYTES) longest = ENCODE_BYTES;
    for (unsigned t = 0; t < threads && !e; t++)
        e = doc_new(&docs[t], longest);
    job.z = z;
    if (!e) smp_parallel(threads, n, encode_one, &job);
    for (unsigned t = 0; t < threads; t++)
        doc_free(&docs[t]);
    return e;
}

/* -- learning --------------------------------------------------------------------------------- */

struct library {
    uint64_t *token; /* (TOKENS_MAX) grown as needed */
    size_t tokens_room;
    size_t *token_start;
    struct smp_count_table table;
    size_t counts_room;
};

static void library_free(struct library *l)
{
    free(l->token);
    free(l->token_start);
    free(l->table.column);
    free(l->table.count);
    free(l->table.start);
}

static enum smp_status library_new(struct library *l, size_t n)
{
    *l = (struct library){0};
    l->token_start = calloc(n + 1, sizeof *l->token_start);
    l->table.start = calloc(n + 1, sizeof *l->table.start);
    if (l->token_start && l->table.start) return SMP_OK;
    return smp_fail_nomem();
}

/* Makes room for n tokens; there is some even for none, so that a text of none has a place. */
static bool grow_tokens(struct library *l, size_t n)
{
    const size_t room = n + n / 2 + 1024;
    uint64_t *token;

    if (l->token && n <= l->tokens_room) return true;
    token = realloc(l->token, room * sizeof *token);
    if (!token) return false;
    l->token = token;
    l->tokens_room = room;
    return true;
}

/* Makes room for n counted columns, likewise. */
static bool grow_counts(struct library *l, size_t n)
{
    const size_t room = n + n / 2 + 1024;
    uint32_t *column;
    float *count;

    if (l->table.column && n <= l->counts_room) return true;
    column = realloc(l->table.column, room * sizeof *column);
    if (!column) return false;
    l->table.column = column;
    count = realloc(l->table.count, room * sizeof *count);
    if (!count) return false;
    l->table.count = count;
    l->counts_room = room;
    return true;
}

static enum smp_status library_add(struct library *l, const struct doc *d)
{
    const size_t i = l->table.n;
    const size_t t = l->token_start[i];
    const size_t c = l->table.start[i];

    if (!grow_tokens(l, t + d->n_tokens) || !grow_counts(l, c + d->n_columns))
        return smp_fail_nomem();
    if (d->n_tokens) memcpy(l->token + t, d->token, d->n_tokens * sizeof *d->token);
    if (d->n_columns) {
        memcpy(l->table.column + c, d->column, d->n_columns * sizeof *d->column);
        memcpy(l->table.count + c, d->count, d->n_columns * sizeof *d->count);
    }
    l->token_start[i + 1] = t + d->n_tokens;
    l->table.start[i + 1] = c + d->n_columns;
    l->table.n++;
    return SMP_OK;
}

static bool library_is_full(const struct library *l)
{
    return l->token_start[l->table.n] >= TOKENS_MAX || l->table.start[l->table.n] >= COUNTS_MAX;
}

/* Reads texts in random order until all were read or the library is full. */
static enum smp_status fill_library(const struct smp_train_texts *in, const size_t *chosen,
                                    size_t n, struct library *l)
{
    struct doc doc;
    enum smp_status e;

    SMP_TRY(doc_new(&doc, LEARN_BYTES));
    e = SMP_OK;
    for (size_t i = 0; i < n && !e && !library_is_full(l); i++) {
        const char *text = NULL;
        size_t n_bytes = 0;
        if (i % 256 == 0)
            e = smp_report(in->progress, 0.4 * (double)i / (double)n, "reading texts");
        if (!e) e = in->fetch(in->ctx, chosen[i], &text, &n_bytes);
        if (e) break;
        doc_read(&doc, text, n_bytes < LEARN_BYTES ? n_bytes : LEARN_BYTES);
        e = library_add(l, &doc);
    }
    doc_free(&doc);
    return e;
}

static enum smp_status read_texts(const struct smp_train_texts *in, struct library *l)
{
    const size_t n = in->n < SMP_TEXT_FIT_MAX ? in->n : SMP_TEXT_FIT_MAX;
    size_t *chosen = calloc(n, sizeof *chosen);
    struct smp_rng rng;
    enum smp_status e;

    if (!chosen) return smp_fail_nomem();
    smp_rng_seed(&rng, in->seed, STREAM_TEXTS);
    smp_rng_subset(&rng, in->n, n, chosen);
    smp_rng_seed(&rng, in->seed, STREAM_ORDER);
    smp_rng_shuffle(&rng, chosen, n);
    e = library_new(l, n);
    if (!e) e = fill_library(in, chosen, n, l);
    free(chosen);
    return e;
}

/* Centre and the one scale, from the texts learned from. A pool that teaches nothing keeps one
 * silent number. */
static enum smp_status learn_centre(const struct library *l, struct smp_text_model *m)
{
    const size_t n = l->table.n < CENTRE_TEXTS ? l->table.n : CENTRE_TEXTS;
    const size_t d = m->dim;
    double *sum = calloc(d, sizeof *sum);
    double squares = 0;
    double variance = 0;
    float *z = calloc(d, sizeof *z);
    enum smp_status e = SMP_OK;

    m->centre = calloc(d, sizeof *m->centre);
    if (!sum || !z || !m->centre) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t t = l->token_start[i];
        const size_t c = l->table.start[i];
        const struct doc_view view = {
            l->token + t,
            l->token_start[i + 1] - t,
            {l->table.column + c, l->table.count + c, l->table.start[i + 1] - c}
        };
        blocks(m, &view, z);
        for (size_t j = 0; j < d; j++) {
            sum[j] += (double)z[j];
            squares += (double)z[j] * (double)z[j];
        }
    }
    variance = squares / (double)n;
    for (size_t j = 0; j < d; j++) {
        const double mean = sum[j] / (double)n;
        m->centre[j] = (float)mean;
        variance -= mean * mean;
    }
    /* 1e-9: what rounding leaves of equal texts. */
    m->scale = variance > 1e-9 ? (float)(1 / sqrt(variance / (double)d)) : 1;
out:
    free(sum);
    free(z);
    return e;
}

static enum smp_status learn_from(const struct smp_train_texts *in, struct library *l,
                                  struct smp_text_model *m)
{
    const struct smp_learn_plan plan = {in->seed, in->n_threads, in->progress};
    struct smp_corpus corpus;

    SMP_TRY(read_texts(in, l));
    corpus = (struct smp_corpus){l->token, l->token_start, l->table.n};
    SMP_TRY(smp_words_learn(&corpus, &plan, &m->words));
    SMP_TRY(smp_ngrams_learn(&l->table, &plan, &m->ngrams));
    m->dim = m->words.dim + m->ngrams.dim;
    if (!m->dim) m->dim = 1;
    SMP_TRY(smp_report(in->progress, 0.95, "centring the latents"));
    return learn_centre(l, m);
}

enum smp_status smp_text_learn(const struct smp_train_texts *in, struct smp_text_model *m)
{
    struct library l = {0};
    enum smp_status e;

    *m = (struct smp_text_model){0};
    e = learn_from(in, &l, m);
    library_free(&l);
    if (e) smp_text_free(m);
    return e;
}

void smp_text_free(struct smp_text_model *m)
{
    smp_words_free(&m->words);
    smp_ngrams_free(&m->ngrams);
    free(m->centre);
    *m = (struct smp_text_model){0};
}

/* -- the file --------------------------------------------------------------------------------- */

void smp_text_put(const struct smp_text_model *m, struct smp_writer *w)
{
    smp_words_put(&m->words, w);
    smp_ngrams_put(&m->ngrams, w);
    smp_put_u32(w, (uint32_t)m->dim);
    smp_put_floats(w, m->centre, m->dim);
    smp_put_floats(w, &m->scale, 1);
}

enum smp_status smp_text_take(struct smp_reader *r, struct smp_text_model *m)
{
    size_t learned;

    *m = (struct smp_text_model){0};
    SMP_TRY(smp_words_take(r, &m->words));
    SMP_TRY(smp_ngrams_take(r, &m->ngrams));
    learned = m->words.dim + m->ngrams.dim;
    m->dim = smp_take_u32(r);
    if (m->dim != (learned ? learned : 1)) r->failed = true;
    m->centre = smp_take_floats(r, r->failed ? 0 : m->dim);
    smp_take_bytes(r, &m->scale, sizeof m->scale);
    if (!isfinite(m->scale)) r->failed = true;
    return r->failed ? smp_reader_finish(r) : SMP_OK;
}
