#include "check.h"
#include "domain/answer.h"
#include "domain/example.h"
#include "domain/ledger.h"
#include "domain/review.h"
#include "unit/domain/world.h"

#include <string.h>

static struct world W;
static int64_t TEACHER;

static int up(void **state)
{
    (void)state;
    world_new(&W, 6, 1);
    TEACHER = W.user[19];
    return 0;
}

/* Whatever a test did, the tables are as the ledger says, and it makes them again. */
static int down(void **state)
{
    char first[400];

    (void)state;
    if (world_verify(&W, first)) fail_msg("%s", first);
    CHECK_OK(label_rebuild(W.s));
    if (world_verify(&W, first)) fail_msg("after the rebuild: %s", first);
    world_free(&W);
    return 0;
}

static struct example_new example(int64_t item, const char *class_name)
{
    struct example_new n = {
        .project_id = W.p.id, .item_id = item, .user_id = TEACHER, .class_name = class_name};

    uuid_new(&n.id);
    return n;
}

static enum err try_give(const struct example_new *n, struct example_given *g)
{
    CHECK_OK(store_begin(W.s));
    return store_end(W.s, example_give(W.s, &W.a, n, NOW, g));
}

static struct example_given give(int64_t item, const char *class_name)
{
    const struct example_new n = example(item, class_name);
    struct example_given g;

    CHECK_OK(try_give(&n, &g));
    return g;
}

static const char *class_of(int64_t item)
{
    const struct answers_ask ask = {.project_id = W.p.id};
    struct answers *x;
    struct item_answer answer;

    CHECK_OK(answers_open(W.s, &ask, &x));
    CHECK_OK(answers_of_item(x, &W.a, item, &answer));
    answers_close(x);
    return answer.item_id ? answer.values : "none";
}

static void test_an_example_is_a_label_whose_event_says_so(void **state)
{
    const struct example_given g = give(W.first, "a");
    struct ledger_row row;

    (void)state;
    assert_int_equal(g.outcome, EXAMPLE_ADDED);
    CHECK_OK(store_ledger_get(W.s, &W.a, g.seq, &row));
    assert_string_equal(row.kind, "label");
    assert_non_null(strstr(row.body, "\"example\":true"));
    assert_int_equal(row.user_id, TEACHER);
    assert_string_equal(class_of(W.first), "{\"class\":\"a\"}");
}

static void test_an_answer_that_was_asked_for_is_no_example(void **state)
{
    struct ledger_row row;

    (void)state;
    CHECK_OK(store_ledger_get(W.s, &W.a,
                              world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a"), &row));
    assert_null(strstr(row.body, "example"));
}

static void test_the_same_class_again_writes_nothing(void **state)
{
    const struct example_given first = give(W.first, "a");
    const struct example_given again = give(W.first, "a");

    (void)state;
    assert_int_equal(again.outcome, EXAMPLE_KNOWN);
    assert_int_equal(again.seq, first.seq);
}

static void test_another_class_is_a_correction(void **state)
{
    struct example_given g;

    (void)state;
    give(W.first, "a");
    g = give(W.first, "b");
    assert_int_equal(g.outcome, EXAMPLE_CORRECTED);
    assert_string_equal(class_of(W.first), "{\"class\":\"b\"}");
    assert_int_equal(world_counts(&W).labels, 1);
}

static void test_what_others_said_is_corrected_by_a_decision(void **state)
{
    struct example_given g;
    struct ledger_row row;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    g = give(W.first, "b");
    assert_int_equal(g.outcome, EXAMPLE_CORRECTED);
    CHECK_OK(store_ledger_get(W.s, &W.a, g.seq, &row));
    assert_string_equal(row.kind, "decide");
    assert_string_equal(class_of(W.first), "{\"class\":\"b\"}");
    g = give(W.first, "c"); /* and a decision by another one */
    assert_int_equal(g.outcome, EXAMPLE_CORRECTED);
    assert_string_equal(class_of(W.first), "{\"class\":\"c\"}");
    assert_int_equal(give(W.first, "c").outcome, EXAMPLE_KNOWN);
}

static void test_a_retry_gives_the_same_number_even_after_a_correction(void **state)
{
    const struct example_new n = example(W.first, "a");
    struct example_given first;
    struct example_given again;

    (void)state;
    CHECK_OK(try_give(&n, &first));
    give(W.first, "b");
    CHECK_OK(try_give(&n, &again));
    assert_int_equal(again.seq, first.seq);
    assert_string_equal(class_of(W.first), "{\"class\":\"b\"}");
}

static void test_an_id_used_for_something_else_is_refused(void **state)
{
    struct example_new n = example(W.first, "a");
    struct example_given g;

    (void)state;
    CHECK_OK(try_give(&n, &g));
    n.item_id = W.first + 1;
    assert_int_equal(try_give(&n, &g), ERR_CONFLICT);
}

static void test_an_unknown_class_is_refused_with_its_name(void **state)
{
    const struct example_new n = example(W.first, "unheard");
    struct example_given g;

    (void)state;
    assert_int_equal(try_give(&n, &g), ERR_INVALID);
    assert_non_null(strstr(err_message(), "'unheard'"));
}

static void test_a_request_gives_each_item_an_id_of_its_own_and_a_retry_the_same(void **state)
{
    struct uuid request[2];
    struct uuid id[4];
    struct hash item[2];

    (void)state;
    uuid_new(&request[0]);
    uuid_new(&request[1]);
    hash_of(&item[0], "x", 1);
    hash_of(&item[1], "y", 1);
    example_id(&id[0], &request[0], &item[0]);
    example_id(&id[1], &request[0], &item[1]);
    example_id(&id[2], &request[1], &item[0]);
    example_id(&id[3], &request[0], &item[0]);
    assert_memory_not_equal(id[0].bytes, id[1].bytes, sizeof id[0].bytes);
    assert_memory_not_equal(id[0].bytes, id[2].bytes, sizeof id[0].bytes);
    assert_memory_equal(id[0].bytes, id[3].bytes, sizeof id[0].bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_example_is_a_label_whose_event_says_so, up,
                                        down),
        cmocka_unit_test_setup_teardown(test_an_answer_that_was_asked_for_is_no_example, up,
                                        down),
        cmocka_unit_test_setup_teardown(test_the_same_class_again_writes_nothing, up, down),
        cmocka_unit_test_setup_teardown(test_another_class_is_a_correction, up, down),
        cmocka_unit_test_setup_teardown(test_what_others_said_is_corrected_by_a_decision, up,
                                        down),
        cmocka_unit_test_setup_teardown(
            test_a_retry_gives_the_same_number_even_after_a_correction, up, down),
        cmocka_unit_test_setup_teardown(test_an_id_used_for_something_else_is_refused, up,
                                        down),
        cmocka_unit_test_setup_teardown(test_an_unknown_class_is_refused_with_its_name, up,
                                        down),
        cmocka_unit_test(test_a_request_gives_each_item_an_id_of_its_own_and_a_retry_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
