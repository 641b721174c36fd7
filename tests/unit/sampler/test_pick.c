#include "check_smp.h"
#include "made.h"

#include "sampler/herd.h"
#include "sampler/metrics.h"
#include "sampler/pick.h"
#include "sampler/reason.h"
#include "sampler/threads.h"

#include <float.h>
#include <stdio.h>

enum { N = 600, D = 12, K = 8 };

static float z[N * D];
static int32_t truth[N];
static const char *const NAMES[K] = {"shoes", "hat",  "bag",   "coat",
                                     "belt",  "sock", "scarf", "tie"};

static int make_data(void **state)
{
    (void)state;
    made_blobs(&(struct made_blobs){.n = N, .d = D, .n_classes = K, .spread = 0.22f, .seed = 4},
               z, truth);
    return 0;
}

/* What a case picks from and knows; set by pool_of() and pool(), changed by the case. */
static struct smp_features features;
static struct smp_question question;

/* A pool of n rows x (n, d) that nobody has labelled. */
static struct smp_pick_in pool_of(const float *x, size_t n, size_t d)
{
    features = (struct smp_features){.n = n, .n_parts = 1, .part = {x}, .d = {d}};
    question = (struct smp_question){0};
    return (struct smp_pick_in){
        .features = &features, .question = &question, .n_questions = 1, .n_threads = 2};
}

static struct smp_pick_in pool(void)
{
    struct smp_pick_in in = pool_of(z, N, D);

    question = (struct smp_question){.labels = {.n_classes = K}, .class_names = NAMES};
    in.strategy = SMP_AUTO;
    in.batch = 10;
    in.seed = 5;
    in.n_threads = 1;
    return in;
}

/* A linear head on the latent; a temperature above 1 makes it surer. */
static struct smp_model *model_of(struct smp_labels labels, float temperature)
{
    const struct smp_recipe recipe = {
        .n_members = 1, .member = {{0, SMP_MEMBER_LINEAR, 1}}, .temperature = temperature};
    const struct smp_features f = {.n = N, .n_parts = 1, .part = {z}, .d = {D}};
    const struct smp_model_in in = {.features = &f, .labels = labels};
    struct smp_model *model;

    CHECK_OK(smp_model_fit(&in, &recipe, &model));
    return model;
}

/* Labels by the truth, and the model that learned from them. */
struct labelled {
    size_t row[N];
    int32_t y[N];
    size_t n;
    struct smp_model *model;
};

static struct smp_labels labels_of(const struct labelled *l)
{
    return (struct smp_labels){.row = l->row, .y = l->y, .n = l->n, .n_classes = K};
}

static void label(struct labelled *l, const struct smp_pick *picks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        l->row[l->n] = picks[i].row;
        l->y[l->n++] = truth[picks[i].row];
    }
    smp_model_free(l->model);
    l->model = model_of(labels_of(l), 1);
}

static void use_labels(const struct labelled *l)
{
    question.labels = labels_of(l);
    question.model = l->model;
}

static void label_first(struct labelled *l, size_t n)
{
    struct smp_pick picks[N];

    for (size_t i = 0; i < n; i++)
        picks[i].row = i;
    label(l, picks, n);
}

/* -- herding by hand -------------------------------------------------------------------------- */

/* z (n,2) <- points at these angles; herding looks at directions, so the lengths differ on purpose. */
static void on_a_circle(float *at, const float *angle, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        at[2 * i] = (float)(i + 1) * cosf(angle[i]);
        at[2 * i + 1] = (float)(i + 1) * sinf(angle[i]);
    }
}

static void test_herding_takes_the_centre_of_the_larger_group_first(void **state)
{
    (void)state;
    /* Two groups of directions: five around row 2, three around row 6. */
    const float angle[8] = {-0.02f, -0.01f, 0, 0.01f, 0.02f, 1.99f, 2, 2.01f};
    static float circle[16];
    struct smp_pick_in in = pool_of(circle, 8, 2);
    struct smp_pick picks[8];
    size_t n;

    on_a_circle(circle, angle, 8);
    in.strategy = SMP_MAXHERD;
    in.batch = 8;
    CHECK_OK(smp_pick(&in, picks, &n));
    assert_int_equal(n, 8);
    assert_int_equal(picks[0].row, 2);
    assert_int_equal(picks[1].row, 6);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(picks[i].rank, i + 1);
        assert_int_equal(picks[i].pool_size, 8 - i);
        CHECK_NEAR(picks[i].propensity, 1, 0);
        assert_int_equal(picks[i].guess, -1);
        if (i) assert_true(picks[i].score <= picks[i - 1].score);
    }
}

