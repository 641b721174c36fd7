/* text - the text encoder: word vectors beside n-grams, one row of numbers a text.
 *
 *     words   PPMI word vectors of the project's own text, SIF average        up to 128 numbers
 *     ngrams  tf-idf of words, word pairs and character n-grams, SVD          up to 128 numbers
 *
 * Each block is divided by its own length, so that both speak as loudly; then the whole is centred
 * on the pool and divided by one scale. Topics live in the first block, short intents and scripts
 * without spaces in the second (measured: neither alone is as good on both). */
#ifndef SAMPLER_TEXT_H
#define SAMPLER_TEXT_H

#include "sampler/bytes.h"
#include "sampler/encoder.h"
#include "sampler/ngrams.h"
#include "sampler/words.h"

struct smp_text_model {
    struct smp_words words;
    struct smp_ngrams ngrams;
    size_t dim;    /* d: words.dim + ngrams.dim, or 1 when a pool has nothing to learn from */
    float *centre; /* (d) */
    float scale;
};

enum smp_status smp_text_learn(const struct smp_train_texts *in,
                               struct smp_text_model *m) SMP_MUST_USE;
void smp_text_free(struct smp_text_model *m);

/* z (n,d), as smp_encoder_encode_texts. */
enum smp_status smp_text_encode(const struct smp_text_model *m, const char *const *text,
                                const size_t *n_bytes, size_t n, unsigned n_threads,
                                float *z) SMP_MUST_USE;

void smp_text_put(const struct smp_text_model *m, struct smp_writer *w);
enum smp_status smp_text_take(struct smp_reader *r, struct smp_text_model *m) SMP_MUST_USE;

#endif
