#include "unit/sampler/check_smp.h"
#include "unit/sampler_kernels/naive.h"

#include "sampler/near/bound.h"
#include "sampler/near/centers.h"
#include "sampler/near/top.h"

#include <stdbool.h>

/* What the rows look like. */
enum kind { UNIFORM, CLUSTERED, FEW_VALUES, FAR_AWAY, KINDS };

static float *rows_of(enum kind kind, size_t n, size_t d, uint32_t seed)
{
    float *x = malloc(n * d * sizeof *x), *center = malloc(20 * d * sizeof *center);

    fill_numbers(x, n * d, seed);
    fill_numbers(center, 20 * d, seed + 1);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            float *at = &x[i * d + j];
            if (kind == CLUSTERED) *at = 0.05f * *at + center[i * 7 % 20 * d + j];
            if (kind == FEW_VALUES)
                *at = (float)(int)(*at * 1.6f); /* many duplicates and ties */
            if (kind == FAR_AWAY) *at += 1000;
        }
    }
    free(center);
    return x;
}

/* -- k-center --------------------------------------------------------------------------------- */

static void naive_take(const float *x, size_t n, size_t d, size_t row, float *distance)
{
    distance[row] = -1;
    for (size_t i = 0; i < n; i++) {
        const float apart = smp_near_square(x + i * d, x + row * d, d);
        if (apart < distance[i]) distance[i] = apart;
    }
}

static void naive_centers(const struct smp_centers_in *in, size_t *picks)
{
    float *distance = malloc(in->n * sizeof *distance);

    for (size_t i = 0; i < in->n; i++)
        distance[i] = INFINITY;
    for (size_t i = 0; i < in->n_given; i++)
        naive_take(in->x, in->n, in->d, in->given[i], distance);
    for (size_t i = 0; i < in->k; i++) {
        picks[i] = 0;
        for (size_t j = 1; j < in->n; j++)
            if (distance[j] > distance[picks[i]]) picks[i] = j;
        naive_take(in->x, in->n, in->d, picks[i], distance);
    }
    free(distance);
}

static void test_centers_are_those_of_the_plain_loop_for_any_number_of_threads(void **state)
{
    static const struct {
        size_t n, d, k;
    } sizes[] = {
        {5000, 64, 80},
        {9001, 7,  50},
        {4097, 33, 40},
        {17,   3,  17},
        {1,    1,  1 }
    };
    static const size_t n_given[] = {0, 1, 3, 40};
    size_t wanted[80], picks[80], given[40];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        given[i] = i == 2 ? 3 : 3 + 101 * i; /* one of them twice */
    for (size_t c = 0; c < KINDS * 5; c++) {
        const size_t n = sizes[c % 5].n, d = sizes[c % 5].d;
        const enum kind kind = (enum kind)(c / 5);
        struct smp_centers_in in = {
            .x = rows_of(kind, n, d, (uint32_t)c), .n = n, .d = d, .k = sizes[c % 5].k};
        if (n > 1000) {
            in.given = given;
            in.n_given = n_given[c % 4];
        }
        naive_centers(&in, wanted);
        for (unsigned threads = 1; threads <= 4; threads++) {
            in.n_threads = threads;
            CHECK_OK(smp_centers(&in, picks, NULL));
            for (size_t i = 0; i < in.k; i++)
                if (picks[i] != wanted[i])
                    fail_msg("case %zu, %u threads: pick %zu is row %zu, not %zu", c, threads,
                             i, picks[i], wanted[i]);
        }
        free((void *)(uintptr_t)in.x);
    }
}

static void test_a_picked_row_is_never_picked_again_among_duplicates(void **state)
{
    float x[100 * 4];
    bool seen[100] = {false};
    size_t picks[100];
    float radius[100];
    const struct smp_centers_in in = {.x = x, .n = 100, .d = 4, .k = 100, .n_threads = 2};

    (void)state;
    for (size_t i = 0; i < 400; i++)
        x[i] = 0.5f;
    CHECK_OK(smp_centers(&in, picks, radius));
    for (size_t i = 0; i < 100; i++) {
        assert_false(seen[picks[i]]);
        seen[picks[i]] = true;
        assert_true(i == 0 ? isinf(radius[i]) : radius[i] == 0);
        assert_int_equal(picks[i], i); /* ties by lowest index */
    }
}

