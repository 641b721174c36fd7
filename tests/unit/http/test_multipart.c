#include "check.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "http/multipart.h"
#include "http/spool.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Writes what it hears as text: <name>bytes</> */
static enum err heard_begin(void *context, const char *name)
{
    return buf_printf(context, "<%s>", name ? name : "-");
}

static enum err heard_bytes(void *context, const char *bytes, size_t n)
{
    return buf_add(context, bytes, n);
}

static enum err heard_end(void *context)
{
    return buf_adds(context, "</>");
}

/* Parses the body in pieces of `step` bytes; what was heard is in `heard`. */
static enum err parse(struct buf *heard, const char *type, const char *body, size_t n,
                      size_t step)
{
    struct multipart_sink sink = {heard, heard_begin, heard_bytes, heard_end};
    struct multipart m;

    TRY(multipart_init(&m, type, &sink));
    for (size_t at = 0; at < n; at += step)
        TRY(multipart_push(&m, body + at, at + step < n ? step : n - at));
    return multipart_end(&m);
}

static const char TYPE[] = "multipart/form-data; boundary=AaB03x";

static const char BODY[] =
    "preamble\r\n"
    "--AaB03x\r\n"
    "Content-Disposition: form-data; name=\"field\"\r\n\r\n"
    "words\r\n"
    "--AaB03x  \r\n"
    "content-disposition: form-data; name=\"f\"; filename=\"cats/a%22b.txt\"\r\n"
    "Content-Type: text/plain\r\n\r\n"
    "line\r\n\r\r\n--AaB03\r\n-\r\n--AaB0\r\n--AaB03y\r\n\r\n"
    "--AaB03x\r\n"
    "Content-Disposition: form-data; name=\"f\"; filename=\"empty\"\r\n\r\n"
    "\r\n"
    "--AaB03x--\r\nepilogue";

static void test_parts_are_the_same_however_the_bytes_arrive(void **state)
{
    static const char WANT[] =
        "<->words</>"
        "<cats/a\"b.txt>line\r\n\r\r\n--AaB03\r\n-\r\n--AaB0\r\n--AaB03y\r\n</>"
        "<empty></>";
    struct buf heard;

    (void)state;
    buf_init(&heard, 10000);
    for (size_t step = 1; step <= sizeof BODY; step++) {
        buf_clear(&heard);
        CHECK_OK(parse(&heard, TYPE, BODY, sizeof BODY - 1, step));
        assert_string_equal(heard.data, WANT);
    }
    buf_free(&heard);
}

static void test_a_body_cut_anywhere_is_refused(void **state)
{
    const char *last = strstr(BODY, "--AaB03x--");
    size_t whole = (size_t)(last - BODY) + strlen("--AaB03x--");
    struct buf heard;

    (void)state;
    buf_init(&heard, 10000);
    for (size_t n = 0; n < whole; n++) {
        buf_clear(&heard);
        assert_int_equal(parse(&heard, TYPE, BODY, n, 7), ERR_INVALID);
    }
    CHECK_OK(parse(&heard, TYPE, BODY, whole, 7));
    buf_free(&heard);
}

static void test_what_is_no_multipart_is_said(void **state)
{
    struct multipart_sink sink = {NULL, heard_begin, heard_bytes, heard_end};
    struct multipart m;
    char longest[200];

    (void)state;
    CHECK_FAILS(multipart_init(&m, "text/plain", &sink), ERR_INVALID, "multipart/form-data");
    CHECK_FAILS(multipart_init(&m, "multipart/form-data", &sink), ERR_INVALID,
                "without a boundary");
    CHECK_FAILS(multipart_init(&m, "multipart/form-data; boundary=", &sink), ERR_INVALID,
                "1 to 70");
    snprintf(longest, sizeof longest, "multipart/form-data; boundary=%071d", 0);
    CHECK_FAILS(multipart_init(&m, longest, &sink), ERR_INVALID, "1 to 70");
    CHECK_OK(multipart_init(&m, "Multipart/Form-Data; BOUNDARY=\"a b\"; x=y", &sink));
    assert_string_equal(m.boundary, "\r\n--a b");
}

static void test_headers_that_cannot_be_used_are_refused(void **state)
{
    static const struct {
        const char *body;
        const char *words;
    } ROWS[] = {
        {"--AaB03x\r\n\r\nx\r\n--AaB03x--",                                                         "no Content-Disposition"},
        {"--AaB03x\r\nContent-Disposition: form-data; filename=\"a\r\n\r\nx\r\n--AaB03x--",
         "closing quote"                                                                                                    },
        {"--AaB03x\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data\r\n\r\n",
         "Content-Transfer-Encoding"                                                                                        },
        {"--AaB03xyz",                                                                              "other text"            },
    };
    struct buf heard;

    (void)state;
    buf_init(&heard, 10000);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        CHECK_FAILS(parse(&heard, TYPE, ROWS[i].body, strlen(ROWS[i].body), 5), ERR_INVALID,
                    ROWS[i].words);
    buf_free(&heard);
}

static void test_endless_headers_are_refused_at_their_limit(void **state)
{
    struct buf body;
    struct buf heard;

    (void)state;
    buf_init(&body, 100000);
    buf_init(&heard, 100);
    CHECK_OK(buf_adds(&body, "--AaB03x\r\n"));
    for (int i = 0; i < 9000; i++)
        CHECK_OK(buf_adds(&body, "x"));
    CHECK_FAILS(parse(&heard, TYPE, body.data, body.size, 100), ERR_TOO_LARGE, "8192 bytes");
    buf_free(&body);
    buf_free(&heard);
}

