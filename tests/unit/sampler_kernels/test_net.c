#include "unit/sampler/check_smp.h"
#include "unit/sampler_kernels/naive.h"

#include "sampler/bytes.h"
#include "sampler/conv/conv.h"
#include "sampler/conv/loss.h"
#include "sampler/conv/net.h"

enum { SIDE = 12, ITEMS = 150, BYTES = SIDE * SIDE, CLASSES = 3 };

static const struct smp_conv_layer AUTOENCODER[] = {
    {"conv1",  SMP_LAYER_CONV,    16, 3, 3, 2, 1, SMP_RELU  },
    {"latent", SMP_LAYER_DENSE,   8,  0, 0, 0, 0, SMP_LINEAR},
    {"spread", SMP_LAYER_SPREAD,  16, 6, 6, 0, 0, SMP_RELU  },
    {"out",    SMP_LAYER_CONV_UP, 1,  3, 3, 2, 1, SMP_LINEAR},
};
static const struct smp_conv_layer CLASSIFIER[] = {
    {"conv1",  SMP_LAYER_CONV,  8,       3, 3, 2, 1, SMP_RELU  },
    {"scores", SMP_LAYER_DENSE, CLASSES, 0, 0, 0, 0, SMP_LINEAR},
};

/* A bright square in one of three places, each of its own size. */
static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels, float *targets)
{
    const size_t corner = i % CLASSES * 3, side = 3 + i % 4;

    (void)ctx;
    memset(pixels, 20, BYTES);
    for (size_t h = corner; h < corner + side && h < SIDE; h++)
        for (size_t w = corner; w < corner + side && w < SIDE; w++)
            pixels[h * SIDE + w] = (uint8_t)(150 + i % 7 * 10);
    for (size_t j = 0; targets && j < CLASSES; j++)
        targets[j] = j == i % CLASSES ? 0.9f : 0.05f;
    return SMP_OK;
}

static enum smp_status fetch_pixels(void *ctx, size_t i, uint8_t *pixels, float *targets)
{
    (void)targets;
    return fetch(ctx, i, pixels, NULL);
}

static struct smp_conv_training training(unsigned n_threads)
{
    return (struct smp_conv_training){
        .spec = {SIDE,         SIDE, 1, AUTOENCODER, 4},
        .n = ITEMS,
        .fetch = fetch_pixels,
        .noise = {.blank = 0.1f, .sd = 0.05f   },
        .epochs = 3,
        .batch = 72, /* shares of 32, 32 and 8 */
        .rate = 1e-2f,
        .seed = 5,
        .n_threads = n_threads
    };
}

static void test_training_has_the_same_bits_for_any_number_of_threads(void **state)
{
    const unsigned counts[] = {2, 3, 7};
    struct smp_conv_training in = training(1);
    struct smp_conv *one, *many;

    (void)state;
    CHECK_OK(smp_conv_train(&in, &one));
    for (size_t i = 0; i < 3; i++) {
        in.n_threads = counts[i];
        CHECK_OK(smp_conv_train(&in, &many));
        assert_memory_equal(one->parameters, many->parameters,
                            one->n_parameters * sizeof(float));
        assert_true(smp_conv_loss(one) == smp_conv_loss(many));
        smp_conv_free(many);
    }
    smp_conv_free(one);
}

static void test_another_seed_gives_another_network(void **state)
{
    struct smp_conv_training in = training(2);
    struct smp_conv *a, *b;

    (void)state;
    CHECK_OK(smp_conv_train(&in, &a));
    in.seed = 6;
    CHECK_OK(smp_conv_train(&in, &b));
    assert_memory_not_equal(a->parameters, b->parameters, a->n_parameters * sizeof(float));
    smp_conv_free(a);
    smp_conv_free(b);
}

