#include "scenes.h"

#include "sampler/blocks/block.h"
#include "sampler/blocks/hog.h"
#include "sampler/blocks/sides.h"
#include "sampler/rng.h"

#include <stdlib.h>
#include <string.h>

static const struct smp_image_spec SMALL = {24, 24, 1};
enum { SIDE = 24, FLAGS = 120 };

enum wind { FROM_LEFT, EITHER_WAY };

/* n flags: a pole, and behind it a triangle that the wind blows to the right; of EITHER_WAY every
 * second one is mirrored. Place and noise by number. free() them. */
static uint8_t *flags_make(size_t n, enum wind wind)
{
    uint8_t *pixels = calloc(n, (size_t)SIDE * SIDE);
    uint8_t flag[SIDE * SIDE];
    struct smp_rng rng;

    assert_non_null(pixels);
    smp_rng_seed(&rng, 5, 0);
    for (size_t i = 0; i < n; i++) {
        const size_t left = 4 + smp_rng_below(&rng, 6);
        const size_t top = 2 + smp_rng_below(&rng, 4);
        for (size_t y = 0; y < SIDE; y++) {
            for (size_t x = 0; x < SIDE; x++) {
                const size_t down = y - top;
                const bool pole = y >= top && x >= left && x < left + 2;
                const bool cloth = y >= top && down < 10 && x >= left &&
                                   x - left < 10 - (down > 5 ? down - 5 : 5 - down) * 2;
                const size_t grey = pole || cloth ? 200 : 30;
                flag[y * SIDE + x] = (uint8_t)(grey + smp_rng_below(&rng, 20));
            }
        }
        if (wind == EITHER_WAY && i % 2) {
            scene_mirror(&SMALL, flag, pixels + i * sizeof flag);
        } else {
            memcpy(pixels + i * sizeof flag, flag, sizeof flag);
        }
    }
    return pixels;
}

static struct smp_photos flags(const uint8_t *pixels, size_t n, unsigned n_threads)
{
    return (struct smp_photos){
        .spec = SMALL, .pixels = pixels, .n = n, .seed = 1, .n_threads = n_threads};
}

/* out (smp_hog_size()) */
static void hog_of(const uint8_t *pixels, float weight, float *out)
{
    const struct smp_view_shape shape = smp_view_shape_of(&SMALL);
    float *memory = malloc(smp_view_floats(&shape) * sizeof *memory);
    float *spare = malloc(smp_view_spare(&shape) * sizeof *spare);
    float *work = malloc(smp_hog_work() * sizeof *work);
    struct smp_view view;

    assert_true(memory && spare && work);
    smp_view_make(&shape, pixels, memory, spare, &view);
    smp_hog_encode(&view, weight, work, out);
    free(memory);
    free(spare);
    free(work);
}

static void test_a_mirror_changes_the_sign_of_the_difference_and_nothing_else(void **state)
{
    const size_t half = smp_hog_size() / 2;
    uint8_t *pixels = flags_make(1, FROM_LEFT);
    uint8_t mirrored[SIDE * SIDE];
    float *a = malloc(4 * half * sizeof *a);
    float *b = a + 2 * half;
    float largest = 0;

    (void)state;
    assert_non_null(a);
    scene_mirror(&SMALL, pixels, mirrored);
    hog_of(pixels, 1, a);
    hog_of(mirrored, 0.25f, b);
    for (size_t i = 0; i < half; i++) {
        CHECK_NEAR(a[i], b[i], 1e-4);
        CHECK_NEAR(a[half + i] / 4, -b[half + i], 1e-4);
        if (a[half + i] > largest) largest = a[half + i];
    }
    assert_true(largest > 0.2f); /* there is a difference to speak of */
    free(a);
    free(pixels);
}

static void test_sides_differ_where_the_wind_always_blows_from_the_left(void **state)
{
    enum smp_sides sides;
    double share;
    uint8_t *pixels = flags_make(FLAGS, FROM_LEFT);
    struct smp_photos photos = flags(pixels, FLAGS, 2);

    (void)state;
    CHECK_SMP(smp_sides_look(&photos, &sides, &share));
    assert_int_equal(sides, SMP_SIDES_DIFFER);
    assert_true(share > 0.1);
    free(pixels);
    pixels = flags_make(FLAGS, EITHER_WAY);
    photos.pixels = pixels;
    CHECK_SMP(smp_sides_look(&photos, &sides, &share));
    assert_int_equal(sides, SMP_SIDES_ALIKE);
    photos.n = 1; /* of which nobody can say anything */
    CHECK_SMP(smp_sides_look(&photos, &sides, NULL));
    assert_int_equal(sides, SMP_SIDES_ALIKE);
    free(pixels);
}

