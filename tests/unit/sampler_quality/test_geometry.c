#include "unit/sampler/check_smp.h"

#include "sampler/quality/geometry.h"
#include "sampler/quality/match.h"
#include "sampler/rng.h"

static void test_upright_boxes_overlap_as_by_hand(void **state)
{
    (void)state;
    const struct smp_box a = {0, 0, 4, 4, 0}, b = {2, 2, 4, 4, 0}, far = {9, 9, 1, 1, 0};
    const struct smp_box empty = {0, 0, 0, 0, 0};

    CHECK_NEAR(smp_box_iou(&a, &b), 4.0 / 28, 1e-12);
    CHECK_NEAR(smp_box_iou(&a, &a), 1, 1e-12);
    CHECK_NEAR(smp_box_iou(&a, &far), 0, 0);
    CHECK_NEAR(smp_box_iou(&empty, &empty), 0, 0);
}

/* Two unit squares with one centre, one turned by 45 degrees, share a regular octagon of 2 sqrt(2) - 2. */
static void test_a_square_and_itself_turned_share_an_octagon(void **state)
{
    (void)state;
    const double octagon = 2 * sqrt(2) - 2;
    const struct smp_box a = {100, 200, 1, 1, 0}, turned = {100, 200, 1, 1, 45};
    const struct smp_box wide = {0, 0, 4, 2, 30}, tall = {1, -1, 2, 4, 120};

    CHECK_NEAR(smp_box_iou(&a, &turned), octagon / (2 - octagon), 1e-9);
    CHECK_NEAR(smp_box_iou(&a, &(struct smp_box){100, 200, 1, 1, 90}), 1, 1e-9);
    /* 4 x 2 at 30 degrees is 2 x 4 at 120 about the same centre. */
    CHECK_NEAR(smp_box_iou(&wide, &tall), 1, 1e-9);
}

/* A U of three unit squares' width, and a bar across its two arms: they share two unit squares. */
static void test_hollow_outlines_overlap_as_by_hand(void **state)
{
    (void)state;
    const struct smp_point u[8] = {
        {0, 0},
        {1, 0},
        {1, 2},
        {2, 2},
        {2, 0},
        {3, 0},
        {3, 3},
        {0, 3}
    };
    const struct smp_point bar[4] = {
        {3, 0},
        {0, 0},
        {0, 1},
        {3, 1}
    };
    const struct smp_outline a = {u, 8}, b = {bar, 4}, line = {bar, 2};

    CHECK_NEAR(smp_outline_area(&a), 7, 1e-12);
    CHECK_NEAR(smp_outline_common(&a, &b), 2, 1e-12);
    CHECK_NEAR(smp_outline_common(&b, &a), 2, 1e-12);
    CHECK_NEAR(smp_outline_iou(&a, &b), 2.0 / 8, 1e-12);
    CHECK_NEAR(smp_outline_iou(&a, &a), 1, 1e-12);
    CHECK_NEAR(smp_outline_iou(&a, &line), 0, 0);
}

static void make_star(struct smp_rng *rng, struct smp_point *at, size_t n, double x, double y)
{
    for (size_t i = 0; i < n; i++) {
        const double turn = 2 * 3.14159265358979 * (double)i / (double)n;
        const double r = 10 + 30 * smp_rng_unit(rng);
        at[i] = (struct smp_point){x + r * cos(turn), y + r * sin(turn)};
    }
}

static bool is_inside(const struct smp_point *at, size_t n, double x, double y)
{
    bool inside = false;

    for (size_t i = 0, j = n - 1; i < n; j = i++)
        if ((at[i].y > y) != (at[j].y > y) &&
            x < (at[j].x - at[i].x) * (y - at[i].y) / (at[j].y - at[i].y) + at[i].x)
            inside = !inside;
    return inside;
}

static void test_stars_overlap_as_counting_points_says(void **state)
{
    (void)state;
    enum { N = 24, STEPS = 400 };
    struct smp_point a[N], b[N];
    struct smp_rng rng;

    smp_rng_seed(&rng, 1, 0);
    for (int round = 0; round < 5; round++) {
        size_t both = 0, either = 0;
        make_star(&rng, a, N, 1000, 1000);
        make_star(&rng, b, N, 1010, 1005);
        for (int i = 0; i < STEPS; i++) {
            for (int j = 0; j < STEPS; j++) {
                const double x = 950 + 110.0 * i / STEPS, y = 950 + 110.0 * j / STEPS;
                const bool in_a = is_inside(a, N, x, y), in_b = is_inside(b, N, x, y);
                both += in_a && in_b;
                either += in_a || in_b;
            }
        }
        const double iou =
            smp_outline_iou(&(struct smp_outline){a, N}, &(struct smp_outline){b, N});
        CHECK_NEAR(iou, (double)both / (double)either, 5e-3);
        CHECK_NEAR(smp_outline_iou(&(struct smp_outline){b, N}, &(struct smp_outline){a, N}),
                   iou, 1e-9);
    }
}

