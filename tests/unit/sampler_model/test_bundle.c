/* The file of a version: what it answers, and what is refused. */
#include "../sampler/check_smp.h"
#include "../sampler/made.h"

#include "sampler/bytes.h"
#include "sampler/model/bundle.h"

#include <stdlib.h>
#include <string.h>

enum { POOL = 90, TOPICS = 3, HEADER = 24, CHECKSUM = 8 };

static const char *const NAMES[TOPICS] = {"weather", "cooking", "größe"};
static struct smp_encoder *encoder, *other;
static float *z[SMP_PARTS_MAX];
static struct smp_features features;
static struct smp_bundle bundle;
static uint8_t *bytes;
static size_t n_bytes;

static struct smp_encoder *learned(uint64_t seed)
{
    static char sentence[200];
    const struct smp_train_texts in = {
        .n = POOL, .fetch = made_fetch_sentence, .ctx = sentence, .seed = seed, .n_threads = 2};
    struct smp_encoder *enc;

    CHECK_OK(smp_encoder_train_texts(&in, &enc));
    return enc;
}

static void encode_pool(void)
{
    static char text[POOL][200];
    const char *texts[POOL];
    size_t sizes[POOL];
    struct smp_encoded out = {.error = NULL};

    features = (struct smp_features){.n = POOL, .n_parts = smp_encoder_parts(encoder)};
    for (size_t p = 0; p < features.n_parts; p++) {
        features.d[p] = smp_encoder_part(encoder, p).dim;
        z[p] = calloc(POOL * features.d[p], sizeof(float));
        assert_non_null(z[p]);
        features.part[p] = z[p];
        out.part[p] = z[p];
    }
    for (size_t i = 0; i < POOL; i++) {
        sizes[i] = made_sentence(i, 1, text[i]);
        texts[i] = text[i];
    }
    CHECK_OK(smp_encoder_encode_texts(encoder, texts, sizes, POOL, 2, &out));
}

static struct smp_model *taught(unsigned n_threads)
{
    static size_t row[POOL];
    static int32_t y[POOL];
    struct smp_model_in in = {
        .features = &features,
        .labels = {.row = row, .y = y, .n = POOL, .n_classes = TOPICS},
        .seed = 3,
        .n_threads = n_threads
    };
    struct smp_recipe recipe;
    struct smp_model *model;

    for (size_t i = 0; i < POOL; i++) {
        row[i] = i;
        y[i] = (int32_t)(i % TOPICS);
    }
    smp_recipe_rule(&in, &recipe);
    CHECK_OK(smp_model_fit(&in, &recipe, &model));
    return model;
}

static void make(unsigned n_threads, struct smp_bundle *b)
{
    struct smp_model *model = taught(n_threads);
    const struct smp_bundle parts = {.encoder_hash = smp_encoder_hash(encoder),
                                     .n_classes = TOPICS,
                                     .classes = NAMES,
                                     .unknown = (const uint8_t *)"far",
                                     .n_unknown = 3};

    CHECK_OK(smp_bundle_make(&parts, model, b));
    CHECK_OK(smp_bundle_seal(b, encoder));
}

static int up(void **state)
{
    (void)state;
    encoder = learned(1);
    other = learned(2);
    encode_pool();
    make(2, &bundle);
    CHECK_OK(smp_bundle_save(&bundle, &bytes, &n_bytes));
    return 0;
}

static int down(void **state)
{
    (void)state;
    free(bytes);
    smp_bundle_free(&bundle);
    for (size_t p = 0; p < SMP_PARTS_MAX; p++)
        free(z[p]);
    smp_encoder_free(encoder);
    smp_encoder_free(other);
    return 0;
}

static void test_what_was_saved_comes_back_and_answers_the_same(void **state)
{
    struct smp_bundle b;
    float p[POOL * TOPICS];
    float q[POOL * TOPICS];

    (void)state;
    CHECK_OK(smp_bundle_load(bytes, n_bytes, &b));
    assert_int_equal(b.n_classes, TOPICS);
    for (size_t c = 0; c < TOPICS; c++)
        assert_string_equal(b.classes[c], NAMES[c]);
    assert_int_equal(b.n_unknown, 3);
    assert_memory_equal(b.unknown, "far", 3);
    assert_int_equal(b.n_golden, smp_encoder_golden(encoder).n);
    CHECK_OK(smp_bundle_check(&b, encoder));
    CHECK_OK(smp_model_predict(bundle.model, &features, 1, p));
    CHECK_OK(smp_model_predict(b.model, &features, 1, q));
    assert_memory_equal(p, q, sizeof p);
    smp_bundle_free(&b);
}

