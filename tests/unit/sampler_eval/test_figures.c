#include "unit/sampler/check_smp.h"

#include "sampler/eval/calibration.h"
#include "sampler/eval/confusion.h"
#include "sampler/eval/slices.h"
#include "sampler/rng.h"

static void test_what_is_taken_for_what_is_counted_and_shared_by_class(void **state)
{
    static const int32_t truth[] = {0, 0, 0, 1, 1, 2, 2, 2, 2, -1, 1};
    static const int32_t guess[] = {0, 0, 1, 1, 2, 2, 2, 0, 2, 0, -1};
    size_t table[16];
    struct smp_class_figures f[4];

    (void)state;
    smp_confusion(truth, guess, 11, 4, table);
    assert_int_equal(table[0 * 4 + 1], 1);
    assert_int_equal(table[2 * 4 + 2], 3);
    smp_class_figures(table, 4, 0.95, f);
    assert_int_equal(f[0].n_truth, 3);
    assert_int_equal(f[0].n_guess, 3);
    CHECK_NEAR(f[0].precision, 2.0 / 3, 1e-12);
    CHECK_NEAR(f[1].recall, 0.5, 1e-12);
    CHECK_NEAR(f[2].recall, 0.75, 1e-12);
    CHECK_NEAR(f[2].precision, 0.75, 1e-12);
    CHECK_NEAR(f[1].f1, 0.5, 1e-12);
    CHECK_NEAR(f[2].recall_in.low, smp_wilson(3, 4, 0.95).low, 0);
    assert_true(isnan(f[3].precision) && isnan(f[3].recall) && isnan(f[3].f1));
    CHECK_NEAR(f[3].recall_in.high, 1, 0);
}

/* By hand: bins 5, 7 and 9 hold (0.5; right), (0.75, 0.75; one right), (0.92, 0.95, 1; two right). */
static void test_calibration_of_six_answers_is_the_one_by_hand(void **state)
{
    static const float sure[] = {0.5f, 0.75f, 0.75f, 0.92f, 0.95f, 1};
    static const uint8_t right[] = {1, 1, 0, 1, 0, 1};
    struct smp_calibration c;

    (void)state;
    smp_calibration(sure, right, 6, &c);
    CHECK_NEAR(c.bin[5].sure, 0.5, 1e-7);
    assert_int_equal(c.bin[9].n, 3);
    CHECK_NEAR(c.bin[9].sure, 2.87 / 3, 1e-7);
    CHECK_NEAR(c.bin[9].right, 2.0 / 3, 1e-12);
    CHECK_NEAR(c.expected_error, (0.5 + 2 * 0.25 + 3 * (2.87 / 3 - 2.0 / 3)) / 6, 1e-7);
    CHECK_NEAR(c.brier, (0.25 + 0.0625 + 0.5625 + 0.0064 + 0.9025) / 6, 1e-7);
    /* Spiegelhalter: sum of (p - y)(2p - 1), by the root of sum (1 - 2p)^2 p (1 - p). */
    CHECK_NEAR(c.z,
               (-0.125 + 0.375 - 0.0672 + 0.855) /
                   sqrt(2 * 0.25 * 0.1875 + 0.7056 * 0.0736 + 0.81 * 0.0475),
               1e-6);
    smp_calibration(sure, right, 0, &c);
    assert_true(isnan(c.right));
    CHECK_NEAR(c.expected_error, 0, 0);
}

/* Two thousand answers that are right as often as it says, and as many right less often. */
static void test_true_probabilities_pass_and_boasting_does_not(void **state)
{
    enum { N = 2000 };
    static float sure[N];
    static uint8_t honest[N];
    static uint8_t boasting[N];
    struct smp_rng rng;
    struct smp_calibration c;

    (void)state;
    smp_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < N; i++) {
        sure[i] = 0.5f + 0.5f * (float)smp_rng_unit(&rng);
        honest[i] = smp_rng_unit(&rng) < (double)sure[i];
        boasting[i] = smp_rng_unit(&rng) < (double)sure[i] - 0.1;
    }
    smp_calibration(sure, honest, N, &c);
    assert_true(fabs(c.z) < 2.5);
    assert_true(c.expected_error < 0.05);
    smp_calibration(sure, boasting, N, &c);
    assert_true(c.z > 4);
    CHECK_NEAR(c.expected_error, 0.1, 0.03);
}

/* Fisher's lady: three or four of the four cups with the milk first, by luck 17 of 70. Turned round: at
 * most one of four that are right. */
static void test_a_slice_is_judged_as_fishers_lady_was(void **state)
{
    (void)state;
    CHECK_NEAR(smp_slice_worse(1, 4, 4, 8), 17.0 / 70, 1e-12);
    CHECK_NEAR(smp_slice_worse(0, 4, 4, 8), 1.0 / 70, 1e-12);
    CHECK_NEAR(smp_slice_worse(4, 4, 4, 8), 1, 1e-12);
    CHECK_NEAR(smp_slice_worse(6, 8, 6, 8), 1, 0);
    assert_true(smp_slice_worse(50, 100, 90000, 100000) < 1e-10);
}

/* Holm's rule on four values, by hand: 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 not below that. */
static void test_holms_rule_multiplies_and_never_falls(void **state)
{
    double p[] = {0.01, 0.04, 0.03, 0.005};

    (void)state;
    CHECK_OK(smp_holm(p, 4));
    CHECK_NEAR(p[0], 0.03, 1e-12);
    CHECK_NEAR(p[1], 0.06, 1e-12);
    CHECK_NEAR(p[2], 0.06, 1e-12);
    CHECK_NEAR(p[3], 0.02, 1e-12);
}

/* Two hundred times forty slices of equal truth: in about one of twenty is any named, or fewer. */
static void test_equal_slices_are_named_as_rarely_as_promised(void **state)
{
    enum { SLICES = 40, IN = 25 };
    struct smp_rng rng;
    size_t named = 0;

    (void)state;
    smp_rng_seed(&rng, 4, 0);
    for (int run = 0; run < 200; run++) {
        size_t right[SLICES] = {0};
        size_t all = 0;
        double p[SLICES];
        double least = 1;
        for (size_t i = 0; i < SLICES * IN; i++)
            right[i / IN] += smp_rng_unit(&rng) < 0.8;
        for (size_t s = 0; s < SLICES; s++)
            all += right[s];
        for (size_t s = 0; s < SLICES; s++)
            p[s] = smp_slice_worse(right[s], IN, all, (size_t)SLICES * IN);
        CHECK_OK(smp_holm(p, SLICES));
        for (size_t s = 0; s < SLICES; s++)
            least = fmin(least, p[s]);
        named += least < 0.05;
    }
    assert_in_range(named, 0, 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken_for_what_is_counted_and_shared_by_class),
        cmocka_unit_test(test_calibration_of_six_answers_is_the_one_by_hand),
        cmocka_unit_test(test_true_probabilities_pass_and_boasting_does_not),
        cmocka_unit_test(test_a_slice_is_judged_as_fishers_lady_was),
        cmocka_unit_test(test_holms_rule_multiplies_and_never_falls),
        cmocka_unit_test(test_equal_slices_are_named_as_rarely_as_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
