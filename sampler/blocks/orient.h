/* orient - gradients of an image, and sums of anything over square cells.
 *
 * A map of lanes is (side, side, lanes): the numbers of one place lie together, so that sums over
 * cells are plain vector adds.
 *
 *     smp_orientations(planes, channels, 128, 8, blocks);       // (64, 64, 8)
 *     smp_cell_sums(blocks, 64, 8, 3, work, cells);             // (62, 62, 8): cells of 6 pixels
 *
 * The gradient of a pixel is the central difference (0 across the border) of the channel where it
 * is longest. Its length is shared between the two nearest of `n_bins` directions of the full
 * circle, bin b being the angle 2 pi b / n_bins, counted from the x axis towards y. Mirroring the
 * image left to right mirrors the map and moves bin b to n_bins/2 - b (mod n_bins).
 *
 * Source: Dalal & Triggs, CVPR 2005; Lowe, IJCV 2004. Kernels: no allocation, no failure. */
#ifndef SAMPLER_BLOCKS_ORIENT_H
#define SAMPLER_BLOCKS_ORIENT_H

#include <stddef.h>

enum { SMP_ORIENT_SIDE_MAX = 128, SMP_ORIENT_BINS_MAX = 16 };

/* blocks (side/2, side/2, n_bins): the gradients of planes (channels, side, side), summed over
 * blocks of 2x2 pixels. side is even and at most SMP_ORIENT_SIDE_MAX. */
void smp_orientations(const float *planes, size_t channels, size_t side, size_t n_bins,
                      float *blocks);

/* length2 (side): squared lengths of the gradients of row y. */
void smp_gradient_lengths(const float *planes, size_t channels, size_t side, size_t y,
                          float *length2);

/* cells (side-cell+1, side-cell+1, lanes): at each place the sum of the cell x cell places that
 * begin there. `work` (side-cell+1, side, lanes) is workspace. */
void smp_cell_sums(const float *blocks, size_t side, size_t lanes, size_t cell, float *work,
                   float *cells);

#endif