static void test_gains_are_those_of_the_definition(void **state)
{
    (void)state;
    enum { M = 40, DIM = 3 };
    struct smp_herd h;
    float by[2 * DIM];
    const float h2 = 2.5f;

    CHECK_OK(smp_herd_new(&h, M, DIM, 2));
    made_normal(h.x, M * DIM, 8);
    made_normal(by, 2 * DIM, 9);
    for (size_t j = 0; j < M; j++)
        h.weight[j] = 1.0f / (float)(j + 1);
    struct smp_bandwidth unused;
    CHECK_OK(smp_herd_measure(&h, M, &unused));
    CHECK_OK(smp_herd_cover(&h, by, 2, h2));
    CHECK_OK(smp_herd_start(&h, h2));
    for (size_t i = 0; i < M; i++) {
        double gain = 0;
        for (size_t j = 0; j < M; j++) {
            double d2 = 0, cover = 0;
            for (size_t c = 0; c < DIM; c++)
                d2 += pow((double)h.x[i * DIM + c] - (double)h.x[j * DIM + c], 2);
            for (size_t b = 0; b < 2; b++) {
                double near = 0;
                for (size_t c = 0; c < DIM; c++)
                    near += pow((double)by[b * DIM + c] - (double)h.x[j * DIM + c], 2);
                cover = fmax(cover, exp(-near / (double)h2));
            }
            gain += fmax(exp(-d2 / (double)h2) - cover, 0) / (double)(j + 1);
        }
        CHECK_NEAR(h.gain[i], gain, 1e-4);
    }
    smp_herd_free(&h);
}

static void test_the_lazy_queue_gives_what_a_full_search_would(void **state)
{
    (void)state;
    enum { M = 150, DIM = 2 };
    struct smp_herd h;
    bool taken[M] = {false};
    struct smp_bandwidth b;

    CHECK_OK(smp_herd_new(&h, M, DIM, 1));
    made_normal(h.x, M * DIM, 10);
    CHECK_OK(smp_herd_measure(&h, M, &b));
    assert_true(b.small > 0 && b.small <= b.large);
    CHECK_OK(smp_herd_start(&h, b.large));
    for (int round = 0; round < 20; round++) {
        const size_t lazy = smp_herd_best(&h);
        double best = -1;
        for (size_t i = 0; i < M; i++) {
            double gain = 0;
            for (size_t j = 0; j < M && !taken[i]; j++)
                gain += fmax((double)h.kernel[i * M + j] - (double)h.cover[j], 0);
            best = fmax(best, gain);
        }
        CHECK_NEAR(h.gain[lazy], best, 1e-4);
        taken[lazy] = true;
        smp_herd_take(&h, lazy);
    }
    smp_herd_free(&h);
}

static void test_the_least_distance_is_found_whatever_block_it_is_in(void **state)
{
    (void)state;
    enum { M = 200 };
    float x[M * 2], least;

    for (size_t i = 0; i < M; i++) {
        x[2 * i] = (float)i * 10;
        x[2 * i + 1] = 0;
    }
    x[2 * 190] = 31; /* 1 away from row 3 */
    CHECK_OK(smp_least_distance2(x, M, 2, 2, &least));
    CHECK_NEAR(least, 1, 1e-2);
    CHECK_OK(smp_least_distance2(x, 1, 2, 1, &least));
    assert_true(least == FLT_MAX);
}

/* -- what may be picked ----------------------------------------------------------------------- */

static void test_labelled_pending_and_banned_rows_never_come_and_none_comes_twice(void **state)
{
    (void)state;
    static const size_t PENDING[3] = {20, 21, 22}, BANNED[3] = {30, 31, 5};
    static struct smp_pick picks[N + 5];
    struct labelled l = {0};
    int seen[N] = {0};
    size_t n;

    label_first(&l, 20);
    for (int s = SMP_AUTO; s < SMP_STRATEGY_COUNT; s++) {
        struct smp_pick_in in = pool();
        use_labels(&l);
        in.strategy = (enum smp_strategy)s;
        in.explore = 0.3;
        in.batch = N + 5;
        in.pending = PENDING;
        in.n_pending = 3;
        in.banned = BANNED;
        in.n_banned = 3;
        memset(seen, 0, sizeof seen);
        CHECK_OK(smp_pick(&in, picks, &n));
        assert_int_equal(n, N - 20 - 3 - 2); /* row 5 is labelled already */
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(seen[picks[i].row]++, 0);
            assert_true(picks[i].row >= 23 && picks[i].row != 30 && picks[i].row != 31);
            assert_true(picks[i].propensity > 0 && picks[i].propensity <= 1);
            assert_true(picks[i].reason[0] != 0);
        }
    }
    smp_model_free(l.model);
}

