#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void make(struct buf *b, const struct image *im, const struct made_jpeg *how)
{
    buf_init(b, 1 << 20);
    made_jpeg(b, im, how);
}

/* What each orientation makes of the stored quarters R G / B W; EXIF 2.32, tag 0x0112. */
static const char *const UPRIGHT[9] = {
    "RGBW", "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB",
};

static void test_all_eight_orientations_come_out_upright(void **state)
{
    struct image from = made_quarters();
    (void)state;
    for (int orientation = 0; orientation <= 8; orientation++) {
        struct image_info info;
        struct image im;
        struct buf b;
        bool is_turned = orientation >= 5;

        make(&b, &from, &(struct made_jpeg){.orientation = orientation});
        assert_int_equal(image_probe(&info, b.data, b.size, NULL), OK);
        assert_int_equal(info.format, IMAGE_JPEG);
        assert_int_equal(info.orientation, orientation ? orientation : 1);
        assert_int_equal(info.width, is_turned ? MADE_HEIGHT : MADE_WIDTH);
        assert_int_equal(info.height, is_turned ? MADE_WIDTH : MADE_HEIGHT);
        assert_int_equal(info.browser_safe, orientation <= 1);
        assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
        assert_int_equal(im.width, info.width);
        assert_int_equal(im.height, info.height);
        assert_quarters(&im, UPRIGHT[orientation]);
        image_free(&im);
        buf_free(&b);
    }
    image_free(&from);
}

static void test_every_kind_of_jpeg_keeps_its_colours(void **state)
{
    static const struct {
        struct made_jpeg how;
        bool browser_safe;
    } KINDS[] = {
        {{.kind = JPEG_PLAIN},                    true },
        {{.kind = JPEG_PLAIN, .restart_rows = 1}, true },
        {{.kind = JPEG_SEPARATE},                 true },
        {{.kind = JPEG_PROGRESSIVE},              true },
        {{.kind = JPEG_ARITHMETIC},               false},
        {{.kind = JPEG_CMYK_ADOBE},               false},
        {{.kind = JPEG_CMYK_BARE},                false},
    };
    struct image from = made_quarters();
    (void)state;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        struct image_info info;
        struct image im;
        struct buf b;

        make(&b, &from, &KINDS[i].how);
        assert_int_equal(image_probe(&info, b.data, b.size, NULL), OK);
        assert_int_equal(info.browser_safe, KINDS[i].browser_safe);
        assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
        assert_quarters(&im, "RGBW");
        image_free(&im);
        buf_free(&b);
    }
    image_free(&from);
}

static void test_a_gray_jpeg_has_one_channel(void **state)
{
    struct image from = made_shades(1);
    struct image im;
    struct buf b;
    (void)state;
    make(&b, &from, &(struct made_jpeg){0});
    assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
    assert_int_equal(im.channels, 1);
    for (size_t i = 0; i < MADE_WIDTH * MADE_HEIGHT; i++)
        assert_in_range(im.pixels[i] + 4 - from.pixels[i], 0, 8);
    image_free(&im);
    image_free(&from);
    buf_free(&b);
}

static void test_a_jpeg_is_shrunk_no_further_than_asked(void **state)
{
    static const struct {
        uint32_t at_least_px, width, height;
    } CASES[] = {
        {0,    48, 32},
        {32,   48, 32},
        {17,   48, 32},
        {16,   24, 16},
        {9,    24, 16},
        {8,    12, 8 },
        {5,    12, 8 },
        {4,    6,  4 },
        {1,    6,  4 },
        {5000, 48, 32}
    };
    struct image from = made_quarters();
    struct buf b;
    (void)state;
    make(&b, &from, &(struct made_jpeg){0});
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct image im;
        assert_int_equal(image_decode(&im, b.data, b.size, NULL, CASES[i].at_least_px), OK);
        assert_int_equal(im.width, CASES[i].width);
        assert_int_equal(im.height, CASES[i].height);
        assert_quarters(&im, "RGBW");
        image_free(&im);
    }
    image_free(&from);
    buf_free(&b);
}

static void test_a_jpeg_cut_before_its_last_pixel_is_refused(void **state)
{
    static const struct made_jpeg HOWS[] = {{.kind = JPEG_PLAIN},
                                            {.restart_rows = 1},
                                            {.kind = JPEG_PROGRESSIVE},
                                            {.kind = JPEG_ARITHMETIC}};
    struct image from = made_shades(3);
    (void)state;
    for (size_t i = 0; i < sizeof HOWS / sizeof *HOWS; i++) {
        struct buf b;
        make(&b, &from, &HOWS[i]);
        for (size_t n = 1; n + 8 < b.size; n += 1 + b.size / 150) {
            struct image im;
            uint8_t *cut = malloc(n);

            assert_non_null(cut);
            memcpy(cut, b.data, n);
            if (!image_decode(&im, cut, n, NULL, 0))
                fail_msg("kind %zu cut to %zu of %zu bytes was decoded", i, n, b.size);
            assert_non_null(strstr(err_message(), "JPEG"));
            assert_null(im.pixels);
            free(cut);
        }
        buf_free(&b);
    }
    image_free(&from);
}

