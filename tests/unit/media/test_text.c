#include "made.h"
#include "media/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LITERAL(text) (text), sizeof(text) - 1

static void assert_counts(const char *text, size_t n_code_points, size_t n_graphemes)
{
    struct text_info info;

    assert_int_equal(text_check(&info, text, strlen(text)), OK);
    assert_int_equal(info.n_bytes, strlen(text));
    assert_int_equal(info.n_code_points, n_code_points);
    assert_int_equal(info.n_graphemes, n_graphemes);
}

static void test_code_points_and_what_readers_see_are_counted(void **state)
{
    (void)state;
    assert_counts("", 0, 0);
    assert_counts("abc", 3, 3);
    assert_counts("Ko\u0308ln", 5, 4); /* o with a combining diaeresis */
    assert_counts("\U0001F469\u200D\U0001F469\u200D\U0001F467", 5, 1); /* a family */
    assert_counts("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", 4, 2);   /* two flags */
    assert_counts("a\r\nb", 4, 3);
    assert_counts("\xef\xbb\xbfx", 2, 2); /* a mark inside a text is a character of it */
}

static void test_what_is_not_utf8_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_refused(text_check(NULL, LITERAL("first line\ncaf\xe9 noir")), ERR_INVALID,
                   "byte 0xE9 at offset 14 (line 2) is not UTF-8; save the file as UTF-8");
    assert_refused(text_check(NULL, LITERAL("\xc0\xaf")), ERR_INVALID,
                   "byte 0xC0 at offset 0 (line 1)");
    assert_refused(text_check(NULL, LITERAL("a\xe0\x80\xaf")), ERR_INVALID,
                   "byte 0xE0 at offset 1");
    assert_refused(text_check(NULL, LITERAL("\xf4\x90\x80\x80")), ERR_INVALID,
                   "byte 0xF4 at offset 0");
    assert_refused(text_check(NULL, LITERAL("ab\x80")), ERR_INVALID, "byte 0x80 at offset 2");
    assert_refused(text_check(NULL, LITERAL("ab\xe2\x82")), ERR_INVALID,
                   "byte 0xE2 at offset 2");
    assert_refused(text_check(NULL, LITERAL("\xed\xa0\x80")), ERR_INVALID,
                   "half of a surrogate pair at offset 0 (line 1)");
    assert_refused(text_check(NULL, LITERAL("a\nb\0c")), ERR_INVALID,
                   "a NUL byte at offset 3 (line 2)");
}

static void assert_decoded(const char *bytes, size_t n, const char *text)
{
    struct buf b;

    buf_init(&b, 1000);
    if (text_decode(&b, bytes, n)) fail_msg("%s", err_message());
    assert_int_equal(b.size, strlen(text));
    if (*text) assert_string_equal(b.data, text);
    buf_free(&b);
}

static void test_only_the_byte_order_mark_is_dropped_from_a_file(void **state)
{
    (void)state;
    assert_decoded(LITERAL("  a\r\nb\n "), "  a\r\nb\n ");
    assert_decoded(LITERAL("\xef\xbb\xbfKo\u0308ln"), "Ko\u0308ln");
    assert_decoded(LITERAL("\xef\xbb\xbf\xef\xbb\xbfx"), "\ufeffx");
    assert_decoded(LITERAL(""), "");
    assert_decoded(LITERAL("\xef\xbb\xbf"), "");
}

static void test_utf16_is_read_in_either_byte_order(void **state)
{
    (void)state;
    assert_decoded(LITERAL("\xff\xfe"
                           "a\0\xe9\0\xac\x20"
                           "\x3d\xd8\x00\xde"
                           "\r\0\n\0"),
                   "a\u00e9\u20ac\U0001F600\r\n");
    assert_decoded(LITERAL("\xfe\xff"
                           "\0a\0\xe9\x20\xac"
                           "\xd8\x3d\xde\x00"),
                   "a\u00e9\u20ac\U0001F600");
    assert_decoded(LITERAL("\xff\xfe"), "");
}

static void test_broken_utf16_is_refused_and_leaves_the_buffer_alone(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 1000);
    assert_int_equal(buf_adds(&b, "before"), OK);
    assert_refused(text_decode(&b, LITERAL("\xff\xfe"
                                           "a\0\n\0\x3d\xd8"
                                           "b\0")),
                   ERR_INVALID, "half of a surrogate pair (0xD83D) at offset 6 (line 2)");
    assert_refused(text_decode(&b, LITERAL("\xff\xfe\x00\xde")), ERR_INVALID,
                   "(0xDE00) at offset 2");
    assert_refused(text_decode(&b, LITERAL("\xff\xfe\x3d\xd8")), ERR_INVALID,
                   "(0xD83D) at offset 2");
    assert_refused(text_decode(&b, LITERAL("\xff\xfe"
                                           "a\0b")),
                   ERR_INVALID, "odd number of bytes (5)");
    assert_refused(text_decode(&b, LITERAL("\xfe\xff"
                                           "\0a\0\0")),
                   ERR_INVALID, "a NUL character at offset 4 (line 1)");
    assert_refused(text_decode(&b, LITERAL("\xff\xfe\0\0a\0\0\0")), ERR_INVALID,
                   "UTF-32 is not supported");
    assert_string_equal(b.data, "before");
    buf_free(&b);
}

