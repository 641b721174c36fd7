/* What a caller of an endpoint may still ask for. */
#include "check.h"

#include "api/rate.h"

static void test_a_minute_is_answered_at_once_and_then_one_waits(void **state)
{
    struct rates *r = rates_new();
    const uint64_t key = rates_key(r, 1, 7, "");
    unsigned wait_s;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(rates_take(r, key, 3, 1), 0);
    wait_s = rates_take(r, key, 3, 1);
    assert_in_range(wait_s, 19, 20); /* one of three a minute */
    assert_int_equal(rates_take(r, rates_key(r, 1, 8, ""), 3, 1), 0); /* another token */
    assert_int_equal(rates_take(r, rates_key(r, 2, 7, ""), 3, 1), 0); /* another endpoint */
    rates_free(r);
}

static void test_a_batch_larger_than_the_limit_passes_and_is_owed(void **state)
{
    struct rates *r = rates_new();
    const uint64_t key = rates_key(r, 1, 0, "127.0.0.1");

    (void)state;
    assert_int_equal(rates_take(r, key, 60, 1000), 0);
    assert_in_range(rates_take(r, key, 60, 1), 940, 941);
    assert_int_equal(rates_take(r, rates_key(r, 1, 0, "127.0.0.2"), 60, 1), 0);
    rates_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_minute_is_answered_at_once_and_then_one_waits),
        cmocka_unit_test(test_a_batch_larger_than_the_limit_passes_and_is_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
