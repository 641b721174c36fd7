#include "unit/sampler/check_smp.h"

#include "crowd_made.h"

#include "sampler/quality/agreement.h"
#include "sampler/quality/alpha.h"
#include "sampler/quality/geometry.h"
#include "sampler/quality/kappa.h"

/* Rows of text, one a person, one sign an item: digits 1.. are classes 0.., '.' is no answer. */
struct table {
    uint32_t item[1000], person[1000], answer[1000];
    struct smp_answers answers;
};

static void read_table(const char *const *rows, size_t n_people, size_t n_classes,
                       struct table *t)
{
    size_t n = 0;

    for (size_t p = 0; p < n_people; p++) {
        for (size_t i = 0; rows[p][i]; i++) {
            if (rows[p][i] == '.') continue;
            t->item[n] = (uint32_t)i;
            t->person[n] = (uint32_t)p;
            t->answer[n++] = (uint32_t)(rows[p][i] - '1');
        }
    }
    t->answers = (struct smp_answers){t->item,         t->person, t->answer, n,
                                      strlen(rows[0]), n_people,  n_classes};
}

static struct smp_agreement agreement_of(const struct smp_agreement_in *in)
{
    struct smp_agreement all;

    CHECK_OK(smp_agreement(in, &all, NULL));
    return all;
}

/* Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), C: 12 units, 4 observers. */
static const char *const KRIPPENDORFF_C[4] = {"123321412...", "1233224125.3", ".3332342251.",
                                              "12332441251."};

static void test_krippendorffs_example_c_has_his_four_alphas(void **state)
{
    (void)state;
    const double value[5] = {1, 2, 3, 4, 5};
    struct table t;
    struct smp_agreement all;

    read_table(KRIPPENDORFF_C, 4, 5, &t);
    struct smp_agreement_in in = {.answers = t.answers, .value = value};
    all = agreement_of(&in);
    assert_int_equal(all.n_items, 11); /* unit 12 has one answer */
    assert_int_equal(all.n_answers, 40);
    CHECK_NEAR(all.alpha.value, 0.743, 5e-4);
    in.scale = SMP_ORDINAL;
    CHECK_NEAR(agreement_of(&in).alpha.value, 0.815, 5e-4);
    in.scale = SMP_INTERVAL;
    CHECK_NEAR(agreement_of(&in).alpha.value, 0.849, 5e-4);
    in.scale = SMP_RATIO;
    CHECK_NEAR(agreement_of(&in).alpha.value, 0.797, 5e-4);
}

/* The same source, A (two observers, yes and no) and B (five categories). */
static void test_krippendorffs_examples_a_and_b_have_his_alphas(void **state)
{
    (void)state;
    const char *const a[2] = {"1211111121", "2221121111"};
    const char *const b[2] = {"112243335441", "212223335444"};
    struct table t;

    read_table(a, 2, 2, &t);
    CHECK_NEAR(agreement_of(&(struct smp_agreement_in){.answers = t.answers}).alpha.value,
               0.095, 5e-4);
    read_table(b, 2, 5, &t);
    CHECK_NEAR(agreement_of(&(struct smp_agreement_in){.answers = t.answers}).alpha.value,
               0.692, 5e-4);
}

/* Fleiss (1971), table 1: 30 patients, six psychiatrists each: depression, personality disorder,
 * schizophrenia, neurosis, other. */
