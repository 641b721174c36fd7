#include "check_smp.h"
#include "made.h"

#include "sampler/honest.h"
#include "sampler/pick.h"
#include "sampler/rng.h"

enum { N = 900, D = 8, K = 6 };

/* A pool and labels for some of it. */
struct world {
    float z[N * D];
    int32_t truth[N];
    size_t row[N];
    int32_t y[N];
    uint8_t drawn[N];
    size_t n;
    struct smp_features features;
};

static struct world *world_new(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    made_blobs(
        &(struct made_blobs){.n = N, .d = D, .n_classes = K, .spread = 0.6f, .seed = seed},
        w->z, w->truth);
    w->features = (struct smp_features){.n = N, .n_parts = 1, .part = {w->z}, .d = {D}};
    return w;
}

/* Labels n more of the rows order[from..], of classes from `least` on; the last are the rarest. */
static void label(struct world *w, const size_t *order, size_t from, size_t n, int32_t least,
                  uint8_t drawn)
{
    for (size_t i = from; i < N && n; i++) {
        if (w->truth[order[i]] < least) continue;
        w->row[w->n] = order[i];
        w->y[w->n] = w->truth[order[i]];
        w->drawn[w->n++] = drawn;
        n--;
    }
    assert_int_equal(n, 0);
}

static void shuffled(size_t *order, uint64_t seed)
{
    struct smp_rng rng;

    for (size_t i = 0; i < N; i++)
        order[i] = i;
    smp_rng_seed(&rng, seed, 1);
    smp_rng_shuffle(&rng, order, N);
}

static struct smp_honest judge(const struct world *w, unsigned threads)
{
    const struct smp_honest_in in = {
        .features = &w->features,
        .labels = {.row = w->row, .y = w->y, .n = w->n, .n_classes = K},
        .drawn = w->drawn,
        .seed = 3,
        .n_threads = threads
    };
    struct smp_honest h;

    CHECK_OK(smp_honest(&in, &h));
    return h;
}

static void test_too_few_labels_tell_nothing(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    size_t order[N];
    struct smp_honest h;

    shuffled(order, 1);
    label(w, order, 0, 19, 0, 1);
    label(w, order, 300, 200, 0, 0);
    h = judge(w, 1);
    assert_int_equal(h.n_drawn, 19);
    assert_int_equal(h.n_taught, 0);
    assert_false(h.losing);
    w->n = 0;
    label(w, order, 0, 60, 0, 1);
    label(w, order, 300, 29, 0, 0);
    assert_int_equal(judge(w, 1).n_taught, 0); /* thirty would be compared */
    free(w);
}

static void test_picks_that_see_two_classes_of_six_are_losing(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    size_t order[N];
    struct smp_honest h;

    shuffled(order, 2);
    label(w, order, 0, 60, 0, 1);
    label(w, order, 300, 60, 4, 0);
    h = judge(w, 1);
    print_message("two classes of six: picked %.2f, by chance %.2f, %+.2f ± %.2f\n", h.picked,
                  h.by_chance, h.difference, h.error);
    assert_int_equal(h.n_drawn, 60);
    assert_int_equal(h.n_taught, 30);
    assert_true(h.losing);
    assert_true(h.picked < 0.25); /* they can be right about an eighth */
    CHECK_NEAR(h.difference, h.picked - h.by_chance, 1e-12);
    CHECK_NEAR(smp_honest_explore(0.1, &h), 0.5, 0);
    CHECK_NEAR(smp_honest_explore(0.7, &h), 0.7, 0);
    free(w);
}

