/* canonical - a picture as its encoder sees it: upright, squashed to the encoder's size.
 *
 * The same function for training, for encoding and for whoever predicts later, from the original
 * bytes, so that equal pictures give equal numbers. Threads: any. Source: sampler/encoder.h. */
#ifndef EXEMPLAR_DOMAIN_CANONICAL_H
#define EXEMPLAR_DOMAIN_CANONICAL_H

#include "base/err.h"
#include "sampler/encoder.h"

#include <stddef.h>
#include <stdint.h>

/* pixels (spec->height, spec->width, spec->channels) of the encoded picture `bytes`. */
enum err canonical_pixels(uint8_t *pixels, const struct smp_image_spec *spec, const void *bytes,
                          size_t n) MUST_USE;

#endif
