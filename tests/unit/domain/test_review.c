#include "check.h"
#include "domain/answer.h"
#include "domain/ledger.h"
#include "domain/review.h"
#include "domain/user.h"
#include "store/member.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>

static struct world W;
static int64_t REVIEWER;

static int with_overlap(int64_t overlap)
{
    world_new(&W, 6, overlap);
    REVIEWER = W.user[19];
    return 0;
}

static int one(void **state)
{
    (void)state;
    return with_overlap(1);
}

static int two(void **state)
{
    (void)state;
    return with_overlap(2);
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

static struct decide_new decide_new(int64_t item, enum decide_what what)
{
    struct decide_new n = {.project_id = W.p.id,
                           .item_id = item,
                           .user_id = REVIEWER,
                           .what = what,
                           .replaces = DECIDE_ANY};

    uuid_new(&n.id);
    return n;
}

static enum err try_decide(const struct decide_new *n, int64_t *seq)
{
    struct label_result r = {0};
    enum err e = review_decide(W.s, &W.a, n, NOW, &r);

    if (seq) *seq = r.seq;
    return e;
}

static int64_t accept(int64_t item, int64_t label_seq)
{
    struct decide_new n = decide_new(item, DECIDE_ACCEPT);
    int64_t seq;

    n.of = label_seq;
    CHECK_OK(try_decide(&n, &seq));
    return seq;
}

/* {"class": name} with values that live as long as the test. */
static int64_t decide_class(int64_t item, const char *name)
{
    struct decide_new n = decide_new(item, DECIDE_ANSWER);
    json_t *values = json_pack("{s:s}", "class", name);
    int64_t seq;

    n.answer = ANSWER_ACCEPT;
    n.values = values;
    CHECK_OK(try_decide(&n, &seq));
    json_decref(values);
    return seq;
}

static struct decision stands(int64_t item)
{
    struct decision d;

    CHECK_OK(store_decision_find(W.s, &W.a, item, &d));
    return d;
}

static struct decision stood(int64_t item, int64_t seq)
{
    struct decision d;

    CHECK_OK(store_decision_get(W.s, &W.a, item, seq, &d));
    return d;
}

static struct return_new return_new(int64_t item, int64_t user)
{
    struct return_new n = {
        .project_id = W.p.id, .user_id = REVIEWER, .comment = "Look at the ears again."};
    struct label l;

    CHECK_OK(store_label_find(W.s, &W.a, item, user, &l));
    n.label_id = l.client_id;
    uuid_new(&n.id);
    return n;
}

static int64_t give_back(int64_t item, int64_t user)
{
    struct return_new n = return_new(item, user);
    struct label_result r;

    CHECK_OK(review_return(W.s, &W.a, &n, NOW, &r));
    return r.seq;
}

static size_t to_review(struct review_item **items)
{
    struct review_place from = {0};
    size_t n;

    CHECK_OK(store_item_list_to_review(W.s, &W.a, W.p.id, &from, 100, items, &n));
    return n;
}

static void test_an_accepted_label_becomes_the_decision(void **state)
{
    int64_t label = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    int64_t seq = accept(W.first, label);
    struct decision d = stands(W.first);

    (void)state;
    assert_int_equal(d.seq, seq);
    assert_int_equal(d.accepts, label);
    assert_int_equal(d.user_id, REVIEWER);
    assert_int_equal(d.answer, ANSWER_ACCEPT);
    assert_string_equal(d.values, "{\"class\":\"a\"}");
    assert_int_equal(world_counts(&W).to_review, 0);
}

static void test_a_decision_outlives_the_label_that_it_took(void **state)
{
    int64_t label = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");

    (void)state;
    accept(W.first, label);
    world_submit(&W, W.first, W.user[0], ANSWER_REJECT, NULL);
    assert_string_equal(stands(W.first).values, "{\"class\":\"a\"}");
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
}

static void test_a_label_that_was_replaced_cannot_be_accepted(void **state)
{
    struct decide_new n = decide_new(W.first, DECIDE_ACCEPT);

    (void)state;
    n.of = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    CHECK_FAILS(try_decide(&n, NULL), ERR_CONFLICT, "replaced or taken back");
}

static void test_a_flag_decides_nothing(void **state)
{
    struct decide_new n = decide_new(W.first, DECIDE_ACCEPT);

    (void)state;
    n.of = world_submit(&W, W.first, W.user[0], ANSWER_FLAG, NULL);
    CHECK_FAILS(try_decide(&n, NULL), ERR_INVALID, "not flag");
}

static void test_a_fixed_item_is_labelled_whatever_its_labels_are(void **state)
{
    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_FLAG, NULL);
    decide_class(W.first, "b");
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
    decide_class(W.first + 1, "c"); /* nobody answered it */
    assert_int_equal(world_item(&W, W.first + 1).state, ITEM_LABELLED);
    assert_int_equal(world_counts(&W).open, 4);
}

