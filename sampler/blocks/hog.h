/* hog - histograms of oriented gradients: the coarse shape of what a photo shows.
 *
 * Cells of 8x8 pixels of the three 64-pixel outlines; each holds 16 signed directions and their 8 unsigned
 * sums, divided by the energy of the 3x3 cells around it, cut at 0.3, square-rooted. Of the photo's
 * and its mirror image's histograms the mean is kept, of which half the columns say all:
 * 3 outlines * 8 rows * 4 columns * 24 numbers; behind them, as many, half of their difference, times
 * the weight that left and right have in the pool (sides.h): what a mirror changes the sign of.
 * Nothing is learned.
 *
 * Source: Dalal & Triggs, CVPR 2005; signed and unsigned together after Felzenszwalb et al., PAMI
 * 2010. Kernels: no allocation, no failure. */
#ifndef SAMPLER_BLOCKS_HOG_H
#define SAMPLER_BLOCKS_HOG_H

#include "sampler/blocks/view.h"

size_t smp_hog_size(void);
size_t smp_hog_work(void);
void smp_hog_encode(const struct smp_view *view, float weight, float *work, float *out);

#endif
