#include "check.h"

static enum err forwards(enum err e)
{
    TRY(e);
    return fail(ERR_IO, "not reached on a failure");
}

static void test_a_failure_keeps_its_code_and_its_sentence(void **state)
{
    (void)state;
    CHECK_FAILS(fail(ERR_INVALID, "class %d is unknown", 9), ERR_INVALID, "class 9 is unknown");
}

static void test_forwarding_leaves_the_sentence_alone(void **state)
{
    (void)state;
    CHECK_FAILS(forwards(fail(ERR_BUSY, "later")), ERR_BUSY, "later");
    CHECK_FAILS(forwards(OK), ERR_IO, "not reached");
}

static void test_the_place_goes_before_the_sentence(void **state)
{
    (void)state;
    enum err e = fail(ERR_INVALID, "not a number");
    CHECK_FAILS(fail_in(e, "row %d", 7), ERR_INVALID, "row 7: not a number");
}

static void test_the_old_sentence_may_be_quoted_in_the_new(void **state)
{
    (void)state;
    enum err e = fail(ERR_IO, "disk gone");
    assert_int_equal(e, ERR_IO);
    CHECK_FAILS(fail(ERR_INVALID, "import stopped: %s", err_message()), ERR_INVALID,
                "import stopped: disk gone");
}

static void test_a_sentence_too_long_is_cut_not_overrun(void **state)
{
    (void)state;
    enum err e = fail(ERR_INVALID, "%05000d", 1);
    assert_int_equal(e, ERR_INVALID);
    assert_int_equal(strlen(err_message()), 999);
}

static void test_every_code_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(err_name((enum err)i), err_name((enum err)j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure_keeps_its_code_and_its_sentence),
        cmocka_unit_test(test_forwarding_leaves_the_sentence_alone),
        cmocka_unit_test(test_the_place_goes_before_the_sentence),
        cmocka_unit_test(test_the_old_sentence_may_be_quoted_in_the_new),
        cmocka_unit_test(test_a_sentence_too_long_is_cut_not_overrun),
        cmocka_unit_test(test_every_code_has_a_word_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
