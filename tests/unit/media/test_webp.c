#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_a_lossless_webp_comes_out_as_it_went_in(void **state)
{
    struct image from = made_shades(3);
    struct image_info info;
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_webp(&b, &from, 0);
    assert_int_equal(image_probe(&info, b.data, b.size, NULL), OK);
    assert_int_equal(info.format, IMAGE_WEBP);
    assert_true(info.browser_safe);
    assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
    assert_same_pixels(&im, &from);
    image_free(&im);
    image_free(&from);
    buf_free(&b);
}

static void test_all_eight_orientations_come_out_upright(void **state)
{
    static const char *const UPRIGHT[9] = {
        "", "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB",
    };
    struct image from = made_quarters();
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        struct image_info info;
        struct image im;
        struct buf b;

        buf_init(&b, 1 << 20);
        made_webp(&b, &from, orientation);
        assert_int_equal(image_probe(&info, b.data, b.size, NULL), OK);
        assert_int_equal(info.orientation, orientation);
        assert_int_equal(info.browser_safe, orientation == 1);
        assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
        assert_int_equal(im.width, info.width);
        assert_int_equal(im.height, info.height);
        assert_quarters(&im, UPRIGHT[orientation]);
        image_free(&im);
        buf_free(&b);
    }
    image_free(&from);
}

static void test_transparency_is_laid_on_white(void **state)
{
    struct image from = made_quarters();
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_webp_clear(&b, &from, 51);
    assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
    assert_memory_equal(im.pixels, ((const uint8_t[]){255, 204, 204}), 3); /* a fifth of red */
    image_free(&im);
    image_free(&from);
    buf_free(&b);
}

static void test_a_webp_cut_anywhere_is_refused(void **state)
{
    struct image from = made_shades(3);
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_webp(&b, &from, 6);
    for (size_t n = 12; n < b.size; n++) {
        uint8_t *cut = malloc(n);

        assert_non_null(cut);
        memcpy(cut, b.data, n);
        assert_refused(image_decode(&im, cut, n, NULL, 0), ERR_INVALID,
                       "the WebP is truncated: ");
        /* the same with a header that knows of the cut, so that the picture data end early */
        cut[4] = (uint8_t)(n - 8);
        cut[5] = (uint8_t)((n - 8) >> 8);
        if (n + 40 < b.size) assert_int_equal(image_decode(&im, cut, n, NULL, 0), ERR_INVALID);
        if (n + 40 < b.size) assert_null(im.pixels);
        if (n + 40 >= b.size && !image_decode(&im, cut, n, NULL, 0)) image_free(&im);
        free(cut);
    }
    image_free(&from);
    buf_free(&b);
}

static void test_an_animated_webp_is_refused_by_name(void **state)
{
    struct image from = made_quarters();
    struct image_info info;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_webp(&b, &from, 1);
    b.data[20] |= 0x02; /* the animation flag of VP8X */
    assert_refused(image_probe(&info, b.data, b.size, NULL), ERR_INVALID,
                   "an animated WebP is not supported; save one picture of it as PNG or WebP");
    image_free(&from);
    buf_free(&b);
}

static void test_damaged_picture_data_are_refused(void **state)
{
    struct image from = made_shades(3);
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_webp(&b, &from, 0);
    memset(b.data + 30, 0xff, 40);
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_INVALID,
                   "the WebP is damaged");
    b.data[20] = 0; /* the signature of VP8L */
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_INVALID,
                   "the WebP is damaged");
    image_free(&from);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lossless_webp_comes_out_as_it_went_in),
        cmocka_unit_test(test_all_eight_orientations_come_out_upright),
        cmocka_unit_test(test_transparency_is_laid_on_white),
        cmocka_unit_test(test_a_webp_cut_anywhere_is_refused),
        cmocka_unit_test(test_an_animated_webp_is_refused_by_name),
        cmocka_unit_test(test_damaged_picture_data_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
