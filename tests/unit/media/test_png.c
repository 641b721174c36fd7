#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <png.h>

static void decode(struct image *im, const struct made_png *how)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    made_png(&b, how);
    if (image_decode(im, b.data, b.size, NULL, 0)) fail_msg("%s", err_message());
    assert_int_equal(im->width, how->width);
    assert_int_equal(im->height, how->height);
    buf_free(&b);
}

static void assert_pixels(const struct made_png *how, int channels, const uint8_t *pixels)
{
    struct image im;

    decode(&im, how);
    assert_int_equal(im.channels, channels);
    assert_memory_equal(im.pixels, pixels, (size_t)im.width * im.height * (size_t)channels);
    image_free(&im);
}

static struct made_png plain(const struct image *im)
{
    return (struct made_png){
        .width = im->width,
        .height = im->height,
        .depth = 8,
        .colour = im->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
        .rows = im->pixels,
        .stride = (size_t)im->width * (size_t)im->channels,
    };
}

static void test_gray_and_colour_come_out_as_they_went_in(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2)
        for (int is_interlaced = 0; is_interlaced < 2; is_interlaced++) {
            struct image from = made_shades(channels);
            struct made_png how = plain(&from);
            struct image im;

            how.is_interlaced = is_interlaced;
            decode(&im, &how);
            assert_same_pixels(&im, &from);
            image_free(&im);
            image_free(&from);
        }
}

static void test_all_eight_orientations_come_out_upright_interlaced_or_not(void **state)
{
    static const char *const UPRIGHT[9] = {
        "", "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB",
    };
    struct image from = made_quarters();
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int is_interlaced = 0; is_interlaced < 2; is_interlaced++) {
            struct made_png how = plain(&from);
            struct image_info info;
            struct image im;
            struct buf b;

            how.orientation = orientation;
            how.is_interlaced = is_interlaced;
            buf_init(&b, 1 << 20);
            made_png(&b, &how);
            assert_int_equal(image_probe(&info, b.data, b.size, NULL), OK);
            assert_int_equal(info.orientation, orientation);
            assert_int_equal(info.browser_safe, orientation == 1);
            assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
            assert_int_equal(im.width, info.width);
            assert_int_equal(im.width, orientation >= 5 ? MADE_HEIGHT : MADE_WIDTH);
            assert_quarters(&im, UPRIGHT[orientation]);
            image_free(&im);
            buf_free(&b);
        }
    image_free(&from);
}

static void test_few_bits_of_gray_spread_over_eight(void **state)
{
    (void)state;
    assert_pixels(&(struct made_png){.width = 8,
                                     .height = 1,
                                     .depth = 1,
                                     .colour = 0,
                                     .rows = (const uint8_t[]){0xa1},
                                     .stride = 1},
                  1, (const uint8_t[]){255, 0, 255, 0, 0, 0, 0, 255});
    assert_pixels(&(struct made_png){.width = 4,
                                     .height = 1,
                                     .depth = 2,
                                     .colour = 0,
                                     .rows = (const uint8_t[]){0x1b},
                                     .stride = 1},
                  1, (const uint8_t[]){0, 85, 170, 255});
    assert_pixels(&(struct made_png){.width = 2,
                                     .height = 1,
                                     .depth = 4,
                                     .colour = 0,
                                     .rows = (const uint8_t[]){0x3f},
                                     .stride = 1},
                  1, (const uint8_t[]){51, 255});
}

static void test_sixteen_bits_are_rounded_to_eight(void **state)
{
    (void)state;
    /* v * 255 / 65535: 0x0080 is 0.498, 0x0081 is 0.502; cutting would give 0 twice */
    assert_pixels(
        &(struct made_png){
            .width = 4,
            .height = 1,
            .depth = 16,
            .colour = 0,
            .stride = 8,
            .rows = (const uint8_t[]){0, 0x80, 0, 0x81, 0xff, 0xff, 0x80, 0x80}
    },
        1, (const uint8_t[]){0, 1, 255, 128});
    assert_pixels(
        &(struct made_png){
            .width = 1,
            .height = 1,
            .depth = 16,
            .colour = 2,
            .stride = 6,
            .rows = (const uint8_t[]){0x11, 0x11, 0x22, 0x22, 0xff, 0xff}
    },
        3, (const uint8_t[]){0x11, 0x22, 0xff});
}