static void test_pending_rows_cover_but_banned_rows_do_not(void **state)
{
    (void)state;
    const float angle[6] = {0, 0.05f, 0.1f, 1.5f, 1.55f, 0.025f};
    static float circle[12];
    static const size_t ROW[1] = {5};
    struct smp_pick_in in = pool_of(circle, 6, 2);
    struct smp_pick pick;
    size_t n;

    on_a_circle(circle, angle, 6);
    in.strategy = SMP_MAXHERD;
    in.batch = 1;
    in.banned = ROW;
    in.n_banned = 1;
    CHECK_OK(smp_pick(&in, &pick, &n));
    assert_true(angle[pick.row] < 1); /* the larger group */
    in.n_banned = 0;
    in.pending = ROW;
    in.n_pending = 1;
    CHECK_OK(smp_pick(&in, &pick, &n));
    assert_true(angle[pick.row] > 1); /* somebody sees to that group already */
}

static void test_tiny_pools_are_picked_clean(void **state)
{
    (void)state;
    struct smp_pick picks[5];
    size_t n;

    for (size_t size = 0; size <= 3; size++) {
        for (int s = SMP_AUTO; s < SMP_STRATEGY_COUNT; s++) {
            if (smp_strategy_needs_model((enum smp_strategy)s)) continue;
            struct smp_pick_in in = pool_of(z, size, D);
            in.batch = 5;
            in.strategy = (enum smp_strategy)s;
            CHECK_OK(smp_pick(&in, picks, &n));
            assert_int_equal(n, size);
        }
    }
}

static void test_equal_latents_are_picked_by_lowest_row_without_end(void **state)
{
    (void)state;
    static float same[50 * D];
    static struct smp_pick picks[50];
    struct smp_pick_in in = pool_of(same, 50, D);
    size_t n;

    in.batch = 50;
    in.strategy = SMP_MAXHERD;
    for (int value = 0; value < 2; value++) {
        for (size_t i = 0; i < 50 * D; i++)
            same[i] = 3.7f * (float)value;
        CHECK_OK(smp_pick(&in, picks, &n));
        assert_int_equal(n, 50);
        for (size_t i = 0; i < 50; i++)
            assert_int_equal(picks[i].row, i);
        CHECK_NEAR(picks[0].score, 1, 1e-3); /* one speaks for all */
        CHECK_NEAR(picks[1].score, 0, 1e-3);
    }
}

static void test_exact_duplicates_wait_until_all_else_is_covered(void **state)
{
    (void)state;
    static float twice[100 * D];
    static struct smp_pick picks[50];
    struct smp_pick_in in = pool_of(twice, 100, D);
    int seen[50] = {0};
    size_t n;

    made_normal(twice, 50 * D, 77);
    memcpy(twice + 50 * D, twice, 50 * D * sizeof *twice);
    in.batch = 50;
    in.strategy = SMP_MAXHERD;
    CHECK_OK(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen[picks[i].row % 50]++, 0);
}

static void
test_a_pool_beyond_the_candidates_is_sampled_and_a_batch_may_outlast_it(void **state)
{
    (void)state;
    enum { MANY = SMP_CANDIDATES_MAX + 300 };
    float *x = calloc((size_t)MANY * 2, sizeof *x);
    struct smp_pick *picks = malloc(MANY * sizeof *picks);
    struct smp_pick_in in = pool_of(x, MANY, 2);
    size_t n, at_random = 0;

    made_normal(x, MANY * 2, 12);
    in.batch = MANY;
    in.strategy = SMP_MAXHERD;
    in.seed = 3;
    CHECK_OK(smp_pick(&in, picks, &n));
    assert_int_equal(n, MANY);
    for (size_t i = 0; i < n; i++)
        at_random += picks[i].strategy == SMP_RANDOM;
    assert_int_equal(at_random, 300);
    assert_int_equal(picks[n - 1].strategy, SMP_RANDOM);
    CHECK_NEAR(picks[n - 2].propensity, 0.5, 1e-12);
    free(x);
    free(picks);
}

/* -- sameness --------------------------------------------------------------------------------- */

static void test_threads_change_no_bit_of_a_pick(void **state)
{
    (void)state;
    struct labelled l = {0};
    struct smp_pick one[30], other[30];
    struct smp_pick_in in = pool();
    size_t n;

    label_first(&l, 60);
    use_labels(&l);
    in.explore = 0.2;
    in.batch = 30;
    for (unsigned threads = 2; threads <= 3; threads++) {
        for (int s = SMP_AUTO; s < SMP_STRATEGY_COUNT; s++) {
            in.strategy = (enum smp_strategy)s;
            in.n_threads = 1;
            CHECK_OK(smp_pick(&in, one, &n));
            in.n_threads = threads;
            CHECK_OK(smp_pick(&in, other, &n));
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(one[i].row, other[i].row);
                assert_memory_equal(&one[i].score, &other[i].score, sizeof one[i].score);
                assert_memory_equal(&one[i].guess_p, &other[i].guess_p, sizeof one[i].guess_p);
                assert_string_equal(one[i].reason, other[i].reason);
            }
        }
    }
    smp_model_free(l.model);
}

