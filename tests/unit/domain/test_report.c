#include "check.h"

#include "domain/report.h"

#include <math.h>

enum { N = 400, CLASSES = 3 };

static const char *const NAMES[] = {"shoe", "boot", "hat"};
static const size_t TAUGHT[] = {40, 30, 6};
static const char *const CAMERAS[] = {"old", "new"};

/* 400 rows, a quarter by the old camera: there every second shoe is taken for a boot, elsewhere one of
 * twenty. Boots are always right, and so are the few hats. */
static void rows_make(struct report_row *row, uint32_t *camera)
{
    for (int i = 0; i < N; i++) {
        const int32_t truth = i % 40 == 39 ? 2 : i % 2;
        const int old = (i / 2) % 4 == 0;
        const int wrong = truth == 0 && (i / 8) % (old ? 2 : 20) == 0;

        camera[i] = old ? 0 : 1;
        row[i] = (struct report_row){.item_id = 1000 - i,
                                     .truth = truth,
                                     .said = wrong ? 1 : truth,
                                     .sure = wrong ? 0.9f : 0.95f,
                                     .is_unknown = i == 0};
    }
}

static json_t *report_of(struct arena *a, size_t n, enum report_source source)
{
    static struct report_row row[N];
    static uint32_t camera[N];
    const struct report_key key = {"camera", CAMERAS, 2, camera};
    const struct report_in in = {.source = source,
                                 .noun = "photos",
                                 .classes = NAMES,
                                 .n_classes = CLASSES,
                                 .row = row,
                                 .n = n,
                                 .taught = TAUGHT,
                                 .key = &key,
                                 .n_keys = 1};
    json_t *report;

    rows_make(row, camera);
    CHECK_OK(report_make(a, &in, &report));
    return report;
}

static int says(const json_t *list, const char *words)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strstr(json_string_value(json_array_get(list, i)), words)) return 1;
    return 0;
}

static json_int_t whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void test_sentences_say_what_the_rows_hold(void **state)
{
    struct arena a;
    json_t *report;
    const json_t *sentences;
    const json_t *shoe;

    (void)state;
    arena_init(&a, 16 * MIB);
    report = report_of(&a, N, REPORT_HONEST);
    sentences = json_object_get(report, "sentences");
    shoe = json_array_get(json_object_get(report, "by_class"), 0);
    assert_int_equal(whole(report, "n"), N);
    assert_int_equal(whole(shoe, "n"), 200);
    assert_int_equal(whole(shoe, "right"), 166);
    assert_non_null(
        strstr(json_string_value(json_object_get(shoe, "words")),
               "Of 100 that are shoe it finds about 83 (between 77 and 88); it takes "
               "them for boot most often (34 of 200)."));
    assert_true(says(sentences,
                     "Of 100 photos it has not seen, it names about 92 (between 88 and "
                     "94) rightly."));
    assert_true(says(sentences, "Measured on 400 photos that were drawn at random"));
    assert_true(says(sentences, "it takes shoe for boot (34 of 200)"));
    assert_true(says(sentences, "It does worse where camera is old: 75 of 100 right there, 97 "
                                "elsewhere."));
    assert_true(says(sentences, "Too early to tell for hat: fewer than 10 examples of it."));
    assert_true(says(sentences, "Of 400 it said \"none of these\" to 1, 1 of which"));
    assert_true(says(json_object_get(report, "limits"), "camera is old"));
    json_decref(report);
    arena_free(&a);
}

static void test_examples_are_never_told_as_the_honest_set(void **state)
{
    struct arena a;
    json_t *report;

    (void)state;
    arena_init(&a, 16 * MIB);
    report = report_of(&a, 100, REPORT_EXAMPLES);
    assert_true(
        says(json_object_get(report, "sentences"), "Measured on your own 100 examples"));
    assert_true(says(json_object_get(report, "limits"), "not on material drawn at random"));
    json_decref(report);
    report = report_of(&a, 0, REPORT_EXAMPLES);
    assert_true(says(json_object_get(report, "sentences"), "Nothing could be measured yet"));
    assert_true(json_is_null(json_object_get(json_object_get(report, "accuracy"), "value")));
    json_decref(report);
    arena_free(&a);
}

static void test_the_grid_holds_every_row_and_the_wrong_ones_that_it_was_sure_of(void **state)
{
    struct arena a;
    json_t *report;
    const json_t *cell;
    const json_t *wrong;
    json_int_t sum = 0;
    size_t i;

    (void)state;
    arena_init(&a, 16 * MIB);
    report = report_of(&a, N, REPORT_HONEST);
    json_array_foreach(json_object_get(report, "confusion"), i, cell) sum += whole(cell, "n");
    assert_int_equal(sum, N);
    cell = json_array_get(json_object_get(report, "confusion"), 1); /* shoes called boots */
    assert_int_equal(whole(cell, "n"), 34);
    assert_int_equal(json_array_size(json_object_get(cell, "items")), 34);
    wrong = json_object_get(report, "sure_and_wrong");
    assert_int_equal(json_array_size(wrong), 34);
    assert_string_equal(json_string_value(json_object_get(json_array_get(wrong, 0), "said")),
                        "boot");
    json_decref(report);
    arena_free(&a);
}

static const char THEN[] = "{\"classes\":[\"a\",\"b\"],\"rows\":[[1,0,1,900,0],[2,0,0,900,0],"
                           "[3,1,1,900,0],[4,1,0,900,0],[9,1,0,900,0]]}";
static const char NOW[] = "{\"classes\":[\"b\",\"a\"],\"rows\":[[4,0,0,900,0],[3,0,1,900,0],"
                          "[2,1,1,900,0],[1,1,1,900,0],[9,1,1,900,0]]}";

/* The second version has right what the first had wrong about the items 1 and 4, and one new fault. */
static void test_two_versions_differ_by_the_items_they_fixed_and_broke(void **state)
{
    struct arena a;
    json_t *then;
    json_t *now;
    json_t *diff;

    (void)state;
    arena_init(&a, 16 * MIB);
    CHECK_OK(json_read(&then, THEN, strlen(THEN)));
    CHECK_OK(json_read(&now, NOW, strlen(NOW)));
    CHECK_OK(report_diff(&a, then, now, 10, &diff));
    assert_int_equal(whole(diff, "n"), 4); /* the truth of item 9 changed */
    assert_string_equal(json_write(&a, json_object_get(diff, "fixed")), "[1,4]");
    assert_string_equal(json_write(&a, json_object_get(diff, "broken")), "[3]");
    assert_non_null(
        strstr(json_string_value(json_object_get(diff, "words")),
               "2 wrong ones are right now and 1 right ones are wrong now; that may "
               "be luck"));
    json_decref(diff);
    CHECK_OK(report_diff(&a, then, then, 10, &diff));
    assert_true(json_number_value(json_object_get(diff, "p")) > 0.99);
    assert_non_null(strstr(json_string_value(json_object_get(diff, "words")), "alike"));
    json_decref(diff);
    json_decref(then);
    json_decref(now);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences_say_what_the_rows_hold),
        cmocka_unit_test(test_examples_are_never_told_as_the_honest_set),
        cmocka_unit_test(test_the_grid_holds_every_row_and_the_wrong_ones_that_it_was_sure_of),
        cmocka_unit_test(test_two_versions_differ_by_the_items_they_fixed_and_broke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
