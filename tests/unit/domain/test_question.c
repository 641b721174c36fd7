#include "domain/question.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena A;

static int arena_up(void **state)
{
    (void)state;
    arena_init(&A, 64 * MIB);
    return 0;
}

static int arena_down(void **state)
{
    (void)state;
    arena_free(&A);
    return 0;
}

static enum err read_text(const char *text, struct questions **q)
{
    json_t *list;
    enum err e;

    TRY(json_read(&list, text, strlen(text)));
    e = questions_read(&A, list, q);
    json_decref(list);
    return e;
}

static enum err refused(const char *text)
{
    struct questions *q;
    return read_text(text, &q);
}

static struct questions *read_ok(const char *text)
{
    struct questions *q = NULL;

    CHECK_OK(read_text(text, &q));
    return q;
}

static enum err check(const struct questions *q, const char *text, enum answer answer,
                      const char **canonical)
{
    json_t *values;
    enum err e;

    TRY(json_read(&values, text, strlen(text)));
    e = values_check(&A, q, values, answer, canonical);
    json_decref(values);
    return e;
}

static void test_what_is_missing_is_filled_in(void **state)
{
    struct questions *q = read_ok("[{\"classes\":[\"cat\",\"dog\"]}]");

    (void)state;
    assert_string_equal(q->question[0].name, "class");
    assert_int_equal(q->question[0].multiple, 0);
    assert_string_equal(q->question[0].classes[0].key, "1");
    assert_string_equal(q->question[0].classes[1].key, "2");
    assert_int_equal(q->question[0].classes[0].color[0], '#');
    assert_string_not_equal(q->question[0].classes[0].color, q->question[0].classes[1].color);
    assert_string_equal(q->question[0].classes[0].description, "");
}

static void test_the_page_keeps_its_own_keys(void **state)
{
    char text[1000] = "[{\"classes\":[";
    struct questions *q;

    (void)state;
    for (int i = 0; i < 40; i++)
        snprintf(text + strlen(text), 20, "%s\"c%d\"", i ? "," : "", i);
    strcat(text, "]}]");
    q = read_ok(text);
    for (int i = 0; i < 40; i++) {
        const char *key = q->question[0].classes[i].key;
        assert_true(!key[0] || !strchr("sfruzi?", key[0]));
        for (int k = 0; k < i; k++)
            assert_true(!key[0] || strcmp(key, q->question[0].classes[k].key) != 0);
    }
    assert_string_equal(q->question[0].classes[9].key, "a");
    assert_string_equal(q->question[0].classes[39].key, ""); /* they ran out */
    CHECK_FAILS(refused("[{\"classes\":[{\"name\":\"a\",\"key\":\"s\"}]}]"), ERR_INVALID,
                "taken by the labelling page");
}

static void test_a_chosen_key_is_kept_and_not_given_twice(void **state)
{
    struct questions *q =
        read_ok("[{\"classes\":[\"a\",{\"name\":\"b\",\"key\":\"1\"},\"c\"]}]");

    (void)state;
    assert_string_equal(q->question[0].classes[0].key, "2");
    assert_string_equal(q->question[0].classes[1].key, "1");
    assert_string_equal(q->question[0].classes[2].key, "3");
    CHECK_FAILS(refused("[{\"classes\":[{\"name\":\"a\",\"key\":\"1\"},"
                        "{\"name\":\"b\",\"key\":\"1\"}]}]"),
                ERR_INVALID, "given to two classes");
}

static void test_keys_differ_across_questions(void **state)
{
    struct questions *q = read_ok("[{\"name\":\"x\",\"classes\":[\"a\",\"b\"]},"
                                  "{\"name\":\"y\",\"classes\":[\"a\",\"b\"]}]");

    (void)state;
    assert_string_equal(q->question[1].classes[0].key, "3");
}

static void test_reading_the_canonical_text_again_gives_the_same_text(void **state)
{
    struct questions *q =
        read_ok("[{\"name\":\"x\",\"multiple\":true,\"classes\":[\"a\","
                "{\"name\":\"b\",\"color\":\"#00FF00\",\"description\":\"é\"}]}]");
    struct questions *again;

    (void)state;
    CHECK_OK(questions_parse(&A, q->body, &again));
    assert_string_equal(q->body, again->body);
}

static void test_bad_questions_are_refused_by_name(void **state)
{
    (void)state;
    CHECK_FAILS(refused("{}"), ERR_INVALID, "expected a list of 1 to 8");
    CHECK_FAILS(refused("[]"), ERR_INVALID, "expected a list of 1 to 8");
    CHECK_FAILS(refused("[{\"classes\":[]}]"), ERR_INVALID, "list of 1 to 1000");
    CHECK_FAILS(refused("[{\"classes\":[\"a\",\"a\"]}]"), ERR_INVALID, "\"a\" is there twice");
    CHECK_FAILS(refused("[{\"classes\":[\"\"]}]"), ERR_INVALID, "1 to 200 bytes");
    CHECK_FAILS(refused("[{\"classes\":[\" a\"]}]"), ERR_INVALID, "space");
    CHECK_FAILS(refused("[{\"classes\":[\"a\\n\"]}]"), ERR_INVALID, "control");
    CHECK_FAILS(refused("[{\"classes\":[{\"name\":\"a\",\"color\":\"red\"}]}]"), ERR_INVALID,
                "#rrggbb");
    CHECK_FAILS(refused("[{\"classes\":[\"a\"],\"type\":\"shapes\"}]"), ERR_INVALID,
                "\"shapes\" is not known");
    CHECK_FAILS(refused("[{\"classes\":[\"a\"],\"size\":3}]"), ERR_INVALID, "size");
    CHECK_FAILS(refused("[{\"classes\":[\"a\"]},{\"classes\":[\"b\"]}]"), ERR_INVALID, "name");
    CHECK_FAILS(refused("[{\"name\":\"x\",\"classes\":[\"a\"]},{\"name\":\"x\","
                        "\"classes\":[\"b\"]}]"),
                ERR_INVALID, "\"x\" is there twice");
}

