/* image_codec - what image.c and the three codecs share; private to server/media.
 *
 * A codec is two functions. `probe` fills `info` from the header alone, with width and height as
 * stored; image.c checks them against the limits, and only then calls `decode`, which puts the
 * stored rows, top to bottom, into the upright picture:
 *
 *     TRY(image_new(out, stored_width, stored_height, channels, info->orientation));
 *     for (y = 0; y < stored_height; y++)
 *         image_put_row(out, info->orientation, y, row);
 *
 * On failure `decode` leaves *out empty. */
#ifndef EXEMPLAR_MEDIA_IMAGE_CODEC_H
#define EXEMPLAR_MEDIA_IMAGE_CODEC_H

#include "media/image.h"

enum err image_jpeg_probe(struct image_info *info, const uint8_t *bytes, size_t n) MUST_USE;
enum err image_png_probe(struct image_info *info, const uint8_t *bytes, size_t n) MUST_USE;
enum err image_webp_probe(struct image_info *info, const uint8_t *bytes, size_t n) MUST_USE;

enum err image_jpeg_decode(struct image *out, const uint8_t *bytes, size_t n,
                           const struct image_info *info, uint32_t at_least_px) MUST_USE;
enum err image_png_decode(struct image *out, const uint8_t *bytes, size_t n,
                          const struct image_info *info) MUST_USE;
enum err image_webp_decode(struct image *out, const uint8_t *bytes, size_t n,
                           const struct image_info *info) MUST_USE;

/* Room for the upright picture of width x height stored pixels. */
enum err image_new(struct image *out, uint32_t width, uint32_t height, int channels,
                   int orientation) MUST_USE;

/* `row` holds the stored row y, in the picture's own channels. */
void image_put_row(struct image *im, int orientation, uint32_t y, const uint8_t *row);

/* (n, channels + 1) with alpha last -> (n, channels) on white, in place. */
void image_lay_on_white(uint8_t *row, size_t n, int channels);

#endif
