#include "scenes.h"

#include "sampler/blocks/focus.h"
#include "sampler/blocks/orient.h"
#include "sampler/blocks/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct smp_image_spec PHOTO = {128, 128, 3}, ODD = {50, 37, 3}, GREY = {28, 28, 1};

static struct smp_view view_of(const struct smp_image_spec *spec, const uint8_t *pixels,
                               float **memory)
{
    const struct smp_view_shape shape = smp_view_shape_of(spec);
    float *spare = malloc(smp_view_spare(&shape) * sizeof *spare);
    struct smp_view view;

    *memory = malloc(smp_view_floats(&shape) * sizeof **memory);
    assert_non_null(spare);
    assert_non_null(*memory);
    smp_view_make(&shape, pixels, *memory, spare, &view);
    free(spare);
    return view;
}

static void check_mirrored(const float *a, const float *b, size_t channels, size_t side)
{
    for (size_t i = 0; i < channels * side; i++)
        for (size_t x = 0; x < side; x++)
            CHECK_NEAR(a[i * side + x], b[i * side + side - 1 - x], 2e-5f);
}

static void test_the_mirror_image_of_a_view_is_the_view_of_the_mirror_image(void **state)
{
    const struct smp_image_spec *specs[] = {&PHOTO, &ODD, &GREY};

    (void)state;
    for (size_t s = 0; s < 3; s++) {
        uint8_t *pixels = scenes_make(specs[s], 1, 5), *mirrored = scenes_make(specs[s], 1, 5);
        float *memory_a, *memory_b;
        struct smp_view a, b;
        scene_mirror(specs[s], pixels, mirrored);
        a = view_of(specs[s], pixels, &memory_a);
        b = view_of(specs[s], mirrored, &memory_b);
        check_mirrored(a.frame, b.frame, a.shape.channels, a.shape.large);
        check_mirrored(a.focus, b.focus, a.shape.channels, a.shape.large);
        for (size_t o = 0; o < SMP_OUTLINES; o++)
            check_mirrored(a.outline[o], b.outline[o], a.shape.channels, a.shape.medium);
        free(memory_a);
        free(memory_b);
        free(pixels);
        free(mirrored);
    }
}

static void test_a_flat_image_stays_flat_at_every_size(void **state)
{
    uint8_t pixels[50 * 37 * 3];
    float *memory;
    struct smp_view view;

    (void)state;
    memset(pixels, 51, sizeof pixels);
    view = view_of(&ODD, pixels, &memory);
    for (size_t i = 0; i < 3 * view.shape.large * view.shape.large; i++) {
        CHECK_NEAR(view.frame[i], 0.2f, 1e-6f);
        CHECK_NEAR(view.focus[i], 0.2f, 1e-6f);
    }
    for (size_t i = 0; i < 3 * view.shape.small * view.shape.small; i++)
        assert_int_equal(view.small[i], 51);
    free(memory);
}

static void test_the_small_view_is_the_mean_of_four_by_four_pixels(void **state)
{
    uint8_t *pixels = scenes_make(&PHOTO, 1, 3);
    float *memory;
    const struct smp_view view = view_of(&PHOTO, pixels, &memory);
    int sum = 0;

    (void)state;
    assert_int_equal(view.shape.small, 32);
    for (size_t y = 0; y < 4; y++)
        for (size_t x = 0; x < 4; x++)
            sum += pixels[((40 + y) * 128 + 64 + x) * 3 + 1];
    assert_in_range(view.small[(10 * 32 + 16) * 3 + 1], sum / 16, (sum + 15) / 16);
    free(memory);
    free(pixels);
}

static void test_impossible_images_are_refused_with_a_sentence(void **state)
{
    const struct smp_image_spec tiny = {9, 64, 3}, huge = {64, 4000, 3}, deep = {64, 64, 4};

    (void)state;
    assert_int_equal(smp_view_check(&tiny), SMP_INVALID);
    assert_non_null(strstr(smp_message(), "9x64"));
    assert_int_equal(smp_view_check(&huge), SMP_INVALID);
    assert_int_equal(smp_view_check(&deep), SMP_INVALID);
    assert_non_null(strstr(smp_message(), "4 channels"));
    CHECK_SMP(smp_view_check(&PHOTO));
}

