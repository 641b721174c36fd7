#include "world.h"

/* Part 0 a blurred latent, part 1 clear, part 2 blurred, part 3 noise alone. */
static const double CLEAR[WORLD_PARTS] = {1, 2.5, 1, 0};

static void test_the_rule_is_equal_weights_over_all_parts(void **state)
{
    static struct world w;
    struct smp_recipe recipe;
    struct smp_model_in in;

    (void)state;
    world_make(&w, CLEAR, 1);
    in = world_in(&w, 30, 1);
    smp_recipe_rule(&in, &recipe);
    assert_int_equal(recipe.n_members, WORLD_PARTS);
    for (size_t m = 0; m < WORLD_PARTS; m++) {
        assert_int_equal(recipe.member[m].part, m);
        assert_int_equal(recipe.member[m].kind, SMP_MEMBER_LINEAR);
        CHECK_NEAR(recipe.member[m].weight, 1.0 / WORLD_PARTS, 1e-6);
    }
    CHECK_NEAR(recipe.temperature, 1, 0);
    assert_int_equal(recipe.n_labels, 0);
}

static void test_the_rule_reads_the_latent_where_there_are_no_blocks(void **state)
{
    static struct world w;
    struct smp_recipe recipe;
    struct smp_model_in in;

    (void)state;
    world_make(&w, CLEAR, 1);
    w.features.n_parts = 1;
    in = world_in(&w, 30, 1);
    smp_recipe_rule(&in, &recipe);
    assert_int_equal(recipe.n_members, 1);
    assert_int_equal(recipe.member[0].part, 0);
}

static void test_below_one_label_a_class_the_rule_takes_means(void **state)
{
    static struct world w;
    struct smp_recipe recipe;
    struct smp_model_in in;

    (void)state;
    world_make(&w, CLEAR, 1);
    in = world_in(&w, 2, 1);
    smp_recipe_rule(&in, &recipe);
    assert_int_equal(recipe.member[0].kind, SMP_MEMBER_MEAN);
}

static void test_a_part_of_noise_loses_its_weight(void **state)
{
    static struct world w;
    struct smp_model_in in;
    struct smp_recipe recipe;
    float sum = 0;

    (void)state;
    world_make(&w, CLEAR, 1);
    in = world_in(&w, 240, 2);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    for (uint32_t p = 0; p < WORLD_PARTS; p++)
        sum += part_weight(&recipe, p);
    CHECK_NEAR(sum, 1, 1e-5);
    assert_true(part_weight(&recipe, 1) > 0.2f && part_weight(&recipe, 2) > 0.2f);
    assert_true(part_weight(&recipe, 3) < 0.5f / WORLD_PARTS); /* half of what the rule gives */
    assert_int_equal(recipe.n_labels, 240);
}

static void test_where_one_part_tells_all_the_recipe_says_so(void **state)
{
    static const double ONE[WORLD_PARTS] = {0, 0, 3, 0};
    static struct world w;
    struct smp_model_in in;
    struct smp_recipe recipe;

    (void)state;
    world_make(&w, ONE, 8);
    in = world_in(&w, 300, 2);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    for (uint32_t p = 0; p < WORLD_PARTS; p++)
        assert_true(p == 2 || part_weight(&recipe, 2) > 2 * part_weight(&recipe, p));
    assert_true(part_weight(&recipe, 2) > 0.6f);
}

static void test_choosing_beats_the_rule_where_a_part_is_noise(void **state)
{
    static struct world w, test;
    struct smp_model_in in;
    struct smp_recipe rule, recipe;

    (void)state;
    world_make(&w, CLEAR, 2);
    world_make(&test, CLEAR, 3);
    in = world_in(&w, 90, 2);
    smp_recipe_rule(&in, &rule);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    assert_true(world_accuracy(&in, &recipe, &test) >= world_accuracy(&in, &rule, &test));
    assert_true(world_accuracy(&in, &recipe, &test) > 0.9);
    CHECK_NEAR(recipe.accuracy, world_accuracy(&in, &recipe, &test), 0.1);
}

static void test_below_ten_labels_a_class_the_rule_holds(void **state)
{
    static struct world w;
    struct smp_model_in in;
    struct smp_recipe recipe;

    (void)state;
    world_make(&w, CLEAR, 4);
    in = world_in(&w, 24, 2);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    assert_int_equal(recipe.n_members, WORLD_PARTS);
    for (size_t m = 0; m < WORLD_PARTS; m++)
        CHECK_NEAR(recipe.member[m].weight, 1.0 / WORLD_PARTS, 1e-6);
    CHECK_NEAR(recipe.temperature, 1, 0);
    assert_int_equal(recipe.n_labels, 24);
}

static void test_where_nothing_can_be_held_out_the_rule_holds(void **state)
{
    static struct world w;
    struct smp_model_in in;
    struct smp_recipe recipe;

    (void)state;
    world_make(&w, CLEAR, 5);
    in = world_in(&w, 4, 1); /* classes 0, 1, 2, 0 */
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    CHECK_NEAR(recipe.accuracy, 0, 0);
    CHECK_NEAR(recipe.member[2].weight, 1.0 / WORLD_PARTS, 1e-6);
}

static void test_threads_do_not_change_the_recipe(void **state)
{
    static struct world w;
    struct smp_recipe one, other;

    (void)state;
    world_make(&w, CLEAR, 6);
    w.features.n_parts = 2;
    for (unsigned threads = 1; threads <= 3; threads++) {
        const struct smp_model_in in = world_in(&w, 60, threads);
        CHECK_OK(smp_recipe_choose(&in, threads == 1 ? &one : &other));
        if (threads > 1) assert_memory_equal(&one, &other, sizeof one);
    }
}

