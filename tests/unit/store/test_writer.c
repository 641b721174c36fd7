#include "check.h"

#include "store/user.h"
#include "store/writer.h"
#include "unit/store/folder.h"
#include "unit/store/inside.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct folder F;
static struct writer *W;

static int start(void **state)
{
    (void)state;
    folder_new(&F);
    return (int)writer_start(&W, F.path, NULL, NULL);
}

static int stop(void **state)
{
    (void)state;
    writer_stop(W);
    folder_remove(&F);
    return 0;
}

static int64_t n_users(void)
{
    return folder_number(&F, "SELECT count(*) FROM user WHERE kind = 'person'");
}

struct task {
    char name[60];
    enum err wanted; /* what the task returns after it has written */
    enum err told;
    char sentence[400];
    sem_t *done;
};

static enum err add(struct store *s, void *context)
{
    struct task *t = context;
    struct user u = {.name = t->name, .created_at = 1};

    TRY(store_user_add(s, &u));
    return t->wanted ? fail(t->wanted, "%s must not be kept", t->name) : OK;
}

static void note(void *context, enum err e, const char *sentence)
{
    struct task *t = context;

    t->told = e;
    snprintf(t->sentence, sizeof t->sentence, "%s", sentence);
    sem_post(t->done);
}

/* Holds the writer until the batch behind it has gathered. */
static enum err wait_for(struct store *s, void *context)
{
    (void)s;
    sem_wait(context);
    return OK;
}

static void ignore(void *context, enum err e, const char *sentence)
{
    (void)context, (void)e, (void)sentence;
}

/* n tasks that are certainly run in one batch. */
static void run_together(struct task *tasks, size_t n)
{
    sem_t gate, done;

    sem_init(&gate, 0, 0);
    sem_init(&done, 0, 0);
    CHECK_OK(writer_submit(W, wait_for, &gate, ignore));
    for (size_t i = 0; i < n; i++) {
        tasks[i].done = &done;
        CHECK_OK(writer_submit(W, add, &tasks[i], note));
    }
    sem_post(&gate);
    for (size_t i = 0; i < n; i++)
        sem_wait(&done);
    sem_destroy(&gate);
    sem_destroy(&done);
}

static void test_a_task_is_on_the_disk_when_it_is_told(void **state)
{
    struct task t = {.name = "ada"};

    (void)state;
    CHECK_OK(writer_do(W, add, &t));
    assert_int_equal(n_users(), 1);
}

static void test_a_failing_task_keeps_its_sentence_and_writes_nothing(void **state)
{
    struct task t = {.name = "ada", .wanted = ERR_CONFLICT};

    (void)state;
    CHECK_FAILS(writer_do(W, add, &t), ERR_CONFLICT, "ada must not be kept");
    assert_int_equal(n_users(), 0);
}

static void test_a_failing_task_never_harms_the_others_of_its_batch(void **state)
{
    static struct task tasks[100];
    struct writer_numbers n;

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(tasks[i].name, sizeof tasks[i].name, "user %d", i);
        tasks[i].wanted = i % 3 ? OK : ERR_INVALID;
    }
    run_together(tasks, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(tasks[i].told, i % 3 ? OK : ERR_INVALID);
        if (i % 3)
            assert_string_equal(tasks[i].sentence, "");
        else
            assert_non_null(strstr(tasks[i].sentence, tasks[i].name));
    }
    assert_int_equal(n_users(), 66);
    writer_numbers(W, &n);
    assert_int_equal(n.n_failed, 34);
    assert_true(n.n_batches <= 3);
}

static enum err make_full(struct store *s, void *context)
{
    (void)context;
    limit_pages(s);
    return OK;
}

static enum err undo_all(struct store *s, void *context)
{
    struct user u = {.name = "last", .created_at = 1};

    (void)context;
    undo_behind_its_back(s);
    return store_user_add(s, &u);
}

static enum err fail_at_commit(struct store *s, void *context)
{
    (void)s, (void)context;
    return fail(ERR_IO, "the disk is full");
}

static enum err set_failing_hook(struct store *s, void *context)
{
    store_before_commit(s, fail_at_commit, context);
    return OK;
}

static void test_when_the_commit_fails_every_task_of_the_batch_fails(void **state)
{
    static struct task tasks[20];

    (void)state;
    assert_int_equal(writer_do(W, set_failing_hook, NULL), ERR_IO); /* its own commit already */
    for (int i = 0; i < 20; i++)
        snprintf(tasks[i].name, sizeof tasks[i].name, "user %d", i);
    run_together(tasks, 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(tasks[i].told, ERR_IO);
        assert_string_equal(tasks[i].sentence, "the disk is full");
    }
    assert_int_equal(n_users(), 0);
}

