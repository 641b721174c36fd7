/* Overlap that adapts: one more person is asked while answers differ. */
#include "check.h"
#include "unit/domain/world.h"

#include <string.h>

static struct world W;

static void set_overlap(int64_t overlap, int64_t overlap_max)
{
    struct queue_settings queue = W.p.queue;
    struct project_change c = {.overlap = overlap, .explore = -1, .queue = &queue};

    queue.overlap_max = overlap_max;
    CHECK_OK(project_update(W.s, &W.a, W.p.id, &c, NOW, &W.p));
}

static int up(void **state)
{
    (void)state;
    world_new(&W, 10, 2);
    set_overlap(2, 4);
    return 0;
}

/* Whatever was answered: the ledger alone gives the same. */
static int down(void **state)
{
    (void)state;
    assert_int_equal(world_verify(&W, NULL), 0);
    CHECK_OK(label_rebuild(W.s));
    assert_int_equal(world_verify(&W, NULL), 0);
    world_free(&W);
    return 0;
}

static enum item_state answer(int person, enum answer answer, const char *class_name)
{
    world_submit(&W, W.first, W.user[person], answer, class_name);
    return world_item(&W, W.first).state;
}

static void test_two_who_agree_are_enough(void **state)
{
    (void)state;
    assert_int_equal(answer(0, ANSWER_ACCEPT, "a"), ITEM_OPEN);
    assert_int_equal(answer(1, ANSWER_ACCEPT, "a"), ITEM_LABELLED);
}

static void test_two_who_differ_ask_for_a_third_and_no_more(void **state)
{
    struct label_new late;

    (void)state;
    answer(0, ANSWER_ACCEPT, "a");
    assert_int_equal(answer(1, ANSWER_ACCEPT, "b"), ITEM_OPEN);
    assert_int_equal(answer(2, ANSWER_ACCEPT, "b"), ITEM_LABELLED);
    late = world_label(&W, W.first, W.user[3], ANSWER_ACCEPT, "b");
    CHECK_FAILS(world_try(&W, &late), ERR_CONFLICT, "all the answers it needs");
}

static void test_asking_ends_at_overlap_max(void **state)
{
    (void)state;
    answer(0, ANSWER_ACCEPT, "a");
    answer(1, ANSWER_ACCEPT, "b");
    assert_int_equal(answer(2, ANSWER_ACCEPT, "c"), ITEM_OPEN);
    assert_int_equal(answer(3, ANSWER_REJECT, NULL), ITEM_LABELLED);
}

static void test_rejects_agree_with_each_other_and_a_flag_is_for_a_reviewer(void **state)
{
    (void)state;
    answer(0, ANSWER_REJECT, "a");
    assert_int_equal(answer(1, ANSWER_REJECT, NULL), ITEM_REJECTED);
    answer(0, ANSWER_ACCEPT, "a"); /* changed: a dispute now */
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(answer(1, ANSWER_FLAG, NULL), ITEM_FLAGGED);
}

static void test_skips_settle_nothing(void **state)
{
    (void)state;
    answer(0, ANSWER_ACCEPT, "a");
    answer(1, ANSWER_ACCEPT, "b");
    assert_int_equal(answer(2, ANSWER_SKIP, NULL), ITEM_OPEN);
    assert_int_equal(answer(3, ANSWER_ACCEPT, "a"), ITEM_LABELLED);
}

static void test_a_disputed_item_is_one_persons_at_a_time_and_comes_first(void **state)
{
    int64_t items[] = {W.first, W.first + 1, W.first + 2};
    struct lease held[3];

    (void)state;
    world_round(&W, items, 3);
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_lease(&W, W.user[i], NOW).item_id, W.first);
    answer(0, ANSWER_ACCEPT, "a");
    answer(1, ANSWER_ACCEPT, "b");
    for (int i = 0; i < 3; i++)
        held[i] = world_lease(&W, W.user[2 + i], NOW);
    assert_int_equal(held[0].item_id, W.first);
    assert_int_equal(held[1].item_id, W.first + 1);
    assert_int_equal(held[2].item_id, W.first + 1);
}

