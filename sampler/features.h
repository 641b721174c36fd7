/* features - what an encoder makes of items: the latent, and the blocks it was made from.
 *
 * Part 0 is the latent: what is mapped, searched and sampled from. An encoder that looks at an item
 * in several ways gives each as a part of its own; a classifier (model/model.h) may read any of them.
 *
 *     struct smp_features f = {.n = n, .n_parts = 3, .part = {z, hog, colour}, .d = {128, 256, 200}};
 *
 * Owns nothing: parts lie where they lie, often in read-only mappings. */
#ifndef SAMPLER_FEATURES_H
#define SAMPLER_FEATURES_H

#include <stddef.h>

enum { SMP_PARTS_MAX = 8 };

struct smp_features {
    size_t n;                         /* items */
    size_t n_parts;                   /* 1..SMP_PARTS_MAX */
    const float *part[SMP_PARTS_MAX]; /* each (n, d of it), row-major */
    size_t d[SMP_PARTS_MAX];
};

#endif
