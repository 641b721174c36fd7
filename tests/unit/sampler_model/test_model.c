#include "world.h"

#include "sampler/bytes.h"
#include "sampler/metrics.h"
#include "sampler/rng.h"

static const double CLEAR[WORLD_PARTS] = {1, 1, 0.5, 0};

/* A member of every kind. */
static const struct smp_recipe ALL_KINDS = {
    .n_members = 4,
    .member = {{0, SMP_MEMBER_LINEAR, 0.25f},
               {1, SMP_MEMBER_RBF, 0.25f},
               {1, SMP_MEMBER_MLP, 0.25f},
               {2, SMP_MEMBER_MEAN, 0.25f}},
    .temperature = 1.5f
};

static void test_a_mix_is_that_of_the_formula(void **state)
{
    static struct world w;
    static float p[WORLD_ROWS * WORLD_CLASSES], q[4][WORLD_ROWS * WORLD_CLASSES];
    struct smp_model_in in;
    struct smp_model *model;

    (void)state;
    world_make(&w, CLEAR, 1);
    in = world_in(&w, 90, 2);
    CHECK_OK(smp_model_fit(&in, &ALL_KINDS, &model));
    CHECK_OK(smp_model_predict(model, &w.features, 2, p));
    smp_model_free(model);
    for (size_t m = 0; m < 4; m++) {
        struct smp_recipe one = {
            .n_members = 1, .member = {ALL_KINDS.member[m]}, .temperature = 1};
        one.member[0].weight = 1;
        CHECK_OK(smp_model_fit(&in, &one, &model));
        CHECK_OK(smp_model_predict(model, &w.features, 2, q[m]));
        smp_model_free(model);
    }
    for (size_t i = 0; i < WORLD_ROWS; i++) {
        double e[WORLD_CLASSES], sum = 0;
        for (size_t c = 0; c < WORLD_CLASSES; c++) {
            double evidence = 0;
            for (size_t m = 0; m < 4; m++)
                evidence += 0.25 * log((double)q[m][i * WORLD_CLASSES + c] + 1e-4);
            sum += e[c] = exp(1.5 * evidence);
        }
        for (size_t c = 0; c < WORLD_CLASSES; c++)
            CHECK_NEAR(p[i * WORLD_CLASSES + c], e[c] / sum, 1e-5);
    }
}

static void test_threads_change_no_bit_of_a_model_or_its_answers(void **state)
{
    static struct world w;
    static float one[WORLD_ROWS * WORLD_CLASSES], other[WORLD_ROWS * WORLD_CLASSES];
    uint64_t hash = 0;

    (void)state;
    world_make(&w, CLEAR, 2);
    for (unsigned threads = 1; threads <= 3; threads++) {
        const struct smp_model_in in = world_in(&w, 120, threads);
        struct smp_model *model;
        CHECK_OK(smp_model_fit(&in, &ALL_KINDS, &model));
        CHECK_OK(smp_model_predict(model, &w.features, threads, threads == 1 ? one : other));
        if (threads == 1) hash = smp_model_hash(model);
        assert_true(hash == smp_model_hash(model));
        if (threads > 1) assert_memory_equal(one, other, sizeof one);
        smp_model_free(model);
    }
}

static void test_another_seed_is_another_net_and_another_label_another_model(void **state)
{
    static struct world w;
    struct smp_model_in in;
    struct smp_model *model;
    uint64_t hash[3];

    (void)state;
    world_make(&w, CLEAR, 2);
    for (size_t i = 0; i < 3; i++) {
        in = world_in(&w, i == 2 ? 119 : 120, 1);
        in.seed = i == 1 ? 2 : 1;
        CHECK_OK(smp_model_fit(&in, &ALL_KINDS, &model));
        hash[i] = smp_model_hash(model);
        smp_model_free(model);
    }
    assert_true(hash[0] != hash[1] && hash[0] != hash[2]);
}

