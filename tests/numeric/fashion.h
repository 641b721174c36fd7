/* fashion - Fashion-MNIST where it lies, for the tests that run at night: EXEMPLAR_FASHION names its folder. */
#ifndef TESTS_NUMERIC_FASHION_H
#define TESTS_NUMERIC_FASHION_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    FASHION_PIXELS = 28 * 28,
    FASHION_IMAGES = 16,
    FASHION_LABELS = 8
}; /* bytes of the headers */

/* The n bytes of a gzip'ed IDX file behind its header, to be free()d; NULL when there is no such file. */
uint8_t *fashion_read(const char *name, size_t header, size_t n);

/* For smp_train_images: `ctx` is what fashion_read gave. */
enum smp_status fashion_fetch(void *ctx, size_t i, uint8_t *pixels);

#endif
