/* Finding items by text, where they came from, what is known of them, and what became of them. */
#include "domain/find.h"

#include "check.h"
#include "store/facet.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>

static struct world W;

static int start(void **state)
{
    (void)state;
    world_new(&W, 0, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static int64_t add(const char *text, const char *path, const char *meta)
{
    struct item i = {.project_id = W.p.id, .format = "text/plain", .path = path, .meta = meta};
    enum item_added added;

    hash_of(&i.hash, text, strlen(text));
    CHECK_OK(item_add(W.s, &i, text, strlen(text), NOW, &added));
    return i.id;
}

/* The ids found, as "1 3 4 (count)", by a filter in JSON. */
static const char *found_by(const char *filter, size_t limit, int64_t budget_us)
{
    static char text[400];
    struct item_search q;
    struct found f;
    json_t *object;
    size_t n = 0;

    CHECK_OK(json_read(&object, filter, strlen(filter)));
    CHECK_OK(find_read(W.s, &W.a, W.p.id, object, &q));
    q.limit = limit;
    q.budget_us = budget_us;
    q.count_most = 100;
    *text = 0;
    do {
        CHECK_OK(store_search(W.s, &W.a, &q, &f));
        for (size_t i = 0; i < f.n; i++)
            n += (size_t)sprintf(text + n, "%lld ", (long long)f.ids[i]);
        if (!q.after && f.is_counted) sprintf(text + n, "(%lld)", (long long)f.count);
        q.after = f.next;
    } while (f.next && strlen(text) < 300);
    json_decref(object);
    return text;
}

#define FINDS(filter, ids) assert_string_equal(found_by(filter, 50, 1000000), ids)

static void add_some(void)
{
    assert_int_equal(add("The red car", "a/b/1.txt", "{\"site\":\"7\"}"), 1);
    assert_int_equal(add("A green car, red at dusk", "a/c/2.txt", "{\"site\":\"8\"}"), 2);
    assert_int_equal(add("Caf\xC3\xA9 au lait", "a/b/3.txt", "{\"site\":\"7\",\"n\":12}"), 3);
    assert_int_equal(
        add("\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x82\xBF\xE3\x83\xAF\xE3\x83\xBC", "4.txt", "{}"), 4);
    assert_int_equal(add("carriage", "a/b", "{\"who\":\"red baron\"}"), 5);
}

static void test_words_are_found_in_any_order_and_phrases_in_theirs(void **state)
{
    (void)state;
    add_some();
    FINDS("{}", "1 2 3 4 5 (5)");
    FINDS("{\"text\":\"red car\"}", "1 2 (2)");
    FINDS("{\"text\":\"car RED\"}", "1 2 (2)");
    FINDS("{\"text\":\"\\\"red car\\\"\"}", "1 (1)");
    FINDS("{\"text\":\"car*\"}", "1 2 5 (3)");
    FINDS("{\"text\":\"cafe\"}", "3 (1)");
    FINDS("{\"text\":\"red\"}", "1 2 5 (3)"); /* metadata too */
    FINDS("{\"text\":\"blue\"}", "(0)");
    FINDS("{\"text\":\"red \xE2\x80\x94 car !\"}", "1 2 (2)");
    /* no syntax of the index gets through */
    FINDS("{\"text\":\"red OR tags:x\"}", "(0)");
    FINDS("{\"text\":\"red\\\"\"}", "1 2 5 (3)");
}

static void test_scripts_without_spaces_are_found_by_any_part(void **state)
{
    (void)state;
    add_some();
    FINDS("{\"text\":\"\xE6\x9D\xB1\xE4\xBA\xAC\"}", "4 (1)");
    FINDS("{\"text\":\"\xE3\x82\xBF\xE3\x83\xAF\"}", "4 (1)");
    FINDS("{\"text\":\"\xE4\xBA\xAC\xE6\x9D\xB1\"}", "(0)"); /* another order is another word */
}

static void test_folders_hold_what_lies_below_them(void **state)
{
    (void)state;
    add_some();
    FINDS("{\"folder\":\"a\"}", "1 2 3 5 (4)");
    FINDS("{\"folder\":\"a/b\"}", "1 3 (2)");
    FINDS("{\"folder\":\"b\"}", "(0)");
    FINDS("{\"folder\":\"a/b\",\"meta\":{\"site\":\"7\"},\"text\":\"car\"}", "1 (1)");
}

static void test_metadata_is_compared_whole(void **state)
{
    (void)state;
    add_some();
    FINDS("{\"meta\":{\"site\":\"7\"}}", "1 3 (2)");
    FINDS("{\"meta\":{\"n\":\"12\"}}", "3 (1)"); /* a number by its text */
    FINDS("{\"meta\":{\"site\":\"7\",\"n\":\"12\"}}", "3 (1)");
    FINDS("{\"meta\":{\"who\":\"red\"}}", "(0)");
    FINDS("{\"meta\":{\"7\":\"site\"}}", "(0)");
}

static void test_labels_are_found_by_class_and_person_as_they_are_now(void **state)
{
    char filter[100];

    (void)state;
    add_some();
    world_submit(&W, 1, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, 2, W.user[1], ANSWER_ACCEPT, "a");
    world_submit(&W, 3, W.user[1], ANSWER_FLAG, NULL);
    FINDS("{\"class\":\"a\"}", "1 2 (2)");
    FINDS("{\"class\":\"a\",\"state\":\"labelled\",\"text\":\"dusk\"}", "2 (1)");
    snprintf(filter, sizeof filter, "{\"person\":%lld}", (long long)W.user[1]);
    FINDS(filter, "2 3 (2)");
    snprintf(filter, sizeof filter, "{\"person\":%lld,\"class\":\"a\"}", (long long)W.user[1]);
    FINDS(filter, "2 (1)");
    FINDS("{\"state\":\"flagged\"}", "3 (1)");
    FINDS("{\"state\":\"open\"}", "4 5 (2)");
    world_submit(&W, 2, W.user[1], ANSWER_ACCEPT, "b");
    FINDS("{\"class\":\"a\"}", "1 (1)");
    FINDS("{\"class\":\"b\"}", "2 (1)");
    world_submit(&W, 1, W.user[0], ANSWER_SKIP, NULL);
    FINDS("{\"class\":\"a\"}", "(0)");
    CHECK_OK(label_rebuild(W.s));
    FINDS("{\"class\":\"b\"}", "2 (1)");
}

static void test_a_class_is_of_the_person_asked_for_and_no_other(void **state)
{
    char filter[100];

    (void)state;
    world_free(&W);
    world_new(&W, 0, 2);
    add_some();
    world_submit(&W, 1, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, 1, W.user[1], ANSWER_ACCEPT, "b");
    snprintf(filter, sizeof filter, "{\"person\":%lld,\"class\":\"b\"}", (long long)W.user[0]);
    FINDS(filter, "(0)");
    FINDS("{\"class\":\"b\"}", "1 (1)");
}

static void test_pages_fit_together_and_a_late_search_goes_on_where_it_was(void **state)
{
    char all[400];

    (void)state;
    world_add_items(&W, 70);
    strcpy(all, found_by("{\"text\":\"number\"}", 500, 1000000));
    assert_non_null(strstr(all, "70 (70)"));
    *strchr(all, '(') = 0;
    assert_string_equal(found_by("{\"text\":\"number\"}", 7, 1000000), all);
    assert_string_equal(found_by("{\"text\":\"number\",\"state\":\"open\"}", 7, -1), all);
}

static void test_counting_stops_where_it_is_told_to(void **state)
{
    struct item_search q = {.state = ITEM_STATES, .limit = 5, .count_most = 20};
    struct found f;

    (void)state;
    world_add_items(&W, 70);
    q.project_id = W.p.id;
    q.budget_us = 1000000;
    CHECK_OK(store_search(W.s, &W.a, &q, &f));
    assert_int_equal(f.n, 5);
    assert_int_equal(f.count, 20);
    assert_int_equal(f.is_counted, 0);
    assert_int_equal(f.next, f.ids[4]);
    q.count_most = 1000;
    CHECK_OK(store_search(W.s, &W.a, &q, &f));
    assert_int_equal(f.count, 70);
    assert_int_equal(f.is_counted, 1);
    assert_int_equal(f.next, f.ids[4]);
}

static void test_another_project_is_not_searched(void **state)
{
    struct project_new n = {.name = "Other", .kind = PROJECT_TEXT, .overlap = 1};
    static const char *const CLASSES[] = {"a", "b"};
    struct questions *q;

    (void)state;
    add_some();
    CHECK_OK(questions_from_classes(&W.a, CLASSES, 2, &q));
    n.questions = q;
    CHECK_OK(project_create(W.s, &W.a, &n, NOW, &W.p));
    FINDS("{}", "(0)");
    FINDS("{\"text\":\"car\"}", "(0)");
    FINDS("{\"folder\":\"a\"}", "(0)");
    FINDS("{\"state\":\"open\"}", "(0)");
}

static enum err try_filter(const char *filter)
{
    struct item_search q;
    struct found f;
    json_t *object;
    enum err e;

    CHECK_OK(json_read(&object, filter, strlen(filter)));
    e = find_read(W.s, &W.a, W.p.id, object, &q);
    q.limit = 1;
    q.budget_us = 1000;
    if (!e) e = store_search(W.s, &W.a, &q, &f);
    json_decref(object);
    return e;
}

static void test_what_cannot_be_searched_for_is_refused_with_a_sentence(void **state)
{
    (void)state;
    CHECK_FAILS(try_filter("{\"text\":\" - ! \"}"), ERR_INVALID,
                "text: there is no letter or digit in it to look for");
    CHECK_FAILS(try_filter("{\"text\":\"ab*\"}"), ERR_INVALID,
                "text: a * needs at least 3 letters before it");
    CHECK_FAILS(try_filter("{\"state\":\"lost\"}"), ERR_INVALID, "");
    CHECK_FAILS(try_filter("{\"colour\":\"red\"}"), ERR_INVALID, "");
    CHECK_FAILS(try_filter("{\"class\":\"a\",\"question\":\"mood\"}"), ERR_INVALID, "");
    CHECK_FAILS(try_filter("{\"meta\":{\"a\":1}}"), ERR_INVALID, "");
}

static void test_an_annotator_looks_for_their_own_labels_alone(void **state)
{
    struct user ada = {.id = 5};
    struct item_search q = {.class_name = "a"};

    (void)state;
    CHECK_OK(find_admit(&q, &ada, ROLE_ANNOTATOR));
    assert_int_equal(q.user_id, 5);
    q.user_id = 6;
    CHECK_FAILS(find_admit(&q, &ada, ROLE_ANNOTATOR), ERR_DENIED, "");
    CHECK_OK(find_admit(&q, &ada, ROLE_REVIEWER));
}

static void test_facets_are_counted_and_long_lists_of_values_are_cut(void **state)
{
    struct facet *f;
    size_t n;

    (void)state;
    add_some();
    for (int i = 0; i < FACET_VALUES + 20; i++) {
        char text[40], meta[60];
        snprintf(text, sizeof text, "many %d", i);
        snprintf(meta, sizeof meta, "{\"id\":\"%d\",\"site\":\"7\"}", i);
        add(text, "many", meta);
    }
    CHECK_OK(store_facets(W.s, &W.a, W.p.id, &f, &n));
    assert_int_equal(n, 3 + FACET_VALUES + 4);
    assert_string_equal(f[0].value, "a");
    assert_int_equal(f[0].items, 4);
    assert_string_equal(f[1].value, "a/b");
    assert_string_equal(f[3].key, "id");
    assert_int_equal(f[3].is_all, 0);
    assert_string_equal(f[n - 3].key, "site");
    assert_int_equal(f[n - 3].items, 2 + FACET_VALUES + 20);
    assert_int_equal(f[n - 3].is_all, 1);
    FINDS("{\"meta\":{\"id\":\"219\"}}", "225 (1)"); /* not listed, and found */
}

static void test_classes_are_counted_by_item_and_by_label(void **state)
{
    struct class_count *c;
    size_t n;

    (void)state;
    world_free(&W);
    world_new(&W, 3, 2);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "a");
    world_submit(&W, W.first + 1, W.user[1], ANSWER_ACCEPT, "b");
    CHECK_OK(store_class_counts(W.s, &W.a, W.p.id, &c, &n));
    assert_int_equal(n, 2);
    assert_int_equal(c[0].items, 1);
    assert_int_equal(c[0].labels, 2);
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "b");
    world_submit(&W, W.first, W.user[1], ANSWER_ACCEPT, "b");
    CHECK_OK(store_class_counts(W.s, &W.a, W.p.id, &c, &n));
    assert_int_equal(c[0].items, 0);
    assert_int_equal(c[0].labels, 0);
    assert_int_equal(c[1].items, 2);
    assert_int_equal(c[1].labels, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
        TEST(test_words_are_found_in_any_order_and_phrases_in_theirs),
        TEST(test_scripts_without_spaces_are_found_by_any_part),
        TEST(test_folders_hold_what_lies_below_them),
        TEST(test_metadata_is_compared_whole),
        TEST(test_labels_are_found_by_class_and_person_as_they_are_now),
        TEST(test_a_class_is_of_the_person_asked_for_and_no_other),
        TEST(test_pages_fit_together_and_a_late_search_goes_on_where_it_was),
        TEST(test_counting_stops_where_it_is_told_to),
        TEST(test_another_project_is_not_searched),
        TEST(test_what_cannot_be_searched_for_is_refused_with_a_sentence),
        TEST(test_an_annotator_looks_for_their_own_labels_alone),
        TEST(test_facets_are_counted_and_long_lists_of_values_are_cut),
        TEST(test_classes_are_counted_by_item_and_by_label),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