static void test_other_encodings_are_refused_with_their_place_in_the_file(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 1000);
    assert_refused(text_decode(&b, LITERAL("\xef\xbb\xbf"
                                           "a\xff")),
                   ERR_INVALID, "byte 0xFF at offset 4");
    assert_refused(text_decode(&b, LITERAL("a\0b\0")), ERR_INVALID,
                   "UTF-16 without its byte order mark");
    assert_int_equal(b.size, 0);
    buf_free(&b);
}

static void test_a_text_beyond_the_buffers_maximum_is_refused(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 4);
    assert_refused(text_decode(&b, LITERAL("12345")), ERR_TOO_LARGE, "the limit of 4 bytes");
    assert_refused(text_decode(&b, LITERAL("\xff\xfe"
                                           "1\0002\0003\0004\0005\0")),
                   ERR_TOO_LARGE, "4 bytes");
    assert_int_equal(b.size, 0);
    buf_free(&b);
}

/* a, o with diaeresis, a euro sign, a face beyond the first plane, b:
 * bytes 0 1 3 6 10 11, code points 0 1 2 3 4 5, UTF-16 units 0 1 2 3 5 6 */
static const char MIXED[] = "a\u00f6\u20ac\U0001F600b";

static void test_offsets_convert_between_all_units(void **state)
{
    static const size_t AT[3][6] = {
        {0, 1, 3, 6, 10, 11},
        {0, 1, 2, 3, 4,  5 },
        {0, 1, 2, 3, 5,  6 }
    };
    (void)state;
    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 3; to++) {
            size_t up[6], down[6];
            memcpy(up, AT[from], sizeof up);
            for (int i = 0; i < 6; i++)
                down[i] = AT[from][5 - i];
            assert_int_equal(
                text_offsets(up, 6, (enum text_unit)from, (enum text_unit)to, LITERAL(MIXED)),
                OK);
            assert_memory_equal(up, AT[to], sizeof up);
            assert_int_equal(
                text_offsets(down, 6, (enum text_unit)from, (enum text_unit)to, LITERAL(MIXED)),
                OK);
            for (int i = 0; i < 6; i++)
                assert_int_equal(down[i], AT[to][5 - i]);
        }
}

static void test_an_offset_inside_a_character_or_beyond_is_refused(void **state)
{
    size_t at[2] = {0, 4};
    (void)state;
    assert_refused(text_offsets(at, 2, TEXT_UTF16, TEXT_BYTES, LITERAL(MIXED)), ERR_INVALID,
                   "offset 4 (in UTF-16 units) lies inside a character");
    at[0] = 1;
    at[1] = 2;
    assert_refused(text_offsets(at, 2, TEXT_BYTES, TEXT_UTF16, LITERAL(MIXED)), ERR_INVALID,
                   "offset 2 (in bytes) lies inside a character");
    at[1] = 6;
    assert_refused(text_offsets(at, 2, TEXT_CODE_POINTS, TEXT_UTF16, LITERAL(MIXED)),
                   ERR_INVALID,
                   "offset 6 lies beyond the end of the text, which has 5 code points");
    assert_int_equal(at[0], 1);
    assert_int_equal(at[1], 6);
    at[1] = 3;
    assert_refused(text_offsets(at, 2, TEXT_CODE_POINTS, TEXT_UTF16, LITERAL("ab\xff")),
                   ERR_INVALID, "byte 0xFF at offset 2");
}

static void test_a_part_is_cut_by_code_points(void **state)
{
    const char *part;
    size_t n;
    (void)state;
    assert_int_equal(text_part(&part, &n, LITERAL(MIXED), 2, 4), OK);
    assert_int_equal(n, 7);
    assert_memory_equal(part, "\u20ac\U0001F600", 7);
    assert_int_equal(text_part(&part, &n, LITERAL(MIXED), 5, 5), OK);
    assert_int_equal(n, 0);
    assert_refused(text_part(&part, &n, LITERAL(MIXED), 3, 2), ERR_INVALID,
                   "the span ends at 2, before its start at 3");
    assert_refused(text_part(&part, &n, LITERAL(MIXED), 3, 9), ERR_INVALID,
                   "offset 9 lies beyond");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_points_and_what_readers_see_are_counted),
        cmocka_unit_test(test_what_is_not_utf8_is_refused_with_its_place),
        cmocka_unit_test(test_only_the_byte_order_mark_is_dropped_from_a_file),
        cmocka_unit_test(test_utf16_is_read_in_either_byte_order),
        cmocka_unit_test(test_broken_utf16_is_refused_and_leaves_the_buffer_alone),
        cmocka_unit_test(test_other_encodings_are_refused_with_their_place_in_the_file),
        cmocka_unit_test(test_a_text_beyond_the_buffers_maximum_is_refused),
        cmocka_unit_test(test_offsets_convert_between_all_units),
        cmocka_unit_test(test_an_offset_inside_a_character_or_beyond_is_refused),
        cmocka_unit_test(test_a_part_is_cut_by_code_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
