/* crowd - the true classes and everybody's confusion matrix, estimated together (Dawid & Skene).
 *
 *     struct smp_crowd_in in = {.answers = answers, .smoothing = 1, .n_threads = 2};
 *     SMP_TRY(smp_crowd_fit(&in, &crowd));
 *     crowd.posterior[i * k + c]               // how probable class c is for item i
 *     crowd.confusion[(p * k + c) * k + l]     // how often person p says l when it is c
 *     smp_crowd_free(&crowd);
 *
 * Answers are taken as independent given the true class. EM from the shares of votes, in logs. A person
 * may answer an item more than once.
 *
 * `smoothing` is how many answers, distributed as everybody's together are, each row of a matrix starts
 * with: without it (0, as in the paper) someone with three answers is perfect or impossible.
 *
 * `error` is the standard error of each entry from the information its own row has: an answer counts by
 * the square of the probability that its item is of the row's class, so what is doubtful counts less
 * than a whole answer. Holds the truth within two of them in 90 to 95 of 100 entries
 * (docs/quality.md); too small where hardly anybody agrees.
 *
 * Same bits for any number of threads and any order of the answers.
 * Source: Dawid & Skene, Applied Statistics 28 (1979); information of mixtures: McLachlan & Krishnan,
 * "The EM Algorithm and Extensions" (2008), 4.3 (empirical information). */
#ifndef SAMPLER_QUALITY_CROWD_H
#define SAMPLER_QUALITY_CROWD_H

#include "sampler/quality/answers.h"

#include <stdbool.h>

/* People x classes x classes, at most: three tables of 8 bytes each. */
#define SMP_CROWD_CELLS_MAX (32u << 20)

struct smp_crowd_in {
    struct smp_answers answers;
    const int32_t
        *known; /* (n_items) the true class where it is known (gold), else -1; or NULL */
    double smoothing;
    double tolerance; /* mean change of an item's posterior to stop at; 0 counts as 1e-5 */
    size_t rounds;    /* at most; 0 counts as 200 */
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

struct smp_crowd {
    size_t n_items, n_people, n_classes;
    double *prior;     /* (k) */
    double *posterior; /* (n_items, k) rows sum to 1; the prior where nobody answered */
    double *confusion; /* (n_people, k true, k said) rows sum to 1 */
    double *error;     /* (n_people, k, k) */
    double *accuracy;  /* (n_people) how often right: the diagonal by the prior */
    double log_likelihood;
    size_t rounds;
    bool converged;
};

enum smp_status smp_crowd_fit(const struct smp_crowd_in *in,
                              struct smp_crowd *out) SMP_MUST_USE;
void smp_crowd_free(struct smp_crowd *crowd);

/* The most probable class of each item, the lowest on a tie: winner (n_items). */
void smp_crowd_winners(const struct smp_crowd *crowd, int32_t *winner);

#endif
