/* Known answers mixed in, items asked again, and what people are told. */
#include "check.h"
#include "domain/check.h"
#include "domain/user.h"
#include "store/member.h"
#include "unit/domain/world.h"

#include <string.h>

static struct world W;
enum { LATER = 3600 * 1000 };

static void set_queue(double gold_rate, double repeat_rate, int feedback)
{
    struct queue_settings queue = {
        .gold_rate = gold_rate, .repeat_rate = repeat_rate, .feedback = feedback};
    struct project_change c = {.overlap = -1, .explore = -1, .queue = &queue};

    CHECK_OK(project_update(W.s, &W.a, W.p.id, &c, NOW, &W.p));
}

static int up(void **state)
{
    (void)state;
    world_new(&W, 200, 1);
    return 0;
}

/* Whatever was answered: the ledger alone gives the same. */
static int down(void **state)
{
    char first[400];

    (void)state;
    if (world_verify(&W, first)) fail_msg("%s", first);
    CHECK_OK(label_rebuild(W.s));
    if (world_verify(&W, first)) fail_msg("%s", first);
    world_free(&W);
    return 0;
}

static void set_gold(int64_t item, const char *class_name)
{
    struct label_new n = world_label(&W, item, W.user[19], ANSWER_ACCEPT, class_name);
    struct gold_change c = {W.p.id, item, W.user[19], n.values};
    int64_t seq;

    CHECK_OK(gold_set(W.s, &W.a, &c, NOW, &seq));
    assert_true(seq > 0);
}

static struct handed take(int64_t user, int64_t now)
{
    struct queue_ask ask = {.project_id = W.p.id, .user_id = user, .n = 1};
    struct queue_given given;

    CHECK_OK(queue_lease(W.s, &W.a, &ask, now, &given));
    assert_int_equal(given.n, 1);
    return given.leases[0];
}

static struct label_new answer_to(const struct handed *h, const char *class_name)
{
    struct label_new n =
        world_label(&W, h->item.id, h->lease.user_id, ANSWER_ACCEPT, class_name);

    n.lease_id = h->lease.id;
    return n;
}

static void submit_at(const struct label_new *n, int64_t now)
{
    struct label_result r;

    CHECK_OK(label_submit(W.s, &W.a, n, now, &r));
}

/* Takes and answers n times; how often each task came is in `tasks`. */
static void work(int64_t user, int n, int64_t now, int tasks[3])
{
    memset(tasks, 0, 3 * sizeof *tasks);
    CHECK_OK(store_begin(W.s)); /* one commit for all */
    for (int i = 0; i < n; i++) {
        struct handed h = take(user, now);
        struct label_new l = answer_to(&h, "a");
        tasks[h.lease.task]++;
        submit_at(&l, now);
    }
    CHECK_OK(store_end(W.s, OK));
}

static void test_known_items_come_at_their_rate_each_once_though_closed(void **state)
{
    int tasks[3];

    (void)state;
    for (int64_t i = 0; i < 20; i++) {
        set_gold(W.first + i, "a");
        world_submit(&W, W.first + i, W.user[1], ANSWER_ACCEPT, "a"); /* all are closed */
    }
    set_queue(0.25, 0, 0);
    work(W.user[0], 60, NOW, tasks);
    assert_in_range(tasks[TASK_GOLD], 8, 20);
    assert_int_equal(tasks[TASK_WORK] + tasks[TASK_GOLD], 60);
    work(W.user[0], 100, NOW, tasks);
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM label l JOIN gold g "
                                              "ON g.item_id = l.item_id WHERE l.user_id = 2"),
                     20); /* hers: each known item once */
}

static void test_which_hand_outs_are_checks_is_drawn_from_the_seed(void **state)
{
    struct handed a;
    struct handed b;

    (void)state;
    set_gold(W.first, "a");
    set_queue(0.5, 0, 0);
    a = take(W.user[3], NOW);
    CHECK_OK(queue_release(W.s, &(struct queue_ids){W.p.id, W.user[3], &a.lease.id, 1}, NOW));
    b = take(W.user[3], NOW);
    assert_int_equal(a.lease.task, b.lease.task);
}

static void test_figures_say_who_is_right(void **state)
{
    struct person_checks *p;
    size_t n;

    (void)state;
    set_gold(W.first, "a");
    set_gold(W.first + 1, "b");
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "c");
    CHECK_OK(check_people(W.s, &W.a, W.p.id, &p, &n));
    assert_int_equal(n, 1);
    assert_int_equal(p[0].user_id, W.user[0]);
    assert_int_equal(p[0].n_gold, 2);
    assert_int_equal(p[0].n_right, 1);
}

