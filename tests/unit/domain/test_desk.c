/* People behind an endpoint: who is asked, that the label is the answer, what a class earns and loses. */
#include "base/hash.h"
#include "check.h"
#include "domain/audit.h"
#include "domain/desk.h"
#include "domain/endpoint.h"
#include "domain/hook.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>

static struct world W;
enum { ENDPOINT = 1, MODEL = 3 };
static const struct desk_settings ON = {.on = true, .wait_s = 10, .wrong_in = 20, .audit = 0.1};

static int up(void **state)
{
    (void)state;
    struct endpoint e;

    world_new(&W, 5, 1);
    CHECK_OK(endpoint_new(
        W.s, &W.a,
        &(struct endpoint_new){.project_id = W.p.id, .user_id = W.user[0], .name = "door"}, NOW,
        &e));
    assert_int_equal(e.id, ENDPOINT);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static struct desk_guess guess_of(const char *class_name, double probability)
{
    return (struct desk_guess){MODEL, class_name, probability, false};
}

/* Asks people about this text. */
static struct asked ask(const char *text, const struct desk_guess *g,
                        const struct desk_decision *d)
{
    struct desk_ask ask = {
        .endpoint_id = ENDPOINT,
        .project_id = W.p.id,
        .guess = g,
        .decision = d,
        .text = text,
        .item = {.format = "text/plain",
                 .path = "request",
                 .n_bytes = (int64_t)strlen(text),
                 .n_chars = 5}
    };
    struct asked x;

    hash_of(&ask.item.hash, text, strlen(text));
    CHECK_OK(store_begin(W.s));
    CHECK_OK(store_end(W.s, desk_ask(W.s, &W.a, &ask, NOW, &x)));
    return x;
}

static size_t settle(struct asked **list)
{
    size_t n;

    CHECK_OK(store_begin(W.s));
    CHECK_OK(store_end(W.s, desk_settle(W.s, &W.a, NOW + 5, list, &n)));
    return n;
}

static struct asked look(const struct asked *x)
{
    char id[UUID_TEXT];
    struct asked now;

    uuid_write(id, &x->key);
    CHECK_OK(desk_find(W.s, &W.a, ENDPOINT, id, &now));
    return now;
}

static void test_people_are_asked_for_each_reason_in_its_turn(void **state)
{
    struct desk_guess g = {0};
    struct earned e = {.class_name = NULL};
    struct desk_decision d;

    (void)state;
    desk_decide(&ON, &g, &e, 0.99, &d);
    assert_true(d.asks && d.why == ASKED_NO_MODEL && d.propensity >= 1);
    g = guess_of("a", 0.99);
    g.is_unknown = true;
    desk_decide(&ON, &g, &e, 0.99, &d);
    assert_true(d.asks && d.why == ASKED_UNKNOWN);
    g.is_unknown = false;
    desk_decide(&ON, &g, &e, 0.99, &d);
    assert_true(d.asks && d.why == ASKED_UNSURE && !d.alone);
    e = (struct earned){.class_name = "a", .alone = 1, .threshold = 0.95};
    desk_decide(&ON, &g, &e, 0.5, &d);
    assert_true(!d.asks && d.alone);
    desk_decide(&ON, &g, &e, 0.05, &d);
    assert_true(d.asks && d.alone && d.why == ASKED_AUDIT && d.propensity < 0.11);
    g.probability = 0.9;
    desk_decide(&ON, &g, &e, 0.5, &d);
    assert_true(d.asks && d.why == ASKED_UNSURE);
}

static void test_what_is_asked_comes_first_and_the_label_is_the_answer(void **state)
{
    const struct desk_guess none = {0};
    const struct desk_decision d = {true, ASKED_NO_MODEL, 1, false};
    const struct asked x = ask("is this one?", &none, &d);
    struct asked *list;
    struct asked now;
    struct lease lease;

    (void)state;
    assert_int_equal(x.state, ASKED_WAITING);
    assert_int_equal(settle(&list), 0);
    lease = world_lease(&W, W.user[0], NOW);
    assert_int_equal(lease.item_id, x.item_id);
    world_submit(&W, x.item_id, W.user[0], ANSWER_ACCEPT, "b");
    assert_int_equal(settle(&list), 1);
    now = look(&x);
    assert_int_equal(now.state, ASKED_ANSWERED);
    assert_string_equal(now.answer, "b");
    assert_true(now.seq > 0);
    assert_int_equal(settle(&list), 0);
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void test_bytes_that_people_have_answered_are_answered_at_once(void **state)
{
    const struct desk_guess none = {0};
    const struct desk_decision d = {true, ASKED_NO_MODEL, 1, false};
    const struct asked first = ask("the same", &none, &d);
    struct asked second;
    int64_t waiting;

    (void)state;
    world_submit(&W, first.item_id, W.user[1], ANSWER_ACCEPT, "c");
    second = ask("the same", &none, &d);
    assert_int_equal(second.item_id, first.item_id);
    assert_int_equal(second.state, ASKED_ANSWERED);
    assert_string_equal(second.answer, "c");
    CHECK_OK(store_asked_waiting(W.s, ENDPOINT, &waiting));
    assert_int_equal(waiting, 1);
}

static void test_what_people_cannot_label_is_declined_and_a_flag_waits(void **state)
{
    const struct desk_guess none = {0};
    const struct desk_decision d = {true, ASKED_NO_MODEL, 1, false};
    const struct asked rejected = ask("rubbish", &none, &d);
    const struct asked flagged = ask("odd", &none, &d);
    struct asked *list;

    (void)state;
    world_submit(&W, rejected.item_id, W.user[1], ANSWER_REJECT, NULL);
    world_submit(&W, flagged.item_id, W.user[1], ANSWER_FLAG, NULL);
    assert_int_equal(settle(&list), 1);
    assert_int_equal(look(&rejected).state, ASKED_DECLINED);
    assert_null(look(&rejected).answer);
    assert_int_equal(look(&flagged).state, ASKED_WAITING);
}

static void test_an_id_that_is_none_or_of_another_endpoint_is_not_found(void **state)
{
    const struct desk_guess none = {0};
    const struct desk_decision d = {true, ASKED_NO_MODEL, 1, false};
    const struct asked x = ask("mine", &none, &d);
    char id[UUID_TEXT];
    struct asked y;

    (void)state;
    uuid_write(id, &x.key);
    CHECK_FAILS(desk_find(W.s, &W.a, ENDPOINT + 1, id, &y), ERR_NOT_FOUND, "no request");
    CHECK_FAILS(desk_find(W.s, &W.a, ENDPOINT, "17", &y), ERR_NOT_FOUND, "no request");
}

/* n checked answers that the model guessed to be "a", every `wrong`-th of them wrong (0: none). */
static void check_many(size_t n, size_t wrong, enum asked_why why)
{
    CHECK_OK(store_begin(W.s));
    for (size_t i = 1; i <= n; i++) {
        struct asked x = {.endpoint_id = ENDPOINT,
                          .project_id = W.p.id,
                          .item_id = W.first,
                          .why = why,
                          .propensity = 1,
                          .model_id = MODEL,
                          .guess = "a",
                          .probability = 0.97,
                          .state = ASKED_ANSWERED,
                          .answer = wrong && i % wrong == 0 ? "b" : "a",
                          .at = NOW + 10,
                          .answered_at = NOW + 20};
        uuid_new(&x.key);
        CHECK_OK(store_asked_add(W.s, &x));
    }
    CHECK_OK(store_end(W.s, OK));
}

static enum desk_change weigh(struct earned *e)
{
    const struct desk_weigh w = {ENDPOINT, W.p.id, MODEL, "a", 20};
    enum desk_change change;

    CHECK_OK(store_begin(W.s));
    CHECK_OK(store_end(W.s, desk_weigh(W.s, &W.a, &w, NOW, &change)));
    CHECK_OK(store_earned_find(W.s, &W.a, ENDPOINT, MODEL, "a", e));
    return change;
}

static void test_a_class_is_earned_by_answers_and_lost_by_the_audit(void **state)
{
    struct earned e;

    (void)state;
    check_many(50, 0, ASKED_UNSURE);
    assert_int_equal(weigh(&e), DESK_AS_BEFORE);
    assert_true(!e.alone && e.n_needed > 0);
    check_many(60, 0, ASKED_UNSURE);
    assert_int_equal(weigh(&e), DESK_TAKEN);
    assert_true(e.alone && e.threshold <= 0.97);
    assert_int_equal(weigh(&e), DESK_AS_BEFORE);
    check_many(40, 0, ASKED_AUDIT);
    assert_int_equal(weigh(&e), DESK_AS_BEFORE);
    assert_int_equal(e.n_audited, 40);
    check_many(30, 2, ASKED_AUDIT);
    assert_int_equal(weigh(&e), DESK_RETURNED);
    assert_true(!e.alone && e.broken);
    /* what was right before it broke is no evidence any more */
    assert_int_equal(weigh(&e), DESK_AS_BEFORE);
    assert_true(!e.alone && e.n == 0);
    check_many(120, 0, ASKED_UNSURE);
    assert_int_equal(weigh(&e), DESK_TAKEN);
}

static void test_taking_over_and_giving_back_are_in_the_audit_log(void **state)
{
    struct audit_row *rows;
    struct earned e;
    size_t n;
    int taken = 0;
    int returned = 0;

    (void)state;
    check_many(120, 0, ASKED_UNSURE);
    weigh(&e);
    check_many(60, 2, ASKED_AUDIT);
    weigh(&e);
    CHECK_OK(store_audit_list(W.s, &W.a, W.p.id, 0, 100, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        taken += !strcmp(rows[i].action, "endpoint.class_taken");
        returned += !strcmp(rows[i].action, "endpoint.class_returned");
    }
    assert_int_equal(taken, 1);
    assert_int_equal(returned, 1);
}

static struct delivery due(int64_t now, size_t wanted)
{
    struct delivery *list;
    size_t n;

    CHECK_OK(store_delivery_due(W.s, &W.a, now, 10, &list, &n));
    assert_int_equal(n, wanted);
    return wanted ? list[0] : (struct delivery){0};
}

static void test_an_answer_is_told_until_it_arrives_or_is_given_up(void **state)
{
    const struct desk_guess none = {0};
    const struct desk_decision d = {true, ASKED_NO_MODEL, 1, false};
    const struct hook_new hook = {ENDPOINT, W.p.id, "https://example.org/h", W.user[0]};
    const struct hook_outcome lost = {500, "the answer is status 500 instead of 200"};
    struct asked x = ask("tell me", &none, &d);
    struct asked *list;
    struct delivery first;
    struct delivery again;
    struct hook h;

    (void)state;
    CHECK_OK(hook_make(W.s, &W.a, &hook, NOW, &h));
    assert_int_equal(strlen(h.secret), SECRET_TEXT - 1);
    world_submit(&W, x.item_id, W.user[1], ANSWER_ACCEPT, "a");
    settle(&list);
    first = due(NOW + 10, 1);
    assert_non_null(strstr(first.body, "\"class\":\"a\""));
    assert_null(strstr(first.body, h.secret));
    for (int64_t now = NOW + 10, tries = 1; tries < HOOK_TRIES; tries++) {
        again = due(now, 1);
        assert_memory_equal(again.key.bytes, first.key.bytes, 16);
        CHECK_OK(hook_sent(W.s, &again, &lost, now));
        due(now + hook_pause_ms(tries) - 1, 0);
        now += hook_pause_ms(tries);
        again = due(now, 1);
    }
    CHECK_OK(hook_sent(W.s, &again, &lost, NOW));
    assert_int_equal(again.state, DELIVERY_GIVEN_UP);
    due(INT64_MAX, 0);
}

static void test_a_removed_webhook_is_told_nothing_more(void **state)
{
    const struct hook_new hook = {ENDPOINT, W.p.id, "https://example.org/h", W.user[0]};
    const struct desk_guess none = {0};
    const struct desk_decision d = {true, ASKED_NO_MODEL, 1, false};
    struct asked x = ask("quiet", &none, &d);
    struct asked *list;
    struct hook h;

    (void)state;
    CHECK_OK(hook_make(W.s, &W.a, &hook, NOW, &h));
    world_submit(&W, x.item_id, W.user[1], ANSWER_ACCEPT, "a");
    settle(&list);
    due(NOW + 10, 1);
    CHECK_FAILS(hook_remove(W.s, ENDPOINT + 1, W.p.id, h.id, NOW), ERR_NOT_FOUND, "no webhook");
    CHECK_OK(hook_remove(W.s, ENDPOINT, W.p.id, h.id, NOW));
    due(INT64_MAX, 0);
}

static void test_settings_are_kept_and_their_limits_are_named(void **state)
{
    struct desk_settings x;
    json_t *bad = json_pack("{s:i}", "wait_s", 61);
    json_t *good = json_pack("{s:b, s:i}", "on", 1, "wrong_in", 50);

    (void)state;
    CHECK_OK(desk_settings_of(W.s, &W.a, ENDPOINT, &x));
    assert_true(!x.on && x.wrong_in == 200);
    CHECK_FAILS(desk_change_settings(W.s, &W.a, ENDPOINT, W.p.id, bad, &x), ERR_INVALID,
                "wait_s");
    CHECK_OK(desk_change_settings(W.s, &W.a, ENDPOINT, W.p.id, good, &x));
    CHECK_OK(desk_settings_of(W.s, &W.a, ENDPOINT, &x));
    assert_true(x.on && x.wrong_in == 50 && x.wait_s == 10);
    json_decref(bad);
    json_decref(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people_are_asked_for_each_reason_in_its_turn),
        cmocka_unit_test_setup_teardown(
            test_what_is_asked_comes_first_and_the_label_is_the_answer, up, down),
        cmocka_unit_test_setup_teardown(
            test_bytes_that_people_have_answered_are_answered_at_once, up, down),
        cmocka_unit_test_setup_teardown(
            test_what_people_cannot_label_is_declined_and_a_flag_waits, up, down),
        cmocka_unit_test_setup_teardown(
            test_an_id_that_is_none_or_of_another_endpoint_is_not_found, up, down),
        cmocka_unit_test_setup_teardown(test_a_class_is_earned_by_answers_and_lost_by_the_audit,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_taking_over_and_giving_back_are_in_the_audit_log,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_an_answer_is_told_until_it_arrives_or_is_given_up,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_a_removed_webhook_is_told_nothing_more, up, down),
        cmocka_unit_test_setup_teardown(test_settings_are_kept_and_their_limits_are_named, up,
                                        down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
