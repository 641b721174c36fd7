#include "made.h"
#include "media/exif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_all_eight_orientations_are_read_in_both_byte_orders(void **state)
{
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int order = 0; order < 2; order++) {
            struct buf b;
            buf_init(&b, 100);
            made_exif(&b, orientation, order ? "MM" : "II");
            assert_int_equal(exif_orientation(b.data, b.size), orientation);
            buf_free(&b);
        }
}

static void test_a_block_with_the_exif_prefix_is_read(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    assert_int_equal(buf_add(&b, "Exif\0\0", 6), OK);
    made_exif(&b, 6, "II");
    assert_int_equal(exif_orientation(b.data, b.size), 6);
    buf_free(&b);
}

static void test_an_orientation_outside_1_to_8_is_1(void **state)
{
    (void)state;
    for (int value = 0; value <= 255; value += value == 0 ? 9 : 82) {
        struct buf b;
        buf_init(&b, 100);
        made_exif(&b, value, "II");
        assert_int_equal(exif_orientation(b.data, b.size), 1);
        buf_free(&b);
    }
}

static void test_a_block_cut_anywhere_is_1_or_whole(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    made_exif(&b, 8, "MM");
    for (size_t n = 0; n <= b.size; n++) {
        /* a copy of the exact size, so that a read past the end is caught under asan */
        uint8_t *cut = malloc(n ? n : 1);
        assert_non_null(cut);
        memcpy(cut, b.data, n);
        assert_int_equal(exif_orientation(cut, n), n >= 20 ? 8 : 1);
        free(cut);
    }
    buf_free(&b);
}

static void test_a_field_of_another_type_or_count_is_1(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 100);
    made_exif(&b, 6, "II");
    b.data[12] = 4; /* LONG */
    assert_int_equal(exif_orientation(b.data, b.size), 1);
    b.data[12] = 3;
    b.data[14] = 2; /* two of them */
    assert_int_equal(exif_orientation(b.data, b.size), 1);
    b.data[14] = 1;
    assert_int_equal(exif_orientation(b.data, b.size), 6);
    buf_free(&b);
}

static void test_the_field_is_found_behind_others(void **state)
{
    static const uint8_t BLOCK[] = {
        'I',  'I',  42, 0, 8, 0, 0, 0, 2,   0,           /* two entries */
        0x0f, 0x01, 2,  0, 4, 0, 0, 0, 'a', 'b', 'c', 0, /* Make */
        0x12, 0x01, 3,  0, 1, 0, 0, 0, 7,   0,   0,   0, /* Orientation */
    };
    (void)state;
    assert_int_equal(exif_orientation(BLOCK, sizeof BLOCK), 7);
}

static void test_a_directory_beyond_the_block_is_1(void **state)
{
    static const uint8_t FAR[] = {'I', 'I', 42, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0x12, 0x01};
    (void)state;
    assert_int_equal(exif_orientation(FAR, sizeof FAR), 1);
    assert_int_equal(exif_orientation("XX*\0\10\0\0\0", 8), 1);
    assert_int_equal(exif_orientation("", 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_eight_orientations_are_read_in_both_byte_orders),
        cmocka_unit_test(test_a_block_with_the_exif_prefix_is_read),
        cmocka_unit_test(test_an_orientation_outside_1_to_8_is_1),
        cmocka_unit_test(test_a_block_cut_anywhere_is_1_or_whole),
        cmocka_unit_test(test_a_field_of_another_type_or_count_is_1),
        cmocka_unit_test(test_the_field_is_found_behind_others),
        cmocka_unit_test(test_a_directory_beyond_the_block_is_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
