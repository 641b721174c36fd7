/* influence - what would a model be without this person's labels?
 *
 *     struct smp_influence_in in = {.features = &f, .row = row, .answers = answers, .drawn = drawn,
 *                                   .person = who, .n_people = 3, .seed = 1};
 *     SMP_TRY(smp_influence(&in, found));           // found[i].difference: above 0, who[i] helps
 *
 * Judged by the items that were drawn at random, for only those stand for the pool (honest.h), and by
 * what the others say of them: a person's own answer must not be the truth they are measured by. The
 * drawn items are dealt into five folds. For each fold a model is taught by the majority of all answers
 * to all items outside it, and one by the majority without the person's; both are asked about the fold.
 * The error is that of the paired difference over the items asked about.
 *
 * Of more than SMP_INFLUENCE_ITEMS items so many are drawn, at most SMP_INFLUENCE_DRAWN of those that
 * judge. Models are by rule (smp_recipe_rule); five fits a person. Removing labels and teaching again
 * is the plain form of what influence functions approximate (Koh & Liang, ICML 2017). Pure and
 * deterministic for any number of threads. */
#ifndef SAMPLER_QUALITY_INFLUENCE_H
#define SAMPLER_QUALITY_INFLUENCE_H

#include "sampler/features.h"
#include "sampler/quality/answers.h"

enum { SMP_INFLUENCE_FOLDS = 5, SMP_INFLUENCE_ITEMS = 4000, SMP_INFLUENCE_DRAWN = 1500 };

struct smp_influence_in {
    const struct smp_features *features;
    const size_t *row;          /* (answers.n_items) of the features, each another one */
    struct smp_answers answers; /* single choice */
    const uint8_t *drawn;       /* (answers.n_items) 1: drawn at random, so it judges */
    const uint32_t *person;     /* (n_people) whom to ask about */
    size_t n_people;
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

struct smp_influence {
    size_t n;          /* items asked about; the rest is NaN when it is 0 */
    double with;       /* accuracy of models taught by everybody */
    double without;    /* of those taught without this person */
    double difference; /* with - without */
    double error;      /* its standard error */
};

/* found (n_people). SMP_INVALID as smp_answers_sort and smp_model_fit; SMP_CANCELLED. */
enum smp_status smp_influence(const struct smp_influence_in *in,
                              struct smp_influence *found) SMP_MUST_USE;

#endif
