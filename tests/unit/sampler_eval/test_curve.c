#include "unit/sampler/check_smp.h"

#include "sampler/eval/curve.h"
#include "sampler/rng.h"

enum { SIZES = 5, UNITS = 12 };
static const double SIZE[SIZES] = {20, 50, 100, 200, 400};

/* error = 0.1 + 1.2 n^-0.5, plus noise of a spread. */
static void points(double error[SIZES * UNITS], double spread, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < SIZES; i++)
        for (size_t r = 0; r < UNITS; r++)
            error[i * UNITS + r] = 0.1 + 1.2 / sqrt(SIZE[i]) + spread * smp_rng_normal(&rng);
}

static void test_a_power_law_is_found_and_goes_on(void **state)
{
    double error[SIZES * UNITS];
    struct smp_curve_in in = {.size = SIZE,
                              .error = error,
                              .n_sizes = SIZES,
                              .n_units = UNITS,
                              .now = 500,
                              .next = 900};
    struct smp_curve c;

    (void)state;
    points(error, 0, 1);
    CHECK_OK(smp_curve(&in, &c));
    CHECK_NEAR(c.c, 0.5, 1e-9);
    CHECK_NEAR(c.a, 0.1, 1e-9);
    CHECK_NEAR(c.now.value, 0.9 - 1.2 / sqrt(500), 1e-9);
    CHECK_NEAR(c.next.value, 0.86, 1e-9);
    CHECK_NEAR(c.gain.low, c.gain.high, 1e-9);
}

static void test_the_band_holds_the_truth_about_as_often_as_it_says(void **state)
{
    enum { TIMES = 60 };
    double error[SIZES * UNITS];
    size_t n = 0;

    (void)state;
    for (uint64_t t = 0; t < TIMES; t++) {
        struct smp_curve_in in = {.size = SIZE,
                                  .error = error,
                                  .n_sizes = SIZES,
                                  .n_units = UNITS,
                                  .now = 400,
                                  .next = 450,
                                  .seed = t};
        struct smp_curve c;

        points(error, 0.02, 100 + t);
        CHECK_OK(smp_curve(&in, &c));
        n += c.now.low <= 0.84 && c.now.high >= 0.84;
    }
    assert_true(n >= 50); /* of 60: twelve units give bands that are somewhat too narrow */
}

static void test_too_few_sizes_or_units_are_refused(void **state)
{
    double error[SIZES * UNITS] = {0};
    struct smp_curve_in in = {.size = SIZE, .error = error, .n_sizes = 2, .n_units = UNITS};
    struct smp_curve c;

    (void)state;
    CHECK_FAILS(smp_curve(&in, &c), SMP_INVALID, "3 to 16 sizes");
    in.n_sizes = SIZES;
    in.n_units = 1;
    CHECK_FAILS(smp_curve(&in, &c), SMP_INVALID, "2 to 100000 units");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_power_law_is_found_and_goes_on),
        cmocka_unit_test(test_the_band_holds_the_truth_about_as_often_as_it_says),
        cmocka_unit_test(test_too_few_sizes_or_units_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
