#include "check.h"

#include "base/file.h"
#include "formats/idx.h"
#include "unit/store/folder.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

static struct folder F;

static int folder_make_test(void **state)
{
    (void)state;
    folder_new(&F);
    return 0;
}

static int folder_drop(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

/* Two pictures of three rows and four columns. */
static const uint8_t PICTURES[16 + 24] = {0, 0, 8,  3,  0,  0,  0,  2,  0,  0,  0,  3,  0, 0,
                                          0, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

static void test_pictures_are_read_as_rows_and_columns(void **state)
{
    (void)state;
    struct idx x;

    CHECK_OK(idx_parse(&x, PICTURES, sizeof PICTURES, IDX_IMAGES));
    assert_int_equal(x.n, 2);
    assert_int_equal(x.height, 3);
    assert_int_equal(x.width, 4);
    assert_int_equal(x.values[0], 10);
    assert_int_equal(x.values[4], 14); /* the second row */
    idx_free(&x);
}

static void test_a_file_in_gzip_reads_like_the_plain_one(void **state)
{
    (void)state;
    static const uint8_t LABELS[8 + 3] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255};
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    char plain[100], packed[100];
    struct idx x, y;

    snprintf(plain, sizeof plain, "%s/labels", F.path);
    snprintf(packed, sizeof packed, "%s/labels.gz", F.path);
    CHECK_OK(file_write(plain, LABELS, sizeof LABELS));
    archive_write_add_filter_gzip(a);
    archive_write_set_format_raw(a);
    assert_int_equal(archive_write_open_filename(a, packed), ARCHIVE_OK);
    archive_entry_set_pathname(entry, "labels");
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, LABELS, sizeof LABELS), sizeof LABELS);
    archive_entry_free(entry);
    archive_write_free(a);
    CHECK_OK(idx_read(&x, plain, IDX_LABELS));
    CHECK_OK(idx_read(&y, packed, IDX_LABELS));
    assert_int_equal(x.n, 3);
    assert_int_equal(y.n, 3);
    assert_memory_equal(x.values, y.values, 3);
    assert_int_equal(y.values[2], 255);
    idx_free(&x);
    idx_free(&y);
}

static void test_every_cut_file_is_refused(void **state)
{
    (void)state;
    struct idx x;

    for (size_t n = 0; n < sizeof PICTURES; n++)
        CHECK_FAILS(idx_parse(&x, PICTURES, n, IDX_IMAGES), ERR_INVALID, "IDX file");
}

static void test_a_header_that_lies_is_refused(void **state)
{
    (void)state;
    uint8_t b[sizeof PICTURES + 1] = {0};
    struct idx x;

    memcpy(b, PICTURES, sizeof PICTURES);
    CHECK_FAILS(idx_parse(&x, b, sizeof b, IDX_IMAGES), ERR_INVALID, "25 bytes follow");
    CHECK_FAILS(idx_parse(&x, b, sizeof PICTURES, IDX_LABELS), ERR_INVALID, "00 00 08 01");
    b[4] = b[5] = b[6] = b[7] = 255; /* 4 thousand million pictures */
    CHECK_FAILS(idx_parse(&x, b, sizeof PICTURES, IDX_IMAGES), ERR_INVALID, "promises");
    b[8] = 1; /* 16 million rows each */
    CHECK_FAILS(idx_parse(&x, b, sizeof PICTURES, IDX_IMAGES), ERR_TOO_LARGE, "4096 a side");
    memcpy(b, PICTURES, sizeof PICTURES);
    b[11] = 0;
    CHECK_FAILS(idx_parse(&x, b, sizeof PICTURES, IDX_IMAGES), ERR_INVALID, "no pixels");
    memcpy(b, PICTURES, sizeof PICTURES);
    b[2] = 0x0d; /* floats */
    CHECK_FAILS(idx_parse(&x, b, sizeof PICTURES, IDX_IMAGES), ERR_INVALID, "not an IDX file");
}

static void test_a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct idx x;

    CHECK_FAILS(idx_read(&x, "/nowhere/t-images-idx3-ubyte.gz", IDX_IMAGES), ERR_NOT_FOUND,
                "/nowhere/t-images");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_read_as_rows_and_columns),
        cmocka_unit_test(test_a_file_in_gzip_reads_like_the_plain_one),
        cmocka_unit_test(test_every_cut_file_is_refused),
        cmocka_unit_test(test_a_header_that_lies_is_refused),
        cmocka_unit_test(test_a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, folder_make_test, folder_drop);
}