static void test_masks_overlap_by_their_runs(void **state)
{
    (void)state;
    /* ..XXX... and .XXX.... and all outside */
    const uint32_t a[] = {2, 3, 3}, b[] = {1, 3, 4}, none[] = {8}, all[] = {0, 8};

    CHECK_NEAR(smp_mask_iou(a, 3, b, 3), 2.0 / 4, 1e-12);
    CHECK_NEAR(smp_mask_iou(a, 3, all, 2), 3.0 / 8, 1e-12);
    CHECK_NEAR(smp_mask_iou(a, 3, none, 1), 0, 0);
    CHECK_NEAR(smp_mask_iou(none, 1, none, 1), 0, 0);
    CHECK_NEAR(smp_mask_iou(all, 2, all, 2), 1, 0);
}

static void test_spans_f1_counts_characters_of_each_class_once(void **state)
{
    (void)state;
    const struct smp_span a[] = {
        {0,  10, 1},
        {20, 25, 2}
    };
    const struct smp_span b[] = {
        {5,  10, 1},
        {20, 25, 3}
    };
    const struct smp_span twice[] = {
        {6, 10, 1},
        {0, 8,  1}
    };

    CHECK_NEAR(smp_spans_f1(a, 2, b, 2), 2.0 * 5 / (15 + 10), 1e-12);
    CHECK_NEAR(smp_spans_f1(a, 1, twice, 2), 1, 1e-12);
    CHECK_NEAR(smp_spans_f1(twice, 2, a, 2), 2.0 * 10 / (10 + 15), 1e-12);
    CHECK_NEAR(smp_spans_f1(a, 2, NULL, 0), 0, 0);
    CHECK_NEAR(smp_spans_f1(NULL, 0, NULL, 0), 1, 0);
    CHECK_NEAR(smp_span_iou(&a[0], &b[0]), 0.5, 1e-12);
}

static double best_by_trying(const double *score, size_t n, size_t m, size_t row, unsigned used)
{
    double best = 0;

    if (row == n) return 0;
    best = best_by_trying(score, n, m, row + 1, used);
    for (size_t j = 0; j < m; j++) {
        if (used & 1u << j) continue;
        const double with =
            score[row * m + j] + best_by_trying(score, n, m, row + 1, used | 1u << j);
        best = with > best ? with : best;
    }
    return best;
}

static void test_the_match_is_the_best_of_all(void **state)
{
    (void)state;
    struct smp_rng rng;
    double score[36], sum, again;
    int32_t partner[6];

    smp_rng_seed(&rng, 2, 0);
    for (int round = 0; round < 200; round++) {
        const size_t n = smp_rng_below(&rng, 7), m = smp_rng_below(&rng, 7);
        for (size_t i = 0; i < n * m; i++)
            score[i] = smp_rng_below(&rng, 3) ? smp_rng_unit(&rng) : 0;
        CHECK_OK(smp_match(&(struct smp_match_in){score, n, m, 0}, partner, &sum));
        again = 0;
        unsigned used = 0;
        for (size_t i = 0; i < n; i++) {
            if (partner[i] < 0) continue;
            assert_false(used & 1u << partner[i]);
            used |= 1u << partner[i];
            again += score[i * m + (size_t)partner[i]];
        }
        CHECK_NEAR(sum, best_by_trying(score, n, m, 0, 0), 1e-9);
        CHECK_NEAR(again, sum, 1e-9);
    }
}

/* Taking the best pair first would be 0.9 + 0; the best pairing is 0.8 + 0.8. */
static void test_greedy_matching_would_be_worse_and_thresholds_hold(void **state)
{
    (void)state;
    const double score[4] = {0.9, 0.8, 0.8, 0.1};
    int32_t partner[2];
    double f1;

    CHECK_OK(smp_match(&(struct smp_match_in){score, 2, 2, 0.5}, partner, NULL));
    assert_int_equal(partner[0], 1);
    assert_int_equal(partner[1], 0);
    CHECK_OK(smp_match(&(struct smp_match_in){score, 2, 2, 0.85}, partner, NULL));
    assert_int_equal(partner[0], 0);
    assert_int_equal(partner[1], -1);
    CHECK_OK(smp_match_f1(&(struct smp_match_in){score, 2, 2, 0.5}, &f1));
    CHECK_NEAR(f1, 0.8, 1e-12);
    CHECK_OK(smp_match_f1(&(struct smp_match_in){score, 0, 0, 0.5}, &f1));
    CHECK_NEAR(f1, 1, 0);
    CHECK_FAILS(smp_match(&(struct smp_match_in){score, 5000, 1, 0}, partner, NULL),
                SMP_INVALID, "at most 4000");
    CHECK_FAILS(smp_match(&(struct smp_match_in){(const double[]){-1}, 1, 1, 0}, partner, NULL),
                SMP_INVALID, "0 or more is wanted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upright_boxes_overlap_as_by_hand),
        cmocka_unit_test(test_a_square_and_itself_turned_share_an_octagon),
        cmocka_unit_test(test_hollow_outlines_overlap_as_by_hand),
        cmocka_unit_test(test_stars_overlap_as_counting_points_says),
        cmocka_unit_test(test_masks_overlap_by_their_runs),
        cmocka_unit_test(test_spans_f1_counts_characters_of_each_class_once),
        cmocka_unit_test(test_the_match_is_the_best_of_all),
        cmocka_unit_test(test_greedy_matching_would_be_worse_and_thresholds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
