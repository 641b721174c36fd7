/* photos - the pool's canonical images in memory, as the blocks learn from them. */
#ifndef SAMPLER_BLOCKS_PHOTOS_H
#define SAMPLER_BLOCKS_PHOTOS_H

#include "sampler/encoder.h"

/* Whether left and right mean something in the pool (sides.h). */
enum smp_sides { SMP_SIDES_ALIKE, SMP_SIDES_DIFFER };

struct smp_photos {
    struct smp_image_spec spec;
    const uint8_t *pixels; /* (n, height, width, channels) */
    size_t n;
    uint64_t seed;
    enum smp_sides sides;
    unsigned n_threads;                  /* 0 counts as 1 */
    const struct smp_progress *progress; /* may be NULL */
};

#endif