static void test_a_decision_must_fit_the_questions(void **state)
{
    struct decide_new n = decide_new(W.first, DECIDE_ANSWER);
    json_t *values = json_pack("{s:s}", "class", "zebra");

    (void)state;
    n.answer = ANSWER_ACCEPT;
    n.values = values;
    CHECK_FAILS(try_decide(&n, NULL), ERR_INVALID, "zebra");
    n.answer = ANSWER_SKIP;
    CHECK_FAILS(try_decide(&n, NULL), ERR_INVALID, "accept or reject");
    json_decref(values);
}

static void test_a_withdrawn_decision_leaves_the_item_to_its_labels(void **state)
{
    struct decide_new n = decide_new(W.first, DECIDE_WITHDRAW);
    int64_t seq;

    (void)state;
    CHECK_FAILS(try_decide(&n, NULL), ERR_CONFLICT, "no decision to withdraw");
    world_submit(&W, W.first, W.user[0], ANSWER_FLAG, NULL);
    decide_class(W.first, "b");
    decide_class(W.first + 1, "b");
    uuid_new(&n.id);
    CHECK_OK(try_decide(&n, &seq));
    assert_int_equal(stands(W.first).seq, 0);
    assert_int_equal(stood(W.first, INT64_MAX).seq, 0);
    assert_int_equal(stood(W.first, seq - 1).answer, ANSWER_ACCEPT);
    assert_int_equal(world_item(&W, W.first).state, ITEM_FLAGGED);
    n = decide_new(W.first + 1, DECIDE_WITHDRAW);
    CHECK_OK(try_decide(&n, NULL));
    assert_int_equal(world_item(&W, W.first + 1).state, ITEM_OPEN);
}

static void test_what_stood_at_any_time_can_be_read(void **state)
{
    int64_t first = decide_class(W.first, "a");
    int64_t second = decide_class(W.first, "b");

    (void)state;
    assert_int_equal(stood(W.first, first - 1).seq, 0);
    assert_string_equal(stood(W.first, first).values, "{\"class\":\"a\"}");
    assert_string_equal(stood(W.first, second).values, "{\"class\":\"b\"}");
}

static enum err count_one(void *context, const struct decision *d)
{
    int64_t *sum = context;

    sum[0]++;
    sum[1] = d->item_id;
    return OK;
}

static void test_all_that_stood_are_read_in_order_of_item(void **state)
{
    int64_t sum[2] = {0};
    int64_t before;
    struct decide_new n;

    (void)state;
    decide_class(W.first + 3, "a");
    before = decide_class(W.first, "a");
    n = decide_new(W.first + 3, DECIDE_WITHDRAW);
    CHECK_OK(try_decide(&n, NULL));
    CHECK_OK(store_decision_visit(W.s, W.p.id, before, count_one, sum));
    assert_int_equal(sum[0], 2);
    assert_int_equal(sum[1], W.first + 3);
    sum[0] = 0;
    CHECK_OK(store_decision_visit(W.s, W.p.id, INT64_MAX, count_one, sum));
    assert_int_equal(sum[0], 1);
    assert_int_equal(sum[1], W.first);
}

static void test_an_earlier_answer_is_restored_as_a_new_event(void **state)
{
    int64_t label = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct decide_new n = decide_new(W.first, DECIDE_RESTORE);
    int64_t seq;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    decide_class(W.first, "c");
    n.of = label;
    CHECK_OK(try_decide(&n, &seq));
    assert_int_equal(stands(W.first).restores, label);
    assert_string_equal(stands(W.first).values, "{\"class\":\"a\"}");
    n = decide_new(W.first + 1, DECIDE_RESTORE);
    n.of = label;
    CHECK_FAILS(try_decide(&n, NULL), ERR_NOT_FOUND, "is not about item");
}

