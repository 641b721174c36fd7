#include "check.h"

#include "base/pool.h"

enum { N = 1000 };

static void square(void *context, size_t i)
{
    size_t *out = context;
    out[i] = i * i + 1;
}

static void test_every_task_runs_once_for_any_number_of_threads(void **state)
{
    (void)state;
    for (int threads = 0; threads < 5; threads++) {
        size_t out[N] = {0};
        pool_run(threads, N, square, out);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(out[i], i * i + 1);
    }
}

static void test_no_tasks_is_no_work(void **state)
{
    (void)state;
    pool_run(4, 0, square, NULL);
    assert_true(pool_processors() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_runs_once_for_any_number_of_threads),
        cmocka_unit_test(test_no_tasks_is_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