static void test_when_the_database_undoes_a_batch_nobody_is_told_ok(void **state)
{
    static struct task tasks[3] = {{.name = "ada"}, {.name = "bob"}, {.name = "cyd"}};
    sem_t gate, done;

    (void)state;
    sem_init(&gate, 0, 0);
    sem_init(&done, 0, 0);
    for (int i = 0; i < 3; i++)
        tasks[i].done = &done;
    CHECK_OK(writer_submit(W, wait_for, &gate, ignore));
    CHECK_OK(writer_submit(W, add, &tasks[0], note));
    CHECK_OK(writer_submit(W, undo_all, NULL, ignore));
    CHECK_OK(writer_submit(W, add, &tasks[1], note));
    sem_post(&gate);
    sem_wait(&done);
    sem_wait(&done);
    assert_int_equal(tasks[0].told, ERR_IO);
    assert_int_equal(tasks[1].told, ERR_IO);
    assert_int_equal(n_users(), 0);
    CHECK_OK(writer_do(W, add, &tasks[2])); /* the next batch is fine */
    assert_int_equal(n_users(), 1);
    sem_destroy(&gate);
    sem_destroy(&done);
}

static void test_a_full_disk_is_said_to_whoever_wrote(void **state)
{
    struct task t = {.name = "x"};
    enum err e = OK;

    (void)state;
    CHECK_OK(writer_do(W, make_full, NULL));
    for (int i = 0; i < 10000 && !e; i++) {
        snprintf(t.name, sizeof t.name, "somebody with a long name, number %d", i);
        e = writer_do(W, add, &t);
    }
    assert_int_equal(e, ERR_IO);
    assert_non_null(strstr(err_message(), "make room"));
}

static void test_beyond_the_queue_a_task_is_refused_as_busy(void **state)
{
    sem_t gate;
    size_t n = 0;
    enum err e = OK;

    (void)state;
    sem_init(&gate, 0, 0);
    CHECK_OK(writer_submit(W, wait_for, &gate, ignore));
    while (!e && n < 2 * WRITER_QUEUE) {
        e = writer_submit(W, fail_at_commit, NULL, ignore);
        n += !e;
    }
    assert_int_equal(e, ERR_BUSY);
    assert_non_null(strstr(err_message(), "4096"));
    assert_true(n >= WRITER_QUEUE - 1 && n <= WRITER_QUEUE + WRITER_BATCH);
    sem_post(&gate);
    writer_stop(W);
    assert_int_equal(writer_start(&W, F.path, NULL, NULL), OK);
    sem_destroy(&gate);
}

static void test_stopping_finishes_what_was_submitted(void **state)
{
    static struct task tasks[500];
    sem_t done;

    (void)state;
    sem_init(&done, 0, 0);
    for (int i = 0; i < 500; i++) {
        snprintf(tasks[i].name, sizeof tasks[i].name, "user %d", i);
        tasks[i].done = &done;
        tasks[i].told = ERR_COUNT;
        CHECK_OK(writer_submit(W, add, &tasks[i], note));
    }
    writer_stop(W);
    for (int i = 0; i < 500; i++)
        assert_int_equal(tasks[i].told, OK);
    assert_int_equal(n_users(), 500);
    assert_int_equal(writer_start(&W, F.path, NULL, NULL), OK);
    sem_destroy(&done);
}

enum { CLIENTS = 8, EACH = 100 };

static void *client(void *context)
{
    struct task t = {.told = OK};
    size_t n_bad = 0;

    for (int i = 0; i < EACH; i++) {
        snprintf(t.name, sizeof t.name, "client %zu, %d", (size_t)context, i);
        t.wanted = i % 10 ? OK : ERR_INVALID;
        n_bad += writer_do(W, add, &t) != t.wanted;
        n_bad += t.wanted && !strstr(err_message(), t.name);
    }
    return (void *)n_bad;
}

static void test_many_clients_each_get_their_own_answer(void **state)
{
    pthread_t threads[CLIENTS];
    void *n_bad;

    (void)state;
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, client, (void *)i), 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], &n_bad);
        assert_null(n_bad);
    }
    assert_int_equal(n_users(), CLIENTS * EACH * 9 / 10);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_task_is_on_the_disk_when_it_is_told),
        CASE(test_a_failing_task_keeps_its_sentence_and_writes_nothing),
        CASE(test_a_failing_task_never_harms_the_others_of_its_batch),
        CASE(test_when_the_commit_fails_every_task_of_the_batch_fails),
        CASE(test_when_the_database_undoes_a_batch_nobody_is_told_ok),
        CASE(test_a_full_disk_is_said_to_whoever_wrote),
        CASE(test_beyond_the_queue_a_task_is_refused_as_busy),
        CASE(test_stopping_finishes_what_was_submitted),
        CASE(test_many_clients_each_get_their_own_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