static void test_equal_parts_give_equal_bytes_on_any_number_of_threads(void **state)
{
    struct smp_bundle again;
    uint8_t *same;
    size_t n;

    (void)state;
    make(1, &again);
    CHECK_OK(smp_bundle_save(&again, &same, &n));
    assert_int_equal(n, n_bytes);
    assert_memory_equal(same, bytes, n);
    free(same);
    smp_bundle_free(&again);
}

static void test_one_taught_on_another_encoder_is_refused(void **state)
{
    (void)state;
    assert_int_equal(smp_bundle_check(&bundle, other), SMP_CORRUPT);
    assert_non_null(strstr(smp_message(), "another encoder"));
}

static void test_one_that_no_longer_answers_as_it_did_is_refused(void **state)
{
    struct smp_bundle b;
    float *golden;

    (void)state;
    CHECK_OK(smp_bundle_load(bytes, n_bytes, &b));
    golden = calloc(b.n_golden * TOPICS, sizeof *golden);
    assert_non_null(golden);
    memcpy(golden, b.golden, b.n_golden * TOPICS * sizeof *golden);
    golden[0] += golden[0] < 0.5f ? 0.05f : -0.05f;
    b.golden = golden;
    assert_int_equal(smp_bundle_check(&b, encoder), SMP_CORRUPT);
    assert_non_null(strstr(smp_message(), "does not answer as it did"));
    free(golden);
    smp_bundle_free(&b);
}

static void test_every_cut_and_every_changed_byte_is_refused(void **state)
{
    const size_t step = n_bytes / 400 + 1;
    uint8_t *damaged = malloc(n_bytes);
    struct smp_bundle b;

    (void)state;
    assert_non_null(damaged);
    for (size_t n = 0; n < n_bytes; n += step)
        assert_int_equal(smp_bundle_load(bytes, n, &b), SMP_CORRUPT);
    memcpy(damaged, bytes, n_bytes);
    for (size_t i = 0; i < n_bytes; i += step) {
        damaged[i] ^= 0x10;
        assert_int_equal(smp_bundle_load(damaged, n_bytes, &b), SMP_CORRUPT);
        damaged[i] ^= 0x10;
    }
    free(damaged);
}

/* The frame fits, and what is in it does not: only the reader itself can tell. */
static void test_a_count_of_classes_that_is_not_the_models_is_refused(void **state)
{
    const uint32_t counts[] = {0, 1, 2, 4, 0xffffffff};
    uint8_t *damaged = malloc(n_bytes);
    struct smp_bundle b;

    (void)state;
    assert_non_null(damaged);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t sum;

        memcpy(damaged, bytes, n_bytes);
        memcpy(damaged + HEADER + sizeof(uint64_t), &counts[i], sizeof counts[i]);
        sum = smp_fnv(damaged, n_bytes - CHECKSUM);
        memcpy(damaged + n_bytes - CHECKSUM, &sum, sizeof sum);
        assert_int_equal(smp_bundle_load(damaged, n_bytes, &b), SMP_CORRUPT);
    }
    free(damaged);
}

static void test_names_that_do_not_fit_the_model_are_refused(void **state)
{
    const char *const empty[] = {"a", "", "c"};
    struct smp_bundle parts = {.n_classes = 2, .classes = NAMES};
    struct smp_bundle b;

    (void)state;
    assert_int_equal(smp_bundle_make(&parts, taught(1), &b), SMP_INVALID);
    parts = (struct smp_bundle){.n_classes = TOPICS, .classes = empty};
    assert_int_equal(smp_bundle_make(&parts, taught(1), &b), SMP_INVALID);
    assert_non_null(strstr(smp_message(), "1 to 1000 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_saved_comes_back_and_answers_the_same),
        cmocka_unit_test(test_equal_parts_give_equal_bytes_on_any_number_of_threads),
        cmocka_unit_test(test_one_taught_on_another_encoder_is_refused),
        cmocka_unit_test(test_one_that_no_longer_answers_as_it_did_is_refused),
        cmocka_unit_test(test_every_cut_and_every_changed_byte_is_refused),
        cmocka_unit_test(test_a_count_of_classes_that_is_not_the_models_is_refused),
        cmocka_unit_test(test_names_that_do_not_fit_the_model_are_refused),
    };
    return cmocka_run_group_tests(tests, up, down);
}