static const uint8_t FLEISS[30][5] = {
    {0, 0, 0, 6, 0},
    {0, 3, 0, 0, 3},
    {0, 1, 4, 0, 1},
    {0, 0, 0, 0, 6},
    {0, 3, 0, 3, 0},
    {2, 0, 4, 0, 0},
    {0, 0, 4, 0, 2},
    {2, 0, 3, 1, 0},
    {2, 0, 0, 4, 0},
    {0, 0, 0, 0, 6},
    {1, 0, 0, 5, 0},
    {1, 1, 0, 4, 0},
    {0, 3, 3, 0, 0},
    {1, 0, 0, 5, 0},
    {0, 2, 0, 3, 1},
    {0, 0, 5, 0, 1},
    {3, 0, 0, 1, 2},
    {5, 1, 0, 0, 0},
    {0, 2, 0, 4, 0},
    {1, 0, 2, 0, 3},
    {0, 0, 0, 0, 6},
    {0, 1, 0, 5, 0},
    {0, 2, 0, 1, 3},
    {2, 0, 0, 4, 0},
    {1, 0, 0, 4, 1},
    {0, 5, 0, 1, 0},
    {4, 0, 0, 0, 2},
    {0, 2, 0, 4, 0},
    {1, 0, 5, 0, 0},
    {0, 0, 0, 0, 6},
};

static void read_fleiss(struct table *t)
{
    size_t n = 0;

    for (uint32_t i = 0; i < 30; i++) {
        uint32_t person = 0;
        for (uint32_t c = 0; c < 5; c++) {
            for (uint8_t j = 0; j < FLEISS[i][c]; j++, n++) {
                t->item[n] = i;
                t->person[n] = person++;
                t->answer[n] = c;
            }
        }
    }
    t->answers = (struct smp_answers){t->item, t->person, t->answer, n, 30, 6, 5};
}

static void test_fleisss_psychiatrists_have_his_kappas(void **state)
{
    (void)state;
    const double each[5] = {0.245, 0.245, 0.520, 0.471, 0.566};
    struct table t;
    struct smp_agreement all;
    struct smp_class_agreement classes[5];

    read_fleiss(&t);
    CHECK_OK(smp_agreement(&(struct smp_agreement_in){.answers = t.answers}, &all, classes));
    CHECK_NEAR(all.percent.value, 0.555, 1e-3);
    CHECK_NEAR(all.fleiss.value, 0.430, 5e-4);
    assert_true(isnan(all.fleiss.low));
    for (int c = 0; c < 5; c++)
        CHECK_NEAR(classes[c].fleiss.value, each[c], 1e-3);
    assert_int_equal(classes[3].n_answers, 55);
}

/* Cohen (1960), table 2, and the same shares with the disagreement of Cohen (1968). */
static void test_cohens_tables_have_his_kappas(void **state)
{
    (void)state;
    const double table[9] = {88, 14, 18, 10, 40, 10, 2, 6, 12};
    const double disagreement[9] = {0, 1, 3, 1, 0, 6, 3, 6, 0};
    double work[12];
    struct smp_kappa k = smp_kappa(table, 3, NULL, work);

    CHECK_NEAR(1 - k.observed, 0.70, 1e-9);
    CHECK_NEAR(1 - k.expected, 0.41, 1e-9);
    CHECK_NEAR(k.kappa, 0.492, 5e-4);
    CHECK_NEAR(smp_kappa(table, 3, disagreement, work).kappa, 0.348, 5e-4);
}

static void read_cohen(struct table *t)
{
    const uint32_t table[9] = {88, 14, 18, 10, 40, 10, 2, 6, 12};
    uint32_t item = 0;

    for (uint32_t c = 0; c < 9; c++) {
        for (uint32_t i = 0; i < table[c]; i++, item++) {
            for (uint32_t p = 0; p < 2; p++) {
                t->item[2 * item + p] = item;
                t->person[2 * item + p] = p;
                t->answer[2 * item + p] = p ? c % 3 : c / 3;
            }
        }
    }
    t->answers = (struct smp_answers){t->item, t->person, t->answer, 2 * item, item, 2, 3};
}

