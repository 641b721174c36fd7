#include "check.h"
#include "unit/domain/world.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct world W;

static int up(void **state)
{
    (void)state;
    world_new(&W, 10, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    assert_int_equal(world_verify(&W, NULL), 0);
    world_free(&W);
    return 0;
}

static struct project_new a_project(const char *name)
{
    static const char *const CLASSES[] = {"x", "y"};
    struct questions *q;

    CHECK_OK(questions_from_classes(&W.a, CLASSES, 2, &q));
    return (struct project_new){
        .name = name, .kind = PROJECT_IMAGE, .questions = q, .overlap = 1, .explore = 0.1};
}

static enum err create(const struct project_new *n)
{
    struct project p;
    return project_create(W.s, &W.a, n, NOW, &p);
}

static struct project_change no_change(void)
{
    return (struct project_change){.overlap = -1, .explore = -1};
}

static enum err change(const struct project_change *c)
{
    return project_update(W.s, &W.a, W.p.id, c, NOW, &W.p);
}

static const struct questions *questions(const char *text)
{
    struct questions *q;
    json_t *list;

    CHECK_OK(json_read(&list, text, strlen(text)));
    CHECK_OK(questions_read(&W.a, list, &q));
    json_decref(list);
    return q;
}

static void test_a_project_is_found_by_id_and_by_name(void **state)
{
    struct project p;
    char id[24];

    (void)state;
    snprintf(id, sizeof id, "%lld", (long long)W.p.id);
    CHECK_OK(project_find(W.s, &W.a, id, &p));
    assert_string_equal(p.name, "Made");
    CHECK_OK(project_find(W.s, &W.a, "mADE", &p));
    assert_int_equal(p.id, W.p.id);
    CHECK_FAILS(project_find(W.s, &W.a, "nowhere", &p), ERR_NOT_FOUND, "named \"nowhere\"");
    CHECK_OK(create(&(struct project_new){
        .name = "2024", .questions = a_project("").questions, .overlap = 1}));
    CHECK_OK(project_find(W.s, &W.a, "2024", &p));
    assert_string_equal(p.name, "2024");
}

static void test_bad_settings_are_refused_by_name(void **state)
{
    struct project_new n = a_project("");

    (void)state;
    CHECK_FAILS(create(&n), ERR_INVALID, "name: expected 1 to 200");
    n.name = "a\nb";
    CHECK_FAILS(create(&n), ERR_INVALID, "control characters");
    n.name = "made";
    CHECK_FAILS(create(&n), ERR_CONFLICT, "exists already");
    n = a_project("New");
    n.overlap = 0;
    CHECK_FAILS(create(&n), ERR_INVALID, "overlap: expected 1 to 100");
    n.overlap = 1;
    n.explore = (double)NAN;
    CHECK_FAILS(create(&n), ERR_INVALID, "explore");
}

static void test_new_questions_are_a_new_version_and_the_old_one_stays(void **state)
{
    struct project_change c = no_change();
    const char *body;

    (void)state;
    c.questions = questions("[{\"classes\":[\"a\",\"b\",\"c\",\"d\"]}]");
    CHECK_OK(change(&c));
    assert_int_equal(W.p.question_version, 2);
    assert_string_equal(W.p.questions, c.questions->body);
    CHECK_OK(store_questions_get(W.s, &W.a, W.p.id, 1, &body));
    assert_null(strstr(body, "\"d\""));
    CHECK_OK(change(&c)); /* the same again is no new version */
    assert_int_equal(W.p.question_version, 2);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "d");
}

static void test_a_class_that_labels_use_cannot_be_taken_away(void **state)
{
    struct project_change c = no_change();

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "c");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_ACCEPT, "c");
    c.questions = questions("[{\"classes\":[\"a\",\"b\"]}]");
    CHECK_FAILS(change(&c), ERR_CONFLICT,
                "\"c\" of \"class\" cannot be taken away: 2 current labels use it");
    c.questions = questions("[{\"name\":\"other\",\"classes\":[\"a\",\"b\",\"c\"]}]");
    CHECK_FAILS(change(&c), ERR_CONFLICT, "cannot be taken away");
    c.questions = questions("[{\"multiple\":true,\"classes\":[\"a\",\"b\",\"c\"]}]");
    CHECK_FAILS(change(&c), ERR_CONFLICT, "cannot be taken away");
    c.questions = questions("[{\"classes\":[\"c\",\"a\"]}]");
    CHECK_OK(change(&c)); /* b is not used */
}

