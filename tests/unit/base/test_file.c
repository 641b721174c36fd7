#include "check.h"

#include "base/arena.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/exemplar-file-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[4200];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* NOLINT: the test's own folder */
}

static void test_what_is_written_is_read_and_no_temporary_stays(void **state)
{
    (void)state;
    struct buf b;
    char command[4200];

    buf_init(&b, MIB);
    CHECK_OK(file_write(in_folder("a"), "one\0two", 7));
    CHECK_OK(file_write_soon(in_folder("a"), "three\0", 6));
    CHECK_OK(file_flush(folder));
    CHECK_OK(file_read(&b, in_folder("a")));
    assert_int_equal(b.size, 6);
    assert_memory_equal(b.data, "three\0", 6);
    snprintf(command, sizeof command, "test $(ls -A %s | wc -l) -eq 1", folder);
    assert_int_equal(system(command), 0); /* NOLINT: the test's own folder */
    buf_free(&b);
}

static void test_reading_stops_at_the_buffers_maximum(void **state)
{
    (void)state;
    struct buf b;

    CHECK_OK(file_write(in_folder("ten"), "0123456789", 10));
    buf_init(&b, 10);
    CHECK_OK(file_read(&b, in_folder("ten")));
    assert_int_equal(b.size, 10);
    buf_free(&b);
    buf_init(&b, 9);
    CHECK_FAILS(file_read(&b, in_folder("ten")), ERR_TOO_LARGE, "limit of 9 bytes");
    buf_free(&b);
}

static void test_a_missing_file_is_not_found(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    CHECK_FAILS(file_read(&b, in_folder("none")), ERR_NOT_FOUND, "none");
    CHECK_FAILS(file_write(in_folder("no/where"), "", 0), ERR_NOT_FOUND, "no/where");
    buf_free(&b);
}

static void test_folders_are_made_with_those_above(void **state)
{
    (void)state;
    CHECK_OK(folder_make(in_folder("x/y/z")));
    CHECK_OK(folder_make(in_folder("x/y/z")));
    assert_true(file_exists(in_folder("x/y/z")));
}

static void test_paths_that_leave_their_folder_are_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {"",     "/etc/passwd", "../a", "a/../../b",
                                      "a//b", "a/",          "./a",  "a/..",
                                      "a\\b", "..",          "a\nb", "a/./b"};
    static const char *const GOOD[] = {"a",   "cats/a.jpg", "..a/b..", "a b/\xc3\xa9.png",
                                       "...", ".a"};

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        if (!path_is_inside(BAD[i])) fail_msg("accepted: %s", BAD[i]);
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        CHECK_OK(path_is_inside(GOOD[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_and_no_temporary_stays),
        cmocka_unit_test(test_reading_stops_at_the_buffers_maximum),
        cmocka_unit_test(test_a_missing_file_is_not_found),
        cmocka_unit_test(test_folders_are_made_with_those_above),
        cmocka_unit_test(test_paths_that_leave_their_folder_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
