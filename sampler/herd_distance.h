/* herd_distance - squared distances between rows, as herding needs them. For herd*.c alone. */
#ifndef SAMPLER_HERD_DISTANCE_H
#define SAMPLER_HERD_DISTANCE_H

#include "sampler/herd.h"

/* |x|^2 of n numbers, summed in lanes: the same bits wherever it is called. */
float smp_herd_squares(const float *restrict x, size_t n);

/* product (n) -> squared distances between a point whose squares sum to `one` and those of `norm` (n). */
void smp_to_distances(float *restrict product, const float *restrict norm, float one, size_t n);

/* distance (n_from, m) <- from the rows of `from`, whose squares are in `norms`, to all candidates. */
void smp_herd_distances(const struct smp_herd *h, const float *from, const float *norms,
                        size_t n_from, float *distance);

/* least (n) <- the lesser of least and x. */
void smp_lower(float *restrict least, const float *restrict x, size_t n);

#endif
