/* takeover - when a class may be the model's, how often that is wrong, and when it ends. */
#include "check_smp.h"

#include "sampler/rng.h"
#include "sampler/takeover.h"

#include <math.h>

enum { MOST = 2000 };

struct answers {
    float confidence[MOST];
    uint8_t right[MOST];
};

/* Confidences spread over 0.5 to 1, wrong with this chance whatever they are. */
static void answers_make(struct answers *x, uint64_t seed, double wrong)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < MOST; i++) {
        x->confidence[i] = (float)(0.5 + 0.5 * smp_rng_unit(&rng));
        x->right[i] = smp_rng_unit(&rng) >= wrong;
    }
}

static struct smp_takeover take(const struct answers *x, size_t n, double wrong_max)
{
    const struct smp_takeover_in in = {x->confidence, x->right, n, wrong_max};
    struct smp_takeover out;

    smp_takeover(&in, &out);
    return out;
}

static void test_without_answers_it_says_not_yet_and_how_many_are_needed(void **state)
{
    static struct answers none;
    struct smp_takeover t = take(&none, 0, 0.005);

    (void)state;
    assert_false(t.ready);
    assert_int_equal(t.n_needed, 896);
    assert_true(t.wrong_high >= 1);
    assert_int_equal(take(&none, 0, 0.05).n_needed, 88);
}

static void test_answers_without_a_mistake_open_the_class_and_not_one_fewer(void **state)
{
    static struct answers x;

    (void)state;
    for (size_t i = 0; i < 896; i++) {
        x.confidence[i] = 0.9995f;
        x.right[i] = 1;
    }
    assert_false(take(&x, 895, 0.005).ready);
    assert_int_equal(take(&x, 895, 0.005).n_needed, 1);
    assert_true(take(&x, 896, 0.005).ready);
    assert_true(take(&x, 896, 0.005).wrong_high <= 0.005);
    x.right[3] = 0; /* one mistake asks for more, and does not end it for ever */
    assert_false(take(&x, 896, 0.005).ready);
    assert_in_range(take(&x, 896, 0.005).n_needed, 400, 450);
}

/* Right above 0.8 and wrong half of the time below: the threshold stays above. */
static void test_the_threshold_ends_where_mistakes_begin(void **state)
{
    static struct answers x;
    struct smp_rng rng;
    struct smp_takeover t;

    (void)state;
    answers_make(&x, 5, 0);
    smp_rng_seed(&rng, 9, 1);
    for (size_t i = 0; i < MOST; i++)
        if (x.confidence[i] < 0.8f) x.right[i] = smp_rng_unit(&rng) < 0.5;
    t = take(&x, MOST, 0.02);
    assert_true(t.ready);
    assert_true(t.threshold >= 0.75 && t.threshold <= 0.85);
}

static void test_a_class_at_the_limit_is_rarely_taken_over_however_often_one_looks(void **state)
{
    static struct answers x;
    size_t taken = 0;

    (void)state;
    for (uint64_t run = 0; run < 400; run++) {
        bool ready = false;
        answers_make(&x, 40 + run, 0.05);
        for (size_t n = 75; n <= MOST && !ready; n += 25)
            ready = take(&x, n, 0.05).ready;
        taken += ready;
    }
    print_message("taken over at the limit: %zu of 400\n", taken);
    assert_in_range(taken, 0, 20);
}

static void test_a_class_well_below_the_limit_is_taken_over(void **state)
{
    static struct answers x;
    size_t taken = 0;

    (void)state;
    for (uint64_t run = 0; run < 40; run++) {
        answers_make(&x, 800 + run, 0.01);
        taken += take(&x, 1000, 0.05).ready;
    }
    assert_in_range(taken, 36, 40);
}

static void test_a_class_gone_bad_is_noticed_and_a_good_one_left_alone(void **state)
{
    static struct answers x;
    size_t rings = 0;

    (void)state;
    for (uint64_t run = 0; run < 100; run++) {
        answers_make(&x, 300 + run, 0.0025);
        rings += smp_wrong_broke(x.right, MOST, 0.005);
    }
    print_message("rings at half the limit: %zu of 100 times 2,000 answers\n", rings);
    assert_in_range(rings, 0, 5);
    for (size_t i = 1000; i < 1100; i++)
        x.right[i] = i % 10 != 0; /* from here on one in ten, twenty times the limit */
    assert_false(smp_wrong_broke(x.right, 1000, 0.005));
    assert_true(smp_wrong_broke(x.right, 1100, 0.005));
}

static void test_the_bound_falls_with_answers_and_rises_with_mistakes(void **state)
{
    (void)state;
    assert_true(smp_wrong_high(100, 0) > smp_wrong_high(1000, 0));
    assert_true(smp_wrong_high(1000, 3) > smp_wrong_high(1000, 0));
    assert_true(smp_wrong_high(1000, 100) > 0.1 && smp_wrong_high(1000, 100) < 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_answers_it_says_not_yet_and_how_many_are_needed),
        cmocka_unit_test(test_answers_without_a_mistake_open_the_class_and_not_one_fewer),
        cmocka_unit_test(test_the_threshold_ends_where_mistakes_begin),
        cmocka_unit_test(
            test_a_class_at_the_limit_is_rarely_taken_over_however_often_one_looks),
        cmocka_unit_test(test_a_class_well_below_the_limit_is_taken_over),
        cmocka_unit_test(test_a_class_gone_bad_is_noticed_and_a_good_one_left_alone),
        cmocka_unit_test(test_the_bound_falls_with_answers_and_rises_with_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
