/* curve - plays the annotator: picks, answers with the truth, refits, and measures on a test set. */
#ifndef EXEMPLAR_TESTS_CURVE_H
#define EXEMPLAR_TESTS_CURVE_H

#include "sampler/pick.h"

struct curve_data {
    struct smp_features pool, test; /* of the same parts */
    const int32_t *truth, *truth_test;
    size_t n_classes;
};

struct curve_plan {
    enum smp_strategy strategy;
    double explore;
    uint64_t seed;
    const size_t *budgets; /* ascending numbers of labels */
    size_t n_budgets;
};

/* accuracy (n_budgets) on the test set after each budget. */
void curve_run(const struct curve_data *data, const struct curve_plan *plan, double *accuracy);

#endif
