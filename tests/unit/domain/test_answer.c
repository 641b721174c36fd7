#include "domain/answer.h"

#include "check.h"
#include "domain/ledger.h"
#include "domain/quarantine.h"
#include "domain/review.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>

static struct world W;

static int three(void **state)
{
    (void)state;
    world_new(&W, 10, 3);
    return 0;
}

static int down(void **state)
{
    (void)state;
    assert_int_equal(world_verify(&W, NULL), 0);
    world_free(&W);
    return 0;
}

/* The answer of an item as of a ledger number; 0: now. */
static struct item_answer answer_at(int64_t item, int64_t seq)
{
    const struct answers_ask ask = {.project_id = W.p.id, .seq = seq};
    struct answers *x;
    struct item_answer answer;

    CHECK_OK(answers_open(W.s, &ask, &x));
    CHECK_OK(answers_of_item(x, &W.a, item, &answer));
    answers_close(x);
    return answer;
}

static void say(int64_t item, int person, enum answer answer, const char *class_name)
{
    world_submit(&W, W.first + item, W.user[person], answer, class_name);
}

static int64_t quarantine(int person, int is_on)
{
    const struct quarantine_set x = {.project_id = W.p.id,
                                     .user_id = W.user[person],
                                     .is_on = is_on,
                                     .reason = "clicks without looking",
                                     .by_user_id = W.user[19]};
    struct quarantine now;

    CHECK_OK(quarantine_set(W.s, &W.a, &x, NOW, &now));
    assert_int_equal(now.is_on, is_on);
    return now.seq;
}

static int64_t last_seq(void)
{
    int64_t seq;
    struct hash h;

    CHECK_OK(store_ledger_last(W.s, &seq, &h));
    return seq;
}

static void test_most_people_decide_and_a_tie_stays_open(void **state)
{
    struct item_answer x;

    (void)state;
    say(0, 0, ANSWER_ACCEPT, "a");
    say(0, 1, ANSWER_ACCEPT, "b");
    x = answer_at(W.first, 0);
    assert_int_equal(x.answer, ANSWER_ACCEPT);
    assert_string_equal(x.values, "{}");
    assert_int_equal(x.n_open, 1);
    say(0, 2, ANSWER_ACCEPT, "b");
    x = answer_at(W.first, 0);
    assert_string_equal(x.values, "{\"class\":\"b\"}");
    assert_int_equal(x.n_open, 0);
    assert_int_equal(x.n_people, 3);
    assert_float_equal(x.support, 2.0 / 3, 1e-12);
    assert_int_equal(x.seq, last_seq());
    assert_int_equal(x.by, ANSWERED_BY_PEOPLE);
}

static void test_flags_and_rejects_decide_as_they_do_for_the_state(void **state)
{
    struct item_answer x;

    (void)state;
    say(0, 0, ANSWER_ACCEPT, "a");
    say(0, 1, ANSWER_ACCEPT, "a");
    say(0, 2, ANSWER_FLAG, NULL);
    x = answer_at(W.first, 0);
    assert_int_equal(x.answer, ANSWER_FLAG);
    assert_float_equal(x.support, 1.0 / 3, 1e-12);
    assert_int_equal(world_item(&W, W.first).state, ITEM_FLAGGED);
    say(1, 0, ANSWER_ACCEPT, "a");
    say(1, 1, ANSWER_REJECT, NULL);
    say(1, 2, ANSWER_REJECT, NULL);
    assert_int_equal(answer_at(W.first + 1, 0).answer, ANSWER_REJECT);
    assert_int_equal(world_item(&W, W.first + 1).state, ITEM_REJECTED);
    say(2, 0, ANSWER_ACCEPT, "a");
    say(2, 1, ANSWER_REJECT,
        NULL); /* half is not more than half, nor is one vote more than one */
    x = answer_at(W.first + 2, 0);
    assert_int_equal(x.answer, ANSWER_ACCEPT);
    assert_int_equal(x.n_open, 1);
}

static void test_skips_say_nothing(void **state)
{
    (void)state;
    say(0, 0, ANSWER_SKIP, NULL);
    assert_int_equal(answer_at(W.first, 0).item_id, 0);
    say(0, 1, ANSWER_ACCEPT, "c");
    assert_int_equal(answer_at(W.first, 0).n_people, 1);
    assert_int_equal(answer_at(W.first + 1, 0).item_id, 0);
}

