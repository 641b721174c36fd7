#include "check_smp.h"

#include "sampler/rng.h"
#include "sampler/unknown.h"

enum { ROWS = 3000, CLASSES = 3, PARTS = 2, DIM = 8, LABELS = 600 };

/* Two parts alike; a row of class c points along axis c, with some noise. Class -1 points along another. */
struct scene {
    float z[PARTS][ROWS * DIM];
    size_t row[ROWS];
    int32_t y[ROWS];
    uint64_t group[ROWS];
    float held[ROWS * CLASSES];
    struct smp_features features;
};
static struct scene scene;

static const float SURE[CLASSES] = {0.98f, 0.01f, 0.01f}, EVEN[CLASSES] = {0.34f, 0.33f, 0.33f};

static void put(struct scene *s, size_t row, size_t axis, double noise, struct smp_rng *rng)
{
    for (size_t p = 0; p < PARTS; p++)
        for (size_t j = 0; j < DIM; j++)
            s->z[p][row * DIM + j] = (float)((j == axis ? 3 : 0) + noise * smp_rng_normal(rng));
}

static void make(struct scene *s)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < ROWS; i++) {
        put(s, i, i % CLASSES, 0.5, &rng);
        s->row[i] = i;
        s->group[i] = i;
        s->y[i] = (int32_t)(i % CLASSES);
        for (size_t c = 0; c < CLASSES; c++)
            s->held[i * CLASSES + c] = SURE[(c + i) % CLASSES]; /* sure of some class */
        if (i % 10 == 0) memcpy(s->held + i * CLASSES, EVEN, sizeof EVEN);
    }
    s->features = (struct smp_features){
        .n = ROWS, .n_parts = PARTS, .part = {s->z[0], s->z[1]},
                .d = {DIM,     DIM    }
    };
}

static struct smp_unknown_in in_of(const struct scene *s, size_t n)
{
    return (struct smp_unknown_in){
        .features = &s->features,
        .labels = {.row = s->row, .y = s->y, .n = n, .n_classes = CLASSES},
        .seed = 1,
        .n_threads = 2
    };
}

static int fresh(void **state)
{
    (void)state;
    make(&scene);
    return 0;
}

static double distance_of(const struct smp_unknown *u, size_t row, const float *p)
{
    struct smp_verdict_unknown v;

    CHECK_OK(smp_unknown_judge(u, &scene.features, row, p, &v));
    assert_int_equal(v.is_unknown, v.distance > 1);
    return v.distance;
}

/* The share of rows first..ROWS-1 that are refused. */
static double refused(const struct smp_unknown *u, size_t first, const float *p)
{
    size_t n = 0;

    for (size_t i = first; i < ROWS; i++)
        n += distance_of(u, i, p) > 1;
    return (double)n / (double)(ROWS - first);
}

static void test_about_the_stated_share_of_known_things_is_refused(void **state)
{
    struct smp_unknown_in in = in_of(&scene, LABELS);
    struct smp_unknown *u;

    (void)state;
    CHECK_OK(smp_unknown_fit(&in, &u));
    assert_false(smp_unknown_reads_doubt(u));
    CHECK_NEAR(smp_unknown_share(u), 0.03, 0.002);
    CHECK_NEAR(refused(u, LABELS, NULL), 0.03, 0.015);
    smp_unknown_free(u);

    in.share = 0.2;
    CHECK_OK(smp_unknown_fit(&in, &u));
    CHECK_NEAR(refused(u, LABELS, NULL), 0.2, 0.04);
    smp_unknown_free(u);
}

static void test_what_points_elsewhere_is_unknown_however_sure_the_model_is(void **state)
{
    struct smp_unknown_in in = in_of(&scene, LABELS);
    struct smp_unknown *u;
    struct smp_rng rng;

    (void)state;
    in.held = scene.held;
    CHECK_OK(smp_unknown_fit(&in, &u));
    smp_rng_seed(&rng, 9, 0);
    for (size_t i = 0; i < 50; i++) {
        put(&scene, LABELS + i, 5, 0.5, &rng);
        assert_true(distance_of(u, LABELS + i, SURE) > 1);
    }
    smp_unknown_free(u);
}

