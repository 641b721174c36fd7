#include "check.h"
#include "domain/ledger.h"
#include "unit/domain/world.h"

#include <string.h>

static struct world W;

static int one(void **state)
{
    (void)state;
    world_new(&W, 10, 1);
    return 0;
}

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

static int64_t n_events(void)
{
    int64_t seq;
    struct hash h;

    CHECK_OK(store_ledger_last(W.s, &seq, &h));
    return seq;
}

static void test_a_label_closes_its_item_and_is_counted(void **state)
{
    int64_t seq = world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label l;

    (void)state;
    CHECK_OK(store_label_find(W.s, &W.a, W.first, W.user[0], &l));
    assert_int_equal(l.seq, seq);
    assert_string_equal(l.values, "{\"class\":\"a\"}");
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
    assert_int_equal(world_counts(&W).labelled, 1);
    assert_int_equal(world_counts(&W).open, 9);
    assert_int_equal(world_counts(&W).labels, 1);
}

static void test_a_retry_gives_the_same_number_and_no_new_row(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r, again;

    (void)state;
    n.reason = "\"quoted\" and é";
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &r));
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW + 99, &again));
    assert_int_equal(again.seq, r.seq);
    assert_int_equal(again.repeated, 1);
    assert_int_equal(n_events(), r.seq);
}

static void test_a_retry_is_known_even_after_the_label_was_replaced(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r, again;

    (void)state;
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &r));
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &again));
    assert_int_equal(again.seq, r.seq);
}

static void test_the_same_id_with_other_content_is_a_conflict(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_new other;

    (void)state;
    CHECK_OK(world_try(&W, &n));
    other = n;
    other.values = world_label(&W, 1, 1, ANSWER_ACCEPT, "b").values;
    CHECK_FAILS(world_try(&W, &other), ERR_CONFLICT, "was used before for something else");
    other = n;
    other.answer = ANSWER_FLAG;
    CHECK_FAILS(world_try(&W, &other), ERR_CONFLICT, "was used before");
    other = n;
    other.elapsed_ms++;
    CHECK_FAILS(world_try(&W, &other), ERR_CONFLICT, "was used before");
    other = n;
    other.reason = "because";
    CHECK_FAILS(world_try(&W, &other), ERR_CONFLICT, "was used before");
    other = n;
    other.item_id++;
    CHECK_FAILS(world_try(&W, &other), ERR_CONFLICT, "was used before");
    other = n;
    other.user_id = W.user[1];
    CHECK_FAILS(world_try(&W, &other), ERR_CONFLICT, "was used before");
    assert_int_equal(world_counts(&W).labels, 1);
}

static void test_bad_input_gets_a_sentence_and_no_event(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, NULL);
    int64_t before = n_events();
    char reason[REASON_BYTES_MAX + 2];

    (void)state;
    CHECK_FAILS(world_try(&W, &n), ERR_INVALID, "is not answered");
    n = world_label(&W, W.first + 100, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_FAILS(world_try(&W, &n), ERR_NOT_FOUND, "there is no item");
    n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    n.project_id = 77;
    CHECK_FAILS(world_try(&W, &n), ERR_NOT_FOUND, "in project 77");
    n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    n.elapsed_ms = -1;
    CHECK_FAILS(world_try(&W, &n), ERR_INVALID, "elapsed_ms");
    n = world_label(&W, W.first, W.user[0], ANSWER_REJECT, NULL);
    memset(reason, 'x', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    n.reason = reason;
    CHECK_FAILS(world_try(&W, &n), ERR_INVALID, "at most 500 bytes");
    assert_int_equal(n_events(), before);
}

static void test_the_same_person_may_answer_again_and_replaces_her_label(void **state)
{
    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[0], ANSWER_REJECT, NULL);
    assert_int_equal(world_counts(&W).labels, 1);
    assert_int_equal(world_item(&W, W.first).state, ITEM_REJECTED);
    world_submit(&W, W.first, W.user[0], ANSWER_SKIP, NULL);
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(world_item(&W, W.first).n_answers, 0);
}

static void test_an_item_with_all_its_answers_takes_no_more(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_FAILS(world_try(&W, &n), ERR_CONFLICT, "has all the answers it needs");
    n = world_label(&W, W.first, W.user[1], ANSWER_SKIP, NULL);
    CHECK_OK(world_try(&W, &n)); /* a skip needs no room */
}