static void test_an_autoencoder_learns_to_rebuild_its_images(void **state)
{
    struct smp_conv_training in = training(2);
    struct smp_conv *net;
    uint8_t pixels[BYTES];
    float rebuilt[BYTES];
    double error = 0, spread = 0, mean = 0;

    (void)state;
    in.epochs = 250;
    CHECK_OK(smp_conv_train(&in, &net));
    fetch(NULL, 4, pixels, NULL);
    CHECK_OK(smp_conv_read(net, smp_conv_layer_find(net, "out"), pixels, 1, 1, rebuilt));
    for (size_t i = 0; i < BYTES; i++)
        mean += pixels[i] / 255.0 / BYTES;
    for (size_t i = 0; i < BYTES; i++) {
        error += pow((double)rebuilt[i] - pixels[i] / 255.0, 2) / BYTES;
        spread += pow(mean - pixels[i] / 255.0, 2) / BYTES;
    }
    if (error > 0.05 * spread) fail_msg("the error is %g of a variance of %g", error, spread);
    smp_conv_free(net);
}

static void test_a_classifier_learns_soft_targets(void **state)
{
    struct smp_conv_training in = training(2);
    struct smp_conv *net;
    uint8_t pixels[BYTES];
    float scores[CLASSES];

    (void)state;
    in.spec = (struct smp_conv_spec){SIDE, SIDE, 1, CLASSIFIER, 2};
    in.aim = SMP_CONV_TARGETS;
    in.noise = (struct smp_conv_noise){0};
    in.fetch = fetch;
    in.epochs = 400;
    CHECK_OK(smp_conv_train(&in, &net));
    for (size_t i = 0; i < 12; i++) {
        double sum = 0;
        fetch(NULL, i, pixels, NULL);
        CHECK_OK(smp_conv_read(net, 1, pixels, 1, 1, scores));
        for (size_t j = 0; j < CLASSES; j++)
            sum += exp((double)scores[j]);
        CHECK_NEAR(exp((double)scores[i % CLASSES]) / sum, 0.9, 0.03);
    }
    smp_conv_free(net);
}

static void test_an_images_numbers_do_not_depend_on_its_company(void **state)
{
    struct smp_conv_training in = training(1);
    struct smp_conv *net;
    static uint8_t pixels[ITEMS * BYTES];
    static float together[ITEMS * 8], alone[8];

    (void)state;
    CHECK_OK(smp_conv_train(&in, &net));
    for (size_t i = 0; i < ITEMS; i++)
        fetch(NULL, i, pixels + i * BYTES, NULL);
    CHECK_OK(smp_conv_read(net, 1, pixels, ITEMS, 3, together));
    for (size_t i = 0; i < ITEMS; i += 7) {
        CHECK_OK(smp_conv_read(net, 1, pixels + i * BYTES, 1, 1, alone));
        assert_memory_equal(alone, together + i * 8, sizeof alone);
    }
    smp_conv_free(net);
}

/* -- losses ----------------------------------------------------------------------------------- */

static void test_cross_entropy_is_log_k_when_nothing_is_known(void **state)
{
    const struct smp_plane plane = {.h = 1, .w = 1, .c = 4};
    const struct smp_loss_planes planes = {&plane, &plane};
    const float y[4] = {2, 2, 2, 2}, target[4] = {0, 1, 0, 0};
    const float *targets[1] = {target};
    float dy[4];

    (void)state;
    CHECK_NEAR(smp_loss_targets(&planes, 1, y, targets, 1, dy), log(4), 1e-6);
    CHECK_NEAR(dy[0], 0.25, 1e-6);
    CHECK_NEAR(dy[1], -0.75, 1e-6);
}

