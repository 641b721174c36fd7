/* simulate_draw - what a seed of a replay draws: which items there are, and what is said of them. */
#ifndef EXEMPLAR_JOBS_SIMULATE_DRAW_H
#define EXEMPLAR_JOBS_SIMULATE_DRAW_H

#include "jobs/simulate_data.h"

struct sim_draw {
    size_t *banned; /* (n_banned) items of the pool that this seed does not give */
    size_t n_banned;
    int32_t *answer; /* (n_pool) what is said of each item */
};

/* Room for any seed's draw, from `a`. */
enum err sim_draw_new(struct sim_draw *d, struct arena *a, size_t n_pool) MUST_USE;

/* Nine tenths of every class; with `imbalance` R the k-th of K classes, in an order drawn too, keeps
 * R^(-k/(K-1)) of that; with `noise` that share of the answers is wrong, each a uniformly drawn other
 * class. Less noise leaves the rest of the draw as it is. */
enum err sim_draw(struct sim_draw *d, const struct sim_data *data, double imbalance,
                  double noise, uint64_t seed) MUST_USE;

#endif
