/* lbfgs - minimises a smooth convex function of many numbers.
 *
 * Limited-memory BFGS with the last 10 steps and a backtracking line search (Nocedal & Wright,
 * Numerical Optimization, algorithms 7.4 and 3.1). Deterministic if the function is. */
#ifndef SAMPLER_LBFGS_H
#define SAMPLER_LBFGS_H

#include "sampler/status.h"

#include <stddef.h>

struct smp_function {
    size_t n;
    /* f(x), and its gradient into g (n). */
    double (*value)(void *ctx, const double *x, double *g);
    void *ctx;
};

struct smp_lbfgs_rule {
    unsigned steps_max;
    double gradient_max; /* done when no component of the gradient is larger */
};

/* x (n): the start, then the minimum found. SMP_NOMEM only. */
enum smp_status smp_lbfgs(const struct smp_function *f, const struct smp_lbfgs_rule *rule,
                          double *x) SMP_MUST_USE;

#endif
