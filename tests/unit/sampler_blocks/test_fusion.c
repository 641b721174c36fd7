#include "scenes.h"

#include "sampler/blocks/fusion.h"
#include "sampler/metrics.h"
#include "sampler/rng.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 240, CLASSES = 3, DIM = 6, BLOCKS = 3 };

/* Three blocks over the same rows, class i % 3: one clear, one blurred, one of noise alone. */
struct world {
    float z[BLOCKS][ROWS * DIM];
    const float *block[BLOCKS];
    size_t d[BLOCKS], row[ROWS];
    int32_t y[ROWS];
};

static void world_make(struct world *w, uint64_t seed)
{
    const double clear[BLOCKS] = {2.5, 1, 0};
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < ROWS; i++) {
        w->row[i] = i;
        w->y[i] = (int32_t)(i % CLASSES);
        for (size_t b = 0; b < BLOCKS; b++)
            for (size_t j = 0; j < DIM; j++)
                w->z[b][i * DIM + j] =
                    (float)(smp_rng_normal(&rng) + (j == i % CLASSES ? clear[b] : 0));
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        w->block[b] = w->z[b];
        w->d[b] = DIM;
    }
}

static struct smp_fusion_in input(const struct world *w, size_t n_labels, unsigned n_threads)
{
    return (struct smp_fusion_in){
        .z = w->block,
        .d = w->d,
        .n_blocks = BLOCKS,
        .n = ROWS,
        .labels = {.row = w->row, .y = w->y, .n = n_labels, .n_classes = CLASSES},
        .seed = 1,
        .n_threads = n_threads
    };
}

static double accuracy(const struct smp_fusion_in *in, const struct smp_mix *mix,
                       const struct world *test)
{
    static float p[ROWS * CLASSES];
    int32_t guess[ROWS];
    struct smp_fusion *f;

    CHECK_SMP(smp_fusion_fit(in, mix, &f));
    CHECK_SMP(smp_fusion_predict(f, test->block, ROWS, 2, p));
    for (size_t i = 0; i < ROWS; i++) {
        float sum = 0;
        for (size_t c = 0; c < CLASSES; c++)
            sum += p[i * CLASSES + c];
        CHECK_NEAR(sum, 1, 1e-5f);
    }
    smp_argmax(p, ROWS, CLASSES, guess);
    smp_fusion_free(f);
    return smp_accuracy(guess, test->y, ROWS);
}

static void test_equal_weights_are_equal(void **state)
{
    struct smp_mix mix;

    (void)state;
    smp_fusion_equal(4, &mix);
    for (size_t b = 0; b < 4; b++)
        CHECK_NEAR(mix.weight[b], 0.25f, 0);
    CHECK_NEAR(mix.temperature, 1, 0);
}

static void test_a_block_of_noise_loses_its_weight_as_labels_come_in(void **state)
{
    static struct world w;
    struct smp_fusion_in in;
    struct smp_mix few, many;
    float sum = 0;

    (void)state;
    world_make(&w, 1);
    in = input(&w, 15, 2);
    CHECK_SMP(smp_fusion_weigh(&in, &few));
    in = input(&w, ROWS, 2);
    CHECK_SMP(smp_fusion_weigh(&in, &many));
    for (size_t b = 0; b < BLOCKS; b++)
        sum += many.weight[b];
    CHECK_NEAR(sum, 1, 1e-5f);
    assert_true(many.weight[0] > many.weight[1] && many.weight[1] > many.weight[2]);
    assert_true(many.weight[2] < 0.05f);
    assert_true(few.weight[2] > many.weight[2]); /* five labels a class prove little */
}

