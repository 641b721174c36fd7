#include "unit/sampler/check_smp.h"

#include "sampler/eval/gate.h"
#include "sampler/rng.h"

enum { RUNS = 200, LOOKS = 8 };

static const double APART = 0.15; /* planted models disagree about so many items */
static const struct smp_gate_rule FIVE_POINTS = {.margin = 0.05, .look = 1};

/* n more items about which the new model is better by `difference`. */
static void ask_more(struct smp_rng *rng, size_t n, double difference, struct smp_paired *t)
{
    for (size_t i = 0; i < n; i++) {
        const double u = smp_rng_unit(rng);
        if (u < (APART + difference) / 2)
            t->won++;
        else if (u < APART)
            t->lost++;
        else
            t->both++;
    }
}

/* How many of 200 simulated comparisons on n items end with each verdict. */
static void simulate(double difference, size_t n, size_t count[3])
{
    struct smp_rng rng;

    memset(count, 0, 3 * sizeof *count);
    smp_rng_seed(&rng, 11, n);
    for (size_t run = 0; run < RUNS; run++) {
        struct smp_paired t = {0};
        ask_more(&rng, n, difference, &t);
        count[smp_gate_decide(&t, &FIVE_POINTS).verdict]++;
    }
}

/* Worse by the margin is what may pass in 2.5 of 100 cases at the first look: 5 of 200, and 12 are three
 * standard deviations more. */
static void test_a_worse_model_passes_as_rarely_as_the_rule_says(void **state)
{
    size_t count[3];

    (void)state;
    for (size_t n = 50; n <= 800; n *= 2) {
        simulate(-0.05, n, count);
        assert_in_range(count[SMP_GO], 0, 12);
        simulate(-0.10, n, count);
        assert_in_range(count[SMP_GO], 0, 2);
    }
    simulate(-0.10, 400, count);
    assert_in_range(count[SMP_NO_GO], 190, RUNS); /* and it is told so */
}

static void test_an_equal_and_a_better_model_pass_once_there_are_items_to_tell(void **state)
{
    size_t count[3];

    (void)state;
    simulate(0, 1000, count);
    assert_in_range(count[SMP_GO], 185, RUNS);
    simulate(0, 60, count);
    assert_in_range(count[SMP_MORE], 150, RUNS); /* too few: it says so rather than guess */
    simulate(0.05, 200, count);
    assert_in_range(count[SMP_GO], 180, RUNS);
    for (size_t n = 50; n <= 800; n *= 2) {
        simulate(0, n, count);
        assert_in_range(count[SMP_NO_GO], 0, 12);
        simulate(0.05, n, count);
        assert_in_range(count[SMP_NO_GO], 0, 1);
    }
}

/* As an owner would: label as many as it asks for, and ask again, up to eight times. */
static enum smp_verdict ask_until_told(struct smp_rng *rng, double difference, size_t *items)
{
    struct smp_paired t = {0};
    struct smp_gate_rule rule = FIVE_POINTS;
    struct smp_gate g = {.verdict = SMP_MORE, .needs = 60};

    for (size_t look = 1; look <= LOOKS && g.verdict == SMP_MORE; look++) {
        rule.look = look;
        ask_more(rng, g.needs < 2000 ? g.needs : 2000, difference, &t);
        g = smp_gate_decide(&t, &rule);
    }
    *items += smp_paired_items(&t);
    return g.verdict;
}

/* 5 of 100 at most whenever one stops: 10 of 200, and 19 are three standard deviations more. */
static void test_asking_again_and_again_does_not_wear_the_gate_down(void **state)
{
    struct smp_rng rng;
    size_t worse[3] = {0};
    size_t same[3] = {0};
    size_t items = 0;

    (void)state;
    smp_rng_seed(&rng, 12, 0);
    for (size_t run = 0; run < RUNS; run++) {
        worse[ask_until_told(&rng, -0.05, &items)]++;
        same[ask_until_told(&rng, 0, &items)]++;
    }
    assert_in_range(worse[SMP_GO], 0, 19);
    assert_in_range(same[SMP_GO], 150, RUNS);
}