static void test_chosen_rows_are_answered_as_among_all(void **state)
{
    static struct world w;
    static float all[WORLD_ROWS * WORLD_CLASSES], some[3 * WORLD_CLASSES];
    const size_t row[3] = {399, 7, 200};
    struct smp_model_in in;
    struct smp_model *model;

    (void)state;
    world_make(&w, CLEAR, 3);
    in = world_in(&w, 60, 2);
    CHECK_OK(smp_model_fit(&in, &ALL_KINDS, &model));
    CHECK_OK(smp_model_predict(model, &w.features, 2, all));
    CHECK_OK(smp_model_predict_rows(model, &w.features, row, 3, 2, some));
    for (size_t i = 0; i < 3; i++)
        for (size_t c = 0; c < WORLD_CLASSES; c++)
            CHECK_NEAR(some[i * WORLD_CLASSES + c], all[row[i] * WORLD_CLASSES + c], 1e-5);
    smp_model_free(model);
}

static void test_other_features_than_it_was_fitted_to_are_refused(void **state)
{
    static struct world w;
    static float p[WORLD_ROWS * WORLD_CLASSES];
    struct smp_model_in in;
    struct smp_model *model;

    (void)state;
    world_make(&w, CLEAR, 3);
    in = world_in(&w, 60, 2);
    CHECK_OK(smp_model_fit(&in, &ALL_KINDS, &model));
    w.features.n_parts = 2;
    CHECK_FAILS(smp_model_predict(model, &w.features, 2, p), SMP_INVALID, "part 2");
    w.features.n_parts = 4;
    w.features.d[1] = WORLD_DIM - 1;
    CHECK_FAILS(smp_model_predict(model, &w.features, 2, p), SMP_INVALID, "5 numbers");
    smp_model_free(model);
}

/* -- calibration ------------------------------------------------------------------------------ */

/* Mean gap between how sure answers are and how often they are right, in ten bins. */
static double calibration_error(const float *p, const int32_t *y, size_t n, size_t k)
{
    double sure[10] = {0}, right[10] = {0}, error = 0;

    for (size_t i = 0; i < n; i++) {
        int32_t guess;
        size_t bin;
        smp_argmax(p + i * k, 1, k, &guess);
        bin = (size_t)(p[i * k + (size_t)guess] * 9.999f);
        sure[bin] += (double)p[i * k + (size_t)guess] / (double)n;
        right[bin] += (guess == y[i]) / (double)n;
    }
    for (size_t b = 0; b < 10; b++)
        error += fabs(sure[b] - right[b]);
    return error;
}

/* With 200 labels in 120 directions, of which a fifth is wrong, a head is surer than it should be, and a
 * part given twice does not make it less so. */
static void test_chosen_answers_are_as_sure_as_they_are_right(void **state)
{
    enum { ROWS = 2000, LABELS = 200, DIM = 120, TWO = 2 };
    static float z[2][ROWS * DIM], p[ROWS * TWO];
    static size_t row[ROWS];
    static int32_t y[ROWS];
    struct smp_rng rng;
    struct smp_features features = {
        ROWS, 2, {z[0], z[1]},
          {DIM,  DIM }
    };
    struct smp_model_in in = {
        .features = &features,
        .labels = {.row = row, .y = y, .n = LABELS, .n_classes = TWO},
        .seed = 1,
        .n_threads = 2
    };
    struct smp_recipe recipe;
    struct smp_model *model;
    double before, after;

    (void)state;
    smp_rng_seed(&rng, 4, 0);
    for (size_t i = 0; i < ROWS; i++) {
        row[i] = i;
        y[i] = (int32_t)(i % TWO);
        for (size_t j = 0; j < DIM; j++)
            z[0][i * DIM + j] =
                (float)(smp_rng_normal(&rng) + (j == 0 ? 1.5 * (double)y[i] : 0));
        if (smp_rng_below(&rng, 5) == 0) y[i] = 1 - y[i];
    }
    memcpy(z[1], z[0], sizeof z[1]);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    CHECK_OK(smp_model_fit(&in, &recipe, &model));
    CHECK_OK(smp_model_predict(model, &features, 2, p));
    after = calibration_error(p + LABELS * TWO, y + LABELS, ROWS - LABELS, TWO);
    smp_model_free(model);
    recipe.temperature = 1;
    CHECK_OK(smp_model_fit(&in, &recipe, &model));
    CHECK_OK(smp_model_predict(model, &features, 2, p));
    before = calibration_error(p + LABELS * TWO, y + LABELS, ROWS - LABELS, TWO);
    smp_model_free(model);
    print_message("calibration error %.3f before, %.3f after\n", before, after);
    assert_true(after < before / 2);
    assert_true(after < 0.06);
}

