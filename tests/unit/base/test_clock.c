#include "check.h"

#include "base/clock.h"

static void check_text(int64_t at_ms, const char *expected)
{
    char text[CLOCK_TEXT];
    clock_format(text, at_ms);
    assert_string_equal(text, expected);
}

static void test_times_are_written_in_utc_with_milliseconds(void **state)
{
    (void)state;
    check_text(0, "1970-01-01T00:00:00.000Z");
    check_text(1795197417123, "2026-11-20T17:56:57.123Z");
    check_text(951782400001, "2000-02-29T00:00:00.001Z");
    check_text(-1, "1969-12-31T23:59:59.999Z");
    check_text(INT64_MAX, "0000-00-00T00:00:00.000Z");
}

static void test_ticks_never_go_back(void **state)
{
    (void)state;
    int64_t before = clock_ticks_ms();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_ticks_ms();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_written_in_utc_with_milliseconds),
        cmocka_unit_test(test_ticks_never_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