static void test_the_sentence_of_a_cut_jpeg_says_how_far_it_came(void **state)
{
    struct image from = made_shades(3);
    struct image im;
    struct buf b;
    (void)state;
    make(&b, &from, &(struct made_jpeg){0});
    assert_refused(image_decode(&im, b.data, b.size - 200, NULL, 0), ERR_INVALID,
                   "the JPEG is truncated after about ");
    assert_non_null(strstr(err_message(), " of 32 rows: "));
    assert_refused(image_decode(&im, b.data, 30, NULL, 0), ERR_INVALID,
                   "the JPEG ends before its picture begins");
    buf_free(&b);
    make(&b, &from, &(struct made_jpeg){.kind = JPEG_PROGRESSIVE});
    assert_refused(image_decode(&im, b.data, b.size - 200, NULL, 0), ERR_INVALID,
                   "the JPEG is truncated in scan ");
    buf_free(&b);
    image_free(&from);
}

static void test_a_jpeg_of_one_scan_may_lack_its_end_marker(void **state)
{
    struct image from = made_quarters();
    struct image im;
    struct buf b;
    (void)state;
    make(&b, &from, &(struct made_jpeg){0});
    assert_int_equal(image_decode(&im, b.data, b.size - 2, NULL, 0), OK);
    assert_quarters(&im, "RGBW");
    image_free(&im);
    buf_free(&b);
    make(&b, &from, &(struct made_jpeg){.kind = JPEG_PROGRESSIVE});
    assert_refused(image_decode(&im, b.data, b.size - 2, NULL, 0), ERR_INVALID,
                   "truncated in scan");
    image_free(&from);
    buf_free(&b);
}

/* The first byte after `marker` and its length, e.g. of the frame header. */
static uint8_t *segment(struct buf *b, uint8_t marker)
{
    uint8_t *p = (uint8_t *)b->data + 2;

    while (p[1] != marker)
        p += 2 + (p[2] << 8 | p[3]);
    return p;
}

static void test_damaged_pixels_are_refused(void **state)
{
    struct image from = made_shades(3);
    struct image im;
    struct buf b;
    uint8_t *scan;
    (void)state;
    make(&b, &from, &(struct made_jpeg){.restart_rows = 1});
    scan = segment(&b, 0xda) + 14;
    memset(scan, 0xaa, 40);
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_INVALID,
                   "the JPEG is damaged");
    assert_null(im.pixels);
    buf_free(&b);
    image_free(&from);
}

static void test_twelve_bits_and_lossless_are_refused_by_name(void **state)
{
    struct image from = made_quarters();
    struct image_info info;
    struct buf b;
    uint8_t *frame;
    (void)state;
    make(&b, &from, &(struct made_jpeg){0});
    frame = segment(&b, 0xc0);
    frame[4] = 12;
    assert_refused(image_probe(&info, b.data, b.size, NULL), ERR_INVALID,
                   "a 12-bit JPEG is not supported; save it as 8-bit");
    frame[4] = 8;
    frame[1] = 0xc3;
    assert_refused(image_probe(&info, b.data, b.size, NULL), ERR_INVALID,
                   "a lossless or hierarchical JPEG (SOF type 0xc3) is not supported");
    assert_int_equal(info.width, 0);
    image_free(&from);
    buf_free(&b);
}

static void test_a_jpeg_that_lies_about_its_size_is_refused_by_the_limit(void **state)
{
    struct image from = made_quarters();
    struct image im;
    struct buf b;
    uint8_t *frame;
    (void)state;
    make(&b, &from, &(struct made_jpeg){0});
    frame = segment(&b, 0xc0);
    memcpy(frame + 5, "\xff\xdc\xff\xdc", 4);
    assert_refused(image_decode(&im, b.data, b.size, NULL, 0), ERR_TOO_LARGE,
                   "65500 x 65500 pixels are more than the limit of 100000000");
    image_free(&from);
    buf_free(&b);
}

