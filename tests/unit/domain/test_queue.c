#include "base/uuid.h"
#include "check.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world W;

/* Leases of this project, by id. */
#define OF(user, ids, n) ((struct queue_ids){W.p.id, (user), (ids), (n)})

static int one(void **state)
{
    (void)state;
    world_new(&W, 40, 1);
    return 0;
}

static int two(void **state)
{
    (void)state;
    world_new(&W, 40, 2);
    return 0;
}

static int down(void **state)
{
    (void)state;
    assert_int_equal(world_verify(&W, NULL), 0);
    world_free(&W);
    return 0;
}

static struct handed *lease_n(int64_t user, int64_t n, enum queue_what what, int64_t now,
                              size_t *got, int64_t *left)
{
    struct queue_ask ask = {.project_id = W.p.id, .user_id = user, .n = n, .what = what};
    struct queue_given given;

    CHECK_OK(queue_lease(W.s, &W.a, &ask, now, &given));
    assert_int_equal(given.items, W.n_items);
    *got = given.n;
    *left = given.left;
    return given.leases;
}

static void test_picks_are_handed_in_their_order(void **state)
{
    int64_t items[] = {W.first + 30, W.first + 2, W.first + 17};
    struct handed *list;
    int64_t left;
    size_t n;

    (void)state;
    world_round(&W, items, 3);
    list = lease_n(W.user[0], 2, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(n, 2);
    assert_int_equal(left, 40);
    assert_int_equal(list[0].item.id, items[0]);
    assert_int_equal(list[1].item.id, items[1]);
    assert_int_equal(list[0].pick.rank, 1);
    assert_string_equal(list[0].pick.strategy, "maxherd");
    assert_int_equal(list[0].lease.expires_at, NOW + LEASE_MS);
    assert_int_equal(world_lease(&W, W.user[1], NOW).item_id, items[2]);
}

static void test_when_no_pick_waits_an_item_comes_at_random_with_a_receipt(void **state)
{
    struct handed *list;
    json_t *receipt;
    int64_t left;
    size_t n;

    (void)state;
    list = lease_n(W.user[0], 1, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(n, 1);
    assert_string_equal(list[0].pick.strategy, "random");
    assert_int_equal(list[0].pick.pool_size, 40);
    assert_true(list[0].pick.propensity == 1.0 / 40);
    receipt = pick_receipt(&list[0].pick);
    assert_true(json_is_null(json_object_get(receipt, "round")));
    assert_true(json_is_null(json_object_get(receipt, "score")));
    assert_true(json_is_string(json_object_get(receipt, "seed")));
    assert_non_null(strstr(json_string_value(json_object_get(receipt, "reason")), "at random"));
    assert_int_equal(json_object_size(receipt), 10);
    json_decref(receipt);
}

static void test_everybody_gets_other_items_until_none_is_left(void **state)
{
    char seen[40] = {0};
    int64_t left;
    size_t n, total = 0;

    (void)state;
    for (int u = 0; u < 20; u++) {
        struct handed *list = lease_n(W.user[u], 3, QUEUE_NEW, NOW, &n, &left);
        for (size_t i = 0; i < n; i++) {
            assert_false(seen[list[i].item.id - W.first]);
            seen[list[i].item.id - W.first] = 1;
        }
        total += n;
    }
    assert_int_equal(total, 40);
}

static void test_an_overlap_of_two_hands_each_item_to_two_people(void **state)
{
    char times[40] = {0};
    int64_t left;
    size_t n, total = 0;

    (void)state;
    for (int u = 0; u < 20; u++) {
        struct handed *list = lease_n(W.user[u], 10, QUEUE_NEW, NOW, &n, &left);
        for (size_t i = 0; i < n; i++)
            assert_true(++times[list[i].item.id - W.first] <= 2);
        total += n;
    }
    assert_int_equal(total, 80);
}

static void test_a_pick_waits_until_enough_people_have_it(void **state)
{
    int64_t items[] = {W.first + 5};

    (void)state;
    world_round(&W, items, 1);
    assert_int_equal(world_lease(&W, W.user[0], NOW).item_id, items[0]);
    assert_int_equal(world_lease(&W, W.user[1], NOW).item_id, items[0]);
    assert_int_not_equal(world_lease(&W, W.user[2], NOW).item_id, items[0]);
}

static void test_nobody_gets_an_item_twice(void **state)
{
    int64_t items[] = {W.first + 5, W.first + 5};
    struct handed *list;
    int64_t left;
    size_t n;

    (void)state;
    world_round(&W, items, 2);
    list = lease_n(W.user[0], 3, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].item.id, items[0]);
    assert_int_not_equal(list[1].item.id, items[0]);
    world_submit(&W, items[0], W.user[0], ANSWER_ACCEPT, "a");
    for (int i = 0; i < 40; i++)
        assert_int_not_equal(world_lease(&W, W.user[0], NOW).item_id, items[0]);
}

static void test_an_abandoned_lease_returns_by_itself_to_its_old_place(void **state)
{
    int64_t items[] = {W.first + 30, W.first + 2, W.first + 17};
    struct lease l;

    (void)state;
    world_round(&W, items, 3);
    l = world_lease(&W, W.user[0], NOW);
    assert_int_equal(world_lease(&W, W.user[1], NOW + LEASE_MS - 1).item_id, items[1]);
    assert_int_equal(world_lease(&W, W.user[2], NOW + LEASE_MS).item_id, items[0]);
    CHECK_OK(store_lease_get(W.s, l.id, &l));
    assert_int_equal(l.ended_at, NOW + LEASE_MS);
}

static void test_a_released_lease_is_handed_on_at_once(void **state)
{
    int64_t items[] = {W.first + 30, W.first + 2};
    struct lease l;

    (void)state;
    world_round(&W, items, 2);
    l = world_lease(&W, W.user[0], NOW);
    CHECK_OK(queue_release(W.s, &OF(W.user[1], &l.id, 1), NOW)); /* not hers: nothing happens */
    assert_int_equal(world_lease(&W, W.user[1], NOW).item_id, items[1]);
    CHECK_OK(queue_release(W.s, &OF(W.user[0], &l.id, 1), NOW));
    assert_int_equal(world_lease(&W, W.user[2], NOW).item_id, items[0]);
}

static void test_a_renewed_lease_lives_on_and_a_lost_one_is_left_out(void **state)
{
    struct lease a = world_lease(&W, W.user[0], NOW);
    struct lease b = world_lease(&W, W.user[1], NOW);
    int64_t ids[] = {a.id, b.id, 9999};
    struct lease *renewed;
    size_t n;

    (void)state;
    CHECK_OK(queue_renew(W.s, &W.a, &OF(W.user[0], ids, 3), NOW + 60000, &renewed, &n));
    assert_int_equal(n, 1);
    assert_int_equal(renewed[0].id, a.id);
    assert_int_equal(renewed[0].expires_at, NOW + 60000 + LEASE_MS);
    CHECK_OK(queue_renew(W.s, &W.a, &OF(W.user[1], &b.id, 1), NOW + LEASE_MS, &renewed, &n));
    assert_int_equal(n, 0);
}

static void test_a_lease_is_not_reached_through_another_project(void **state)
{
    struct lease l = world_lease(&W, W.user[0], NOW);
    const struct queue_ids elsewhere = {W.p.id + 1, W.user[0], &l.id, 1};
    struct lease *renewed;
    size_t n;

    (void)state;
    CHECK_OK(queue_renew(W.s, &W.a, &elsewhere, NOW + 1, &renewed, &n));
    assert_int_equal(n, 0);
    CHECK_OK(queue_release(W.s, &elsewhere, NOW + 1));
    CHECK_OK(queue_renew(W.s, &W.a, &OF(W.user[0], &l.id, 1), NOW + 1, &renewed, &n));
    assert_int_equal(n, 1); /* neither lengthened nor given back */
}

static void test_what_is_held_is_listed_after_a_reload(void **state)
{
    struct handed *list;
    int64_t left;
    size_t n;

    (void)state;
    lease_n(W.user[0], 3, QUEUE_NEW, NOW, &n, &left);
    CHECK_OK(queue_held(W.s, &W.a, W.p.id, W.user[0], NOW + 1, &list, &n));
    assert_int_equal(n, 3);
    assert_int_equal(list[0].lease.user_id, W.user[0]);
    assert_int_equal(list[0].item.id, list[0].lease.item_id);
    assert_int_equal(list[0].pick.id, list[0].lease.pick_id);
    CHECK_OK(queue_held(W.s, &W.a, W.p.id, W.user[0], NOW + LEASE_MS, &list, &n));
    assert_int_equal(n, 0);
}

static void test_a_skipped_item_comes_back_only_when_asked_for(void **state)
{
    struct handed *list;
    int64_t left;
    size_t n;

    (void)state;
    for (int64_t i = 0; i < 40; i++)
        world_submit(&W, W.first + i, W.user[0], ANSWER_SKIP, NULL);
    lease_n(W.user[0], 5, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(n, 0);
    assert_int_equal(left, 0);
    list = lease_n(W.user[0], 5, QUEUE_SKIPPED, NOW, &n, &left);
    assert_int_equal(n, 5);
    assert_int_equal(left, 40);
    assert_int_equal(list[0].item.id, W.first); /* the longest ago */
    lease_n(W.user[1], 5, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(n, 5);
    assert_int_equal(left, 40);
}

static void test_a_skipped_pick_waits_for_somebody_else(void **state)
{
    int64_t items[] = {W.first + 30};
    struct lease l;

    (void)state;
    world_round(&W, items, 1);
    l = world_lease(&W, W.user[0], NOW);
    world_submit(&W, l.item_id, W.user[0], ANSWER_SKIP, NULL);
    assert_int_not_equal(world_lease(&W, W.user[0], NOW).item_id, items[0]);
    assert_int_equal(world_lease(&W, W.user[1], NOW).item_id, items[0]);
}

static void test_a_new_round_removes_older_picks_that_nobody_had(void **state)
{
    int64_t old[] = {W.first + 1, W.first + 2, W.first + 3}, new[] = {W.first + 9};
    struct lease l;
    struct pick p, *waiting;
    size_t n;

    (void)state;
    world_round(&W, old, 3);
    l = world_lease(&W, W.user[0], NOW);
    world_round(&W, new, 1);
    CHECK_OK(store_pick_waiting(W.s, &W.a, W.p.id, 10, &waiting, &n));
    assert_int_equal(n, 1);
    assert_int_equal(waiting[0].item_id, new[0]);
    CHECK_OK(store_pick_get(W.s, &W.a, l.pick_id, &p)); /* a handed one stays for ever */
    assert_int_equal(p.handed, 1);
    CHECK_OK(queue_release(W.s, &OF(W.user[0], &l.id, 1), NOW));
    CHECK_OK(store_pick_waiting(W.s, &W.a, W.p.id, 10, &waiting, &n));
    assert_int_equal(n, 1); /* and does not come back among the new ones */
}

static void test_what_one_has_begun_stays_in_front_for_the_others(void **state)
{
    int64_t old[] = {W.first + 1, W.first + 2, W.first + 3}, new[] = {W.first + 9};
    struct lease l;

    (void)state;
    world_round(&W, old, 3);
    world_lease(&W, W.user[0], NOW);
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "a");
    world_lease(&W, W.user[0], NOW); /* the second is in her hands */
    world_round(&W, new, 1);
    assert_int_equal(world_lease(&W, W.user[0], NOW).item_id, W.first + 9);
    l = world_lease(&W, W.user[1], NOW);
    assert_int_equal(l.item_id, W.first + 1);
    CHECK_OK(queue_release(W.s, &OF(W.user[1], &l.id, 1), NOW));
    assert_int_equal(world_lease(&W, W.user[2], NOW).item_id, W.first + 1);
    assert_int_equal(world_lease(&W, W.user[2], NOW).item_id, W.first + 2);
    assert_int_equal(world_lease(&W, W.user[2], NOW).item_id, W.first + 9);
}

static void test_left_counts_what_this_person_can_still_do(void **state)
{
    int64_t left;
    size_t n;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_SKIP, NULL);
    world_submit(&W, W.first + 2, W.user[1], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 2, W.user[2], ANSWER_ACCEPT, "a");
    lease_n(W.user[0], 1, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(left, 37); /* 40 less one answered, one skipped, one closed */
    lease_n(W.user[0], 1, QUEUE_SKIPPED, NOW, &n, &left);
    assert_int_equal(left, 38);
    lease_n(W.user[1], 1, QUEUE_NEW, NOW, &n, &left);
    assert_int_equal(left, 39);
}

static void test_the_walk_finds_every_item_though_it_wraps_around(void **state)
{
    char seen[60] = {0};
    int n = 0;
    struct lease l;

    (void)state;
    while ((l = world_lease(&W, W.user[0], NOW)).id) {
        assert_false(seen[l.item_id - W.first]);
        seen[l.item_id - W.first] = 1;
        world_submit(&W, l.item_id, W.user[0], ANSWER_ACCEPT, "a");
        if (++n == 20) world_add_items(&W, 20); /* they may fall behind her place */
    }
    assert_int_equal(n, 60);
}

static void test_more_than_twenty_at_once_is_refused(void **state)
{
    struct queue_ask ask = {.project_id = W.p.id, .user_id = W.user[0], .n = 21};
    struct queue_given given;

    (void)state;
    CHECK_FAILS(queue_lease(W.s, &W.a, &ask, NOW, &given), ERR_INVALID, "expected 1 to 20");
    ask.n = 1;
    ask.project_id = 99;
    CHECK_FAILS(queue_lease(W.s, &W.a, &ask, NOW, &given), ERR_NOT_FOUND, "project 99");
}

static int needed(void)
{
    int x;

    CHECK_OK(queue_needs_round(W.s, &W.a, W.p.id, &x));
    return x;
}

static void test_a_round_is_needed_at_first_and_after_half_a_batch_of_labels(void **state)
{
    struct round r = {.project_id = W.p.id, .strategy = "uherd", .batch = 10};
    struct pick picks[30];

    (void)state;
    assert_true(needed());
    for (int64_t i = 0; i < 30; i++)
        picks[i] = (struct pick){.item_id = W.first + i,
                                 .strategy = "uherd",
                                 .pool_size = 40,
                                 .propensity = 1,
                                 .reason = "r"};
    CHECK_OK(store_ledger_last(W.s, &r.ledger_seq, &(struct hash){{0}}));
    CHECK_OK(queue_publish_round(W.s, &r, picks, 30, NOW));
    assert_false(needed());
    for (int64_t i = 0; i < 4; i++)
        world_submit(&W, W.first + 35 + i, W.user[0], ANSWER_ACCEPT, "a");
    assert_false(needed());
    world_submit(&W, W.first + 34, W.user[0], ANSWER_ACCEPT, "a");
    assert_true(needed());
}

static void assert_same_answers(const struct round_answers *x, const struct round_answers *y,
                                size_t n)
{
    assert_string_equal(x->question, y->question);
    assert_int_equal(x->n_classes, y->n_classes);
    assert_int_equal(x->multiple, y->multiple);
    if (x->multiple) {
        assert_memory_equal(x->known, y->known, n);
        assert_memory_equal(x->chosen, y->chosen, n * x->n_classes);
    } else {
        assert_memory_equal(x->classes, y->classes, n * sizeof *x->classes);
    }
}

static void assert_same_inputs(const struct round_inputs *x, const struct round_inputs *y)
{
    assert_int_equal(x->ledger_seq, y->ledger_seq);
    assert_int_equal(x->question_version, y->question_version);
    assert_int_equal(x->n_questions, y->n_questions);
    assert_int_equal(x->n_labelled, y->n_labelled);
    assert_memory_equal(x->labelled, y->labelled, x->n_labelled * sizeof *x->labelled);
    for (size_t i = 0; i < x->n_questions; i++)
        assert_same_answers(&x->answers[i], &y->answers[i], x->n_labelled);
    assert_int_equal(x->n_held, y->n_held);
    assert_memory_equal(x->held, y->held, x->n_held * sizeof *x->held);
}

static void test_the_inputs_of_a_round_are_the_same_when_read_again_later(void **state)
{
    static const char *const MORE[] = {"d"};
    struct round r = {.project_id = W.p.id, .strategy = "uherd", .batch = 10};
    struct round_inputs in, then;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");
    world_submit(&W, W.first + 4, W.user[0], ANSWER_ACCEPT, "c");
    world_submit(&W, W.first + 2, W.user[0], ANSWER_REJECT, NULL);
    world_submit(&W, W.first + 3, W.user[0], ANSWER_SKIP, NULL);
    world_lease(&W, W.user[0], NOW);
    world_lease(&W, W.user[0], NOW); /* two people might be given one item, she is not */
    CHECK_OK(queue_inputs(W.s, &W.a, W.p.id, NOW, &in));
    assert_int_equal(in.n_labelled, 3);
    assert_int_equal(in.labelled[0], W.first);
    assert_int_equal(in.answers[0].classes[0], -1); /* one says a, one says b */
    assert_int_equal(in.answers[0].classes[1], -1); /* rejected */
    assert_int_equal(in.answers[0].classes[2], 2);
    assert_int_equal(in.n_held, 2);
    r.ledger_seq = in.ledger_seq;
    r.held = in.held;
    r.n_held = in.n_held;
    CHECK_OK(queue_publish_round(W.s, &r, NULL, 0, NOW));
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 9, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_OK(project_add_classes(W.s, &W.a, W.p.id, MORE, 1, 0, NOW));
    CHECK_OK(store_round_get(W.s, &W.a, r.id, &r));
    CHECK_OK(queue_inputs_of_round(W.s, &W.a, &r, &then));
    assert_same_inputs(&in, &then);
    CHECK_OK(queue_inputs(W.s, &W.a, W.p.id, NOW, &then));
    assert_int_equal(then.answers[0].classes[0], 0);
    assert_int_equal(then.answers[0].n_classes, 4);
}

/* A project that asks two things of each text: one class, and any number of others. */
static int64_t two_questions(struct questions **q)
{
    struct project_new n = {.name = "Two", .kind = PROJECT_TEXT, .overlap = 3, .explore = 0.1};
    json_t *list = json_pack("[{s:s, s:s, s:[s,s]}, {s:s, s:s, s:b, s:[s,s,s]}]", "name",
                             "kind", "type", "choice", "classes", "cat", "dog", "name", "marks",
                             "type", "choice", "multiple", 1, "classes", "x", "y", "z");
    struct project p;

    CHECK_OK(questions_read(&W.a, list, q));
    json_decref(list);
    n.questions = *q;
    CHECK_OK(project_create(W.s, &W.a, &n, NOW, &p));
    return p.id;
}

static void answer_both(int64_t project, int64_t item, int64_t user, const char *values)
{
    struct label_new n = {
        .project_id = project, .item_id = item, .user_id = user, .answer = ANSWER_ACCEPT};
    struct label_result r;
    json_t *object;

    CHECK_OK(json_read(&object, values, strlen(values)));
    n.values = object;
    uuid_new(&n.id);
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &r));
    json_decref(object);
}

