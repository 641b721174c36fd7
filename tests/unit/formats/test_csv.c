#include "check.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "formats/csv.h"

#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct stream_memory memory;
    struct csv *csv;
};

static void open_text_in(struct reading *r, const char *text, size_t n, char delimiter,
                         const struct csv_limits *limits)
{
    struct stream in = {.read = stream_read_memory, .context = &r->memory};

    r->memory = (struct stream_memory){.bytes = text, .n = n};
    CHECK_OK(csv_open(&r->csv, &in, limits, delimiter));
}

static void open_text(struct reading *r, const char *text)
{
    open_text_in(r, text, strlen(text), 0, &CSV_LIMITS_DEFAULT);
}

/* The next record is these fields, NULL after the last. */
static void expect_row(struct reading *r, const char *const *fields)
{
    struct csv_row row;

    CHECK_OK(csv_next(r->csv, &row));
    for (size_t i = 0; i < row.n_fields; i++) {
        assert_non_null(fields[i]);
        assert_string_equal(row.fields[i].text, fields[i]);
        assert_int_equal(row.fields[i].n, strlen(fields[i]));
    }
    assert_null(fields[row.n_fields]);
}
#define ROW(...)   expect_row(&r, (const char *const[]){__VA_ARGS__, NULL})
#define ROW_END(r) expect_row(&(r), (const char *const[]){NULL})

static void test_quotes_commas_and_line_breaks_inside_a_field_belong_to_it(void **state)
{
    (void)state;
    struct reading r;

    open_text(&r, "a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\n");
    ROW("a", "b");
    ROW("x, y", "say \"hi\"");
    ROW("two\nlines", "");
    ROW_END(r);
    csv_close(r.csv);
}

static void test_every_line_end_ends_a_record_and_is_counted_once(void **state)
{
    (void)state;
    static const char *const ENDS[] = {"\n", "\r\n", "\r"};

    for (size_t i = 0; i < 3; i++) {
        struct reading r;
        struct csv_row row;
        char text[100];

        snprintf(text, sizeof text, "a,b%s%s\"1%s2\",x%s3,4", ENDS[i], ENDS[i], ENDS[i],
                 ENDS[i]);
        open_text(&r, text);
        ROW("a", "b");
        CHECK_OK(csv_next(r.csv, &row));
        assert_int_equal(row.line, 3);
        CHECK_OK(csv_next(r.csv, &row));
        assert_int_equal(row.line, 5);
        assert_string_equal(row.fields[1].text, "4");
        ROW_END(r);
        csv_close(r.csv);
    }
}

static void test_a_byte_order_mark_is_no_part_of_the_first_name(void **state)
{
    (void)state;
    struct reading r;

    open_text(&r, "\xef\xbb\xbftext,label\nx,y\n");
    ROW("text", "label");
    ROW("x", "y");
    csv_close(r.csv);
}

static void test_the_delimiter_is_the_commonest_of_three_outside_quotes(void **state)
{
    (void)state;
    struct reading r;

    open_text(&r, "\"a,b,c,d\";e\n1;2\n");
    ROW("a,b,c,d", "e");
    assert_int_equal(csv_delimiter(r.csv), ';');
    csv_close(r.csv);
    open_text(&r, "a\tb, c\n");
    ROW("a\tb", " c"); /* one of each: the comma */
    csv_close(r.csv);
    open_text(&r, "only\n");
    assert_int_equal(csv_delimiter(r.csv), ',');
    csv_close(r.csv);
}

static void test_a_tab_separated_field_keeps_lone_quotes(void **state)
{
    (void)state;
    struct reading r;
    const char *text = "ham\t\"quite\" so\nspam\t\"a \"\"b\"\" c\"\nham\t\"open\n";

    open_text_in(&r, text, strlen(text), '\t', &CSV_LIMITS_DEFAULT);
    ROW("ham", "\"quite\" so");
    ROW("spam", "a \"b\" c");
    ROW("ham", "\"open");
    ROW_END(r);
    csv_close(r.csv);
}

