#include "unit/sampler/check_smp.h"

#include "unit/sampler/made.h"

#include "sampler/quality/label_errors.h"
#include "sampler/quality/out_of_fold.h"

/* By hand. Thresholds: class 0: (.9 + .8 + .1) / 3 = .6; class 1: (.7 + .9 + .5) / 3 = .7. Row 2 is
 * given 0 and confidently 1 (.9 >= .7); row 5 (.5, .5) is confidently nothing. */
static void test_the_joint_is_as_by_hand(void **state)
{
    (void)state;
    const float p[6 * 2] = {.9f, .1f, .8f, .2f, .1f, .9f, .3f, .7f, .1f, .9f, .5f, .5f};
    const int32_t given[6] = {0, 0, 0, 1, 1, 1};
    const double joint[4] = {2.0 / 3 * 3 / 6, 1.0 / 3 * 3 / 6, 0, 3.0 / 6};
    struct smp_label_errors found;

    CHECK_OK(smp_label_errors(&(struct smp_labels_in){p, given, 6, 2}, &found));
    CHECK_NEAR(found.threshold[0], 0.6, 1e-6);
    CHECK_NEAR(found.threshold[1], 0.7, 1e-6);
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(found.joint[i], joint[i], 1e-12);
    assert_int_equal(found.n_errors, 1);
    assert_int_equal(found.suspect[0].row, 2);
    assert_int_equal(found.suspect[0].suggested, 1);
    assert_true(found.suspect[0].confident);
    CHECK_NEAR(found.suspect[0].margin, -0.8, 1e-6);
    assert_int_equal(found.suspect[1].row, 5);
    assert_false(found.suspect[1].confident);
    smp_label_errors_free(&found);
}

static void test_figures_of_a_ranking_are_as_by_hand(void **state)
{
    (void)state;
    const struct smp_suspect ranked[5] = {
        {.row = 3}, {.row = 0}, {.row = 4}, {.row = 1}, {.row = 2}};
    const uint8_t wrong[5] = {0, 0, 0, 1, 1}, none[5] = {0};
    const struct smp_ranking r = smp_rank_figures(ranked, 5, wrong);

    assert_int_equal(r.n_wrong, 2);
    CHECK_NEAR(r.precision_at_n, 0.5, 1e-12);
    CHECK_NEAR(r.average_precision, (1 + 2.0 / 3) / 2, 1e-12);
    CHECK_NEAR(r.auroc, 1 - 1.0 / 6, 1e-12);
    assert_true(isnan(smp_rank_figures(ranked, 5, none).auroc));
}

enum { N = 600, D = 8, K = 4, FLIPS = 60 };

struct pool {
    float z[N * D], p[N * K];
    int32_t y[N];
    uint8_t wrong[N];
    size_t row[N];
};

static void make_pool(struct pool *pool)
{
    struct smp_rng rng;

    made_blobs(&(struct made_blobs){.n = N, .d = D, .n_classes = K, .spread = 0.3f, .seed = 1},
               pool->z, pool->y);
    smp_rng_seed(&rng, 5, 0);
    memset(pool->wrong, 0, sizeof pool->wrong);
    for (size_t i = 0; i < N; i++)
        pool->row[i] = i;
    size_t flipped[FLIPS];
    smp_rng_subset(&rng, N, FLIPS, flipped);
    for (size_t i = 0; i < FLIPS; i++) {
        pool->wrong[flipped[i]] = 1;
        pool->y[flipped[i]] =
            (pool->y[flipped[i]] + 1 + (int32_t)smp_rng_below(&rng, K - 1)) % K;
    }
}

static void test_flipped_labels_of_blobs_are_found_with_their_number(void **state)
{
    (void)state;
    static struct pool pool;
    static float again[N * K];
    struct smp_label_errors found;
    struct smp_folds_in in = {
        .labels = {pool.row, pool.y, NULL, N, K},
          .seed = 1
    };

    make_pool(&pool);
    CHECK_OK(smp_head_out_of_fold(&in, pool.z, N, D, pool.p));
    for (size_t i = 0; i < N; i++) {
        float sum = 0;
        for (size_t c = 0; c < K; c++)
            sum += pool.p[i * K + c];
        CHECK_NEAR(sum, 1, 1e-4);
    }
    CHECK_OK(smp_label_errors(&(struct smp_labels_in){pool.p, pool.y, N, K}, &found));
    const struct smp_ranking r = smp_rank_figures(found.suspect, N, pool.wrong);
    print_message("flipped %d, said %zu, precision %.3f, AUROC %.3f\n", FLIPS, found.n_errors,
                  r.precision_at_n, r.auroc);
    assert_true(r.precision_at_n > 0.85 && r.auroc > 0.95);
    assert_in_range(found.n_errors, FLIPS * 8 / 10, FLIPS * 12 / 10);
    smp_label_errors_free(&found);
    in.n_threads = 3;
    CHECK_OK(smp_head_out_of_fold(&in, pool.z, N, D, again));
    assert_memory_equal(again, pool.p, sizeof again);
}