static void test_a_skip_gives_no_right_to_answer_later_without_room(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");

    (void)state;
    world_submit(&W, W.first, W.user[1], ANSWER_SKIP, NULL);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_FAILS(world_try(&W, &n), ERR_CONFLICT, "has all the answers");
}

static void test_an_expired_lease_is_good_while_nobody_else_has_the_item(void **state)
{
    struct lease l = world_lease(&W, W.user[0], NOW);
    struct label_new n = world_label(&W, l.item_id, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r;
    struct label stored;

    (void)state;
    n.lease_id = l.id;
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW + 2 * LEASE_MS, &r));
    CHECK_OK(store_label_find(W.s, &W.a, l.item_id, W.user[0], &stored));
    assert_int_equal(stored.pick_id, l.pick_id);
}

static void test_an_expired_lease_is_refused_once_somebody_else_has_the_item(void **state)
{
    struct lease l = world_lease(&W, W.user[0], NOW);
    struct label_new n = world_label(&W, l.item_id, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r;
    struct lease other;
    int64_t later = NOW + LEASE_MS + 1;

    (void)state;
    n.lease_id = l.id;
    CHECK_OK(queue_lease_item(W.s, l.item_id, W.user[1], 0, later, &other));
    assert_true(other.id);
    CHECK_FAILS(label_submit(W.s, &W.a, &n, later, &r), ERR_CONFLICT, "given to somebody else");
}

static void test_somebody_elses_lease_does_not_help(void **state)
{
    struct lease l = world_lease(&W, W.user[0], NOW);
    struct label_new n = world_label(&W, l.item_id, W.user[1], ANSWER_SKIP, NULL);

    (void)state;
    n.lease_id = l.id;
    CHECK_FAILS(world_try(&W, &n), ERR_CONFLICT, "was not given to you");
    n = world_label(&W, l.item_id, W.user[1], ANSWER_ACCEPT, "a");
    CHECK_FAILS(world_try(&W, &n), ERR_CONFLICT, "given to somebody else");
}

static void test_a_label_ends_the_lease(void **state)
{
    struct lease l = world_lease(&W, W.user[0], NOW);
    struct lease after;

    (void)state;
    world_submit(&W, l.item_id, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_OK(store_lease_get(W.s, l.id, &after));
    assert_int_equal(after.ended_at, NOW);
}

static void test_three_answers_close_an_item_by_majority(void **state)
{
    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[1], ANSWER_REJECT, NULL);
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    world_submit(&W, W.first, W.user[2], ANSWER_ACCEPT, "b");
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
    world_submit(&W, W.first, W.user[2], ANSWER_REJECT, NULL);
    assert_int_equal(world_item(&W, W.first).state, ITEM_REJECTED);
    world_submit(&W, W.first, W.user[0], ANSWER_FLAG, NULL);
    assert_int_equal(world_item(&W, W.first).state, ITEM_FLAGGED);
    assert_int_equal(world_counts(&W).flagged, 1);
}

static void test_skips_never_count(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        world_submit(&W, W.first, W.user[i], ANSWER_SKIP, NULL);
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(world_item(&W, W.first).n_answers, 0);
}

static void test_labels_of_the_import_count_like_anybodys(void **state)
{
    (void)state;
    world_submit(&W, W.first, 1, ANSWER_ACCEPT, "a");
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
}

static enum err take_back(const struct uuid *label, const struct uuid *id, int64_t user,
                          struct label_result *r, struct lease *l)
{
    struct label_retraction x = {W.p.id, user, *label, *id};

    return label_retract(W.s, &W.a, &x, NOW, r, l);
}

static void test_what_is_taken_back_is_hers_again_at_once(void **state)
{
    struct lease given = world_lease(&W, W.user[0], NOW);
    struct label_new n = world_label(&W, given.item_id, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r;
    struct lease l;
    struct uuid id;

    (void)state;
    uuid_new(&id);
    CHECK_OK(world_try(&W, &n));
    CHECK_OK(take_back(&n.id, &id, W.user[0], &r, &l));
    assert_int_equal(l.item_id, given.item_id);
    assert_int_equal(l.pick_id, given.pick_id);
    assert_int_equal(world_item(&W, given.item_id).state, ITEM_OPEN);
    assert_int_equal(world_counts(&W).labels, 0);
    assert_int_not_equal(world_lease(&W, W.user[1], NOW).item_id, given.item_id);
}

static void test_a_repeated_retract_gives_the_same_number(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r, again;
    struct lease l, same;
    struct uuid id, other;

    (void)state;
    uuid_new(&id);
    uuid_new(&other);
    CHECK_OK(world_try(&W, &n));
    CHECK_OK(take_back(&n.id, &id, W.user[0], &r, &l));
    CHECK_OK(take_back(&n.id, &id, W.user[0], &again, &same));
    assert_int_equal(again.seq, r.seq);
    assert_int_equal(again.repeated, 1);
    assert_int_equal(same.id, l.id);
    assert_int_equal(n_events(), r.seq);
    CHECK_FAILS(take_back(&n.id, &other, W.user[0], &r, &l), ERR_CONFLICT,
                "taken back already");
    CHECK_FAILS(take_back(&n.id, &n.id, W.user[0], &r, &l), ERR_CONFLICT, "was used before");
    CHECK_FAILS(take_back(&other, &id, W.user[0], &r, &l), ERR_CONFLICT, "was used before");
    CHECK_FAILS(take_back(&n.id, &id, W.user[1], &r, &l), ERR_CONFLICT, "was used before");
}

static void test_only_her_own_current_label_can_be_taken_back(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r;
    struct lease l;
    struct uuid id;

    (void)state;
    uuid_new(&id);
    CHECK_FAILS(take_back(&n.id, &id, W.user[0], &r, &l), ERR_NOT_FOUND, "you have no label");
    CHECK_OK(world_try(&W, &n));
    CHECK_FAILS(take_back(&n.id, &id, W.user[1], &r, &l), ERR_NOT_FOUND, "you have no label");
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    CHECK_FAILS(take_back(&n.id, &id, W.user[0], &r, &l), ERR_CONFLICT, "was replaced by no.");
}

static void test_a_skip_taken_back_when_others_filled_its_place_gives_no_lease(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_SKIP, NULL);
    struct label_result r;
    struct lease l;
    struct uuid id;

    (void)state;
    uuid_new(&id);
    CHECK_OK(world_try(&W, &n));
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "a");
    CHECK_OK(take_back(&n.id, &id, W.user[0], &r, &l));
    assert_int_equal(l.id, 0);
}

