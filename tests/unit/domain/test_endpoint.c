/* Addresses and their gate: what may go live, and what is kept of it. The whole path, with models
 * that were planted better, equal and worse: tests/api. */
#include "check.h"

#include "domain/gate.h"
#include "domain/model.h"
#include "sampler/rng.h"
#include "store/dataset.h"
#include "unit/domain/world.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RUNS = 200, ITEMS_MAX = 2000 };
static struct world W;
static struct gate_item ITEMS[ITEMS_MAX];

static int up(void **state)
{
    (void)state;
    world_new(&W, 6, 1);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "b");
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

/* A version that is trained, as far as its row says. */
static struct model trained(void)
{
    const struct model_new n = {.project_id = W.p.id, .seed = MODEL_SEED_OWN};
    struct model m;
    struct job j;

    CHECK_OK(model_begin(W.s, &W.a, &n, NOW, &m, &j));
    m.program = "0.1.0";
    m.recipe = "{}";
    m.classes = "[\"a\",\"b\"]";
    CHECK_OK(model_trained(W.s, &W.a, &m, NOW));
    return m;
}

static struct endpoint made(const char *name)
{
    const struct endpoint_new n = {.project_id = W.p.id, .user_id = W.user[0], .name = name};
    struct endpoint e;

    CHECK_OK(endpoint_new(W.s, &W.a, &n, NOW, &e));
    return e;
}

static struct endpoint_settings settings_of(const char *change)
{
    struct endpoint_settings x;
    json_t *wish;

    CHECK_OK(json_read(&wish, change, strlen(change)));
    CHECK_OK(endpoint_settings_read(&W.a, NULL, wish, &x));
    json_decref(wish);
    return x;
}

/* n items of class a; of the first `wrong` the candidate is wrong, of the last `live_wrong` the live
 * one. */
static void plant(size_t n, size_t wrong, size_t live_wrong)
{
    for (size_t i = 0; i < n; i++)
        ITEMS[i] =
            (struct gate_item){.item_id = (int64_t)i + 1,
                               .truth = "a",
                               .candidate = i < wrong ? "b" : "a",
                               .live = i >= n - live_wrong ? NULL : "a",
                               .path = i % 2 ? "left/x" : "right/x",
                               .meta = i % 4 ? "{\"camera\":\"1\"}" : "{\"camera\":\"2\"}"};
}

static struct gate_row judged(const struct endpoint *e,
                              const struct endpoint_settings *settings,
                              const struct model *candidate, const struct model *live, size_t n)
{
    const struct gate_ask ask = {.endpoint = e,
                                 .settings = settings,
                                 .candidate = candidate,
                                 .live = live,
                                 .items = ITEMS,
                                 .n = n,
                                 .look = 1,
                                 .user_id = W.user[0]};
    struct gate_row g;

    CHECK_OK(gate_judge(&W.a, &ask, &g));
    return g;
}

static struct gate_row kept(const struct endpoint *e, const struct model *candidate,
                            const struct model *live, size_t n)
{
    const struct endpoint_settings settings = settings_of("{}");
    const struct gate_ask ask = {.endpoint = e,
                                 .settings = &settings,
                                 .candidate = candidate,
                                 .live = live,
                                 .items = ITEMS,
                                 .n = n,
                                 .look = 1,
                                 .user_id = W.user[0]};
    struct gate_row g;

    CHECK_OK(gate_judge(&W.a, &ask, &g));
    CHECK_OK(gate_record(W.s, &W.a, &ask, NOW, &g));
    return g;
}

static enum err publish(struct endpoint *e, const struct model *m, const char *override)
{
    const struct publish p = {
        .endpoint = e, .model_id = m->id, .override = override, .user_id = W.user[0]};
    struct publication done;

    return endpoint_publish(W.s, &W.a, &p, NOW, &done);
}

static void
test_a_better_version_passes_a_worse_one_does_not_and_few_items_do_not_tell(void **state)
{
    const struct endpoint e = {.id = 1, .name = "x"};
    const struct endpoint_settings s = settings_of("{}");
    const struct model now = {.id = 1, .version = 1};
    const struct model next = {.id = 2, .version = 2};
    struct gate_row g;

    (void)state;
    plant(200, 4, 40);
    g = judged(&e, &s, &next, &now, 200);
    assert_int_equal(g.verdict, VERDICT_GO);
    assert_string_equal(g.sentence,
                        "Go: on 200 honest items version 2 has 98 % right and version 1, which "
                        "is live, 80 %; the difference is between +12.3 and +24.4 points.");
    plant(200, 40, 4);
    g = judged(&e, &s, &next, &now, 200);
    assert_int_equal(g.verdict, VERDICT_NO_GO);
    assert_non_null(strstr(g.sentence, "No-go: on 200 honest items version 2 has 80 % right"));
    plant(1000, 30, 30);
    assert_int_equal(judged(&e, &s, &next, &now, 1000).verdict, VERDICT_GO);
    plant(30, 3, 3);
    g = judged(&e, &s, &next, &now, 30);
    assert_int_equal(g.verdict, VERDICT_MORE);
    assert_true(g.needs >= 10 && g.needs % 10 == 0);
    assert_non_null(strstr(g.sentence, "more random labels to tell"));
    g = judged(&e, &s, &next, &now, 0);
    assert_int_equal(g.verdict, VERDICT_MORE);
    assert_non_null(strstr(g.sentence, "there is no honest item yet"));
}

