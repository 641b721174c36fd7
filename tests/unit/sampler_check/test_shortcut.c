#include "unit/sampler/check_smp.h"

#include "sampler/check/shortcut.h"
#include "sampler/rng.h"

#include <math.h>

enum { ITEMS_MAX = 600, FACTS = 12 };

/* Items of a few classes and facts about them. Facts are noise until one is planted. */
struct plot {
    double x[FACTS][ITEMS_MAX];
    uint32_t word[ITEMS_MAX];
    uint64_t group[ITEMS_MAX];
    int32_t y[ITEMS_MAX], model[ITEMS_MAX];
    struct smp_side side[FACTS + 1];
    struct smp_shortcut found[FACTS + 1];
    struct smp_shortcut_in in;
    struct smp_rng rng;
};

static struct plot *plot_new(size_t n, size_t n_classes, uint64_t seed)
{
    struct plot *p = calloc(1, sizeof *p);

    assert_non_null(p);
    smp_rng_seed(&p->rng, seed, 0);
    for (size_t i = 0; i < n; i++) {
        p->y[i] = p->model[i] = (int32_t)(i % n_classes);
        p->group[i] = i;
        p->word[i] = (uint32_t)smp_rng_below(&p->rng, 4);
        for (size_t k = 0; k < FACTS; k++)
            p->x[k][i] = smp_rng_normal(&p->rng);
    }
    for (size_t k = 0; k < FACTS; k++)
        p->side[k].number = p->x[k];
    p->side[FACTS].word = p->word;
    p->in = (struct smp_shortcut_in){.side = p->side,
                                     .n_sides = FACTS + 1,
                                     .y = p->y,
                                     .group = p->group,
                                     .n = n,
                                     .n_classes = n_classes,
                                     .seed = seed,
                                     .n_threads = 2};
    return p;
}

static size_t rings(struct plot *p)
{
    size_t n = 0;

    CHECK_OK(smp_shortcut(&p->in, p->found));
    for (size_t k = 0; k < p->in.n_sides; k++)
        n += p->found[k].rings;
    return n;
}

static void test_a_mark_on_98_in_100_of_a_class_rings_and_nothing_else_does(void **state)
{
    struct plot *p = plot_new(600, 2, 1);

    (void)state;
    for (size_t i = 0; i < p->in.n; i++) {
        const int is_other = smp_rng_below(&p->rng, 100) < 2;
        p->x[3][i] = (p->y[i] ^ is_other) ? 255 : smp_rng_unit(&p->rng);
    }
    assert_int_equal(rings(p), 1);
    assert_true(p->found[3].rings);
    assert_true(p->found[3].skill > 0.9);
    assert_true(p->found[3].p <= 0.005 + 1e-12);
    free(p);
}

static void test_a_folder_of_its_own_for_one_of_eight_classes_rings_for_that_class(void **state)
{
    struct plot *p = plot_new(400, 8, 2);

    (void)state;
    for (size_t i = 0; i < p->in.n; i++)
        if (p->y[i] == 5) p->word[i] = 77;
    assert_int_equal(rings(p), 1);
    assert_true(p->found[FACTS].rings);
    assert_int_equal(p->found[FACTS].class, 5);
    CHECK_NEAR(p->found[FACTS].skill, 1, 0.02);
    free(p);
}

static void test_twenty_items_are_enough_for_what_is_plain(void **state)
{
    struct plot *p = plot_new(20, 2, 3);

    (void)state;
    for (size_t i = 0; i < p->in.n; i++)
        p->x[0][i] = p->y[i] ? 1000 + (double)i : (double)i;
    assert_int_equal(rings(p), 1);
    assert_true(p->found[0].rings);
    free(p);
}

/* The chance that anything at all comes out at p <= 0.01 must be about 0.01, however few the items and
 * however many the facts: that is what correcting for their number means. */
static void test_among_many_facts_of_few_items_luck_rarely_looks_like_more(void **state)
{
    enum { TIMES = 150 };
    size_t n_low = 0;
    size_t n_rings = 0;

    (void)state;
    for (uint64_t t = 0; t < TIMES; t++) {
        struct plot *p = plot_new(24, 2, 100 + t);
        bool is_low = false;

        p->in.rounds = 99;
        n_rings += rings(p);
        for (size_t k = 0; k < p->in.n_sides; k++)
            is_low = is_low || p->found[k].p <= SMP_SHORTCUT_P;
        n_low += is_low;
        free(p);
    }
    assert_true(n_low <= 6); /* of 150, with 0.01 each: more than 6 once in 2,000 */
    assert_true(n_rings <= 2);
}