static void test_two_reviewers_do_not_overrule_each_other_unseen(void **state)
{
    struct decide_new n = decide_new(W.first, DECIDE_ACCEPT);

    (void)state;
    n.of = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    n.replaces = 0;
    decide_class(W.first, "b");
    CHECK_FAILS(try_decide(&n, NULL), ERR_CONFLICT, "was decided meanwhile");
    n.replaces = stands(W.first).seq;
    CHECK_OK(try_decide(&n, NULL));
}

static void test_a_decision_sent_twice_is_one(void **state)
{
    struct decide_new n = decide_new(W.first, DECIDE_ACCEPT);
    struct label_result r, again;

    (void)state;
    n.of = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    n.replaces = 0;
    n.note = "sure";
    CHECK_OK(review_decide(W.s, &W.a, &n, NOW, &r));
    CHECK_OK(review_decide(W.s, &W.a, &n, NOW, &again));
    assert_int_equal(again.seq, r.seq);
    assert_int_equal(again.repeated, 1);
    n.note = NULL;
    CHECK_FAILS(try_decide(&n, NULL), ERR_CONFLICT, "used before");
}

static void test_a_class_that_a_decision_uses_cannot_be_taken_away(void **state)
{
    static const char *const CLASSES[] = {"a", "b"};
    struct project_change change = {.overlap = -1, .explore = -1};
    struct project p;
    struct questions *q;

    (void)state;
    decide_class(W.first, "c");
    CHECK_OK(questions_from_classes(&W.a, CLASSES, 2, &q));
    change.questions = q;
    CHECK_FAILS(project_update(W.s, &W.a, W.p.id, &change, NOW, &p), ERR_CONFLICT,
                "1 decision");
}

static void test_disagreements_come_first(void **state)
{
    struct review_item *items;
    struct review_place from;
    size_t n;

    (void)state;
    for (int64_t i = 0; i < 4; i++) {
        enum answer second = i == 1 ? ANSWER_FLAG : ANSWER_ACCEPT;
        world_submit(&W, W.first + i, W.user[0], i == 1 ? ANSWER_FLAG : ANSWER_ACCEPT,
                     i == 1 ? NULL : "a");
        world_submit(&W, W.first + i, W.user[1], second, i == 1 ? NULL : i == 2 ? "b" : "a");
    }
    world_submit(&W, W.first + 4, W.user[0], ANSWER_ACCEPT, "a"); /* still open */
    assert_int_equal(to_review(&items), 4);
    assert_int_equal(items[0].item.id, W.first + 2);
    assert_int_equal(items[0].disputed, 1);
    assert_int_equal(items[1].item.id, W.first + 1); /* flagged by both */
    assert_int_equal(items[2].item.id, W.first);
    assert_int_equal(world_counts(&W).to_review, 4);
    assert_int_equal(world_counts(&W).disputed, 1);
    from = (struct review_place){0, ITEM_FLAGGED, W.first + 1};
    CHECK_OK(store_item_list_to_review(W.s, &W.a, W.p.id, &from, 1, &items, &n));
    assert_int_equal(n, 1);
    assert_int_equal(items[0].item.id, W.first);
    accept(W.first + 2, world_submit(&W, W.first + 2, W.user[1], ANSWER_ACCEPT, "b"));
    assert_int_equal(to_review(&items), 3);
    assert_int_equal(world_counts(&W).disputed, 0);
}

static void test_a_dispute_ends_when_the_answers_agree(void **state)
{
    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");
    assert_int_equal(world_counts(&W).disputed, 1);
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "a");
    assert_int_equal(world_counts(&W).disputed, 0);
    world_submit(&W, W.first, W.user[1], ANSWER_REJECT, NULL);
    assert_int_equal(world_counts(&W).disputed, 1);
}

static void test_a_returned_label_opens_its_item_for_its_person_first(void **state)
{
    struct returned r;
    struct lease l;
    int64_t seq;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    seq = give_back(W.first, W.user[0]);
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    CHECK_OK(store_returned_find(W.s, &W.a, W.first, W.user[0], &r));
    assert_int_equal(r.seq, seq);
    assert_string_equal(r.comment, "Look at the ears again.");
    for (int k = 0; k < 5;
         k++) /* the five others go to somebody else, the returned one does not */
        assert_int_not_equal(world_lease(&W, W.user[1], NOW).item_id, W.first);
    assert_int_equal(world_lease(&W, W.user[1], NOW).id, 0);
    l = world_lease(&W, W.user[0], NOW);
    assert_int_equal(l.item_id, W.first);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    CHECK_OK(store_returned_find(W.s, &W.a, W.first, W.user[0], &r));
    assert_int_equal(r.seq, 0);
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
}

