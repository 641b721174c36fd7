/* Fashion-MNIST, when it is there: the whole way from 60,000 pictures to the learning curve.
 * EXEMPLAR_FASHION names its folder. Reference figures (numpy and scikit-learn, same protocol): random
 * 65.8 / 71.3 / 83.0 at 50 / 100 / 1,000 labels, UHerding 73.0 / 77.4 / 86.1. */
#include "unit/sampler/check_smp.h"

#include "curve.h"
#include "fashion.h"

#include "sampler/encoder.h"

#include <stdio.h>

enum { POOL = 60000, TEST = 10000 };

static int32_t *read_labels(const char *name, size_t n)
{
    uint8_t *bytes = fashion_read(name, FASHION_LABELS, n);
    int32_t *y = malloc(n * sizeof *y);

    assert_true(bytes && y);
    for (size_t i = 0; i < n; i++)
        y[i] = bytes[i];
    free(bytes);
    return y;
}

static void mean_curve(const struct curve_data *data, enum smp_strategy strategy,
                       double mean[4])
{
    static const size_t BUDGETS[] = {10,  20,  30,  40,  50,  75,  100, 150, 200,
                                     250, 300, 350, 400, 450, 500, 550, 600, 650,
                                     700, 750, 800, 850, 900, 950, 1000};
    enum { N = sizeof BUDGETS / sizeof BUDGETS[0], SEEDS = 3 };
    static const size_t SHOWN[4] = {0, 4, 6, N - 1}; /* 10, 50, 100, 1000 */
    double accuracy[N];

    for (int i = 0; i < 4; i++)
        mean[i] = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const struct curve_plan plan = {
            .strategy = strategy, .seed = seed, .budgets = BUDGETS, .n_budgets = N};
        curve_run(data, &plan, accuracy);
        for (int i = 0; i < 4; i++)
            mean[i] += accuracy[SHOWN[i]] / SEEDS;
    }
    print_message("%s: 10 %.3f, 50 %.3f, 100 %.3f, 1000 %.3f\n", smp_strategy_name(strategy),
                  mean[0], mean[1], mean[2], mean[3]);
}

static void test_the_curves_are_those_of_the_reference(void **state)
{
    (void)state;
    uint8_t *pool = fashion_read("train-images-idx3-ubyte.gz", FASHION_IMAGES,
                                 (size_t)POOL * FASHION_PIXELS);
    struct smp_encoder *enc;
    double chosen[4], chance[4];

    if (!pool) skip();
    uint8_t *test = fashion_read("t10k-images-idx3-ubyte.gz", FASHION_IMAGES,
                                 (size_t)TEST * FASHION_PIXELS);
    int32_t *y = read_labels("train-labels-idx1-ubyte.gz", POOL);
    int32_t *y_test = read_labels("t10k-labels-idx1-ubyte.gz", TEST);
    const struct smp_train_images in = {
        .spec = {28, 28, 1},
        .n = POOL,
        .fetch = fashion_fetch,
        .ctx = pool,
        .seed = 1,
        .n_threads = 2
    };
    CHECK_OK(smp_encoder_train_images(&in, &enc));
    const size_t d = smp_encoder_dim(enc);
    float *z = malloc(POOL * d * sizeof *z), *z_test = malloc(TEST * d * sizeof *z_test);
    assert_true(test && z && z_test);
    CHECK_OK(smp_encoder_encode_images(enc, pool, POOL, 2, &(struct smp_encoded){.part = {z}}));
    CHECK_OK(
        smp_encoder_encode_images(enc, test, TEST, 2, &(struct smp_encoded){.part = {z_test}}));
    /* The reference reads one row of numbers an item: the latent. */
    const struct curve_data data = {
        .pool = {POOL, 1, {z},      {d}},
        .test = {TEST, 1, {z_test}, {d}},
        .truth = y,
        .truth_test = y_test,
        .n_classes = 10
    };
    mean_curve(&data, SMP_AUTO, chosen);
    mean_curve(&data, SMP_RANDOM, chance);
    /* Floors: two standard errors of three seeds below the reference. */
    assert_true(chosen[1] > 0.70 && chosen[2] > 0.755 && chosen[3] > 0.85);
    assert_true(chance[3] > 0.825);
    for (int i = 0; i < 4; i++)
        assert_true(chosen[i] > chance[i]);
    free(pool);
    free(test);
    free(y);
    free(y_test);
    free(z);
    free(z_test);
    smp_encoder_free(enc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_curves_are_those_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
