#include "scenes.h"

#include "sampler/blocks/codes.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t WIDTH[] = {9, 70, 3, 8, 5};

static void fill(float *x, size_t n, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)smp_rng_normal(&rng);
}

/* A net with every kind of layer, a batch that is not a multiple of any piece. */
static void start(struct smp_mlp *net, struct smp_mlp_trainer *t, unsigned n_threads)
{
    CHECK_SMP(smp_mlp_new(net, WIDTH, 4, 3));
    for (size_t l = 0; l < 4; l++)
        fill(net->layer[l].b, net->layer[l].out, 40 + l);
    CHECK_SMP(smp_mlp_trainer_new(t, net, 37, n_threads));
    fill(t->input, 37 * 9, 1);
    fill(t->target, 37 * 5, 2);
}

static void check_slope(struct smp_mlp_trainer *t, float *weight, float gradient)
{
    const float step = 2e-3f, was = *weight;
    double up, down;

    *weight = was + step;
    up = smp_mlp_trainer_differentiate(t);
    *weight = was - step;
    down = smp_mlp_trainer_differentiate(t);
    *weight = was;
    CHECK_NEAR(gradient, (up - down) / (2 * (double)step), 1e-3);
}

static void test_gradients_are_those_of_finite_differences(void **state)
{
    struct smp_mlp_trainer t;
    struct smp_mlp net;
    float work[37 * 70], gw[70 * 70], gb[70];

    (void)state;
    start(&net, &t, 2);
    for (size_t l = 0; l < 4; l++) {
        struct smp_mlp_layer *layer = &net.layer[l];
        smp_mlp_trainer_differentiate(&t);
        smp_mlp_trainer_gradient(&t, l, 0, layer->out, work, gw, gb);
        for (size_t i = 0; i < layer->out * layer->in; i += 7)
            check_slope(&t, &layer->w[i], gw[i]);
        for (size_t i = 0; i < layer->out; i++)
            check_slope(&t, &layer->b[i], gb[i]);
    }
    smp_mlp_trainer_free(&t);
    smp_mlp_free(&net);
}

static void test_a_part_of_a_gradient_is_the_part_of_the_whole(void **state)
{
    struct smp_mlp_trainer t;
    struct smp_mlp net;
    float work[37 * 70], gw[70 * 9], gb[70], part[6 * 9], part_b[6];

    (void)state;
    start(&net, &t, 1);
    smp_mlp_trainer_differentiate(&t);
    smp_mlp_trainer_gradient(&t, 0, 0, 70, work, gw, gb);
    smp_mlp_trainer_gradient(&t, 0, 64, 6, work, part, part_b);
    for (size_t i = 0; i < 6 * 9; i++)
        CHECK_NEAR(part[i], gw[64 * 9 + i], 1e-6f);
    for (size_t i = 0; i < 6; i++)
        CHECK_NEAR(part_b[i], gb[64 + i], 1e-6f);
    smp_mlp_trainer_free(&t);
    smp_mlp_free(&net);
}

static void test_a_net_learns_a_small_batch_by_heart(void **state)
{
    const size_t width[] = {6, 64, 6, 64, 6};
    struct smp_mlp_trainer t;
    struct smp_mlp net;
    double loss = 0;

    (void)state;
    CHECK_SMP(smp_mlp_new(&net, width, 4, 5));
    CHECK_SMP(smp_mlp_trainer_new(&t, &net, 8, 1));
    fill(t.input, 8 * 6, 4);
    memcpy(t.target, t.input, 8 * 6 * sizeof(float));
    for (int i = 0; i < 1500; i++)
        loss = smp_mlp_trainer_step(&t, 3e-3f);
    assert_true(loss < 1e-3);
    smp_mlp_trainer_free(&t);
    smp_mlp_free(&net);
}

