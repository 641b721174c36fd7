#include "media/image.h"

#include "media/image_codec.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 64 MiB holds any camera's JPEG; 100 million pixels are 300 MB decoded, which is what one worker
 * may use beside a server. */
const struct image_limits IMAGE_LIMITS_DEFAULT = {
    .max_bytes = (size_t)64 << 20,
    .max_pixels = 100000000,
};

enum image_format image_format_of(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    if (n >= 3 && !memcmp(p, "\xff\xd8\xff", 3)) return IMAGE_JPEG;
    if (n >= 8 && !memcmp(p, "\x89PNG\r\n\x1a\n", 8)) return IMAGE_PNG;
    if (n >= 12 && !memcmp(p, "RIFF", 4) && !memcmp(p + 8, "WEBP", 4)) return IMAGE_WEBP;
    return IMAGE_UNKNOWN;
}

const char *image_mime(enum image_format format)
{
    switch (format) {
    case IMAGE_JPEG:
        return "image/jpeg";
    case IMAGE_PNG:
        return "image/png";
    case IMAGE_WEBP:
        return "image/webp";
    case IMAGE_UNKNOWN:
        break;
    }
    return "application/octet-stream";
}

/* Formats that people do upload, named so that they know what to save again. */
static const char *foreign_format(const uint8_t *p, size_t n)
{
    static const struct {
        const char *name;
        size_t at, n;
        const char *magic;
    } KNOWN[] = {
        {"a GIF image",        0, 4, "GIF8"     },
        {"a BMP image",        0, 2, "BM"       },
        {"a TIFF image",       0, 4, "II*\0"    },
        {"a TIFF image",       0, 4, "MM\0*"    },
        {"a HEIC image",       4, 8, "ftypheic" },
        {"a HEIC image",       4, 8, "ftypheix" },
        {"a HEIC image",       4, 8, "ftypmif1" },
        {"an AVIF image",      4, 8, "ftypavif" },
        {"a JPEG 2000 image",  4, 4, "jP  "     },
        {"a JPEG XL image",    0, 2, "\xff\x0a" },
        {"a JPEG XL image",    4, 4, "JXL "     },
        {"a Photoshop file",   0, 4, "8BPS"     },
        {"a PDF document",     0, 5, "%PDF-"    },
        {"an SVG drawing",     0, 4, "<svg"     },
        {"an XML or SVG file", 0, 5, "<?xml"    },
        {"an HTML page",       0, 5, "<html"    },
        {"an HTML page",       0, 9, "<!DOCTYPE"},
        {"an HTML page",       0, 9, "<!doctype"},
    };

    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (n >= KNOWN[i].at + KNOWN[i].n &&
            !memcmp(p + KNOWN[i].at, KNOWN[i].magic, KNOWN[i].n))
            return KNOWN[i].name;
    return NULL;
}

static enum err refuse_unknown(const uint8_t *bytes, size_t n)
{
    const char *name = foreign_format(bytes, n);
    char start[3 * 8 + 1] = "";

    if (name)
        return fail(ERR_INVALID, "%s is not supported; save it as JPEG, PNG or WebP", name);
    for (size_t i = 0; i < n && i < 8; i++)
        snprintf(start + 3 * i, 4, " %02X", bytes[i]);
    return fail(ERR_INVALID, "the file is no JPEG, PNG or WebP image: it starts with%s", start);
}

static enum err check_pixels(uint32_t width, uint32_t height, const struct image_limits *limits)
{
    if (!width || !height)
        return fail(ERR_INVALID, "the image's header says %u x %u pixels", width, height);
    if ((uint64_t)width * height > limits->max_pixels)
        return fail(ERR_TOO_LARGE, "%u x %u pixels are more than the limit of %llu", width,
                    height, (unsigned long long)limits->max_pixels);
    return OK;
}

