/* loss - how far an output is from what it should be, and its slope. Kernels.
 *
 * n images; each writes the slope of `weight` times its own loss over its output. Returns the sum
 * over images of the unweighted loss.
 *
 *     reconstruction   mean over the numbers of an image of (y - pixel / 255)^2
 *     targets          -sum_j t_j log softmax(y)_j, slope softmax(y) sum_j t_j - t */
#ifndef SAMPLER_CONV_LOSS_H
#define SAMPLER_CONV_LOSS_H

#include "sampler/conv/gather.h"

/* y (n, plane), pixels (n, h, w, c), dy (n, slope plane). */
struct smp_loss_planes {
    const struct smp_plane *value, *slope;
};

double smp_loss_reconstruction(const struct smp_loss_planes *planes, size_t n, const float *y,
                               const uint8_t *const *pixels, float weight, float *dy);

/* The planes are 1 by 1: y (n, c), targets (n, c), dy (n, slope plane). */
double smp_loss_targets(const struct smp_loss_planes *planes, size_t n, const float *y,
                        const float *const *targets, float weight, float *dy);

#endif
