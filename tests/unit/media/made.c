#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

static struct image made_blank(int channels)
{
    struct image im = {.width = MADE_WIDTH, .height = MADE_HEIGHT, .channels = channels};

    im.pixels = calloc(MADE_WIDTH * MADE_HEIGHT, (size_t)channels);
    assert_non_null(im.pixels);
    return im;
}

struct image made_quarters(void)
{
    static const uint8_t COLOURS[4][3] = {
        {255, 0,   0  },
        {0,   255, 0  },
        {0,   0,   255},
        {255, 255, 255}
    };
    struct image im = made_blank(3);

    for (size_t y = 0; y < MADE_HEIGHT; y++)
        for (size_t x = 0; x < MADE_WIDTH; x++)
            memcpy(im.pixels + (y * MADE_WIDTH + x) * 3,
                   COLOURS[(y >= MADE_HEIGHT / 2) * 2 + (x >= MADE_WIDTH / 2)], 3);
    return im;
}

struct image made_shades(int channels)
{
    struct image im = made_blank(channels);

    for (size_t y = 0; y < MADE_HEIGHT; y++)
        for (size_t x = 0; x < MADE_WIDTH; x++) {
            const size_t shades[3] = {x * 5, y * 7, (x + y) * 3};
            for (size_t c = 0; c < (size_t)channels; c++)
                im.pixels[(y * MADE_WIDTH + x) * (size_t)channels + c] = (uint8_t)shades[c];
        }
    return im;
}

void made_exif(struct buf *out, int orientation, const char *byte_order)
{
    uint8_t le[26] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0};
    uint8_t be[26] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1};

    le[18] = (uint8_t)orientation;
    be[19] = (uint8_t)orientation;
    assert_int_equal(buf_add(out, *byte_order == 'M' ? be : le, sizeof le), OK);
}

static void write_exif_marker(j_compress_ptr c, int orientation)
{
    struct buf exif;

    buf_init(&exif, 100);
    assert_int_equal(buf_add(&exif, "Exif\0\0", 6), OK);
    made_exif(&exif, orientation, "MM");
    jpeg_write_marker(c, JPEG_APP0 + 1, (const JOCTET *)exif.data, (unsigned)exif.size);
    buf_free(&exif);
}

/* RGB -> CMYK without black; Adobe's way stores 255 for no ink. */
static void ink_row(uint8_t *ink, const uint8_t *rgb, size_t n, bool is_adobe)
{
    uint8_t flip = is_adobe ? 0 : 255;

    for (size_t x = 0; x < n; x++) {
        for (size_t c = 0; c < 3; c++)
            ink[4 * x + c] = rgb[3 * x + c] ^ flip;
        ink[4 * x + 3] = 255 ^ flip;
    }
}

static const jpeg_scan_info SEPARATE[3] = {
    {1, {0}, 0, 63, 0, 0},
    {1, {1}, 0, 63, 0, 0},
    {1, {2}, 0, 63, 0, 0},
};

static void choose_jpeg(j_compress_ptr c, const struct image *im, const struct made_jpeg *how)
{
    bool is_ink = how->kind == JPEG_CMYK_ADOBE || how->kind == JPEG_CMYK_BARE;

    c->image_width = im->width;
    c->image_height = im->height;
    c->input_components = is_ink ? 4 : im->channels;
    c->in_color_space = is_ink ? JCS_CMYK : im->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, 97, TRUE);
    c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = 1;
    if (how->kind == JPEG_CMYK_BARE) c->write_Adobe_marker = FALSE;
    if (how->kind == JPEG_ARITHMETIC) c->arith_code = TRUE;
    if (how->kind == JPEG_SEPARATE) {
        c->scan_info = SEPARATE;
        c->num_scans = 3;
    }
    if (how->kind == JPEG_PROGRESSIVE) jpeg_simple_progression(c);
    c->restart_in_rows = how->restart_rows;
}

void made_jpeg(struct buf *out, const struct image *im, const struct made_jpeg *how)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    uint8_t ink[MADE_WIDTH * 4];

    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &n);
    choose_jpeg(&c, im, how);
    jpeg_start_compress(&c, TRUE);
    if (how->orientation) write_exif_marker(&c, how->orientation);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = im->pixels + c.next_scanline * im->width * (size_t)im->channels;

        if (c.in_color_space == JCS_CMYK) {
            ink_row(ink, row, im->width, how->kind == JPEG_CMYK_ADOBE);
            row = ink;
        }
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    assert_int_equal(buf_add(out, bytes, n), OK);
    free(bytes);
}

static void on_png_write(png_structp png, png_bytep bytes, size_t n)
{
    assert_int_equal(buf_add(png_get_io_ptr(png), bytes, n), OK);
}

static void on_png_flush(png_structp png)
{
    (void)png;
}