static void test_a_permutation_of_the_items_permutes_the_picks(void **state)
{
    (void)state;
    static float shuffled[N * D];
    struct labelled l = {0};
    struct smp_pick straight[20], turned[20];
    struct smp_pick_in in = pool();
    size_t order[N], where[N], moved[N], n;
    struct smp_rng rng;

    label_first(&l, 40);
    for (size_t i = 0; i < N; i++)
        order[i] = i;
    smp_rng_seed(&rng, 6, 6);
    smp_rng_shuffle(&rng, order, N);
    for (size_t i = 0; i < N; i++) {
        memcpy(shuffled + i * D, z + order[i] * D, D * sizeof *z);
        where[order[i]] = i;
    }
    for (size_t i = 0; i < l.n; i++)
        moved[i] = where[l.row[i]];
    in.batch = 20;
    for (int s = SMP_MAXHERD; s < SMP_STRATEGY_COUNT; s++) {
        use_labels(&l);
        in.strategy = (enum smp_strategy)s;
        features.part[0] = z;
        CHECK_OK(smp_pick(&in, straight, &n));
        features.part[0] = shuffled;
        question.labels.row = moved;
        CHECK_OK(smp_pick(&in, turned, &n));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(turned[i].row, where[straight[i].row]);
    }
    smp_model_free(l.model);
}

static void test_another_seed_draws_other_random_picks(void **state)
{
    (void)state;
    struct smp_pick_in in = pool();
    struct smp_pick a[10], b[10];
    size_t n, same = 0;

    in.strategy = SMP_RANDOM;
    CHECK_OK(smp_pick(&in, a, &n));
    in.seed++;
    CHECK_OK(smp_pick(&in, b, &n));
    for (size_t i = 0; i < 10; i++)
        same += a[i].row == b[i].row;
    assert_true(same < 3);
}

/* -- the others by hand ----------------------------------------------------------------------- */

/* What the model is unsure about, largest first. */
static float doubt_of(const struct labelled *l, size_t row)
{
    const struct smp_features one = {.n = 1, .n_parts = 1, .part = {z + row * D}, .d = {D}};
    float p[K];
    float first = 0, second = 0;

    CHECK_OK(smp_model_predict(l->model, &one, 1, p));
    for (size_t c = 0; c < K; c++) {
        if (p[c] > first) {
            second = first;
            first = p[c];
        } else if (p[c] > second) {
            second = p[c];
        }
    }
    return 1 - (first - second);
}

static void test_margin_takes_the_least_certain_of_the_whole_pool_in_order(void **state)
{
    (void)state;
    struct labelled l = {0};
    struct smp_pick picks[12];
    struct smp_pick_in in = pool();
    size_t n, less_certain = 0;

    label_first(&l, 50);
    use_labels(&l);
    in.strategy = SMP_MARGIN;
    in.batch = 12;
    CHECK_OK(smp_pick(&in, picks, &n));
    assert_int_equal(n, 12);
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(picks[i].score, doubt_of(&l, picks[i].row), 1e-5);
        if (i) assert_true(picks[i].score <= picks[i - 1].score);
    }
    for (size_t row = 50; row < N; row++)
        less_certain += (double)doubt_of(&l, row) > picks[n - 1].score + 1e-6;
    assert_int_equal(less_certain, 11);
    smp_model_free(l.model);
}

static void test_margherd_picks_among_the_least_certain_ten_times_the_batch(void **state)
{
    (void)state;
    struct labelled l = {0};
    struct smp_pick picks[8];
    struct smp_pick_in in = pool();
    size_t n;

    label_first(&l, 50);
    use_labels(&l);
    in.strategy = SMP_MARGHERD;
    in.batch = 8;
    CHECK_OK(smp_pick(&in, picks, &n));
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++) {
        const float mine = doubt_of(&l, picks[i].row);
        size_t less_certain = 0;
        for (size_t row = 50; row < N; row++)
            less_certain += doubt_of(&l, row) > mine;
        assert_in_range(less_certain, 0, 79);
        assert_int_equal(picks[i].strategy, SMP_MARGHERD);
    }
    smp_model_free(l.model);
}

