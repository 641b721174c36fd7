/* photos - the pool's canonical images in memory, as the blocks learn from them. */
#ifndef SAMPLER_BLOCKS_PHOTOS_H
#define SAMPLER_BLOCKS_PHOTOS_H

#include "sampler/encoder.h"

struct smp_photos {
    struct smp_image_spec spec;
    const uint8_t *pixels; /* (n, height, width, channels) */
    size_t n;
    uint64_t seed;
    unsigned n_threads;                  /* 0 counts as 1 */
    const struct smp_progress *progress; /* may be NULL */
};

#endif
