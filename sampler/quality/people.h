/* people - how one person answers, with error bars: how often as the others, how fast, and whether that
 * changes.
 *
 *     SMP_TRY(smp_with_others(&answers, left_out, outcome));   // each answer: as the others, or not
 *     struct smp_share s = smp_share_of(93, 100);              // 0.93, 0.863 to 0.966 (95 %)
 *     struct smp_middle m = smp_middle_of(seconds, n);         // the median and its interval
 *     z = smp_trend(right, asked, score, 10);                  // beyond 3 either way: it drifts
 *
 * All pure. Sources: shares Wilson, JASA 22 (1927), 209-212, the score interval, as recommended by
 * Newcombe, Statistics in Medicine 17 (1998); medians by order statistics: Conover, "Practical
 * Nonparametric Statistics" (1999), 3.2; trends in shares: Cochran, Biometrics 10 (1954), and
 * Armitage, Biometrics 11 (1955). */
#ifndef SAMPLER_QUALITY_PEOPLE_H
#define SAMPLER_QUALITY_PEOPLE_H

#include "sampler/quality/answers.h"

enum smp_outcome {
    SMP_UNJUDGED = -1, /* nobody else answered, or the others tie */
    SMP_DIFFERS = 0,
    SMP_AGREES = 1
};

/* outcome (in->n), in the order of the answers: whether each is what most of the other people said
 * about its item; their own answer has no vote there. left_out (n_people) or NULL: not 0 for people
 * who are judged themselves and count as nobody's others. One answer of each person about an item. */
enum smp_status smp_with_others(const struct smp_answers *in, const uint8_t *left_out,
                                int8_t *outcome) SMP_MUST_USE;

/* A share and its 95 % interval (Wilson); all NaN when n is 0. */
struct smp_share {
    size_t n;
    double value, low, high;
};
struct smp_share smp_share_of(size_t yes, size_t n);

/* The median of x (n), which is sorted in place, and the 95 % interval of the order statistics: from the
 * lowest to the highest value when n is below 6, where none is narrower. All NaN when n is 0. */
struct smp_middle {
    size_t n;
    double value, low, high;
};
struct smp_middle smp_middle_of(double *x, size_t n);

/* The z of a linear trend: yes (n_groups) of n (n_groups) at scores ascending; above 0: the share
 * rises. NaN when there is nothing to tell: one group, all yes or all no. */
double smp_trend(const size_t *yes, const size_t *n, const double *score, size_t n_groups);

#endif