static void test_a_fault_refuses_its_record_alone_and_names_its_line(void **state)
{
    (void)state;
    struct reading r;
    struct csv_row row;
    const char text[] = "a,b\n\"x\"y,1\nn\0l,2\n\xff,3\ngood,4\n\"open,5\n";

    open_text_in(&r, text, sizeof text - 1, 0, &CSV_LIMITS_DEFAULT);
    ROW("a", "b");
    CHECK_FAILS(csv_next(r.csv, &row), ERR_INVALID,
                "line 2: the row has text behind a closing");
    CHECK_FAILS(csv_next(r.csv, &row), ERR_INVALID, "line 3: the row holds a NUL byte");
    CHECK_FAILS(csv_next(r.csv, &row), ERR_INVALID, "line 4, column 1");
    ROW("good", "4");
    CHECK_FAILS(csv_next(r.csv, &row), ERR_INVALID,
                "line 6: the row opens a quote that is never");
    ROW_END(r);
    csv_close(r.csv);
}

static void test_limits_are_named_with_their_value(void **state)
{
    (void)state;
    struct reading r;
    struct csv_row row;
    const struct csv_limits limits = {.row_max_bytes = 16, .columns_max = 3};
    const char *text = "a,b,c\n0123456789012345678,x,y\n1,2,3,4\nok,1,2\n";

    open_text_in(&r, text, strlen(text), 0, &limits);
    ROW("a", "b", "c");
    CHECK_FAILS(csv_next(r.csv, &row), ERR_TOO_LARGE,
                "line 2: the row is larger than the limit of 16");
    CHECK_FAILS(csv_next(r.csv, &row), ERR_TOO_LARGE,
                "line 3: more than the limit of 3 columns");
    ROW("ok", "1", "2");
    ROW_END(r);
    csv_close(r.csv);
}

static void test_utf16_is_refused_with_what_to_do(void **state)
{
    (void)state;
    struct csv *c;
    struct stream_memory memory = {.bytes = "\xff\xfe"
                                            "a\0",
                                   .n = 4};
    struct stream in = {.read = stream_read_memory, .context = &memory};

    CHECK_FAILS(csv_open(&c, &in, &CSV_LIMITS_DEFAULT, 0), ERR_INVALID, "CSV UTF-8");
}

static enum err read_two_then_break(void *context, void *room, size_t n, size_t *got)
{
    int *calls = context;

    (void)n;
    if ((*calls)++) return fail(ERR_IO, "the disk is gone");
    memcpy(room, "a,b\n1", 5);
    *got = 5;
    return OK;
}

static void test_a_stream_that_breaks_ends_the_reading(void **state)
{
    (void)state;
    struct csv *c;
    int calls = 0;
    struct stream in = {.read = read_two_then_break, .context = &calls};

    CHECK_FAILS(csv_open(&c, &in, &CSV_LIMITS_DEFAULT, 0), ERR_IO, "the disk is gone");
}

/* Reading what was written gives it back, for random bytes out of those that matter. */
static void test_written_fields_are_read_back(void **state)
{
    (void)state;
    static const char BYTES[] = ",;\t\"\n\r'=+-@ abcd";

    srandom(7);
    for (int round = 0; round < 300; round++) {
        char field[3][12] = {{0}};
        struct buf b;
        struct reading r;
        struct csv_row row;

        buf_init(&b, KIB);
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < random() % 10; k++)
                field[i][k] = BYTES[(size_t)random() % 16];
            CHECK_OK(buf_adds(&b, i ? "," : ""));
            CHECK_OK(csv_add_field(&b, field[i], strlen(field[i]), CSV_EXACT));
        }
        CHECK_OK(buf_adds(&b, "\n"));
        open_text_in(&r, b.data, b.size, ',', &CSV_LIMITS_DEFAULT);
        CHECK_OK(csv_next(r.csv, &row));
        assert_int_equal(row.n_fields, 3);
        for (int i = 0; i < 3; i++)
            assert_string_equal(row.fields[i].text, field[i]);
        csv_close(r.csv);
        buf_free(&b);
    }
}