static void test_a_palette_becomes_rgb(void **state)
{
    static const uint8_t PALETTE[] = {1, 2, 3, 40, 50, 60, 7, 8, 9};
    const struct made_png how = {
        .width = 3,
        .height = 1,
        .depth = 8,
        .colour = 3,
        .rows = (const uint8_t[]){2, 0, 1},
        .stride = 3,
        .palette = PALETTE,
        .n_palette = 3
    };
    struct made_png clear = how;
    (void)state;
    assert_pixels(&how, 3, (const uint8_t[]){7, 8, 9, 1, 2, 3, 40, 50, 60});
    clear.alpha = (const uint8_t[]){255, 0};
    clear.n_alpha = 2;
    assert_pixels(&clear, 3, (const uint8_t[]){7, 8, 9, 1, 2, 3, 255, 255, 255});
}

static void test_transparency_is_laid_on_white(void **state)
{
    (void)state;
    /* gray 100 at alpha 0, 255, 51 (a fifth): 255, 100, 255 - 31 */
    assert_pixels(
        &(struct made_png){
            .width = 3,
            .height = 1,
            .depth = 8,
            .colour = 4,
            .stride = 6,
            .rows = (const uint8_t[]){100, 0, 100, 255, 100, 51}
    },
        1, (const uint8_t[]){255, 100, 224});
    assert_pixels(
        &(struct made_png){
            .width = 2,
            .height = 1,
            .depth = 8,
            .colour = 6,
            .stride = 8,
            .rows = (const uint8_t[]){0, 100, 200, 51, 9, 9, 9, 255}
    },
        3, (const uint8_t[]){204, 224, 244, 9, 9, 9});
    assert_pixels(
        &(struct made_png){
            .width = 1,
            .height = 1,
            .depth = 16,
            .colour = 6,
            .stride = 8,
            .rows = (const uint8_t[]){1, 2, 3, 4, 5, 6, 0, 0}
    },
        3, (const uint8_t[]){255, 255, 255});
}

static void test_the_one_clear_colour_becomes_white(void **state)
{
    (void)state;
    assert_pixels(
        &(struct made_png){
            .width = 2,
            .height = 1,
            .depth = 8,
            .colour = 0,
            .stride = 2,
            .rows = (const uint8_t[]){7, 8},
            .clear = (const uint16_t[]){7}
    },
        1, (const uint8_t[]){255, 8});
    /* 16 bits: only the exact value is clear, not what rounds to the same 8 */
    assert_pixels(
        &(struct made_png){
            .width = 2,
            .height = 1,
            .depth = 16,
            .colour = 2,
            .stride = 12,
            .rows = (const uint8_t[]){0,  1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 4},
            .clear = (const uint16_t[]){1, 2, 3}
    },
        3, (const uint8_t[]){255, 255, 255, 0, 0, 0});
}

static void test_browsers_show_eight_bits_that_stand_still(void **state)
{
    static const struct {
        int depth;
        const char *extra;
        bool is_safe;
    } CASES[] = {
        {8,  NULL,   true },
        {16, NULL,   false},
        {8,  "acTL", false},
        {8,  "abCd", true }
    };
    uint8_t rows[16] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct image_info info;
        struct image im;
        struct buf b;

        buf_init(&b, 1 << 20);
        made_png(&b, &(struct made_png){.width = 2,
                                        .height = 2,
                                        .depth = CASES[i].depth,
                                        .colour = 0,
                                        .rows = rows,
                                        .stride = 4,
                                        .extra = CASES[i].extra});
        assert_int_equal(image_probe(&info, b.data, b.size, NULL), OK);
        assert_int_equal(info.browser_safe, CASES[i].is_safe);
        assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
        image_free(&im);
        buf_free(&b);
    }
}

