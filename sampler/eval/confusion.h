/* confusion - what is taken for what, and how far each class can be trusted.
 *
 *     smp_confusion(truth, guess, n, k, table);                 // table (k truth, k guess)
 *     smp_class_figures(table, k, 0.95, figures);               // figures (k)
 *     figures[c].precision    of what it calls c, the share that is        ("of 100 it calls shoe, 93 are")
 *     figures[c].recall       of what is c, the share that it calls so     ("of 100 shoes it finds 88")
 *
 * A share of nothing is NaN, and its interval 0 to 1. Intervals are Wilson's. Pure; nothing can fail. */
#ifndef SAMPLER_EVAL_CONFUSION_H
#define SAMPLER_EVAL_CONFUSION_H

#include "sampler/eval/interval.h"

#include <stdint.h>

/* truth, guess (n): classes 0..k-1; items where either is below 0 are left out. */
void smp_confusion(const int32_t *truth, const int32_t *guess, size_t n, size_t k,
                   size_t *table);

struct smp_class_figures {
    size_t n_truth, n_guess, n_right;
    double precision, recall;
    double f1; /* 2 right / (truth + guess); NaN when there are neither */
    struct smp_interval precision_in, recall_in;
};
void smp_class_figures(const size_t *table, size_t k, double level,
                       struct smp_class_figures *figures);

#endif