static void test_losses_slopes_agree_with_finite_differences(void **state)
{
    const struct smp_plane plane = {.h = 1, .w = 1, .c = 20};
    const struct smp_loss_planes planes = {&plane, &plane};
    float y[20], dy[20], unused[20], target[20];
    uint8_t pixels[20];
    const float *targets[1] = {target};
    const uint8_t *images[1] = {pixels};

    (void)state;
    fill_numbers(y, 20, 3);
    for (size_t i = 0; i < 20; i++) {
        target[i] = 0.05f;
        pixels[i] = (uint8_t)(i * 12);
    }
    for (size_t i = 0; i < 20; i++) {
        const float at = y[i];
        double rise;
        smp_loss_targets(&planes, 1, y, targets, 1, dy);
        y[i] = at + 1e-2f;
        rise = smp_loss_targets(&planes, 1, y, targets, 1, unused);
        y[i] = at - 1e-2f;
        rise -= smp_loss_targets(&planes, 1, y, targets, 1, unused);
        y[i] = at;
        CHECK_NEAR(dy[i], rise / 2e-2, 1e-4);
        smp_loss_reconstruction(&planes, 1, y, images, 1, dy);
        y[i] = at + 1e-2f;
        rise = smp_loss_reconstruction(&planes, 1, y, images, 1, unused);
        y[i] = at - 1e-2f;
        rise -= smp_loss_reconstruction(&planes, 1, y, images, 1, unused);
        y[i] = at;
        CHECK_NEAR(dy[i], rise / 2e-2, 1e-4);
    }
}

/* -- refusals --------------------------------------------------------------------------------- */

static void refuse_layer(struct smp_conv_layer last, const char *words)
{
    struct smp_conv_layer layers[2] = {
        {"conv1", SMP_LAYER_CONV, 16, 3, 3, 2, 1, SMP_RELU},
        last
    };
    struct smp_conv_training in = training(1);
    struct smp_conv *net;

    in.spec = (struct smp_conv_spec){SIDE, SIDE, 1, layers, 2};
    CHECK_FAILS(smp_conv_train(&in, &net), SMP_INVALID, words);
}

static void test_a_layer_that_does_not_fit_is_named(void **state)
{
    (void)state;
    refuse_layer((struct smp_conv_layer){"a", SMP_LAYER_CONV, 4, 9, 9, 1, 0, SMP_LINEAR},
                 "layer \"a\": its kernel is larger");
    refuse_layer((struct smp_conv_layer){"b", SMP_LAYER_CONV, 4, 3, 3, 0, 0, SMP_LINEAR},
                 "layer \"b\": kernel and stride must be 1 to 512");
    refuse_layer((struct smp_conv_layer){"h", SMP_LAYER_CONV, 4, 3, 3, 1u << 31, 0, SMP_LINEAR},
                 "layer \"h\": kernel and stride must be 1 to 512");
    refuse_layer((struct smp_conv_layer){"c", SMP_LAYER_CONV_UP, 1, 3, 3, 2, 0, SMP_LINEAR},
                 "layer \"c\": 2 pad - kernel + stride");
    refuse_layer((struct smp_conv_layer){"d", SMP_LAYER_SPREAD, 1, 3, 3, 2, 0, SMP_LINEAR},
                 "layer \"d\": its input must be 1 by 1");
    refuse_layer((struct smp_conv_layer){"e", SMP_LAYER_CONV_UP, 2, 3, 3, 2, 1, SMP_LINEAR},
                 "layer \"e\": it makes 12x12x2 of an image of 12x12x1");
    refuse_layer((struct smp_conv_layer){"f", SMP_LAYER_CONV_UP, 1, 3, 3, 2, 1, SMP_RELU},
                 "layer \"f\": the last layer must be linear");
    refuse_layer((struct smp_conv_layer){"g", SMP_LAYER_CONV, 5000, 3, 3, 2, 1, SMP_LINEAR},
                 "layer \"g\": it must have 1 to 1024 channels");
}

static enum smp_status fetch_fails(void *ctx, size_t i, uint8_t *pixels, float *targets)
{
    (void)ctx, (void)pixels, (void)targets;
    return i == 3 ? smp_fail(SMP_INVALID, "item 3 cannot be read") : SMP_OK;
}

static bool never(void *ctx, double done, const char *what)
{
    (void)ctx, (void)done, (void)what;
    return false;
}

