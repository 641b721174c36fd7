/* mirror - principal axes that know left from right, so that a mirrored photo costs nothing.
 *
 * A photo and its mirror image should look alike to a classifier. Descriptors of the mirrored photo
 * are those of the photo with their numbers exchanged. If the axes are learned from both (the
 * covariance averaged with its mirrored self), each axis is either even, the same in the mirror, or
 * odd, its sign turned. So the mirrored photo's coordinates are the photo's with the odd ones
 * negated, exactly, without computing anything again.
 *
 *     y = V (x - mean):   y_mirrored[i] = i < n_even ? y[i] : -y[i]
 *
 * Any number of axes; even first, each group by falling variance. */
#ifndef SAMPLER_BLOCKS_MIRROR_H
#define SAMPLER_BLOCKS_MIRROR_H

#include "sampler/blocks/descriptor.h"
#include "sampler/bytes.h"

struct smp_axes {
    size_t size;   /* numbers of a descriptor */
    size_t n;      /* axes kept */
    size_t n_even; /* of these, the first so many are even */
    float *v;      /* (n, size) */
    float *bias;   /* (n) = -V mean */
};

/* From descriptors x (rows, size); keeps at most `wish` axes, fewer when the rest has no variance.
 * The caller frees. */
enum smp_status smp_axes_learn(enum smp_descriptor_kind kind, const float *x, size_t rows,
                               size_t wish, struct smp_axes *out) SMP_MUST_USE;
void smp_axes_free(struct smp_axes *a);

/* y (rows, n) <- V (x - mean) for x (rows, size). */
void smp_axes_apply(const struct smp_axes *a, const float *x, size_t rows, float *y);

void smp_axes_put(const struct smp_axes *a, struct smp_writer *w);
enum smp_status smp_axes_take(struct smp_reader *r, struct smp_axes *a) SMP_MUST_USE;

#endif
