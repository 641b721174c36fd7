/* metrics - how good a classifier or a labelling curve is. Pure; nothing can fail. */
#ifndef SAMPLER_METRICS_H
#define SAMPLER_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* guess (n) <- the most probable class of each row of p (n, n_classes); the lowest on a tie. */
void smp_argmax(const float *p, size_t n, size_t n_classes, int32_t *guess);

/* Share of guesses that are right, 0 when n is 0. */
double smp_accuracy(const int32_t *guess, const int32_t *truth, size_t n);

/* Mean over the classes that occur in `truth` or `guess` of the F1 of each (2tp / (2tp+fp+fn)).
 * Classes are 0..n_classes-1. 0 when n is 0. */
double smp_macro_f1(const int32_t *guess, const int32_t *truth, size_t n, size_t n_classes);

/* Area under the learning curve: trapezoids of accuracy over ln(labels), divided by its width,
 * so that a flat curve at 0.8 has 0.8. labels (n) ascending and > 0; n = 1 gives accuracy[0].
 */
double smp_aulc(const double *labels, const double *accuracy, size_t n);

#endif
