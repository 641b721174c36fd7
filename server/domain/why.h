/* why - why did it answer this? The region of a picture, or the words of a text, that carried it.
 *
 *     TRY(why_image(p, &arena, bytes, n, WHY_BEST, threads, &w));
 *     w.class, w.p, w.region.weight[y * w.region.columns + x]
 *     TRY(why_text(p, &arena, text, n, WHY_BEST, threads, &w));
 *     w.word[i].start, .end (code points), .weight
 *
 * Asks the predictor itself, with parts covered or left out: sampler/explain/region.h and wording.h say
 * how, and what a weight means. A photo costs about 50 encodings (a fifth of a second on one processor), a
 * text up to 150 (a few hundredths). Nearest examples are another answer to the same question, and asked for
 * elsewhere. Threads: any; the result lives in the arena. */
#ifndef EXEMPLAR_DOMAIN_WHY_H
#define EXEMPLAR_DOMAIN_WHY_H

#include "domain/predictor.h"
#include "sampler/explain/region.h"
#include "sampler/explain/wording.h"

/* The class that is asked about: that of the answer. */
#define WHY_BEST SIZE_MAX

struct why {
    struct prediction said; /* of the whole */
    size_t class;           /* that the weights are about */
    struct smp_region
        region; /* of a picture, seen squashed: a cell is that share of its sides */
    const struct smp_word_weight *word; /* (n_words) of a text; NULL for a picture */
    size_t n_words;
};

/* ERR_INVALID as predictor_image and _text, or for a class that there is not. */
enum err why_image(const struct predictor *p, struct arena *a, const void *bytes, size_t n,
                   size_t class, int threads, struct why *w) MUST_USE;
enum err why_text(const struct predictor *p, struct arena *a, const char *text, size_t n,
                  size_t class, int threads, struct why *w) MUST_USE;

#endif