/* The bootstrap and the formula of Fleiss, Cohen & Everitt come from different thoughts. */
static void test_a_pairs_bootstrap_agrees_with_the_formula_for_the_error(void **state)
{
    (void)state;
    const double disagreement[9] = {0, 1, 3, 1, 0, 6, 3, 6, 0};
    const double table[9] = {88, 14, 18, 10, 40, 10, 2, 6, 12};
    double work[12];
    struct table t;
    struct smp_pair *pairs;
    size_t n_pairs;

    read_cohen(&t);
    for (int weighted = 0; weighted < 2; weighted++) {
        const double *weights = weighted ? disagreement : NULL;
        const struct smp_kappa k = smp_kappa(table, 3, weights, work);
        CHECK_OK(smp_agreement_pairs(
            &(struct smp_agreement_in){
                .answers = t.answers,
                .scale = weighted ? SMP_DISTANCE : SMP_NOMINAL,
                .distance = weights,
                .bootstrap = {.rounds = 2000, .seed = 3}
        },
            1, &pairs, &n_pairs));
        assert_int_equal(n_pairs, 1);
        assert_int_equal(pairs[0].n_items, 200);
        CHECK_NEAR(pairs[0].kappa.value, k.kappa, 1e-12);
        CHECK_NEAR(pairs[0].kappa.error, k.error, 0.1 * k.error);
        CHECK_NEAR(pairs[0].kappa.low, k.kappa - 1.96 * k.error, 0.4 * k.error);
        CHECK_NEAR(pairs[0].kappa.high, k.kappa + 1.96 * k.error, 0.4 * k.error);
        CHECK_NEAR(pairs[0].percent.value, 0.7, 1e-12);
        free(pairs);
    }
}

static void test_pairs_are_of_those_who_share_enough_items(void **state)
{
    (void)state;
    const char *const rows[3] = {"1122..", "1212..", "1...11"};
    struct table t;
    struct smp_pair *pairs;
    size_t n;

    read_table(rows, 3, 2, &t);
    CHECK_OK(
        smp_agreement_pairs(&(struct smp_agreement_in){.answers = t.answers}, 2, &pairs, &n));
    assert_int_equal(n, 1);
    assert_int_equal(pairs[0].a, 0);
    assert_int_equal(pairs[0].b, 1);
    CHECK_NEAR(pairs[0].percent.value, 0.5, 1e-12);
    CHECK_NEAR(pairs[0].kappa.value, 0, 1e-12);
    free(pairs);
    CHECK_OK(
        smp_agreement_pairs(&(struct smp_agreement_in){.answers = t.answers}, 1, &pairs, &n));
    assert_int_equal(n, 3);
    assert_int_equal(pairs[2].n_items, 1);
    /* Both always say the same one class: chance would too. */
    assert_true(isnan(pairs[2].kappa.value));
    free(pairs);
}

/* By hand: one item split 2 to 1, one agreed. positive(0) = 1 - (2 * 1 / 2) / 2. */
static void test_a_classs_agreement_is_as_by_hand(void **state)
{
    (void)state;
    const char *const rows[3] = {"12", "12", "22"};
    struct table t;
    struct smp_agreement all;
    struct smp_class_agreement classes[2];

    read_table(rows, 3, 2, &t);
    CHECK_OK(smp_agreement(&(struct smp_agreement_in){.answers = t.answers}, &all, classes));
    CHECK_NEAR(all.percent.value, (1.0 / 3 + 1) / 2, 1e-12);
    CHECK_NEAR(classes[0].positive.value, 0.5, 1e-12);
    CHECK_NEAR(classes[1].positive.value, 0.75, 1e-12);
    /* shares 1/3 and 2/3: chance 5/9 */
    CHECK_NEAR(all.fleiss.value, (2.0 / 3 - 5.0 / 9) / (4.0 / 9), 1e-12);
    CHECK_NEAR(classes[0].fleiss.value, all.fleiss.value, 1e-12);
    /* D_o = 2 / 6, D_e = 2 * 2 * 4 / 30 */
    CHECK_NEAR(all.alpha.value, 1 - (2.0 / 6) / (16.0 / 30), 1e-12);
    CHECK_NEAR(classes[1].alpha.value, all.alpha.value, 1e-12);
}