/* -- which kinds ------------------------------------------------------------------------------ */

enum { RING_ROWS = 600, RING_LABELS = 200 };

struct ring {
    float z[RING_ROWS * 2];
    size_t row[RING_ROWS];
    int32_t y[RING_ROWS];
    struct smp_features features;
};

/* Class 0 in the middle, class 1 around it; or, `straight`, left and right. */
static struct smp_model_in ring_make(struct ring *r, bool straight)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 5, 0);
    for (size_t i = 0; i < RING_ROWS; i++) {
        const double angle = 6.283185307 * smp_rng_unit(&rng);
        const double radius = i % 2 ? 2.5 : 0.5;
        r->row[i] = i;
        r->y[i] = (int32_t)(i % 2);
        r->z[i * 2] = (float)((straight ? (i % 2 ? 1.2 : -1.2) : radius * cos(angle)) +
                              0.5 * smp_rng_normal(&rng));
        r->z[i * 2 + 1] =
            (float)((straight ? 0 : radius * sin(angle)) + 0.5 * smp_rng_normal(&rng));
    }
    r->features = (struct smp_features){RING_ROWS, 1, {r->z}, {2}};
    return (struct smp_model_in){
        .features = &r->features,
        .labels = {.row = r->row, .y = r->y, .n = RING_LABELS, .n_classes = 2},
        .seed = 1,
        .n_threads = 2
    };
}

static double ring_accuracy(const struct smp_model_in *in, const struct smp_recipe *recipe)
{
    static float p[RING_ROWS * 2];
    int32_t guess[RING_ROWS];
    struct smp_model *model;

    CHECK_OK(smp_model_fit(in, recipe, &model));
    CHECK_OK(smp_model_predict(model, in->features, 2, p));
    smp_argmax(p, RING_ROWS, 2, guess);
    smp_model_free(model);
    return smp_accuracy(guess + RING_LABELS, in->labels.y + RING_LABELS,
                        RING_ROWS - RING_LABELS);
}

static void test_on_a_ring_curved_kinds_win_and_are_chosen(void **state)
{
    static struct ring r;
    const struct smp_model_in in = ring_make(&r, false);
    struct smp_recipe recipe = {
        .n_members = 1, .member = {{0, SMP_MEMBER_RBF, 1}}, .temperature = 1};

    (void)state;
    assert_true(ring_accuracy(&in, &recipe) > 0.95);
    recipe.member[0].kind = SMP_MEMBER_MLP;
    assert_true(ring_accuracy(&in, &recipe) > 0.95);
    recipe.member[0].kind = SMP_MEMBER_LINEAR;
    assert_true(ring_accuracy(&in, &recipe) < 0.7);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    assert_true(kind_weight(&recipe, SMP_MEMBER_RBF) + kind_weight(&recipe, SMP_MEMBER_MLP) >
                0.9f);
    assert_true(ring_accuracy(&in, &recipe) > 0.95);
}

static void test_on_straight_data_the_linear_head_stays(void **state)
{
    static struct ring r;
    const struct smp_model_in in = ring_make(&r, true);
    struct smp_recipe recipe, rule;

    (void)state;
    smp_recipe_rule(&in, &rule);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    assert_true(kind_weight(&recipe, SMP_MEMBER_LINEAR) > 0.4f);
    assert_true(kind_weight(&recipe, SMP_MEMBER_RBF) < 0.2f);
    assert_true(ring_accuracy(&in, &recipe) > ring_accuracy(&in, &rule) - 0.01);
}

static void test_a_made_world_is_told_apart_as_well_as_it_was(void **state)
{
    static struct world w, test;
    struct smp_model_in in;
    struct smp_recipe recipe;

    (void)state;
    world_make(&w, CLEAR, 11);
    world_make(&test, CLEAR, 12);
    in = world_in(&w, 30, 2);
    smp_recipe_rule(&in, &recipe);
    assert_true(world_accuracy(&in, &recipe, &test) > 0.5);
    in = world_in(&w, WORLD_ROWS, 2);
    CHECK_OK(smp_recipe_choose(&in, &recipe));
    assert_true(world_accuracy(&in, &recipe, &test) > 0.75);
}

