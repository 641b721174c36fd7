/* codes - rows in one byte a number, and how far that may lie from the truth.
 *
 * Row x is kept as the integers q nearest to (x - mean) / scale, -127..127, and with `error`, a
 * bound of |x - mean - scale q|. For any two rows, by the triangle inequality,
 *
 *     |x - y| >= scale |q_x - q_y| - error_x - error_y
 *
 * and the integers' distance is exact. So most rows are found to be too far by reading d + 8 bytes
 * instead of 4 d. Blocks of 16 rows lie together, four numbers of each at a time, as the
 * processors' dot products of bytes want them:
 *
 *     code (n_blocks, groups, 16 rows, 4 numbers) u8, each q + 128;  groups = d / 4, rounded up
 *
 * Memory: n * (d + 8) bytes. */
#ifndef SAMPLER_NEAR_CODES_H
#define SAMPLER_NEAR_CODES_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_CODES_BLOCK = 16, SMP_CODES_DIM_MAX = 4096 };

struct smp_codes {
    size_t n, d, n_blocks, groups;
    float scale;
    uint8_t *code;   /* (n_blocks, groups, 16, 4), 64-byte aligned */
    int32_t *square; /* (n_blocks * 16) |q|^2 */
    float *error;    /* (n_blocks * 16) */
};

/* x (n, d), finite; SMP_INVALID names the row that is not. Same codes for any n_threads. */
enum smp_status smp_codes_new(const float *x, size_t n, size_t d, unsigned n_threads,
                              struct smp_codes *codes) SMP_MUST_USE;
void smp_codes_free(struct smp_codes *codes);

/* A row taken out of the codes, to be compared with the others. */
struct smp_code_row {
    int8_t q[SMP_CODES_DIM_MAX]; /* groups * 4 of them are set */
    int32_t square, sum;         /* |q|^2, and the numbers' sum */
    float error;
};
void smp_codes_row(const struct smp_codes *codes, size_t row, struct smp_code_row *out);

#endif