static void test_agreement_of_one_class_only_is_not_defined(void **state)
{
    (void)state;
    const char *const same[2] = {"111", "111"};
    const char *const alone[2] = {"12.", "..1"};
    struct table t;
    struct smp_agreement all;

    read_table(same, 2, 2, &t);
    all = agreement_of(&(struct smp_agreement_in){.answers = t.answers});
    CHECK_NEAR(all.percent.value, 1, 0);
    assert_true(isnan(all.fleiss.value) && isnan(all.alpha.value));
    read_table(alone, 2, 2, &t);
    all = agreement_of(
        &(struct smp_agreement_in){.answers = t.answers, .bootstrap = {.rounds = 10}});
    assert_int_equal(all.n_items, 0);
    assert_true(isnan(all.percent.value) && isnan(all.alpha.value) && isnan(all.alpha.low));
}

static const double RIGHT[6] = {0.95, 0.9, 0.8, 0.7, 0.6, 0.5};

static void make_crowd(size_t n_items, uint64_t seed, struct crowd *crowd)
{
    double confusion[6 * 16];

    crowd_confusion(RIGHT, 6, 4, confusion);
    crowd_make(&(struct crowd_plan){.n_items = n_items,
                                    .n_people = 6,
                                    .n_classes = 4,
                                    .overlap = 3,
                                    .confusion = confusion,
                                    .seed = seed},
               crowd);
}

static void test_permuting_items_and_people_or_adding_threads_changes_no_bit(void **state)
{
    (void)state;
    struct crowd crowd, other;
    struct smp_agreement a, b;
    struct smp_class_agreement ca[4], cb[4];

    make_crowd(400, 5, &crowd);
    crowd_permute(&crowd.answers, 9, &other);
    for (enum smp_scale scale = SMP_NOMINAL; scale <= SMP_RATIO; scale++) {
        struct smp_agreement_in in = {
            .answers = crowd.answers,
            .scale = scale,
            .bootstrap = {.rounds = 100, .seed = 7, .n_threads = 1}
        };
        CHECK_OK(smp_agreement(&in, &a, ca));
        in.answers = other.answers;
        in.bootstrap.n_threads = 3;
        CHECK_OK(smp_agreement(&in, &b, cb));
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_equal(ca, cb, sizeof ca);
        assert_true(a.alpha.low < a.alpha.value && a.alpha.value < a.alpha.high);
    }
    crowd_free(&crowd);
    crowd_free(&other);
}

static void test_a_pairs_intervals_have_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    struct crowd crowd;
    struct smp_pair *a, *b;
    size_t n_a, n_b;

    make_crowd(400, 5, &crowd);
    struct smp_agreement_in in = {
        .answers = crowd.answers, .scale = SMP_ORDINAL, .bootstrap = {.rounds = 50, .seed = 7}
    };
    CHECK_OK(smp_agreement_pairs(&in, 1, &a, &n_a));
    in.bootstrap.n_threads = 4;
    CHECK_OK(smp_agreement_pairs(&in, 1, &b, &n_b));
    assert_int_equal(n_a, 15);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(a, b, n_a * sizeof *a);
    free(a);
    free(b);
    crowd_free(&crowd);
}

static void test_renaming_classes_leaves_nominal_agreement_as_it_was(void **state)
{
    (void)state;
    const uint32_t renamed[4] = {2, 0, 3, 1};
    struct crowd crowd;
    struct smp_agreement a, b;

    make_crowd(200, 6, &crowd);
    a = agreement_of(&(struct smp_agreement_in){.answers = crowd.answers});
    for (size_t i = 0; i < crowd.answers.n; i++)
        ((uint32_t *)crowd.answers.answer)[i] = renamed[crowd.answers.answer[i]];
    b = agreement_of(&(struct smp_agreement_in){.answers = crowd.answers});
    CHECK_NEAR(a.alpha.value, b.alpha.value, 1e-12);
    CHECK_NEAR(a.fleiss.value, b.fleiss.value, 1e-12);
    crowd_free(&crowd);
}