static void test_a_failed_fetch_and_a_stop_end_the_training(void **state)
{
    const struct smp_progress progress = {.keep_going = never};
    struct smp_conv_training in = training(1);
    struct smp_conv *net;

    (void)state;
    in.fetch = fetch_fails;
    CHECK_FAILS(smp_conv_train(&in, &net), SMP_INVALID, "item 3 cannot be read");
    in.fetch = fetch_pixels;
    in.progress = &progress;
    assert_int_equal(smp_conv_train(&in, &net), SMP_CANCELLED);
}

/* -- bytes ------------------------------------------------------------------------------------ */

static void test_a_network_comes_back_from_its_bytes(void **state)
{
    struct smp_conv_training in = training(1);
    struct smp_conv *net, *back;
    struct smp_writer w;
    struct smp_reader r;
    enum smp_content content;
    uint8_t *bytes, pixels[BYTES];
    float z[8], z_back[8];
    size_t n;

    (void)state;
    CHECK_OK(smp_conv_train(&in, &net));
    smp_writer_start(&w, SMP_CONTENT_HEAD);
    smp_conv_put(net, &w);
    CHECK_OK(smp_writer_finish(&w, &bytes, &n));
    CHECK_OK(smp_reader_start(&r, bytes, n, &content));
    CHECK_OK(smp_conv_take(&r, &back));
    CHECK_OK(smp_reader_finish(&r));
    fetch(NULL, 1, pixels, NULL);
    CHECK_OK(smp_conv_read(net, 1, pixels, 1, 1, z));
    CHECK_OK(smp_conv_read(back, 1, pixels, 1, 1, z_back));
    assert_memory_equal(z, z_back, sizeof z);
    assert_int_equal(smp_conv_layer_find(back, "spread"), 2);
    assert_int_equal(smp_conv_layer_find(back, "nothing"), 4);
    smp_conv_free(net);
    smp_conv_free(back);
    free(bytes);
}

/* Every cut, and every byte of the table of layers made large, is refused or safe; asan watches. */
static void test_damaged_bytes_are_refused_or_harmless(void **state)
{
    struct smp_conv_training in = training(1);
    struct smp_conv *net, *back;
    struct smp_writer w = {0};

    (void)state;
    in.epochs = 1;
    CHECK_OK(smp_conv_train(&in, &net));
    smp_conv_put(net, &w);
    for (size_t n = 0; n < w.n; n += n < 300 ? 1 : 997) {
        struct smp_reader r = {.at = w.bytes, .left = n};
        assert_int_equal(smp_conv_take(&r, &back), SMP_CORRUPT);
    }
    for (size_t i = 0; i < 210; i++) {
        struct smp_reader r = {.at = w.bytes, .left = w.n};
        const uint8_t kept = w.bytes[i];
        w.bytes[i] = 0xff;
        if (smp_conv_take(&r, &back) == SMP_OK) smp_conv_free(back);
        w.bytes[i] = kept;
    }
    free(w.bytes);
    smp_conv_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_another_seed_gives_another_network),
        cmocka_unit_test(test_an_autoencoder_learns_to_rebuild_its_images),
        cmocka_unit_test(test_a_classifier_learns_soft_targets),
        cmocka_unit_test(test_an_images_numbers_do_not_depend_on_its_company),
        cmocka_unit_test(test_cross_entropy_is_log_k_when_nothing_is_known),
        cmocka_unit_test(test_losses_slopes_agree_with_finite_differences),
        cmocka_unit_test(test_a_layer_that_does_not_fit_is_named),
        cmocka_unit_test(test_a_failed_fetch_and_a_stop_end_the_training),
        cmocka_unit_test(test_a_network_comes_back_from_its_bytes),
        cmocka_unit_test(test_damaged_bytes_are_refused_or_harmless),
    };

    return cmocka_run_group_tests_name("kernels_net", tests, NULL, NULL);
}