static void test_the_farther_the_stranger(void **state)
{
    const struct smp_unknown_in in = in_of(&scene, LABELS);
    struct smp_unknown *u;
    double before = 0;

    (void)state;
    CHECK_OK(smp_unknown_fit(&in, &u));
    for (int step = 0; step <= 10; step++) { /* from class 0's own axis to another */
        for (size_t p = 0; p < PARTS; p++)
            for (size_t j = 0; j < DIM; j++)
                scene.z[p][LABELS * DIM + j] =
                    j == 0 ? (float)(10 - step) : (j == 5 ? (float)step : 0);
        assert_true(distance_of(u, LABELS, NULL) >= before);
        before = distance_of(u, LABELS, NULL);
    }
    assert_true(before > 2);
    smp_unknown_free(u);
}

static void test_doubt_where_models_are_seldom_in_doubt_is_strange(void **state)
{
    struct smp_unknown_in in = in_of(&scene, LABELS);
    struct smp_unknown *u;
    double sure = 0;
    double even = 0;

    (void)state;
    in.held = scene.held;
    CHECK_OK(smp_unknown_fit(&in, &u));
    assert_true(smp_unknown_reads_doubt(u));
    for (size_t i = LABELS; i < ROWS; i++) {
        sure += distance_of(u, i, SURE);
        even += distance_of(u, i, EVEN);
    }
    assert_true(even > 1.5 * sure);
    assert_true(refused(u, LABELS, EVEN) > 2 * refused(u, LABELS, SURE) + 0.05);
    smp_unknown_free(u);
}

static void test_bursts_do_not_vouch_for_themselves(void **state)
{
    struct smp_unknown_in in = in_of(&scene, LABELS);
    struct smp_unknown *u;

    (void)state;
    for (size_t i = 0; i < LABELS; i++) { /* each twice */
        scene.group[i] = i / 2;
        scene.y[i] = scene.y[i - i % 2];
        for (size_t p = 0; p < PARTS; p++)
            memcpy(scene.z[p] + i * DIM, scene.z[p] + (i - i % 2) * DIM, DIM * sizeof(float));
    }
    CHECK_OK(smp_unknown_fit(&in, &u));
    assert_true(refused(u, LABELS, NULL) > 0.9); /* nobody is as near as a twin */
    smp_unknown_free(u);
    in.group = scene.group;
    CHECK_OK(smp_unknown_fit(&in, &u));
    CHECK_NEAR(refused(u, LABELS, NULL), 0.03, 0.02);
    smp_unknown_free(u);
}

static void test_of_many_examples_those_of_rare_classes_are_kept(void **state)
{
    const struct smp_unknown_in in = in_of(&scene, ROWS);
    struct smp_unknown *u;
    struct smp_rng rng;

    (void)state;
    smp_rng_seed(&rng, 4, 0);
    for (size_t i = 0; i < ROWS; i++)
        scene.y[i] = (int32_t)(i % 2);
    for (size_t i = 0; i < 5; i++) { /* five of class 2, along an axis of its own */
        put(&scene, i * 500, 6, 0.1, &rng);
        scene.y[i * 500] = 2;
    }
    CHECK_OK(smp_unknown_fit(&in, &u));
    for (size_t i = 0; i < 5; i++)
        assert_true(distance_of(u, i * 500, NULL) < 1e-3);
    smp_unknown_free(u);
}

static void test_few_examples_say_what_share_they_can_tell(void **state)
{
    struct smp_unknown_in in = in_of(&scene, 24);
    struct smp_unknown *u;

    (void)state;
    CHECK_OK(smp_unknown_fit(&in, &u));
    CHECK_NEAR(smp_unknown_share(u), 1.0 / 25, 1e-9);
    smp_unknown_free(u);
}

