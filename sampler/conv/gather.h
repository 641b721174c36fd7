/* gather - where the numbers of a convolution lie: tables of offsets, made once for a layer.
 *
 * A convolution is a product of rows and a matrix, if the rows are patches of the image. They are
 * never copied together: a row is an offset into a plane with a border of zeros, and a list of
 * segments, the runs of neighbouring numbers that the patch is made of.
 *
 *     patch row r, image i:   x[i * floats + x_row[r] + segment.offset + 0 .. segment.length-1]
 *
 * Two gathers follow from one shape. smp_gather_patches: for each output pixel the patch under it,
 * kernel_h segments of kernel_w * in_c. smp_gather_adjoint: for each input pixel the outputs that
 * it has a part in; pixels whose position has the same remainder by the stride meet the same taps
 * and form one gather, stride_h * stride_w of them.
 *
 * A dense layer is the case kernel = stride = the whole plane. */
#ifndef SAMPLER_CONV_GATHER_H
#define SAMPLER_CONV_GATHER_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

/* (lo + h + hi, lo + w + hi, c) f32; what is outside the inner (h, w) stays zero. */
struct smp_plane {
    size_t h, w, c;
    size_t lo, hi;
};

/* The shape of a convolution: w (kernel_h * kernel_w * in_c, out_c). */
struct smp_conv_shape {
    size_t in_h, in_w, in_c;
    size_t out_h, out_w, out_c;
    size_t kernel_h, kernel_w, stride_h, stride_w, pad;
};

struct smp_segment {
    uint32_t offset, length;
};

struct smp_gather {
    size_t rows, k, n_segments; /* k: the lengths together */
    struct smp_segment *segments;
    uint32_t *x_row;     /* (rows) where the patch begins */
    uint32_t *y_row;     /* (rows) where the product goes */
    uint32_t *other_row; /* (rows) the pixel of y_row in a third plane */
    size_t tap_h, tap_w; /* adjoint: the remainders whose taps these are */
};

/* The three planes of a gather; only their offsets are used. */
struct smp_gather_planes {
    const struct smp_plane *x, *y, *other;
};

size_t smp_plane_floats(const struct smp_plane *p);
size_t smp_plane_offset(const struct smp_plane *p, size_t row, size_t column);

/* Widens the border of x, so that every patch lies inside. */
void smp_gather_patches_border(const struct smp_conv_shape *s, struct smp_plane *x);
void smp_gather_adjoint_border(const struct smp_conv_shape *s, struct smp_plane *x);

/* Fill *g; smp_gather_free releases it, also after SMP_NOMEM. `tap_h` < stride_h, `tap_w` <
 * stride_w choose one of the adjoint's gathers; its rows may be 0, and its k too. */
enum smp_status smp_gather_patches(const struct smp_conv_shape *s,
                                   const struct smp_gather_planes *p,
                                   struct smp_gather *g) SMP_MUST_USE;
enum smp_status smp_gather_adjoint(const struct smp_conv_shape *s,
                                   const struct smp_gather_planes *p, size_t tap_h,
                                   size_t tap_w, struct smp_gather *g) SMP_MUST_USE;
void smp_gather_free(struct smp_gather *g);

/* Which row of w the adjoint's k-th number belongs to, for input channel `c`, and which column. */
struct smp_tap {
    size_t row, column;
};
struct smp_tap smp_gather_tap(const struct smp_conv_shape *s, const struct smp_gather *g,
                              size_t k, size_t c);

#endif