static void test_guarded_cells_are_no_formulas_and_exact_ones_are_unchanged(void **state)
{
    (void)state;
    struct buf b;

    buf_init(&b, KIB);
    CHECK_OK(csv_add_field(&b, "=1+1", 4, CSV_GUARDED));
    assert_string_equal(b.data, "\"'=1+1\"");
    buf_clear(&b);
    CHECK_OK(csv_add_field(&b, "=1+1", 4, CSV_EXACT));
    assert_string_equal(b.data, "=1+1");
    buf_free(&b);
}

/* One case of csv-spectrum: NAME.csv holds what NAME.json says. */
static void expect_spectrum(const char *folder, const char *name)
{
    struct buf text;
    struct buf json;
    char path[4096];
    json_t *rows;
    struct reading r;
    struct csv_row row;
    char header[8][40];
    size_t n_columns;

    buf_init(&text, MIB);
    buf_init(&json, MIB);
    snprintf(path, sizeof path, "%s/csvs/%s.csv", folder, name);
    CHECK_OK(file_read(&text, path));
    snprintf(path, sizeof path, "%s/json/%s.json", folder, name);
    CHECK_OK(file_read(&json, path));
    CHECK_OK(json_read(&rows, json.data, json.size));
    open_text_in(&r, text.data, text.size, 0, &CSV_LIMITS_DEFAULT);
    CHECK_OK(csv_next(r.csv, &row));
    n_columns = row.n_fields;
    for (size_t i = 0; i < n_columns; i++)
        snprintf(header[i], sizeof header[i], "%s", row.fields[i].text);
    for (size_t k = 0; k < json_array_size(rows); k++) {
        CHECK_OK(csv_next(r.csv, &row));
        assert_int_equal(row.n_fields, n_columns);
        for (size_t i = 0; i < n_columns; i++)
            assert_string_equal(row.fields[i].text, json_string_value(json_object_get(
                                                        json_array_get(rows, k), header[i])));
    }
    ROW_END(r);
    csv_close(r.csv);
    json_decref(rows);
    buf_free(&text);
    buf_free(&json);
}

static void test_csv_spectrum_is_read_as_it_says_when_present(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"comma_in_quotes",
                                        "empty",
                                        "empty_crlf",
                                        "escaped_quotes",
                                        "json",
                                        "newlines",
                                        "newlines_crlf",
                                        "quotes_and_newlines",
                                        "simple",
                                        "simple_crlf",
                                        "utf8"};
    const char *folder = getenv("EXEMPLAR_CSV_SPECTRUM");

    if (!folder || !file_exists(folder)) skip();
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        expect_spectrum(folder, NAMES[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes_commas_and_line_breaks_inside_a_field_belong_to_it),
        cmocka_unit_test(test_every_line_end_ends_a_record_and_is_counted_once),
        cmocka_unit_test(test_a_byte_order_mark_is_no_part_of_the_first_name),
        cmocka_unit_test(test_the_delimiter_is_the_commonest_of_three_outside_quotes),
        cmocka_unit_test(test_a_tab_separated_field_keeps_lone_quotes),
        cmocka_unit_test(test_a_fault_refuses_its_record_alone_and_names_its_line),
        cmocka_unit_test(test_limits_are_named_with_their_value),
        cmocka_unit_test(test_utf16_is_refused_with_what_to_do),
        cmocka_unit_test(test_a_stream_that_breaks_ends_the_reading),
        cmocka_unit_test(test_written_fields_are_read_back),
        cmocka_unit_test(test_guarded_cells_are_no_formulas_and_exact_ones_are_unchanged),
        cmocka_unit_test(test_csv_spectrum_is_read_as_it_says_when_present),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
