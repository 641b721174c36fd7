/* wording - which words of a text carry the answer: what happens to it without each.
 *
 *     struct smp_wording_in in = {.text = text, .n_bytes = n, .n_classes = 3, .class = best,
 *                                 .predict = predict, .ctx = p};
 *     SMP_TRY(smp_wording_find(&in, &w));
 *     w.word[i].start, .end (bytes), .weight    // above 0: without it, the answer is less sure
 *     smp_wording_free(&w);
 *
 * Words are what stands between blanks; of scripts written without them every ideograph or kana stands
 * alone, and others are cut each four code points, so that what is marked can be seen. Beyond
 * SMP_WORDING_MOST, neighbours are taken together. The weight is what the class's log-odds lose when the
 * text is read without the word (region.h). What is said twice has little weight at either place.
 *
 * Source: Li, Monroe & Jurafsky, "Understanding Neural Networks through Representation Erasure" (2016).
 * Pure: calls `predict` once, on the calling thread; memory for SMP_WORDING_MOST copies of the text, 16
 * MiB at most: of longer texts more neighbours go together. */
#ifndef SAMPLER_EXPLAIN_WORDING_H
#define SAMPLER_EXPLAIN_WORDING_H

#include "sampler/status.h"

#include <stddef.h>

enum {
    SMP_WORDING_MOST = 150,
    SMP_WORDING_BYTES = 20000 /* of a text; what is behind is left as it is */
};

struct smp_wording_in {
    const char *text; /* UTF-8; what is not separates */
    size_t n_bytes;
    size_t n_classes, class;
    /* p (n, n_classes) <- of n texts; anything but SMP_OK ends it with that code. */
    enum smp_status (*predict)(void *ctx, const char *const *text, const size_t *n_bytes,
                               size_t n, float *p);
    void *ctx;
};

struct smp_word_weight {
    size_t start, end; /* bytes, end exclusive */
    float weight;
};

struct smp_wording {
    size_t n;
    struct smp_word_weight *word; /* (n) ascending, no two overlap */
    float p;                      /* of the class, nothing left out */
};

/* The caller frees; after a failure there is nothing to free. A text without words has none. */
enum smp_status smp_wording_find(const struct smp_wording_in *in,
                                 struct smp_wording *out) SMP_MUST_USE;
void smp_wording_free(struct smp_wording *w);

#endif