/* What tells a group's class, no other group has: predicted by a fold that holds some of it, an item is easy;
 * kept whole, it is strange. */
static void test_groups_are_not_parted_between_folds(void **state)
{
    (void)state;
    enum { TWINS = 100 };
    static float z[TWINS * 2], p[TWINS * 2], apart[TWINS * 2];
    size_t row[TWINS];
    int32_t y[TWINS];
    uint64_t group[TWINS];
    struct smp_rng rng;
    double together = 0, parted = 0;

    smp_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < TWINS; i++) {
        row[i] = i;
        group[i] = i % 4; /* class by group: no group says anything of another */
        y[i] = i % 4 >= 2;
        z[2 * i] = (float)(i % 4 == 0) - (float)(i % 4 == 1);
        z[2 * i + 1] = (float)(i % 4 == 2) - (float)(i % 4 == 3);
    }
    struct smp_folds_in in = {
        .labels = {row, y, NULL, TWINS, 2},
          .folds = 4, .seed = 1
    };
    CHECK_OK(smp_head_out_of_fold(&in, z, TWINS, 2, apart));
    in.group = group;
    CHECK_OK(smp_head_out_of_fold(&in, z, TWINS, 2, p));
    for (size_t i = 0; i < TWINS; i++) {
        together += (double)p[2 * i + (size_t)y[i]] / TWINS;
        parted += (double)apart[2 * i + (size_t)y[i]] / TWINS;
    }
    assert_true(parted > together);
    in.labels.n = 3;
    CHECK_FAILS(smp_head_out_of_fold(&in, z, TWINS, 2, p), SMP_INVALID, "label some more");
    in.labels.n = TWINS;
    memset(group, 0, sizeof group);
    CHECK_FAILS(smp_head_out_of_fold(&in, z, TWINS, 2, p), SMP_INVALID,
                "all labels are in one group");
}

static void test_a_models_members_find_flips_as_well(void **state)
{
    (void)state;
    static struct pool pool;
    struct smp_label_errors found;
    struct smp_recipe recipe;
    make_pool(&pool);
    const struct smp_features f = {.n = N, .n_parts = 1, .part = {pool.z}, .d = {D}};
    const struct smp_folds_in in = {
        .labels = {pool.row, pool.y, NULL, N, K},
          .seed = 1, .rounds = 2
    };

    smp_recipe_rule(&(struct smp_model_in){.features = &f, .labels = in.labels, .seed = 1},
                    &recipe);
    CHECK_OK(smp_model_out_of_fold(&in, &f, &recipe, pool.p));
    CHECK_OK(smp_label_errors(&(struct smp_labels_in){pool.p, pool.y, N, K}, &found));
    assert_true(smp_rank_figures(found.suspect, N, pool.wrong).precision_at_n > 0.85);
    smp_label_errors_free(&found);
}

static void test_what_is_no_probability_or_label_is_refused(void **state)
{
    (void)state;
    const float p[4] = {.5f, .5f, .5f, -1};
    struct smp_label_errors found;

    CHECK_FAILS(smp_label_errors(
                    &(struct smp_labels_in){
                        p, (const int32_t[]){0, 1},
                          2, 2
    },
                    &found),
                SMP_INVALID, "row 1 gives class 1 a probability of -1");
    CHECK_FAILS(
        smp_label_errors(&(struct smp_labels_in){p, (const int32_t[]){2}, 1, 2}, &found),
        SMP_INVALID, "row 0 is labelled 2");
    CHECK_FAILS(smp_label_errors(&(struct smp_labels_in){p, NULL, 0, 2}, &found), SMP_INVALID,
                "nothing to compare");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_joint_is_as_by_hand),
        cmocka_unit_test(test_figures_of_a_ranking_are_as_by_hand),
        cmocka_unit_test(test_flipped_labels_of_blobs_are_found_with_their_number),
        cmocka_unit_test(test_groups_are_not_parted_between_folds),
        cmocka_unit_test(test_a_models_members_find_flips_as_well),
        cmocka_unit_test(test_what_is_no_probability_or_label_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
