#include "scenes.h"

#include "sampler/blocks/stack.h"

#include <stdlib.h>
#include <string.h>

static const struct smp_image_spec PHOTO = {48, 48, 3}, GREY = {28, 28, 1};
enum { MANY = 24, POOL = 12 /* the first of them are learned from */ };

static struct smp_photos photos_of(const struct smp_image_spec *spec, const uint8_t *pixels,
                                   size_t n, unsigned n_threads)
{
    return (struct smp_photos){
        .spec = *spec, .pixels = pixels, .n = n, .seed = 1, .n_threads = n_threads};
}

struct pool {
    const uint8_t *pixels;
    size_t next; /* fetches must ascend */
};

static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels)
{
    struct pool *p = ctx;

    assert_true(i >= p->next);
    p->next = i + 1;
    memcpy(pixels, p->pixels + i * 48 * 48 * 3, 48 * 48 * 3);
    return SMP_OK;
}

static struct smp_stack *learn_stack(const uint8_t *pixels, unsigned n_threads)
{
    struct pool pool = {pixels, 0};
    const struct smp_train_images in = {.spec = PHOTO,
                                        .n = POOL,
                                        .fetch = fetch,
                                        .ctx = &pool,
                                        .seed = 1,
                                        .n_threads = n_threads};
    struct smp_stack *s;

    CHECK_SMP(smp_stack_learn(&in, &s));
    assert_int_equal(pool.next, POOL);
    return s;
}

/* What the tests share: one pool, and what was learned from it by two threads. */
struct learned {
    uint8_t *pixels;
    struct smp_stack *stack;
    const struct smp_block *block[SMP_BLOCK_KINDS];
};

static int learn_all(void **state)
{
    struct learned *l = calloc(1, sizeof *l);

    assert_non_null(l);
    l->pixels = scenes_make(&PHOTO, MANY, 1);
    l->stack = learn_stack(l->pixels, 2);
    assert_int_equal(smp_stack_blocks(l->stack), SMP_BLOCK_KINDS);
    for (size_t b = 0; b < SMP_BLOCK_KINDS; b++)
        l->block[b] = smp_stack_block(l->stack, b);
    *state = l;
    return 0;
}

static int forget_all(void **state)
{
    struct learned *l = *state;

    smp_stack_free(l->stack);
    free(l->pixels);
    free(l);
    return 0;
}

static float *encoded(const struct smp_block *block, const uint8_t *pixels, size_t n,
                      unsigned n_threads)
{
    const struct smp_photos photos = photos_of(&PHOTO, pixels, n, n_threads);
    float *z = malloc(n * smp_block_dim(block) * sizeof *z);

    assert_non_null(z);
    CHECK_SMP(smp_blocks_encode(&block, 1, &photos, &z));
    return z;
}

static void test_over_the_pool_numbers_have_mean_0_and_mean_variance_1(void **state)
{
    const struct learned *l = *state;

    for (int k = 0; k < SMP_BLOCK_KINDS; k++) {
        const size_t d = smp_block_dim(l->block[k]);
        float *z = encoded(l->block[k], l->pixels, POOL, 1);
        double variance = 0;
        assert_in_range(d, 1, POOL);
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t i = 0; i < POOL; i++) {
                sum += (double)z[i * d + j];
                variance += (double)z[i * d + j] * (double)z[i * d + j];
            }
            CHECK_NEAR(sum / POOL, 0, 2e-3);
        }
        CHECK_NEAR(variance / (double)(POOL * d), 1, 1e-2);
        free(z);
    }
}

static void test_threads_and_company_do_not_change_a_bit(void **state)
{
    const struct learned *l = *state;

    for (int k = 0; k < SMP_BLOCK_KINDS; k++) {
        const size_t d = smp_block_dim(l->block[k]);
        float *one = encoded(l->block[k], l->pixels, MANY, 1);
        float *three = encoded(l->block[k], l->pixels, MANY, 3);
        float *alone = encoded(l->block[k], l->pixels + 19 * 48 * 48 * 3, 1, 1);
        assert_memory_equal(one, three, MANY * d * sizeof *one);
        assert_memory_equal(one + 19 * d, alone, d * sizeof *one);
        free(one);
        free(three);
        free(alone);
    }
}

