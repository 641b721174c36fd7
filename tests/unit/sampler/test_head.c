#include "check_smp.h"
#include "made.h"

#include "sampler/head.h"
#include "sampler/head_loss.h"
#include "sampler/lbfgs.h"
#include "sampler/metrics.h"

enum { N = 300, D = 8, K = 4 };

static float z[N * D];
static int32_t y[N];
static size_t row[N];

static int make_data(void **state)
{
    (void)state;
    made_blobs(&(struct made_blobs){.n = N, .d = D, .n_classes = K, .spread = 0.4f, .seed = 1},
               z, y);
    for (size_t i = 0; i < N; i++)
        row[i] = i;
    return 0;
}

static struct smp_head_in single(void)
{
    return (struct smp_head_in){
        .z = z,
        .n = N,
        .d = D,
        .n_threads = 1,
        .labels = {.row = row, .y = y, .n = N, .n_classes = K}
    };
}

/* Central differences of the loss against its gradient, in every direction. */
static void check_gradient(struct smp_loss *loss)
{
    const size_t n = loss->k * loss->d + loss->k;
    double at[K * (D + 1)], g[K * (D + 1)], unused[K * (D + 1)];
    struct smp_rng rng;

    CHECK_OK(smp_loss_begin(loss));
    smp_rng_seed(&rng, 9, 9);
    for (size_t i = 0; i < n; i++)
        at[i] = 0.3 * smp_rng_normal(&rng);
    smp_loss_value(loss, at, g);
    for (size_t i = 0; i < n; i++) {
        /* The loss is a sum of f32 logarithms: a step much smaller would measure their rounding. */
        const double step = 1e-2, kept = at[i];
        double up, down;
        at[i] = kept + step;
        up = smp_loss_value(loss, at, unused);
        at[i] = kept - step;
        down = smp_loss_value(loss, at, unused);
        at[i] = kept;
        CHECK_NEAR((up - down) / (2 * step), g[i], 0.02 + 2e-3 * fabs(g[i]));
    }
    smp_loss_end(loss);
}

static void test_the_gradient_of_softmax_agrees_with_finite_differences(void **state)
{
    (void)state;
    const float weight[K] = {0.5f, 1, 2, 3};
    uint32_t target[N];
    struct smp_loss loss = {.x = z,
                            .n = N,
                            .d = D,
                            .k = K,
                            .link = SMP_SOFTMAX,
                            .target = target,
                            .weight = weight,
                            .c = 0.1,
                            .n_threads = 2};

    for (size_t i = 0; i < N; i++)
        target[i] = (uint32_t)y[i];
    check_gradient(&loss);
}

static void test_the_gradient_of_several_answers_agrees_with_finite_differences(void **state)
{
    (void)state;
    const float weight[2 * K] = {1, 1, 1, 1, 0.5f, 1, 2, 3};
    uint8_t target[N * K];
    struct smp_loss loss = {.x = z,
                            .n = N,
                            .d = D,
                            .k = K,
                            .link = SMP_SIGMOID,
                            .target_nk = target,
                            .weight = weight,
                            .c = 1,
                            .n_threads = 2};

    for (size_t i = 0; i < N * K; i++)
        target[i] = (uint8_t)(i % 7 == 0 || y[i / K] == (int)(i % K));
    check_gradient(&loss);
}

static double valley(void *ctx, const double *x, double *g)
{
    (void)ctx;
    /* (x0 - 3)^2 + 100 (x1 + 1)^2 */
    g[0] = 2 * (x[0] - 3);
    g[1] = 200 * (x[1] + 1);
    return (x[0] - 3) * (x[0] - 3) + 100 * (x[1] + 1) * (x[1] + 1);
}

static void test_lbfgs_finds_the_bottom_of_a_narrow_valley(void **state)
{
    (void)state;
    const struct smp_function f = {2, valley, NULL};
    double x[2] = {0, 0};

    CHECK_OK(smp_lbfgs(&f, &(struct smp_lbfgs_rule){100, 1e-6}, x));
    CHECK_NEAR(x[0], 3, 1e-5);
    CHECK_NEAR(x[1], -1, 1e-5);
}

static void test_it_learns_blobs_and_rows_sum_to_one(void **state)
{
    (void)state;
    const struct smp_head_in in = single();
    struct smp_head *h;
    float p[N * K];
    int32_t guess[N];

    CHECK_OK(smp_head_fit(&in, &h));
    assert_true(smp_head_is_trained(h));
    CHECK_OK(smp_head_predict(h, z, N, 2, p));
    smp_argmax(p, N, K, guess);
    assert_true(smp_accuracy(guess, y, N) > 0.8);
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(p[i * K] + p[i * K + 1] + p[i * K + 2] + p[i * K + 3], 1, 1e-5);
    smp_head_free(h);
}