static void test_a_class_used_in_a_multiple_choice_cannot_be_taken_away(void **state)
{
    struct project_change c = no_change();
    json_t *values = json_pack("{s:[s,s]}", "class", "b", "c");
    struct label_new n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, NULL);

    (void)state;
    c.questions = questions("[{\"multiple\":true,\"classes\":[\"a\",\"b\",\"c\"]}]");
    CHECK_OK(change(&c));
    n.values = values;
    CHECK_OK(world_try(&W, &n));
    json_decref(values);
    c.questions = questions("[{\"multiple\":true,\"classes\":[\"a\",\"b\"]}]");
    CHECK_FAILS(change(&c), ERR_CONFLICT, "1 current label uses it");
}

static void test_classes_can_be_added_by_an_import(void **state)
{
    static const char *const MORE[] = {"c", "d", "e"}, *const NONE[] = {"a"};

    (void)state;
    CHECK_OK(project_add_classes(W.s, &W.a, W.p.id, MORE, 3, 0, NOW));
    CHECK_OK(project_add_classes(W.s, &W.a, W.p.id, NONE, 1, 0, NOW));
    CHECK_OK(store_project_get(W.s, &W.a, W.p.id, &W.p));
    assert_int_equal(W.p.question_version, 2);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "e");
}

static void test_questions_of_an_undone_change_are_not_remembered(void **state)
{
    static const char *const FIRST[] = {"d"}, *const SECOND[] = {"e"};
    struct label_new n;
    struct label_result r;

    (void)state;
    CHECK_OK(store_begin(W.s));
    CHECK_OK(project_add_classes(W.s, &W.a, W.p.id, FIRST, 1, 0, NOW));
    n = world_label(&W, W.first, W.user[0], ANSWER_ACCEPT, "d");
    CHECK_OK(label_submit(W.s, &W.a, &n, NOW, &r));
    CHECK_FAILS(store_end(W.s, fail(ERR_CANCELLED, "stop")), ERR_CANCELLED, "stop");
    CHECK_OK(project_add_classes(W.s, &W.a, W.p.id, SECOND, 1, 0, NOW));
    CHECK_FAILS(label_submit(W.s, &W.a, &n, NOW, &r), ERR_INVALID, "\"d\" is no class");
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "e");
}

static void test_raising_the_overlap_opens_items_again_and_lowering_closes_them(void **state)
{
    struct project_change c = no_change();

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[0], ANSWER_REJECT, NULL);
    c.overlap = 2;
    CHECK_OK(change(&c));
    assert_int_equal(world_item(&W, W.first).state, ITEM_OPEN);
    assert_int_equal(world_counts(&W).open, 10);
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");
    c.overlap = 1;
    CHECK_OK(change(&c));
    assert_int_equal(world_counts(&W).open, 8);
    assert_int_equal(world_item(&W, W.first + 1).state, ITEM_REJECTED);
}

static void test_a_project_can_be_renamed_but_not_to_a_name_that_is_taken(void **state)
{
    struct project_change c = no_change();
    struct project_new n = a_project("Taken");

    (void)state;
    CHECK_OK(create(&n));
    c.name = "Renamed";
    CHECK_OK(change(&c));
    assert_string_equal(W.p.name, "Renamed");
    c.name = "taken";
    CHECK_FAILS(change(&c), ERR_CONFLICT, "exists already");
}

static void test_the_same_bytes_twice_are_a_duplicate_of_the_item_that_is_there(void **state)
{
    struct item i = {.project_id = W.p.id, .format = "text/plain", .path = "again"};
    struct project_new n = a_project("Other");
    struct project other;
    enum item_added added;

    (void)state;
    i.hash = world_item(&W, W.first + 3).hash;
    CHECK_OK(item_add(W.s, &i, "x", 1, NOW, &added));
    assert_int_equal(added, ITEM_DUPLICATE);
    assert_int_equal(i.id, W.first + 3);
    CHECK_OK(project_create(W.s, &W.a, &n, NOW, &other));
    i.project_id = other.id;
    CHECK_OK(item_add(W.s, &i, "x", 1, NOW, &added));
    assert_int_equal(added, ITEM_ADDED);
    assert_int_equal(world_counts(&W).items, 10);
}

