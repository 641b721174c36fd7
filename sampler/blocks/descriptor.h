/* descriptor - what small patches of a photo look like, densely: one descriptor every 4 pixels.
 *
 * A descriptor looks at 4x4 cells. Of gradients: RootSIFT, 8 directions a cell (128 numbers). Of
 * colours: mean and deviation of three opponent colours a cell (96 numbers).
 *     SMP_SHAPES    gradients of the focus, cells of 6, 12 and 18 pixels (of the 128-pixel view)
 *     SMP_TEXTURES  gradients of the frame, cells of 4 and 8
 *     SMP_COLOURS   colours of the frame, cells of 6 and 12
 * Patches up to 72 pixels wide beat the usual 16 and 24 by 5 points on photos of clothes; small ones
 * tell materials apart.
 *
 *     smp_descriptors_prepare(kind, &view, work, &map);            // once a photo
 *     for each scale < map.n_scales, each band < SMP_BANDS
 *         n = smp_descriptors_strip(&map, scale, band, out);       // out (n, size)
 *
 * A band is a third of the rows of descriptors, from the top. Descriptors of the mirrored photo are
 * those of the photo, in another order, with number i moved to smp_descriptor_mirror(kind, i):
 * patches lie symmetrically in the square, so this is exact up to rounding.
 *
 * Source: Lowe, IJCV 2004; Arandjelovic & Zisserman, CVPR 2012 (the root); local colour statistics
 * after Clinchant et al., ImagEval 2007. Kernels: no allocation, no failure. */
#ifndef SAMPLER_BLOCKS_DESCRIPTOR_H
#define SAMPLER_BLOCKS_DESCRIPTOR_H

#include "sampler/blocks/view.h"

#include <stddef.h>

enum smp_descriptor_kind { SMP_SHAPES, SMP_TEXTURES, SMP_COLOURS };

enum {
    SMP_DESCRIPTOR_MAX = 128, /* numbers of a descriptor, at most */
    SMP_SCALES_MAX = 3,
    SMP_BANDS = 3,
    SMP_STRIP_MAX = 290 /* descriptors of a strip, at most: 10 rows of 29 */
};

struct smp_descriptor_map {
    enum smp_descriptor_kind kind;
    size_t side; /* of the photo, in blocks of 2x2 pixels */
    size_t n_scales;
    size_t cell[SMP_SCALES_MAX];        /* side of a cell, in blocks */
    const float *cells[SMP_SCALES_MAX]; /* (side-cell+1, side-cell+1, 8) sums */
};

size_t smp_descriptor_size(enum smp_descriptor_kind kind);
size_t smp_descriptor_mirror(enum smp_descriptor_kind kind, size_t i);

/* Descriptors of one photo whose large view has this side. */
size_t smp_descriptors_per_photo(enum smp_descriptor_kind kind, size_t side_px);

/* Floats of workspace for a photo whose large view has this side. */
size_t smp_descriptors_work(size_t side_px);

/* The map points into `work`. Colours need a view of 3 channels. */
void smp_descriptors_prepare(enum smp_descriptor_kind kind, const struct smp_view *view,
                             float *work, struct smp_descriptor_map *map);

/* Writes the strip's descriptors, returns their count. */
size_t smp_descriptors_strip(const struct smp_descriptor_map *map, size_t scale, size_t band,
                             float *out);

#endif
