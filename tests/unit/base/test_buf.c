#include "check.h"

#include "base/buf.h"

static void test_it_grows_and_always_ends_in_zero(void **state)
{
    (void)state;
    struct buf b;

    buf_init(&b, 10000);
    for (int i = 0; i < 1000; i++) {
        CHECK_OK(buf_printf(&b, "%d,", i % 10));
        assert_int_equal(strlen(b.data), b.size);
    }
    assert_int_equal(b.size, 2000);
    buf_free(&b);
}

static void test_past_the_maximum_is_refused_and_nothing_is_lost(void **state)
{
    (void)state;
    struct buf b;

    buf_init(&b, 10);
    CHECK_OK(buf_adds(&b, "12345678"));
    CHECK_FAILS(buf_adds(&b, "abc"), ERR_TOO_LARGE, "limit of 10 bytes");
    assert_string_equal(b.data, "12345678");
    CHECK_OK(buf_adds(&b, "ab"));
    assert_string_equal(b.data, "12345678ab");
    buf_free(&b);
}

static void test_bytes_with_zeros_are_kept(void **state)
{
    (void)state;
    struct buf b;

    buf_init(&b, 100);
    CHECK_OK(buf_add(&b, "a\0b", 3));
    CHECK_OK(buf_add(&b, NULL, 0));
    assert_int_equal(b.size, 3);
    assert_memory_equal(b.data, "a\0b", 4);
    buf_clear(&b);
    assert_string_equal(b.data, "");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_grows_and_always_ends_in_zero),
        cmocka_unit_test(test_past_the_maximum_is_refused_and_nothing_is_lost),
        cmocka_unit_test(test_bytes_with_zeros_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
