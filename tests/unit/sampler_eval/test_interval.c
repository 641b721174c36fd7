#include "unit/sampler/check_smp.h"

#include "sampler/eval/interval.h"
#include "sampler/eval/paired.h"

/* Newcombe, Statistics in Medicine 17 (1998), table I, methods 3 (score) and 5 (exact). */
static void test_newcombes_four_shares_have_their_score_and_exact_intervals(void **state)
{
    static const struct {
        size_t yes, n;
        struct smp_interval score, exact;
    } HIS[] = {
        {81, 263, {0.2553, 0.3662}, {0.2527, 0.3676}},
        {15, 148, {0.0624, 0.1605}, {0.0578, 0.1617}},
        {0,  20,  {0.0, 0.1611},    {0.0, 0.1684}   },
        {1,  29,  {0.0061, 0.1718}, {0.0009, 0.1776}}
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct smp_interval score = smp_wilson(HIS[i].yes, HIS[i].n, 0.95);
        const struct smp_interval exact = smp_clopper_pearson(HIS[i].yes, HIS[i].n, 0.95);

        CHECK_NEAR(score.low, HIS[i].score.low, 5e-5);
        CHECK_NEAR(score.high, HIS[i].score.high, 5e-5);
        CHECK_NEAR(exact.low, HIS[i].exact.low, 5e-5);
        CHECK_NEAR(exact.high, HIS[i].exact.high, 5e-5);
    }
    CHECK_NEAR(smp_wilson(0, 0, 0.95).high, 1, 0);
    CHECK_NEAR(smp_clopper_pearson(0, 0, 0.95).high, 1, 0);
    CHECK_NEAR(smp_wilson(20, 20, 0.95).high, 1, 0);
}

/* What "exact" means: at its ends the chance of as many, or as few, is the tail. */
static void test_exact_bounds_solve_their_binomial_tails_for_large_numbers_too(void **state)
{
    static const size_t n[] = {10, 1000, 1000000};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const size_t yes = n[i] / 5;
        const struct smp_interval x = smp_clopper_pearson(yes, n[i], 0.9);

        CHECK_NEAR(smp_binomial_below(yes, n[i], x.high), 0.05, 1e-7);
        CHECK_NEAR(1 - smp_binomial_below(yes - 1, n[i], x.low), 0.05, 1e-7);
    }
}

/* Quantiles of Abramowitz & Stegun, table 26.5; binomial sums by hand: (1 + 10 + 45) / 1024; the beta
 * function of 2 and 3: x^2 (6 - 8 x + 3 x^2). */
static void test_distributions_have_their_tabled_values(void **state)
{
    (void)state;
    CHECK_NEAR(smp_normal_quantile(0.975), 1.959963984540054, 1e-12);
    CHECK_NEAR(smp_normal_quantile(0.8), 0.8416212335729143, 1e-12);
    CHECK_NEAR(smp_normal_quantile(0.5), 0, 1e-12);
    CHECK_NEAR(smp_binomial_below(2, 10, 0.5), 0.0546875, 1e-12);
    CHECK_NEAR(smp_binomial_below(10, 10, 0.5), 1, 0);
    for (double x = 0; x <= 1; x += 0.125)
        CHECK_NEAR(smp_beta_below(x, 2, 3), x * x * (6 - 8 * x + 3 * x * x), 1e-13);
}

/* Airway reactivity of 21 children before and after: 1 and 7 changed. Fagerland, Lydersen & Laake, BMC
 * Medical Research Methodology 13:91 (2013) for the tests; Statistics in Medicine 33 (2014) for Tango's
 * interval of this table. The others: PropCIs 0.3-0 in R, scoreci.mp(20, 60, 1000) and (25, 28, 618). */