static void test_threads_do_not_change_training(void **state)
{
    struct smp_mlp_trainer a, b;
    struct smp_mlp one, three;

    (void)state;
    start(&one, &a, 1);
    start(&three, &b, 3);
    for (int i = 0; i < 5; i++)
        CHECK_NEAR(smp_mlp_trainer_step(&a, 1e-2f), smp_mlp_trainer_step(&b, 1e-2f), 0);
    for (size_t l = 0; l < 4; l++)
        assert_memory_equal(one.layer[l].w, three.layer[l].w,
                            one.layer[l].in * one.layer[l].out * sizeof(float));
    smp_mlp_trainer_free(&a);
    smp_mlp_trainer_free(&b);
    smp_mlp_free(&one);
    smp_mlp_free(&three);
}

/* x (n, 40): mixtures of four fixed patterns and a little noise. */
static float *mixtures(size_t n, uint64_t seed)
{
    float *x = malloc(n * 40 * sizeof *x), pattern[4 * 40];
    struct smp_rng rng;

    assert_non_null(x);
    fill(pattern, 4 * 40, 11);
    smp_rng_seed(&rng, seed, 2);
    for (size_t i = 0; i < n; i++) {
        float share[4];
        for (size_t p = 0; p < 4; p++)
            share[p] = (float)smp_rng_normal(&rng) * 0.5f;
        for (size_t j = 0; j < 40; j++) {
            x[i * 40 + j] = 0.05f * (float)smp_rng_normal(&rng);
            for (size_t p = 0; p < 4; p++)
                x[i * 40 + j] += share[p] * pattern[p * 40 + j];
        }
    }
    return x;
}

static void test_what_is_unlike_the_pool_cannot_be_given_back(void **state)
{
    float *x = mixtures(300, 1), *like = mixtures(20, 2), unlike[20 * 40];
    float z[20 * SMP_CODE_DIM], error[20], strange[20];
    const struct smp_coder_in in = {.x = x, .n = 300, .d = 40, .seed = 1, .n_threads = 2};
    struct smp_coder c;
    double mean = 0;

    (void)state;
    fill(unlike, 20 * 40, 9);
    CHECK_SMP(smp_coder_learn(&in, &c));
    CHECK_SMP(smp_coder_encode(&c, like, 20, 1, z, error));
    CHECK_SMP(smp_coder_encode(&c, unlike, 20, 3, z, strange));
    for (size_t i = 0; i < 20; i++) {
        assert_true(error[i] >= 0 && strange[i] <= 1);
        mean += (double)error[i] / 20;
    }
    assert_true(mean < 0.2);
    for (size_t i = 0; i < 20; i++)
        assert_true((double)strange[i] > 2 * mean);
    smp_coder_free(&c);
    free(x);
    free(like);
}

static void test_codes_over_the_pool_have_mean_0_and_mean_variance_1(void **state)
{
    float *x = mixtures(100, 1), *z = malloc(100 * SMP_CODE_DIM * sizeof *z);
    const struct smp_coder_in in = {.x = x, .n = 100, .d = 40, .seed = 1, .n_threads = 2};
    struct smp_coder c;
    double variance = 0;

    (void)state;
    assert_non_null(z);
    CHECK_SMP(smp_coder_learn(&in, &c));
    CHECK_SMP(smp_coder_encode(&c, x, 100, 2, z, NULL));
    for (size_t j = 0; j < SMP_CODE_DIM; j++) {
        double sum = 0;
        for (size_t i = 0; i < 100; i++) {
            sum += (double)z[i * SMP_CODE_DIM + j];
            variance += (double)z[i * SMP_CODE_DIM + j] * (double)z[i * SMP_CODE_DIM + j];
        }
        CHECK_NEAR(sum / 100, 0, 1e-3);
    }
    CHECK_NEAR(variance / (100.0 * SMP_CODE_DIM), 1, 1e-3);
    smp_coder_free(&c);
    free(x);
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_those_of_finite_differences),
        cmocka_unit_test(test_a_part_of_a_gradient_is_the_part_of_the_whole),
        cmocka_unit_test(test_a_net_learns_a_small_batch_by_heart),
        cmocka_unit_test(test_threads_do_not_change_training),
        cmocka_unit_test(test_what_is_unlike_the_pool_cannot_be_given_back),
        cmocka_unit_test(test_codes_over_the_pool_have_mean_0_and_mean_variance_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