/* 95 % intervals hold the truth in about 95 of 100 samples: the truth here is what a large one says. */
static void test_intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    enum { SAMPLES = 200 };
    struct crowd crowd;
    int held = 0;

    make_crowd(100000, 1, &crowd);
    const double truth =
        agreement_of(&(struct smp_agreement_in){.answers = crowd.answers}).alpha.value;
    crowd_free(&crowd);
    for (uint64_t seed = 2; seed < 2 + SAMPLES; seed++) {
        make_crowd(150, seed, &crowd);
        const struct smp_agreement got = agreement_of(&(struct smp_agreement_in){
            .answers = crowd.answers, .bootstrap = {.rounds = 200, .seed = seed}
        });
        held += got.alpha.low <= truth && truth <= got.alpha.high;
        crowd_free(&crowd);
    }
    /* 95 % of 200 is 190, its standard deviation 3. */
    assert_in_range(held, 178, 199);
}

static double apart_by_class(void *ctx, size_t a, size_t b)
{
    const uint32_t *answer = ctx;

    return answer[a] != answer[b];
}

static void test_alpha_with_a_callers_distance_is_the_nominal_one(void **state)
{
    (void)state;
    struct table t;
    struct crowd crowd;
    struct smp_estimate alpha;

    read_fleiss(&t);
    CHECK_OK(smp_alpha(
        &(struct smp_alpha_in){
            .item = t.item,
            .n = t.answers.n,
            .n_items = 30,
            .apart = apart_by_class,
            .ctx = t.answer,
            .bootstrap = {.rounds = 500, .seed = 1}
    },
        &alpha));
    const struct smp_agreement all = agreement_of(&(struct smp_agreement_in){
        .answers = t.answers, .bootstrap = {.rounds = 500, .seed = 1}
    });
    CHECK_NEAR(alpha.value, all.alpha.value, 1e-12);
    CHECK_NEAR(alpha.error, all.alpha.error, 0.15 * all.alpha.error);
    /* Too many pairs to ask for all of them: half a million are drawn. */
    make_crowd(1000, 3, &crowd);
    CHECK_OK(smp_alpha(&(struct smp_alpha_in){.item = crowd.answers.item,
                                              .n = crowd.answers.n,
                                              .n_items = 1000,
                                              .apart = apart_by_class,
                                              .ctx = (void *)crowd.answers.answer},
                       &alpha));
    CHECK_NEAR(alpha.value,
               agreement_of(&(struct smp_agreement_in){.answers = crowd.answers}).alpha.value,
               5e-3);
    crowd_free(&crowd);
}

/* Two items, two people each. Distances within: 1 - 1/3 and 0; to the other item: 1, four times. So
 * D_o = 2/3 / 2 and D_e = (2/3 + 0 + 4) / 6. */
static double apart_by_box(void *ctx, size_t a, size_t b)
{
    const struct smp_box *box = ctx;

    return 1 - smp_box_iou(&box[a], &box[b]);
}

static void test_alpha_of_boxes_is_as_by_hand(void **state)
{
    (void)state;
    struct smp_box box[4] = {
        {0,  0, 2, 1, 0},
        {1,  0, 2, 1, 0},
        {50, 0, 9, 9, 0},
        {50, 0, 9, 9, 0}
    };
    const uint32_t item[4] = {0, 0, 1, 1};
    struct smp_estimate alpha;

    CHECK_OK(smp_alpha(
        &(struct smp_alpha_in){
            .item = item, .n = 4, .n_items = 2, .apart = apart_by_box, .ctx = box},
        &alpha));
    CHECK_NEAR(alpha.value, 1 - (1.0 / 3) / (7.0 / 9), 1e-12);
}