static void test_balancing_lets_nine_and_one_weigh_alike(void **state)
{
    (void)state;
    /* One number, 0 for everybody: only the bias can speak, and balanced classes leave it at 1/2. */
    const float flat[10] = {0};
    const int32_t answers[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct smp_head_in in = {
        .z = flat,
        .n = 10,
        .d = 1,
        .labels = {.row = row, .y = answers, .n = 10, .n_classes = 2}
    };
    struct smp_head *h;
    float p[2];

    CHECK_OK(smp_head_fit(&in, &h));
    CHECK_OK(smp_head_predict(h, flat, 1, 1, p));
    CHECK_NEAR(p[0], 0.5, 1e-3);
    smp_head_free(h);
}

static void test_a_class_without_labels_has_probability_zero(void **state)
{
    (void)state;
    const size_t rows[3] = {0, 1, 2};
    const int32_t answers[3] = {0, 2, 2};
    struct smp_head_in in = single();
    struct smp_head *h;
    float p[K];

    in.labels = (struct smp_labels){.row = rows, .y = answers, .n = 3, .n_classes = K};
    CHECK_OK(smp_head_fit(&in, &h));
    CHECK_OK(smp_head_predict(h, z, 1, 1, p));
    CHECK_NEAR(p[1], 0, 0);
    CHECK_NEAR(p[3], 0, 0);
    CHECK_NEAR(p[0] + p[2], 1, 1e-6);
    smp_head_free(h);
}

static void test_one_class_alone_is_certain_but_not_trained(void **state)
{
    (void)state;
    const size_t rows[2] = {0, 1};
    const int32_t answers[2] = {2, 2};
    struct smp_head_in in = single();
    struct smp_head *h;
    float p[K];

    in.labels = (struct smp_labels){.row = rows, .y = answers, .n = 2, .n_classes = K};
    CHECK_OK(smp_head_fit(&in, &h));
    assert_false(smp_head_is_trained(h));
    CHECK_OK(smp_head_predict(h, z, 1, 1, p));
    CHECK_NEAR(p[2], 1, 0);
    smp_head_free(h);
}

static void test_several_answers_are_learned_each_by_itself(void **state)
{
    (void)state;
    /* Class 0: first number high. Class 1: second number high. Class 2: nobody. Class 3: everybody. */
    uint8_t answers[N * K];
    struct smp_head_in in = single();
    struct smp_head *h;
    float p[N * K];
    size_t right = 0;

    for (size_t i = 0; i < N; i++) {
        answers[i * K] = z[i * D] > 0.5f;
        answers[i * K + 1] = z[i * D + 1] > 0.5f;
        answers[i * K + 2] = 0;
        answers[i * K + 3] = 1;
    }
    in.labels = (struct smp_labels){.row = row, .y_nc = answers, .n = N, .n_classes = K};
    in.c = 10;
    CHECK_OK(smp_head_fit(&in, &h));
    CHECK_OK(smp_head_predict(h, z, N, 1, p));
    for (size_t i = 0; i < N; i++) {
        right += (p[i * K] > 0.5f) == answers[i * K];
        right += (p[i * K + 1] > 0.5f) == answers[i * K + 1];
        CHECK_NEAR(p[i * K + 2], 0, 0);
        CHECK_NEAR(p[i * K + 3], (N + 1.0) / (N + 2.0), 1e-6);
    }
    assert_true(right > 2 * N * 9 / 10);
    smp_head_free(h);
}

static void test_threads_change_no_bit(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    float *x = malloc(MANY * D * sizeof *x), p[K * 2], q[K * 2];
    int32_t *answers = malloc(MANY * sizeof *answers);
    size_t *rows = malloc(MANY * sizeof *rows);
    struct smp_head_in in = {
        .z = x,
        .n = MANY,
        .d = D,
        .labels = {.row = rows, .y = answers, .n = MANY, .n_classes = K}
    };

    made_blobs(
        &(struct made_blobs){.n = MANY, .d = D, .n_classes = K, .spread = 0.4f, .seed = 2}, x,
        answers);
    for (size_t i = 0; i < MANY; i++)
        rows[i] = i;
    for (in.n_threads = 1; in.n_threads <= 3; in.n_threads++) {
        struct smp_head *h;
        CHECK_OK(smp_head_fit(&in, &h));
        CHECK_OK(smp_head_predict(h, x, 2, in.n_threads, in.n_threads == 1 ? p : q));
        if (in.n_threads > 1) assert_memory_equal(p, q, sizeof p);
        smp_head_free(h);
    }
    free(x);
    free(answers);
    free(rows);
}

static void test_the_answer_to_a_row_does_not_depend_on_its_company(void **state)
{
    (void)state;
    enum { MANY = 300, CLASSES = 20 };
    static float x[MANY * D], all[MANY * CLASSES];
    static int32_t answers[MANY];
    static size_t rows[MANY], some[MANY];
    const struct smp_head_in in = {
        .z = x,
        .n = MANY,
        .d = D,
        .labels = {.row = rows, .y = answers, .n = MANY, .n_classes = CLASSES}
    };
    struct smp_head *h;

    made_normal(x, MANY * D, 5);
    for (size_t i = 0; i < MANY; i++) {
        rows[i] = i;
        some[i] = i * 7 % MANY;
        answers[i] = (int32_t)(i % 13); /* the last classes have no label */
    }
    CHECK_OK(smp_head_fit(&in, &h));
    CHECK_OK(smp_head_predict(h, x, MANY, 2, all));
    for (size_t n = 1; n < 30; n += 7) {
        float p[30 * CLASSES];

        CHECK_OK(smp_head_predict_rows(h, x, some + n, n, 1, p)); /* apart */
        for (size_t i = 0; i < n; i++)
            assert_memory_equal(p + i * CLASSES, all + some[n + i] * CLASSES,
                                CLASSES * sizeof *p);
        CHECK_OK(smp_head_predict_rows(h, x, rows + n, n, 1, p)); /* in a row */
        assert_memory_equal(p, all + n * CLASSES, n * CLASSES * sizeof *p);
    }
    smp_head_free(h);
}

static void test_a_warm_start_ends_where_a_cold_one_does(void **state)
{
    (void)state;
    struct smp_head_in in = single();
    struct smp_head *first, *cold, *warm;
    float p[N * K], q[N * K];

    in.labels.n = 200;
    CHECK_OK(smp_head_fit(&in, &first));
    in.labels.n = N;
    CHECK_OK(smp_head_fit(&in, &cold));
    in.warm = first;
    CHECK_OK(smp_head_fit(&in, &warm));
    CHECK_OK(smp_head_predict(cold, z, N, 1, p));
    CHECK_OK(smp_head_predict(warm, z, N, 1, q));
    for (size_t i = 0; i < N * K; i++)
        CHECK_NEAR(p[i], q[i], 5e-3);
    smp_head_free(first);
    smp_head_free(cold);
    smp_head_free(warm);
}

static void test_a_saved_head_predicts_the_same_and_a_flipped_byte_is_refused(void **state)
{
    (void)state;
    const struct smp_head_in in = single();
    struct smp_head *h, *loaded;
    uint8_t *bytes;
    size_t n;
    float p[K], q[K];

    CHECK_OK(smp_head_fit(&in, &h));
    CHECK_OK(smp_head_save(h, &bytes, &n));
    CHECK_OK(smp_head_load(bytes, n, &loaded));
    assert_int_equal(smp_head_hash(h), smp_head_hash(loaded));
    CHECK_OK(smp_head_predict(h, z, 1, 1, p));
    CHECK_OK(smp_head_predict(loaded, z, 1, 1, q));
    assert_memory_equal(p, q, sizeof p);
    smp_head_free(loaded);
    for (size_t at = 0; at < n; at += 7) {
        bytes[at] ^= 1;
        assert_int_equal(smp_head_load(bytes, n, &loaded), SMP_CORRUPT);
        bytes[at] ^= 1;
    }
    for (size_t cut = 0; cut < n; cut += 11)
        assert_int_equal(smp_head_load(bytes, cut, &loaded), SMP_CORRUPT);
    free(bytes);
    smp_head_free(h);
}

static void test_labels_out_of_range_are_named(void **state)
{
    (void)state;
    const size_t rows[1] = {N};
    const int32_t bad[1] = {K};
    struct smp_head_in in = single();
    struct smp_head *h;

    in.labels.n = 0;
    CHECK_FAILS(smp_head_fit(&in, &h), SMP_INVALID, "at least one label");
    in.labels = (struct smp_labels){.row = rows, .y = y, .n = 1, .n_classes = K};
    CHECK_FAILS(smp_head_fit(&in, &h), SMP_INVALID, "row 300");
    in.labels = (struct smp_labels){.row = row, .y = bad, .n = 1, .n_classes = K};
    CHECK_FAILS(smp_head_fit(&in, &h), SMP_INVALID, "class 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gradient_of_softmax_agrees_with_finite_differences),
        cmocka_unit_test(test_the_gradient_of_several_answers_agrees_with_finite_differences),
        cmocka_unit_test(test_lbfgs_finds_the_bottom_of_a_narrow_valley),
        cmocka_unit_test(test_it_learns_blobs_and_rows_sum_to_one),
        cmocka_unit_test(test_balancing_lets_nine_and_one_weigh_alike),
        cmocka_unit_test(test_a_class_without_labels_has_probability_zero),
        cmocka_unit_test(test_one_class_alone_is_certain_but_not_trained),
        cmocka_unit_test(test_several_answers_are_learned_each_by_itself),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_the_answer_to_a_row_does_not_depend_on_its_company),
        cmocka_unit_test(test_a_warm_start_ends_where_a_cold_one_does),
        cmocka_unit_test(test_a_saved_head_predicts_the_same_and_a_flipped_byte_is_refused),
        cmocka_unit_test(test_labels_out_of_range_are_named),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