static void test_the_focus_is_where_the_figure_is(void **state)
{
    static float plane[128 * 128];
    const float share = 0.05f;
    struct smp_box box;

    (void)state;
    for (size_t y = 30; y < 60; y++)
        for (size_t x = 70; x < 120; x++)
            plane[y * 128 + x] = (float)((x / 2 + y / 2) % 2);
    smp_focus_boxes(plane, 1, 128, &share, 1, &box);
    assert_true(box.left > 60 && box.left < 74);
    assert_true(box.right > 115 && box.right <= 127);
    assert_true(box.top > 20 && box.top < 34);
    assert_true(box.bottom > 55 && box.bottom < 70);
}

static void test_a_flat_image_is_all_focus(void **state)
{
    static const float plane[64 * 64];
    const float share = 0.1f;
    struct smp_box box;

    (void)state;
    smp_focus_boxes(plane, 1, 64, &share, 1, &box);
    CHECK_NEAR(box.left, 0, 0);
    CHECK_NEAR(box.right, 63, 0);
    CHECK_NEAR(box.top, 0, 0);
    CHECK_NEAR(box.bottom, 63, 0);
}

static void test_the_gradients_of_a_ramp_point_along_it(void **state)
{
    float plane[16 * 16], blocks[8 * 8 * 8];

    (void)state;
    for (size_t y = 0; y < 16; y++)
        for (size_t x = 0; x < 16; x++)
            plane[y * 16 + x] = 0.01f * (float)x + 0.01f * (float)y;
    smp_orientations(plane, 1, 16, 8, blocks);
    for (size_t b = 0; b < 8; b++) /* 45 degrees is bin 1; four pixels of length 0.02 sqrt 2 */
        CHECK_NEAR(blocks[(3 * 8 + 4) * 8 + b], b == 1 ? 0.08f * sqrtf(2) : 0, 1e-4f);
}

static void test_directions_turn_in_the_mirror(void **state)
{
    const struct smp_image_spec spec = {32, 32, 1};
    uint8_t *pixels = scenes_make(&spec, 1, 9);
    float plane[32 * 32], mirrored[32 * 32], a[16 * 16 * 8], b[16 * 16 * 8];

    (void)state;
    for (size_t i = 0; i < 32 * 32; i++) {
        plane[i] = (float)pixels[i] / 255;
        mirrored[i / 32 * 32 + 31 - i % 32] = plane[i];
    }
    smp_orientations(plane, 1, 32, 8, a);
    smp_orientations(mirrored, 1, 32, 8, b);
    for (size_t y = 0; y < 16; y++)
        for (size_t x = 0; x < 16; x++)
            for (size_t k = 0; k < 8; k++)
                CHECK_NEAR(a[(y * 16 + x) * 8 + k], b[(y * 16 + 15 - x) * 8 + (12 - k) % 8],
                           2e-5f);
    free(pixels);
}

static void test_cell_sums_equal_the_plain_loops(void **state)
{
    float blocks[9 * 9 * 2], work[7 * 9 * 2], cells[7 * 7 * 2];

    (void)state;
    for (size_t i = 0; i < 9 * 9 * 2; i++)
        blocks[i] = (float)(i * 7 % 31);
    smp_cell_sums(blocks, 9, 2, 3, work, cells);
    for (size_t y = 0; y < 7; y++) {
        for (size_t x = 0; x < 7; x++) {
            for (size_t l = 0; l < 2; l++) {
                float sum = 0;
                for (size_t i = 0; i < 9; i++)
                    sum += blocks[((y + i / 3) * 9 + x + i % 3) * 2 + l];
                CHECK_NEAR(cells[(y * 7 + x) * 2 + l], sum, 1e-3f);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_mirror_image_of_a_view_is_the_view_of_the_mirror_image),
        cmocka_unit_test(test_a_flat_image_stays_flat_at_every_size),
        cmocka_unit_test(test_the_small_view_is_the_mean_of_four_by_four_pixels),
        cmocka_unit_test(test_impossible_images_are_refused_with_a_sentence),
        cmocka_unit_test(test_the_focus_is_where_the_figure_is),
        cmocka_unit_test(test_a_flat_image_is_all_focus),
        cmocka_unit_test(test_the_gradients_of_a_ramp_point_along_it),
        cmocka_unit_test(test_directions_turn_in_the_mirror),
        cmocka_unit_test(test_cell_sums_equal_the_plain_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
