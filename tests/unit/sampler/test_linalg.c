#include "check_smp.h"
#include "made.h"

#include "sampler/gemm.h"
#include "sampler/linalg.h"
#include "sampler/simd.h"
#include "sampler/sparse.h"

static void check_shape(struct smp_gemm_shape s)
{
    float *a = malloc((s.m * s.k + 1) * sizeof *a), *b = malloc((s.n * s.k + 1) * sizeof *b);
    float *fast = malloc((s.m * s.n + 1) * sizeof *fast),
          *slow = malloc((s.m * s.n + 1) * sizeof *slow);
    float *shared = malloc((s.m * s.n + 1) * sizeof *shared);

    made_normal(a, s.m * s.k, 1);
    made_normal(b, s.n * s.k, 2);
    smp_gemm(s, a, b, fast);
    smp_gemm_naive(s, a, b, slow);
    for (size_t i = 0; i < s.m * s.n; i++)
        CHECK_NEAR(fast[i], slow[i], 1e-5 * (1 + (double)s.k));
    smp_gemm_threads(1, s, a, b, fast);
    for (unsigned threads = 2; threads <= 3; threads++) {
        smp_gemm_threads(threads, s, a, b, shared);
        assert_memory_equal(fast, shared, s.m * s.n * sizeof *fast);
    }
    free(a);
    free(b);
    free(fast);
    free(slow);
    free(shared);
}

static void test_fast_products_equal_the_naive_ones_for_any_shape(void **state)
{
    (void)state;
    static const size_t SIZES[][3] = {
        {1,   1,  1 },
        {2,   3,  4 },
        {17,  5,  33},
        {300, 7,  12},
        {64,  64, 64},
        {513, 31, 9 },
        {3,   2,  0 }
    };

    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++)
        for (int kind = SMP_NN; kind <= SMP_TN; kind++)
            check_shape((struct smp_gemm_shape){(enum smp_gemm_kind)kind, SIZES[i][0],
                                                SIZES[i][1], SIZES[i][2]});
}

static void test_the_steady_product_is_right_and_the_same_in_any_company(void **state)
{
    (void)state;
    enum { M = 11, WIDE = 70, K = 75 };
    static float a[M * K], b[WIDE * K], all[M * WIDE], naive[M * WIDE], alone[WIDE],
        packed[2 * 64 * K];

    made_normal(a, M * K, 1);
    made_normal(b, WIDE * K, 2);
    assert_int_equal(smp_packed_floats(WIDE, K), 2 * 64 * K);
    smp_pack(b, WIDE, K, packed);
    smp_gemm_steady(M, WIDE, K, a, packed, all);
    smp_gemm_naive((struct smp_gemm_shape){SMP_NT, M, WIDE, K}, a, b, naive);
    for (size_t i = 0; i < M; i++) {
        smp_gemm_steady(1, WIDE, K, a + i * K, packed, alone);
        assert_memory_equal(alone, all + i * WIDE, sizeof alone);
        for (size_t j = 0; j < WIDE; j++)
            CHECK_NEAR(alone[j], naive[i * WIDE + j], 1e-4);
    }
}

static void test_a_part_is_transposed_and_what_lies_around_it_stays(void **state)
{
    (void)state;
    enum { M = 37, N = 53, LD = 60 };
    static float from[M * LD], to[N * LD];

    for (size_t i = 0; i < M * LD; i++)
        from[i] = (float)(i + 1);
    smp_transpose_part(from, LD, M, N, to, LD);
    for (size_t j = 0; j < N; j++)
        for (size_t i = 0; i < LD; i++)
            assert_float_equal(to[j * LD + i], i < M ? from[i * LD + j] : 0, 0);
}

static void test_exp_is_right_to_a_few_units_in_the_last_place(void **state)
{
    (void)state;

    for (float x = 0; x > -86; x -= 0.0137f)
        CHECK_NEAR((double)smp_exp_negative(x) / exp((double)x), 1, 3e-7);
    CHECK_NEAR(smp_exp_negative(-200), 0, 1e-37);
    CHECK_NEAR(smp_exp_negative(0), 1, 0);
}