/* Nearest neighbours among scenes nobody learned from: the figure decides, not place or colour. */
static void test_shapes_are_told_apart_by_their_nearest_neighbour(void **state)
{
    const struct learned *l = *state;
    uint8_t *fresh = scenes_make(&PHOTO, 18, 50);
    const size_t d = smp_block_dim(l->block[SMP_BLOCK_HOG]);
    float *known = encoded(l->block[SMP_BLOCK_HOG], l->pixels, MANY, 1);
    float *z = encoded(l->block[SMP_BLOCK_HOG], fresh, 18, 1);
    size_t right = 0;

    for (size_t i = 0; i < 18; i++) {
        float best = 1e30f;
        size_t nearest = 0;
        for (size_t j = 0; j < MANY; j++) {
            float distance = 0;
            for (size_t k = 0; k < d; k++)
                distance +=
                    (z[i * d + k] - known[j * d + k]) * (z[i * d + k] - known[j * d + k]);
            if (distance >= best) continue;
            best = distance;
            nearest = j;
        }
        right += nearest % SCENE_FIGURES == i % SCENE_FIGURES;
    }
    assert_in_range(right, 16, 18);
    free(fresh);
    free(known);
    free(z);
}

static void test_grey_images_have_no_colour(void **state)
{
    uint8_t *pixels = scenes_make(&GREY, POOL, 1);
    const struct smp_photos photos = photos_of(&GREY, pixels, POOL, 1);
    struct smp_block *block;

    (void)state;
    assert_false(smp_block_applies(SMP_BLOCK_COLOUR, &GREY));
    assert_int_equal(smp_block_learn(SMP_BLOCK_COLOUR, &photos, &block), SMP_INVALID);
    assert_non_null(strstr(smp_message(), "grey"));
    for (int k = 0; k < SMP_BLOCK_KINDS; k++) {
        if (k == SMP_BLOCK_COLOUR) continue;
        assert_true(smp_block_applies((enum smp_block_kind)k, &GREY));
        CHECK_SMP(smp_block_learn((enum smp_block_kind)k, &photos, &block));
        smp_block_free(block);
    }
    free(pixels);
}

static void test_a_pool_of_one_photo_many_times_gives_zeros(void **state)
{
    uint8_t *pixels = calloc(8, 48 * 48 * 3);
    const struct smp_photos photos = photos_of(&PHOTO, pixels, 8, 1);

    (void)state;
    assert_non_null(pixels);
    memset(pixels, 200, 8 * 48 * 48 * 3);
    for (int k = 0; k < SMP_BLOCK_KINDS; k++) {
        struct smp_block *block;
        float *z;
        CHECK_SMP(smp_block_learn((enum smp_block_kind)k, &photos, &block));
        z = encoded(block, pixels, 8, 1);
        for (size_t j = 0; j < smp_block_dim(block); j++)
            CHECK_NEAR(z[j], 0, 1e-2f);
        free(z);
        smp_block_free(block);
    }
    free(pixels);
}

static void test_photos_of_another_size_are_refused(void **state)
{
    const struct learned *l = *state;
    const struct smp_block *block = l->block[SMP_BLOCK_HOG];
    const struct smp_photos photos = photos_of(&GREY, l->pixels, 1, 1);
    float z[SMP_DIM_MAX], *to = z;

    assert_int_equal(smp_blocks_encode(&block, 1, &photos, &to), SMP_INVALID);
    assert_non_null(strstr(smp_message(), "28x28x1"));
}

/* -- the stack -------------------------------------------------------------------------------- */

static void written(const struct smp_stack *s, uint8_t **bytes, size_t *n)
{
    struct smp_writer w;

    smp_writer_start(&w, SMP_CONTENT_PHOTOS);
    smp_stack_put(s, &w);
    CHECK_SMP(smp_writer_finish(&w, bytes, n));
}

static enum smp_status taken(const uint8_t *bytes, size_t n, struct smp_stack **out)
{
    enum smp_content content;
    struct smp_reader r;

    SMP_TRY(smp_reader_start(&r, bytes, n, &content));
    return smp_stack_take(&r, out);
}

