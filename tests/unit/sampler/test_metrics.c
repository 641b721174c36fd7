#include "check_smp.h"

#include "sampler/metrics.h"

static void test_argmax_takes_the_lowest_on_a_tie(void **state)
{
    (void)state;
    const float p[2 * 3] = {0.2f, 0.4f, 0.4f, 0.5f, 0.1f, 0.4f};
    int32_t guess[2];

    smp_argmax(p, 2, 3, guess);
    assert_int_equal(guess[0], 1);
    assert_int_equal(guess[1], 0);
}

static void test_macro_f1_weighs_classes_alike(void **state)
{
    (void)state;
    /* class 0: tp 3, fp 1, fn 0 -> 6/7; class 1: tp 0, fn 1 -> 0; class 2 occurs nowhere */
    const int32_t truth[4] = {0, 0, 0, 1}, guess[4] = {0, 0, 0, 0};

    CHECK_NEAR(smp_accuracy(guess, truth, 4), 0.75, 1e-12);
    CHECK_NEAR(smp_macro_f1(guess, truth, 4, 3), (6.0 / 7) / 2, 1e-12);
    CHECK_NEAR(smp_accuracy(guess, truth, 0), 0, 0);
}

static void test_a_flat_curve_has_its_own_height_as_area(void **state)
{
    (void)state;
    const double labels[3] = {10, 100, 1000}, flat[3] = {0.8, 0.8, 0.8}, rising[3] = {0, 1, 1};

    CHECK_NEAR(smp_aulc(labels, flat, 3), 0.8, 1e-12);
    CHECK_NEAR(smp_aulc(labels, rising, 3), 0.75, 1e-12);
    CHECK_NEAR(smp_aulc(labels, rising + 1, 1), 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_argmax_takes_the_lowest_on_a_tie),
        cmocka_unit_test(test_macro_f1_weighs_classes_alike),
        cmocka_unit_test(test_a_flat_curve_has_its_own_height_as_area),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