static void test_paired_tests_and_intervals_are_the_published_ones(void **state)
{
    const struct smp_paired children = {.both = 1, .neither = 12, .won = 1, .lost = 7};
    const struct smp_paired thousand = {.both = 920, .won = 60, .lost = 20};
    const struct smp_paired close = {.both = 565, .won = 28, .lost = 25};
    const struct smp_mcnemar m = smp_mcnemar(&children);
    struct smp_interval d = smp_paired_interval(&children, 0.95);

    (void)state;
    CHECK_NEAR(m.p, 0.0703, 5e-5);
    CHECK_NEAR(m.mid_p, 0.0391, 5e-5);
    CHECK_NEAR(d.low, -0.517, 5e-4);
    CHECK_NEAR(d.high, -0.026, 5e-4);
    d = smp_paired_interval(&thousand, 0.95);
    CHECK_NEAR(d.low, 0.0231, 5e-5);
    CHECK_NEAR(d.high, 0.0584, 5e-5);
    d = smp_paired_interval(&close, 0.9);
    CHECK_NEAR(d.low, -0.0148, 5e-5);
    CHECK_NEAR(d.high, 0.0247, 5e-5);
}

static void test_nothing_won_or_lost_still_leaves_a_doubt_that_shrinks_with_items(void **state)
{
    const struct smp_paired none = {0};
    double wider = 1;

    (void)state;
    CHECK_NEAR(smp_paired_interval(&none, 0.95).low, -1, 0);
    CHECK_NEAR(smp_mcnemar(&none).p, 1, 0);
    for (size_t n = 10; n <= 100000; n *= 10) {
        const struct smp_paired t = {.both = n};
        const struct smp_interval d = smp_paired_interval(&t, 0.95);

        CHECK_NEAR(d.low, -d.high, 1e-9);
        CHECK_NEAR(d.high, 3.8415 / ((double)n + 3.8415), 1e-4); /* z^2 / (n + z^2) */
        assert_true(d.high < wider);
        wider = d.high;
    }
}

static void test_pairs_are_counted_by_who_was_right(void **state)
{
    static const uint8_t was[] = {1, 1, 0, 0, 1, 0};
    static const uint8_t is[] = {1, 0, 1, 0, 1, 1};
    const struct smp_paired t = smp_paired_count(was, is, 6);

    (void)state;
    assert_int_equal(t.both, 2);
    assert_int_equal(t.lost, 1);
    assert_int_equal(t.won, 2);
    assert_int_equal(t.neither, 1);
    assert_int_equal(smp_paired_items(&t), 6);
}

/* The error of a mean is its standard deviation by the root of n: both are known here. */
static void test_the_paired_bootstrap_knows_the_error_of_a_mean(void **state)
{
    double then[400];
    double now[400];
    struct smp_estimate one;
    struct smp_estimate two;
    struct smp_bootstrap how = {.rounds = 1000, .seed = 7, .n_threads = 1};

    (void)state;
    for (int i = 0; i < 400; i++) {
        then[i] = i % 3;
        now[i] = then[i] + (i % 4 == 0); /* a quarter is better by one: 0.25, deviation 0.433 */
    }
    CHECK_OK(smp_paired_bootstrap(then, now, 400, &how, &one));
    CHECK_NEAR(one.value, 0.25, 1e-12);
    CHECK_NEAR(one.error, sqrt(0.25 * 0.75 / 400), 0.0015);
    CHECK_NEAR(one.low, 0.25 - 1.96 * 0.02165, 0.006);
    CHECK_NEAR(one.high, 0.25 + 1.96 * 0.02165, 0.006);
    how.n_threads = 2;
    CHECK_OK(smp_paired_bootstrap(then, now, 400, &how, &two));
    assert_memory_equal(&one, &two, sizeof one);
    CHECK_FAILS(smp_paired_bootstrap(then, now, 0, &how, &two), SMP_INVALID, "0 items");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newcombes_four_shares_have_their_score_and_exact_intervals),
        cmocka_unit_test(test_exact_bounds_solve_their_binomial_tails_for_large_numbers_too),
        cmocka_unit_test(test_distributions_have_their_tabled_values),
        cmocka_unit_test(test_paired_tests_and_intervals_are_the_published_ones),
        cmocka_unit_test(test_nothing_won_or_lost_still_leaves_a_doubt_that_shrinks_with_items),
        cmocka_unit_test(test_pairs_are_counted_by_who_was_right),
        cmocka_unit_test(test_the_paired_bootstrap_knows_the_error_of_a_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
