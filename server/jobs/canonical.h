/* canonical - the pictures of a data folder as an encoder sees them (domain/canonical.h). */
#ifndef EXEMPLAR_JOBS_CANONICAL_H
#define EXEMPLAR_JOBS_CANONICAL_H

#include "base/err.h"
#include "base/hash.h"
#include "domain/canonical.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One picture of a data folder. */
struct canonical_task {
    int64_t item_id;
    struct hash hash;
    enum err failed; /* with its sentence */
    char sentence[300];
};

/* pixels (n, height, width, channels) of n pictures, decoded on `threads` processors. The first
 * that fails is the error. */
enum err canonical_read(uint8_t *pixels, const struct smp_image_spec *spec,
                        struct canonical_task *tasks, size_t n, const char *data_folder,
                        int threads) MUST_USE;

/* *yes: has this one picture colour? */
enum err canonical_is_coloured(bool *yes, const void *bytes, size_t n) MUST_USE;

/* *yes: does one of the pictures have colour? Looks at them one by one until it finds some. */
enum err canonical_any_colour(const struct canonical_task *tasks, size_t n,
                              const char *data_folder, int *yes) MUST_USE;

#endif
