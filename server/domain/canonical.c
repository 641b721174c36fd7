#include "domain/canonical.h"

#include "media/image.h"

#include <string.h>

/* ITU-R BT.601 luma in 16-bit fixed point, as JPEG has it. */
static uint8_t luma(const uint8_t *rgb)
{
    return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

static void channels_match(uint8_t *to, int n_to, const uint8_t *from, int n_from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *pixel = from + i * (size_t)n_from;

        if (n_to == n_from)
            memcpy(to + i * (size_t)n_to, pixel, (size_t)n_to);
        else if (n_to == 1)
            to[i] = luma(pixel);
        else
            memset(to + i * 3, pixel[0], 3);
    }
}

enum err canonical_pixels(uint8_t *pixels, const struct smp_image_spec *spec, const void *bytes,
                          size_t n)
{
    uint32_t side = spec->width > spec->height ? spec->width : spec->height;
    struct image full;
    struct image small;
    enum err e;

    TRY(image_decode(&full, bytes, n, NULL, side));
    e = image_resize(&small, &full, spec->width, spec->height);
    image_free(&full);
    if (e) return e;
    channels_match(pixels, (int)spec->channels, small.pixels, small.channels,
                   (size_t)spec->width * spec->height);
    image_free(&small);
    return OK;
}