static char folder[] = "/tmp/exemplar-spool-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int start(void **state)
{
    (void)state;
    return hash_start() || !mkdtemp(folder);
}

static int stop(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct spool_config config(const char *type)
{
    return (struct spool_config){
        .data_folder = folder, .content_type = type, .max_bytes = 10000, .max_files = 3};
}

/* A body with one part per name, its content the name itself. */
static enum err send(struct spool **s, const char *const *names)
{
    struct spool_config c = config(TYPE);
    char part[500];

    TRY(spool_open(s, &c));
    for (; *names; names++) {
        snprintf(
            part, sizeof part,
            "--AaB03x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%s\"\r\n\r\n"
            "%s\r\n",
            *names, *names);
        TRY(spool_push(*s, part, strlen(part)));
    }
    TRY(spool_push(*s, "--AaB03x--", 10));
    return spool_end(*s);
}

static void expect_file(const struct spool *s, const char *name, const char *content)
{
    char path[300];
    struct buf b;

    buf_init(&b, 1000);
    snprintf(path, sizeof path, "%s/%s", spool_folder(s), name);
    CHECK_OK(file_read(&b, path));
    assert_string_equal(b.data ? b.data : "", content);
    buf_free(&b);
}

static void test_files_are_stored_below_their_folder_and_none_is_lost(void **state)
{
    static const char *const NAMES[] = {"cats/a.jpg", "b.txt", "b.txt", NULL};
    struct spool *s;

    (void)state;
    CHECK_OK(send(&s, NAMES));
    expect_file(s, "cats/a.jpg", "cats/a.jpg");
    expect_file(s, "b.txt", "b.txt");
    expect_file(s, "b-2.txt", "b.txt");
    assert_null(spool_only(s));
    spool_close(s, SPOOL_REMOVE);
}

static void test_one_file_alone_is_given_by_its_path(void **state)
{
    static const char *const NAMES[] = {"items.zip", NULL};
    static const char *const BELOW[] = {"cats/a.jpg", NULL};
    struct spool *s;

    (void)state;
    CHECK_OK(send(&s, NAMES));
    assert_true(strstr(spool_only(s), "/items.zip") != NULL);
    assert_true(file_exists(spool_only(s)));
    spool_close(s, SPOOL_REMOVE);
    CHECK_OK(send(&s, BELOW));
    assert_null(spool_only(s));
    spool_close(s, SPOOL_REMOVE);
}

static void test_names_that_leave_the_folder_are_refused(void **state)
{
    static const char *const NAMES[] = {"../x", "/etc/x", "a/../../x", "a//x",
                                        "a\\x", "a/..",   ".."};
    struct spool *s;

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const char *const one[] = {NAMES[i], NULL};
        CHECK_FAILS(send(&s, one), ERR_INVALID, "file name");
        spool_close(s, SPOOL_REMOVE);
    }
}

static void test_a_file_where_another_has_a_folder_is_refused_and_nothing_breaks(void **state)
{
    static const char *const NAMES[] = {"a", "a/b", NULL};
    struct spool *s;

    (void)state;
    assert_int_not_equal(send(&s, NAMES), OK);
    spool_close(s, SPOOL_REMOVE);
}

static void test_limits_of_files_and_bytes_are_named(void **state)
{
    static const char *const NAMES[] = {"1", "2", "3", "4", NULL};
    static char big[6000];
    struct spool_config c = config("text/plain");
    struct spool *s;

    (void)state;
    CHECK_FAILS(send(&s, NAMES), ERR_TOO_LARGE, "limit of 3 files");
    spool_close(s, SPOOL_REMOVE);
    CHECK_OK(spool_open(&s, &c));
    CHECK_OK(spool_push(s, big, sizeof big));
    CHECK_FAILS(spool_push(s, big, sizeof big), ERR_TOO_LARGE, "limit of 10000 bytes");
    spool_close(s, SPOOL_REMOVE);
}

static void test_a_sweep_takes_half_uploads_and_leaves_whole_ones(void **state)
{
    static const char *const NAMES[] = {"a.txt", NULL};
    struct spool_config c = config("text/plain");
    struct spool *whole;
    struct spool *half;
    char path[300];

    (void)state;
    CHECK_OK(send(&whole, NAMES));
    CHECK_OK(spool_open(&half, &c));
    CHECK_OK(spool_push(half, "x", 1));
    snprintf(path, sizeof path, "%s", spool_folder(half));
    spool_sweep(folder);
    assert_false(file_exists(path));
    expect_file(whole, "a.txt", "a.txt");
    spool_close(half, SPOOL_KEEP);
    spool_close(whole, SPOOL_REMOVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_the_same_however_the_bytes_arrive),
        cmocka_unit_test(test_a_body_cut_anywhere_is_refused),
        cmocka_unit_test(test_what_is_no_multipart_is_said),
        cmocka_unit_test(test_headers_that_cannot_be_used_are_refused),
        cmocka_unit_test(test_endless_headers_are_refused_at_their_limit),
        cmocka_unit_test(test_files_are_stored_below_their_folder_and_none_is_lost),
        cmocka_unit_test(test_one_file_alone_is_given_by_its_path),
        cmocka_unit_test(test_names_that_leave_the_folder_are_refused),
        cmocka_unit_test(test_a_file_where_another_has_a_folder_is_refused_and_nothing_breaks),
        cmocka_unit_test(test_limits_of_files_and_bytes_are_named),
        cmocka_unit_test(test_a_sweep_takes_half_uploads_and_leaves_whole_ones),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
