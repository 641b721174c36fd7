/* round8 - weights as whole numbers of -127 to 127, one scale for each column.
 *
 *     scale_c = max_r |w_rc| / 127,   q_rc = round(w_rc / scale_c),   read as q_rc * scale_c in f32
 *
 * Only how weights are kept is rounded; what is computed with them stays f32. So whoever reads the
 * rounded weights has a model of its own, and smp_round8 makes just that one. Pure; never fails. */
#ifndef SAMPLER_TAKE_ROUND8_H
#define SAMPLER_TAKE_ROUND8_H

#include <stddef.h>
#include <stdint.h>

/* w (rows, columns) -> q (rows, columns), scale (columns); a column of zeros has scale 0. */
void smp_round8_parts(const float *w, size_t rows, size_t columns, int8_t *q, float *scale);

/* w <- what a reader of its parts reads. */
void smp_round8(float *w, size_t rows, size_t columns);

#endif
