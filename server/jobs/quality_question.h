/* quality_question - how well people agree on one question, and what they mean together.
 *
 *     TRY(quality_question(&with, &data, 0, list));     // appends {"question","agreement",..}
 *
 * By the question's type: a single choice is nominal; a multiple one compares the sets that were
 * chosen, alpha by MASI (sampler/quality/sets.h), and each class as a yes or no of its own. Other types
 * join in `measure`. Pure but for progress. */
#ifndef EXEMPLAR_JOBS_QUALITY_QUESTION_H
#define EXEMPLAR_JOBS_QUALITY_QUESTION_H

#include "base/json.h"
#include "jobs/quality_gather.h"
#include "sampler/quality/crowd.h"
#include "sampler/quality/estimate.h"
#include "sampler/quality/vote.h"

enum {
    QUALITY_ROUNDS = 1000,     /* of the bootstrap */
    QUALITY_PAIR_ITEMS = 5,    /* that two people must have in common to be compared */
    QUALITY_PAIRS_MAX = 1000,  /* kept, those with most in common */
    QUALITY_CONFUSED_MAX = 20, /* pairs of classes kept */
    QUALITY_CLASSES_MAX = 200  /* a multiple choice with more has no figures for each class */
};

/* What a question says of people, beside its own figures; for quality_people. */
struct quality_skill {
    struct smp_trusted *trust; /* (n_people), NULL: nobody shares an item with anybody */
    struct smp_crowd crowd;    /* n_people 0: too large, too few, or a multiple choice */
};
void quality_skill_free(struct quality_skill *k);

struct quality_with {
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress;
};

/* skill[q] is to be freed whatever is returned. */
enum err quality_question(const struct quality_with *with, const struct quality_data *d,
                          size_t q, struct quality_skill *skill, json_t *list) MUST_USE;

#endif