static void test_a_single_choice_needs_exactly_one_known_class(void **state)
{
    struct questions *q = read_ok("[{\"classes\":[\"a\",\"b\"]}]");
    const char *v;

    (void)state;
    CHECK_OK(check(q, "{\"class\":\"b\"}", ANSWER_ACCEPT, &v));
    assert_string_equal(v, "{\"class\":\"b\"}");
    CHECK_FAILS(check(q, "{\"class\":\"x\"}", ANSWER_ACCEPT, &v), ERR_INVALID,
                "\"x\" is no class of the question \"class\"");
    CHECK_FAILS(check(q, "{\"class\":[\"a\"]}", ANSWER_ACCEPT, &v), ERR_INVALID,
                "single choice");
    CHECK_FAILS(check(q, "{\"class\":1}", ANSWER_ACCEPT, &v), ERR_INVALID, "single choice");
    CHECK_FAILS(check(q, "{}", ANSWER_ACCEPT, &v), ERR_INVALID, "\"class\" is not answered");
    CHECK_FAILS(check(q, "{\"class\":\"a\",\"clas\":\"a\"}", ANSWER_ACCEPT, &v), ERR_INVALID,
                "no question \"clas\"");
    CHECK_FAILS(check(q, "[]", ANSWER_ACCEPT, &v), ERR_INVALID, "expected an object");
}

static void test_a_multiple_choice_is_stored_in_the_order_of_its_classes(void **state)
{
    struct questions *q = read_ok("[{\"multiple\":true,\"classes\":[\"a\",\"b\",\"c\"]}]");
    const char *v;

    (void)state;
    CHECK_OK(check(q, "{\"class\":[\"c\",\"a\"]}", ANSWER_ACCEPT, &v));
    assert_string_equal(v, "{\"class\":[\"a\",\"c\"]}");
    CHECK_OK(check(q, "{\"class\":[]}", ANSWER_ACCEPT, &v));
    CHECK_FAILS(check(q, "{\"class\":[\"a\",\"a\"]}", ANSWER_ACCEPT, &v), ERR_INVALID, "twice");
    CHECK_FAILS(check(q, "{\"class\":\"a\"}", ANSWER_ACCEPT, &v), ERR_INVALID,
                "multiple choice");
    CHECK_FAILS(check(q, "{\"class\":[\"x\"]}", ANSWER_ACCEPT, &v), ERR_INVALID, "no class");
}

static void test_other_answers_may_leave_questions_open_but_not_invent_any(void **state)
{
    struct questions *q = read_ok("[{\"classes\":[\"a\",\"b\"]}]");
    const char *v;

    (void)state;
    CHECK_OK(check(q, "{}", ANSWER_SKIP, &v));
    assert_string_equal(v, "{}");
    CHECK_OK(values_check(&A, q, NULL, ANSWER_REJECT, &v));
    CHECK_OK(check(q, "{\"class\":\"a\"}", ANSWER_FLAG, &v));
    CHECK_FAILS(check(q, "{\"x\":\"a\"}", ANSWER_SKIP, &v), ERR_INVALID, "no question");
}

static void test_classes_are_added_behind_the_old_ones(void **state)
{
    static const char *const MORE[] = {"b", "c", "c"};
    struct questions *old = read_ok("[{\"classes\":[\"a\",\"b\"]}]");
    struct questions *q;

    (void)state;
    CHECK_OK(questions_with_classes(&A, old, MORE, 3, &q));
    assert_int_equal(q->question[0].n_classes, 3);
    assert_int_equal(class_index(&q->question[0], "a"), 0);
    assert_int_equal(class_index(&q->question[0], "c"), 2);
    assert_string_equal(q->question[0].classes[0].color, old->question[0].classes[0].color);
}

static void test_the_class_of_a_label_is_that_of_the_first_question(void **state)
{
    struct questions *q =
        read_ok("[{\"multiple\":true,\"name\":\"x\",\"classes\":[\"a\",\"b\"]},"
                "{\"name\":\"y\",\"classes\":[\"c\"]}]");

    (void)state;
    assert_int_equal(values_class(q, "{\"x\":[\"b\"],\"y\":\"c\"}"), 1);
    assert_int_equal(values_class(q, "{\"x\":[],\"y\":\"c\"}"), -1);
    assert_int_equal(values_class(q, "{}"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_missing_is_filled_in),
        cmocka_unit_test(test_the_page_keeps_its_own_keys),
        cmocka_unit_test(test_a_chosen_key_is_kept_and_not_given_twice),
        cmocka_unit_test(test_keys_differ_across_questions),
        cmocka_unit_test(test_reading_the_canonical_text_again_gives_the_same_text),
        cmocka_unit_test(test_bad_questions_are_refused_by_name),
        cmocka_unit_test(test_a_single_choice_needs_exactly_one_known_class),
        cmocka_unit_test(test_a_multiple_choice_is_stored_in_the_order_of_its_classes),
        cmocka_unit_test(test_other_answers_may_leave_questions_open_but_not_invent_any),
        cmocka_unit_test(test_classes_are_added_behind_the_old_ones),
        cmocka_unit_test(test_the_class_of_a_label_is_that_of_the_first_question),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
