/* Labels that other tools lost, or said they had saved. Each test has the name of what its users wrote,
 * as it is here; the comment says who wrote it. */
#include "check.h"

#include "base/clock.h"
#include "base/hash.h"
#include "peers/team.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct team T;

static int set_up(void **state)
{
    (void)state;
    team_new(&T);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    team_free(&T);
    return 0;
}

/* Label Studio #6674, #6675: two minutes without the store, half of 2,000 annotations gone. */
static void test_row_1_no_label_is_gone_after_an_outage(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project = team_project(&T, "outage", 20, 0);
    int64_t items[20];
    struct told told[20] = {{0}};

    assert_int_equal(team_lease(&T, ada, project, 20, items), 20);
    for (int i = 0; i < 20; i++) {
        told[i] = (struct told){.item = items[i], .class = "a"};
        if (i == 8) team_kill(&T);
        assert_int_equal(team_label(&T, ada, project, &told[i]), i < 8 ? 201 : 0);
    }
    team_start(&T);
    assert_int_equal(team_labels(&T, project), 8);
    for (int i = 0; i < 20; i++) /* the client's outbox sends all it is not sure of */
        assert_int_equal(team_label(&T, ada, project, &told[i]), i < 8 ? 200 : 201);
    assert_int_equal(team_labels(&T, project), 20);
    assert_int_equal(RUN("verify", "--data", T.folder.path), 0);
}

/* Label Studio #1790, #1101: updates of items that had an annotation silently not saved. */
static void test_row_2_an_update_is_saved_and_the_former_stays_in_the_history(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project = team_project(&T, "updates", 1, 0);
    int64_t item;
    char path[100];
    json_t *reply;
    const json_t *events;

    assert_int_equal(team_lease(&T, ada, project, 1, &item), 1);
    assert_int_equal(team_label(&T, ada, project, &(struct told){.item = item, .class = "a"}),
                     201);
    assert_int_equal(team_label(&T, ada, project, &(struct told){.item = item, .class = "b"}),
                     201);
    assert_int_equal(team_labels(&T, project), 1);
    assert_int_equal(folder_number(&T.folder,
                                   "SELECT json_extract(\"values\", '$.class') = 'b' "
                                   "FROM label ORDER BY seq DESC LIMIT 1"),
                     1);
    snprintf(path, sizeof path, "/items/%lld/history", (long long)item);
    assert_int_equal(team_ask(&T, ada, "GET", path, NULL, &reply), 200);
    events = json_object_get(reply, "events");
    assert_int_equal(json_array_size(events), 2);
    json_decref(reply);
}

/* Label Studio #8788: a model call of one to three minutes, then an error page and the work lost. */
static void test_row_3_work_is_saved_at_once_while_the_model_learns(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project = team_project(&T, "slow", 1500, 200);
    char path[100];
    int64_t items[20];
    int64_t slowest = 0;
    json_t *reply;

    snprintf(path, sizeof path, "/projects/%lld/encode", (long long)project);
    assert_int_equal(team_ask(&T, &T.person[0], "POST", path, json_object(), &reply), 202);
    json_decref(reply);
    for (int round = 0; round < 3; round++) {
        int n = team_lease(&T, ada, project, 20, items);

        assert_int_equal(n, 20);
        for (int i = 0; i < n; i++) {
            int64_t started = clock_ticks_ms();

            assert_int_equal(
                team_label(&T, ada, project, &(struct told){.item = items[i], .class = "b"}),
                201);
            if (clock_ticks_ms() - started > slowest) slowest = clock_ticks_ms() - started;
        }
    }
    print_message("the slowest of 60 labels beside the encoder took %lld ms\n",
                  (long long)slowest);
    assert_true(slowest < 2000);
    assert_int_equal(team_labels(&T, project), 60);
}

/* CVAT #7996: three days and 700 frames lost, because saving was a setting. */
static void test_row_4_there_is_no_save_to_forget(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project = team_project(&T, "autosave", 3, 0);
    int64_t items[3];
    struct told told;

    assert_int_equal(team_lease(&T, ada, project, 3, items), 3);
    told = (struct told){.item = items[0], .class = "a"};
    assert_int_equal(team_label(&T, ada, project, &told), 201);
    team_kill(&T); /* at once */
    team_start(&T);
    assert_int_equal(team_labels(&T, project), 1);
    assert_int_equal(team_label(&T, ada, project, &told), 200);
}

/* CVAT #10066, #8462: a loop of saves with "[object Object]", and what was saved before vanished. */
static void test_row_5_saving_again_and_again_or_nonsense_changes_nothing(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project = team_project(&T, "loop", 5, 0);
    int64_t items[5];
    struct told told;
    char path[100];
    json_t *reply;

    assert_int_equal(team_lease(&T, ada, project, 5, items), 5);
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            team_label(&T, ada, project, &(struct told){.item = items[i], .class = "a"}), 201);
    told = (struct told){.item = items[4], .class = "b"};
    assert_int_equal(team_label(&T, ada, project, &told), 201);
    for (int i = 0; i < 50; i++) {
        int64_t seq = told.seq;

        assert_int_equal(team_label(&T, ada, project, &told), 200);
        assert_int_equal(told.seq, seq);
    }
    snprintf(path, sizeof path, "/projects/%lld/labels", (long long)project);
    assert_int_equal(
        team_ask(&T, ada, "POST", path,
                 json_pack("{s:s, s:I, s:s, s:s}", "id", "123e4567-e89b-42d3-a456-426614174000",
                           "item", (json_int_t)items[0], "answer", "accept", "values",
                           "[object Object]"),
                 &reply),
        422);
    assert_non_null(json_string_value(json_object_get(reply, "detail")));
    json_decref(reply);
    assert_int_equal(team_labels(&T, project), 5);
}