/* The number it asks for is enough in about the share of cases that it promises. */
static void test_as_many_labels_as_it_asks_for_do_tell(void **state)
{
    struct smp_rng rng;
    struct smp_gate_rule again = FIVE_POINTS;
    size_t asked = 0;
    size_t told = 0;

    (void)state;
    again.look = 2;
    smp_rng_seed(&rng, 13, 0);
    for (size_t run = 0; run < RUNS; run++) {
        struct smp_paired t = {0};
        struct smp_gate g;
        ask_more(&rng, 150, 0, &t);
        g = smp_gate_decide(&t, &FIVE_POINTS);
        if (g.verdict != SMP_MORE) continue;
        asked++;
        ask_more(&rng, g.needs, 0, &t);
        told += smp_gate_decide(&t, &again).verdict != SMP_MORE;
    }
    assert_true(asked > 50);
    assert_true((double)told > 0.6 * (double)asked);
}

static void test_the_power_that_is_promised_is_what_simulation_finds(void **state)
{
    static const struct {
        double difference;
        size_t n;
    } CASES[] = {
        {0,    200},
        {0,    500},
        {0.03, 200},
        {0.06, 80 }
    };
    size_t count[3];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        simulate(CASES[i].difference, CASES[i].n, count);
        CHECK_NEAR(smp_gate_power(CASES[i].n, APART, CASES[i].difference, &FIVE_POINTS),
                   (double)count[SMP_GO] / RUNS, 0.1);
    }
    CHECK_NEAR(smp_gate_power(10, APART, 0.9, &FIVE_POINTS), 0, 0);
}

static void test_too_few_items_never_tell_and_are_asked_for(void **state)
{
    const struct smp_paired none = {0};
    const struct smp_paired few = {.won = 12};
    struct smp_gate g = smp_gate_decide(&none, &FIVE_POINTS);

    (void)state;
    assert_int_equal(g.verdict, SMP_MORE);
    assert_in_range(g.needs, SMP_GATE_ITEMS_MIN, 2000);
    CHECK_NEAR(g.level, 0.95, 1e-12);
    g = smp_gate_decide(&few, &FIVE_POINTS);
    assert_int_equal(g.verdict, SMP_MORE);
    assert_in_range(g.needs, SMP_GATE_ITEMS_MIN - 12, 2000);
}

static void test_a_slightly_worse_model_is_refused_once_that_is_sure(void **state)
{
    const struct smp_paired t = {.both = 97000, .won = 1000, .lost = 2000};
    const struct smp_gate g = smp_gate_decide(&t, &FIVE_POINTS);

    (void)state;
    CHECK_NEAR(g.difference, -0.01, 1e-12);
    assert_true(g.low > -0.05); /* within the margin, and yet worse beyond noise */
    assert_int_equal(g.verdict, SMP_NO_GO);
    assert_true(g.test.p < 1e-6);
}

static void test_a_floor_is_passed_missed_or_needs_more(void **state)
{
    struct smp_gate g = smp_gate_floor(95, 100, 0.8, &FIVE_POINTS);

    (void)state;
    assert_int_equal(g.verdict, SMP_GO);
    assert_int_equal(smp_gate_floor(60, 100, 0.8, &FIVE_POINTS).verdict, SMP_NO_GO);
    g = smp_gate_floor(17, 20, 0.8, &FIVE_POINTS);
    assert_int_equal(g.verdict, SMP_MORE);
    assert_in_range(g.needs, 100, 5000);
    assert_int_equal(smp_gate_floor(0, 0, 0.8, &FIVE_POINTS).verdict, SMP_MORE);
    assert_string_equal(smp_verdict_name(SMP_NO_GO), "no-go");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_worse_model_passes_as_rarely_as_the_rule_says),
        cmocka_unit_test(test_an_equal_and_a_better_model_pass_once_there_are_items_to_tell),
        cmocka_unit_test(test_asking_again_and_again_does_not_wear_the_gate_down),
        cmocka_unit_test(test_as_many_labels_as_it_asks_for_do_tell),
        cmocka_unit_test(test_the_power_that_is_promised_is_what_simulation_finds),
        cmocka_unit_test(test_too_few_items_never_tell_and_are_asked_for),
        cmocka_unit_test(test_a_slightly_worse_model_is_refused_once_that_is_sure),
        cmocka_unit_test(test_a_floor_is_passed_missed_or_needs_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
