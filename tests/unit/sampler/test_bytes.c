#include "check_smp.h"

#include "sampler/bytes.h"
#include "sampler/rng.h"

/* A file of x as halves. */
static void write_halves(const float *x, size_t n, uint8_t **bytes, size_t *n_bytes)
{
    struct smp_writer w;

    smp_writer_start(&w, SMP_CONTENT_HEAD);
    smp_put_halves(&w, x, n);
    CHECK_OK(smp_writer_finish(&w, bytes, n_bytes));
}

static float *read_halves(const uint8_t *bytes, size_t n_bytes, size_t n)
{
    enum smp_content content;
    struct smp_reader r;
    float *x;

    CHECK_OK(smp_reader_start(&r, bytes, n_bytes, &content));
    x = smp_take_halves(&r, n);
    if (smp_reader_finish(&r) == SMP_OK) return x;
    free(x);
    return NULL;
}

/* Numbers over twelve powers of ten, both signs, among them 0 and the largest. */
static void made(float *x, size_t n)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 1, 1);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(smp_rng_normal(&rng) * pow(10, 12 * smp_rng_unit(&rng) - 9));
    x[0] = 0;
    x[1] = -5e3f;
}

static void test_halves_are_off_by_no_more_than_their_format_says(void **state)
{
    (void)state;
    enum { N = 20000 };
    float x[N], *y;
    double largest = 0;
    uint8_t *bytes;
    size_t n;

    made(x, N);
    for (size_t i = 0; i < N; i++)
        largest = fmax(largest, fabs((double)x[i]));
    write_halves(x, N, &bytes, &n);
    assert_int_equal(n, 24 + 4 + 2 * N + 8);
    y = read_halves(bytes, n, N);
    assert_non_null(y);
    for (size_t i = 0; i < N; i++) {
        const double off = fabs((double)y[i] - (double)x[i]);
        const double fine = fmax(fabs((double)x[i]) * 0x1p-11, largest * 0x1p-25);
        assert_true(off <= fine * 1.0001);
    }
    free(y);
    free(bytes);
}

static void test_rounded_numbers_come_back_bit_for_bit(void **state)
{
    (void)state;
    enum { N = 20000 };
    float x[N], *y;
    uint8_t *bytes;
    size_t n;

    for (int scale = -30; scale <= 30; scale += 10) {
        made(x, N);
        for (size_t i = 0; i < N; i++)
            x[i] = ldexpf(x[i], scale);
        smp_round_to_halves(x, N);
        write_halves(x, N, &bytes, &n);
        y = read_halves(bytes, n, N);
        assert_non_null(y);
        assert_memory_equal(x, y, sizeof x);
        free(y);
        free(bytes);
    }
}

static void test_an_array_of_zeros_stays_zero(void **state)
{
    (void)state;
    const float x[3] = {0, -0.0f, 0};
    uint8_t *bytes;
    size_t n;
    float *y;

    write_halves(x, 3, &bytes, &n);
    y = read_halves(bytes, n, 3);
    assert_non_null(y);
    for (size_t i = 0; i < 3; i++)
        assert_true(y[i] == 0);
    free(y);
    free(bytes);
}

static void sign(uint8_t *bytes, size_t n)
{
    const uint64_t checksum = smp_fnv(bytes, n - 8);

    memcpy(bytes + n - 8, &checksum, 8);
}

static void test_halves_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    static const uint16_t BAD[] = {0x3c01, 0x7c00, 0xfc00,
                                   0x7e00}; /* > 1, two infinities, NaN */
    const float x[2] = {1, 0.5f}, no_number = NAN;
    uint8_t *bytes;
    size_t n;

    write_halves(x, 2, &bytes, &n);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        memcpy(bytes + 24 + 4 + 2, &BAD[i], 2);
        sign(bytes, n);
        assert_null(read_halves(bytes, n, 2));
    }
    memcpy(bytes + 24, &no_number, 4);
    sign(bytes, n);
    assert_null(read_halves(bytes, n, 2));
    free(bytes);
    write_halves(x, 2, &bytes, &n);
    assert_null(read_halves(bytes, n, 3)); /* one too many */
    free(bytes);
}

static void test_a_hash_goes_on_where_it_stopped(void **state)
{
    (void)state;
    const char text[] = "one and the other";

    assert_int_equal(smp_fnv_more(smp_fnv(text, 7), text + 7, sizeof text - 7),
                     smp_fnv(text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halves_are_off_by_no_more_than_their_format_says),
        cmocka_unit_test(test_rounded_numbers_come_back_bit_for_bit),
        cmocka_unit_test(test_an_array_of_zeros_stays_zero),
        cmocka_unit_test(test_halves_that_are_no_numbers_are_refused),
        cmocka_unit_test(test_a_hash_goes_on_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