static void test_k_center_starts_in_the_middle_and_goes_farthest_first(void **state)
{
    (void)state;
    const float line[6] = {0, 1, 4, 5, 6.5f, 20};
    static const size_t LABELLED[1] = {5};
    struct smp_pick_in in = pool_of(line, 6, 1);
    static const size_t FREE_ORDER[4] = {4, 5, 0, 2}, BESIDE_20[4] = {0, 4, 2, 1};
    struct smp_pick picks[4];
    size_t n;

    in.strategy = SMP_KCENTER;
    in.batch = 4;
    CHECK_OK(smp_pick(&in, picks, &n)); /* the mean is 6.1 */
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(picks[i].row, FREE_ORDER[i]);
    in.pending = LABELLED;
    in.n_pending = 1;
    CHECK_OK(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(picks[i].row, BESIDE_20[i]);
}

static void test_typiclust_takes_the_middle_of_the_largest_group_without_a_label(void **state)
{
    (void)state;
    /* Seven around 0, six around 100, five around 200; the middles are rows 3, 9 and 15. */
    const float line[18] = {-3,  -2,  -1,  0,   1,   2,   3,   98,  99,
                            100, 101, 102, 103, 198, 199, 200, 201, 202};
    static const size_t LABELLED[1] = {0};
    struct smp_pick_in in = pool_of(line, 18, 1);
    struct smp_pick picks[2];
    bool found[3] = {false};
    size_t n;

    in.strategy = SMP_TYPICLUST;
    in.batch = 2;
    in.pending = LABELLED;
    in.n_pending = 1;
    for (in.seed = 1; in.seed < 20; in.seed++) {
        CHECK_OK(smp_pick(&in, picks, &n));
        assert_int_equal(n, 2);
        assert_true(picks[0].row != picks[1].row);
        /* k-means may start with two centres in one group; where it finds the three, these come */
        if (picks[0].row < 7 || picks[1].row < 13) continue;
        found[0] |= line[picks[0].row] >= 98 && line[picks[0].row] <= 103;
        found[1] |= picks[0].row == 9 || picks[0].row == 10;
        found[2] |= picks[1].row == 15;
    }
    assert_true(found[0] && found[1] && found[2]);
}

static void test_badge_takes_the_longest_gradient_first_and_no_duplicate(void **state)
{
    (void)state;
    static float twice[2 * N * D];
    struct labelled l = {0};
    struct smp_pick picks[30];
    struct smp_pick_in in = pool();
    int seen[N] = {0};
    size_t n;

    label_first(&l, 50);
    memcpy(twice, z, sizeof z);
    memcpy(twice + N * D, z, sizeof z);
    use_labels(&l);
    features.part[0] = twice;
    features.n = 2 * N;
    in.strategy = SMP_BADGE;
    in.batch = 30;
    CHECK_OK(smp_pick(&in, picks, &n));
    assert_int_equal(n, 30);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(seen[picks[i].row % N]++, 0);
        assert_true(picks[i].score <= picks[0].score);
    }
    smp_model_free(l.model);
}

/* -- exploration and propensity --------------------------------------------------------------- */

