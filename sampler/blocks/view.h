/* view - one photo as the blocks look at it: the whole frame, and its subject.
 *
 *     struct smp_view_shape shape = smp_view_shape_of(&spec);
 *     float *memory = malloc(smp_view_floats(&shape) * sizeof(float));   // the view points into it
 *     float *spare = malloc(smp_view_spare(&shape) * sizeof(float));     // free once it is made
 *     smp_view_make(&shape, pixels, memory, spare, &view);
 *
 * frame   (channels, large, large) planes, 0..1: the whole; 128 for photos, 64 for thumbnails
 * focus   the same, of the box around the subject (focus.h) that leaves out 5 % of the edges
 * outline (channels, medium, medium) planes, three boxes that leave out 2, 5 and 10 %; 64
 * small   (small, small, channels) u8: the frame at 32, or at the pool's own even side below that
 *
 * A side shrinks by area average and grows by bilinear interpolation. The mirror image of a view is
 * the view of the mirror image. Nothing here allocates or fails. */
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
    size_t width, height; /* of the canonical image */
    size_t channels;      /* 1 or 3 */
    size_t large, medium, small;
};

enum { SMP_OUTLINES = 3 };

struct smp_view {
    struct smp_view_shape shape;
    const float *frame, *focus;
    const float *outline[SMP_OUTLINES];
    const uint8_t *small;
};

/* SMP_INVALID with a sentence when no view can be made of such images. */
enum smp_status smp_view_check(const struct smp_image_spec *spec) SMP_MUST_USE;

struct smp_view_shape smp_view_shape_of(const struct smp_image_spec *spec);
size_t smp_view_floats(const struct smp_view_shape *shape);
size_t smp_view_spare(const struct smp_view_shape *shape);

void smp_view_make(const struct smp_view_shape *shape, const uint8_t *pixels, float *memory,
                   float *spare, struct smp_view *out);

#endif