static void test_the_body_in_the_ledger_is_canonical_json(void **state)
{
    struct lease l = world_lease(&W, W.user[0], NOW);
    struct label_new n = world_label(&W, l.item_id, W.user[0], ANSWER_ACCEPT, "a");
    struct label_result r;
    struct ledger_row row;
    json_t *body;

    (void)state;
    n.lease_id = l.id;
    n.reason = "a \"quote\", a tab\t, a slash / and \xe2\x82\xac \x7f";
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &r));
    CHECK_OK(store_ledger_get(W.s, &W.a, r.seq, &row));
    CHECK_OK(json_read(&body, row.body, row.n_body));
    assert_string_equal(row.body, json_write(&W.a, body));
    assert_string_equal(json_string_value(json_object_get(body, "reason")), n.reason);
    assert_true(json_is_string(json_object_get(body, "receipt_hash")));
    json_decref(body);
}

static void test_history_tells_every_event_in_order(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    struct label_event *events;
    struct label_result r;
    struct lease l;
    struct uuid id;
    size_t n_shown;

    (void)state;
    uuid_new(&id);
    CHECK_OK(world_try(&W, &n));
    CHECK_OK(take_back(&n.id, &id, W.user[0], &r, &l));
    world_submit(&W, W.first, W.user[0], ANSWER_FLAG, NULL);
    CHECK_OK(label_history(W.s, &W.a, W.first, &events, &n_shown));
    assert_int_equal(n_shown, 3);
    assert_string_equal(events[0].kind, "label");
    assert_string_equal(events[0].values, "{\"class\":\"a\"}");
    assert_string_equal(events[0].user_name, "person 0");
    assert_string_equal(events[1].kind, "retract");
    assert_null(events[1].answer);
    assert_string_equal(events[2].answer, "flag");
}

