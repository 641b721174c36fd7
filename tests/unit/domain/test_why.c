/* Why a version answers as it does: it is asked itself, with parts covered or left out. */
#include "check.h"

#include "domain/why.h"
#include "media/image.h"
#include "sampler/model/model.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 24, PICTURES = 48, TEXTS = 120 };

static const char *const CLASSES[] = {"across", "down"}, *const TOPICS[] = {"bank", "sport"};

/* Stripes in the left third tell the class; all the rest is noise. */
static void draw(uint8_t *pixels, size_t i)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 7, i);
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) {
            const bool bright = (i % 2 ? x : y) / 2 % 2 && x < SIDE / 3;
            pixels[y * SIDE + x] = (uint8_t)(smp_rng_below(&rng, 90) + (bright ? 160 : 0));
        }
}

static enum smp_status fetch_picture(void *context, size_t i, uint8_t *pixels)
{
    (void)context;
    draw(pixels, i);
    return SMP_OK;
}

static size_t write_text(char *text, size_t size, size_t i)
{
    static const char *const WORDS[2][4] = {
        {"payment", "refund", "account", "transfer"},
        {"goal",    "league", "match",   "stadium" }
    };
    const char *const *w = WORDS[i % 2];

    return (size_t)snprintf(text, size, "the %s of %s was %s today", w[i / 2 % 4], w[i / 8 % 4],
                            w[i / 32 % 4]);
}

static char written[200];

static enum smp_status fetch_text(void *context, size_t i, const char **text, size_t *n)
{
    (void)context;
    *n = write_text(written, sizeof written, i);
    *text = written;
    return SMP_OK;
}

static struct predictor *pictures, *texts;

/* Of what the encoder makes of its own items, whose classes take turns. */
static struct predictor *taught(struct smp_encoder *enc, const struct smp_features *f,
                                const char *const *classes)
{
    struct predictor_parts parts = {.classes = classes, .n_classes = 2};
    size_t row[TEXTS];
    int32_t y[TEXTS];
    struct smp_model_in in = {
        .features = f, .labels = {.row = row, .y = y, .n = f->n, .n_classes = 2}
    };
    struct smp_recipe recipe;
    struct predictor *p;

    for (size_t i = 0; i < f->n; i++) {
        row[i] = i;
        y[i] = (int32_t)(i % 2);
    }
    smp_recipe_rule(&in, &recipe);
    assert_int_equal(smp_model_fit(&in, &recipe, &parts.model), SMP_OK);
    CHECK_OK(encoder_share(enc, 1, &parts.encoder));
    CHECK_OK(predictor_make(&parts, &p));
    encoder_drop(parts.encoder);
    return p;
}

/* Room for the features of n items. */
static void room_make(struct arena *a, const struct smp_encoder *enc, size_t n,
                      struct smp_features *f, struct smp_encoded *out)
{
    *f = (struct smp_features){.n = n, .n_parts = smp_encoder_parts(enc)};
    *out = (struct smp_encoded){.error = NULL};
    for (size_t part = 0; part < f->n_parts; part++) {
        f->d[part] = smp_encoder_part(enc, part).dim;
        out->part[part] = arena_array(a, n * f->d[part], sizeof(float));
        f->part[part] = out->part[part];
    }
}

static void teach_pictures(struct arena *a)
{
    const struct smp_train_images in = {
        .spec = {SIDE, SIDE, 1},
        .n = PICTURES,
        .fetch = fetch_picture,
        .seed = 1,
        .n_threads = 2
    };
    uint8_t *pixels = arena_array(a, PICTURES, SIDE * SIDE);
    struct smp_encoder *enc;
    struct smp_features f;
    struct smp_encoded out;

    assert_int_equal(smp_encoder_train_images(&in, &enc), SMP_OK);
    for (size_t i = 0; i < PICTURES; i++)
        draw(pixels + i * SIDE * SIDE, i);
    room_make(a, enc, PICTURES, &f, &out);
    assert_int_equal(smp_encoder_encode_images(enc, pixels, PICTURES, 2, &out), SMP_OK);
    pictures = taught(enc, &f, CLASSES);
}