static void test_an_answer_taken_back_is_asked_for_again(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[1], ANSWER_ACCEPT, "a");
    struct label_retraction x = {.project_id = W.p.id, .user_id = W.user[1], .label_id = n.id};
    struct label_result r;
    struct lease l;

    (void)state;
    answer(0, ANSWER_ACCEPT, "a");
    CHECK_OK(world_try(&W, &n));
    assert_int_equal(world_item(&W, W.first).state, ITEM_LABELLED);
    uuid_new(&x.id);
    CHECK_OK(label_retract(W.s, &W.a, &x, NOW, &r, &l));
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(l.item_id, W.first);
}

static void test_a_higher_limit_opens_what_was_settled_in_dispute(void **state)
{
    (void)state;
    set_overlap(2, 0);
    answer(0, ANSWER_ACCEPT, "a");
    assert_int_equal(answer(1, ANSWER_ACCEPT, "b"), ITEM_LABELLED);
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "c");
    world_submit(&W, W.first + 1, W.user[1], ANSWER_ACCEPT, "c");
    set_overlap(2, 3);
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(world_item(&W, W.first + 1).state, ITEM_LABELLED);
    assert_int_equal(answer(2, ANSWER_ACCEPT, "a"), ITEM_LABELLED);
    set_overlap(4, 0); /* and raised for all: nothing that was answered is lost */
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(world_item(&W, W.first).n_answers, 3);
}

/* Leases the first item, guessed by a model, and answers it. */
static enum item_state answer_guessed(int person, const char *guess, double p,
                                      const char *class_name)
{
    struct round r = {.project_id = W.p.id, .strategy = "doubt", .seed = 7, .batch = 100};
    struct pick pick = {.item_id = W.first,
                        .strategy = "doubt",
                        .pool_size = 10,
                        .propensity = 1,
                        .reason = "It is in doubt.",
                        .guess_class = guess,
                        .guess_probability = p};

    CHECK_OK(queue_publish_round(W.s, &r, &pick, 1, NOW));
    assert_int_equal(world_lease(&W, W.user[person], NOW).item_id, W.first);
    return answer(person, ANSWER_ACCEPT, class_name);
}

static void test_an_answer_against_a_sure_model_is_confirmed_by_one_more(void **state)
{
    (void)state;
    set_overlap(1, 3);
    assert_int_equal(answer_guessed(0, "b", 0.95, "a"), ITEM_OPEN);
    assert_int_equal(answer(1, ANSWER_ACCEPT, "a"), ITEM_LABELLED);
}

static void test_a_model_that_agrees_or_is_unsure_asks_for_nothing(void **state)
{
    (void)state;
    set_overlap(1, 3);
    assert_int_equal(answer_guessed(0, "a", 0.95, "a"), ITEM_LABELLED);
    set_overlap(2, 3);
    assert_int_equal(answer_guessed(1, "b", 0.8, "a"), ITEM_LABELLED);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        WITH(test_two_who_agree_are_enough),
        WITH(test_two_who_differ_ask_for_a_third_and_no_more),
        WITH(test_asking_ends_at_overlap_max),
        WITH(test_rejects_agree_with_each_other_and_a_flag_is_for_a_reviewer),
        WITH(test_skips_settle_nothing),
        WITH(test_a_disputed_item_is_one_persons_at_a_time_and_comes_first),
        WITH(test_an_answer_taken_back_is_asked_for_again),
        WITH(test_a_higher_limit_opens_what_was_settled_in_dispute),
        WITH(test_an_answer_against_a_sure_model_is_confirmed_by_one_more),
        WITH(test_a_model_that_agrees_or_is_unsure_asks_for_nothing),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
