/* Versions of a classifier as rows, and which items are honest. What they learn: unit/jobs. */
#include "check.h"

#include "domain/honest.h"
#include "domain/model.h"
#include "store/audit.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>

enum { ITEMS = 120 };
static struct world W;

static int up(void **state)
{
    (void)state;
    world_new(&W, ITEMS, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static struct model begun(struct job *j)
{
    const struct model_new n = {
        .project_id = W.p.id, .user_id = W.user[0], .name = "first", .seed = MODEL_SEED_OWN};
    struct model m;

    CHECK_OK(model_begin(W.s, &W.a, &n, NOW, &m, j));
    return m;
}

static void teach_two_classes(void)
{
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "b");
}

static void test_a_version_names_what_it_is_to_be_made_of(void **state)
{
    struct dataset d;
    struct model m;
    struct model found;
    struct job j;

    (void)state;
    teach_two_classes();
    m = begun(&j);
    CHECK_OK(model_find(W.s, &W.a, W.p.id, "1", &found));
    assert_int_equal(found.id, m.id);
    assert_int_equal(found.state, MODEL_TRAINING);
    assert_int_equal(found.seed, W.p.seed);
    assert_int_equal(found.job_id, j.id);
    assert_string_equal(found.question, "class");
    assert_string_equal(found.name, "first");
    CHECK_OK(store_dataset_get(W.s, &W.a, found.dataset_id, &d));
    assert_int_equal(d.state, DATASET_FREEZING);
    assert_non_null(strstr(d.spec, "\"honest\":\"test\""));
    assert_non_null(strstr(d.spec, "[\"duplicates\",\"meta:burst\"]"));
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM audit WHERE action = "
                                              "'model.begun' AND subject = 'model'"),
                     1);
}

static void test_asking_twice_trains_once(void **state)
{
    struct job first;
    struct job second;
    struct model m;

    (void)state;
    teach_two_classes();
    m = begun(&first);
    assert_int_equal(begun(&second).id, m.id);
    assert_int_equal(second.id, first.id);
}

static void test_nothing_is_taught_by_one_class(void **state)
{
    const struct model_new n = {.project_id = W.p.id, .seed = MODEL_SEED_OWN};
    struct model m;
    struct job j;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_FAILS(model_begin(W.s, &W.a, &n, NOW, &m, &j), ERR_CONFLICT, "at least two classes");
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM dataset"), 0);
}

static void test_a_training_that_is_called_off_leaves_a_failed_version(void **state)
{
    struct dataset d;
    struct model m;
    struct job j;

    (void)state;
    teach_two_classes();
    m = begun(&j);
    CHECK_OK(job_cancel(W.s, &W.a, j.id, NOW, &j));
    CHECK_OK(store_model_get(W.s, &W.a, m.id, &m));
    assert_int_equal(m.state, MODEL_FAILED);
    assert_string_equal(m.why, "cancelled before it began");
    CHECK_OK(store_dataset_get(W.s, &W.a, m.dataset_id, &d));
    assert_int_equal(d.state, DATASET_FAILED);
    CHECK_FAILS(model_is_trained(&m), ERR_CONFLICT, "cancelled before it began");
    assert_int_equal(begun(&j).version, 2); /* and the next may begin */
}

static void test_a_trained_version_never_changes(void **state)
{
    struct model m;
    struct job j;

    (void)state;
    teach_two_classes();
    m = begun(&j);
    m.program = "0.1.0";
    m.recipe = "{}";
    m.classes = "[\"a\",\"b\"]";
    m.source = ACCURACY_EXAMPLES;
    m.accuracy = 0.75;
    m.accuracy_low = 0.5;
    m.accuracy_high = 0.9;
    m.accuracy_n = 40;
    m.n_taught = 40;
    CHECK_OK(model_trained(W.s, &W.a, &m, NOW));
    folder_sql_refused(&W.folder, "UPDATE model SET seed = 7", "never changes");
    folder_sql_refused(&W.folder, "UPDATE model SET hash = NULL", "never changes");
    folder_sql_refused(&W.folder, "DELETE FROM model", "never removed");
    CHECK_OK(model_fail(W.s, &W.a, m.id, "too late"));
    CHECK_OK(store_model_get(W.s, &W.a, m.id, &m));
    assert_int_equal(m.state, MODEL_TRAINED);
    m.accuracy = 0.5; /* but what was measured may be measured again */
    CHECK_OK(store_model_measure(W.s, &m));
    CHECK_OK(model_find(W.s, &W.a, W.p.id, "1", &m));
    assert_true(m.accuracy == 0.5);
}