static void teach_texts(struct arena *a)
{
    const struct smp_train_texts in = {.n = TEXTS, .fetch = fetch_text, .seed = 1};
    const char *text[TEXTS];
    size_t n_bytes[TEXTS];
    struct smp_encoder *enc;
    struct smp_features f;
    struct smp_encoded out;

    assert_int_equal(smp_encoder_train_texts(&in, &enc), SMP_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        char *one = arena_alloc(a, sizeof written);
        n_bytes[i] = write_text(one, sizeof written, i);
        text[i] = one;
    }
    room_make(a, enc, TEXTS, &f, &out);
    assert_int_equal(smp_encoder_encode_texts(enc, text, n_bytes, TEXTS, 2, &out), SMP_OK);
    texts = taught(enc, &f, TOPICS);
}

static int up(void **state)
{
    static struct arena a;

    arena_init(&a, 64 * MIB);
    teach_pictures(&a);
    teach_texts(&a);
    arena_free(&a);
    (void)state;
    return 0;
}

static int down(void **state)
{
    (void)state;
    predictor_drop(pictures);
    predictor_drop(texts);
    return 0;
}

static void test_the_region_that_tells_the_class_weighs_more_than_the_rest(void **state)
{
    uint8_t pixels[SIDE * SIDE];
    const struct image im = {.width = SIDE, .height = SIDE, .channels = 1, .pixels = pixels};
    double striped = 0;
    double noise = 0;
    struct arena a;
    struct why w;
    struct buf jpeg;

    (void)state;
    arena_init(&a, 64 * MIB);
    buf_init(&jpeg, MIB);
    draw(pixels, PICTURES + 1);
    CHECK_OK(image_encode_jpeg(&jpeg, &im, 98));
    CHECK_OK(why_image(pictures, &a, jpeg.data, jpeg.size, WHY_BEST, 2, &w));
    assert_string_equal(predictor_class(pictures, w.class), "down");
    assert_true(fabsf(w.region.p - w.said.p[w.class]) < 1e-6f);
    assert_int_equal(w.region.rows, 8);
    for (size_t i = 0; i < 64; i++)
        *(i % 8 < 3 ? &striped : &noise) += (double)w.region.weight[i] / (i % 8 < 3 ? 24 : 40);
    assert_true(striped > 0 && striped > 2 * noise);
    buf_free(&jpeg);
    arena_free(&a);
}

static void test_words_of_the_class_weigh_and_are_counted_in_code_points(void **state)
{
    static const char TEXT[] = "caf\u00e9 refund of was today";
    struct arena a;
    struct why w;

    (void)state;
    arena_init(&a, 64 * MIB);
    CHECK_OK(why_text(texts, &a, TEXT, sizeof TEXT - 1, WHY_BEST, 2, &w));
    assert_string_equal(predictor_class(texts, w.class), "bank");
    assert_int_equal(w.n_words, 5);
    assert_int_equal(w.word[1].start, 5); /* one after the four letters, of five bytes */
    assert_int_equal(w.word[1].end, 11);
    for (size_t i = 0; i < w.n_words; i++)
        assert_true(i == 1 || w.word[1].weight > w.word[i].weight + 0.1f);
    CHECK_OK(why_text(texts, &a, TEXT, sizeof TEXT - 1, 1, 2, &w));
    assert_int_equal(w.class, 1);
    assert_true(w.word[1].weight < -0.1f); /* it speaks against the other */
    arena_free(&a);
}

static void test_what_cannot_be_explained_is_refused_with_a_sentence(void **state)
{
    struct arena a;
    struct why w;

    (void)state;
    arena_init(&a, 64 * MIB);
    CHECK_FAILS(why_text(texts, &a, "refund", 6, 2, 1, &w), ERR_INVALID, "no class 2");
    CHECK_FAILS(why_text(pictures, &a, "refund", 6, WHY_BEST, 1, &w), ERR_INVALID,
                "send a picture");
    CHECK_FAILS(why_image(pictures, &a, "refund", 6, WHY_BEST, 1, &w), ERR_INVALID, "");
    CHECK_OK(why_text(texts, &a, " ", 1, WHY_BEST, 1, &w));
    assert_int_equal(w.n_words, 0);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_region_that_tells_the_class_weighs_more_than_the_rest),
        cmocka_unit_test(test_words_of_the_class_weigh_and_are_counted_in_code_points),
        cmocka_unit_test(test_what_cannot_be_explained_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, up, down);
}
