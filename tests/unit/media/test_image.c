#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_a_format_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(image_format_of("\xff\xd8\xff\xe0", 4), IMAGE_JPEG);
    assert_int_equal(image_format_of("\x89PNG\r\n\x1a\n", 8), IMAGE_PNG);
    assert_int_equal(image_format_of("RIFF\4\0\0\0WEBP", 12), IMAGE_WEBP);
    assert_int_equal(image_format_of("\xff\xd8", 2), IMAGE_UNKNOWN);
    assert_int_equal(image_format_of("RIFF\4\0\0\0WAVE", 12), IMAGE_UNKNOWN);
    assert_int_equal(image_format_of("", 0), IMAGE_UNKNOWN);
    assert_string_equal(image_mime(IMAGE_JPEG), "image/jpeg");
    assert_string_equal(image_mime(IMAGE_PNG), "image/png");
    assert_string_equal(image_mime(IMAGE_WEBP), "image/webp");
    assert_string_equal(image_mime(IMAGE_UNKNOWN), "application/octet-stream");
}

static void test_what_is_no_image_is_refused_by_name_or_by_its_bytes(void **state)
{
    struct image_info info;
    struct image im;
    (void)state;
    assert_refused(image_probe(&info, "", 0, NULL), ERR_INVALID, "the file is empty");
    assert_refused(image_decode(&im, "", 0, NULL, 0), ERR_INVALID, "the file is empty");
    assert_refused(image_probe(&info, "GIF89a......", 12, NULL), ERR_INVALID,
                   "a GIF image is not supported; save it as JPEG, PNG or WebP");
    assert_refused(image_probe(&info,
                               "\0\0\0\x18"
                               "ftypheic",
                               12, NULL),
                   ERR_INVALID, "a HEIC image");
    assert_refused(image_probe(&info, "\1\2\3", 3, NULL), ERR_INVALID,
                   "it starts with 01 02 03");
    assert_refused(image_decode(&im, "<html><body>", 12, NULL, 0), ERR_INVALID, "an HTML page");
    assert_null(im.pixels);
}

static void add_big_endian(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A PNG header that says width x height and nothing behind it. */
static enum err probe_said(uint32_t width, uint32_t height, const struct image_limits *limits)
{
    uint8_t png[33] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    struct image_info info;
    struct image im;
    enum err e;

    add_big_endian(png + 16, width);
    add_big_endian(png + 20, height);
    png[24] = 8;
    e = image_probe(&info, png, sizeof png, limits);
    if (e) assert_int_equal(image_decode(&im, png, sizeof png, limits, 0), e);
    return e;
}

static void test_pixels_beyond_the_limit_are_refused_before_they_are_read(void **state)
{
    const struct image_limits small = {.max_bytes = 1000, .max_pixels = 100};
    (void)state;
    assert_refused(probe_said(59424, 24608, NULL), ERR_TOO_LARGE,
                   "59424 x 24608 pixels are more than the limit of 100000000");
    assert_refused(probe_said(0xffffffff, 0xffffffff, NULL), ERR_TOO_LARGE,
                   "more than the limit");
    assert_refused(probe_said(65536, 65536, NULL), ERR_TOO_LARGE, "more than the limit");
    assert_refused(probe_said(11, 10, &small), ERR_TOO_LARGE, "11 x 10 pixels");
    assert_int_equal(probe_said(10, 10, &small), OK);
    assert_int_equal(probe_said(10000, 10000, NULL), OK);
    assert_refused(probe_said(0, 10, NULL), ERR_INVALID,
                   "the image's header says 0 x 10 pixels");
    assert_refused(probe_said(10, 0, NULL), ERR_INVALID, "10 x 0");
}

static void test_bytes_beyond_the_limit_are_refused(void **state)
{
    const struct image_limits small = {.max_bytes = 32, .max_pixels = 100};
    (void)state;
    assert_refused(probe_said(10, 10, &small), ERR_TOO_LARGE,
                   "33 bytes are more than the limit of 32");
}

static void test_the_limits_are_those_of_the_header(void **state)
{
    (void)state;
    assert_int_equal(IMAGE_LIMITS_DEFAULT.max_bytes, 64 * 1024 * 1024);
    assert_int_equal(IMAGE_LIMITS_DEFAULT.max_pixels, 100000000);
}

static void test_the_same_bytes_give_the_same_pixels(void **state)
{
    struct image from = made_shades(3);
    struct buf b[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        buf_init(&b[i], 1 << 20);
    made_jpeg(&b[0], &from, &(struct made_jpeg){0});
    made_webp(&b[1], &from, 6);
    made_png(&b[2], &(struct made_png){.width = MADE_WIDTH,
                                       .height = MADE_HEIGHT,
                                       .depth = 8,
                                       .colour = 2,
                                       .rows = from.pixels,
                                       .stride = MADE_WIDTH * 3});
    for (int i = 0; i < 3; i++) {
        struct image first, second;
        assert_int_equal(image_decode(&first, b[i].data, b[i].size, NULL, 0), OK);
        assert_int_equal(image_decode(&second, b[i].data, b[i].size, NULL, 0), OK);
        assert_same_pixels(&first, &second);
        image_free(&first);
        image_free(&second);
        buf_free(&b[i]);
    }
    image_free(&from);
}

static void test_an_empty_image_may_be_freed(void **state)
{
    struct image im = {0};
    (void)state;
    image_free(&im);
    image_free(&im);
    assert_null(im.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_format_is_told_by_its_first_bytes),
        cmocka_unit_test(test_what_is_no_image_is_refused_by_name_or_by_its_bytes),
        cmocka_unit_test(test_pixels_beyond_the_limit_are_refused_before_they_are_read),
        cmocka_unit_test(test_bytes_beyond_the_limit_are_refused),
        cmocka_unit_test(test_the_limits_are_those_of_the_header),
        cmocka_unit_test(test_the_same_bytes_give_the_same_pixels),
        cmocka_unit_test(test_an_empty_image_may_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
