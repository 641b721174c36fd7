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

static void write_rows(size_t from, size_t n, float first)
{
    float z[3 * 100];
    int64_t items[100];

    for (size_t i = 0; i < n; i++) {
        items[i] = (int64_t)(from + i + 1);
        for (size_t k = 0; k < 3; k++)
            z[3 * i + k] = first + (float)(3 * i + k);
    }
    CHECK_OK(latents_write(F.path, 7, from, z, items, n, 3));
}

static void test_rows_are_mapped_as_they_were_written(void **state)
{
    struct latents l;

    (void)state;
    write_rows(0, 2, 10);
    write_rows(2, 1, 20);
    CHECK_OK(latents_map(&l, F.path, 7, 3, 3));
    assert_true(l.z[0] == 10 && l.z[5] == 15 && l.z[6] == 20);
    assert_int_equal(l.items[2], 3);
    latents_unmap(&l);
    latents_unmap(&l);
}

static void test_rows_beyond_the_commit_point_are_overwritten(void **state)
{
    struct latents l;

    (void)state;
    write_rows(0, 2, 10);
    write_rows(2, 50, 99); /* a crash came before these were committed */
    write_rows(2, 1, 30);
    CHECK_OK(latents_map(&l, F.path, 7, 3, 3));
    assert_true(l.z[6] == 30);
    latents_unmap(&l);
    CHECK_FAILS(latents_map(&l, F.path, 7, 4, 3), ERR_CORRUPT, "cut short");
}

static void test_an_encoder_without_rows_maps_to_nothing(void **state)
{
    struct latents l;

    (void)state;
    CHECK_OK(latents_map(&l, F.path, 7, 0, 3));
    assert_null(l.z);
    latents_unmap(&l);
}

static void test_a_file_cut_short_is_refused_by_readers_and_writers(void **state)
{
    struct latents l;
    char path[128];
    float z[3] = {0};
    int64_t item = 9;

    (void)state;
    write_rows(0, 10, 1);
    snprintf(path, sizeof path, "%s/latents/7.z", F.path);
    assert_int_equal(truncate(path, 50), 0);
    CHECK_FAILS(latents_map(&l, F.path, 7, 10, 3), ERR_CORRUPT, "encode again");
    CHECK_FAILS(latents_write(F.path, 7, 10, z, &item, 1, 3), ERR_CORRUPT, "cut short");
}

static void test_a_map_stays_right_while_others_append(void **state)
{
    struct latents l;

    (void)state;
    write_rows(0, 2, 10);
    CHECK_OK(latents_map(&l, F.path, 7, 2, 3));
    write_rows(2, 100, 50);
    assert_true(l.z[0] == 10 && l.z[5] == 15);
    latents_unmap(&l);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_rows_are_mapped_as_they_were_written),
        CASE(test_rows_beyond_the_commit_point_are_overwritten),
        CASE(test_an_encoder_without_rows_maps_to_nothing),
        CASE(test_a_file_cut_short_is_refused_by_readers_and_writers),
        CASE(test_a_map_stays_right_while_others_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