static void test_labels_in_quarantine_are_left_out_until_they_are_let_in(void **state)
{
    int64_t on;
    int64_t before;

    (void)state;
    say(0, 0, ANSWER_ACCEPT, "a");
    say(0, 1, ANSWER_ACCEPT, "b");
    say(1, 0, ANSWER_ACCEPT, "a");
    before = last_seq();
    on = quarantine(0, 1);
    assert_string_equal(answer_at(W.first, 0).values, "{\"class\":\"b\"}");
    assert_int_equal(answer_at(W.first, 0).n_people, 1);
    assert_int_equal(answer_at(W.first + 1, 0).item_id, 0);
    assert_int_equal(quarantine(0, 1), on); /* again: nothing to do */
    assert_int_equal(last_seq(), on);
    quarantine(0, 0);
    assert_string_equal(answer_at(W.first + 1, 0).values, "{\"class\":\"a\"}");
    assert_int_equal(answer_at(W.first, 0).n_open, 1);
    /* and each moment as it was */
    assert_string_equal(answer_at(W.first + 1, before).values, "{\"class\":\"a\"}");
    assert_int_equal(answer_at(W.first + 1, on).item_id, 0);
}

static void test_an_earlier_moment_has_the_answer_it_had(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_retraction back = {.project_id = W.p.id, .user_id = W.user[0]};
    struct label_result r;
    struct lease lease;

    (void)state;
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &r));
    back.label_id = n.id;
    uuid_new(&back.id);
    CHECK_OK(label_retract(W.s, &W.a, &back, NOW, &(struct label_result){0}, &lease));
    say(0, 1, ANSWER_ACCEPT, "b");
    say(0, 1, ANSWER_ACCEPT, "c");
    assert_string_equal(answer_at(W.first, 0).values, "{\"class\":\"c\"}");
    assert_string_equal(answer_at(W.first, last_seq() - 1).values, "{\"class\":\"b\"}");
    assert_int_equal(answer_at(W.first, last_seq() - 2).item_id, 0);
    assert_string_equal(answer_at(W.first, r.seq).values, "{\"class\":\"a\"}");
}

static void write_page(char text[1000], const struct item_answer *list, size_t n)
{
    const size_t at = strlen(text);
    size_t used = at;

    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, 1000 - used, "%d %d %s %d %.3f;",
                                 (int)(list[i].item_id - W.first), (int)list[i].answer,
                                 list[i].values, (int)list[i].n_people, list[i].support);
}

static void write_all(char text[1000], struct answers *x, size_t page)
{
    struct item_answer *list;
    int64_t after = 0;
    size_t n;

    text[0] = '\0';
    do {
        CHECK_OK(answers_page(x, &W.a, after, page, &list, &n));
        write_page(text, list, n);
        if (n) after = list[n - 1].item_id;
    } while (n);
}

/* Opened before more labels come, read after: the labels of then are in the ledger alone. */
static void test_pages_fit_together_while_people_go_on(void **state)
{
    const struct answers_ask ask = {.project_id = W.p.id};
    struct answers *x;
    char before[1000], after[1000], whole[1000];

    (void)state;
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < i % 4; k++)
            say(i, k, k == 2 ? ANSWER_REJECT : ANSWER_ACCEPT,
                k == 2  ? NULL
                : i % 3 ? "a"
                        : "b");
    quarantine(1, 1);
    CHECK_OK(answers_open(W.s, &ask, &x));
    write_all(whole, x, 100);
    write_all(before, x, 2);
    quarantine(1, 0);
    quarantine(0, 1);
    for (int i = 0; i < 10; i++)
        say(i, 0, ANSWER_ACCEPT, "c");
    write_all(after, x, 3);
    answers_close(x);
    assert_string_equal(before, whole);
    assert_string_equal(after, whole);
    assert_non_null(strstr(whole, "1 0 {\"class\":\"a\"} 1 1.000;"));
    assert_non_null(strstr(whole, "9 0"));
}

static void test_answers_of_other_projects_are_not_seen(void **state)
{
    const struct answers_ask nowhere = {.project_id = W.p.id + 1};
    struct answers_ask ask = {.project_id = W.p.id, .seq = 1000};
    struct answers *x;

    (void)state;
    assert_int_equal(answers_open(W.s, &nowhere, &x), ERR_NOT_FOUND);
    assert_int_equal(answers_open(W.s, &ask, &x), ERR_INVALID);
    assert_null(x);
    ask.project_id = 99;
    assert_int_equal(answers_open(W.s, &ask, &x), ERR_NOT_FOUND);
}

