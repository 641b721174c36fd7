/* image - file bytes in, upright pixels out.
 *
 *     struct image_info info;
 *     struct image im, small;
 *     TRY(image_probe(&info, bytes, n, NULL));          // size and format, no pixels
 *     TRY(image_decode(&im, bytes, n, NULL, 256));      // shorter side >= 256 where possible
 *     e = image_fit(&small, &im, 256);
 *     image_free(&im);
 *     if (!e) e = image_encode_jpeg(&jpeg, &small, 80);
 *     image_free(&small);
 *
 * Pixels are (h, w, c) u8, row-major without padding, sRGB as the file has it: c = 1 for gray,
 * 3 for RGB. They are upright (EXIF orientation applied), transparency is laid on white, 16
 * bits become 8, CMYK becomes RGB without a profile. ICC profiles and PNG gamma are ignored.
 *
 * What is refused, with a sentence: whatever lacks pixels or has damaged ones, since half a
 * picture must not be labelled. So a JPEG whose data ends early or is corrupt (libjpeg only
 * warns and paints the rest grey), a PNG with a wrong checksum or without its end, a WebP cut
 * short, an animated WebP. Accepted: a Huffman-coded JPEG of one scan that lacks nothing but
 * its end marker, stray bytes between markers, bytes after the end.
 *
 * A decode holds 3 bytes a pixel (1 for gray), up to 11 while it runs: progressive JPEG,
 * interlaced PNG and WebP need the whole picture in their own form beside it.
 *
 * Same bytes, same pixels, on one machine. On failure the output is empty and needs no
 * image_free(). Errors: ERR_INVALID, ERR_TOO_LARGE (beyond `limits`), ERR_NOMEM. Threads: any;
 * nothing is shared. `limits` may be NULL for IMAGE_LIMITS_DEFAULT.
 * Sources: ITU-T T.81, W3C PNG (third edition), RFC 9649, Exif 2.32 (JEITA CP-3451). */
#ifndef EXEMPLAR_MEDIA_IMAGE_H
#define EXEMPLAR_MEDIA_IMAGE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_format { IMAGE_UNKNOWN, IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP };

struct image_limits {
    size_t max_bytes;    /* of the file */
    uint64_t max_pixels; /* width * height in its header, before anything is allocated */
};

extern const struct image_limits IMAGE_LIMITS_DEFAULT; /* 64 MiB, 100 million pixels */

struct image_info {
    enum image_format format;
    uint32_t width, height; /* of the upright image */
    int orientation;        /* EXIF 1..8; 1 if there is none or an invalid one */
    bool browser_safe; /* a browser shows these very bytes as the upright, still image: 8 bits,
                          no CMYK, no arithmetic coding, no animation, orientation 1 */
};

struct image {
    uint32_t width, height;
    int channels;    /* 1 or 3 */
    uint8_t *pixels; /* (height, width, channels), malloc'ed */
};

/* By the first bytes alone, never by a name. */
enum image_format image_format_of(const void *bytes, size_t n);

/* "image/jpeg", ...; "application/octet-stream" for IMAGE_UNKNOWN. */
const char *image_mime(enum image_format format);

/* Reads headers only: what it accepts, image_decode() may still refuse. */
enum err image_probe(struct image_info *info, const void *bytes, size_t n,
                     const struct image_limits *limits) MUST_USE;

/* at_least_px 0: the full size. Else a JPEG may come out at 1/2, 1/4 or 1/8, the smallest whose
 * shorter side is still >= at_least_px; the other formats come at full size. */
enum err image_decode(struct image *out, const void *bytes, size_t n,
                      const struct image_limits *limits, uint32_t at_least_px) MUST_USE;

void image_free(struct image *im); /* an empty one is fine */

/* Exactly width x height, each >= 1: area average along a side that shrinks, bilinear along one
 * that grows. `in` is left as it is. */
enum err image_resize(struct image *out, const struct image *in, uint32_t width,
                      uint32_t height) MUST_USE;

/* The longer side at most max_side; keeps the aspect ratio (to the nearest pixel, at least one)
 * and never enlarges. */
enum err image_fit(struct image *out, const struct image *in, uint32_t max_side) MUST_USE;

/* Appends a baseline JPEG; quality 1..100, chroma at half size below 90. ERR_INVALID beyond the
 * format's 65,500 pixels a side. */
enum err image_encode_jpeg(struct buf *out, const struct image *im, int quality) MUST_USE;

#endif
