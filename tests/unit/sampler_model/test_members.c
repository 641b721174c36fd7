/* Each kind of member against what it says it is, computed plainly. */
#include "world.h"

#include "sampler/blocks/mlp.h"
#include "sampler/gemm.h"
#include "sampler/model/kernel.h"
#include "sampler/model/kinds.h"
#include "sampler/rng.h"

enum { N = 90, D = 5, K = 3 };

/* Labelled rows 0..N-1 of three clouds, and as many to ask about. */
struct clouds {
    float z[2 * N * D];
    size_t row[2 * N];
    int32_t y[2 * N];
};

static void clouds_make(struct clouds *c, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < 2 * N; i++) {
        c->row[i] = i;
        c->y[i] = (int32_t)(i % K);
        for (size_t j = 0; j < D; j++)
            c->z[i * D + j] = (float)(smp_rng_normal(&rng) + (j == i % K ? 2 : 0));
    }
}

static struct smp_member_in member_in(const struct clouds *c, enum smp_member_kind kind,
                                      size_t n)
{
    return (struct smp_member_in){
        .kind = kind,
        .z = c->z,
        .n = 2 * N,
        .d = D,
        .labels = {.row = c->row, .y = c->y, .n = n, .n_classes = K},
        .seed = 1
    };
}

static double distance(const float *a, const float *b)
{
    double sum = 0;

    for (size_t j = 0; j < D; j++)
        sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
    return sum;
}

static void test_a_mean_answers_by_distance_to_the_means(void **state)
{
    static struct clouds c;
    struct smp_member_in in;
    struct smp_fitted *f;
    float p[N * K], mean[K][D] = {{0}}, all[D] = {0};
    double variance = 0;

    (void)state;
    clouds_make(&c, 1);
    in = member_in(&c, SMP_MEMBER_MEAN, N);
    CHECK_OK(smp_fitted_new(&in, &f));
    CHECK_OK(smp_fitted_predict(f, c.z, c.row + N, N, p));
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < D; j++) {
            mean[i % K][j] += c.z[i * D + j] * (float)K / N;
            all[j] += c.z[i * D + j] / N;
        }
    }
    for (size_t i = 0; i < N; i++)
        variance += distance(c.z + i * D, all) / N;
    for (size_t i = 0; i < N; i++) {
        double e[K], sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += e[k] = exp(-distance(c.z + (N + i) * D, mean[k]) / (2 * variance / 4));
        for (size_t k = 0; k < K; k++)
            CHECK_NEAR(p[i * K + k], e[k] / sum, 1e-4);
    }
    smp_fitted_free(f);
}

static void test_one_label_of_each_class_is_enough_for_means(void **state)
{
    static struct clouds c;
    struct smp_member_in in;
    struct smp_fitted *f;
    float p[K * K];

    (void)state;
    clouds_make(&c, 1);
    in = member_in(&c, SMP_MEMBER_MEAN, K);
    CHECK_OK(smp_fitted_new(&in, &f));
    CHECK_OK(smp_fitted_predict(f, c.z, c.row, K, p));
    for (size_t k = 0; k < K; k++)
        assert_true(p[k * K + k] > 0.5f && p[k * K + k] < 1);
    smp_fitted_free(f);
}

static void test_kernels_are_those_of_the_formula(void **state)
{
    static struct clouds c;
    static float square[2 * N], k[N * N];

    (void)state;
    clouds_make(&c, 2);
    smp_squares(c.z, 2 * N, D, square);
    const struct smp_kernel kernel = {c.z, square, N, D, 0.3f};
    smp_kernel_rows(&kernel, c.z + N * D, square + N, N, k);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            CHECK_NEAR(k[i * N + j], exp(-0.3 * distance(c.z + (N + i) * D, c.z + j * D)),
                       1e-5);
}

static void test_a_cholesky_factor_gives_the_matrix_back_and_its_inverse_undoes_it(void **state)
{
    enum { M = 150 }; /* three panels, the last one short */
    static float b[M * M], a[M * M], lower[M * M], inverse[M * M], product[M * M];
    struct smp_rng rng;

    (void)state;
    smp_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < M * M; i++)
        b[i] = (float)smp_rng_normal(&rng);
    smp_gemm_naive((struct smp_gemm_shape){SMP_NT, M, M, M}, b, b, a);
    for (size_t i = 0; i < M; i++)
        a[i * M + i] += M;
    memcpy(lower, a, sizeof a);
    CHECK_OK(smp_cholesky(lower, M, 1e-6f));
    smp_gemm_naive((struct smp_gemm_shape){SMP_NT, M, M, M}, lower, lower, product);
    for (size_t i = 0; i < M * M; i++)
        CHECK_NEAR(product[i], a[i], 1e-2);
    smp_lower_inverse(lower, M, inverse);
    smp_gemm_naive((struct smp_gemm_shape){SMP_NN, M, M, M}, inverse, lower, product);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++)
            CHECK_NEAR(product[i * M + j], i == j, 1e-4);
}

