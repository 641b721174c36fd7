/* From items to accuracy, on data that the test makes itself: encoder, picks, model. The floors are
 * a few points below what was measured, so that a part that stops working is seen. */
#include "unit/sampler/check_smp.h"

#include "curve.h"
#include "unit/sampler/made.h"

enum { POOL = 400, TEST = 200 };

static int32_t truth[POOL], truth_test[TEST];

/* Room for all that the encoder gives of n items; the caller frees part[0]. */
static struct smp_features features_new(const struct smp_encoder *enc, size_t n)
{
    struct smp_features f = {.n = n, .n_parts = smp_encoder_parts(enc)};
    float *at = calloc(n * f.n_parts * SMP_DIM_MAX, sizeof *at);

    assert_non_null(at);
    for (size_t p = 0; p < f.n_parts; p++) {
        f.part[p] = at + p * n * SMP_DIM_MAX;
        f.d[p] = smp_encoder_part(enc, p).dim;
    }
    return f;
}

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

static void features_free(struct smp_features *f)
{
    free((float *)f->part[0]);
}

/* Where features_new() made room. */
static struct smp_encoded written_to(const struct smp_features *f)
{
    struct smp_encoded out = {0};

    for (size_t p = 0; p < f->n_parts; p++)
        out.part[p] = (float *)f->part[p];
    return out;
}

static void encode_pictures(const struct smp_encoder *enc, const size_t *item,
                            const struct smp_features *f, int32_t *kind)
{
    const struct smp_image_spec spec = smp_encoder_image_spec(enc);
    const struct smp_encoded out = written_to(f);
    uint8_t *pixels = malloc(f->n * smp_image_bytes(&spec));

    assert_non_null(pixels);
    for (size_t i = 0; i < f->n; i++) {
        made_picture(&spec, item[i], 1, pixels + i * smp_image_bytes(&spec));
        kind[i] = (int32_t)(item[i] % 4);
    }
    CHECK_OK(smp_encoder_encode_images(enc, pixels, f->n, 2, &out));
    free(pixels);
}

static void encode_sentences(const struct smp_encoder *enc, const size_t *item,
                             const struct smp_features *f, int32_t *kind)
{
    const struct smp_encoded out = written_to(f);
    char(*texts)[200] = malloc(f->n * sizeof *texts);
    const char **text = malloc(f->n * sizeof *text);
    size_t *n_bytes = malloc(f->n * sizeof *n_bytes);

    assert_true(texts && text && n_bytes);
    for (size_t i = 0; i < f->n; i++) {
        n_bytes[i] = made_sentence(item[i], 1, texts[i]);
        text[i] = texts[i];
        kind[i] = (int32_t)(item[i] % 3);
    }
    CHECK_OK(smp_encoder_encode_texts(enc, text, n_bytes, f->n, 2, &out));
    free(texts);
    free(text);
    free(n_bytes);
}

/* Learning from `labels` of a pool of unequal kinds: above a floor, and better than by chance. */
static void check_curves(const struct smp_encoder *enc, size_t kinds, size_t labels,
                         void (*encode)(const struct smp_encoder *enc, const size_t *item,
                                        const struct smp_features *f, int32_t *kind))
{
    struct curve_data data = {.pool = features_new(enc, POOL),
                              .test = features_new(enc, TEST),
                              .truth = truth,
                              .truth_test = truth_test,
                              .n_classes = kinds};
    size_t item[POOL];
    double chosen, chance;

    for (size_t i = 0; i < POOL; i++)
        item[i] = item_of(i, kinds);
    encode(enc, item, &data.pool, truth);
    for (size_t i = 0; i < TEST; i++)
        item[i] = kinds * POOL + i; /* never seen, all kinds alike */
    encode(enc, item, &data.test, truth_test);
    chosen = mean_accuracy(&data, SMP_AUTO, labels);
    chance = mean_accuracy(&data, SMP_RANDOM, labels);
    print_message("%s, %zu labels: auto %.3f, random %.3f\n", smp_encoder_name(enc), labels,
                  chosen, chance);
    assert_true(chosen > 0.9 && chosen > chance + 0.05);
    features_free(&data.pool);
    features_free(&data.test);
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
    struct smp_encoder *enc;

    CHECK_OK(smp_encoder_train_images(&in, &enc));
    /* Four of each kind, because two kinds are each other's mirror image, which blocks tell apart at less
     * than half their weight (sampler/blocks/sides.h). Measured: 0.980, by chance 0.789. */
    check_curves(enc, 4, 16, encode_pictures);
    smp_encoder_free(enc);
}

static void test_sentences_are_learned_from_few_labels_and_fewer_than_by_chance(void **state)
{
    (void)state;
    char sentence[200];
    const struct smp_train_texts in = {
        .n = POOL, .fetch = made_fetch_sentence, .ctx = sentence, .seed = 1, .n_threads = 2};
    struct smp_encoder *enc;

    CHECK_OK(smp_encoder_train_texts(&in, &enc));
    check_curves(enc, 3, 8, encode_sentences);
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