static void test_an_item_asked_again_keeps_its_label(void **state)
{
    struct handed h = {.lease.task = TASK_WORK};
    struct person_checks *p;
    struct label_new l;
    struct label before;
    struct label after;
    size_t n;

    (void)state;
    for (int64_t i = 0; i < 10; i++)
        world_submit(&W, W.first + i, W.user[0], ANSWER_ACCEPT, "a");
    set_queue(0, 0.5, 0);
    for (int i = 0; i < 40 && h.lease.task == TASK_WORK; i++)
        h = take(W.user[0], NOW); /* too soon for any */
    assert_int_equal(h.lease.task, TASK_WORK);
    for (int i = 0; i < 40 && h.lease.task == TASK_WORK; i++)
        h = take(W.user[0], NOW + LATER);
    assert_int_equal(h.lease.task, TASK_AGAIN);
    CHECK_OK(store_label_find(W.s, &W.a, h.item.id, W.user[0], &before));
    l = answer_to(&h, "b");
    submit_at(&l, NOW + LATER);
    submit_at(&l, NOW + LATER); /* a retry is known */
    CHECK_OK(store_label_find(W.s, &W.a, h.item.id, W.user[0], &after));
    assert_int_equal(after.seq, before.seq);
    assert_string_equal(after.values, before.values);
    CHECK_OK(check_people(W.s, &W.a, W.p.id, &p, &n));
    assert_int_equal(n, 1);
    assert_int_equal(p[0].n_again, 1);
    assert_int_equal(p[0].n_agree, 0);
}

static void test_a_second_answer_can_be_taken_back_once(void **state)
{
    struct handed h = {.lease.task = TASK_WORK};
    struct label_retraction x = {.project_id = W.p.id, .user_id = W.user[0]};
    struct label_new l;
    struct label_result r;
    struct lease back;
    struct person_checks *p;
    size_t n;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    set_queue(0, 0.5, 0);
    for (int i = 0; i < 40 && h.lease.task == TASK_WORK; i++)
        h = take(W.user[0], NOW + LATER);
    assert_int_equal(h.lease.task, TASK_AGAIN);
    l = answer_to(&h, "b");
    submit_at(&l, NOW + LATER);
    x.label_id = l.id;
    uuid_new(&x.id);
    CHECK_OK(label_retract(W.s, &W.a, &x, NOW + LATER, &r, &back));
    assert_int_equal(back.item_id, W.first);
    CHECK_OK(check_people(W.s, &W.a, W.p.id, &p, &n));
    assert_int_equal(n, 0);
    h.lease = back;
    l = answer_to(&h, "a");
    submit_at(&l, NOW + LATER);
    CHECK_OK(check_people(W.s, &W.a, W.p.id, &p, &n));
    assert_int_equal(p[0].n_agree, 1);
    uuid_new(&x.id);
    CHECK_FAILS(label_retract(W.s, &W.a, &x, NOW + LATER, &r, &back), ERR_CONFLICT,
                "taken back already");
}

static void test_feedback_is_given_where_the_project_wants_it(void **state)
{
    struct feedback f;

    (void)state;
    set_gold(W.first, "b");
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_OK(check_feedback(W.s, &W.a, W.p.id, W.first, W.user[0], &f));
    assert_int_equal(f.given, 0);
    set_queue(0, 0, 1);
    CHECK_OK(check_feedback(W.s, &W.a, W.p.id, W.first, W.user[0], &f));
    assert_int_equal(f.given, 1);
    assert_int_equal(f.right, 0);
    assert_string_equal(f.values, "{\"class\":\"b\"}");
    CHECK_OK(check_feedback(W.s, &W.a, W.p.id, W.first + 1, W.user[0], &f));
    assert_int_equal(f.given, 0);
}

static void test_what_is_known_must_fit_the_questions_and_can_be_withdrawn(void **state)
{
    struct label_new bad = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "d");
    struct gold_change c = {W.p.id, W.first, W.user[0], bad.values};
    struct gold g;
    int64_t seq;

    (void)state;
    CHECK_FAILS(gold_set(W.s, &W.a, &c, NOW, &seq), ERR_INVALID, "d");
    set_gold(W.first, "a");
    set_gold(W.first, "b");
    c.values = NULL;
    CHECK_OK(gold_set(W.s, &W.a, &c, NOW, &seq));
    CHECK_OK(store_gold_find(W.s, &W.a, W.first, &g));
    assert_int_equal(g.seq, 0);
    CHECK_FAILS(gold_set(W.s, &W.a, &c, NOW, &seq), ERR_NOT_FOUND, "no known answer");
}

static void test_a_known_answer_changed_by_hand_is_found(void **state)
{
    char first[400];

    (void)state;
    set_gold(W.first, "a");
    folder_sql(&W.folder, "UPDATE gold SET \"values\" = '{\"class\":\"b\"}'");
    assert_int_equal(world_verify(&W, first), 1);
    assert_non_null(strstr(first, "is not in its table as it was given"));
    CHECK_OK(label_rebuild(W.s));
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        WITH(test_known_items_come_at_their_rate_each_once_though_closed),
        WITH(test_which_hand_outs_are_checks_is_drawn_from_the_seed),
        WITH(test_figures_say_who_is_right),
        WITH(test_an_item_asked_again_keeps_its_label),
        WITH(test_a_second_answer_can_be_taken_back_once),
        WITH(test_feedback_is_given_where_the_project_wants_it),
        WITH(test_what_is_known_must_fit_the_questions_and_can_be_withdrawn),
        WITH(test_a_known_answer_changed_by_hand_is_found),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