/* At the minimum of sum_i w_i loss_i + a^T K a / (2 C) the derivative by the function itself is
 * nothing: the gradient K (w (p - y) + a / C) vanishes, and so does its second factor. */
static void test_an_rbf_head_is_at_the_minimum_of_its_loss(void **state)
{
    static struct clouds c;
    static float p[N * K], square[N], kernel[N * N];
    struct smp_member_in in;
    struct smp_fitted *f;
    struct smp_rbf rbf = {0};
    struct smp_head *head;
    struct smp_head_parts parts;

    (void)state;
    clouds_make(&c, 4);
    in = member_in(&c, SMP_MEMBER_RBF, N);
    CHECK_OK(smp_rbf_fit(&in, &rbf, &head));
    CHECK_OK(smp_fitted_new(&in, &f));
    CHECK_OK(smp_fitted_predict(f, c.z, c.row, N, p));
    parts = smp_head_take_apart(head);
    assert_int_equal(parts.d, N);
    smp_rbf_see(&rbf, c.z, N, square, kernel);
    for (size_t k = 0; k < K; k++) {
        for (size_t i = 0; i < N; i++) {
            double slope = 0;
            for (size_t j = 0; j < N; j++)
                slope +=
                    (double)kernel[i * N + j] * ((double)p[j * K + k] - (c.y[j] == (int32_t)k) +
                                                 (double)parts.weights[k * N + j] / 100);
            CHECK_NEAR(slope, 0, 0.05); /* against some 10 at a = 0 */
        }
    }
    smp_rbf_free(&rbf);
    smp_head_free(head);
    smp_fitted_free(f);
}

/* -- the net's losses ------------------------------------------------------------------------- */

static void fill(struct smp_mlp_trainer *t, struct smp_rng *rng)
{
    const size_t d = t->net->layer[0].in, k = t->net->layer[1].out;

    for (size_t i = 0; i < t->rows * d; i++)
        t->input[i] = (float)smp_rng_normal(rng);
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = 0; j < k; j++)
            t->target[i * k + j] = t->loss == SMP_MLP_SOFTMAX
                                       ? (float)(j == i % k)
                                       : (float)(smp_rng_unit(rng) < 0.5);
}

static void check_gradients(enum smp_mlp_loss loss)
{
    static const size_t width[] = {4, 7, 3};
    static const float weight[2 * 3] = {1, 0.5f, 2, 0.7f, 3, 1};
    static float work[40 * 7], gw[7 * 7], gb[7];
    struct smp_mlp net;
    struct smp_mlp_trainer t;
    struct smp_rng rng;

    smp_rng_seed(&rng, 5, 0);
    CHECK_OK(smp_mlp_new(&net, width, 2, 1));
    CHECK_OK(smp_mlp_trainer_new(&t, &net, 40, 1));
    t.loss = loss;
    t.weight = weight;
    fill(&t, &rng);
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < net.layer[l].in * net.layer[l].out; i++) {
            float *w = &net.layer[l].w[i];
            const float kept = *w;
            double high, low;
            *w = kept + 0.001f;
            high = smp_mlp_trainer_differentiate(&t);
            *w = kept - 0.001f;
            low = smp_mlp_trainer_differentiate(&t);
            *w = kept;
            (void)smp_mlp_trainer_differentiate(&t);
            smp_mlp_trainer_gradient(&t, l, 0, net.layer[l].out, work, gw, gb);
            CHECK_NEAR(gw[i], (high - low) / 0.002, 2e-3);
        }
    }
    smp_mlp_trainer_free(&t);
    smp_mlp_free(&net);
}

static void test_gradients_of_a_softmax_are_finite_differences(void **state)
{
    (void)state;
    check_gradients(SMP_MLP_SOFTMAX);
}

static void test_gradients_of_weighted_yes_and_no_are_finite_differences(void **state)
{
    (void)state;
    check_gradients(SMP_MLP_SIGMOID);
}

/* -- all kinds -------------------------------------------------------------------------------- */

static void test_every_kind_tells_clouds_apart_and_keeps_unseen_classes_out(void **state)
{
    static struct clouds c;
    static float p[N * (K + 1)];

    (void)state;
    clouds_make(&c, 6);
    for (int kind = 0; kind < SMP_MEMBER_KINDS; kind++) {
        struct smp_member_in in = member_in(&c, (enum smp_member_kind)kind, N);
        struct smp_fitted *f;
        size_t right = 0;
        in.labels.n_classes = K + 1; /* one that nobody has seen */
        CHECK_OK(smp_fitted_new(&in, &f));
        assert_true(smp_fitted_is_trained(f));
        assert_int_equal(smp_fitted_dim(f), D);
        assert_int_equal(smp_fitted_classes(f), K + 1);
        CHECK_OK(smp_fitted_predict(f, c.z, c.row + N, N, p));
        for (size_t i = 0; i < N; i++) {
            const float *pi = p + i * (K + 1);
            CHECK_NEAR(pi[0] + pi[1] + pi[2], 1, 1e-5);
            CHECK_NEAR(pi[K], 0, 0);
            right += pi[i % K] > 0.5f;
        }
        assert_in_range(right, N * 7 / 10, N);
        smp_fitted_free(f);
    }
}

