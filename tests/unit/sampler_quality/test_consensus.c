#include "unit/sampler/check_smp.h"

#include "crowd_made.h"

#include "sampler/quality/consensus.h"
#include "sampler/quality/crowd.h"
#include "sampler/quality/vote.h"
#include "sampler/rng.h"

/* -- votes ---------------------------------------------------------------------------------------- */

static void test_a_tie_is_said_and_the_lowest_class_named(void **state)
{
    (void)state;
    /* item 0: 2 2 1; item 1: 2 1; item 2: nobody */
    const uint32_t item[5] = {0, 1, 0, 0, 1}, person[5] = {0, 0, 1, 2, 2},
                   answer[5] = {2, 2, 2, 1, 1};
    const struct smp_answers in = {item, person, answer, 5, 3, 3, 3};
    const double trust[3] = {1, 1, 3};
    struct smp_vote v[3];

    CHECK_OK(smp_vote(&in, NULL, v));
    assert_int_equal(v[0].winner, 2);
    assert_int_equal(v[0].n_tied, 1);
    CHECK_NEAR(v[0].share, 2.0 / 3, 1e-12);
    CHECK_NEAR(v[0].runner_up, 1.0 / 3, 1e-12);
    assert_int_equal(v[1].winner, 1);
    assert_int_equal(v[1].n_tied, 2);
    CHECK_NEAR(v[1].runner_up, 0.5, 1e-12);
    assert_int_equal(v[2].winner, -1);
    assert_int_equal(v[2].n_tied, 0);
    CHECK_OK(smp_vote(&in, trust, v));
    assert_int_equal(v[0].winner, 1);
    CHECK_NEAR(v[0].share, 3.0 / 5, 1e-12);
    assert_int_equal(v[1].n_tied, 1);
    CHECK_FAILS(smp_vote(&in, (const double[]){1, -1, 1}, v), SMP_INVALID, "person 1");
}

static const double RIGHT[8] = {0.95, 0.9, 0.85, 0.8, 0.6, 0.5, 0.4, 0.25};

static void make_crowd(size_t n_items, size_t overlap, uint64_t seed, struct crowd *crowd)
{
    double confusion[8 * 16];

    crowd_confusion(RIGHT, 8, 4, confusion);
    crowd_make(&(struct crowd_plan){.n_items = n_items,
                                    .n_people = 8,
                                    .n_classes = 4,
                                    .overlap = overlap,
                                    .confusion = confusion,
                                    .seed = seed},
               crowd);
}

static double right_of_votes(const struct crowd *crowd, const double *trust)
{
    const size_t n = crowd->answers.n_items;
    struct smp_vote *votes = malloc(n * sizeof *votes);
    double right = 0;

    assert_non_null(votes);
    CHECK_OK(smp_vote(&crowd->answers, trust, votes));
    for (size_t i = 0; i < n; i++)
        right += votes[i].winner == (int32_t)crowd->truth[i];
    free(votes);
    return right / (double)n;
}

static double right_of_crowd(const struct crowd *crowd, const struct smp_crowd *fit)
{
    const size_t n = crowd->answers.n_items;
    int32_t *winner = malloc(n * sizeof *winner);
    double right = 0;

    assert_non_null(winner);
    smp_crowd_winners(fit, winner);
    for (size_t i = 0; i < n; i++)
        right += winner[i] == (int32_t)crowd->truth[i];
    free(winner);
    return right / (double)n;
}

static void test_trust_finds_the_careful_and_beats_the_majority(void **state)
{
    (void)state;
    struct crowd crowd;
    struct smp_trusted people[8];
    double trust[8];

    make_crowd(3000, 3, 1, &crowd);
    CHECK_OK(smp_trust(&crowd.answers, people));
    for (size_t p = 0; p < 8; p++) {
        trust[p] = people[p].trust;
        assert_true(people[p].n > 900 && people[p].n < 1400);
        if (p > 1) assert_true(people[p].trust < people[p - 2].trust);
    }
    /* Who answers by chance is not listened to. */
    assert_true(trust[7] < 0.1 * trust[0]);
    assert_true(right_of_votes(&crowd, trust) > right_of_votes(&crowd, NULL) + 0.05);
    crowd_free(&crowd);
}

/* -- Dawid & Skene ------------------------------------------------------------------------------------ */