static void test_eigenvectors_rebuild_their_matrix(void **state)
{
    (void)state;
    enum { N = 20 };
    float x[N * N];
    double a[N * N], kept[N * N], w[N], v[N * N];

    made_normal(x, N * N, 3);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            a[i * N + j] = 0;
            /* rank 15: the five smallest eigenvalues are 0 */
            for (size_t l = 0; l < 15; l++)
                a[i * N + j] += (double)x[i * N + l] * (double)x[j * N + l];
        }
    memcpy(kept, a, sizeof a);
    smp_eigen_psd(a, N, w, v);
    for (size_t i = 0; i < N; i++) {
        if (i) assert_true(w[i] <= w[i - 1]);
        for (size_t j = 0; j < N; j++) {
            double dot = 0, rebuilt = 0;
            for (size_t l = 0; l < N; l++) {
                dot += v[i * N + l] * v[j * N + l];
                rebuilt += w[l] * v[l * N + i] * v[l * N + j];
            }
            CHECK_NEAR(dot, i == j, 1e-9);
            CHECK_NEAR(rebuilt, kept[i * N + j], 1e-8);
        }
    }
    CHECK_NEAR(w[15], 0, 1e-9);
    assert_true(w[14] > 1e-3);
}

struct dense {
    const float *x;
    size_t rows, cols;
};

static void dense_apply(const void *ctx, const float *q, size_t k, float *y)
{
    const struct dense *d = ctx;
    smp_gemm((struct smp_gemm_shape){SMP_NN, d->rows, k, d->cols}, d->x, q, y);
}

static void dense_apply_t(const void *ctx, const float *y, size_t k, float *q)
{
    const struct dense *d = ctx;
    smp_gemm((struct smp_gemm_shape){SMP_TN, d->cols, k, d->rows}, d->x, y, q);
}

static void dense_apply_both(const void *ctx, const float *y, size_t k, float *to)
{
    const struct dense *d = ctx;
    float *q = malloc(d->cols * k * sizeof *q);

    dense_apply_t(ctx, y, k, q);
    dense_apply(ctx, q, k, to);
    free(q);
}

static void check_svd(const struct smp_operator *a, float *x)
{
    enum { RANK = 5 };
    static const double S[RANK] = {50, 20, 10, 5, 1};
    float *u = malloc(RANK * a->rows * sizeof *u);
    float *v = malloc(RANK * a->cols * sizeof *v);
    float work[RANK * 32];
    const struct smp_svd_plan plan = {.k = 8, .rounds = 4, .seed = 1, .n_threads = 2};
    struct smp_svd svd;

    made_normal(u, RANK * a->rows, 5);
    made_normal(v, RANK * a->cols, 6);
    smp_orthonormalise(u, RANK, a->rows, 1, work);
    smp_orthonormalise(v, RANK, a->cols, 1, work);
    for (size_t l = 0; l < RANK; l++)
        for (size_t i = 0; i < a->rows; i++)
            for (size_t j = 0; j < a->cols; j++)
                x[i * a->cols + j] += (float)S[l] * u[l * a->rows + i] * v[l * a->cols + j];
    CHECK_OK(smp_svd(a, &plan, &svd));
    assert_int_equal(svd.k, RANK);
    for (size_t l = 0; l < RANK; l++) {
        double along = 0;
        for (size_t j = 0; j < a->cols; j++)
            along += (double)(svd.v[l * a->cols + j] * v[l * a->cols + j]);
        CHECK_NEAR(svd.s[l], S[l], 1e-3 * S[l]);
        CHECK_NEAR(fabs(along), 1, 1e-4);
    }
    smp_svd_free(&svd);
    free(u);
    free(v);
}

