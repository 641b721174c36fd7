/* grams - a small text classifier that other programs can run: character n-grams and one matrix.
 *
 *     codes   code points, lower case; every space is one blank, runs of blanks are one, one blank
 *             stands before the text and one behind; what cannot be seen (joiners, marks of
 *             direction) is left out
 *     x_j     ln(1 + how often gram j stands in the codes) * idf_j, the row divided by its length
 *     p       softmax(x W + b)
 *
 * Grams are 1 to 6 code points, blanks included, so that " free " is a word and " fre" a beginning.
 * They are chosen by how much they tell of the classes (chi-squared against the targets) and never
 * stand in one text alone, so that nobody's one sentence leaves the house in them.
 *
 *     struct smp_grams_in in = {.n = n, .n_classes = 4, .fetch = fetch, .ctx = job};
 *     SMP_TRY(smp_grams_learn(&in, &grams));
 *     SMP_TRY(smp_grams_scores(grams, text, n_bytes, scores));     // softmax of them: p
 *
 * Targets may be soft: so it learns what a slow classifier thinks of texts nobody labelled (Hinton,
 * Vinyals & Dean 2015). Immutable once made; any number of threads may read it.
 * Deterministic: equal texts and targets give equal bits for any number of threads. */
#ifndef SAMPLER_TAKE_GRAMS_H
#define SAMPLER_TAKE_GRAMS_H

#include "sampler/bytes.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SMP_GRAM_LONGEST = 6,
    SMP_GRAMS_MAX = 20000,
    SMP_GRAMS_WEIGHTS_MAX = 600000, /* grams * classes, but 2,000 grams at least */
    SMP_GRAMS_CLASSES_MAX = 1000,
    SMP_GRAMS_PLAIN_END = 0x3001, /* code points from here on are taken as they are */
    SMP_GRAMS_TEXT_BYTES = 4000   /* read of each text while learning */
};

struct smp_grams {
    size_t n, n_classes;
    size_t end[SMP_GRAM_LONGEST + 1]; /* grams of length l: end[l-1] .. end[l]-1; end[0] is 0 */
    uint32_t
        *codes; /* gram after gram, (n of length l, l) for each l; ascending within a length */
    float *idf; /* (n) */
    float *weights; /* (n, n_classes) */
    float *bias;    /* (n_classes) */
};

struct smp_grams_in {
    size_t n, n_classes;
    /* Text i, valid until the next call, and its (n_classes) targets, which sum to 1. Called on the
     * calling thread, once for each i, ascending. */
    enum smp_status (*fetch)(void *ctx, size_t i, const char **text, size_t *n_bytes,
                             float *targets);
    void *ctx;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* SMP_INVALID without texts or classes, SMP_CANCELLED, SMP_NOMEM. */
enum smp_status smp_grams_learn(const struct smp_grams_in *in,
                                struct smp_grams **out) SMP_MUST_USE;
void smp_grams_free(struct smp_grams *g); /* NULL is fine */

/* The code point as grams see it; 0 when it is left out. */
uint32_t smp_grams_plain(uint32_t code);

/* codes (n_bytes + 2) <- the text's, blanks at both ends; returns how many. */
size_t smp_grams_read(const char *text, size_t n_bytes, uint32_t *codes);

/* scores (n_classes). SMP_NOMEM only. */
enum smp_status smp_grams_scores(const struct smp_grams *g, const char *text, size_t n_bytes,
                                 float *scores) SMP_MUST_USE;

/* The gram that the `length` codes are, or g->n; where its codes begin, and how many they are. */
size_t smp_grams_find(const struct smp_grams *g, const uint32_t *codes, size_t length);
const uint32_t *smp_grams_codes(const struct smp_grams *g, size_t gram, size_t *length);

/* x (g->n, zeroed) <- the row of a text of n codes. */
void smp_grams_row(const struct smp_grams *g, const uint32_t *codes, size_t n, float *x);

/* A copy with weights kept as bytes (round8.h). */
enum smp_status smp_grams_rounded(const struct smp_grams *g,
                                  struct smp_grams **out) SMP_MUST_USE;

/* As a part of a file (bytes.h). */
void smp_grams_put(const struct smp_grams *g, struct smp_writer *w);
enum smp_status smp_grams_take(struct smp_reader *r, struct smp_grams **out) SMP_MUST_USE;

#endif