static void test_multiple_choices_are_decided_class_by_class(void **state)
{
    static const char LIST[] = "[{\"name\":\"class\",\"type\":\"choice\",\"multiple\":true,"
                               "\"classes\":[\"a\",\"b\",\"c\"]}]";
    static const char *const SAID[] = {"[\"a\",\"b\"]", "[\"a\"]", "[\"a\",\"b\",\"c\"]"};
    struct project_new new = {
        .name = "Many", .kind = PROJECT_TEXT, .overlap = 3, .explore = 0.1};
    struct questions *q;
    json_t *list;
    struct item_answer x;

    (void)state;
    CHECK_OK(json_read(&list, LIST, strlen(LIST)));
    CHECK_OK(questions_read(&W.a, list, &q));
    json_decref(list);
    new.questions = q;
    CHECK_OK(project_create(W.s, &W.a, &new, NOW, &W.p));
    W.first = 0;
    world_add_items(&W, 1);
    for (int k = 0; k < 3; k++) {
        struct label_new n = world_label(&W, W.first, W.user[k], ANSWER_ACCEPT, NULL);
        json_t *chosen;
        json_t *values = json_object();

        CHECK_OK(json_read(&chosen, SAID[k], strlen(SAID[k])));
        json_object_set_new(values, "class", chosen);
        n.values = values;
        CHECK_OK(world_try(&W, &n));
        json_decref(values);
    }
    x = answer_at(W.first, 0);
    assert_string_equal(x.values, "{\"class\":[\"a\",\"b\"]}");
    assert_float_equal(x.support, 2.0 / 3, 1e-12);
}

static int64_t decide(int64_t item, enum decide_what what, enum answer answer, const char *name)
{
    struct decide_new n = {.project_id = W.p.id,
                           .item_id = W.first + item,
                           .user_id = W.user[18],
                           .what = what,
                           .answer = answer,
                           .replaces = DECIDE_ANY};
    json_t *values = name ? json_pack("{s:s}", "class", name) : NULL;
    struct label_result r;

    uuid_new(&n.id);
    n.values = values;
    CHECK_OK(review_decide(W.s, &W.a, &n, NOW, &r));
    json_decref(values);
    return r.seq;
}

/* Of items somebody labelled, nobody labelled, and one whose decision was withdrawn. */
static void test_a_decision_stands_above_what_people_say(void **state)
{
    const struct answers_ask ask = {.project_id = W.p.id};
    static const char EXPECTED[] =
        "1 0 {\"class\":\"c\"} 1 1.000;2 0 {\"class\":\"b\"} 1 1.000;"
        "4 2 {} 1 1.000;5 0 {\"class\":\"a\"} 1 1.000;"
        "7 0 {\"class\":\"a\"} 1 1.000;";
    struct answers *x;
    char now[1000], then[1000];
    int64_t before;
    struct round_inputs in;

    (void)state;
    for (int i = 1; i < 9; i += 3)
        say(i, 0, ANSWER_ACCEPT, "a");
    say(5, 0, ANSWER_ACCEPT, "a");
    before = last_seq();
    decide(1, DECIDE_ANSWER, ANSWER_ACCEPT, "c");
    decide(2, DECIDE_ANSWER, ANSWER_ACCEPT, "b");
    decide(4, DECIDE_ANSWER, ANSWER_REJECT, NULL);
    decide(5, DECIDE_ANSWER, ANSWER_ACCEPT, "b");
    decide(9, DECIDE_ANSWER, ANSWER_ACCEPT, "b");
    decide(5, DECIDE_WITHDRAW, ANSWER_ACCEPT, NULL);
    decide(9, DECIDE_WITHDRAW, ANSWER_ACCEPT, NULL);
    CHECK_OK(answers_open(W.s, &ask, &x));
    for (size_t page = 1; page < 5; page++) {
        write_all(now, x, page);
        assert_string_equal(now, EXPECTED);
    }
    say(8, 3, ANSWER_ACCEPT, "b");
    write_all(then, x, 2);
    answers_close(x);
    assert_string_equal(then, EXPECTED);
    assert_int_equal(answer_at(W.first + 1, 0).by, ANSWERED_BY_REVIEWER);
    assert_int_equal(answer_at(W.first + 2, before).item_id, 0);
    assert_string_equal(answer_at(W.first + 1, before).values, "{\"class\":\"a\"}");
    CHECK_OK(queue_inputs(W.s, &W.a, W.p.id, NOW, &in));
    assert_int_equal(in.n_labelled, 6);
    assert_int_equal(in.answers[0].classes[0], 2);
    assert_int_equal(in.answers[0].classes[1], 1);
    assert_int_equal(in.answers[0].classes[2], -1);
    assert_int_equal(in.answers[0].classes[3], 0);
}