static void test_returned_items_come_before_picks(void **state)
{
    int64_t picks[] = {W.first + 3, W.first + 4};

    (void)state;
    world_submit(&W, W.first + 5, W.user[0], ANSWER_ACCEPT, "a");
    world_round(&W, picks, 2);
    give_back(W.first + 5, W.user[0]);
    assert_int_equal(world_lease(&W, W.user[0], NOW).item_id, W.first + 5);
    assert_int_equal(world_lease(&W, W.user[0], NOW).item_id, W.first + 3);
}

static void test_the_place_of_who_was_asked_again_is_kept_for_a_week(void **state)
{
    int seen = 0;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    give_back(W.first, W.user[0]);
    for (int k = 0; k < 6; k++)
        seen += world_lease(&W, W.user[1], NOW + RETURNED_KEPT_MS - 1).item_id == W.first;
    assert_int_equal(seen, 0);
    for (int k = 0; k < 6; k++)
        seen +=
            world_lease(&W, W.user[2], NOW + RETURNED_KEPT_MS + LEASE_MS).item_id == W.first;
    assert_int_equal(seen, 1);
}

static void test_a_kept_place_is_counted_once_while_its_person_holds_it(void **state)
{
    (void)state; /* overlap 2: one answer is there, one place is hers, none is left */
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");
    give_back(W.first, W.user[0]);
    give_back(W.first, W.user[1]); /* now both places wait */
    assert_int_equal(world_lease(&W, W.user[0], NOW).item_id, W.first);
    assert_int_equal(world_lease(&W, W.user[1], NOW).item_id, W.first);
}

static void test_a_returned_label_answers_no_more(void **state)
{
    struct answers_ask ask = {.project_id = W.p.id};
    struct answers *x;
    struct item_answer answer;
    int64_t seq;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    seq = give_back(W.first, W.user[0]);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    for (int64_t k = -1; k <= 1; k++) {
        ask.seq = seq + k;
        CHECK_OK(answers_open(W.s, &ask, &x));
        CHECK_OK(answers_of_item(x, &W.a, W.first, &answer));
        assert_int_equal(answer.item_id, k ? W.first : 0);
        answers_close(x);
    }
}

static void test_a_return_is_refused_where_nobody_can_answer_it(void **state)
{
    struct label_new by_import = world_label(&W, W.first, USER_IMPORT, ANSWER_ACCEPT, "a");
    struct return_new n;
    struct label_result r;

    (void)state;
    CHECK_OK(world_try(&W, &by_import));
    n = return_new(W.first, USER_IMPORT);
    CHECK_FAILS(review_return(W.s, &W.a, &n, NOW, &r), ERR_INVALID, "was imported");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "a");
    n = return_new(W.first + 1, W.user[0]);
    n.comment = "";
    CHECK_FAILS(review_return(W.s, &W.a, &n, NOW, &r), ERR_INVALID, "in a sentence");
    n.comment = "Why?";
    CHECK_OK(store_member_remove(W.s, W.p.id, W.user[0]));
    CHECK_FAILS(review_return(W.s, &W.a, &n, NOW, &r), ERR_INVALID, "does not work");
    world_submit(&W, W.first + 2, W.user[1], ANSWER_ACCEPT, "a");
    decide_class(W.first + 2, "b");
    n = return_new(W.first + 2, W.user[1]);
    CHECK_FAILS(review_return(W.s, &W.a, &n, NOW, &r), ERR_CONFLICT, "withdraw the decision");
}

static void test_a_return_sent_twice_is_one(void **state)
{
    struct return_new n;
    struct label_result r, again;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    n = return_new(W.first, W.user[0]);
    CHECK_OK(review_return(W.s, &W.a, &n, NOW, &r));
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    CHECK_OK(review_return(W.s, &W.a, &n, NOW, &again));
    assert_int_equal(again.seq, r.seq);
    assert_int_equal(again.repeated, 1);
    n.comment = "Other words.";
    CHECK_FAILS(review_return(W.s, &W.a, &n, NOW, &again), ERR_CONFLICT, "used before");
}