static void test_every_kind_answers_several_questions(void **state)
{
    static struct clouds c;
    static uint8_t y_nc[N * K];
    static float p[N * K];

    (void)state;
    clouds_make(&c, 7);
    for (size_t i = 0; i < N; i++) {
        y_nc[i * K] = i % K == 0;
        y_nc[i * K + 1] = i % K != 1;
        y_nc[i * K + 2] = 1; /* always yes: no head, a constant */
    }
    for (int kind = 0; kind < SMP_MEMBER_KINDS; kind++) {
        struct smp_member_in in = member_in(&c, (enum smp_member_kind)kind, N);
        struct smp_fitted *f;
        size_t right = 0;
        in.labels.y = NULL;
        in.labels.y_nc = y_nc;
        CHECK_OK(smp_fitted_new(&in, &f));
        CHECK_OK(smp_fitted_predict(f, c.z, c.row + N, N, p));
        for (size_t i = 0; i < N; i++) {
            right += (p[i * K] > 0.5f) == (i % K == 0);
            right += (p[i * K + 1] > 0.5f) == (i % K != 1);
            CHECK_NEAR(p[i * K + 2], (N + 1.0) / (N + 2), 1e-6);
        }
        assert_in_range(right, 2 * N * 7 / 10, 2 * N);
        smp_fitted_free(f);
    }
}

static void test_a_single_class_is_no_failure(void **state)
{
    static struct clouds c;
    float p[K];

    (void)state;
    clouds_make(&c, 8);
    for (size_t i = 0; i < N; i++)
        c.y[i] = 1;
    for (int kind = 0; kind < SMP_MEMBER_KINDS; kind++) {
        const struct smp_member_in in = member_in(&c, (enum smp_member_kind)kind, 10);
        struct smp_fitted *f;
        CHECK_OK(smp_fitted_new(&in, &f));
        assert_false(smp_fitted_is_trained(f));
        CHECK_OK(smp_fitted_predict(f, c.z, c.row, 1, p));
        CHECK_NEAR(p[1], 1, 1e-6);
        smp_fitted_free(f);
    }
}

static void test_equal_items_with_unlike_labels_are_no_failure(void **state)
{
    static struct clouds c;
    float p[K];

    (void)state;
    clouds_make(&c, 9);
    for (size_t i = 0; i < N; i++)
        memcpy(c.z + i * D, c.z, D * sizeof *c.z);
    for (int kind = 0; kind < SMP_MEMBER_KINDS; kind++) {
        const struct smp_member_in in = member_in(&c, (enum smp_member_kind)kind, N);
        struct smp_fitted *f;
        CHECK_OK(smp_fitted_new(&in, &f));
        CHECK_OK(smp_fitted_predict(f, c.z, c.row, 1, p));
        for (size_t k = 0; k < K; k++)
            CHECK_NEAR(p[k], 1.0 / K, 0.1);
        smp_fitted_free(f);
    }
}

static void test_features_that_are_no_numbers_are_refused(void **state)
{
    static struct clouds c;

    (void)state;
    clouds_make(&c, 10);
    c.z[3 * D] = NAN;
    for (int kind = 0; kind < SMP_MEMBER_KINDS; kind++) {
        const struct smp_member_in in = member_in(&c, (enum smp_member_kind)kind, N);
        struct smp_fitted *f;
        CHECK_FAILS(smp_fitted_new(&in, &f), SMP_INVALID, "row 3");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mean_answers_by_distance_to_the_means),
        cmocka_unit_test(test_one_label_of_each_class_is_enough_for_means),
        cmocka_unit_test(test_kernels_are_those_of_the_formula),
        cmocka_unit_test(
            test_a_cholesky_factor_gives_the_matrix_back_and_its_inverse_undoes_it),
        cmocka_unit_test(test_an_rbf_head_is_at_the_minimum_of_its_loss),
        cmocka_unit_test(test_gradients_of_a_softmax_are_finite_differences),
        cmocka_unit_test(test_gradients_of_weighted_yes_and_no_are_finite_differences),
        cmocka_unit_test(test_every_kind_tells_clouds_apart_and_keeps_unseen_classes_out),
        cmocka_unit_test(test_every_kind_answers_several_questions),
        cmocka_unit_test(test_a_single_class_is_no_failure),
        cmocka_unit_test(test_equal_items_with_unlike_labels_are_no_failure),
        cmocka_unit_test(test_features_that_are_no_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