static void test_exploration_waits_until_every_class_has_two_labels(void **state)
{
    (void)state;
    static const size_t ROWS[4] = {0, 1, 2, 3};
    static const int32_t ONE_SHORT[4] = {0, 0, 1, 0}, ENOUGH[4] = {0, 0, 1, 1};
    struct smp_pick picks[100];
    struct smp_pick_in in = pool();
    size_t n, at_random = 0;

    in.explore = 0.5;
    in.batch = 100;
    in.strategy = SMP_MAXHERD;
    question.labels = (struct smp_labels){.row = ROWS, .y = ONE_SHORT, .n = 4, .n_classes = 2};
    CHECK_OK(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(picks[i].strategy, SMP_MAXHERD);
    question.labels.y = ENOUGH;
    CHECK_OK(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < n; i++)
        at_random += picks[i].strategy == SMP_RANDOM;
    assert_in_range(at_random, 35, 65); /* mean 50, standard deviation 5 */
}

static void test_propensities_are_those_of_the_rule(void **state)
{
    (void)state;
    struct labelled l = {0};
    struct smp_pick picks[40];
    struct smp_pick_in in = pool();
    const double e = 0.25;
    size_t n;

    label_first(&l, 100);
    use_labels(&l);
    in.explore = e;
    in.batch = 40;
    CHECK_OK(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < n; i++) {
        const double free_rows = (double)(N - 100 - i);
        const double chance = e / free_rows;
        assert_int_equal(picks[i].pool_size, N - 100 - i);
        if (picks[i].strategy == SMP_UHERD)
            CHECK_NEAR(picks[i].propensity, 1 - e + chance, 1e-12);
        else
            assert_true(fabs(picks[i].propensity - chance) < 1e-12 ||
                        fabs(picks[i].propensity - (1 - e + chance)) < 1e-12);
    }
    in.strategy = SMP_RANDOM;
    CHECK_OK(smp_pick(&in, picks, &n));
    CHECK_NEAR(picks[3].propensity, 1.0 / (N - 103), 1e-12);
    smp_model_free(l.model);
}

/* -- is it any good --------------------------------------------------------------------------- */

static double accuracy_after(enum smp_strategy strategy, size_t n_labels, uint64_t seed)
{
    struct labelled l = {0};
    struct smp_pick picks[10];
    static float p[N * K];
    static int32_t guess[N];
    size_t n;

    while (l.n < n_labels) {
        struct smp_pick_in in = pool();
        use_labels(&l);
        in.strategy = strategy;
        in.batch = 5;
        in.seed = seed * 100 + l.n;
        CHECK_OK(smp_pick(&in, picks, &n));
        label(&l, picks, n);
    }
    pool();
    CHECK_OK(smp_model_predict(l.model, &features, 1, p));
    smp_argmax(p, N, K, guess);
    smp_model_free(l.model);
    return smp_accuracy(guess, truth, N);
}

static void test_auto_beats_random_by_a_clear_margin_on_unequal_blobs(void **state)
{
    (void)state;
    double chosen = 0, chance = 0;

    for (uint64_t seed = 1; seed <= 5; seed++) {
        chosen += accuracy_after(SMP_AUTO, 20, seed) / 5;
        chance += accuracy_after(SMP_RANDOM, 20, seed) / 5;
    }
    print_message("20 labels, 8 blobs: auto %.3f, random %.3f\n", chosen, chance);
    assert_true(chosen > 0.9);
    assert_true(chosen > chance + 0.05);
}

/* The mean uncertainty of what is not labelled. */
static double mean_doubt(const struct smp_model *model, const struct smp_features *f,
                         size_t n_labels)
{
    float *p = malloc(f->n * K * sizeof *p);
    double mean = 0;

    CHECK_OK(smp_model_predict(model, f, 1, p));
    for (size_t row = n_labels; row < f->n; row++) {
        float first = 0, second = 0;

        for (size_t c = 0; c < K; c++) {
            const float x = p[row * K + c];
            second = fmaxf(second, fminf(first, x));
            first = fmaxf(first, x);
        }
        mean += (double)(1 - (first - second)) / (double)(f->n - n_labels);
    }
    free(p);
    return mean;
}

static void test_auto_looks_beyond_its_candidates_by_three_pieces_of_evidence(void **state)
{
    (void)state;
    enum { MANY = SMP_CANDIDATES_MAX + 200 };
    static const struct {
        size_t rows, labels; /* eighty labels are ten a class */
        float temperature;
        enum smp_strategy chosen;
    } CASE[4] = {
        {MANY,                     100, 8,    SMP_MARGHERD},
        {MANY,                     100, 0.1f, SMP_UHERD   }, /* not sure */
        {MANY,                     79,  8,    SMP_UHERD   }, /* too few labels */
        {SMP_CANDIDATES_MAX + 100, 100, 8,    SMP_UHERD   }  /* herding sees all that is free */
    };
    float *x = malloc(MANY * D * sizeof *x);
    int32_t *y = malloc(MANY * sizeof *y);
    size_t rows[100];

    made_blobs(
        &(struct made_blobs){.n = MANY, .d = D, .n_classes = K, .spread = 0.22f, .seed = 4}, x,
        y);
    for (size_t i = 0; i < 100; i++)
        rows[i] = i;
    for (int c = 0; c < 4; c++) {
        struct smp_pick_in in = pool_of(x, CASE[c].rows, D);
        const struct smp_recipe recipe = {.n_members = 1,
                                          .member = {{0, SMP_MEMBER_LINEAR, 1}},
                                          .temperature = CASE[c].temperature};
        struct smp_model_in fit = {.features = &features};
        struct smp_model *model;
        struct smp_pick picks[5];
        double mean;
        size_t n;

        question.labels =
            (struct smp_labels){.row = rows, .y = y, .n = CASE[c].labels, .n_classes = K};
        fit.labels = question.labels;
        CHECK_OK(smp_model_fit(&fit, &recipe, &model));
        mean = mean_doubt(model, &features, CASE[c].labels);
        assert_true(CASE[c].temperature > 1 ? mean < 0.45 : mean > 0.55);
        question.model = model;
        in.batch = 5;
        CHECK_OK(smp_pick(&in, picks, &n));
        assert_int_equal(picks[0].strategy, CASE[c].chosen);
        smp_model_free(model);
    }
    free(x);
    free(y);
}

static void test_several_answers_are_picked_by_mean_uncertainty(void **state)
{
    (void)state;
    static uint8_t answers[100 * 2];
    static size_t rows[100];
    struct smp_pick_in in = pool();
    struct smp_pick picks[10];
    struct smp_model *model;
    static const char *const TWO[2] = {"indoors", "people"};
    size_t n;

    for (size_t i = 0; i < 100; i++) {
        rows[i] = i;
        answers[2 * i] = truth[i] < 3;
        answers[2 * i + 1] = truth[i] % 2 == 0;
    }
    question = (struct smp_question){
        .labels = {.row = rows, .y_nc = answers, .n = 100, .n_classes = 2},
          .class_names = TWO
    };
    model = model_of(question.labels, 1);
    question.model = model;
    CHECK_OK(smp_pick(&in, picks, &n));
    assert_int_equal(n, 10);
    assert_int_equal(picks[0].strategy, SMP_UHERD);
    assert_non_null(strstr(picks[0].reason, "The model is unsure about "));
    smp_model_free(model);
}

/* Labels of every item's kind, answered as `of` tells; rows are shared by the questions. */
static void answer_first(size_t *rows, int32_t *y, size_t n, int32_t of)
{
    for (size_t i = 0; i < n; i++) {
        rows[i] = i;
        y[i] = truth[i] % of;
    }
}

static void test_of_several_questions_the_mean_uncertainty_decides(void **state)
{
    (void)state;
    static size_t rows[60];
    static int32_t kind[60], odd[60];
    static const char *const TWO[2] = {"even", "odd"};
    struct smp_pick_in in = pool();
    struct smp_question both[2] = {{.class_names = NAMES}, {.class_names = TWO}};
    struct smp_model *model[2];
    struct smp_pick picks[8];
    static float p[N * K], q[N * 2];
    size_t n, by_the_second = 0;

    answer_first(rows, kind, 60, K);
    answer_first(rows, odd, 60, 2);
    both[0].labels = (struct smp_labels){.row = rows, .y = kind, .n = 60, .n_classes = K};
    both[1].labels = (struct smp_labels){.row = rows, .y = odd, .n = 60, .n_classes = 2};
    for (int i = 0; i < 2; i++)
        both[i].model = model[i] = model_of(both[i].labels, 1);
    in.question = both;
    in.n_questions = 2;
    in.strategy = SMP_MARGIN;
    in.batch = 8;
    CHECK_OK(smp_pick(&in, picks, &n));
    CHECK_OK(smp_model_predict(model[0], &features, 1, p));
    CHECK_OK(smp_model_predict(model[1], &features, 1, q));
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++) {
        const size_t row = picks[i].row;
        float best = 0, second = 0;

        for (size_t c = 0; c < K; c++) {
            const float x = p[row * K + c];
            if (x > second) second = x;
            if (x > best) {
                second = best;
                best = x;
            }
        }
        const float other = 1 - fabsf(q[row * 2] - q[row * 2 + 1]);
        CHECK_NEAR(picks[i].score, (1 - (best - second) + other) / 2, 1e-5);
        CHECK_NEAR(picks[i].guess_p, best, 0);
        by_the_second += strstr(picks[i].reason, "odd (") != NULL;
        if (other > 1 - (best - second)) assert_non_null(strstr(picks[i].reason, "odd ("));
    }
    assert_in_range(by_the_second, 1, 8);
    for (int i = 0; i < 2; i++)
        smp_model_free(model[i]);
}