static void test_a_progressive_jpeg_of_too_many_scans_is_refused(void **state)
{
    struct image from = made_shades(1);
    struct image im;
    struct buf b, many;
    uint8_t *scan, *next;
    (void)state;
    make(&b, &from, &(struct made_jpeg){.kind = JPEG_PROGRESSIVE});
    /* the first scan (DC) over and over: a warning each for libjpeg, and a pass over the picture */
    scan = segment(&b, 0xda);
    next = scan + 2;
    while (!(next[0] == 0xff && next[1] != 0 && (next[1] < 0xd0 || next[1] > 0xd7)))
        next++;
    buf_init(&many, 1 << 20);
    assert_int_equal(buf_add(&many, b.data, (size_t)((char *)scan - b.data)), OK);
    for (int i = 0; i < 150; i++)
        assert_int_equal(buf_add(&many, scan, (size_t)(next - scan)), OK);
    assert_int_equal(buf_add(&many, next, (size_t)(b.data + b.size - (char *)next)), OK);
    assert_refused(image_decode(&im, many.data, many.size, NULL, 0), ERR_TOO_LARGE,
                   "more than the limit of 100 scans");
    buf_free(&many);
    buf_free(&b);
    image_free(&from);
}

static void test_a_jpeg_without_the_scan_of_a_colour_is_refused(void **state)
{
    struct image from = made_quarters();
    struct image im;
    struct buf b;
    char *scan;
    (void)state;
    make(&b, &from, &(struct made_jpeg){.kind = JPEG_SEPARATE});
    /* the end marker in place of the third scan */
    scan = b.data;
    for (int i = 0; i < 3; i++) {
        scan = memmem(scan + 1, b.size - (size_t)(scan + 1 - b.data), "\xff\xda", 2);
        assert_non_null(scan);
    }
    memcpy(scan, "\xff\xd9", 2);
    assert_refused(image_decode(&im, b.data, (size_t)(scan + 2 - b.data), NULL, 0), ERR_INVALID,
                   "the JPEG lacks the scan of colour component 3 of 3");
    assert_null(im.pixels);
    image_free(&from);
    buf_free(&b);
}

static void test_what_is_encoded_reads_back(void **state)
{
    struct image from = made_quarters();
    struct image gray = made_shades(1);
    struct image im;
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    assert_int_equal(buf_adds(&b, "before"), OK);
    assert_int_equal(image_encode_jpeg(&b, &from, 95), OK);
    assert_memory_equal(b.data, "before\xff\xd8", 8);
    assert_int_equal(image_decode(&im, b.data + 6, b.size - 6, NULL, 0), OK);
    assert_quarters(&im, "RGBW");
    image_free(&im);
    buf_clear(&b);
    assert_int_equal(image_encode_jpeg(&b, &gray, 80), OK);
    assert_int_equal(image_decode(&im, b.data, b.size, NULL, 0), OK);
    assert_int_equal(im.channels, 1);
    image_free(&im);
    image_free(&from);
    image_free(&gray);
    buf_free(&b);
}

static void test_a_jpeg_that_does_not_fit_the_buffer_leaves_it_as_it_was(void **state)
{
    struct image from = made_shades(3);
    struct buf b;
    (void)state;
    buf_init(&b, 300);
    assert_int_equal(buf_adds(&b, "before"), OK);
    assert_refused(image_encode_jpeg(&b, &from, 95), ERR_TOO_LARGE, "the limit of 300 bytes");
    assert_string_equal(b.data, "before");
    assert_int_equal(b.size, 6);
    image_free(&from);
    buf_free(&b);
}

static void test_a_picture_too_long_for_jpeg_is_refused(void **state)
{
    uint8_t row[65501] = {0};
    const struct image im = {.width = 65501, .height = 1, .channels = 1, .pixels = row};
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 20);
    assert_refused(image_encode_jpeg(&b, &im, 80), ERR_INVALID, "at most 65500 a side");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_eight_orientations_come_out_upright),
        cmocka_unit_test(test_every_kind_of_jpeg_keeps_its_colours),
        cmocka_unit_test(test_a_gray_jpeg_has_one_channel),
        cmocka_unit_test(test_a_jpeg_is_shrunk_no_further_than_asked),
        cmocka_unit_test(test_a_jpeg_cut_before_its_last_pixel_is_refused),
        cmocka_unit_test(test_the_sentence_of_a_cut_jpeg_says_how_far_it_came),
        cmocka_unit_test(test_a_jpeg_of_one_scan_may_lack_its_end_marker),
        cmocka_unit_test(test_damaged_pixels_are_refused),
        cmocka_unit_test(test_twelve_bits_and_lossless_are_refused_by_name),
        cmocka_unit_test(test_a_jpeg_that_lies_about_its_size_is_refused_by_the_limit),
        cmocka_unit_test(test_a_progressive_jpeg_of_too_many_scans_is_refused),
        cmocka_unit_test(test_a_jpeg_without_the_scan_of_a_colour_is_refused),
        cmocka_unit_test(test_what_is_encoded_reads_back),
        cmocka_unit_test(test_a_jpeg_that_does_not_fit_the_buffer_leaves_it_as_it_was),
        cmocka_unit_test(test_a_picture_too_long_for_jpeg_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