/* Dawid & Skene (1979), table 1: 45 patients; observer 1 three times, then observers 2 to 5. */
static const char *const PATIENTS[45] = {
    "1111111", "3334334", "1122122", "2223121", "2223222", "2223322", "1222111", "3333433",
    "2222223", "2322223", "4444444", "2223343", "1111111", "2223212", "1211111", "1112111",
    "1111111", "1111111", "2222221", "2221322", "2222222", "2222221", "2223222", "2212222",
    "1111111", "1111111", "2322222", "1111111", "1111111", "1121121", "1111111", "3333233",
    "1111111", "2222222", "2223232", "4334343", "2212232", "2323233", "3333432", "1111111",
    "1111111", "1212111", "2322222", "1211111", "2222222"};

struct patients {
    uint32_t item[315], person[315], answer[315];
    struct smp_answers answers;
};

static void read_patients(struct patients *t)
{
    const uint32_t observer[7] = {0, 0, 0, 1, 2, 3, 4};
    size_t n = 0;

    for (uint32_t i = 0; i < 45; i++) {
        for (int j = 0; j < 7; j++, n++) {
            t->item[n] = i;
            t->person[n] = observer[j];
            t->answer[n] = (uint32_t)(PATIENTS[i][j] - '1');
        }
    }
    t->answers = (struct smp_answers){t->item, t->person, t->answer, 315, 45, 5, 4};
}

static void test_the_anaesthetists_have_the_papers_error_rates(void **state)
{
    (void)state;
    const double prevalence[4] = {0.40, 0.42, 0.11, 0.07};
    const double first[16] = {.89, .11, 0, 0, .07, .88, .05, 0, 0, .34, .66, 0, 0, 0, .56, .44};
    struct patients t;
    struct smp_crowd fit;

    read_patients(&t);
    CHECK_OK(smp_crowd_fit(
        &(struct smp_crowd_in){.answers = t.answers, .tolerance = 1e-10, .rounds = 5000},
        &fit));
    assert_true(fit.converged);
    for (int c = 0; c < 4; c++)
        CHECK_NEAR(fit.prior[c], prevalence[c], 5e-3);
    for (int i = 0; i < 16; i++)
        CHECK_NEAR(fit.confusion[i], first[i], 6e-3);
    /* From an independent program, run for 3,000 rounds. */
    CHECK_NEAR(fit.log_likelihood, -192.89088, 1e-4);
    CHECK_NEAR(fit.posterior[1 * 4 + 3], 1, 1e-3); /* patient 2 is a 4, against the majority */
    smp_crowd_free(&fit);
}

static void test_the_likelihood_never_falls(void **state)
{
    (void)state;
    struct patients t;
    struct smp_crowd fit;
    double before = -1e9;

    read_patients(&t);
    for (size_t rounds = 1; rounds < 30; rounds++) {
        CHECK_OK(smp_crowd_fit(
            &(struct smp_crowd_in){.answers = t.answers, .rounds = rounds, .tolerance = 1e-300},
            &fit));
        assert_true(fit.log_likelihood >= before - 1e-9);
        assert_int_equal(fit.rounds, rounds);
        before = fit.log_likelihood;
        smp_crowd_free(&fit);
    }
}

/* People who confuse particular classes, known to us and not to the fit. */
static void make_biased(uint64_t seed, double *confusion, struct crowd *crowd)
{
    enum { PEOPLE = 12, K = 3 };
    const double prior[K] = {0.5, 0.3, 0.2};
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 77);
    for (size_t row = 0; row < PEOPLE * K; row++) {
        const size_t c = row % K;
        const double right = 0.55 + 0.4 * smp_rng_unit(&rng), part = smp_rng_unit(&rng);
        confusion[row * K + c] = right;
        confusion[row * K + (c + 1) % K] = (1 - right) * part;
        confusion[row * K + (c + 2) % K] = (1 - right) * (1 - part);
    }
    crowd_make(&(struct crowd_plan){.n_items = 1500,
                                    .n_people = PEOPLE,
                                    .n_classes = K,
                                    .overlap = 5,
                                    .prior = prior,
                                    .confusion = confusion,
                                    .seed = seed},
               crowd);
}