static void test_weighing_beats_equal_weights_where_a_block_is_noise(void **state)
{
    static struct world w, test;
    struct smp_fusion_in in;
    struct smp_mix equal, mix;

    (void)state;
    world_make(&w, 2);
    world_make(&test, 3);
    in = input(&w, 60, 2);
    smp_fusion_equal(BLOCKS, &equal);
    CHECK_SMP(smp_fusion_weigh(&in, &mix));
    assert_true(accuracy(&in, &mix, &test) >= accuracy(&in, &equal, &test));
    assert_true(accuracy(&in, &mix, &test) > 0.9);
    CHECK_NEAR(mix.accuracy, accuracy(&in, &mix, &test), 0.1f);
}

static void test_threads_do_not_change_the_weights(void **state)
{
    static struct world w;
    struct smp_fusion_in in;
    struct smp_mix one, three;

    (void)state;
    world_make(&w, 4);
    in = input(&w, 90, 1);
    CHECK_SMP(smp_fusion_weigh(&in, &one));
    in = input(&w, 90, 3);
    CHECK_SMP(smp_fusion_weigh(&in, &three));
    assert_memory_equal(&one, &three, sizeof one);
}

static void test_a_single_class_or_a_single_label_gets_equal_weights(void **state)
{
    static struct world w;
    struct smp_fusion_in in;
    struct smp_mix mix;

    (void)state;
    world_make(&w, 5);
    in = input(&w, 4, 1); /* classes 0, 1, 2, 0 */
    CHECK_SMP(smp_fusion_weigh(&in, &mix));
    CHECK_NEAR(mix.weight[2], 1.0f / BLOCKS, 1e-6f);
    CHECK_NEAR(mix.accuracy, 0, 0);
    in.labels.n = 0;
    CHECK_SMP(smp_fusion_weigh(&in, &mix));
    CHECK_NEAR(mix.weight[0], 1.0f / BLOCKS, 1e-6f);
}

static void test_several_answers_are_each_judged_alone(void **state)
{
    static struct world w;
    static uint8_t answers[ROWS * 2];
    static float p[ROWS * 2];
    struct smp_fusion_in in;
    struct smp_fusion *f;
    struct smp_mix mix;
    size_t right = 0;

    (void)state;
    world_make(&w, 6);
    for (size_t i = 0; i < ROWS; i++) {
        answers[i * 2] = w.y[i] != 0; /* both answers are yes for class 2 */
        answers[i * 2 + 1] = w.y[i] == 2;
    }
    in = input(&w, 120, 2);
    in.labels.y = NULL;
    in.labels.y_nc = answers;
    in.labels.n_classes = 2;
    CHECK_SMP(smp_fusion_weigh(&in, &mix));
    CHECK_SMP(smp_fusion_fit(&in, &mix, &f));
    CHECK_SMP(smp_fusion_predict(f, w.block, ROWS, 1, p));
    for (size_t i = 0; i < ROWS * 2; i++)
        right += (p[i] > 0.5f) == (answers[i] != 0);
    assert_in_range(right, ROWS * 2 * 9 / 10, ROWS * 2);
    smp_fusion_free(f);
}

static void test_a_label_outside_the_pool_is_refused(void **state)
{
    static struct world w;
    struct smp_fusion_in in;
    struct smp_fusion *f;
    struct smp_mix mix;

    (void)state;
    world_make(&w, 7);
    w.row[5] = ROWS;
    in = input(&w, 30, 1);
    smp_fusion_equal(BLOCKS, &mix);
    assert_int_equal(smp_fusion_fit(&in, &mix, &f), SMP_INVALID);
    assert_int_equal(smp_fusion_weigh(&in, &mix), SMP_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_weights_are_equal),
        cmocka_unit_test(test_a_block_of_noise_loses_its_weight_as_labels_come_in),
        cmocka_unit_test(test_weighing_beats_equal_weights_where_a_block_is_noise),
        cmocka_unit_test(test_threads_do_not_change_the_weights),
        cmocka_unit_test(test_a_single_class_or_a_single_label_gets_equal_weights),
        cmocka_unit_test(test_several_answers_are_each_judged_alone),
        cmocka_unit_test(test_a_label_outside_the_pool_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
