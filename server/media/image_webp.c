/* WebP by libwebp, still pictures only. The RIFF chunks are walked here for EXIF. */
#include "media/exif.h"
#include "media/image_codec.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

enum { RIFF_HEADER_BYTES = 12, CHUNK_HEADER_BYTES = 8 };

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static int orientation_of(const uint8_t *bytes, size_t n)
{
    size_t at = RIFF_HEADER_BYTES;

    while (n - at >= CHUNK_HEADER_BYTES) {
        size_t length = le32(bytes + at + 4);
        size_t room = n - at - CHUNK_HEADER_BYTES;

        if (length > room) return 1;
        if (!memcmp(bytes + at, "EXIF", 4))
            return exif_orientation(bytes + at + CHUNK_HEADER_BYTES, length);
        length += length & 1; /* chunks are padded to an even length */
        if (length > room) return 1;
        at += CHUNK_HEADER_BYTES + length;
    }
    return 1;
}

static enum err refuse_status(VP8StatusCode status)
{
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return fail(ERR_NOMEM, "out of memory for the WebP");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return fail(ERR_INVALID, "the WebP is truncated: its picture data end early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return fail(ERR_INVALID,
                    "the WebP uses a feature that is not supported; save it as PNG");
    default:
        return fail(ERR_INVALID, "the WebP is damaged: its picture data make no sense");
    }
}

enum err image_webp_probe(struct image_info *info, const uint8_t *bytes, size_t n)
{
    WebPBitstreamFeatures features;
    uint64_t n_said = (uint64_t)le32(bytes + 4) + 8;
    VP8StatusCode status;

    if (n_said > n)
        return fail(ERR_INVALID, "the WebP is truncated: %zu of %llu bytes", n,
                    (unsigned long long)n_said);
    status = WebPGetFeatures(bytes, n, &features);
    if (status != VP8_STATUS_OK) return refuse_status(status);
    if (features.has_animation)
        return fail(ERR_INVALID,
                    "an animated WebP is not supported; save one picture of it as PNG or WebP");
    info->width = (uint32_t)features.width;
    info->height = (uint32_t)features.height;
    info->orientation = orientation_of(bytes, n);
    info->browser_safe = true;
    return OK;
}

static enum err decode_into(uint8_t *rows, size_t n_rows_bytes, size_t stride,
                            const uint8_t *bytes, size_t n, int has_alpha)
{
    WebPDecoderConfig config;
    VP8StatusCode status;

    if (!WebPInitDecoderConfig(&config))
        return fail(ERR_INVALID,
                    "libwebp is of another version than this program was built with");
    config.output.colorspace = has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = rows;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = n_rows_bytes;
    status = WebPDecode(bytes, n, &config);
    WebPFreeDecBuffer(&config.output);
    return status == VP8_STATUS_OK ? OK : refuse_status(status);
}

static enum err place(struct image *out, uint8_t *rows, size_t stride,
                      const struct image_info *info, int has_alpha)
{
    TRY(image_new(out, info->width, info->height, 3, info->orientation));
    for (uint32_t y = 0; y < info->height; y++) {
        uint8_t *row = rows + y * stride;

        if (has_alpha) image_lay_on_white(row, info->width, 3);
        image_put_row(out, info->orientation, y, row);
    }
    return OK;
}

enum err image_webp_decode(struct image *out, const uint8_t *bytes, size_t n,
                           const struct image_info *info)
{
    WebPBitstreamFeatures features;
    VP8StatusCode status = WebPGetFeatures(bytes, n, &features);
    size_t stride;
    uint8_t *rows;
    enum err e;

    if (status != VP8_STATUS_OK) return refuse_status(status);
    stride = (size_t)info->width * (features.has_alpha ? 4 : 3);
    rows = calloc(info->height, stride);
    if (!rows)
        return fail(ERR_NOMEM, "out of memory for %u x %u pixels", info->width, info->height);
    e = decode_into(rows, info->height * stride, stride, bytes, n, features.has_alpha);
    if (!e) e = place(out, rows, stride, info, features.has_alpha);
    free(rows);
    return e;
}
