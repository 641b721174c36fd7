#include "store/latents.h"

#include "check.h"
#include "unit/store/folder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct folder F;

static int make_folder(void **state)
{
    (void)state;
    folder_new(&F);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

/* A latent of three numbers, another part of two, and an error. */
static const struct latents_shape SHAPE = {
    .n_parts = 2, .d = {3, 2},
         .has_errors = 1
};

static void write_rows(size_t from, size_t n, float first)
{
    float z[3 * 100], part[2 * 100], error[100];
    int64_t items[100];
    const struct latents_rows rows = {
        .part = {z, part},
          .error = error, .items = items, .n = n
    };

    for (size_t i = 0; i < n; i++) {
        items[i] = (int64_t)(from + i + 1);
        error[i] = first / 100;
        for (size_t k = 0; k < 3; k++)
            z[3 * i + k] = first + (float)(3 * i + k);
        for (size_t k = 0; k < 2; k++)
            part[2 * i + k] = -first - (float)k;
    }
    CHECK_OK(latents_write(F.path, 7, from, &rows, &SHAPE));
}

static void test_rows_are_mapped_as_they_were_written(void **state)
{
    struct latents l;

    (void)state;
    write_rows(0, 2, 10);
    write_rows(2, 1, 20);
    CHECK_OK(latents_map(&l, F.path, 7, 3, &SHAPE));
    assert_int_equal(l.features.n, 3);
    assert_int_equal(l.features.n_parts, 2);
    assert_true(l.features.part[0][0] == 10 && l.features.part[0][5] == 15 &&
                l.features.part[0][6] == 20);
    assert_true(l.features.part[1][0] == -10 && l.features.part[1][5] == -21);
    assert_true(l.error[0] == 0.1f && l.error[2] == 0.2f);
    assert_int_equal(l.items[2], 3);
    latents_unmap(&l);
    latents_unmap(&l);
}

static void test_the_latent_alone_is_mapped_as_before_there_were_parts(void **state)
{
    const struct latents_shape alone = {.n_parts = 1, .d = {3}};
    struct latents l;
    char path[128];

    (void)state;
    write_rows(0, 2, 10);
    snprintf(path, sizeof path, "%s/latents/7.1.z", F.path);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/latents/7.error", F.path);
    assert_int_equal(unlink(path), 0);
    CHECK_FAILS(latents_map(&l, F.path, 7, 2, &SHAPE), ERR_CORRUPT, "7.1.z");
    CHECK_OK(latents_map(&l, F.path, 7, 2, &alone));
    assert_true(l.features.part[0][5] == 15);
    assert_null(l.error);
    latents_unmap(&l);
}

static void test_rows_beyond_the_commit_point_are_overwritten(void **state)
{
    struct latents l;

    (void)state;
    write_rows(0, 2, 10);
    write_rows(2, 50, 99); /* a crash came before these were committed */
    write_rows(2, 1, 30);
    CHECK_OK(latents_map(&l, F.path, 7, 3, &SHAPE));
    assert_true(l.features.part[0][6] == 30 && l.features.part[1][4] == -30);
    latents_unmap(&l);
    CHECK_FAILS(latents_map(&l, F.path, 7, 4, &SHAPE), ERR_CORRUPT, "cut short");
}

static void test_an_encoder_without_rows_maps_to_nothing(void **state)
{
    struct latents l;

    (void)state;
    CHECK_OK(latents_map(&l, F.path, 7, 0, &SHAPE));
    assert_null(l.features.part[0]);
    latents_unmap(&l);
}

static void a_short_file_is_refused(const char *name)
{
    struct latents l;
    char path[128];
    float z[3] = {0};
    int64_t item = 9;
    const struct latents_rows rows = {
        .part = {z, z},
          .error = z, .items = &item, .n = 1
    };

    write_rows(0, 10, 1);
    snprintf(path, sizeof path, "%s/latents/%s", F.path, name);
    assert_int_equal(truncate(path, 30), 0);
    CHECK_FAILS(latents_map(&l, F.path, 7, 10, &SHAPE), ERR_CORRUPT, "encode again");
    CHECK_FAILS(latents_write(F.path, 7, 10, &rows, &SHAPE), ERR_CORRUPT, "cut short");
}

static void test_a_file_cut_short_is_refused_by_readers_and_writers(void **state)
{
    (void)state;
    a_short_file_is_refused("7.z");
    a_short_file_is_refused("7.1.z");
    a_short_file_is_refused("7.error");
    a_short_file_is_refused("7.items");
}

static void test_a_map_stays_right_while_others_append(void **state)
{
    struct latents l;

    (void)state;
    write_rows(0, 2, 10);
    CHECK_OK(latents_map(&l, F.path, 7, 2, &SHAPE));
    write_rows(2, 100, 50);
    assert_true(l.features.part[0][0] == 10 && l.features.part[0][5] == 15);
    latents_unmap(&l);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_rows_are_mapped_as_they_were_written),
        CASE(test_the_latent_alone_is_mapped_as_before_there_were_parts),
        CASE(test_rows_beyond_the_commit_point_are_overwritten),
        CASE(test_an_encoder_without_rows_maps_to_nothing),
        CASE(test_a_file_cut_short_is_refused_by_readers_and_writers),
        CASE(test_a_map_stays_right_while_others_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
