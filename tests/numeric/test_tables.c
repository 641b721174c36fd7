/* The tables of docs/sampler.md, when the data is there: `exemplar simulate` over real data sets, with
 * floors a few points below what was measured, so that a part that stops working is seen. EXEMPLAR_DATA
 * names the folder. Two seeds, where the tables have more. */
#include "check.h"

#include "jobs/simulate.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUDGETS = 5 };

struct table {
    struct sim_source source; /* paths within EXEMPLAR_DATA */
    size_t budget[BUDGETS];   /* 0: no more */
    double least[BUDGETS];    /* accuracy of auto */
    double
        most_labels; /* of random's, for random's accuracy at the last mark that is reached */
    size_t mark;     /* of SIM_MARK */
};

static void in_data(const char **path, char *room, size_t n)
{
    if (!*path) return;
    snprintf(room, n, "%s/%s", getenv("EXEMPLAR_DATA"), *path);
    *path = room;
}

static bool is_there(const char *path)
{
    FILE *f = getenv("EXEMPLAR_DATA") ? fopen(path, "r") : NULL;

    if (f) fclose(f);
    return f != NULL;
}

static void replay(const struct table *t)
{
    static const enum smp_strategy TWO[2] = {SMP_AUTO, SMP_RANDOM};
    char path[1000], test[1000];
    struct sim_plan plan = {.source = t->source,
                            .strategies = TWO,
                            .n_strategies = 2,
                            .budgets = t->budget,
                            .n_seeds = 2,
                            .encoder = "auto",
                            .imbalance = 1,
                            .explore = 0.1,
                            .threads = 2};
    struct sim_result r;

    while (plan.n_budgets < BUDGETS && t->budget[plan.n_budgets])
        plan.n_budgets++;
    in_data(&plan.source.path, path, sizeof path);
    in_data(&plan.source.test, test, sizeof test);
    if (!is_there(plan.source.path)) skip();
    CHECK_OK(simulate(&r, &plan));
    assert_int_equal(r.n_budgets, plan.n_budgets);
    for (size_t b = 0; b < r.n_budgets; b++) {
        double chosen, chance, deviation;

        sim_spread(&r, 0, b, &chosen, &deviation);
        sim_spread(&r, 1, b, &chance, &deviation);
        print_message("%zu labels: auto %.3f, random %.3f\n", t->budget[b], chosen, chance);
        assert_true(chosen >= t->least[b]);
    }
    print_message("labels for random's accuracy at %zu: %.2f\n%s\n", SIM_MARK[t->mark],
                  r.summary[0].to_random[t->mark], r.unlike);
    assert_true(r.summary[0].to_random[t->mark] <= t->most_labels);
    sim_result_free(&r);
}

static void test_photos_of_clothes(void **state)
{
    (void)state;
    replay(&(struct table){
        .source = {.path = "photos-clothing"},
        .budget = { 20,   50,   100,  200, 300},
        .least = {                      0.30, 0.42, 0.53, 0.65, 0.71},
        .most_labels = 1.3, /* not far behind chance, see there */
        .mark = 0
    });
}

static void test_fashion_mnist(void **state)
{
    (void)state;
    replay(&(struct table){
        .source = {.path = "fashion-mnist"},
        .budget = { 50,   200,  500, 1000},
        .least = {                   0.76, 0.83, 0.87, 0.89},
        .most_labels = 0.5,
        .mark = 1
    });
}

static void test_dbpedia(void **state)
{
    (void)state;
    replay(&(struct table){
        .source = {.path = "text/dbpedia14-14k/train.csv",
                   .text_column = "2",
                   .label_column = "1",
                   .header = SOURCE_NO_HEADER                              },
        .budget = {50,                                     200,  500,  1000},
        .least = {0.84,                                   0.92, 0.94, 0.95},
        .most_labels = 0.35,
        .mark = 1
    });
}

static void test_banking77(void **state)
{
    (void)state;
    replay(&(struct table){
        .source = {.path = "text/banking77/train.csv",
                   .test = "text/banking77/test.csv",
                   .label_column = "category",
                   .header = SOURCE_HEADER                             },
        .budget = {50,                                 200,  500,  1000},
        .least = {0.34,                               0.57, 0.73, 0.79},
        .most_labels = 0.5,
        .mark = 1
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_photos_of_clothes),
        cmocka_unit_test(test_fashion_mnist),
        cmocka_unit_test(test_dbpedia),
        cmocka_unit_test(test_banking77),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