static void test_confusion_is_recovered_within_the_stated_error(void **state)
{
    (void)state;
    enum { CELLS = 12 * 9, CROWDS = 8 };
    double confusion[CELLS], far = 0;
    struct crowd crowd;
    struct smp_crowd fit;
    int within = 0, within_one = 0;

    for (uint64_t seed = 1; seed <= CROWDS; seed++) {
        make_biased(seed, confusion, &crowd);
        CHECK_OK(smp_crowd_fit(
            &(struct smp_crowd_in){.answers = crowd.answers, .smoothing = 1, .n_threads = 2},
            &fit));
        for (size_t i = 0; i < CELLS; i++) {
            const double off = fabs(fit.confusion[i] - confusion[i]) / fit.error[i];
            within += off <= 2;
            within_one += off <= 1;
            far = off > far ? off : far;
            assert_true(fit.error[i] > 0 && fit.error[i] < 0.1);
        }
        assert_true(right_of_crowd(&crowd, &fit) > right_of_votes(&crowd, NULL));
        smp_crowd_free(&fit);
        crowd_free(&crowd);
    }
    print_message("within one error %.3f, within two %.3f, farthest %.1f\n",
                  (double)within_one / (CROWDS * CELLS), (double)within / (CROWDS * CELLS),
                  far);
    assert_true(within >= 0.90 * CROWDS * CELLS);
    assert_true(within_one >= 0.60 * CROWDS * CELLS && within_one <= 0.80 * CROWDS * CELLS);
}

static void test_dawid_skene_beats_trust_which_beats_the_majority(void **state)
{
    (void)state;
    struct crowd crowd;
    struct smp_crowd fit;
    struct smp_trusted people[8];
    double trust[8];

    make_crowd(4000, 3, 2, &crowd);
    CHECK_OK(smp_trust(&crowd.answers, people));
    for (size_t p = 0; p < 8; p++)
        trust[p] = people[p].trust;
    CHECK_OK(
        smp_crowd_fit(&(struct smp_crowd_in){.answers = crowd.answers, .smoothing = 1}, &fit));
    const double majority = right_of_votes(&crowd, NULL);
    const double trusted = right_of_votes(&crowd, trust);
    const double fitted = right_of_crowd(&crowd, &fit);
    print_message("majority %.3f, trust %.3f, Dawid & Skene %.3f\n", majority, trusted, fitted);
    assert_true(trusted > majority + 0.05 && fitted > trusted - 0.005);
    for (size_t p = 0; p < 8; p++)
        CHECK_NEAR(fit.accuracy[p], RIGHT[p], 0.06);
    smp_crowd_free(&fit);
    crowd_free(&crowd);
}

static void test_order_of_answers_and_threads_change_no_bit_of_a_crowd(void **state)
{
    (void)state;
    struct crowd crowd;
    struct smp_crowd a, b;

    make_crowd(3000, 3, 3, &crowd);
    CHECK_OK(
        smp_crowd_fit(&(struct smp_crowd_in){.answers = crowd.answers, .smoothing = 1}, &a));
    uint32_t *at[3] = {(uint32_t *)crowd.answers.item, (uint32_t *)crowd.answers.person,
                       (uint32_t *)crowd.answers.answer};
    for (size_t i = 0, j = crowd.answers.n - 1; i < j; i++, j--) {
        for (int k = 0; k < 3; k++) {
            const uint32_t kept = at[k][i];
            at[k][i] = at[k][j];
            at[k][j] = kept;
        }
    }
    CHECK_OK(smp_crowd_fit(
        &(struct smp_crowd_in){.answers = crowd.answers, .smoothing = 1, .n_threads = 4}, &b));
    assert_int_equal(a.rounds, b.rounds);
    assert_memory_equal(a.posterior, b.posterior, 3000 * 4 * sizeof(double));
    assert_memory_equal(a.confusion, b.confusion, 8 * 16 * sizeof(double));
    assert_memory_equal(a.error, b.error, 8 * 16 * sizeof(double));
    smp_crowd_free(&a);
    smp_crowd_free(&b);
    crowd_free(&crowd);
}

static void test_gold_fixes_the_truth_and_what_nobody_answered_has_the_prior(void **state)
{
    (void)state;
    const uint32_t item[4] = {0, 0, 1, 1}, person[4] = {0, 1, 0, 1}, answer[4] = {0, 0, 0, 1};
    const int32_t known[3] = {1, -1, -1};
    struct smp_crowd_in in = {
        .answers = {item, person, answer, 4, 3, 2, 2},
          .known = known, .smoothing = 1
    };
    struct smp_crowd fit;

    CHECK_OK(smp_crowd_fit(&in, &fit));
    CHECK_NEAR(fit.posterior[0], 0, 0);
    CHECK_NEAR(fit.posterior[1], 1, 0);
    CHECK_NEAR(fit.posterior[2 * 2], fit.prior[0], 0);
    CHECK_NEAR(fit.prior[0] + fit.prior[1], 1, 1e-12);
    smp_crowd_free(&fit);
    in.known = (const int32_t[]){2, -1, -1};
    CHECK_FAILS(smp_crowd_fit(&in, &fit), SMP_INVALID, "item 0 is known to be class 2");
    in.answers.n_classes = 60000;
    CHECK_FAILS(smp_crowd_fit(&in, &fit), SMP_INVALID, "weighted by trust");
    in.answers.n = 0;
    CHECK_FAILS(smp_crowd_fit(&in, &fit), SMP_INVALID, "no answer");
}

