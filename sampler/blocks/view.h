/* view - one photo at the three sizes that the blocks look at.
 *
 *     struct smp_view_shape shape = smp_view_shape_of(&spec);
 *     float *memory = malloc(smp_view_floats(&shape) * sizeof(float));   // one for each thread
 *     smp_view_make(&shape, &spec, pixels, memory, &view);
 *
 * large  (channels, side, side) planes, 0..1: local descriptors. 128 for photos, 64 for thumbnails
 * medium (channels, side, side) planes, 0..1: gradient histograms. 64
 * small  (side, side, channels) u8: the patch dictionary. 32, or the pool's own even side below that
 *
 * A side shrinks by area average and grows by bilinear interpolation. Every size is made from a
 * square, so the mirror image of a view is the view of the mirror image. Nothing here allocates or
 * fails. */
#ifndef SAMPLER_BLOCKS_VIEW_H
#define SAMPLER_BLOCKS_VIEW_H

#include "sampler/encoder.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SMP_PHOTO_SIDE = 128,     /* the canonical photo: 128x128, red-green-blue, squashed */
    SMP_PHOTO_SIDE_MIN = 10,  /* below this no block has anything to look at */
    SMP_PHOTO_SIDE_MAX = 1024 /* above this the caller forgot to resize */
};

struct smp_view_shape {
    size_t channels; /* 1 or 3 */
    size_t large, medium, small;
};

struct smp_view {
    struct smp_view_shape shape;
    const float *large, *medium;
    const uint8_t *small;
};

/* SMP_INVALID with a sentence when no view can be made of such images. */
enum smp_status smp_view_check(const struct smp_image_spec *spec) SMP_MUST_USE;

struct smp_view_shape smp_view_shape_of(const struct smp_image_spec *spec);
size_t smp_view_floats(const struct smp_view_shape *shape);

/* `memory` is smp_view_floats() floats; the view points into it. */
void smp_view_make(const struct smp_view_shape *shape, const struct smp_image_spec *spec,
                   const uint8_t *pixels, float *memory, struct smp_view *out);

#endif
