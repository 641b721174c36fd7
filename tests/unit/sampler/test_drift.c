/* drift - the energy distance by hand, shifts that must ring, and how often it rings for nothing. */
#include "check_smp.h"

#include "sampler/drift.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>

enum { D = 8, N = 200 };

/* x (n, d): normal, with this mean and deviation in the first coordinate. */
static void fill(float *x, size_t n, uint64_t seed, double mean, double deviation)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < n * D; i++)
        x[i] = (float)(smp_rng_normal(&rng) * (i % D ? 1 : deviation) + (i % D ? 0 : mean));
}

static struct smp_drift compare(const float *x, const float *y, size_t n, size_t permutations)
{
    const struct smp_drift_in in = {.reference = x,
                                    .n_reference = n,
                                    .stream = y,
                                    .n_stream = n,
                                    .d = D,
                                    .permutations = permutations,
                                    .seed = 7};
    struct smp_drift out;

    CHECK_OK(smp_drift(&in, NULL, &out));
    return out;
}

static void test_two_points_apart_have_twice_their_distance(void **state)
{
    const float x[20 * 2] = {0};
    float y[20 * 2];
    struct smp_drift out;
    const struct smp_drift_in in = {
        .reference = x, .n_reference = 20, .stream = y, .n_stream = 20, .d = 2};

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        y[2 * i] = 3;
        y[2 * i + 1] = 4;
    }
    CHECK_OK(smp_drift(&in, NULL, &out));
    assert_true(fabs(out.energy - 10) < 1e-5);
    assert_true(fabs(out.share - 1) < 1e-6);
    assert_true(fabs(out.p - 0.001) < 1e-9);
}

/* 0 and 1 in equal parts against all 0: E|X-Y| 1/2, E|X-X'| 1/2, E|Y-Y'| 0. */
static void test_a_case_done_by_hand_comes_out(void **state)
{
    float x[20];
    const float y[20] = {0};
    struct smp_drift out;
    const struct smp_drift_in in = {
        .reference = x, .n_reference = 20, .stream = y, .n_stream = 20, .d = 1};

    (void)state;
    for (size_t i = 0; i < 20; i++)
        x[i] = (float)(i % 2);
    CHECK_OK(smp_drift(&in, NULL, &out));
    assert_true(fabs(out.energy - 0.5) < 1e-6);
    assert_true(fabs(out.share - 0.5) < 1e-6);
}

static void test_a_moved_stream_rings_and_so_does_a_wider_one(void **state)
{
    static float x[N * D];
    static float y[N * D];

    (void)state;
    fill(x, N, 1, 0, 1);
    fill(y, N, 2, 1, 1);
    assert_true(compare(x, y, N, 999).p <= 0.001);
    fill(y, N, 2, 0, 4);
    assert_true(compare(x, y, N, 999).p <= 0.001);
    fill(y, N, 2, 0, 1);
    assert_true(compare(x, y, N, 999).p > 0.05);
}

static void test_it_rings_for_nothing_as_often_as_it_says(void **state)
{
    static float x[40 * D];
    static float y[40 * D];
    size_t rings = 0;

    (void)state;
    for (uint64_t run = 0; run < 600; run++) {
        fill(x, 40, 100 + run, 0, 1);
        fill(y, 40, 9000 + run, 0, 1);
        rings += compare(x, y, 40, 99).p <= 0.05;
    }
    print_message("false alarms at 0.05: %zu of 600\n", rings);
    assert_in_range(rings, 14, 46); /* 30, give or take 3 standard errors */
}

static void test_what_is_new_carries_the_difference(void **state)
{
    static float x[N * D];
    static float y[N * D];
    static float carries[N];
    const struct smp_drift_in in = {
        .reference = x, .n_reference = N, .stream = y, .n_stream = N, .d = D, .seed = 3};
    struct smp_drift out;
    double least_new = (double)INFINITY;
    double most_old = -(double)INFINITY;

    (void)state;
    fill(x, N, 1, 0, 1);
    fill(y, N, 2, 0, 1);
    for (size_t i = 0; i < 50; i++)
        y[i * D] += 8;
    CHECK_OK(smp_drift(&in, carries, &out));
    for (size_t i = 0; i < N; i++)
        if (i < 50)
            least_new = fmin(least_new, (double)carries[i]);
        else
            most_old = fmax(most_old, (double)carries[i]);
    assert_true(out.p <= 0.001);
    assert_true(least_new > most_old);
}

static void test_the_same_seed_gives_the_same_answer_and_large_samples_are_cut(void **state)
{
    static float x[1200 * D];
    static float y[1200 * D];
    struct smp_drift a;
    struct smp_drift b;

    (void)state;
    fill(x, 1200, 1, 0, 1);
    fill(y, 1200, 2, 0.1, 1);
    a = compare(x, y, 1200, 199);
    b = compare(x, y, 1200, 199);
    assert_int_equal(a.n_reference, SMP_DRIFT_ROWS_MAX);
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_too_few_rows_are_refused_with_their_number(void **state)
{
    static float x[N * D];
    const struct smp_drift_in in = {
        .reference = x, .n_reference = N, .stream = x, .n_stream = 19, .d = D};
    struct smp_drift out;

    (void)state;
    CHECK_FAILS(smp_drift(&in, NULL, &out), SMP_INVALID, "20 rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_points_apart_have_twice_their_distance),
        cmocka_unit_test(test_a_case_done_by_hand_comes_out),
        cmocka_unit_test(test_a_moved_stream_rings_and_so_does_a_wider_one),
        cmocka_unit_test(test_it_rings_for_nothing_as_often_as_it_says),
        cmocka_unit_test(test_what_is_new_carries_the_difference),
        cmocka_unit_test(test_the_same_seed_gives_the_same_answer_and_large_samples_are_cut),
        cmocka_unit_test(test_too_few_rows_are_refused_with_their_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