static void test_what_teaches_leaves_people_in_quarantine_out(void **state)
{
    struct round_inputs in;
    struct round r = {.project_id = W.p.id};

    (void)state;
    say(0, 0, ANSWER_ACCEPT, "a");
    say(0, 1, ANSWER_ACCEPT, "b");
    say(1, 0, ANSWER_ACCEPT, "a");
    r.ledger_seq = last_seq();
    quarantine(0, 1);
    CHECK_OK(queue_inputs(W.s, &W.a, W.p.id, NOW, &in));
    assert_int_equal(in.n_labelled, 2);
    assert_int_equal(in.answers[0].classes[0], 1);
    assert_int_equal(in.answers[0].classes[1], -1); /* hers alone: teaches nothing */
    CHECK_OK(queue_inputs_of_round(W.s, &W.a, &r, &in));
    assert_int_equal(in.answers[0].classes[0], -1); /* then still a tie */
    assert_int_equal(in.answers[0].classes[1], 0);
}

static void test_a_quarantine_wants_a_new_round(void **state)
{
    int64_t many[20];
    int needed;

    (void)state;
    world_add_items(&W, 30);
    for (int i = 0; i < 20; i++)
        many[i] = W.first + 2 + i;
    say(0, 0, ANSWER_ACCEPT, "a");
    world_round(&W, many, 20);
    CHECK_OK(queue_needs_round(W.s, &W.a, W.p.id, &needed));
    assert_int_equal(needed, 0);
    quarantine(0, 1);
    CHECK_OK(queue_needs_round(W.s, &W.a, W.p.id, &needed));
    assert_int_equal(needed, 1);
}

static void test_a_quarantine_says_why(void **state)
{
    struct quarantine_set x = {.project_id = W.p.id, .user_id = W.user[0], .is_on = 1};
    struct quarantine now;

    (void)state;
    assert_int_equal(quarantine_set(W.s, &W.a, &x, NOW, &now), ERR_INVALID);
    x.reason = "r";
    x.user_id = 999;
    assert_int_equal(quarantine_set(W.s, &W.a, &x, NOW, &now), ERR_NOT_FOUND);
    x.project_id = 999;
    assert_int_equal(quarantine_set(W.s, &W.a, &x, NOW, &now), ERR_NOT_FOUND);
}

static void test_quarantines_are_made_again_from_the_ledger(void **state)
{
    char first[400];

    (void)state;
    say(0, 0, ANSWER_ACCEPT, "a");
    quarantine(0, 1);
    quarantine(1, 1);
    folder_sql(&W.folder, "UPDATE quarantine SET reason = 'none'; "
                          "INSERT INTO quarantine VALUES (99, 1, 2, 1, 'x', NULL, 5)");
    assert_int_equal(world_verify(&W, first), 3);
    assert_non_null(strstr(first, "quarantine"));
    CHECK_OK(label_rebuild(W.s));
    assert_int_equal(world_verify(&W, NULL), 0);
    assert_int_equal(answer_at(W.first, 0).item_id, 0);
    folder_sql(&W.folder, "DELETE FROM quarantine");
    assert_int_equal(world_verify(&W, first), 2);
    CHECK_OK(label_rebuild(W.s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, three, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_most_people_decide_and_a_tie_stays_open),
        TEST(test_flags_and_rejects_decide_as_they_do_for_the_state),
        TEST(test_skips_say_nothing),
        TEST(test_labels_in_quarantine_are_left_out_until_they_are_let_in),
        TEST(test_an_earlier_moment_has_the_answer_it_had),
        TEST(test_pages_fit_together_while_people_go_on),
        TEST(test_answers_of_other_projects_are_not_seen),
        TEST(test_multiple_choices_are_decided_class_by_class),
        TEST(test_a_decision_stands_above_what_people_say),
        TEST(test_what_teaches_leaves_people_in_quarantine_out),
        TEST(test_a_quarantine_wants_a_new_round),
        TEST(test_a_quarantine_says_why),
        TEST(test_quarantines_are_made_again_from_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