static void test_every_question_and_all_classes_of_a_multiple_one_are_inputs(void **state)
{
    static const uint8_t FIRST[] = {1, 0, 1};
    struct questions *q;
    const int64_t kept = W.p.id;
    struct round_inputs in, then;
    struct round r = {.strategy = "auto", .batch = 10};
    const int64_t first = W.first, project = two_questions(&q);

    (void)state;
    W.p.id = r.project_id = project;
    W.first = 0;
    world_add_items(&W, 2);
    answer_both(project, W.first, W.user[0], "{\"kind\":\"cat\",\"marks\":[\"x\",\"z\"]}");
    answer_both(project, W.first, W.user[1],
                "{\"kind\":\"dog\",\"marks\":[\"x\",\"y\",\"z\"]}");
    answer_both(project, W.first, W.user[2], "{\"kind\":\"dog\",\"marks\":[\"x\"]}");
    answer_both(project, W.first + 1, W.user[0], "{\"kind\":\"cat\",\"marks\":[]}");
    CHECK_OK(queue_inputs(W.s, &W.a, project, NOW, &in));
    assert_int_equal(in.n_questions, 2);
    assert_int_equal(in.n_labelled, 2);
    assert_string_equal(in.answers[1].question, "marks");
    assert_string_equal(in.answers[1].class_names[2], "z");
    assert_int_equal(in.answers[0].classes[0], 1); /* two of three say dog */
    assert_int_equal(in.answers[0].classes[1], 0);
    assert_memory_equal(in.answers[1].chosen, FIRST, 3); /* what more than half of them chose */
    assert_memory_equal(in.answers[1].chosen + 3, "\0\0\0", 3);
    assert_memory_equal(in.answers[1].known, "\1\1", 2); /* none at all is an answer */
    r.ledger_seq = in.ledger_seq;
    CHECK_OK(queue_publish_round(W.s, &r, NULL, 0, NOW));
    answer_both(project, W.first + 1, W.user[1], "{\"kind\":\"dog\",\"marks\":[\"y\"]}");
    CHECK_OK(queue_inputs_of_round(W.s, &W.a, &r, &then));
    assert_same_inputs(&in, &then);
    CHECK_OK(queue_inputs(W.s, &W.a, project, NOW, &then));
    assert_int_equal(then.answers[0].classes[1], -1); /* a tie */
    assert_memory_equal(then.answers[1].chosen + 3, "\0\0\0",
                        3); /* half is not more than half */
    W.p.id = kept;
    W.first = first;
}