static void test_a_png_cut_anywhere_is_refused(void **state)
{
    struct image from = made_shades(3);
    (void)state;
    for (int is_interlaced = 0; is_interlaced < 2; is_interlaced++) {
        struct made_png how = plain(&from);
        struct buf b;

        how.is_interlaced = is_interlaced;
        buf_init(&b, 1 << 20);
        made_png(&b, &how);
        for (size_t n = 1; n<b.size; n += n> 60 && n + 20 < b.size ? 8 : 1) {
            struct image im;
            uint8_t *cut = malloc(n);

            assert_non_null(cut);
            memcpy(cut, b.data, n);
            assert_int_equal(image_decode(&im, cut, n, NULL, 0), ERR_INVALID);
            assert_non_null(strstr(err_message(), "PNG"));
            assert_null(im.pixels);
            free(cut);
        }
        buf_free(&b);
    }
    image_free(&from);
}

static void test_the_sentence_of_a_cut_png_says_how_far_it_came(void **state)
{
    struct image from = made_shades(3);
    struct made_png how = plain(&from);
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_png(&b, &how);
    assert_refused(image_decode(&im, b.data, 20, NULL, 0), ERR_INVALID,
                   "the PNG is truncated in its header: it has 20 bytes");
    assert_refused(image_decode(&im, b.data, 60, NULL, 0), ERR_INVALID,
                   "the PNG is truncated after 0 of 32 rows");
    assert_refused(image_decode(&im, b.data, b.size - 12, NULL, 0), ERR_INVALID,
                   "the PNG is truncated: its end (IEND) is missing");
    buf_clear(&b);
    how.is_interlaced = true;
    made_png(&b, &how);
    assert_refused(image_decode(&im, b.data, b.size - 20, NULL, 0), ERR_INVALID,
                   "the PNG is truncated");
    buf_free(&b);
    image_free(&from);
}

static void test_a_wrong_checksum_is_refused(void **state)
{
    struct image from = made_shades(3);
    struct made_png how = plain(&from);
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_png(&b, &how);
    b.data[29] ^= 1; /* IHDR's CRC */
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_INVALID,
                   "the PNG is damaged before its first row: IHDR: CRC error");
    b.data[29] ^= 1;
    b.data[b.size - 13] ^= 1; /* IDAT's */
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_INVALID, "IDAT: CRC error");
    b.data[b.size - 13] ^= 1;
    b.data[12] = 'X';
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_INVALID,
                   "its first chunk is no IHDR of 13 bytes");
    buf_free(&b);
    image_free(&from);
}

static void test_what_follows_the_end_is_left_alone(void **state)
{
    struct image from = made_shades(1);
    struct made_png how = plain(&from);
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    made_png(&b, &how);
    assert_int_equal(buf_adds(&b, "<html><script>"), OK);
    assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
    assert_same_pixels(&im, &from);
    image_free(&im);
    image_free(&from);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gray_and_colour_come_out_as_they_went_in),
        cmocka_unit_test(test_all_eight_orientations_come_out_upright_interlaced_or_not),
        cmocka_unit_test(test_few_bits_of_gray_spread_over_eight),
        cmocka_unit_test(test_sixteen_bits_are_rounded_to_eight),
        cmocka_unit_test(test_a_palette_becomes_rgb),
        cmocka_unit_test(test_transparency_is_laid_on_white),
        cmocka_unit_test(test_the_one_clear_colour_becomes_white),
        cmocka_unit_test(test_browsers_show_eight_bits_that_stand_still),
        cmocka_unit_test(test_a_png_cut_anywhere_is_refused),
        cmocka_unit_test(test_the_sentence_of_a_cut_png_says_how_far_it_came),
        cmocka_unit_test(test_a_wrong_checksum_is_refused),
        cmocka_unit_test(test_what_follows_the_end_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