/* Everything checked before pixels; width and height as stored. */
static enum err probe_stored(struct image_info *info, const uint8_t *bytes, size_t n,
                             const struct image_limits *limits)
{
    *info = (struct image_info){.orientation = 1};
    if (!n) return fail(ERR_INVALID, "the file is empty");
    if (n > limits->max_bytes)
        return fail(ERR_TOO_LARGE, "%zu bytes are more than the limit of %zu for an image", n,
                    limits->max_bytes);
    info->format = image_format_of(bytes, n);
    switch (info->format) {
    case IMAGE_JPEG:
        TRY(image_jpeg_probe(info, bytes, n));
        break;
    case IMAGE_PNG:
        TRY(image_png_probe(info, bytes, n));
        break;
    case IMAGE_WEBP:
        TRY(image_webp_probe(info, bytes, n));
        break;
    case IMAGE_UNKNOWN:
        return refuse_unknown(bytes, n);
    }
    info->browser_safe = info->browser_safe && info->orientation == 1;
    return check_pixels(info->width, info->height, limits);
}

static bool is_turned(int orientation)
{
    return orientation >= 5;
}

enum err image_probe(struct image_info *info, const void *bytes, size_t n,
                     const struct image_limits *limits)
{
    enum err e = probe_stored(info, bytes, n, limits ? limits : &IMAGE_LIMITS_DEFAULT);
    uint32_t width = info->width;

    if (e) {
        *info = (struct image_info){.orientation = 1};
        return e;
    }
    if (is_turned(info->orientation)) {
        info->width = info->height;
        info->height = width;
    }
    return OK;
}

enum err image_decode(struct image *out, const void *bytes, size_t n,
                      const struct image_limits *limits, uint32_t at_least_px)
{
    struct image_info info;

    *out = (struct image){0};
    TRY(probe_stored(&info, bytes, n, limits ? limits : &IMAGE_LIMITS_DEFAULT));
    if (info.format == IMAGE_JPEG) return image_jpeg_decode(out, bytes, n, &info, at_least_px);
    if (info.format == IMAGE_PNG) return image_png_decode(out, bytes, n, &info);
    return image_webp_decode(out, bytes, n, &info);
}

void image_free(struct image *im)
{
    free(im->pixels);
    *im = (struct image){0};
}

enum err image_new(struct image *out, uint32_t width, uint32_t height, int channels,
                   int orientation)
{
    size_t n;

    assert(width && height && (channels == 1 || channels == 3));
    *out = (struct image){.width = width, .height = height, .channels = channels};
    if (is_turned(orientation)) {
        out->width = height;
        out->height = width;
    }
    if (!__builtin_mul_overflow((size_t)width, height, &n) &&
        !__builtin_mul_overflow(n, (size_t)channels, &n))
        out->pixels = malloc(n);
    if (out->pixels) return OK;
    *out = (struct image){0};
    return fail(ERR_NOMEM, "out of memory for %u x %u pixels", width, height);
}

void image_put_row(struct image *im, int orientation, uint32_t y, const uint8_t *row)
{
    /* Where the stored top-left pixel lies in the upright picture, and how far in it one step to
     * the right and one step down in the stored one lead; in pixels. */
    ptrdiff_t width = im->width;
    ptrdiff_t height = im->height;
    bool from_right =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    bool from_below =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    ptrdiff_t across = from_right ? -1 : 1;
    ptrdiff_t down = from_below ? -width : width;
    ptrdiff_t step_x = is_turned(orientation) ? down : across;
    ptrdiff_t step_y = is_turned(orientation) ? across : down;
    ptrdiff_t start = (from_right ? width - 1 : 0) + (from_below ? (height - 1) * width : 0);
    size_t n = is_turned(orientation) ? im->height : im->width;
    size_t channels = (size_t)im->channels;
    uint8_t *to = im->pixels + (start + step_y * (ptrdiff_t)y) * im->channels;

    if (step_x == 1) {
        memcpy(to, row, n * channels);
        return;
    }
    for (size_t x = 0; x < n; x++)
        for (size_t c = 0; c < channels; c++)
            to[(ptrdiff_t)x * step_x * im->channels + (ptrdiff_t)c] = row[x * channels + c];
}

void image_lay_on_white(uint8_t *row, size_t n, int channels)
{
    size_t k = (size_t)channels;

    for (size_t x = 0; x < n; x++) {
        const uint8_t *from = row + x * (k + 1);
        unsigned alpha = from[k];

        for (size_t c = 0; c < k; c++)
            row[x * k + c] = (uint8_t)((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}