static struct smp_span SPANS[6] = {
    {0, 4,  1},
    {0, 4,  1},
    {7, 11, 2},
    {9, 11, 2},
    {3, 5,  1},
    {3, 5,  3}
};

static double apart_by_spans(void *ctx, size_t a, size_t b)
{
    const struct smp_span *span = ctx;

    return 1 - smp_spans_f1(&span[a], 1, &span[b], 1);
}

/* Within: 0, 1 - 2 * 2 / 6 = 1/3, 1. Between: all 1 but spans 0 and 1 with 4, which share one character of
 * 4 and 2: 1 - 2/6 = 2/3. */
static void test_alpha_of_spans_is_as_by_hand(void **state)
{
    (void)state;
    const uint32_t item[6] = {0, 0, 1, 1, 2, 2};
    struct smp_estimate alpha;

    CHECK_OK(smp_alpha(
        &(struct smp_alpha_in){
            .item = item, .n = 6, .n_items = 3, .apart = apart_by_spans, .ctx = SPANS},
        &alpha));
    CHECK_NEAR(alpha.value, 1 - (4.0 / 3 / 3) / ((4.0 / 3 + 10 + 2 * 2.0 / 3) / 15), 1e-12);
}

static void test_answers_that_cannot_be_are_refused_with_a_sentence(void **state)
{
    (void)state;
    const uint32_t item[2] = {0, 0}, person[2] = {0, 0}, answer[2] = {0, 1};
    const double lopsided[4] = {0, 1, 2, 0}, negative[2] = {-1, 1};
    struct smp_agreement_in in = {
        .answers = {item, person, answer, 2, 1, 1, 2}
    };
    struct smp_agreement all;
    struct smp_pair *pairs;
    size_t n;

    CHECK_FAILS(smp_agreement(&in, &all, NULL), SMP_INVALID, "person 0 answered item 0 twice");
    CHECK_FAILS(smp_agreement_pairs(&in, 1, &pairs, &n), SMP_INVALID, "twice");
    in.answers.n_classes = 1;
    CHECK_FAILS(smp_agreement(&in, &all, NULL), SMP_INVALID, "answer 1 is class 1, of 1");
    in.answers.n_classes = 2;
    in.scale = SMP_DISTANCE;
    CHECK_FAILS(smp_agreement(&in, &all, NULL), SMP_INVALID, "table of distances");
    in.distance = lopsided;
    CHECK_FAILS(smp_agreement(&in, &all, NULL), SMP_INVALID, "in both places");
    in.scale = SMP_RATIO;
    in.value = negative;
    CHECK_FAILS(smp_agreement(&in, &all, NULL), SMP_INVALID, "no negative values");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_krippendorffs_example_c_has_his_four_alphas),
        cmocka_unit_test(test_krippendorffs_examples_a_and_b_have_his_alphas),
        cmocka_unit_test(test_fleisss_psychiatrists_have_his_kappas),
        cmocka_unit_test(test_cohens_tables_have_his_kappas),
        cmocka_unit_test(test_a_pairs_bootstrap_agrees_with_the_formula_for_the_error),
        cmocka_unit_test(test_pairs_are_of_those_who_share_enough_items),
        cmocka_unit_test(test_a_classs_agreement_is_as_by_hand),
        cmocka_unit_test(test_agreement_of_one_class_only_is_not_defined),
        cmocka_unit_test(test_permuting_items_and_people_or_adding_threads_changes_no_bit),
        cmocka_unit_test(test_a_pairs_intervals_have_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_renaming_classes_leaves_nominal_agreement_as_it_was),
        cmocka_unit_test(test_intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(test_alpha_with_a_callers_distance_is_the_nominal_one),
        cmocka_unit_test(test_alpha_of_boxes_is_as_by_hand),
        cmocka_unit_test(test_alpha_of_spans_is_as_by_hand),
        cmocka_unit_test(test_answers_that_cannot_be_are_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
