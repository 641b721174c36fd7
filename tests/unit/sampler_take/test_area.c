#include "unit/sampler/check_smp.h"

#include "sampler/conv/conv.h"
#include "sampler/rng.h"
#include "sampler/take/area.h"
#include "sampler/take/round8.h"

enum { H = 7, W = 11 };

static void fill(uint8_t *pixels, size_t n)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 4, 1);
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)smp_rng_below(&rng, 256);
}

/* The definition: the picture as a plane of steps, sampled finely. */
static double fine_mean(const uint8_t *pixels, size_t row, size_t column, size_t out_h,
                        size_t out_w, size_t c)
{
    enum { FINE = 60 };
    double sum = 0;

    for (size_t i = 0; i < FINE; i++)
        for (size_t j = 0; j < FINE; j++) {
            const double y = ((double)row + ((double)i + 0.5) / FINE) * H / (double)out_h;
            const double x = ((double)column + ((double)j + 0.5) / FINE) * W / (double)out_w;
            sum += pixels[((size_t)y * W + (size_t)x) * 3 + c];
        }
    return sum / (FINE * FINE) / 255;
}

static void check_size(size_t out_h, size_t out_w)
{
    uint8_t pixels[H * W * 3];
    float x[20 * 20 * 3];

    fill(pixels, sizeof pixels);
    smp_area(&(struct smp_picture){pixels, H, W}, out_h, out_w, 3, x);
    for (size_t i = 0; i < out_h * out_w * 3; i++)
        CHECK_NEAR(x[i], fine_mean(pixels, i / 3 / out_w, i / 3 % out_w, out_h, out_w, i % 3),
                   0.02);
}

static void test_a_number_is_the_mean_over_its_area_whether_sides_shrink_or_grow(void **state)
{
    (void)state;
    check_size(3, 4);
    check_size(20, 17);
    check_size(5, 20);
    check_size(1, 1);
}

static void test_a_picture_of_the_same_size_stays_as_it_is(void **state)
{
    uint8_t pixels[H * W * 3];
    float x[H * W * 3];

    (void)state;
    fill(pixels, sizeof pixels);
    smp_area(&(struct smp_picture){pixels, H, W}, H, W, 3, x);
    for (size_t i = 0; i < sizeof pixels; i++)
        assert_true(x[i] == (float)(pixels[i] / 255.0));
}

static void test_grey_of_a_grey_picture_is_its_grey(void **state)
{
    uint8_t pixels[H * W * 3];
    float x[6];

    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = 130;
    smp_area(&(struct smp_picture){pixels, H, W}, 2, 3, 1, x);
    for (size_t i = 0; i < 6; i++)
        CHECK_NEAR(x[i], 130 / 255.0, 1e-6);
}

static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels, float *targets)
{
    (void)ctx;
    fill(pixels, H * W * 3);
    for (size_t c = 0; c < 3; c++)
        targets[c] = c == i % 3 ? 1 : 0;
    return SMP_OK;
}

static void test_a_network_reads_numbers_as_it_reads_their_pixels(void **state)
{
    static const struct smp_conv_layer LAYERS[] = {
        {"conv1",  SMP_LAYER_CONV,  5, 3, 3, 2, 1, SMP_RELU  },
        {"scores", SMP_LAYER_DENSE, 3, 0, 0, 0, 0, SMP_LINEAR},
    };
    const struct smp_conv_training in = {
        .spec = {H, W, 3, LAYERS, 2},
        .n = 4,
        .fetch = fetch,
        .aim = SMP_CONV_TARGETS,
        .epochs = 1,
        .batch = 4,
        .rate = 1e-3f,
        .seed = 2
    };
    uint8_t pixels[2 * H * W * 3];
    float numbers[2 * H * W * 3];
    float a[6];
    float b[6];
    struct smp_conv *net = NULL;

    (void)state;
    CHECK_OK(smp_conv_train(&in, &net));
    fill(pixels, sizeof pixels);
    for (size_t i = 0; i < sizeof pixels; i++)
        numbers[i] = (float)(pixels[i] / 255.0);
    CHECK_OK(smp_conv_read(net, 1, pixels, 2, 1, a));
    CHECK_OK(smp_conv_read_floats(net, 1, numbers, 2, 2, b));
    for (size_t i = 0; i < 6; i++)
        CHECK_NEAR(a[i], b[i], 1e-5);
    smp_conv_free(net);
}

static void test_rounded_weights_are_their_parts_and_off_by_half_a_step_at_most(void **state)
{
    const float w[6] = {1.27f, 0, -0.5f, 0, 0.333f, 0};
    float read[6];
    float scale[2];
    int8_t q[6];

    (void)state;
    memcpy(read, w, sizeof w);
    smp_round8(read, 3, 2);
    smp_round8_parts(w, 3, 2, q, scale);
    assert_int_equal(q[0], 127);
    assert_true(scale[1] == 0);
    for (size_t i = 0; i < 6; i++) {
        assert_true(read[i] == scale[i % 2] * (float)q[i]);
        CHECK_NEAR(read[i], w[i], 0.0051);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_is_the_mean_over_its_area_whether_sides_shrink_or_grow),
        cmocka_unit_test(test_a_picture_of_the_same_size_stays_as_it_is),
        cmocka_unit_test(test_grey_of_a_grey_picture_is_its_grey),
        cmocka_unit_test(test_a_network_reads_numbers_as_it_reads_their_pixels),
        cmocka_unit_test(test_rounded_weights_are_their_parts_and_off_by_half_a_step_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