static void test_svd_finds_the_singular_values_of_a_known_matrix(void **state)
{
    (void)state;
    enum { LONG = 90, SHORT = 60 };
    static const struct {
        size_t rows, cols;
        void (*both)(const void *ctx, const float *y, size_t k, float *to);
    } CASES[] = {
        {LONG,  SHORT, NULL            },
        {SHORT, LONG,  NULL            },
        {SHORT, LONG,  dense_apply_both},
        {LONG,  SHORT, dense_apply_both}
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        float *x = calloc(LONG * SHORT, sizeof *x);
        const struct dense d = {x, CASES[i].rows, CASES[i].cols};
        const struct smp_operator a = {.rows = CASES[i].rows,
                                       .cols = CASES[i].cols,
                                       .apply = dense_apply,
                                       .apply_t = dense_apply_t,
                                       .apply_both = CASES[i].both,
                                       .ctx = &d};

        check_svd(&a, x);
        free(x);
    }
}

static void test_a_dependent_row_becomes_zero(void **state)
{
    (void)state;
    float q[3 * 4] = {1, 1, 0, 0, 2, 2, 0, 0, 0, 1, 1, 0}, work[3 * 32];

    smp_orthonormalise(q, 3, 4, 1, work);
    CHECK_NEAR(q[0] * q[0] + q[1] * q[1], 1, 1e-6);
    for (size_t j = 4; j < 8; j++)
        CHECK_NEAR(q[j], 0, 0);
    CHECK_NEAR(q[8] * q[0] + q[9] * q[1], 0, 1e-6);
    CHECK_NEAR(q[8] * q[8] + q[9] * q[9] + q[10] * q[10], 1, 1e-6);
}

static void test_a_sparse_matrix_multiplies_as_its_dense_twin(void **state)
{
    (void)state;
    /* 0 2 0 / 1 0 3 / 0 0 0 / 4 0 0 */
    static const size_t START[5] = {0, 1, 3, 3, 4};
    static const uint32_t COLUMN[4] = {1, 0, 2, 0};
    static const float VALUE[4] = {2, 1, 3, 4}, Q[3 * 2] = {1, 2, 3, 4, 5, 6};
    static const float WANTED[4 * 2] = {6, 8, 16, 20, 0, 0, 4, 8};
    struct smp_sparse m = {.rows = 4, .cols = 3, .n_threads = 2};
    struct smp_operator a;
    float y[8], back[6];

    CHECK_OK(smp_half_new(&m.by_row, 4, 4));
    memcpy(m.by_row.start, START, sizeof START);
    memcpy(m.by_row.column, COLUMN, sizeof COLUMN);
    memcpy(m.by_row.value, VALUE, sizeof VALUE);
    CHECK_OK(smp_sparse_finish(&m));
    a = smp_sparse_operator(&m);
    a.apply(a.ctx, Q, 2, y);
    for (int i = 0; i < 8; i++)
        CHECK_NEAR(y[i], WANTED[i], 0);
    a.apply_t(a.ctx, y, 2, back);
    CHECK_NEAR(back[0], 1 * 16 + 4 * 4, 0);
    CHECK_NEAR(back[3], 2 * 8, 0);
    CHECK_NEAR(back[5], 3 * 20, 0);
    smp_sparse_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_products_equal_the_naive_ones_for_any_shape),
        cmocka_unit_test(test_the_steady_product_is_right_and_the_same_in_any_company),
        cmocka_unit_test(test_a_part_is_transposed_and_what_lies_around_it_stays),
        cmocka_unit_test(test_exp_is_right_to_a_few_units_in_the_last_place),
        cmocka_unit_test(test_eigenvectors_rebuild_their_matrix),
        cmocka_unit_test(test_svd_finds_the_singular_values_of_a_known_matrix),
        cmocka_unit_test(test_a_dependent_row_becomes_zero),
        cmocka_unit_test(test_a_sparse_matrix_multiplies_as_its_dense_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
