/* simulate_curve - what curves of accuracy say: how many labels as good a model needed.
 *
 * Curves are measured after every round; between rounds they are interpolated over ln(labels). */
#ifndef EXEMPLAR_JOBS_SIMULATE_CURVE_H
#define EXEMPLAR_JOBS_SIMULATE_CURVE_H

#include "jobs/simulate.h"

struct sim_curves {
    const size_t *steps; /* (n_steps) labels after each round, ascending */
    size_t n_steps;
    double *accuracy; /* (n_strategies, n_seeds, n_steps) */
};

/* Labels at which the running maximum of `mean` (n_steps) first is at `target`; NAN when it never
 * is. */
double sim_labels_to_reach(const struct sim_curves *c, const double *mean, double target);

/* r->summary, from r->point and the curves. */
enum err sim_summarise(struct sim_result *r, const struct sim_plan *plan,
                       const struct sim_curves *c) MUST_USE;

#endif