struct worker {
    pthread_t thread;
    struct person *who;
    int64_t project;
    int n_stored, n_refused;
};

static void *work(void *context)
{
    struct worker *w = context;
    int64_t items[5];
    int n;

    while ((n = team_lease(&T, w->who, w->project, 5, items)) > 0)
        for (int i = 0; i < n; i++) {
            int status = team_label(&T, w->who, w->project,
                                    &(struct told){.item = items[i], .class = "a"});

            w->n_stored += status == 201;
            w->n_refused += status != 201;
        }
    return NULL;
}

/* CVAT #4682: with more than five users at once it crashes and cannot save. */
static void test_row_6_more_than_five_users_at_once_can_all_save(void **state)
{
    (void)state;
    struct worker w[PEOPLE];
    int64_t project = team_project(&T, "crowd", 120, 0);
    int n_stored = 0;

    for (int i = 0; i < PEOPLE; i++) {
        w[i] = (struct worker){.who = &T.person[i], .project = project};
        assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
    for (int i = 0; i < PEOPLE; i++) {
        pthread_join(w[i].thread, NULL);
        n_stored += w[i].n_stored;
        assert_int_equal(w[i].n_refused, 0);
    }
    assert_int_equal(n_stored, 120);
    assert_int_equal(team_labels(&T, project), 120);
}

/* Universal Data Tool #411: a shared project erased by a bad write, twice. */
static void test_row_7_no_request_erases_what_was_labelled(void **state)
{
    (void)state;
    struct person *boss = &T.person[0];
    int64_t project = team_project(&T, "erased", 4, 0);
    char path[100];
    int64_t items[4];
    int64_t before;

    assert_int_equal(team_lease(&T, boss, project, 4, items), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            team_label(&T, boss, project, &(struct told){.item = items[i], .class = "a"}), 201);
    before = folder_number(&T.folder, "SELECT count(*) FROM ledger");
    snprintf(path, sizeof path, "/projects/%lld", (long long)project);
    assert_int_equal(team_ask(&T, boss, "DELETE", path, NULL, NULL), 405);
    assert_int_equal(team_ask(&T, boss, "PUT", path, json_object(), NULL), 405);
    assert_int_equal(team_ask(&T, boss, "PATCH", path, json_pack("{s:[]}", "questions"), NULL),
                     422);
    assert_int_equal(team_ask(&T, boss, "PATCH", path,
                              json_pack("{s:[{s:s, s:s, s:[s]}]}", "questions", "name", "class",
                                        "type", "choice", "classes", "b"),
                              NULL),
                     409); /* labels use class a */
    assert_int_equal(team_labels(&T, project), 4);
    assert_int_equal(folder_number(&T.folder, "SELECT count(*) FROM ledger"), before);
    folder_sql_refused(&T.folder, "DELETE FROM ledger", "append-only");
    folder_sql_refused(&T.folder, "UPDATE ledger SET body = '{}'", "append-only");
}

/* Label Studio #6295: "error saving" though it was saved; the retry hits a unique id, and the item is
 * stuck. */
static void
test_row_10_a_retry_after_a_lost_answer_is_no_error_and_nothing_is_stuck(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project = team_project(&T, "retry", 2, 0);
    int64_t items[2];
    struct told told;
    struct told lost;

    assert_int_equal(team_lease(&T, ada, project, 2, items), 2);
    told = (struct told){.item = items[0], .class = "a"};
    assert_int_equal(team_label(&T, ada, project, &told), 201);
    lost = told; /* as if the answer had not come */
    lost.seq = 0;
    assert_int_equal(team_label(&T, ada, project, &lost), 200);
    assert_int_equal(lost.seq, told.seq);
    assert_int_equal(
        team_label(&T, ada, project, &(struct told){.item = items[0], .class = "b"}), 201);
    assert_int_equal(
        team_label(&T, ada, project, &(struct told){.item = items[1], .class = "b"}), 201);
    assert_int_equal(team_labels(&T, project), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_1_no_label_is_gone_after_an_outage),
        cmocka_unit_test(test_row_2_an_update_is_saved_and_the_former_stays_in_the_history),
        cmocka_unit_test(test_row_3_work_is_saved_at_once_while_the_model_learns),
        cmocka_unit_test(test_row_4_there_is_no_save_to_forget),
        cmocka_unit_test(test_row_5_saving_again_and_again_or_nonsense_changes_nothing),
        cmocka_unit_test(test_row_6_more_than_five_users_at_once_can_all_save),
        cmocka_unit_test(test_row_7_no_request_erases_what_was_labelled),
        cmocka_unit_test(
            test_row_10_a_retry_after_a_lost_answer_is_no_error_and_nothing_is_stuck),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, set_up, tear_down);
}
