/* One action on many items, gone on with after a stop, and undone. */
#include "domain/bulk.h"

#include "check.h"
#include "domain/review.h"
#include "store/item.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>

enum { STEP = 4 };

static struct world W;
static struct bulk B;
static struct job J;

static int start(void **state)
{
    (void)state;
    world_new(&W, 10, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static json_t *json(const char *text)
{
    json_t *value;

    CHECK_OK(json_read(&value, text, strlen(text)));
    return value;
}

static enum err make(enum bulk_action action, const char *values, const char *filter,
                     const char *items)
{
    struct bulk_new n = {.project_id = W.p.id,
                         .user_id = W.user[9],
                         .action = action,
                         .priority = 5,
                         .values = values ? json(values) : NULL,
                         .filter = filter ? json(filter) : NULL,
                         .items = items ? json(items) : NULL};
    enum err e = bulk_make(W.s, &W.a, &n, NOW, &B, &J);

    json_decref((json_t *)n.values);
    json_decref((json_t *)n.filter);
    json_decref((json_t *)n.items);
    return e;
}

/* One step in its transaction, as the job takes it. */
static int step(int64_t *after)
{
    int done;

    CHECK_OK(store_begin(W.s));
    CHECK_OK(store_end(W.s, bulk_step(W.s, &W.a, &B, STEP, NOW, after, &done)));
    return done;
}

static int64_t run(void)
{
    int64_t after = 0;
    struct bulk now;

    while (!step(&after))
        continue;
    CHECK_OK(store_bulk_get(W.s, &W.a, B.id, &now));
    return now.items;
}

static int64_t undo(void)
{
    CHECK_OK(bulk_undo(W.s, &W.a, W.p.id, B.id, W.user[9], NOW, &B, &J));
    return run();
}

static const char *decided(int64_t at)
{
    struct decision d;

    CHECK_OK(store_decision_find(W.s, &W.a, W.first + at, &d));
    return !d.seq ? "" : d.answer == ANSWER_REJECT ? "reject" : d.values;
}

static void test_what_a_filter_finds_is_decided_by_events_of_the_ledger(void **state)
{
    int64_t total;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    CHECK_OK(make(BULK_LABEL, "{\"class\":\"a\"}", "{\"state\":\"open\"}", NULL));
    CHECK_OK(bulk_total(W.s, &W.a, &B, &total));
    assert_int_equal(total, 9);
    assert_int_equal(run(), 9);
    assert_string_equal(decided(0), "");
    assert_string_equal(decided(9), "{\"class\":\"a\"}");
    assert_int_equal(world_counts(&W).labelled, 10);
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void
test_undoing_gives_back_what_stood_before_and_spares_what_changed_since(void **state)
{
    struct decide_new n = {.project_id = W.p.id,
                           .item_id = W.first + 3,
                           .user_id = W.user[1],
                           .what = DECIDE_ANSWER,
                           .answer = ANSWER_REJECT,
                           .replaces = DECIDE_ANY};
    struct label_result r;

    (void)state;
    uuid_new(&n.id);
    n.item_id = W.first + 2;
    CHECK_OK(review_decide(W.s, &W.a, &n, NOW, &r));
    CHECK_OK(make(BULK_LABEL, "{\"class\":\"c\"}", "{}", NULL));
    assert_int_equal(run(), 10);
    uuid_new(&n.id);
    n.item_id = W.first + 3;
    CHECK_OK(review_decide(W.s, &W.a, &n, NOW, &r));
    assert_int_equal(undo(), 9);
    assert_string_equal(decided(0), "");
    assert_string_equal(decided(2), "reject"); /* as before */
    assert_string_equal(decided(3), "reject"); /* somebody's since */
    assert_int_equal(world_counts(&W).open, 8);
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void test_withdrawing_is_undone_by_the_same_decisions(void **state)
{
    (void)state;
    CHECK_OK(make(BULK_REJECT, NULL, "{}", NULL));
    assert_int_equal(run(), 10);
    CHECK_OK(make(BULK_WITHDRAW, NULL, "{\"state\":\"rejected\"}", NULL));
    assert_int_equal(run(), 10);
    assert_string_equal(decided(4), "");
    assert_int_equal(undo(), 10);
    assert_string_equal(decided(4), "reject");
}

static void test_a_step_that_is_done_again_does_nothing_twice(void **state)
{
    int64_t after = 0;
    int64_t before;
    struct bulk now;

    (void)state;
    CHECK_OK(make(BULK_REJECT, NULL, "{}", NULL));
    step(&after);
    before = folder_number(&W.folder, "SELECT count(*) FROM ledger");
    after = 0; /* the process died before it wrote down where it was */
    step(&after);
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM ledger"), before);
    CHECK_OK(store_bulk_get(W.s, &W.a, B.id, &now));
    assert_int_equal(now.items, STEP);
}

static void test_items_are_named_one_by_one_and_those_of_others_refused(void **state)
{
    char items[60];
    int64_t after = 0;
    int done;

    (void)state;
    snprintf(items, sizeof items, "[%lld,%lld]", (long long)W.first + 7,
             (long long)W.first + 1);
    CHECK_OK(make(BULK_REJECT, NULL, NULL, items));
    assert_int_equal(run(), 2);
    assert_string_equal(decided(7), "reject");
    assert_string_equal(decided(2), "");
    CHECK_OK(make(BULK_REJECT, NULL, NULL, "[999]"));
    CHECK_FAILS(bulk_step(W.s, &W.a, &B, STEP, NOW, &after, &done), ERR_NOT_FOUND, "999");
}

static void test_priorities_are_set_and_given_back(void **state)
{
    int64_t priority;

    (void)state;
    CHECK_OK(make(BULK_PRIORITY, NULL, "{\"text\":\"number\"}", NULL));
    assert_int_equal(run(), 10);
    CHECK_OK(store_item_priority(W.s, W.first + 6, &priority));
    assert_int_equal(priority, 5);
    assert_int_equal(undo(), 10);
    CHECK_OK(store_item_priority(W.s, W.first + 6, &priority));
    assert_int_equal(priority, 0);
}

static void test_what_cannot_be_done_is_refused_before_the_job(void **state)
{
    int64_t id;

    (void)state;
    CHECK_FAILS(make(BULK_LABEL, "{\"class\":\"zebra\"}", "{}", NULL), ERR_INVALID, "zebra");
    CHECK_FAILS(make(BULK_LABEL, NULL, "{}", NULL), ERR_INVALID, "class");
    CHECK_FAILS(make(BULK_REJECT, NULL, NULL, NULL), ERR_INVALID, "one of the two");
    CHECK_FAILS(make(BULK_REJECT, NULL, "{}", "[1]"), ERR_INVALID, "one of the two");
    CHECK_FAILS(make(BULK_REJECT, NULL, NULL, "[]"), ERR_INVALID, "items");
    CHECK_FAILS(make(BULK_REJECT, NULL, NULL, "[\"1\"]"), ERR_INVALID, "number 1");
    CHECK_FAILS(make(BULK_REJECT, NULL, "{\"colour\":1}", NULL), ERR_INVALID, "colour");
    CHECK_OK(make(BULK_REJECT, NULL, "{}", NULL));
    id = B.id;
    CHECK_FAILS(bulk_undo(W.s, &W.a, 99, id, 1, NOW, &B, &J), ERR_NOT_FOUND, "no bulk action");
    CHECK_OK(bulk_undo(W.s, &W.a, W.p.id, id, W.user[1], NOW, &B, &J));
    CHECK_FAILS(bulk_undo(W.s, &W.a, W.p.id, id, W.user[1], NOW, &B, &J), ERR_CONFLICT,
                "already");
    id++;
    CHECK_FAILS(bulk_undo(W.s, &W.a, W.p.id, id, W.user[1], NOW, &B, &J), ERR_CONFLICT,
                "itself");
}

static void test_views_are_kept_by_name_for_one_person(void **state)
{
    struct saved_view v = {
        .project_id = W.p.id, .user_id = W.user[0], .name = "odd", .query = "text=a"};
    struct saved_view *views;
    int64_t first;
    size_t n;

    (void)state;
    CHECK_OK(view_keep(W.s, &W.a, &v));
    first = v.id;
    v.query = "text=b";
    CHECK_OK(view_keep(W.s, &W.a, &v));
    assert_int_equal(v.id, first);
    CHECK_OK(store_view_list(W.s, &W.a, W.p.id, W.user[0], &views, &n));
    assert_int_equal(n, 1);
    assert_string_equal(views[0].query, "text=b");
    CHECK_OK(store_view_list(W.s, &W.a, W.p.id, W.user[1], &views, &n));
    assert_int_equal(n, 0);
    CHECK_FAILS(store_view_remove(W.s, W.p.id, W.user[1], first), ERR_NOT_FOUND, "no view");
    CHECK_OK(store_view_remove(W.s, W.p.id, W.user[0], first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
        TEST(test_what_a_filter_finds_is_decided_by_events_of_the_ledger),
        TEST(test_undoing_gives_back_what_stood_before_and_spares_what_changed_since),
        TEST(test_withdrawing_is_undone_by_the_same_decisions),
        TEST(test_a_step_that_is_done_again_does_nothing_twice),
        TEST(test_items_are_named_one_by_one_and_those_of_others_refused),
        TEST(test_priorities_are_set_and_given_back),
        TEST(test_what_cannot_be_done_is_refused_before_the_job),
        TEST(test_views_are_kept_by_name_for_one_person),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
