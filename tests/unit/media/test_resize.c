#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_row(const uint8_t *in, uint32_t n_in, const uint8_t *expected,
                       uint32_t n_out)
{
    uint8_t copy[64];
    struct image im = {.channels = 1, .pixels = copy};
    struct image out;

    memcpy(copy, in, n_in);
    for (int is_column = 0; is_column < 2; is_column++) {
        im.width = is_column ? 1 : n_in;
        im.height = is_column ? n_in : 1;
        assert_int_equal(image_resize(&out, &im, is_column ? 1 : n_out, is_column ? n_out : 1),
                         OK);
        assert_memory_equal(out.pixels, expected, n_out);
        image_free(&out);
    }
}

static void test_shrinking_takes_the_mean_of_the_covered_area(void **state)
{
    (void)state;
    assert_row((const uint8_t[]){0, 100, 200, 250}, 4, (const uint8_t[]){50, 225}, 2);
    /* 3 into 2: each covers one and a half: (0 + 90/2) / 1.5, (90/2 + 180) / 1.5 */
    assert_row((const uint8_t[]){0, 90, 180}, 3, (const uint8_t[]){30, 150}, 2);
    assert_row((const uint8_t[]){10, 20, 30, 40, 51}, 5, (const uint8_t[]){30}, 1);
}

static void test_growing_goes_straight_between_the_centres(void **state)
{
    (void)state;
    /* 2 into 4: centres at -1/4, 1/4, 3/4, 5/4 of the way */
    assert_row((const uint8_t[]){0, 100}, 2, (const uint8_t[]){0, 25, 75, 100}, 4);
    assert_row((const uint8_t[]){7}, 1, (const uint8_t[]){7, 7, 7}, 3);
}

static void test_the_same_size_is_a_copy(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        struct image from = made_shades(channels);
        struct image out;

        assert_int_equal(image_resize(&out, &from, from.width, from.height), OK);
        assert_same_pixels(&out, &from);
        image_free(&out);
        image_free(&from);
    }
}

/* The definition, in floating point. */
static double mean_of(const struct image *im, size_t c, double x0, double x1, double y0,
                      double y1)
{
    double sum = 0;

    for (uint32_t y = 0; y < im->height; y++)
        for (uint32_t x = 0; x < im->width; x++) {
            double w = (x1 < x + 1 ? x1 : x + 1) - (x0 > x ? x0 : x);
            double h = (y1 < y + 1 ? y1 : y + 1) - (y0 > y ? y0 : y);
            if (w > 0 && h > 0)
                sum +=
                    w * h * im->pixels[((size_t)y * im->width + x) * (size_t)im->channels + c];
        }
    return sum / ((x1 - x0) * (y1 - y0));
}

static void test_shrinking_agrees_with_the_definition(void **state)
{
    static const uint32_t SIZES[][2] = {
        {47, 31},
        {17, 13},
        {5,  30},
        {1,  1 },
        {48, 7 }
    };
    struct image from = made_shades(3);
    (void)state;
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        uint32_t w = SIZES[i][0], h = SIZES[i][1];
        double dx = (double)from.width / w, dy = (double)from.height / h;
        struct image out;

        assert_int_equal(image_resize(&out, &from, w, h), OK);
        for (uint32_t p = 0; p < w * h * 3; p++) {
            double x = (double)(p / 3 % w) * dx, y = (double)(p / 3 / w) * dy;
            double off = out.pixels[p] - mean_of(&from, p % 3, x, x + dx, y, y + dy);
            if (off > 0.51 || off < -0.51)
                fail_msg("%u x %u, value %u is off by %f", w, h, p, off);
        }
        image_free(&out);
    }
    image_free(&from);
}

static void test_one_side_may_shrink_while_the_other_grows(void **state)
{
    uint8_t pixels[] = {0, 100, 200, 40};
    const struct image from = {.width = 4, .height = 1, .channels = 1, .pixels = pixels};
    struct image out;
    (void)state;
    assert_int_equal(image_resize(&out, &from, 2, 3), OK);
    assert_memory_equal(out.pixels, ((const uint8_t[]){50, 120, 50, 120, 50, 120}), 6);
    image_free(&out);
}

static void test_white_stays_white_at_every_size(void **state)
{
    uint8_t pixels[7 * 5];
    const struct image from = {.width = 7, .height = 5, .channels = 1, .pixels = pixels};
    (void)state;
    memset(pixels, 255, sizeof pixels);
    for (uint32_t w = 1; w <= 16; w++)
        for (uint32_t h = 1; h <= 11; h++) {
            struct image out;
            assert_int_equal(image_resize(&out, &from, w, h), OK);
            for (uint32_t i = 0; i < w * h; i++)
                assert_int_equal(out.pixels[i], 255);
            image_free(&out);
        }
}

static void test_fitting_keeps_the_shape_and_never_enlarges(void **state)
{
    static const struct {
        uint32_t w, h, max_side, w_out, h_out;
    } CASES[] = {
        {48,   32,   24,  24, 16},
        {32,   48,   24,  16, 24},
        {48,   32,   100, 48, 32},
        {48,   32,   48,  48, 32},
        {1000, 1,    10,  10, 1 },
        {1,    1000, 1,   1,  1 },
        {100,  75,   33,  33, 25}
    };
    uint8_t *pixels = calloc(100, 100);
    (void)state;
    assert_non_null(pixels);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct image from = {
            .width = CASES[i].w, .height = CASES[i].h, .channels = 1, .pixels = pixels};
        struct image out;

        assert_int_equal(image_fit(&out, &from, CASES[i].max_side), OK);
        assert_int_equal(out.width, CASES[i].w_out);
        assert_int_equal(out.height, CASES[i].h_out);
        image_free(&out);
    }
    free(pixels);
}

static void test_sides_beyond_all_reason_are_refused(void **state)
{
    uint8_t pixel = 1;
    const struct image from = {.width = 1, .height = 1, .channels = 1, .pixels = &pixel};
    struct image out;
    (void)state;
    assert_refused(image_resize(&out, &from, 0x80000000u, 1), ERR_TOO_LARGE,
                   "1 x 1 pixels cannot be resized to 2147483648 x 1");
    assert_null(out.pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shrinking_takes_the_mean_of_the_covered_area),
        cmocka_unit_test(test_growing_goes_straight_between_the_centres),
        cmocka_unit_test(test_the_same_size_is_a_copy),
        cmocka_unit_test(test_shrinking_agrees_with_the_definition),
        cmocka_unit_test(test_one_side_may_shrink_while_the_other_grows),
        cmocka_unit_test(test_white_stays_white_at_every_size),
        cmocka_unit_test(test_fitting_keeps_the_shape_and_never_enlarges),
        cmocka_unit_test(test_sides_beyond_all_reason_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