static void test_k_center_by_hand(void **state)
{
    const float x[] = {0, 10, 4, 6, 10}; /* on a line; 4 duplicates 1 */
    const struct smp_centers_in in = {.x = x, .n = 5, .d = 1, .k = 4, .n_threads = 1};
    size_t picks[4];
    float radius[4];

    (void)state;
    CHECK_OK(smp_centers(&in, picks, radius));
    assert_int_equal(picks[0], 0);
    assert_int_equal(picks[1], 1);
    assert_int_equal(picks[2], 2); /* 4 and 6 are both 4 from a center: the lower index */
    assert_int_equal(picks[3], 3);
    CHECK_NEAR(radius[1], 100, 0);
    CHECK_NEAR(radius[2], 16, 0);
    CHECK_NEAR(radius[3], 4, 0);
}

static void test_centers_refuse_what_cannot_be(void **state)
{
    float x[6] = {0, 1, 2, 3, 4, 5};
    const size_t given[] = {9};
    size_t picks[9];
    struct smp_centers_in in = {.x = x, .n = 3, .d = 2, .k = 4, .n_threads = 1};

    (void)state;
    CHECK_FAILS(smp_centers(&in, picks, NULL), SMP_INVALID, "4 rows asked for; there are 3");
    in.k = 1;
    in.given = given;
    in.n_given = 1;
    CHECK_FAILS(smp_centers(&in, picks, NULL), SMP_INVALID, "given row 9 is not below 3");
    in.n_given = 0;
    x[3] = NAN;
    CHECK_FAILS(smp_centers(&in, picks, NULL), SMP_INVALID, "row 1 holds a number");
}

static void test_bounds_never_rule_out_a_nearer_row(void **state)
{
    enum { N = 1000, D = 50 };
    static float reach[N + SMP_CODES_BLOCK];
    static uint16_t mask[N / SMP_CODES_BLOCK + 1], plain[N / SMP_CODES_BLOCK + 1];

    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        float *x = rows_of((enum kind)kind, N, D, 9);
        struct smp_code_row center;
        struct smp_codes codes;
        size_t ruled_out = 0;
        CHECK_OK(smp_codes_new(x, N, D, 2, &codes));
        smp_codes_row(&codes, 77, &center);
        for (size_t i = 0; i < N; i++) /* a limit that some rows reach and some do not */
            reach[i] =
                sqrtf(smp_near_square(x + i * D, x + i * 31 % N * D, D)) + codes.error[i];
        smp_bound_nearer(&codes, &center, reach, 0, codes.n_blocks, mask);
        smp_bound_nearer_plain(&codes, &center, reach, 0, codes.n_blocks, plain);
        assert_memory_equal(mask, plain, codes.n_blocks * sizeof *mask);
        for (size_t i = 0; i < N; i++) {
            if (mask[i / SMP_CODES_BLOCK] >> i % SMP_CODES_BLOCK & 1) continue;
            ruled_out++;
            assert_true(sqrtf(smp_near_square(x + i * D, x + 77 * D, D)) >=
                        reach[i] - codes.error[i]);
        }
        if (kind == UNIFORM) assert_in_range(ruled_out, 100, N);
        smp_codes_free(&codes);
        free(x);
    }
}

/* -- top -------------------------------------------------------------------------------------- */

static bool before(enum smp_near_measure measure, float a, size_t a_row, float b, size_t b_row)
{
    if (a == b) return a_row < b_row;
    return measure == SMP_NEAR_DOT ? a > b : a < b;
}

