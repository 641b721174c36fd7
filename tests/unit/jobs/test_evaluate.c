#include "check.h"

#include "jobs/evaluate_keys.h"

#include <stdio.h>
#include <string.h>

enum { N = 90 };

static const char *const PATHS[] = {"shop/a.jpg", "street/b.jpg", "c.jpg"};

/* Ninety pictures of three classes: three folders (one of them none) that go across the classes, a camera
 * that says the class, a date with a time, a serial number of each, and three sizes. */
static void items_make(struct arena *a, struct item *item, int32_t *truth)
{
    for (int i = 0; i < N; i++) {
        truth[i] = i % 3;
        item[i] = (struct item){
            .id = i + 1,
            .format = "image/jpeg",
            .width = 100 * (1 + i / 30),
            .height = 50,
            .path = PATHS[i / 3 % 3],
            .created_at = 86400000LL * (i / 45),
            .meta = arena_printf(a,
                                 "{\"camera\":\"cam %d\",\"taken\":\"2026-05-0%dT10:%02d\","
                                 "\"serial\":\"%d\"}",
                                 i % 3, 1 + i / 50, i % 60, i)};
        assert_non_null(item[i].meta);
    }
}

static const struct report_key *key_of(const struct report_key *keys, size_t n,
                                       const char *name)
{
    for (size_t k = 0; k < n; k++)
        if (!strcmp(keys[k].name, name)) return &keys[k];
    return NULL;
}

static void test_keys_are_what_cuts_across_the_classes(void **state)
{
    static struct item item[N];
    static int32_t truth[N];
    struct arena a;
    struct report_key *keys;
    const struct report_key *key;
    size_t n;

    (void)state;
    arena_init(&a, 4 * MIB);
    items_make(&a, item, truth);
    CHECK_OK(evaluation_keys(&a, item, truth, N, &keys, &n));
    key = key_of(keys, n, "folder");
    assert_non_null(key);
    assert_int_equal(key->n_values, 2);
    assert_string_equal(key->value[key->of[0]], "shop");
    assert_int_equal(key->of[6], REPORT_NO_VALUE); /* c.jpg lies in none */
    key = key_of(keys, n, "taken");
    assert_non_null(key);
    assert_int_equal(key->n_values, 2); /* days, not minutes */
    assert_string_equal(key->value[key->of[89]], "2026-05-02");
    key = key_of(keys, n, "longer side");
    assert_non_null(key);
    assert_string_equal(key->value[key->of[0]], "up to 100 pixels");
    assert_string_equal(key->value[key->of[45]], "101 to 200 pixels");
    assert_string_equal(key->value[key->of[89]], "over 200 pixels");
    assert_non_null(key_of(keys, n, "day it was added"));
    assert_null(key_of(keys, n, "camera")); /* says the class and nothing else */
    assert_null(key_of(keys, n, "serial")); /* as many values as items */
    assert_null(key_of(keys, n, "format")); /* one value */
    CHECK_OK(evaluation_keys(&a, item, truth, 0, &keys, &n));
    assert_int_equal(n, 0);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_what_cuts_across_the_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
