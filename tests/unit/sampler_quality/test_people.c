#include "unit/sampler/check_smp.h"

#include "crowd_made.h"

#include "sampler/quality/people.h"
#include "sampler/quality/sets.h"
#include "sampler/rng.h"

/* Newcombe, Statistics in Medicine 17 (1998), table I, method 3. */
static void test_newcombes_four_shares_have_their_score_intervals(void **state)
{
    static const struct {
        size_t yes, n;
        double low, high;
    } HIS[] = {
        {81, 263, 0.2553, 0.3662},
        {15, 148, 0.0624, 0.1605},
        {0,  20,  0.0,    0.1611},
        {1,  29,  0.0061, 0.1718}
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct smp_share s = smp_share_of(HIS[i].yes, HIS[i].n);

        CHECK_NEAR(s.low, HIS[i].low, 5e-5);
        CHECK_NEAR(s.high, HIS[i].high, 5e-5);
    }
    assert_true(isnan(smp_share_of(0, 0).value));
}

/* Alcohol and malformations: Agresti, "Categorical Data Analysis", table 2.9; z^2 = 6.57, P = 0.01. */
static void test_agrestis_malformations_have_his_trend(void **state)
{
    static const size_t yes[] = {48, 38, 5, 1, 1};
    static const size_t n[] = {17114, 14502, 793, 127, 38};
    static const double score[] = {0, 0.5, 1.5, 4, 7};
    static const size_t all[] = {10, 10};
    const double z = smp_trend(yes, n, score, 5);

    (void)state;
    CHECK_NEAR(z * z, 6.57, 0.005);
    assert_true(z > 0);
    assert_true(isnan(smp_trend(yes, n, score, 1)));
    assert_true(isnan(smp_trend(all, all, score, 2)));
}

/* Of twenty values the sixth and the fifteenth (Conover, 3.2). */
static void test_the_median_of_twenty_lies_between_the_sixth_and_the_fifteenth(void **state)
{
    double x[20];
    struct smp_middle m;

    (void)state;
    for (int i = 0; i < 20; i++)
        x[i] = (double)((i * 7) % 20 + 1);
    m = smp_middle_of(x, 20);
    CHECK_NEAR(m.value, 10.5, 0);
    CHECK_NEAR(m.low, 6, 0);
    CHECK_NEAR(m.high, 15, 0);
    m = smp_middle_of(x, 3);
    CHECK_NEAR(m.value, 2, 0);
    CHECK_NEAR(m.low, 1, 0);
    CHECK_NEAR(m.high, 3, 0);
    assert_true(isnan(smp_middle_of(x, 0).value));
}

static void test_an_answer_is_held_against_those_of_the_others(void **state)
{
    /* item 0: 0 0 1, item 1: 0 1, item 2: 2 alone, item 3: 0 1 2 */
    static const uint32_t item[] = {3, 0, 0, 0, 1, 1, 2, 3, 3};
    static const uint32_t person[] = {0, 0, 1, 2, 0, 1, 2, 1, 2};
    static const uint32_t answer[] = {0, 0, 0, 1, 0, 1, 2, 1, 2};
    static const int8_t expected[] = {-1, -1, -1, 0, 0, 0, -1, -1, -1};
    static const int8_t without_the_third[] = {0, 1, 1, 0, 0, 0, -1, 0, -1};
    static const uint8_t left_out[] = {0, 0, 1};
    const struct smp_answers in = {item, person, answer, 9, 4, 3, 3};
    int8_t outcome[9];

    (void)state;
    CHECK_OK(smp_with_others(&in, NULL, outcome));
    assert_memory_equal(outcome, expected, sizeof outcome);
    CHECK_OK(smp_with_others(&in, left_out, outcome));
    assert_memory_equal(outcome, without_the_third, sizeof outcome);
}

static void test_answers_out_of_range_are_refused(void **state)
{
    static const uint32_t item[] = {0};
    static const uint32_t person[] = {1};
    const struct smp_answers in = {item, person, item, 1, 1, 1, 1};
    int8_t outcome;

    (void)state;
    assert_int_equal(smp_with_others(&in, NULL, &outcome), SMP_INVALID);
}

/* Shares of 0.9 in 2,000 samples of 50: the interval holds 0.9 in about 95 of 100. */
static void test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says(void **state)
{
    struct smp_rng rng;
    int held = 0;

    (void)state;
    smp_rng_seed(&rng, 1, 7);
    for (int i = 0; i < 2000; i++) {
        struct smp_share s;
        size_t yes = 0;

        for (int k = 0; k < 50; k++)
            yes += smp_rng_below(&rng, 10) != 0;
        s = smp_share_of(yes, 50);
        held += s.low <= 0.9 && 0.9 <= s.high;
    }
    assert_in_range(held, 1860, 1980);
}

/* Passonneau 2006, table 2: the same, one in the other, overlapping, apart. */
static void test_sets_are_apart_as_passonneau_has_it(void **state)
{
    static const uint8_t ab[] = {1, 1, 0, 0};
    static const uint8_t abc[] = {1, 1, 1, 0};
    static const uint8_t bc[] = {0, 1, 1, 0};
    static const uint8_t d[] = {0, 0, 0, 1};
    static const uint8_t none[] = {0, 0, 0, 0};

    (void)state;
    CHECK_NEAR(smp_masi(ab, ab, 4), 0, 0);
    CHECK_NEAR(smp_masi(ab, abc, 4), 1 - 2.0 / 3 * 2 / 3, 1e-15);
    CHECK_NEAR(smp_masi(abc, ab, 4), 1 - 2.0 / 3 * 2 / 3, 1e-15);
    CHECK_NEAR(smp_masi(ab, bc, 4), 1 - 1.0 / 3 / 3, 1e-15);
    CHECK_NEAR(smp_masi(ab, d, 4), 1, 0);
    CHECK_NEAR(smp_masi(ab, none, 4), 1, 0);
    CHECK_NEAR(smp_masi(none, none, 4), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newcombes_four_shares_have_their_score_intervals),
        cmocka_unit_test(test_agrestis_malformations_have_his_trend),
        cmocka_unit_test(test_the_median_of_twenty_lies_between_the_sixth_and_the_fifteenth),
        cmocka_unit_test(test_an_answer_is_held_against_those_of_the_others),
        cmocka_unit_test(test_answers_out_of_range_are_refused),
        cmocka_unit_test(test_sets_are_apart_as_passonneau_has_it),
        cmocka_unit_test(test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
