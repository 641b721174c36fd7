/* bound - which rows cannot be ruled out by their codes. Kernels.
 *
 * For each of n_blocks blocks of 16 rows from `first`: bit i of mask says that row i of the block
 * may lie nearer to `center` than its `reach` (n_blocks * 16, from the start of the codes) says;
 * for rows whose bit is 0 it is sure that
 *
 *     |x - center| >= reach - error      so reach = distance + error compares with `distance`
 *
 * with room for the rounding of the distances themselves. AVX-512 with VNNI where the processor
 * has it, else a plain loop; the masks are the same. */
#ifndef SAMPLER_NEAR_BOUND_H
#define SAMPLER_NEAR_BOUND_H

#include "sampler/near/codes.h"

void smp_bound_nearer(const struct smp_codes *codes, const struct smp_code_row *center,
                      const float *reach, size_t first, size_t n_blocks, uint16_t *mask);

/* The plain one, for the tests. */
void smp_bound_nearer_plain(const struct smp_codes *codes, const struct smp_code_row *center,
                            const float *reach, size_t first, size_t n_blocks, uint16_t *mask);

#endif
