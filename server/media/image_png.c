/* PNG by libpng. Its default error handler jumps through its own buffer or aborts; ours keeps
 * a sentence and jumps to the decode in progress. Size, depth and EXIF are read by walking the chunks
 * here, since libpng would inflate text and profiles on the way. */
#include "media/exif.h"
#include "media/image_codec.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNATURE_BYTES = 8,
    CHUNK_OVERHEAD = 12, /* length, type, CRC */
    IHDR_BYTES = 13,
    INTERLACE_PASSES = 7,
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What lies behind the header: which way is up, and whether it moves (acTL: APNG). */
static void probe_chunks(struct image_info *info, const uint8_t *bytes, size_t n)
{
    size_t at = SIGNATURE_BYTES;
    bool has_exif = false;

    while (n - at >= CHUNK_OVERHEAD) {
        size_t length = be32(bytes + at);
        const uint8_t *type = bytes + at + 4;

        if (length > n - at - CHUNK_OVERHEAD || !memcmp(type, "IEND", 4)) return;
        if (!memcmp(type, "acTL", 4)) info->browser_safe = false;
        if (!memcmp(type, "eXIf", 4) && !has_exif) {
            has_exif = true;
            info->orientation = exif_orientation(type + 4, length);
        }
        at += length + CHUNK_OVERHEAD;
    }
}

enum err image_png_probe(struct image_info *info, const uint8_t *bytes, size_t n)
{
    const uint8_t *header = bytes + SIGNATURE_BYTES + 8;

    if (n < SIGNATURE_BYTES + CHUNK_OVERHEAD + IHDR_BYTES)
        return fail(ERR_INVALID, "the PNG is truncated in its header: it has %zu bytes", n);
    if (be32(bytes + SIGNATURE_BYTES) != IHDR_BYTES ||
        memcmp(bytes + SIGNATURE_BYTES + 4, "IHDR", 4) != 0)
        return fail(ERR_INVALID, "the PNG is damaged: its first chunk is no IHDR of 13 bytes");
    info->width = be32(header);
    info->height = be32(header + 4);
    info->browser_safe = header[8] <= 8;
    probe_chunks(info, bytes, n);
    return OK;
}

struct png_reader {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    enum err code;
    const uint8_t *bytes;
    size_t n, at;
    bool has_ended; /* more bytes were asked for than there are */
    uint32_t width, height;
    uint32_t y; /* rows done in this pass */
    int pass, n_passes;
    uint8_t *rows; /* one row, or all of an interlaced picture, as libpng hands them out */
};

static enum err refuse_damaged(const struct png_reader *r, const char *message)
{
    if (r->y == r->height && r->has_ended)
        return fail(ERR_INVALID, "the PNG is truncated: its end (IEND) is missing");
    if (r->y == r->height)
        return fail(ERR_INVALID, "the PNG is damaged after its last row: %s", message);
    if (r->pass > 0)
        return fail(ERR_INVALID, "the PNG is %s after %d of %d interlaced passes: %s",
                    r->has_ended ? "truncated" : "damaged", r->pass, INTERLACE_PASSES, message);
    if (r->has_ended)
        return fail(ERR_INVALID, "the PNG is truncated after %u of %u rows", r->y, r->height);
    if (!r->y) return fail(ERR_INVALID, "the PNG is damaged before its first row: %s", message);
    return fail(ERR_INVALID, "the PNG is damaged after %u of %u rows: %s", r->y, r->height,
                message);
}

__attribute__((noreturn)) static void on_error(png_structp png, png_const_charp message)
{
    struct png_reader *r = png_get_error_ptr(png);

    r->code = refuse_damaged(r, message);
    longjmp(r->escape, 1);
}

/* libpng warns of what costs no pixel: bytes too many, a damaged chunk it can leave out. */
static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
    struct png_reader *r = png_get_io_ptr(png);

    if (n > r->n - r->at) {
        r->has_ended = true;
        png_error(png, "the bytes end early");
    }
    memcpy(to, r->bytes + r->at, n);
    r->at += n;
}

static void read_header(struct png_reader *r)
{
    png_set_read_fn(r->png, r, on_read);
    png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* image.c has its own */
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_chunk_cache_max(r->png, 16);
    png_set_chunk_malloc_max(r->png, 1 << 20);
    png_read_info(r->png, r->info);
}

/* Everything to 8 bits, 1..4 channels, alpha last. */
static void choose_pixels(struct png_reader *r)
{
    png_set_expand(r->png);
    png_set_scale_16(r->png);
    r->n_passes = png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
}

static void put_row(const struct png_reader *r, struct image *out, int orientation,
                    uint8_t *row)
{
    if (png_get_channels(r->png, r->info) > out->channels)
        image_lay_on_white(row, r->width, out->channels);
    image_put_row(out, orientation, r->y, row);
}

static void read_rows(struct png_reader *r, struct image *out, int orientation)
{
    size_t stride = r->n_passes > 1 ? png_get_rowbytes(r->png, r->info) : 0;

    for (r->pass = 0; r->pass < r->n_passes; r->pass++)
        for (r->y = 0; r->y < r->height; r->y++) {
            uint8_t *row = r->rows + r->y * stride;

            png_read_row(r->png, row, NULL);
            if (r->pass == r->n_passes - 1) put_row(r, out, orientation, row);
        }
}

static enum err decode_guarded(struct png_reader *r, struct image *out, int orientation)
{
    size_t n_rows;

    if (setjmp(r->escape)) return r->code;
    read_header(r);
    choose_pixels(r);
    n_rows = r->n_passes > 1 ? r->height : 1;
    r->rows = calloc(n_rows, png_get_rowbytes(r->png, r->info));
    if (!r->rows)
        return fail(ERR_NOMEM, "out of memory for %u x %u pixels", r->width, r->height);
    TRY(image_new(out, r->width, r->height, png_get_channels(r->png, r->info) < 3 ? 1 : 3,
                  orientation));
    read_rows(r, out, orientation);
    png_read_end(r->png, NULL);
    return OK;
}

enum err image_png_decode(struct image *out, const uint8_t *bytes, size_t n,
                          const struct image_info *info)
{
    struct png_reader r = {
        .bytes = bytes,
        .n = n,
        .width = info->width,
        .height = info->height,
    };
    enum err e = ERR_NOMEM;

    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    if (r.png) r.info = png_create_info_struct(r.png);
    if (r.info)
        e = decode_guarded(&r, out, info->orientation);
    else
        e = fail_nomem();
    png_destroy_read_struct(&r.png, &r.info, NULL);
    free(r.rows);
    if (e) image_free(out);
    return e;
}