static void test_the_answer_is_the_same_for_any_number_of_threads(void **state)
{
    uint8_t *pixels = flags_make(FLAGS, FROM_LEFT);
    double share[2];

    (void)state;
    for (unsigned t = 0; t < 2; t++) {
        const struct smp_photos photos = flags(pixels, FLAGS, 1 + 2 * t);
        enum smp_sides sides;
        CHECK_SMP(smp_sides_look(&photos, &sides, &share[t]));
    }
    assert_memory_equal(&share[0], &share[1], sizeof share[0]);
    free(pixels);
}

/* Share of flags whose nearest other flag blows the same way. */
static double told_apart(const float *z, size_t n, size_t d)
{
    size_t alike = 0;

    for (size_t i = 0; i < n; i++) {
        size_t best = 0;
        double least = 1e30;
        for (size_t j = 0; j < n; j++) {
            double d2 = 0;
            for (size_t c = 0; c < d; c++)
                d2 += (double)((z[i * d + c] - z[j * d + c]) * (z[i * d + c] - z[j * d + c]));
            if (j == i || d2 >= least) continue;
            least = d2;
            best = j;
        }
        alike += best % 2 == i % 2;
    }
    return (double)alike / (double)n;
}

/* As a whole such a pool looks like its mirror image, and yet left and right are the two classes. */
static void test_classes_that_mirror_each_other_stay_apart(void **state)
{
    uint8_t *pixels = flags_make(FLAGS, EITHER_WAY);
    const struct smp_photos photos = flags(pixels, FLAGS, 2);
    struct smp_block *block;
    float *z;

    (void)state;
    CHECK_SMP(smp_block_learn(SMP_BLOCK_HOG, &photos, &block));
    z = malloc(FLAGS * smp_block_dim(block) * sizeof *z);
    assert_non_null(z);
    CHECK_SMP(smp_blocks_encode((const struct smp_block *const *)&block, 1, &photos, &z));
    assert_true(told_apart(z, FLAGS, smp_block_dim(block)) > 0.9);
    smp_block_free(block);
    free(z);
    free(pixels);
}

/* The dictionary's numbers of one flag. */
static void patches_of(const struct smp_block *block, const uint8_t *pixels, float *z)
{
    const struct smp_photos one = flags(pixels, 1, 1);

    CHECK_SMP(smp_blocks_encode(&block, 1, &one, &z));
}

static void test_the_dictionary_looks_into_the_mirror_only_where_sides_are_alike(void **state)
{
    uint8_t *pixels = flags_make(FLAGS, EITHER_WAY);
    uint8_t mirrored[SIDE * SIDE];

    (void)state;
    scene_mirror(&SMALL, pixels, mirrored);
    for (int sides = SMP_SIDES_ALIKE; sides <= SMP_SIDES_DIFFER; sides++) {
        struct smp_photos photos = flags(pixels, FLAGS, 2);
        struct smp_block *block;
        float own[SMP_DIM_MAX];
        float other[SMP_DIM_MAX];
        double apart = 0;
        photos.sides = (enum smp_sides)sides;
        CHECK_SMP(smp_block_learn(SMP_BLOCK_DICTIONARY, &photos, &block));
        patches_of(block, pixels, own);
        patches_of(block, mirrored, other);
        for (size_t j = 0; j < smp_block_dim(block); j++)
            apart += (double)((own[j] - other[j]) * (own[j] - other[j]));
        if (sides == SMP_SIDES_ALIKE)
            assert_true(apart < 1e-3);
        else
            assert_true(apart > 1);
        smp_block_free(block);
    }
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mirror_changes_the_sign_of_the_difference_and_nothing_else),
        cmocka_unit_test(test_sides_differ_where_the_wind_always_blows_from_the_left),
        cmocka_unit_test(test_the_answer_is_the_same_for_any_number_of_threads),
        cmocka_unit_test(test_classes_that_mirror_each_other_stay_apart),
        cmocka_unit_test(test_the_dictionary_looks_into_the_mirror_only_where_sides_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
