/* ngrams - hashed tf-idf of words, word pairs and characters, reduced by SVD.
 *
 * Tokens and pairs of tokens are hashed into 2^16 columns, character 3- to 5-grams into another
 * 2^16; tf is 1 + ln(count), idf is ln((1 + n) / (1 + df)) + 1; each half is divided by its length.
 * Columns that fewer than two texts have are dropped: they bring no text nearer to another. The
 * first 128 right singular vectors, over the square root of their singular values, map a text to its
 * numbers, which are divided by their length. */
#ifndef SAMPLER_NGRAMS_H
#define SAMPLER_NGRAMS_H

#include "sampler/bytes.h"
#include "sampler/words.h"

enum { SMP_NGRAM_COLUMNS = 1 << 17, SMP_NGRAM_DIM = 128 };

/* One text, counted: ascending columns with how often each occurs. */
struct smp_counts {
    uint32_t *column;
    float *count;
    size_t n;
};

/* Counted texts: text i is column[start[i]] .. column[start[i+1] - 1]. */
struct smp_count_table {
    uint32_t *column;
    float *count;
    size_t *start; /* (n + 1) */
    size_t n;
};

struct smp_ngrams {
    size_t n, dim;    /* columns kept; dim 0: nothing to learn from */
    uint32_t *column; /* (n) ascending */
    float *idf;       /* (n) */
    float *map;       /* (n, dim) */
};

/* The column of a token or a pair, and of a character n-gram. */
uint32_t smp_word_column(uint64_t hash);
uint32_t smp_gram_column(uint64_t hash);

enum smp_status smp_ngrams_learn(const struct smp_count_table *table,
                                 const struct smp_learn_plan *plan,
                                 struct smp_ngrams *g) SMP_MUST_USE;
void smp_ngrams_free(struct smp_ngrams *g);

/* out (dim) <- the unit vector of a counted text; zeros when no column is known. */
void smp_ngrams_map(const struct smp_ngrams *g, const struct smp_counts *text, float *out);

void smp_ngrams_put(const struct smp_ngrams *g, struct smp_writer *w);
enum smp_status smp_ngrams_take(struct smp_reader *r, struct smp_ngrams *g) SMP_MUST_USE;

#endif