/* -- the file --------------------------------------------------------------------------------- */

static struct smp_model *fitted_model(struct world *w, bool several)
{
    const struct smp_model_in in = several ? world_in_several(w, 60) : world_in(w, 60, 2);
    struct smp_model *model;

    CHECK_OK(smp_model_fit(&in, &ALL_KINDS, &model));
    return model;
}

static void test_a_saved_model_answers_as_before(void **state)
{
    static struct world w;
    static float p[WORLD_ROWS * WORLD_CLASSES], q[WORLD_ROWS * WORLD_CLASSES];

    (void)state;
    world_make(&w, CLEAR, 6);
    for (int several = 0; several < 2; several++) {
        struct smp_model *model = fitted_model(&w, several), *loaded;
        uint8_t *bytes;
        size_t n;
        CHECK_OK(smp_model_save(model, &bytes, &n));
        CHECK_OK(smp_model_load(bytes, n, &loaded));
        assert_true(smp_model_hash(model) == smp_model_hash(loaded));
        assert_true(smp_model_is_trained(loaded));
        assert_int_equal(smp_model_classes(loaded), smp_model_classes(model));
        assert_memory_equal(smp_model_recipe(loaded), &ALL_KINDS, sizeof ALL_KINDS);
        CHECK_OK(smp_model_predict(model, &w.features, 2, p));
        CHECK_OK(smp_model_predict(loaded, &w.features, 2, q));
        assert_memory_equal(p, q, WORLD_ROWS * smp_model_classes(model) * sizeof *p);
        free(bytes);
        smp_model_free(model);
        smp_model_free(loaded);
    }
}

/* The checksum is made to fit, so that what is behind it is reached. */
static void mend(uint8_t *bytes, size_t n)
{
    const uint64_t length = n - 32;
    uint64_t checksum;

    memcpy(bytes + 16, &length, sizeof length);
    checksum = smp_fnv(bytes, n - 8);
    memcpy(bytes + n - 8, &checksum, sizeof checksum);
}

static void test_a_damaged_file_is_refused(void **state)
{
    static struct world w;
    struct smp_model *model, *loaded;
    uint8_t *bytes;
    size_t n;

    (void)state;
    world_make(&w, CLEAR, 6);
    model = fitted_model(&w, false);
    CHECK_OK(smp_model_save(model, &bytes, &n));
    for (size_t cut = 40; cut < n; cut += 97) {
        uint8_t *copy = malloc(cut);
        assert_non_null(copy);
        memcpy(copy, bytes, cut);
        assert_int_equal(smp_model_load(copy, cut, &loaded), SMP_CORRUPT);
        mend(copy, cut);
        assert_int_equal(smp_model_load(copy, cut, &loaded), SMP_CORRUPT);
        free(copy);
    }
    bytes[24] = 7; /* neither one answer nor several */
    mend(bytes, n);
    CHECK_FAILS(smp_model_load(bytes, n, &loaded), SMP_CORRUPT, "one answer");
    bytes[12] = SMP_CONTENT_HEAD;
    mend(bytes, n);
    CHECK_FAILS(smp_model_load(bytes, n, &loaded), SMP_CORRUPT, "content 3");
    free(bytes);
    smp_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mix_is_that_of_the_formula),
        cmocka_unit_test(test_threads_change_no_bit_of_a_model_or_its_answers),
        cmocka_unit_test(test_another_seed_is_another_net_and_another_label_another_model),
        cmocka_unit_test(test_chosen_rows_are_answered_as_among_all),
        cmocka_unit_test(test_other_features_than_it_was_fitted_to_are_refused),
        cmocka_unit_test(test_chosen_answers_are_as_sure_as_they_are_right),
        cmocka_unit_test(test_on_a_ring_curved_kinds_win_and_are_chosen),
        cmocka_unit_test(test_on_straight_data_the_linear_head_stays),
        cmocka_unit_test(test_a_made_world_is_told_apart_as_well_as_it_was),
        cmocka_unit_test(test_a_saved_model_answers_as_before),
        cmocka_unit_test(test_a_damaged_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