/* -- shapes and spans -------------------------------------------------------------------------------- */

enum { SHAPES = 7 };

static void all_ious(const struct smp_box *boxes, size_t n, double *iou)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            iou[i * n + j] = smp_box_iou(&boxes[i], &boxes[j]);
}

/* Three people: a cat all saw, a dog two saw, something only the last one saw. */
static const struct smp_box BOXES[SHAPES] = {
    {10,  10, 20, 20, 0},
    {100, 50, 10, 30, 0},
    {12,  10, 20, 20, 0},
    {101, 50, 10, 30, 0},
    {11,  13, 20, 20, 0},
    {300, 10, 5,  5,  0},
    {103, 52, 10, 30, 0}
};
static const uint32_t WHO[SHAPES] = {0, 0, 1, 1, 2, 2, 2};
static const uint32_t WHAT[SHAPES] = {4, 7, 4, 7, 4, 7, 9};

static void test_boxes_are_matched_averaged_and_kept_by_quorum(void **state)
{
    (void)state;
    double iou[SHAPES * SHAPES];
    struct smp_agreed agreed[SHAPES];
    int32_t member[SHAPES];
    struct smp_box mean;
    size_t n;

    all_ious(BOXES, SHAPES, iou);
    struct smp_shapes_in in = {.iou = iou,
                               .person = WHO,
                               .class_id = WHAT,
                               .n = SHAPES,
                               .n_people = 3,
                               .threshold = 0.5,
                               .quorum = 0.5};
    CHECK_OK(smp_shapes_consensus(&in, agreed, &n, member));
    assert_int_equal(n, 2);
    assert_int_equal(agreed[0].votes, 3);
    assert_int_equal(agreed[0].class_id, 4);
    CHECK_NEAR(agreed[0].support, 1, 1e-12);
    assert_int_equal(agreed[1].class_id, 7); /* two to one */
    assert_int_equal(agreed[1].n_tied, 1);
    assert_int_equal(agreed[1].medoid, 3);
    assert_int_equal(member[5], -1);
    assert_int_equal(member[6], 1);
    smp_box_mean(BOXES, member, SHAPES, 0, NULL, &mean);
    CHECK_NEAR(mean.x, 11, 1e-12);
    CHECK_NEAR(mean.y, 11, 1e-12);
    CHECK_NEAR(mean.w, 20, 1e-12);
    /* One trusted person is enough when nobody else is. */
    in.trust = (const double[]){1, 1, 9};
    CHECK_OK(smp_shapes_consensus(&in, agreed, &n, member));
    assert_int_equal(n, 3);
    assert_int_equal(agreed[1].class_id, 9);
    /* A fourth and a fifth person who saw nothing count against the dog. */
    in.trust = NULL;
    in.n_people = 6;
    CHECK_OK(smp_shapes_consensus(&in, agreed, &n, member));
    assert_int_equal(n, 0);
}

static void test_permuting_people_and_shapes_keeps_the_agreed_boxes(void **state)
{
    (void)state;
    const size_t order[SHAPES] = {6, 2, 0, 5, 3, 1, 4};
    const uint32_t renamed[3] = {2, 0, 1};
    struct smp_box boxes[SHAPES], mean[2];
    uint32_t who[SHAPES], what[SHAPES];
    double iou[SHAPES * SHAPES];
    struct smp_agreed agreed[SHAPES];
    int32_t member[SHAPES];
    size_t n;

    for (size_t i = 0; i < SHAPES; i++) {
        boxes[i] = BOXES[order[i]];
        who[i] = renamed[WHO[order[i]]];
        what[i] = WHAT[order[i]];
    }
    all_ious(boxes, SHAPES, iou);
    CHECK_OK(
        smp_shapes_consensus(&(struct smp_shapes_in){iou, who, what, SHAPES, 3, NULL, 0.5, 0.5},
                             agreed, &n, member));
    assert_int_equal(n, 2);
    for (int32_t g = 0; g < 2; g++)
        smp_box_mean(boxes, member, SHAPES, g, NULL, &mean[g]);
    const int cat = agreed[0].class_id == 4 ? 0 : 1;
    CHECK_NEAR(mean[cat].x, 11, 1e-12);
    CHECK_NEAR(mean[!cat].x, (100 + 101 + 103) / 3.0, 1e-12);
}