static void test_a_question_without_a_model_yet_leaves_the_choice_to_the_others(void **state)
{
    (void)state;
    struct labelled l = {0};
    struct smp_pick_in in = pool();
    struct smp_question both[2];
    struct smp_pick alone[10], beside[10];
    size_t n;

    label_first(&l, 40);
    use_labels(&l);
    CHECK_OK(smp_pick(&in, alone, &n));
    both[0] = question;
    both[1] = (struct smp_question){.labels = {.n_classes = 2}};
    in.question = both;
    in.n_questions = 2;
    CHECK_OK(smp_pick(&in, beside, &n));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(alone[i].row, beside[i].row);
    smp_model_free(l.model);
}

/* -- words and errors ------------------------------------------------------------------------- */

static void test_reasons_are_sentences(void **state)
{
    (void)state;
    const float p[3] = {0.41f, 0.38f, 0.21f}, sure[3] = {0.05f, 0.9f, 0.05f};
    struct smp_why why = {.chosen_by = SMP_UHERD,
                          .configured = SMP_AUTO,
                          .n_alike = 1235,
                          .p = p,
                          .n_classes = 3,
                          .class_names = NAMES};
    char out[SMP_REASON_MAX];

    smp_reason(&why, out);
    assert_string_equal(
        out,
        "The model wavers between shoes (41 %) and hat (38 %), and about 1200 similar items would learn from it.");
    why.p = sure;
    why.n_alike = 2;
    smp_reason(&why, out);
    assert_string_equal(out,
                        "The model says hat (90 %), and one similar item would learn from it.");
    why.class_names = NULL;
    why.n_alike = 1;
    smp_reason(&why, out);
    assert_string_equal(out, "The model says class 2 (90 %).");
    why.chosen_by = SMP_MAXHERD;
    why.n_alike = 313;
    smp_reason(&why, out);
    assert_string_equal(
        out, "Typical of about 310 items around it that look like nothing labelled yet.");
    why.chosen_by = SMP_RANDOM;
    smp_reason(&why, out);
    assert_string_equal(out, "Chosen at random, to keep the accuracy estimate honest.");
    why.configured = SMP_RANDOM;
    smp_reason(&why, out);
    assert_string_equal(out, "Chosen at random, as this project asks.");
}