static void test_a_version_is_named_by_its_id_or_by_project_and_number(void **state)
{
    struct model m;
    struct model found;
    struct job j;
    char text[100];

    (void)state;
    teach_two_classes();
    m = begun(&j);
    snprintf(text, sizeof text, "%lld", (long long)m.id);
    CHECK_OK(model_named(W.s, &W.a, text, &found));
    assert_int_equal(found.id, m.id);
    snprintf(text, sizeof text, "%s/1", W.p.name);
    CHECK_OK(model_named(W.s, &W.a, text, &found));
    assert_int_equal(found.id, m.id);
    snprintf(text, sizeof text, "%s/2", W.p.name);
    CHECK_FAILS(model_named(W.s, &W.a, text, &found), ERR_NOT_FOUND, "there is no version 2");
    CHECK_FAILS(model_named(W.s, &W.a, "newest", &found), ERR_INVALID, "shoes/3");
}

static void test_the_sentence_says_what_was_measured_on_what(void **state)
{
    struct model m = {.state = MODEL_TRAINED,
                      .classes = "[\"a\",\"b\"]",
                      .n_taught = 19,
                      .source = ACCURACY_EXAMPLES,
                      .accuracy = 0.93,
                      .accuracy_low = 0.86,
                      .accuracy_high = 0.97,
                      .accuracy_n = 120};

    (void)state;
    assert_non_null(strstr(model_accuracy_sentence(&W.a, &m), "Too early to tell"));
    m.n_taught = 20;
    assert_non_null(strstr(model_accuracy_sentence(&W.a, &m),
                           "about 93 right (between 86 and 97), measured on your own 120 "
                           "examples"));
    m.source = ACCURACY_HONEST;
    assert_non_null(strstr(model_accuracy_sentence(&W.a, &m), "120 items drawn at random"));
}

/* -- honest items ------------------------------------------------------------------------------- */

static struct honest_list honest(int64_t seq)
{
    struct honest_list list;

    CHECK_OK(honest_read(W.s, &W.a, W.p.id, seq, &list));
    return list;
}

static void test_one_in_five_is_honest_where_everything_is_drawn_at_random(void **state)
{
    struct hash h;
    int n = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        hash_of(&h, &i, sizeof i);
        assert_false(honest_rule(0, 0.1, &h)); /* not drawn */
        assert_true(honest_rule(1, 0.1, &h));
        assert_true(honest_rule(1, 0.5, &h));
        n += honest_rule(1, 1, &h);
    }
    assert_in_range(n, 340, 460); /* 400, and four standard deviations of 18 less and more */
}

static void label_leased(int64_t user, const char *class_name)
{
    const struct lease l = world_lease(&W, user, NOW);
    struct label_new n = world_label(&W, l.item_id, user, ANSWER_ACCEPT, class_name);

    n.lease_id = l.id;
    CHECK_OK(world_try(&W, &n));
}

static void test_what_was_handed_out_at_random_is_honest_by_its_content(void **state)
{
    struct honest_list list;
    size_t expected = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        label_leased(W.user[0], i % 2 ? "a" : "b");
    list = honest(0);
    for (int64_t i = 0; i < ITEMS; i++) {
        const struct item item = world_item(&W, W.first + i);
        const bool is = item.state == ITEM_LABELLED && honest_rule(1, 1, &item.hash);

        expected += is;
        assert_int_equal(honest_is(&list, item.id), is);
    }
    assert_int_equal(list.n, expected);
    assert_in_range(expected, 5, 40);
    assert_int_equal(honest(1).n, 0); /* before the first label */
}

static void test_what_was_picked_or_brought_with_its_label_is_not_honest(void **state)
{
    int64_t items[50];

    (void)state;
    for (int64_t i = 0; i < 50; i++)
        items[i] = W.first + i;
    world_round(&W, items, 50);
    for (int i = 0; i < 50; i++)
        label_leased(W.user[0], "a");
    for (int64_t i = 50; i < ITEMS; i++)
        world_submit(&W, W.first + i, W.user[1], ANSWER_ACCEPT, "b");
    assert_int_equal(honest(0).n, 0);
}

static void test_a_correction_leaves_an_item_honest(void **state)
{
    int64_t item;

    (void)state;
    while (!honest(0).n)
        label_leased(W.user[0], "a");
    item = honest(0).item[0];
    world_submit(&W, item, W.user[0], ANSWER_ACCEPT, "c");
    assert_int_equal(honest(0).n, 1);
    assert_int_equal(honest(0).item[0], item);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        ONE(test_a_version_names_what_it_is_to_be_made_of),
        ONE(test_asking_twice_trains_once),
        ONE(test_nothing_is_taught_by_one_class),
        ONE(test_a_training_that_is_called_off_leaves_a_failed_version),
        ONE(test_a_trained_version_never_changes),
        ONE(test_a_version_is_named_by_its_id_or_by_project_and_number),
        ONE(test_the_sentence_says_what_was_measured_on_what),
        ONE(test_one_in_five_is_honest_where_everything_is_drawn_at_random),
        ONE(test_what_was_handed_out_at_random_is_honest_by_its_content),
        ONE(test_what_was_picked_or_brought_with_its_label_is_not_honest),
        ONE(test_a_correction_leaves_an_item_honest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
