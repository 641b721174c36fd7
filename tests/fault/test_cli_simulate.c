#include "check.h"

#include "base/file.h"
#include "fault/program.h"
#include "unit/store/folder.h"

#include <stdio.h>
#include <stdlib.h>

static struct folder F;
static char table[100], plot[100];

static int make_table(void **state)
{
    (void)state;
    struct buf b;

    folder_new(&F);
    snprintf(table, sizeof table, "%s/rows.csv", F.path);
    snprintf(plot, sizeof plot, "%s/curves.svg", F.path);
    buf_init(&b, 65536);
    CHECK_OK(buf_adds(&b, "text,kind\n"));
    for (int i = 0; i < 240; i++)
        CHECK_OK(buf_printf(
            &b, "%s number %d %s,%s\n", i % 3 ? "the train leaves at" : "sugar and", i,
            i % 3 ? "the station" : "flour in a bowl", i % 3 ? "travel" : "cooking"));
    CHECK_OK(file_write(table, b.data, b.size));
    buf_free(&b);
    return 0;
}

static int drop_table(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

static void test_wrong_usage_is_exit_2(void **state)
{
    (void)state;
    assert_int_equal(RUN("simulate"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--strategy", "entropy"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--strategy", "auto,auto"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--strategy", ""), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--budgets", "20,10"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--budgets", "10,x"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--seeds", "0"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--noise", "1.5"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--imbalance", "nan"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table, "--kind", "video"), 2);
    assert_int_equal(RUN("simulate", "--dataset", table), 1); /* no --label-column */
    assert_int_equal(RUN("simulate", "--dataset", "/nowhere"), 1);
}

static void test_json_has_a_line_for_each_point_and_one_for_each_strategy(void **state)
{
    (void)state;
    const char *const args[] = {
        "simulate", "--dataset", table, "--label-column", "kind", "--seeds", "2", "--budgets",
        "5,20",     "--threads", "1",   "--plot",         plot,   "--json",  NULL};
    struct buf out;
    size_t n = 0, n_summaries = 0;
    char *rest = NULL;

    buf_init(&out, 65536);
    assert_int_equal(program_run(&out, NULL, args), 0);
    for (char *line = strtok_r(out.data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest), n++) {
        json_t *o;

        CHECK_OK(json_read(&o, line, strlen(line)));
        assert_true(json_is_string(json_object_get(o, "strategy")));
        if (json_is_true(json_object_get(o, "summary"))) {
            n_summaries++;
            assert_true(json_is_real(json_object_get(o, "aulc")));
            assert_true(json_is_null(json_object_get(o, "n_to_random_200")));
            assert_true(json_is_null(json_object_get(o, "n_to_random_1000")));
        } else {
            assert_string_equal(json_string_value(json_object_get(o, "dataset")), "rows.csv");
            assert_true(json_is_integer(json_object_get(o, "seed")));
            assert_true(json_is_integer(json_object_get(o, "labels")));
            assert_true(json_is_real(json_object_get(o, "accuracy")));
            assert_true(json_is_real(json_object_get(o, "macro_f1")));
            assert_true(json_is_real(json_object_get(o, "seconds")));
        }
        json_decref(o);
    }
    assert_int_equal(n, 2 * 2 * 2 + 2);
    assert_int_equal(n_summaries, 2);
    assert_true(file_exists(plot));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_usage_is_exit_2),
        cmocka_unit_test(test_json_has_a_line_for_each_point_and_one_for_each_strategy),
    };
    return cmocka_run_group_tests(tests, make_table, drop_table);
}