static void test_floors_hold_for_the_first_version_too(void **state)
{
    const struct endpoint e = {.id = 1, .name = "x"};
    const struct endpoint_settings none = settings_of("{}");
    const struct endpoint_settings classes =
        settings_of("{\"floors\":{\"classes\":{\"a\":0.9}}}");
    const struct endpoint_settings slices = settings_of(
        "{\"floors\":{\"slices\":[{\"key\":\"camera\",\"value\":\"2\",\"floor\":0.5},"
        "{\"key\":\"folder\",\"value\":\"left/\",\"floor\":0.99}]}}");
    const struct model first = {.id = 1, .version = 1};
    struct gate_row g;

    (void)state;
    g = judged(&e, &none, &first, NULL, 0);
    assert_int_equal(g.verdict, VERDICT_GO);
    assert_non_null(strstr(g.sentence, "nothing was live to compare version 1 with"));
    assert_int_equal(judged(&e, &classes, &first, NULL, 0).verdict, VERDICT_MORE);
    plant(200, 2, 0);
    g = judged(&e, &classes, &first, NULL, 200);
    assert_int_equal(g.verdict, VERDICT_GO);
    assert_non_null(strstr(g.sentence, "every floor holds"));
    plant(200, 60, 0);
    g = judged(&e, &classes, &first, NULL, 200);
    assert_int_equal(g.verdict, VERDICT_NO_GO);
    assert_string_equal(g.sentence,
                        "No-go: of 200 honest items of a it finds 140, and the floor is 90 %.");
    g = judged(&e, &slices, &first, NULL, 200);
    assert_int_equal(g.verdict, VERDICT_NO_GO); /* the folder's; the camera's holds */
    assert_non_null(strstr(g.sentence, "items with folder left/"));
    assert_non_null(strstr(g.report, "\"verdict\":\"go\""));
}

/* One person looks again after every 50 labels and publishes at the first go. */
static int passes_once(struct smp_rng *rng, const struct endpoint_settings *s, double was,
                       double is)
{
    const struct endpoint e = {.id = 1, .name = "x"};
    const struct model now = {.id = 1, .version = 1};
    const struct model next = {.id = 2, .version = 2};

    for (size_t i = 0; i < 300; i++)
        ITEMS[i] = (struct gate_item){.truth = "a",
                                      .live = smp_rng_unit(rng) < was ? "a" : "b",
                                      .candidate = smp_rng_unit(rng) < is ? "a" : "b"};
    for (int64_t look = 1; look <= 6; look++) {
        const struct gate_ask ask = {.endpoint = &e,
                                     .settings = s,
                                     .candidate = &next,
                                     .live = &now,
                                     .items = ITEMS,
                                     .n = (size_t)(50 * look),
                                     .look = look};
        struct gate_row g;

        CHECK_OK(gate_judge(&W.a, &ask, &g));
        if (g.verdict == VERDICT_GO) return 1;
        if (g.verdict == VERDICT_NO_GO) return 0;
    }
    return 0;
}

static void
test_a_version_worse_by_the_margin_passes_in_less_than_one_of_twenty_runs(void **state)
{
    const struct endpoint_settings s = settings_of("{}");
    struct smp_rng rng;
    int n_worse = 0;
    int n_better = 0;

    (void)state;
    smp_rng_seed(&rng, 1, 1);
    for (int i = 0; i < RUNS; i++) {
        n_worse += passes_once(&rng, &s, 0.85, 0.80);
        n_better += passes_once(&rng, &s, 0.80, 0.90);
    }
    assert_true(n_worse <= RUNS / 20);
    assert_true(n_better >= RUNS * 3 / 4);
}

