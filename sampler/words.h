/* words - word vectors from a project's own text, and texts as their weighted average.
 *
 * Words that occur twice or more, the 20,000 most frequent. Counts of words within 5 of each other
 * give positive pointwise mutual information with context counts to the power 0.75; its truncated
 * SVD, times the square root of the singular values, gives the vectors (Levy & Goldberg 2014; Levy,
 * Goldberg & Dagan 2015). A text is the average of its words weighted by a / (a + frequency),
 * a = 1e-3, minus the first principal direction, which all texts share (SIF, Arora et al. 2017). */
#ifndef SAMPLER_WORDS_H
#define SAMPLER_WORDS_H

#include "sampler/bytes.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_WORDS_MAX = 20000, SMP_WORDS_DIM = 128 };

struct smp_words {
    size_t n, dim;   /* dim 0: nothing to learn from */
    uint64_t *hash;  /* (n) ascending */
    float *weighted; /* (n, dim) vector times SIF weight */
    float *common;   /* (dim) the shared direction, unit length or 0 */
};

/* Tokenised texts: text i is token[start[i]] .. token[start[i+1] - 1]. */
struct smp_corpus {
    const uint64_t *token;
    const size_t *start; /* (n + 1) */
    size_t n;
};

struct smp_learn_plan {
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress;
};

enum smp_status smp_words_learn(const struct smp_corpus *corpus,
                                const struct smp_learn_plan *plan,
                                struct smp_words *w) SMP_MUST_USE;
void smp_words_free(struct smp_words *w);

/* out (dim) <- the unit vector of a text of n tokens; zeros when no word is known. */
void smp_words_average(const struct smp_words *w, const uint64_t *token, size_t n, float *out);

void smp_words_put(const struct smp_words *w, struct smp_writer *out);
enum smp_status smp_words_take(struct smp_reader *r, struct smp_words *w) SMP_MUST_USE;

#endif