/* What she answered lies densely where she stands: the call is bounded all the same. */
static void test_thousands_of_her_own_answers_in_her_way_cost_a_bounded_look(void **state)
{
    struct lease l;
    struct walk place = {.project_id = W.p.id, .user_id = W.user[0]};
    int64_t left;
    int calls = 0;
    size_t n;

    (void)state;
    world_add_items(&W, 9960);
    /* All but 3 answered by her, though nowhere near in the order of her walk. */
    CHECK_OK(store_begin(W.s));
    for (int64_t i = 3; i < 10000; i++)
        world_submit(&W, W.first + i, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_OK(store_end(W.s, OK));
    for (int found = 0; found < 3 && calls < 12; calls++) {
        CHECK_OK(store_walk_get(W.s, &place));
        lease_n(W.user[0], 1, QUEUE_NEW, NOW, &n, &left);
        assert_int_equal(left, 3);
        found += (int)n;
    }
    assert_true(calls < 12); /* 10,000 places, 4,096 at a call */
    l = world_lease(&W, W.user[1], NOW);
    assert_true(l.id);
}

static void test_wanting_what_an_order_by_hash_gives_is_uniform(void **state)
{
    int64_t half = 0;

    (void)state;
    for (int64_t i = 0; i < 1000; i++) {
        struct hash h;
        hash_of(&h, &i, sizeof i);
        assert_true(item_shuffle(42, &h) >= 0);
        assert_int_equal(item_shuffle(42, &h), item_shuffle(42, &h));
        half += item_shuffle(42, &h) > INT64_MAX / 2;
        assert_int_not_equal(item_shuffle(42, &h), item_shuffle(43, &h));
    }
    assert_in_range(half, 420, 580); /* five standard deviations of a fair coin */
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, one, down)
#define TWO(f) cmocka_unit_test_setup_teardown(f, two, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(test_picks_are_handed_in_their_order),
        ONE(test_when_no_pick_waits_an_item_comes_at_random_with_a_receipt),
        ONE(test_everybody_gets_other_items_until_none_is_left),
        TWO(test_an_overlap_of_two_hands_each_item_to_two_people),
        TWO(test_what_one_has_begun_stays_in_front_for_the_others),
        TWO(test_a_pick_waits_until_enough_people_have_it),
        TWO(test_nobody_gets_an_item_twice),
        ONE(test_an_abandoned_lease_returns_by_itself_to_its_old_place),
        ONE(test_a_released_lease_is_handed_on_at_once),
        ONE(test_a_renewed_lease_lives_on_and_a_lost_one_is_left_out),
        ONE(test_a_lease_is_not_reached_through_another_project),
        ONE(test_what_is_held_is_listed_after_a_reload),
        ONE(test_a_skipped_item_comes_back_only_when_asked_for),
        ONE(test_a_skipped_pick_waits_for_somebody_else),
        ONE(test_a_new_round_removes_older_picks_that_nobody_had),
        TWO(test_left_counts_what_this_person_can_still_do),
        ONE(test_the_walk_finds_every_item_though_it_wraps_around),
        ONE(test_more_than_twenty_at_once_is_refused),
        ONE(test_a_round_is_needed_at_first_and_after_half_a_batch_of_labels),
        TWO(test_every_question_and_all_classes_of_a_multiple_one_are_inputs),
        TWO(test_the_inputs_of_a_round_are_the_same_when_read_again_later),
        TWO(test_thousands_of_her_own_answers_in_her_way_cost_a_bounded_look),
        ONE(test_wanting_what_an_order_by_hash_gives_is_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
