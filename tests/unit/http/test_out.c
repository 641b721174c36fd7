#include "check.h"

#include "api/out.h"

#include <math.h>

static void expect(struct buf *b, const struct out *o, const char *text)
{
    CHECK_OK(out_done(o));
    assert_string_equal(b->data, text);
    buf_free(b);
}

static void test_members_are_separated_and_levels_closed(void **state)
{
    struct buf b;
    struct out o;

    (void)state;
    buf_init(&b, 1000);
    o = out_to(&b);
    out_object(&o, NULL);
    out_int(&o, "a", -7);
    out_list(&o, "b");
    out_text(&o, NULL, "x\"y");
    out_object(&o, NULL);
    out_end(&o);
    out_list(&o, NULL);
    out_end(&o);
    out_end(&o);
    out_bool(&o, "c", true);
    out_end(&o);
    expect(&b, &o, "{\"a\":-7,\"b\":[\"x\\\"y\",{},[]],\"c\":true}");
}

static void test_what_is_not_there_is_null(void **state)
{
    struct buf b;
    struct out o;

    (void)state;
    buf_init(&b, 1000);
    o = out_to(&b);
    out_list(&o, NULL);
    out_text(&o, NULL, NULL);
    out_id(&o, NULL, 0);
    out_id(&o, NULL, 5);
    out_time(&o, NULL, 0);
    out_time(&o, NULL, 1);
    out_json(&o, NULL, NULL);
    out_json(&o, NULL, "[1]");
    out_number(&o, NULL, (double)NAN);
    out_end(&o);
    expect(&b, &o, "[null,null,5,null,\"1970-01-01T00:00:00.001Z\",null,[1],null]");
}

static void test_numbers_are_written_with_the_fewest_digits_that_read_back(void **state)
{
    struct buf b;
    struct out o;

    (void)state;
    buf_init(&b, 1000);
    o = out_to(&b);
    out_list(&o, NULL);
    out_number(&o, NULL, 0.1);
    out_number(&o, NULL, 1);
    out_number(&o, NULL, 1.0 / 3);
    out_number(&o, NULL, 1e300);
    out_end(&o);
    expect(&b, &o, "[0.1,1,0.3333333333333333,1e+300]");
}

static void test_the_members_of_another_object_join_those_written(void **state)
{
    struct buf b;
    struct out o;

    (void)state;
    buf_init(&b, 1000);
    o = out_to(&b);
    out_object(&o, NULL);
    out_members(&o, "{}");
    out_text(&o, "path", "a");
    out_members(&o, "{\"x\":1}");
    out_members(&o, NULL);
    out_end(&o);
    expect(&b, &o, "{\"path\":\"a\",\"x\":1}");
}

static void test_beyond_the_buffers_maximum_the_first_failure_stands(void **state)
{
    struct buf b;
    struct out o;

    (void)state;
    buf_init(&b, 8);
    o = out_to(&b);
    out_list(&o, NULL);
    out_text(&o, NULL, "longer than eight");
    out_int(&o, NULL, 1);
    out_end(&o);
    CHECK_FAILS(out_done(&o), ERR_TOO_LARGE, "8 bytes");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_separated_and_levels_closed),
        cmocka_unit_test(test_what_is_not_there_is_null),
        cmocka_unit_test(test_numbers_are_written_with_the_fewest_digits_that_read_back),
        cmocka_unit_test(test_the_members_of_another_object_join_those_written),
        cmocka_unit_test(test_beyond_the_buffers_maximum_the_first_failure_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
