/* product - the two loops in which a network spends its time.
 *
 *     smp_product_run      y = rows(x) w                  forward, and the gradient of the input
 *     smp_product_weights  dw = dw + rows(x)^T dy         the gradient of the weights
 *
 * The rows of x are gathers (gather.h): patches are read where they lie, so nothing is copied and
 * each number is loaded once for a tile of 6 rows by 64 columns that stays in registers. Compiled
 * for AVX-512, AVX2 and the baseline; the first that the processor has is used.
 *
 * Every entry of y is summed over k in ascending order, of dw over images and rows in ascending
 * order; so a result never depends on the other rows of a call, or on threads.
 *
 * Kernels: no allocation, no failure. Planes and dy need SMP_PRODUCT_SLACK floats behind their
 * end that may be read. */
#ifndef SAMPLER_CONV_PRODUCT_H
#define SAMPLER_CONV_PRODUCT_H

#include "sampler/conv/gather.h"

enum {
    SMP_PRODUCT_LANES = 16,
    SMP_PRODUCT_PANEL = 64, /* columns of w that lie together */
    SMP_PRODUCT_SLACK = 16
};

enum smp_activation { SMP_LINEAR, SMP_RELU };

struct smp_product {
    const struct smp_gather *rows;
    size_t n_images;
    const float *x; /* n_images planes */
    size_t x_floats;
    const float *w;    /* packed, smp_product_pack */
    size_t n;          /* columns */
    const float *bias; /* (n, padded with anything to a multiple of 16) or NULL: zeros */
    enum smp_activation activation;
    float *y; /* n_images planes; (n) floats are written at each row's y_row */
    size_t y_floats;
    const float *keep; /* NULL, or planes: y becomes 0 where keep is not above 0 (other_row) */
    size_t keep_floats;
};

struct smp_weights {
    const struct smp_gather *rows;
    size_t n_images;
    const float *x; /* n_images planes */
    size_t x_floats;
    const float *dy; /* n_images planes; (n) floats are read at dy_row */
    size_t dy_floats;
    const uint32_t *dy_row; /* (rows) */
    size_t n;
    float *dw; /* (k, n) row-major */
};

/* Columns rounded up to whole vectors; the floats of a packed (k, n). */
size_t smp_product_padded(size_t n);
size_t smp_product_packed(size_t k, size_t n);

/* Where column j of row k lies in the packed form: panels of 64 columns, each (k, width), the
 * last narrower, in whole vectors. Columns beyond n stay zero. */
size_t smp_product_at(size_t n_rows, size_t n, size_t k, size_t j);

void smp_product_run(const struct smp_product *p);
void smp_product_weights(const struct smp_weights *p);

#endif
