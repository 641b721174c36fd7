/* From items to accuracy, on data that the test makes itself: encoder, picks, head. The floors are
 * a few points below what was measured, so that a part that stops working is seen. */
#include "unit/sampler/check_smp.h"

#include "curve.h"
#include "unit/sampler/made.h"

enum { POOL = 400, TEST = 200 };

static float *z, *z_test;
static int32_t truth[POOL], truth_test[TEST];

/* Mean over seeds of the accuracy after `labels` labels in batches of 4. */
static double mean_accuracy(const struct curve_data *data, enum smp_strategy strategy,
                            size_t labels)
{
    size_t budgets[16];
    const size_t n = labels / 4;
    double sum = 0, accuracy[16];

    for (size_t b = 0; b < n; b++)
        budgets[b] = 4 * (b + 1);
    for (uint64_t seed = 11; seed <= 18; seed++) {
        const struct curve_plan plan = {
            .strategy = strategy, .seed = seed, .budgets = budgets, .n_budgets = n};
        curve_run(data, &plan, accuracy);
        sum += accuracy[n - 1];
    }
    return sum / 8;
}

/* Item i of a pool of unequal kinds: a fifth of the items are of any kind, the others of the first
 * two, so that chance finds the rest late. */
static size_t item_of(size_t i, size_t kinds)
{
    return kinds * i + (i % 5 == 4 ? i / 5 % kinds : i % 2);
}

static void test_pictures_are_learned_from_few_labels_and_fewer_than_by_chance(void **state)
{
    (void)state;
    struct smp_image_spec spec = {24, 24, 1};
    const struct smp_train_images in = {.spec = spec,
                                        .n = POOL,
                                        .fetch = made_fetch_picture,
                                        .ctx = &spec,
                                        .seed = 1,
                                        .n_threads = 2};
    const size_t bytes = smp_image_bytes(&spec);
    uint8_t *pixels = malloc(POOL * bytes);
    struct smp_encoder *enc;
    double chosen, chance;

    CHECK_OK(smp_encoder_train_images(&in, &enc));
    const size_t d = smp_encoder_dim(enc);
    z = malloc(POOL * d * sizeof *z);
    z_test = malloc(TEST * d * sizeof *z_test);
    for (size_t i = 0; i < POOL; i++) {
        made_picture(&spec, item_of(i, 4), 1, pixels + i * bytes);
        truth[i] = (int32_t)(item_of(i, 4) % 4);
    }
    CHECK_OK(
        smp_encoder_encode_images(enc, pixels, POOL, 2, &(struct smp_encoded){.part = {z}}));
    for (size_t i = 0; i < TEST; i++) {
        made_picture(&spec, 4 * POOL + i, 1, pixels + i * bytes);
        truth_test[i] = (int32_t)(i % 4);
    }
    CHECK_OK(smp_encoder_encode_images(enc, pixels, TEST, 2,
                                       &(struct smp_encoded){.part = {z_test}}));
    const struct curve_data data = {z, z_test, truth, truth_test, POOL, TEST, d, 4};
    chosen = mean_accuracy(&data, SMP_AUTO, 8);
    chance = mean_accuracy(&data, SMP_RANDOM, 8);
    print_message("pictures, 8 labels: auto %.3f, random %.3f\n", chosen, chance);
    assert_true(chosen > 0.82 && chosen > chance + 0.05);
    free(pixels);
    free(z);
    free(z_test);
    smp_encoder_free(enc);
}

static void encode_sentences(const struct smp_encoder *enc, size_t first, size_t n, float *out,
                             int32_t *kind)
{
    char(*texts)[200] = malloc(n * sizeof *texts);
    const char **text = malloc(n * sizeof *text);
    size_t *n_bytes = malloc(n * sizeof *n_bytes);

    for (size_t i = 0; i < n; i++) {
        const size_t item = first ? first + i : item_of(i, 3);
        n_bytes[i] = made_sentence(item, 1, texts[i]);
        text[i] = texts[i];
        kind[i] = (int32_t)(item % 3);
    }
    CHECK_OK(smp_encoder_encode_texts(enc, text, n_bytes, n, 2,
                                      &(struct smp_encoded){.part = {out}}));
    free(texts);
    free(text);
    free(n_bytes);
}

static void test_sentences_are_learned_from_few_labels_and_fewer_than_by_chance(void **state)
{
    (void)state;
    char sentence[200];
    const struct smp_train_texts in = {
        .n = POOL, .fetch = made_fetch_sentence, .ctx = sentence, .seed = 1, .n_threads = 2};
    struct smp_encoder *enc;
    double chosen, chance;

    CHECK_OK(smp_encoder_train_texts(&in, &enc));
    const size_t d = smp_encoder_dim(enc);
    z = malloc(POOL * d * sizeof *z);
    z_test = malloc(TEST * d * sizeof *z_test);
    encode_sentences(enc, 0, POOL, z, truth);
    encode_sentences(enc, 3 * POOL, TEST, z_test, truth_test);
    const struct curve_data data = {z, z_test, truth, truth_test, POOL, TEST, d, 3};
    chosen = mean_accuracy(&data, SMP_AUTO, 8);
    chance = mean_accuracy(&data, SMP_RANDOM, 8);
    print_message("sentences, 8 labels: auto %.3f, random %.3f\n", chosen, chance);
    assert_true(chosen > 0.9 && chosen > chance + 0.05);
    free(z);
    free(z_test);
    smp_encoder_free(enc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_learned_from_few_labels_and_fewer_than_by_chance),
        cmocka_unit_test(test_sentences_are_learned_from_few_labels_and_fewer_than_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