static void test_saved_and_loaded_it_judges_alike_whatever_the_threads(void **state)
{
    struct smp_unknown_in in = in_of(&scene, LABELS);
    struct smp_unknown *one, *other;
    uint8_t *bytes, *again;
    size_t n, n_again;

    (void)state;
    in.held = scene.held;
    CHECK_OK(smp_unknown_fit(&in, &one));
    CHECK_OK(smp_unknown_save(one, &bytes, &n));
    in.n_threads = 1;
    CHECK_OK(smp_unknown_fit(&in, &other));
    CHECK_OK(smp_unknown_save(other, &again, &n_again));
    assert_int_equal(n, n_again);
    assert_memory_equal(bytes, again, n);
    smp_unknown_free(other);
    free(again);
    CHECK_OK(smp_unknown_load(bytes, n, &other));
    for (size_t i = LABELS; i < LABELS + 100; i++)
        CHECK_NEAR(distance_of(one, i, SURE), distance_of(other, i, SURE), 0);
    smp_unknown_free(one);
    smp_unknown_free(other);
    free(bytes);
}

static void test_damaged_bytes_are_refused(void **state)
{
    const struct smp_unknown_in in = in_of(&scene, 30);
    struct smp_unknown *u;
    uint8_t *bytes;
    size_t n;

    (void)state;
    CHECK_OK(smp_unknown_fit(&in, &u));
    CHECK_OK(smp_unknown_save(u, &bytes, &n));
    smp_unknown_free(u);
    for (size_t i = 0; i < n; i += 7) {
        bytes[i] ^= 0x10;
        assert_int_equal(smp_unknown_load(bytes, n, &u), SMP_CORRUPT);
        assert_null(u);
        bytes[i] ^= 0x10;
    }
    CHECK_FAILS(smp_unknown_load(bytes, n - 1, &u), SMP_CORRUPT, "cut");
    free(bytes);
}

static void test_what_cannot_be_told_is_refused_with_a_sentence(void **state)
{
    struct smp_unknown_in in = in_of(&scene, SMP_UNKNOWN_LEAST - 1);
    struct smp_verdict_unknown v;
    struct smp_features other = scene.features;
    struct smp_unknown *u;

    (void)state;
    CHECK_FAILS(smp_unknown_fit(&in, &u), SMP_INVALID, "label 20 at least");
    in.labels.n = LABELS;
    in.share = 1;
    CHECK_FAILS(smp_unknown_fit(&in, &u), SMP_INVALID, "0 to 1");
    in.share = 0;
    memset(scene.group, 0, sizeof scene.group);
    in.group = scene.group;
    CHECK_FAILS(smp_unknown_fit(&in, &u), SMP_INVALID, "one group");
    in.group = NULL;
    scene.z[0][5] = NAN;
    CHECK_FAILS(smp_unknown_fit(&in, &u), SMP_INVALID, "no number");
    scene.z[0][5] = 0;
    CHECK_OK(smp_unknown_fit(&in, &u));
    other.d[1] = DIM - 1;
    CHECK_FAILS(smp_unknown_judge(u, &other, 0, NULL, &v), SMP_INVALID, "part 1");
    smp_unknown_free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_about_the_stated_share_of_known_things_is_refused, fresh),
        cmocka_unit_test_setup(test_what_points_elsewhere_is_unknown_however_sure_the_model_is,
                               fresh),
        cmocka_unit_test_setup(test_the_farther_the_stranger, fresh),
        cmocka_unit_test_setup(test_doubt_where_models_are_seldom_in_doubt_is_strange, fresh),
        cmocka_unit_test_setup(test_bursts_do_not_vouch_for_themselves, fresh),
        cmocka_unit_test_setup(test_of_many_examples_those_of_rare_classes_are_kept, fresh),
        cmocka_unit_test_setup(test_few_examples_say_what_share_they_can_tell, fresh),
        cmocka_unit_test_setup(test_saved_and_loaded_it_judges_alike_whatever_the_threads,
                               fresh),
        cmocka_unit_test_setup(test_damaged_bytes_are_refused, fresh),
        cmocka_unit_test_setup(test_what_cannot_be_told_is_refused_with_a_sentence, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