static void test_picks_that_cover_the_pool_are_not_losing(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    const struct smp_question q = {.labels = {.n_classes = K}};
    const struct smp_pick_in in = {.features = &w->features,
                                   .question = &q,
                                   .n_questions = 1,
                                   .strategy = SMP_MAXHERD,
                                   .batch = 60};
    struct smp_pick picks[60];
    size_t order[N], n;
    struct smp_honest h;

    shuffled(order, 3);
    label(w, order, 0, 100, 0, 1);
    CHECK_OK(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < n; i++) {
        w->row[w->n] = picks[i].row;
        w->y[w->n] = w->truth[picks[i].row];
        w->drawn[w->n++] = 0;
    }
    h = judge(w, 1);
    assert_int_equal(h.n_taught, 50);
    assert_false(h.losing);
    assert_true(h.difference > -0.03);
    CHECK_NEAR(smp_honest_explore(0.1, &h), 0.1, 0);
    free(w);
}

/* Where picks are no worse than chance, because they are chance, an alarm is false. */
static void test_false_alarms_are_rare(void **state)
{
    (void)state;
    enum { WORLDS = 150 };
    size_t order[N], alarms = 0;

    for (uint64_t seed = 0; seed < WORLDS; seed++) {
        struct world *w = world_new(100 + seed);

        shuffled(order, seed);
        label(w, order, 0, 20 + seed % 3 * 30, 0, 1);
        label(w, order, 300, 60, 0, 0);
        alarms += judge(w, 1).losing;
        free(w);
    }
    print_message("%zu false alarms in %d\n", alarms, WORLDS);
    assert_in_range(alarms, 0, 3);
}

static void test_the_verdict_is_the_same_on_more_threads_and_for_other_row_numbers(void **state)
{
    (void)state;
    struct world *w = world_new(4), *moved = world_new(4);
    size_t order[N], place[N];
    struct smp_honest one, two;

    shuffled(order, 4);
    shuffled(place, 5);
    label(w, order, 0, 40, 0, 1);
    label(w, order, 300, 60, 2, 0);
    one = judge(w, 1);
    two = judge(w, 2);
    assert_memory_equal(&one.difference, &two.difference, sizeof one.difference);
    assert_memory_equal(&one.error, &two.error, sizeof one.error);
    for (size_t i = 0; i < N; i++)
        memcpy(moved->z + place[i] * D, w->z + i * D, D * sizeof *w->z);
    memcpy(moved->y, w->y, sizeof w->y);
    memcpy(moved->drawn, w->drawn, sizeof w->drawn);
    moved->n = w->n;
    for (size_t i = 0; i < w->n; i++)
        moved->row[i] = place[w->row[i]];
    two = judge(moved, 1);
    assert_memory_equal(&one.difference, &two.difference, sizeof one.difference);
    free(w);
    free(moved);
}

static void test_several_answers_count_by_the_share_that_is_right(void **state)
{
    (void)state;
    struct world *w = world_new(6);
    static uint8_t answers[N * 2];
    size_t order[N];
    struct smp_honest h;
    struct smp_honest_in in = {.features = &w->features, .drawn = w->drawn, .seed = 1};

    shuffled(order, 6);
    label(w, order, 0, 60, 0, 1);
    label(w, order, 300, 40, 5, 0); /* all of one kind: no and no */
    for (size_t i = 0; i < w->n; i++) {
        answers[2 * i] = w->y[i] < 3;
        answers[2 * i + 1] = w->y[i] % 2 == 0;
    }
    in.labels = (struct smp_labels){.row = w->row, .y_nc = answers, .n = w->n, .n_classes = 2};
    CHECK_OK(smp_honest(&in, &h));
    assert_true(h.by_chance > 0.8);
    assert_true(h.picked < 0.6); /* and most answers are yes */
    assert_true(h.losing);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_few_labels_tell_nothing),
        cmocka_unit_test(test_picks_that_see_two_classes_of_six_are_losing),
        cmocka_unit_test(test_picks_that_cover_the_pool_are_not_losing),
        cmocka_unit_test(test_false_alarms_are_rare),
        cmocka_unit_test(
            test_the_verdict_is_the_same_on_more_threads_and_for_other_row_numbers),
        cmocka_unit_test(test_several_answers_count_by_the_share_that_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