static void test_nothing_goes_live_past_the_gate_but_with_a_reason(void **state)
{
    struct endpoint e = made("shoes");
    const struct model first = trained();
    const struct model second = trained();
    struct publication done;

    (void)state;
    CHECK_FAILS(publish(&e, &first, NULL), ERR_CONFLICT, "has not been through the gate");
    kept(&e, &first, NULL, 0);
    CHECK_OK(publish(&e, &first, NULL));
    assert_int_equal(e.live_id, first.id);
    CHECK_FAILS(publish(&e, &first, NULL), ERR_CONFLICT, "answers at \"shoes\" already");
    plant(200, 40, 4);
    kept(&e, &second, &first, 200);
    CHECK_FAILS(publish(&e, &second, NULL), ERR_CONFLICT, "did not let version 2 pass: No-go");
    CHECK_FAILS(publish(&e, &second, ""), ERR_INVALID, "say why");
    CHECK_OK(publish(&e, &second, "the new camera needs it"));
    assert_int_equal(e.live_id, second.id);
    CHECK_OK(endpoint_rollback(W.s, &W.a, &e, W.user[0], NOW, &done));
    assert_int_equal(e.live_id, first.id);
    CHECK_FAILS(endpoint_rollback(W.s, &W.a, &e, W.user[0], NOW, &done), ERR_CONFLICT,
                "no earlier version");
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM publication"), 3);
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM audit WHERE action IN "
                                              "('endpoint.published', 'endpoint.rolled_back')"),
                     3);
    folder_sql_refused(&W.folder, "DELETE FROM publication", "never removed");
    folder_sql_refused(&W.folder, "UPDATE publication SET reason = NULL", "never changed");
    folder_sql_refused(&W.folder, "UPDATE gate SET verdict = 'go'", "never changed");
    folder_sql_refused(&W.folder, "DELETE FROM gate", "never removed");
}

static void test_a_verdict_counts_against_the_version_it_was_compared_with_alone(void **state)
{
    struct endpoint e = made("shoes");
    const struct model first = trained();
    const struct model second = trained();
    const struct model third = trained();

    (void)state;
    kept(&e, &first, NULL, 0);
    CHECK_OK(publish(&e, &first, NULL));
    plant(200, 4, 40);
    kept(&e, &third, &first, 200);
    kept(&e, &second, &first, 200);
    CHECK_OK(publish(&e, &second, NULL));
    CHECK_FAILS(publish(&e, &third, NULL), ERR_CONFLICT,
                "against the version that is live now");
}

static void test_the_gate_leaves_a_use_of_the_locked_part(void **state)
{
    const struct endpoint e = made("shoes");
    const struct model first = trained();
    struct dataset_use *uses;
    size_t n;

    (void)state;
    plant(50, 0, 0);
    kept(&e, &first, NULL, 50);
    CHECK_OK(store_dataset_uses(W.s, &W.a, first.dataset_id, &uses, &n));
    assert_int_equal(n, 1);
    assert_string_equal(uses[0].reason,
                        "the gate of endpoint \"shoes\" asked version 1 about 50 honest items");
    assert_int_equal(uses[0].user_id, 0); /* so that no person may read the part for it */
}

static void test_a_shadow_is_another_version_and_ends_when_it_goes_live(void **state)
{
    struct endpoint e = made("shoes");
    const struct model first = trained();

    (void)state;
    CHECK_OK(endpoint_shadow(W.s, &W.a, &e, first.id));
    assert_int_equal(e.shadow_id, first.id);
    kept(&e, &first, NULL, 0);
    CHECK_OK(publish(&e, &first, NULL));
    assert_int_equal(e.shadow_id, 0);
    CHECK_FAILS(endpoint_shadow(W.s, &W.a, &e, first.id), ERR_CONFLICT, "a shadow is another");
}

static void test_a_name_is_never_used_twice(void **state)
{
    struct endpoint e = made("shoes");
    const struct endpoint_new n = {.project_id = W.p.id, .name = "shoes"};
    struct endpoint again;

    (void)state;
    CHECK_OK(endpoint_remove(W.s, &W.a, &e, NOW));
    CHECK_FAILS(endpoint_find(W.s, &W.a, W.p.id, "shoes", &again), ERR_NOT_FOUND, "shoes");
    CHECK_FAILS(endpoint_new(W.s, &W.a, &n, NOW, &again), ERR_CONFLICT, "not used twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_better_version_passes_a_worse_one_does_not_and_few_items_do_not_tell, up,
            down),
        cmocka_unit_test_setup_teardown(test_floors_hold_for_the_first_version_too, up, down),
        cmocka_unit_test_setup_teardown(
            test_a_version_worse_by_the_margin_passes_in_less_than_one_of_twenty_runs, up,
            down),
        cmocka_unit_test_setup_teardown(test_nothing_goes_live_past_the_gate_but_with_a_reason,
                                        up, down),
        cmocka_unit_test_setup_teardown(
            test_a_verdict_counts_against_the_version_it_was_compared_with_alone, up, down),
        cmocka_unit_test_setup_teardown(test_the_gate_leaves_a_use_of_the_locked_part, up,
                                        down),
        cmocka_unit_test_setup_teardown(
            test_a_shadow_is_another_version_and_ends_when_it_goes_live, up, down),
        cmocka_unit_test_setup_teardown(test_a_name_is_never_used_twice, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