static void test_a_fact_that_tells_less_than_the_model_needs_does_not_ring(void **state)
{
    struct plot *p = plot_new(600, 2, 4);

    (void)state;
    for (size_t i = 0; i < p->in.n; i++)
        p->x[2][i] += p->y[i] ? 1.9 : 0; /* J 0.66 */
    assert_int_equal(rings(p), 0);       /* a model is right always */
    assert_true(p->found[2].p <= SMP_SHORTCUT_P);
    assert_true(p->found[2].skill > SMP_SHORTCUT_LEAST);
    for (size_t i = 0; i < p->in.n; i++)
        if (smp_rng_below(&p->rng, 100) < 18) p->model[i] = 1 - p->y[i];
    p->in.model = p->model; /* one that is right no oftener */
    assert_int_equal(rings(p), 1);
    CHECK_NEAR(p->found[2].model, 0.64, 0.08);
    free(p);
}

/* Ten bursts of one scene each: 200 items that are no more evidence than ten. */
static void test_bursts_count_as_one_item_each(void **state)
{
    struct plot *p = plot_new(200, 2, 5);
    size_t n_low = 0;

    (void)state;
    for (size_t i = 0; i < p->in.n; i++) {
        p->group[i] = i / 20;
        p->y[i] = (int32_t)(i / 20 % 2);
        for (size_t k = 0; k < FACTS; k++)
            p->x[k][i] = sin((double)(i / 20 * 12 + k) * 77.7) + p->x[k][i] * 1e-3;
    }
    assert_int_equal(rings(p), 0);
    for (size_t k = 0; k < FACTS; k++)
        n_low += p->found[k].p <= SMP_SHORTCUT_P;
    assert_int_equal(n_low, 0);
    free(p);
}

static void test_the_same_for_any_number_of_threads(void **state)
{
    struct plot *p = plot_new(100, 3, 6);
    struct smp_shortcut one[FACTS + 1];

    (void)state;
    p->in.n_threads = 1;
    CHECK_OK(smp_shortcut(&p->in, one));
    p->in.n_threads = 3;
    CHECK_OK(smp_shortcut(&p->in, p->found));
    for (size_t k = 0; k < p->in.n_sides; k++) {
        assert_int_equal(one[k].class, p->found[k].class);
        assert_memory_equal(&one[k].skill, &p->found[k].skill, sizeof one[k].skill);
        assert_memory_equal(&one[k].p, &p->found[k].p, sizeof one[k].p);
    }
    free(p);
}

static void test_one_class_and_facts_that_are_always_the_same_say_nothing(void **state)
{
    struct plot *p = plot_new(40, 1, 7);

    (void)state;
    assert_int_equal(rings(p), 0);
    assert_int_equal(p->found[0].class, -1);
    free(p);
    p = plot_new(40, 2, 8);
    for (size_t i = 0; i < p->in.n; i++)
        p->x[0][i] = (double)NAN;
    assert_int_equal(rings(p), 0);
    assert_int_equal(p->found[0].class, -1);
    p->y[3] = 2;
    assert_int_equal(smp_shortcut(&p->in, p->found), SMP_INVALID);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mark_on_98_in_100_of_a_class_rings_and_nothing_else_does),
        cmocka_unit_test(
            test_a_folder_of_its_own_for_one_of_eight_classes_rings_for_that_class),
        cmocka_unit_test(test_twenty_items_are_enough_for_what_is_plain),
        cmocka_unit_test(test_among_many_facts_of_few_items_luck_rarely_looks_like_more),
        cmocka_unit_test(test_a_fact_that_tells_less_than_the_model_needs_does_not_ring),
        cmocka_unit_test(test_bursts_count_as_one_item_each),
        cmocka_unit_test(test_the_same_for_any_number_of_threads),
        cmocka_unit_test(test_one_class_and_facts_that_are_always_the_same_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
