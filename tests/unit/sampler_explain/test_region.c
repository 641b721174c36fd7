#include "../sampler/check_smp.h"

#include "sampler/explain/region.h"

enum { SIDE = 32, CLASSES = 2 };

/* A classifier that says class 1 the more, the whiter the pixels of one corner are. */
struct corner {
    struct smp_image_spec spec;
    size_t top, left, side;
    size_t asked; /* pictures */
    enum smp_status fails;
};

static enum smp_status ask_corner(void *ctx, const uint8_t *pixels, size_t n, float *p)
{
    struct corner *c = ctx;

    c->asked += n;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t y = c->top; y < c->top + c->side; y++)
            for (size_t x = c->left; x < c->left + c->side; x++)
                sum += pixels[i * smp_image_bytes(&c->spec) +
                              (y * c->spec.width + x) * c->spec.channels];
        p[i * CLASSES + 1] = (float)(0.1 + 0.8 * sum / (255.0 * (double)(c->side * c->side)));
        p[i * CLASSES] = 1 - p[i * CLASSES + 1];
    }
    return c->fails ? smp_fail(c->fails, "the classifier is away") : SMP_OK;
}

static uint8_t black_but_corner[SIDE * SIDE * 3];

static struct smp_region_in in_of(struct corner *c)
{
    memset(black_but_corner, 0, sizeof black_but_corner);
    for (size_t y = c->top; y < c->top + c->side; y++)
        for (size_t x = c->left; x < c->left + c->side; x++)
            memset(black_but_corner + (y * c->spec.width + x) * c->spec.channels, 255,
                   c->spec.channels);
    return (struct smp_region_in){.spec = c->spec,
                                  .pixels = black_but_corner,
                                  .n_classes = CLASSES,
                                  .class = 1,
                                  .predict = ask_corner,
                                  .ctx = c};
}

static void test_the_part_that_is_looked_at_weighs_most_and_others_nothing(void **state)
{
    struct corner c = {
        .spec = {SIDE, SIDE, 3},
          .top = 24, .left = 4, .side = 8
    };
    const struct smp_region_in in = in_of(&c);
    struct smp_region map;
    size_t best = 0;

    (void)state;
    CHECK_OK(smp_region_find(&in, &map));
    assert_int_equal(map.rows, 8);
    assert_int_equal(map.columns, 8);
    assert_int_equal(c.asked, 50);
    CHECK_NEAR(map.p, 0.9, 1e-6);
    for (size_t i = 0; i < 64; i++)
        if (map.weight[i] > map.weight[best]) best = i;
    assert_in_range(best / 8, 6, 7); /* cells of 4 pixels: rows 24 to 31, columns 4 to 11 */
    assert_in_range(best % 8, 1, 2);
    assert_true(map.weight[best] > 1);
    for (size_t i = 0; i < 64; i++) /* two cells away no window reaches it */
        if (i / 8 < 4 || i % 8 > 4) CHECK_NEAR(map.weight[i], 0, 1e-6);
}

static void test_what_speaks_against_the_class_weighs_below_nothing(void **state)
{
    struct corner c = {
        .spec = {SIDE, SIDE, 1},
          .side = 8
    };
    struct smp_region_in in = in_of(&c);
    struct smp_region map;

    (void)state;
    in.class = 0;
    CHECK_OK(smp_region_find(&in, &map));
    CHECK_NEAR(map.p, 0.1, 1e-6);
    assert_true(map.weight[0] < -1);
}

static void test_small_and_uneven_pictures_have_fewer_cells(void **state)
{
    struct corner c = {
        .spec = {10, 28, 1},
          .side = 3
    }; /* width, height */
    const struct smp_region_in in = in_of(&c);
    struct smp_region map;

    (void)state;
    CHECK_OK(smp_region_find(&in, &map));
    assert_int_equal(map.columns, 5);
    assert_int_equal(map.rows, 8);
    assert_int_equal(c.asked, 1 + 7 * 4);
    assert_true(map.weight[0] > 0.5f);
}

static void test_log_odds_stay_finite(void **state)
{
    (void)state;
    CHECK_NEAR(smp_log_odds(0.5f), 0, 1e-7);
    CHECK_NEAR(smp_log_odds(0.9f), log(9), 1e-5);
    assert_true(isfinite(smp_log_odds(0)) && isfinite(smp_log_odds(1)));
    CHECK_NEAR(smp_log_odds(0), -smp_log_odds(1), 1e-3);
}

static void test_a_classifier_that_fails_is_told_as_it_failed(void **state)
{
    struct corner c = {
        .spec = {SIDE, SIDE, 1},
          .side = 8, .fails = SMP_NOMEM
    };
    const struct smp_region_in in = in_of(&c);
    struct smp_region map;

    (void)state;
    CHECK_FAILS(smp_region_find(&in, &map), SMP_NOMEM, "away");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_part_that_is_looked_at_weighs_most_and_others_nothing),
        cmocka_unit_test(test_what_speaks_against_the_class_weighs_below_nothing),
        cmocka_unit_test(test_small_and_uneven_pictures_have_fewer_cells),
        cmocka_unit_test(test_log_odds_stay_finite),
        cmocka_unit_test(test_a_classifier_that_fails_is_told_as_it_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