static void test_the_list_walks_current_labels_by_number(void **state)
{
    struct label_full *page;
    size_t n;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[1], ANSWER_ACCEPT, "b");
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "c");
    CHECK_OK(label_list(W.s, &W.a, W.p.id, 0, 1, &page, &n));
    assert_int_equal(n, 1);
    assert_int_equal(page[0].label.item_id, W.first + 1);
    assert_string_equal(page[0].user_name, "person 1");
    CHECK_OK(label_list(W.s, &W.a, W.p.id, page[0].label.seq, 10, &page, &n));
    assert_int_equal(n, 1);
    assert_string_equal(page[0].label.values, "{\"class\":\"c\"}");
}

static void test_a_rebuild_from_the_ledger_gives_the_same_labels_and_states(void **state)
{
    struct label before, after;
    struct label_new n = world_label(&W, W.first + 3, W.user[0], ANSWER_ACCEPT, "c");
    struct project_counts counted, recounted;
    struct label_result r;
    struct lease l;
    struct uuid id;

    (void)state;
    uuid_new(&id);
    for (int i = 0; i < 3; i++)
        world_submit(&W, W.first, W.user[i], i ? ANSWER_ACCEPT : ANSWER_FLAG, i ? "a" : NULL);
    world_submit(&W, W.first + 1, W.user[5], ANSWER_SKIP, NULL);
    CHECK_OK(world_try(&W, &n));
    CHECK_OK(take_back(&n.id, &id, W.user[0], &r, &l));
    counted = world_counts(&W);
    CHECK_OK(store_label_find(W.s, &W.a, W.first, W.user[1], &before));
    folder_sql(&W.folder, "UPDATE label SET \"values\" = '{\"class\":\"b\"}'; "
                          "DELETE FROM label WHERE answer = 'skip'; "
                          "UPDATE item SET state = 3, n_answers = 9 WHERE id % 2");
    assert_true(world_verify(&W, NULL) > 0);
    CHECK_OK(label_rebuild(W.s));
    CHECK_OK(store_label_find(W.s, &W.a, W.first, W.user[1], &after));
    assert_string_equal(before.values, after.values);
    assert_int_equal(before.seq, after.seq);
    assert_int_equal(before.elapsed_ms, after.elapsed_ms);
    recounted = world_counts(&W);
    assert_memory_equal(&counted, &recounted, sizeof counted);
}

#define ONE(f)   cmocka_unit_test_setup_teardown(f, one, down)
#define THREE(f) cmocka_unit_test_setup_teardown(f, three, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(test_a_label_closes_its_item_and_is_counted),
        ONE(test_a_retry_gives_the_same_number_and_no_new_row),
        ONE(test_a_retry_is_known_even_after_the_label_was_replaced),
        ONE(test_the_same_id_with_other_content_is_a_conflict),
        ONE(test_bad_input_gets_a_sentence_and_no_event),
        ONE(test_the_same_person_may_answer_again_and_replaces_her_label),
        ONE(test_an_item_with_all_its_answers_takes_no_more),
        ONE(test_a_skip_gives_no_right_to_answer_later_without_room),
        ONE(test_an_expired_lease_is_good_while_nobody_else_has_the_item),
        ONE(test_an_expired_lease_is_refused_once_somebody_else_has_the_item),
        ONE(test_somebody_elses_lease_does_not_help),
        ONE(test_a_label_ends_the_lease),
        THREE(test_three_answers_close_an_item_by_majority),
        THREE(test_skips_never_count),
        ONE(test_labels_of_the_import_count_like_anybodys),
        ONE(test_what_is_taken_back_is_hers_again_at_once),
        ONE(test_a_repeated_retract_gives_the_same_number),
        ONE(test_only_her_own_current_label_can_be_taken_back),
        ONE(test_a_skip_taken_back_when_others_filled_its_place_gives_no_lease),
        ONE(test_the_body_in_the_ledger_is_canonical_json),
        ONE(test_history_tells_every_event_in_order),
        ONE(test_the_list_walks_current_labels_by_number),
        THREE(test_a_rebuild_from_the_ledger_gives_the_same_labels_and_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