/* The rank of a row among all: how many come before it. */
static void check_top(const struct smp_top_in *in, const struct smp_near *found)
{
    float *value = malloc(in->n * sizeof *value);
    const size_t k = in->k < in->n ? in->k : in->n;

    for (size_t q = 0; q < in->n_queries; q++) {
        size_t inside = 0;
        smp_near_rows(in->measure, in->queries + q * in->d, in->x, in->n, in->d, value);
        for (size_t i = 0; i < k; i++) {
            const struct smp_near *f = &found[q * in->k + i];
            assert_true(f->value == value[f->row]);
            if (i) assert_true(before(in->measure, f[-1].value, f[-1].row, f->value, f->row));
        }
        for (size_t i = 0; i < in->n; i++) {
            const struct smp_near *last = &found[q * in->k + k - 1];
            inside += !before(in->measure, last->value, last->row, value[i], i);
        }
        assert_int_equal(inside, k); /* exactly k rows are not beyond the last found */
    }
    free(value);
}

static void test_top_is_exact_for_one_query_and_for_many(void **state)
{
    static const size_t counts[] = {1, 7, 8, 150}, ks[] = {1, 10, 300};

    (void)state;
    for (size_t c = 0; c < KINDS * 2 * 4 * 3; c++) {
        const enum kind kind = (enum kind)(c % KINDS);
        const size_t n = c % 5 ? 3001 : 100, d = c % 2 ? 64 : 21;
        struct smp_top_in in = {.x = rows_of(kind, n, d, 5),
                                .n = n,
                                .d = d,
                                .n_queries = counts[c / KINDS / 2 % 4],
                                .k = ks[c / KINDS / 8],
                                .measure = c / KINDS % 2 ? SMP_NEAR_DOT : SMP_NEAR_SQUARE,
                                .n_threads = 1 + (unsigned)(c % 3)};
        float *queries = rows_of(kind, in.n_queries, d, 5); /* some are rows themselves */
        struct smp_near *found = calloc(in.n_queries * in.k, sizeof *found);
        in.queries = queries;
        CHECK_OK(smp_top(&in, found));
        check_top(&in, found);
        free(found);
        free(queries);
        free((void *)(uintptr_t)in.x);
    }
}

static void test_top_is_the_same_over_many_pieces_and_threads(void **state)
{
    enum { N = 150000, D = 8, K = 50 };
    float *x = rows_of(FEW_VALUES, N, D, 3);
    struct smp_near one[K], many[K];
    struct smp_top_in in = {.x = x,
                            .n = N,
                            .d = D,
                            .queries = x + 5 * D,
                            .n_queries = 1,
                            .k = K,
                            .measure = SMP_NEAR_SQUARE,
                            .n_threads = 1};

    (void)state;
    CHECK_OK(smp_top(&in, one));
    check_top(&in, one);
    in.n_threads = 5;
    CHECK_OK(smp_top(&in, many));
    for (size_t i = 0; i < K; i++) {
        assert_int_equal(one[i].row, many[i].row);
        assert_true(one[i].value == many[i].value);
    }
    in.k = 0;
    CHECK_FAILS(smp_top(&in, one), SMP_INVALID, "1 to 10000");
    free(x);
}

static void test_distances_by_hand(void **state)
{
    const float a[3] = {1, 2, 3}, b[3] = {4, 6, 3};

    (void)state;
    CHECK_NEAR(smp_near_dot(a, b, 3), 25, 0);
    CHECK_NEAR(smp_near_square(a, b, 3), 25, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_centers_are_those_of_the_plain_loop_for_any_number_of_threads),
        cmocka_unit_test(test_a_picked_row_is_never_picked_again_among_duplicates),
        cmocka_unit_test(test_k_center_by_hand),
        cmocka_unit_test(test_centers_refuse_what_cannot_be),
        cmocka_unit_test(test_bounds_never_rule_out_a_nearer_row),
        cmocka_unit_test(test_top_is_exact_for_one_query_and_for_many),
        cmocka_unit_test(test_top_is_the_same_over_many_pieces_and_threads),
        cmocka_unit_test(test_distances_by_hand),
    };

    return cmocka_run_group_tests_name("kernels_near", tests, NULL, NULL);
}
