/* slices - where does it do worse than elsewhere: this camera, that folder, long texts?
 *
 *     for each slice:  p[s] = smp_slice_worse(right_in_it, in_it, right_in_all, all);
 *     smp_holm(p, n_slices);                       // over all slices of all keys that were looked at
 *     p[s] < 0.05                                  // it does worse there, and not by luck
 *
 * Among a hundred slices some look bad by chance alone, so the p of each is made larger by Holm's rule: the
 * chance to name even one slice wrongly is then at most the level.
 * Sources: Fisher's exact test, one-sided (Fisher, "The Design of Experiments", 1935); Holm, Scandinavian
 * Journal of Statistics 6 (1979), 65-70. Pure. */
#ifndef SAMPLER_EVAL_SLICES_H
#define SAMPLER_EVAL_SLICES_H

#include "sampler/status.h"

#include <stddef.h>

/* The chance of at most right_in of `in` items being right, when right_all of `all` are and the slice were
 * drawn from them at random. 1 when nothing is left outside it. */
double smp_slice_worse(size_t right_in, size_t in, size_t right_all, size_t all);

/* p (n) <- adjusted for n comparisons, at most 1. SMP_NOMEM. */
enum smp_status smp_holm(double *p, size_t n) SMP_MUST_USE;

#endif
