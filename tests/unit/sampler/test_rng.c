#include "check_smp.h"

#include "sampler/rng.h"

static void test_one_seed_gives_one_sequence_and_streams_differ(void **state)
{
    (void)state;
    struct smp_rng a, b, c;

    smp_rng_seed(&a, 7, 1);
    smp_rng_seed(&b, 7, 1);
    smp_rng_seed(&c, 7, 2);
    for (int i = 0; i < 100; i++) {
        const uint64_t x = smp_rng_u64(&a);
        assert_int_equal(x, smp_rng_u64(&b));
        assert_int_not_equal(x, smp_rng_u64(&c));
    }
}

static void test_xoshiro_gives_its_published_sequence(void **state)
{
    (void)state;
    /* First outputs of xoshiro256** from the state 1, 2, 3, 4, as in the authors' code and in the
     * Rust crate rand_xoshiro's test vector. */
    struct smp_rng rng = {
        {1, 2, 3, 4}
    };

    assert_int_equal(smp_rng_u64(&rng), 11520);
    assert_int_equal(smp_rng_u64(&rng), 0);
    assert_int_equal(smp_rng_u64(&rng), 1509978240);
    assert_int_equal(smp_rng_u64(&rng), 1215971899390074240);
}

static void test_below_is_uniform(void **state)
{
    (void)state;
    struct smp_rng rng;
    int count[7] = {0};

    smp_rng_seed(&rng, 3, 0);
    for (int i = 0; i < 70000; i++)
        count[smp_rng_below(&rng, 7)]++;
    /* standard deviation 93 */
    for (int i = 0; i < 7; i++)
        CHECK_NEAR(count[i], 10000, 400);
}

static void test_a_subset_is_ascending_and_every_item_is_as_likely(void **state)
{
    (void)state;
    struct smp_rng rng;
    size_t out[3];
    int count[10] = {0};

    smp_rng_seed(&rng, 4, 0);
    for (int i = 0; i < 20000; i++) {
        smp_rng_subset(&rng, 10, 3, out);
        assert_true(out[0] < out[1] && out[1] < out[2] && out[2] < 10);
        for (int j = 0; j < 3; j++)
            count[out[j]]++;
    }
    for (int i = 0; i < 10; i++)
        CHECK_NEAR(count[i], 6000, 300);
}

static void test_a_shuffle_is_a_permutation(void **state)
{
    (void)state;
    struct smp_rng rng;
    size_t index[50];
    int seen[50] = {0}, moved = 0;

    for (size_t i = 0; i < 50; i++)
        index[i] = i;
    smp_rng_seed(&rng, 5, 0);
    smp_rng_shuffle(&rng, index, 50);
    for (size_t i = 0; i < 50; i++) {
        seen[index[i]]++;
        moved += index[i] != i;
    }
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(seen[i], 1);
    assert_true(moved > 40);
}

static void test_normal_numbers_have_mean_0_and_variance_1(void **state)
{
    (void)state;
    struct smp_rng rng;
    double sum = 0, squares = 0;

    smp_rng_seed(&rng, 6, 0);
    for (int i = 0; i < 100000; i++) {
        const double x = smp_rng_normal(&rng);
        sum += x;
        squares += x * x;
    }
    CHECK_NEAR(sum / 100000, 0, 0.015);
    CHECK_NEAR(squares / 100000, 1, 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_seed_gives_one_sequence_and_streams_differ),
        cmocka_unit_test(test_xoshiro_gives_its_published_sequence),
        cmocka_unit_test(test_below_is_uniform),
        cmocka_unit_test(test_a_subset_is_ascending_and_every_item_is_as_likely),
        cmocka_unit_test(test_a_shuffle_is_a_permutation),
        cmocka_unit_test(test_normal_numbers_have_mean_0_and_variance_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
