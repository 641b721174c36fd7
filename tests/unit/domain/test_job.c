#include "domain/job.h"

#include "check.h"
#include "unit/domain/world.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct world W;
static const char *const ANY[] = {"import", "encode"};

static int up(void **state)
{
    (void)state;
    world_new(&W, 3, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static struct job add(const char *kind, const char *params, enum job_adding adding,
                      int64_t not_before)
{
    struct job j = {
        .project_id = W.p.id, .kind = kind, .params = params, .not_before = not_before};

    CHECK_OK(job_add(W.s, &W.a, &j, adding, NOW));
    assert_int_equal(j.state, JOB_QUEUED);
    return j;
}

static struct job_claimed claim(int64_t now)
{
    struct job_claimed c;

    CHECK_OK(job_claim(W.s, &W.a, ANY, 2, now, &c));
    return c;
}

static struct job job_now(int64_t id)
{
    struct job j;

    CHECK_OK(store_job_get(W.s, &W.a, id, &j));
    return j;
}

static void test_the_oldest_job_whose_time_has_come_is_claimed_once(void **state)
{
    struct job later = add("import", "{\"n\":1}", JOB_NEW, NOW + 1000);
    struct job first = add("encode", "{}", JOB_NEW, 0);
    struct job_claimed c, none;

    (void)state;
    add("export", "{}", JOB_NEW, 0); /* of no kind that is asked for */
    c = claim(NOW);
    assert_int_equal(c.job.id, first.id);
    assert_int_equal(c.job.state, JOB_RUNNING);
    assert_int_equal(job_now(first.id).started_at, NOW);
    none = claim(NOW);
    assert_int_equal(none.job.id, 0);
    job_unclaim(&none);
    none = claim(NOW + 1000);
    assert_int_equal(none.job.id, later.id);
    job_unclaim(&none);
    job_unclaim(&c);
}

static void test_equal_queued_jobs_merge_when_asked_to(void **state)
{
    struct job a = add("encode", "{}", JOB_MERGE, NOW + 500);
    struct job b = add("encode", "{}", JOB_MERGE, NOW + 100);
    struct job c = add("encode", "{\"retrain\":true}", JOB_MERGE, 0);
    struct job d = add("encode", "{}", JOB_NEW, 0);

    (void)state;
    assert_int_equal(a.id, b.id);
    assert_int_equal(job_now(a.id).not_before, NOW + 100);
    assert_int_not_equal(a.id, c.id);
    assert_int_not_equal(a.id, d.id);
}

static void test_only_the_moves_of_the_table_are_allowed(void **state)
{
    struct job j = add("import", "{}", JOB_NEW, 0);
    struct job_claimed c;

    (void)state;
    CHECK_FAILS(job_move(W.s, &j, JOB_DONE, NULL, NOW), ERR_CONFLICT,
                "is queued and cannot become done");
    assert_int_equal(j.state, JOB_QUEUED);
    c = claim(NOW);
    CHECK_OK(job_move(W.s, &c.job, JOB_QUEUED, "to go on later", NOW));
    job_unclaim(&c);
    c = claim(NOW + 1);
    CHECK_OK(job_move(W.s, &c.job, JOB_DONE, "3 items imported", NOW + 2));
    assert_int_equal(job_now(j.id).finished_at, NOW + 2);
    assert_string_equal(job_now(j.id).message, "3 items imported");
    CHECK_FAILS(job_move(W.s, &c.job, JOB_RUNNING, NULL, NOW), ERR_CONFLICT, "is done");
    CHECK_FAILS(job_move(W.s, &c.job, JOB_FAILED, NULL, NOW), ERR_CONFLICT, "is done");
    job_unclaim(&c);
}

static void test_progress_is_seen_and_a_cancel_reaches_the_worker(void **state)
{
    struct job j = add("import", "{}", JOB_NEW, 0);
    struct job_claimed c = claim(NOW);

    (void)state;
    c.job.done = 5;
    c.job.total = 9;
    c.job.what = "texts read";
    c.job.cursor = "{\"row\":5}";
    c.job.refused = 1;
    CHECK_OK(job_progress(W.s, &c.job));
    assert_int_equal(job_now(j.id).done, 5);
    assert_string_equal(job_now(j.id).cursor, "{\"row\":5}");
    CHECK_OK(job_cancel(W.s, &W.a, j.id, NOW, &j));
    assert_int_equal(j.state, JOB_RUNNING);
    c.job.done = 6;
    CHECK_FAILS(job_progress(W.s, &c.job), ERR_CANCELLED, "was cancelled");
    assert_int_equal(job_now(j.id).done, 6);
    CHECK_OK(job_move(W.s, &c.job, JOB_CANCELLED, "Stopped.", NOW));
    CHECK_FAILS(job_cancel(W.s, &W.a, j.id, NOW, &j), ERR_CONFLICT, "is cancelled already");
    job_unclaim(&c);
}

static void test_a_queued_job_is_cancelled_at_once(void **state)
{
    struct job j = add("import", "{}", JOB_NEW, 0);
    struct job_claimed c;

    (void)state;
    CHECK_OK(job_cancel(W.s, &W.a, j.id, NOW, &j));
    assert_int_equal(j.state, JOB_CANCELLED);
    c = claim(NOW);
    assert_int_equal(c.job.id, 0);
}

/* The child claims the job and dies without a word, as kill -9 would have it. */
static void test_a_job_whose_process_died_goes_back_to_the_queue(void **state)
{
    struct job j = add("import", "{}", JOB_NEW, 0);
    int64_t n;
    int status, to_child[2], to_parent[2];
    pid_t child;
    char byte = 'x';

    (void)state;
    assert_int_equal(pipe(to_child) | pipe(to_parent), 0);
    child = fork();
    if (!child) {
        struct store *s;
        struct job_claimed c;
        if (store_open(&s, W.folder.path, STORE_WRITE) || job_claim(s, &W.a, ANY, 2, NOW, &c) ||
            !c.job.id || write(to_parent[1], &byte, 1) != 1 || close(to_child[1]) ||
            read(to_child[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    CHECK_OK(job_requeue_dead(W.s, &W.a, NOW, &n));
    assert_int_equal(n, 0); /* it lives */
    assert_int_equal(job_now(j.id).state, JOB_RUNNING);
    close(to_child[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    CHECK_OK(job_requeue_dead(W.s, &W.a, NOW, &n));
    assert_int_equal(n, 1);
    assert_int_equal(job_now(j.id).state, JOB_QUEUED);
    close(to_child[0]);
    close(to_parent[0]);
    close(to_parent[1]);
}

static void test_a_dead_job_that_was_to_be_cancelled_is_cancelled(void **state)
{
    struct job j = add("import", "{}", JOB_NEW, 0);
    struct job_claimed c = claim(NOW);
    int64_t n;

    (void)state;
    CHECK_OK(job_cancel(W.s, &W.a, j.id, NOW, &j));
    job_unclaim(&c);
    CHECK_OK(job_requeue_dead(W.s, &W.a, NOW, &n));
    assert_int_equal(n, 1);
    assert_int_equal(job_now(j.id).state, JOB_CANCELLED);
}

static void test_a_command_claims_the_job_that_it_added(void **state)
{
    struct job other = add("import", "{}", JOB_NEW, 0);
    struct job j = add("import", "{\"mine\":1}", JOB_NEW, 0);
    struct job_claimed c, again;

    (void)state;
    CHECK_OK(job_claim_one(W.s, &W.a, j.id, NOW, &c));
    assert_int_equal(c.job.id, j.id);
    CHECK_OK(job_claim_one(W.s, &W.a, j.id, NOW, &again));
    assert_int_equal(again.job.id, 0);
    assert_int_equal(job_now(other.id).state, JOB_QUEUED);
    job_unclaim(&c);
}

static void add_item_of_job(int64_t job, int64_t row)
{
    struct item i = {
        .project_id = W.p.id, .format = "text/plain", .path = "p", .job_id = job, .row = row};
    enum item_added added;

    hash_of(&i.hash, &row, sizeof row);
    CHECK_OK(item_add(W.s, &i, "x", 1, NOW, &added));
}

static void test_the_report_of_an_import_lists_rows_of_each_outcome_in_order(void **state)
{
    struct job j = add("import", "{}", JOB_NEW, 0);
    struct job_row refused = {
        .row = 2, .path = "b.jpg", .outcome = ROW_REFUSED, .reason = "not a picture"};
    struct job_row duplicate = {
        .row = 4, .path = "d.jpg", .outcome = ROW_DUPLICATE, .item_id = 1};
    struct job_row *rows;
    size_t n;

    (void)state;
    add_item_of_job(j.id, 1);
    add_item_of_job(j.id, 3);
    CHECK_OK(job_report(W.s, j.id, &refused));
    CHECK_OK(job_report(W.s, j.id, &refused)); /* done again after a stop */
    CHECK_OK(job_report(W.s, j.id, &duplicate));
    CHECK_OK(store_job_rows(W.s, &W.a, j.id, ROW_ANY, 0, 10, &rows, &n));
    assert_int_equal(n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(rows[i].row, i + 1);
    assert_int_equal(rows[0].outcome, ROW_IMPORTED);
    assert_string_equal(rows[1].reason, "not a picture");
    CHECK_OK(store_job_rows(W.s, &W.a, j.id, ROW_REFUSED, 0, 10, &rows, &n));
    assert_int_equal(n, 1);
    CHECK_OK(store_job_rows(W.s, &W.a, j.id, ROW_IMPORTED, 1, 10, &rows, &n));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].row, 3);
    CHECK_OK(store_job_rows(W.s, &W.a, j.id, ROW_ANY, 2, 1, &rows, &n));
    assert_int_equal(rows[0].row, 3);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_oldest_job_whose_time_has_come_is_claimed_once),
        CASE(test_equal_queued_jobs_merge_when_asked_to),
        CASE(test_only_the_moves_of_the_table_are_allowed),
        CASE(test_progress_is_seen_and_a_cancel_reaches_the_worker),
        CASE(test_a_queued_job_is_cancelled_at_once),
        CASE(test_a_job_whose_process_died_goes_back_to_the_queue),
        CASE(test_a_dead_job_that_was_to_be_cancelled_is_cancelled),
        CASE(test_a_command_claims_the_job_that_it_added),
        CASE(test_the_report_of_an_import_lists_rows_of_each_outcome_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