static void test_several_answers_are_each_judged_alone(void **state)
{
    static struct world w;
    static float p[WORLD_ROWS * 2];
    struct smp_model_in in;
    struct smp_recipe recipe;
    struct smp_model *model;
    size_t right = 0;

    (void)state;
    world_make(&w, CLEAR, 7);
    in = world_in_several(&w, 120);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    assert_true(part_weight(&recipe, 1) > part_weight(&recipe, 3));
    assert_true(recipe.accuracy > 0.85f);
    CHECK_OK(smp_model_fit(&in, &recipe, &model));
    CHECK_OK(smp_model_predict(model, &w.features, 1, p));
    for (size_t i = 0; i < WORLD_ROWS * 2; i++) {
        assert_true(p[i] >= 0 && p[i] <= 1);
        right += (p[i] > 0.5f) == (w.y_nc[i] != 0);
    }
    assert_in_range(right, WORLD_ROWS * 2 * 9 / 10, WORLD_ROWS * 2);
    smp_model_free(model);
}

static void test_a_recipe_is_due_from_ten_a_class_and_after_a_quarter_more(void **state)
{
    (void)state;
    assert_false(smp_recipe_is_due(0, 99, 10));
    assert_true(smp_recipe_is_due(0, 100, 10));
    assert_false(smp_recipe_is_due(100, 124, 10));
    assert_true(smp_recipe_is_due(100, 125, 10));
}

static void test_bad_labels_are_refused(void **state)
{
    static struct world w;
    struct smp_model_in in;
    struct smp_recipe recipe;
    struct smp_model *model;

    (void)state;
    world_make(&w, CLEAR, 7);
    w.row[5] = WORLD_ROWS;
    in = world_in(&w, 30, 2);
    smp_recipe_rule(&in, &recipe);
    CHECK_FAILS(smp_model_fit(&in, &recipe, &model), SMP_INVALID, "row 400");
    CHECK_FAILS(smp_recipe_choose(&in, &recipe), SMP_INVALID, "row 400");
    w.row[5] = 5;
    w.y[3] = WORLD_CLASSES;
    CHECK_FAILS(smp_model_fit(&in, &recipe, &model), SMP_INVALID, "class 3");
    CHECK_FAILS(smp_recipe_choose(&in, &recipe), SMP_INVALID, "class 3");
    in.labels.n = 0;
    CHECK_FAILS(smp_recipe_choose(&in, &recipe), SMP_INVALID, "at least one label");
}

static bool say_no(void *ctx, double done, const char *what)
{
    (void)ctx;
    (void)done;
    (void)what;
    return false;
}

static void test_choosing_can_be_stopped(void **state)
{
    static struct world w;
    const struct smp_progress stop = {say_no, NULL};
    struct smp_model_in in;
    struct smp_recipe recipe;

    (void)state;
    world_make(&w, CLEAR, 7);
    in = world_in(&w, 90, 2);
    in.progress = &stop;
    assert_int_equal(smp_recipe_choose(&in, &recipe), SMP_CANCELLED);
}

static void test_a_recipe_that_does_not_fit_the_features_is_refused(void **state)
{
    static struct world w;
    struct smp_model_in in;
    struct smp_recipe recipe;
    struct smp_model *model;

    (void)state;
    world_make(&w, CLEAR, 7);
    in = world_in(&w, 90, 2);
    smp_recipe_rule(&in, &recipe);
    w.features.n_parts = 2;
    CHECK_FAILS(smp_model_fit(&in, &recipe, &model), SMP_INVALID, "choose it again");
    w.features.n_parts = 4;
    recipe.member[1].weight = 0.5f;
    CHECK_FAILS(smp_model_fit(&in, &recipe, &model), SMP_INVALID, "sum to");
    smp_recipe_rule(&in, &recipe);
    recipe.temperature = 0;
    CHECK_FAILS(smp_model_fit(&in, &recipe, &model), SMP_INVALID, "temperature");
    recipe.n_members = 0;
    CHECK_FAILS(smp_model_fit(&in, &recipe, &model), SMP_INVALID, "members");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rule_is_equal_weights_over_all_parts),
        cmocka_unit_test(test_the_rule_reads_the_latent_where_there_are_no_blocks),
        cmocka_unit_test(test_below_one_label_a_class_the_rule_takes_means),
        cmocka_unit_test(test_a_part_of_noise_loses_its_weight),
        cmocka_unit_test(test_where_one_part_tells_all_the_recipe_says_so),
        cmocka_unit_test(test_choosing_beats_the_rule_where_a_part_is_noise),
        cmocka_unit_test(test_below_ten_labels_a_class_the_rule_holds),
        cmocka_unit_test(test_where_nothing_can_be_held_out_the_rule_holds),
        cmocka_unit_test(test_threads_do_not_change_the_recipe),
        cmocka_unit_test(test_several_answers_are_each_judged_alone),
        cmocka_unit_test(test_a_recipe_is_due_from_ten_a_class_and_after_a_quarter_more),
        cmocka_unit_test(test_bad_labels_are_refused),
        cmocka_unit_test(test_choosing_can_be_stopped),
        cmocka_unit_test(test_a_recipe_that_does_not_fit_the_features_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
