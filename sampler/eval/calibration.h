/* calibration - when it says 90 %, is it right nine times of ten?
 *
 *     smp_calibration(sure, right, n, &c);     // sure (n): the probability of its answer
 *     c.expected_error                         // 0.03: its percentages are off by 3 points on average
 *     c.z                                      // beyond 2: too sure of itself, below -2: not sure enough
 *
 * Answers are sorted into ten bins of equal width by how sure it was. The expected calibration error is the mean
 * distance of a bin's mean certainty from its share of right answers, weighted by its answers; few answers
 * alone make it larger than 0, so a sentence should rest on z: Spiegelhalter's statistic, standard normal
 * when the probabilities are true, its sign turned so that it is positive for one that is too sure.
 * Sources: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017); Spiegelhalter, Statistics in
 * Medicine 5 (1986), 421-433; Brier, Monthly Weather Review 78 (1950). Pure; nothing can fail. */
#ifndef SAMPLER_EVAL_CALIBRATION_H
#define SAMPLER_EVAL_CALIBRATION_H

#include "sampler/eval/interval.h"

#include <stdint.h>

enum { SMP_CALIBRATION_BINS = 10 };

struct smp_calibration_bin {
    size_t n, n_right;
    double sure;                  /* mean certainty; NaN when empty */
    double right;                 /* share of right answers; NaN when empty */
    struct smp_interval right_in; /* Wilson, 95 % */
};

struct smp_calibration {
    size_t n;
    double sure, right;    /* means over all; NaN when n is 0 */
    double expected_error; /* ECE, 0..1 */
    double brier;          /* mean of (sure - right)^2 */
    double z;              /* 0 when every answer was given 0, 0.5 or 1: it cannot tell */
    struct smp_calibration_bin bin[SMP_CALIBRATION_BINS]; /* b holds sure in [b/10, (b+1)/10) */
};

/* sure (n) 0..1; right (n): not 0 where the answer was right. */
void smp_calibration(const float *sure, const uint8_t *right, size_t n,
                     struct smp_calibration *out);

#endif