/* 4 x 2 at 10 degrees and 2 x 4 at 110 are read as 4 x 2 at 10 and at 20. */
static void test_turned_boxes_are_averaged_the_way_they_lie(void **state)
{
    (void)state;
    const struct smp_box boxes[2] = {
        {0, 0,  4, 2, 10 },
        {1, -1, 2, 4, 110}
    };
    const int32_t member[2] = {0, 0};
    struct smp_box mean;

    smp_box_mean(boxes, member, 2, 0, NULL, &mean);
    CHECK_NEAR(mean.angle, 15, 1e-9);
    CHECK_NEAR(mean.w, 4, 1e-9);
    CHECK_NEAR(mean.h, 2, 1e-9);
    CHECK_NEAR(mean.x, 0, 1e-9);
    CHECK_NEAR(mean.y, 0, 1e-9);
}

static void test_characters_are_in_when_most_marked_them(void **state)
{
    (void)state;
    const struct smp_span spans[] = {
        {0,  10, 1},
        {2,  12, 1},
        {4,  8,  1},
        {20, 24, 2},
        {20, 24, 1},
        {6,  9,  1}
    };
    const uint32_t person[] = {0, 1, 2, 0, 1, 2};
    struct smp_span agreed[6];
    double support[6];
    size_t n;

    CHECK_OK(smp_spans_consensus(
        &(struct smp_spans_in){
            .spans = spans, .person = person, .n = 6, .n_people = 3, .quorum = 0.5},
        agreed, &n, support));
    assert_int_equal(n, 1);
    assert_int_equal(agreed[0].start, 2);
    assert_int_equal(agreed[0].end, 10);
    CHECK_NEAR(support[0], 2.0 / 3, 1e-12);
}

static void test_two_names_beside_each_other_stay_two(void **state)
{
    (void)state;
    const struct smp_span spans[] = {
        {0, 4, 1},
        {4, 9, 1},
        {0, 4, 1},
        {4, 9, 1},
        {0, 9, 1}
    };
    const uint32_t person[] = {0, 0, 1, 1, 2};
    struct smp_span agreed[5];
    size_t n;

    CHECK_OK(smp_spans_consensus(
        &(struct smp_spans_in){
            .spans = spans, .person = person, .n = 5, .n_people = 3, .quorum = 0.5},
        agreed, &n, NULL));
    assert_int_equal(n, 2);
    assert_int_equal(agreed[0].end, 4);
    assert_int_equal(agreed[1].start, 4);
    CHECK_FAILS(
        smp_spans_consensus(
            &(struct smp_spans_in){
                .spans = &(struct smp_span){3, 3, 1},
                   .person = person, .n = 1, .n_people = 1
    },
            agreed, &n, NULL),
        SMP_INVALID, "starts at 3 and ends at 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tie_is_said_and_the_lowest_class_named),
        cmocka_unit_test(test_trust_finds_the_careful_and_beats_the_majority),
        cmocka_unit_test(test_the_anaesthetists_have_the_papers_error_rates),
        cmocka_unit_test(test_the_likelihood_never_falls),
        cmocka_unit_test(test_confusion_is_recovered_within_the_stated_error),
        cmocka_unit_test(test_dawid_skene_beats_trust_which_beats_the_majority),
        cmocka_unit_test(test_order_of_answers_and_threads_change_no_bit_of_a_crowd),
        cmocka_unit_test(test_gold_fixes_the_truth_and_what_nobody_answered_has_the_prior),
        cmocka_unit_test(test_boxes_are_matched_averaged_and_kept_by_quorum),
        cmocka_unit_test(test_permuting_people_and_shapes_keeps_the_agreed_boxes),
        cmocka_unit_test(test_turned_boxes_are_averaged_the_way_they_lie),
        cmocka_unit_test(test_characters_are_in_when_most_marked_them),
        cmocka_unit_test(test_two_names_beside_each_other_stay_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
