/* simulate_unlike - is the test set like the pool?
 *
 * Figures on a test set that is not like the pool say little about picking from the pool: what a
 * strategy is worth there, chance on another mix may be worth more. Two tests, each at about one false
 * alarm in a thousand:
 * - models guess items drawn at random from the pool, before they see their labels; the number guessed
 *   right must be as on the test set (two proportions, normal approximation, 3.3 standard deviations;
 *   seeds draw from one pool, so no more guesses count than the pool has items);
 * - classes must come as often in both (Pearson's chi-square for two samples, by the cube root
 *   approximation of Wilson & Hilferty 1931, 3.1 standard deviations). */
#ifndef EXEMPLAR_JOBS_SIMULATE_UNLIKE_H
#define EXEMPLAR_JOBS_SIMULATE_UNLIKE_H

#include "jobs/simulate_run.h"

/* Class counts of pool and test set, (n_classes) each. */
struct sim_mix {
    const char *const *name;
    const size_t *pool, *test;
    size_t n_classes;
};

/* Writes one sentence, "" when nothing tells them apart. */
void sim_unlike(const struct sim_guesses *g, const struct sim_mix *mix, char *out, size_t room);

#endif