static void test_items_are_listed_a_page_at_a_time_and_by_state(void **state)
{
    struct item *items;
    const char *body;
    size_t n, size;

    (void)state;
    world_submit(&W, W.first + 4, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_OK(store_item_list(W.s, &W.a, W.p.id, W.first + 2, 4, &items, &n));
    assert_int_equal(n, 4);
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(items[k].id, W.first + 3 + (int64_t)k);
    CHECK_OK(store_item_list_in_state(W.s, &W.a, W.p.id, ITEM_LABELLED, 0, 10, &items, &n));
    assert_int_equal(n, 1);
    assert_int_equal(items[0].id, W.first + 4);
    CHECK_OK(store_item_text(W.s, &W.a, W.first + 4, &body, &size));
    assert_string_equal(body, "text number 4");
    assert_int_equal(size, 13);
}

static void test_wilsons_interval_is_as_published(void **state)
{
    double low, high;

    (void)state;
    /* Newcombe 1998 (Statistics in Medicine 17), table I, method 3: 81/263, 15/148, 0/20, 1/29. */
    wilson_interval(81, 263, &low, &high);
    assert_true(fabs(low - 0.2553) < 5e-5 && fabs(high - 0.3662) < 5e-5);
    wilson_interval(15, 148, &low, &high);
    assert_true(fabs(low - 0.0624) < 5e-5 && fabs(high - 0.1605) < 5e-5);
    wilson_interval(0, 20, &low, &high);
    assert_true(low < 1e-12 && fabs(high - 0.1611) < 5e-5);
    wilson_interval(1, 29, &low, &high);
    assert_true(fabs(low - 0.0061) < 5e-5 && fabs(high - 0.1718) < 5e-5);
}

static void guess_and_label(int64_t n, const char *strategy, const char *guess)
{
    struct round r = {.project_id = W.p.id, .strategy = "uherd", .batch = 10};
    struct pick picks[40];

    for (int64_t i = 0; i < n; i++)
        picks[i] = (struct pick){.item_id = W.first + W.n_items - n + i,
                                 .strategy = strategy,
                                 .pool_size = 40,
                                 .propensity = 0.1,
                                 .reason = "r",
                                 .guess_class = guess,
                                 .guess_probability = 0.5};
    CHECK_OK(queue_publish_round(W.s, &r, picks, (size_t)n, NOW));
    for (int64_t i = 0; i < n; i++) {
        struct lease l = world_lease(&W, W.user[0], NOW);
        struct label_new x = world_label(&W, l.item_id, W.user[0], ANSWER_ACCEPT, "a");
        x.lease_id = l.id;
        CHECK_OK(world_try(&W, &x));
    }
}

static void test_accuracy_counts_only_random_picks_that_had_a_guess(void **state)
{
    struct accuracy x;

    (void)state;
    world_add_items(&W, 9);
    guess_and_label(9, "random", "a");
    CHECK_OK(project_accuracy(W.s, &W.a, W.p.id, &x));
    assert_int_equal(x.n, 9);
    assert_true(x.value == 0); /* too few to say */
    world_add_items(&W, 20);
    guess_and_label(20, "uherd", "b");
    world_add_items(&W, 3);
    guess_and_label(3, "random", "b");
    world_add_items(&W, 5);
    guess_and_label(5, "random", NULL);
    CHECK_OK(project_accuracy(W.s, &W.a, W.p.id, &x));
    assert_int_equal(x.n, 12);
    assert_true(fabs(x.value - 0.75) < 1e-12 && x.low < 0.75 && x.high > 0.75);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_project_is_found_by_id_and_by_name),
        CASE(test_bad_settings_are_refused_by_name),
        CASE(test_new_questions_are_a_new_version_and_the_old_one_stays),
        CASE(test_a_class_that_labels_use_cannot_be_taken_away),
        CASE(test_a_class_used_in_a_multiple_choice_cannot_be_taken_away),
        CASE(test_classes_can_be_added_by_an_import),
        CASE(test_questions_of_an_undone_change_are_not_remembered),
        CASE(test_raising_the_overlap_opens_items_again_and_lowering_closes_them),
        CASE(test_a_project_can_be_renamed_but_not_to_a_name_that_is_taken),
        CASE(test_the_same_bytes_twice_are_a_duplicate_of_the_item_that_is_there),
        CASE(test_items_are_listed_a_page_at_a_time_and_by_state),
        CASE(test_wilsons_interval_is_as_published),
        CASE(test_accuracy_counts_only_random_picks_that_had_a_guess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