static void test_a_long_class_name_is_cut_between_characters(void **state)
{
    (void)state;
    /* 59 letters, then a character of two bytes that would straddle the cut */
    static const char *const LONG[1] = {
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaéé"};
    const float p[1] = {1};
    const struct smp_why why = {.chosen_by = SMP_UHERD,
                                .configured = SMP_UHERD,
                                .n_alike = 1,
                                .p = p,
                                .n_classes = 1,
                                .class_names = LONG};
    char out[SMP_REASON_MAX];

    smp_reason(&why, out);
    assert_non_null(strstr(out, "aaaa… (100 %)"));
    assert_null(strstr(out, "é"));
}

static void test_bad_input_is_named(void **state)
{
    (void)state;
    static const size_t OUTSIDE[1] = {N};
    static float broken[4 * D];
    struct smp_pick picks[10];
    struct smp_pick_in in = pool();
    size_t n;

    in.strategy = SMP_UHERD;
    CHECK_FAILS(smp_pick(&in, picks, &n), SMP_INVALID, "needs a model");
    in = pool();
    in.explore = 1.5;
    CHECK_FAILS(smp_pick(&in, picks, &n), SMP_INVALID, "between 0 and 1");
    in = pool();
    in.banned = OUTSIDE;
    in.n_banned = 1;
    CHECK_FAILS(smp_pick(&in, picks, &n), SMP_INVALID, "banned row 600");
    in = pool();
    broken[2 * D + 1] = NAN;
    features.part[0] = broken;
    features.n = 4;
    CHECK_FAILS(smp_pick(&in, picks, &n), SMP_INVALID, "row 2 holds nan");
    assert_int_equal(n, 0);
}

static bool refuse(void *ctx, double done, const char *what)
{
    (void)done;
    (void)what;
    return --*(int *)ctx > 0;
}

static void test_a_pick_can_be_stopped(void **state)
{
    (void)state;
    int calls = 2;
    const struct smp_progress progress = {refuse, &calls};
    struct smp_pick_in in = pool();
    struct smp_pick picks[10];
    size_t n;

    in.progress = &progress;
    CHECK_FAILS(smp_pick(&in, picks, &n), SMP_CANCELLED, "stopped while");
}

static void test_strategies_have_names(void **state)
{
    (void)state;
    enum smp_strategy s;

    for (int i = 0; i < SMP_STRATEGY_COUNT; i++) {
        assert_true(smp_strategy_parse(smp_strategy_name((enum smp_strategy)i), &s));
        assert_int_equal(s, i);
    }
    assert_false(smp_strategy_parse("entropy", &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_herding_takes_the_centre_of_the_larger_group_first),
        cmocka_unit_test(test_gains_are_those_of_the_definition),
        cmocka_unit_test(test_the_lazy_queue_gives_what_a_full_search_would),
        cmocka_unit_test(test_the_least_distance_is_found_whatever_block_it_is_in),
        cmocka_unit_test(test_labelled_pending_and_banned_rows_never_come_and_none_comes_twice),
        cmocka_unit_test(test_pending_rows_cover_but_banned_rows_do_not),
        cmocka_unit_test(test_tiny_pools_are_picked_clean),
        cmocka_unit_test(test_equal_latents_are_picked_by_lowest_row_without_end),
        cmocka_unit_test(test_exact_duplicates_wait_until_all_else_is_covered),
        cmocka_unit_test(
            test_a_pool_beyond_the_candidates_is_sampled_and_a_batch_may_outlast_it),
        cmocka_unit_test(test_threads_change_no_bit_of_a_pick),
        cmocka_unit_test(test_a_permutation_of_the_items_permutes_the_picks),
        cmocka_unit_test(test_margin_takes_the_least_certain_of_the_whole_pool_in_order),
        cmocka_unit_test(test_margherd_picks_among_the_least_certain_ten_times_the_batch),
        cmocka_unit_test(test_k_center_starts_in_the_middle_and_goes_farthest_first),
        cmocka_unit_test(test_typiclust_takes_the_middle_of_the_largest_group_without_a_label),
        cmocka_unit_test(test_badge_takes_the_longest_gradient_first_and_no_duplicate),
        cmocka_unit_test(test_another_seed_draws_other_random_picks),
        cmocka_unit_test(test_exploration_waits_until_every_class_has_two_labels),
        cmocka_unit_test(test_propensities_are_those_of_the_rule),
        cmocka_unit_test(test_auto_beats_random_by_a_clear_margin_on_unequal_blobs),
        cmocka_unit_test(test_auto_looks_beyond_its_candidates_by_three_pieces_of_evidence),
        cmocka_unit_test(test_several_answers_are_picked_by_mean_uncertainty),
        cmocka_unit_test(test_of_several_questions_the_mean_uncertainty_decides),
        cmocka_unit_test(test_a_question_without_a_model_yet_leaves_the_choice_to_the_others),
        cmocka_unit_test(test_reasons_are_sentences),
        cmocka_unit_test(test_a_long_class_name_is_cut_between_characters),
        cmocka_unit_test(test_bad_input_is_named),
        cmocka_unit_test(test_a_pick_can_be_stopped),
        cmocka_unit_test(test_strategies_have_names),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