/* A change by hand of either table, or of a mark, is found, and the rebuild undoes it. */
static void test_a_table_changed_by_hand_is_found_and_made_again(void **state)
{
    static const char *const CHANGES[] = {
        "UPDATE decision SET \"values\" = '{\"class\":\"b\"}'",
        "UPDATE decision SET answer = 'reject'",
        "UPDATE decision SET user_id = 2",
        "UPDATE decision SET note = 'forged'",
        "UPDATE decision SET at = at + 1",
        "UPDATE decision SET accepts = 1",
        "UPDATE decision SET restores = 1",
        "UPDATE decision SET seq = seq - 1",
        "UPDATE decision SET question_version = 2",
        "UPDATE decision SET client_id = zeroblob(16)",
        "DELETE FROM decision",
        "INSERT INTO decision SELECT item_id + 2, user_id, project_id, seq, client_id, answer, "
        "\"values\", question_version, accepts, restores, note, at FROM decision",
        "UPDATE returned SET comment = 'forged'",
        "UPDATE returned SET user_id = user_id + 1",
        "UPDATE returned SET by_id = by_id + 1",
        "UPDATE returned SET label_seq = 1",
        "UPDATE returned SET pick_id = 77",
        "DELETE FROM returned",
        "INSERT INTO returned SELECT item_id, user_id + 1, project_id, seq, by_id, label_seq, "
        "pick_id, comment, at FROM returned",
        "UPDATE item SET decided = 1 - decided WHERE id = (SELECT max(id) FROM item)",
        "UPDATE item SET disputed = 1 - disputed WHERE id = (SELECT max(id) FROM item)",
        "UPDATE project_count SET to_review = to_review + 1",
    };

    (void)state;
    decide_class(W.first, "a");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "a");
    give_back(W.first + 1, W.user[0]);
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        folder_sql(&W.folder, CHANGES[i]);
        if (!world_verify(&W, NULL)) fail_msg("not found: %s", CHANGES[i]);
        if (i + 3 < sizeof CHANGES / sizeof *CHANGES) CHECK_OK(label_rebuild(W.s));
        if (i + 3 == sizeof CHANGES / sizeof *CHANGES)
            folder_sql(&W.folder,
                       "UPDATE item SET decided = 0 WHERE id = (SELECT max(id) FROM item)");
        if (i + 2 == sizeof CHANGES / sizeof *CHANGES)
            folder_sql(&W.folder,
                       "UPDATE item SET disputed = 0 WHERE id = (SELECT max(id) FROM item)");
    }
    folder_sql(&W.folder, "UPDATE project_count SET to_review = to_review - 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, one, down)
#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, two, down)
        WITH_ONE(test_an_accepted_label_becomes_the_decision),
        WITH_ONE(test_a_decision_outlives_the_label_that_it_took),
        WITH_ONE(test_a_label_that_was_replaced_cannot_be_accepted),
        WITH_ONE(test_a_flag_decides_nothing),
        WITH_ONE(test_a_fixed_item_is_labelled_whatever_its_labels_are),
        WITH_ONE(test_a_decision_must_fit_the_questions),
        WITH_ONE(test_a_withdrawn_decision_leaves_the_item_to_its_labels),
        WITH_ONE(test_what_stood_at_any_time_can_be_read),
        WITH_ONE(test_all_that_stood_are_read_in_order_of_item),
        WITH_ONE(test_an_earlier_answer_is_restored_as_a_new_event),
        WITH_ONE(test_two_reviewers_do_not_overrule_each_other_unseen),
        WITH_ONE(test_a_decision_sent_twice_is_one),
        WITH_ONE(test_a_class_that_a_decision_uses_cannot_be_taken_away),
        WITH_TWO(test_disagreements_come_first),
        WITH_TWO(test_a_dispute_ends_when_the_answers_agree),
        WITH_ONE(test_a_returned_label_opens_its_item_for_its_person_first),
        WITH_ONE(test_returned_items_come_before_picks),
        WITH_ONE(test_the_place_of_who_was_asked_again_is_kept_for_a_week),
        WITH_TWO(test_a_kept_place_is_counted_once_while_its_person_holds_it),
        WITH_ONE(test_a_returned_label_answers_no_more),
        WITH_ONE(test_a_return_is_refused_where_nobody_can_answer_it),
        WITH_ONE(test_a_return_sent_twice_is_one),
        WITH_ONE(test_a_table_changed_by_hand_is_found_and_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
