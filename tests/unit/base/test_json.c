#include "check.h"

#include "base/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *value_of(const char *text)
{
    json_t *v;
    CHECK_OK(json_read(&v, text, strlen(text)));
    return v;
}

static void test_bad_json_is_refused_with_line_and_column(void **state)
{
    (void)state;
    json_t *v;
    CHECK_FAILS(json_read(&v, "{\n\"a\": }", 8), ERR_INVALID, "line 2");
    CHECK_FAILS(json_read(&v, "{\"a\":1,\"a\":2}", 13), ERR_INVALID, "duplicate");
    CHECK_FAILS(json_read(&v, "[\"\xff\"]", 5), ERR_INVALID, "not JSON");
    CHECK_FAILS(json_read(&v, "", 0), ERR_INVALID, "not JSON");
}

static void test_fields_are_read_with_their_limits(void **state)
{
    (void)state;
    json_t *v = value_of("{\"name\":\"cats\",\"n\":3,\"x\":0.5,\"on\":true,\"none\":null}");
    const char *name;
    int64_t n;
    double x;
    bool on;

    CHECK_OK(json_text(v, "name", 1, 10, &name));
    assert_string_equal(name, "cats");
    CHECK_OK(json_int(v, "n", 1, 3, &n));
    assert_int_equal(n, 3);
    CHECK_OK(json_number_or(v, "x", 0.1, 0, 1, &x));
    assert_true(x > 0.49 && x < 0.51);
    CHECK_OK(json_bool_or(v, "on", false, &on));
    assert_true(on);
    CHECK_OK(json_int_or(v, "none", 7, 0, 9, &n));
    assert_int_equal(n, 7);
    CHECK_OK(json_text_or(v, "missing", "else", 10, &name));
    assert_string_equal(name, "else");
    CHECK_FAILS(json_text(v, "name", 1, 3, &name), ERR_TOO_LARGE,
                "name: longer than the limit of 3 bytes");
    CHECK_FAILS(json_int(v, "n", 4, 9, &n), ERR_INVALID, "n: must be between 4 and 9");
    CHECK_FAILS(json_int(v, "name", 0, 9, &n), ERR_INVALID, "name: expected an integer");
    CHECK_FAILS(json_text(v, "nothing", 1, 3, &name), ERR_INVALID, "nothing: missing");
    json_decref(v);
}

static void test_unknown_fields_are_named(void **state)
{
    (void)state;
    json_t *v = value_of("{\"name\":\"x\",\"nmae\":\"y\"}");
    CHECK_FAILS(json_only(v, "name", NULL), ERR_INVALID, "unknown field 'nmae'");
    CHECK_OK(json_only(v, "name", "nmae", NULL));
    json_decref(v);
}

static void test_equal_values_are_written_as_equal_bytes(void **state)
{
    (void)state;
    struct arena a;
    json_t *one = value_of("{ \"b\": 1, \"a\": [true, null, \"\\u00e9\"] }");
    json_t *two = value_of("{\"a\":[true,null,\"\xc3\xa9\"],\"b\":1}");

    arena_init(&a, MIB);
    assert_string_equal(json_write(&a, one), "{\"a\":[true,null,\"\xc3\xa9\"],\"b\":1}");
    assert_string_equal(json_write(&a, one), json_write(&a, two));
    json_decref(one);
    json_decref(two);
    arena_free(&a);
}

static void test_decimals_come_back_as_they_were_written(void **state)
{
    (void)state;
    struct arena a;
    json_t *v = value_of("[0.1,0.25,-1.5,100000.5,0.333333333333333]");

    arena_init(&a, MIB);
    assert_string_equal(json_write(&a, v), "[0.1,0.25,-1.5,100000.5,0.333333333333333]");
    json_decref(v);
    arena_free(&a);
}

static void test_decimals_that_were_computed_come_back_equal(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"{\"x\":[0.30000000000000004]}",
                                        "1.1111111111111111e44", "5e-324"};
    struct arena a;

    arena_init(&a, MIB);
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        json_t *v = value_of(TEXTS[i]);
        json_t *again = value_of(json_write(&a, v));
        assert_true(json_equal(v, again));
        json_decref(again);
        json_decref(v);
    }
    arena_free(&a);
}

static void test_any_bytes_become_a_json_text(void **state)
{
    (void)state;
    struct buf b;
    json_t *v;

    buf_init(&b, 1000);
    CHECK_OK(
        json_add_text(&b, "a\"\\\n\x01\xff\xc3\xa9\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x82", 17));
    CHECK_OK(json_read(&v, b.data, b.size));
    /* each byte that starts nothing well-formed is one U+FFFD */
    assert_string_equal(json_string_value(v),
                        "a\"\\\n\x01\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                        "\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd");
    json_decref(v);
    buf_free(&b);
}

/* A public suite of parser cases: y_ must be read, n_ must be refused, i_ is free. */
static void test_the_public_parser_cases(void **state)
{
    (void)state;
    const char *folder = getenv("EXEMPLAR_JSON_CASES");
    DIR *d = folder ? opendir(folder) : NULL;
    struct dirent *entry;
    int n = 0;

    if (!d) skip();
    while ((entry = readdir(d))) {
        static char text[200000];
        char path[4096];
        json_t *v = NULL;
        FILE *f;
        size_t size;

        if (!strstr(entry->d_name, ".json")) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        f = fopen(path, "rb");
        assert_non_null(f);
        size = fread(text, 1, sizeof text, f);
        fclose(f);
        enum err e = json_read(&v, text, size);
        /* duplicate keys are valid JSON that we refuse on purpose */
        if (entry->d_name[0] == 'y' && !strstr(entry->d_name, "duplicated_key") &&
            !strstr(entry->d_name, "null_escape") && !strstr(entry->d_name, "escaped_null"))
            if (e) fail_msg("%s: %s", entry->d_name, err_message());
        if (entry->d_name[0] == 'n' && !e) fail_msg("%s was read", entry->d_name);
        json_decref(v);
        n++;
    }
    closedir(d);
    assert_true(n > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_json_is_refused_with_line_and_column),
        cmocka_unit_test(test_fields_are_read_with_their_limits),
        cmocka_unit_test(test_unknown_fields_are_named),
        cmocka_unit_test(test_equal_values_are_written_as_equal_bytes),
        cmocka_unit_test(test_decimals_come_back_as_they_were_written),
        cmocka_unit_test(test_decimals_that_were_computed_come_back_equal),
        cmocka_unit_test(test_any_bytes_become_a_json_text),
        cmocka_unit_test(test_the_public_parser_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