static void write_png_colours(png_structp png, png_infop info, const struct made_png *how)
{
    png_color_16 clear = {0};

    if (how->palette)
        png_set_PLTE(png, info, (png_const_colorp)(const void *)how->palette, how->n_palette);
    if (how->alpha) png_set_tRNS(png, info, how->alpha, how->n_alpha, NULL);
    if (!how->clear) return;
    clear.gray = clear.red = how->clear[0];
    if (how->colour == PNG_COLOR_TYPE_RGB) {
        clear.green = how->clear[1];
        clear.blue = how->clear[2];
    }
    png_set_tRNS(png, info, NULL, 1, &clear);
}

void made_png(struct buf *out, const struct made_png *how)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    struct buf exif;
    int n_passes;

    png_set_write_fn(png, out, on_png_write, on_png_flush);
    png_set_IHDR(png, info, how->width, how->height, how->depth, how->colour,
                 how->is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    write_png_colours(png, info, how);
    png_write_info(png, info);
    if (how->extra) png_write_chunk(png, (png_const_bytep)how->extra, (const uint8_t[8]){0}, 8);
    n_passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < n_passes; pass++)
        for (uint32_t y = 0; y < how->height; y++)
            png_write_row(png, how->rows + y * how->stride);
    if (how->orientation) {
        buf_init(&exif, 100);
        made_exif(&exif, how->orientation, "II");
        png_write_chunk(png, (png_const_bytep) "eXIf", (png_const_bytep)exif.data, exif.size);
        buf_free(&exif);
    }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
}

static void add_le(struct buf *out, uint32_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        assert_int_equal(buf_add(out, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1), OK);
}

/* VP8X, the picture chunk of a simple file, EXIF. */
static void extend_webp(struct buf *out, const uint8_t *simple, size_t n, int orientation)
{
    struct buf exif;

    buf_init(&exif, 100);
    made_exif(&exif, orientation, "II");
    assert_int_equal(buf_adds(out, "RIFF"), OK);
    add_le(out, (uint32_t)(4 + 18 + (n - 12) + 8 + exif.size), 4);
    assert_int_equal(buf_adds(out, "WEBPVP8X"), OK);
    add_le(out, 10, 4);
    add_le(out, 0x08, 4); /* has EXIF */
    add_le(out, MADE_WIDTH - 1, 3);
    add_le(out, MADE_HEIGHT - 1, 3);
    assert_int_equal(buf_add(out, simple + 12, n - 12), OK);
    assert_int_equal(buf_adds(out, "EXIF"), OK);
    add_le(out, (uint32_t)exif.size, 4);
    assert_int_equal(buf_add(out, exif.data, exif.size), OK);
    buf_free(&exif);
}

void made_webp(struct buf *out, const struct image *im, int orientation)
{
    uint8_t *bytes = NULL;
    size_t n = WebPEncodeLosslessRGB(im->pixels, (int)im->width, (int)im->height,
                                     (int)im->width * 3, &bytes);

    assert_true(n > 12);
    if (orientation)
        extend_webp(out, bytes, n, orientation);
    else
        assert_int_equal(buf_add(out, bytes, n), OK);
    WebPFree(bytes);
}

void made_webp_clear(struct buf *out, const struct image *im, uint8_t alpha)
{
    uint8_t rgba[MADE_WIDTH * MADE_HEIGHT * 4];
    uint8_t *bytes = NULL;
    size_t n;

    for (size_t i = 0; i < MADE_WIDTH * MADE_HEIGHT; i++) {
        memcpy(rgba + 4 * i, im->pixels + 3 * i, 3);
        rgba[4 * i + 3] = alpha;
    }
    n = WebPEncodeLosslessRGBA(rgba, MADE_WIDTH, MADE_HEIGHT, MADE_WIDTH * 4, &bytes);
    assert_true(n > 12);
    assert_int_equal(buf_add(out, bytes, n), OK);
    WebPFree(bytes);
}

void assert_refused(enum err e, enum err code, const char *part)
{
    if (e != code || !strstr(err_message(), part))
        fail_msg("expected %s \"...%s...\", got %s \"%s\"", err_name(code), part, err_name(e),
                 e ? err_message() : "");
}

static char letter_at(const struct image *im, uint32_t x, uint32_t y)
{
    const uint8_t *p = im->pixels + ((size_t)y * im->width + x) * 3;
    bool r = p[0] > 247, g = p[1] > 247, b = p[2] > 247;

    if ((!r && p[0] > 8) || (!g && p[1] > 8) || (!b && p[2] > 8)) return '?';
    if (r && g && b) return 'W';
    if (r + g + b != 1) return '?';
    return r ? 'R' : g ? 'G' : 'B';
}

void assert_quarters(const struct image *im, const char *letters)
{
    uint32_t w = im->width;
    uint32_t h = im->height;
    char found[] = {letter_at(im, w / 4, h / 4), letter_at(im, w * 3 / 4, h / 4),
                    letter_at(im, w / 4, h * 3 / 4), letter_at(im, w * 3 / 4, h * 3 / 4), '\0'};

    assert_int_equal(im->channels, 3);
    assert_string_equal(found, letters);
}

void assert_same_pixels(const struct image *a, const struct image *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    assert_memory_equal(a->pixels, b->pixels,
                        (size_t)a->width * a->height * (size_t)a->channels);
}
