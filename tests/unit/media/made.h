/* made - small pictures written by the libraries' own encoders, and the checks of what comes back.
 * All functions assert (cmocka) instead of returning errors. */
#ifndef EXEMPLAR_TESTS_MADE_H
#define EXEMPLAR_TESTS_MADE_H

#include "base/buf.h"
#include "media/image.h"

enum { MADE_WIDTH = 48, MADE_HEIGHT = 32 };

/* 48 x 32 RGB in four flat quarters: red, green above blue, white. */
struct image made_quarters(void);

/* Same size, each pixel its own shade of gray or colour: x * 5, y * 7, (x + y) * 3. */
struct image made_shades(int channels);

struct made_jpeg {
    int orientation; /* 0: no EXIF */
    enum {
        JPEG_PLAIN,
        JPEG_SEPARATE, /* a scan for each colour component */
        JPEG_PROGRESSIVE,
        JPEG_ARITHMETIC,
        JPEG_CMYK_ADOBE,
        JPEG_CMYK_BARE, /* no Adobe marker: 0 is no ink */
    } kind;
    int restart_rows;
};

void made_jpeg(struct buf *out, const struct image *im, const struct made_jpeg *how);

struct made_png {
    uint32_t width, height;
    int depth, colour; /* as png_set_IHDR takes them */
    bool is_interlaced;
    const uint8_t *rows; /* packed, as the PNG has them (16 bits big-endian) */
    size_t stride;
    const uint8_t *palette; /* (n_palette, 3) */
    int n_palette;
    const uint8_t *alpha; /* of palette entries */
    int n_alpha;
    const uint16_t *clear; /* the tRNS colour: gray, or r g b */
    int orientation;       /* 0: no eXIf */
    const char *extra;     /* a 4-letter chunk with 8 zero bytes, e.g. "acTL" */
};

void made_png(struct buf *out, const struct made_png *how);

/* The picture as lossless WebP, in an extended container when there is an orientation. */
void made_webp(struct buf *out, const struct image *im, int orientation);

/* RGBA with the given alpha everywhere. */
void made_webp_clear(struct buf *out, const struct image *im, uint8_t alpha);

/* A TIFF block with one directory of one entry. */
void made_exif(struct buf *out, int orientation, const char *byte_order);

/* `e` is `code` and the sentence holds `part`. */
void assert_refused(enum err e, enum err code, const char *part);

/* The quarters' letters (R G B W) read from top-left, top-right, bottom-left, bottom-right. */
void assert_quarters(const struct image *im, const char *letters);

void assert_same_pixels(const struct image *a, const struct image *b);

#endif
