/* Fashion-MNIST, when it is there: the whole way from 60,000 pictures to the learning curve.
 * EXEMPLAR_FASHION names its folder. Reference figures (numpy and scikit-learn, same protocol): random
 * 65.8 / 71.3 / 83.0 at 50 / 100 / 1,000 labels, UHerding 73.0 / 77.4 / 86.1. */
#include "unit/sampler/check_smp.h"

#include "curve.h"

#include "sampler/encoder.h"

#include <stdio.h>

enum { POOL = 60000, TEST = 10000, PIXELS = 28 * 28, IMAGE_HEADER = 16, LABEL_HEADER = 8 };

/* The bytes of a gzip'ed IDX file behind its header, (n); NULL when there is no such file. */
static uint8_t *read_idx(const char *name, size_t header, size_t n)
{
    const char *folder = getenv("EXEMPLAR_FASHION");
    char command[1000], skipped[IMAGE_HEADER];
    uint8_t *bytes = malloc(n);
    FILE *pipe;
    bool whole;

    assert_non_null(bytes);
    snprintf(command, sizeof command, "gzip -dc '%s/%s' 2>/dev/null", folder ? folder : "",
             name);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    whole = fread(skipped, 1, header, pipe) == header && fread(bytes, 1, n, pipe) == n;
    pclose(pipe);
    if (whole) return bytes;
    free(bytes);
    return NULL;
}

static int32_t *read_labels(const char *name, size_t n)
{
    uint8_t *bytes = read_idx(name, LABEL_HEADER, n);
    int32_t *y = malloc(n * sizeof *y);

    assert_true(bytes && y);
    for (size_t i = 0; i < n; i++)
        y[i] = bytes[i];
    free(bytes);
    return y;
}

static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels)
{
    memcpy(pixels, (const uint8_t *)ctx + i * PIXELS, PIXELS);
    return SMP_OK;
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
    uint8_t *pool = read_idx("train-images-idx3-ubyte.gz", IMAGE_HEADER, (size_t)POOL * PIXELS);
    struct smp_encoder *enc;
    double chosen[4], chance[4];

    if (!pool) skip();
    uint8_t *test = read_idx("t10k-images-idx3-ubyte.gz", IMAGE_HEADER, (size_t)TEST * PIXELS);
    int32_t *y = read_labels("train-labels-idx1-ubyte.gz", POOL);
    int32_t *y_test = read_labels("t10k-labels-idx1-ubyte.gz", TEST);
    const struct smp_train_images in = {
        .spec = {28, 28, 1},
          .n = POOL, .fetch = fetch, .ctx = pool, .seed = 1, .n_threads = 2
    };
    CHECK_OK(smp_encoder_train_images(&in, &enc));
    const size_t d = smp_encoder_dim(enc);
    float *z = malloc(POOL * d * sizeof *z), *z_test = malloc(TEST * d * sizeof *z_test);
    assert_true(test && z && z_test);
    CHECK_OK(smp_encoder_encode_images(enc, pool, POOL, 2, &(struct smp_encoded){.part = {z}}));
    CHECK_OK(
        smp_encoder_encode_images(enc, test, TEST, 2, &(struct smp_encoded){.part = {z_test}}));
    const struct curve_data data = {z, z_test, y, y_test, POOL, TEST, d, 10};
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