static void test_a_stack_written_and_read_gives_the_same_bits(void **state)
{
    const struct learned *l = *state;
    const size_t d = smp_stack_dim(l->stack);
    float *a = malloc(2 * POOL * (d + 1) * sizeof *a), *b = a + POOL * (d + 1);
    struct smp_stack *again;
    uint8_t *bytes;
    size_t n;

    assert_non_null(a);
    written(l->stack, &bytes, &n);
    CHECK_SMP(taken(bytes, n, &again));
    assert_int_equal(smp_stack_dim(again), d);
    assert_int_equal(smp_stack_blocks(again), SMP_BLOCK_KINDS);
    CHECK_SMP(smp_stack_encode(l->stack, l->pixels, POOL, 1, NULL, a, a + POOL * d));
    CHECK_SMP(smp_stack_encode(again, l->pixels, POOL, 3, NULL, b, b + POOL * d));
    assert_memory_equal(a, b, POOL * (d + 1) * sizeof *a);
    smp_stack_free(again);
    free(bytes);
    free(a);
}

static void test_equal_pools_teach_the_same_bytes_for_any_number_of_threads(void **state)
{
    const struct learned *l = *state;
    struct smp_stack *again = learn_stack(l->pixels, 3);
    uint8_t *a, *b;
    size_t n, m;

    written(l->stack, &a, &n);
    written(again, &b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    smp_stack_free(again);
    free(a);
    free(b);
}

static void test_a_stack_gives_its_blocks_numbers_too(void **state)
{
    const struct learned *l = *state;
    float *block[SMP_BLOCK_KINDS], *z = malloc(POOL * smp_stack_dim(l->stack) * sizeof *z);

    assert_non_null(z);
    for (size_t b = 0; b < SMP_BLOCK_KINDS; b++) {
        block[b] = malloc(POOL * smp_block_dim(l->block[b]) * sizeof *z);
        assert_non_null(block[b]);
    }
    CHECK_SMP(smp_stack_encode(l->stack, l->pixels, POOL, 2, block, z, NULL));
    for (size_t b = 0; b < SMP_BLOCK_KINDS; b++) {
        float *alone = encoded(l->block[b], l->pixels, POOL, 1);
        assert_memory_equal(alone, block[b], POOL * smp_block_dim(l->block[b]) * sizeof *z);
        free(alone);
        free(block[b]);
    }
    free(z);
}

/* Cut anywhere, with the frame's length and checksum made right again: no cut may load. */
static void test_a_torn_stack_is_refused(void **state)
{
    const struct learned *l = *state;
    struct smp_stack *again = NULL;
    struct smp_writer w;
    uint8_t *bytes, *torn;
    size_t n, m;

    written(l->stack, &bytes, &n);
    for (size_t cut = 0; cut < n - 32; cut += (n - 32) / 23 + 1) {
        smp_writer_start(&w, SMP_CONTENT_PHOTOS);
        smp_put_bytes(&w, bytes + 24, cut);
        CHECK_SMP(smp_writer_finish(&w, &torn, &m));
        assert_int_equal(taken(torn, m, &again), SMP_CORRUPT);
        free(torn);
    }
    free(bytes);
}

static bool stop_at_half(void *ctx, double done, const char *what)
{
    (void)ctx;
    assert_non_null(what);
    return done < 0.5;
}

static void test_learning_stops_when_asked(void **state)
{
    const struct learned *l = *state;
    const struct smp_progress progress = {.keep_going = stop_at_half};
    struct pool pool = {l->pixels, 0};
    const struct smp_train_images in = {.spec = PHOTO,
                                        .n = POOL,
                                        .fetch = fetch,
                                        .ctx = &pool,
                                        .n_threads = 1,
                                        .progress = &progress};
    struct smp_stack *s;

    assert_int_equal(smp_stack_learn(&in, &s), SMP_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_the_pool_numbers_have_mean_0_and_mean_variance_1),
        cmocka_unit_test(test_threads_and_company_do_not_change_a_bit),
        cmocka_unit_test(test_shapes_are_told_apart_by_their_nearest_neighbour),
        cmocka_unit_test(test_grey_images_have_no_colour),
        cmocka_unit_test(test_a_pool_of_one_photo_many_times_gives_zeros),
        cmocka_unit_test(test_photos_of_another_size_are_refused),
        cmocka_unit_test(test_a_stack_written_and_read_gives_the_same_bits),
        cmocka_unit_test(test_equal_pools_teach_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(test_a_stack_gives_its_blocks_numbers_too),
        cmocka_unit_test(test_a_torn_stack_is_refused),
        cmocka_unit_test(test_learning_stops_when_asked),
    };
    return cmocka_run_group_tests(tests, learn_all, forget_all);
}
