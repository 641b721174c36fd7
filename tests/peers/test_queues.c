/* Queues that other tools blocked, doubled or emptied, and pages that took for ever. Each test has the
 * name of what its users wrote, as it is here; the comment says who wrote it. */
#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "peers/team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 10000 }; /* items of 3 kB */

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

/* Labels one after the other until `enough`. */
struct labelling {
    pthread_t thread;
    struct person *who;
    int64_t project;
    atomic_bool enough;
    int n_stored, n_refused;
    int64_t slowest;
};

static void label_timed(struct labelling *w, int64_t item)
{
    struct told told = {.item = item, .class = "a"};
    int64_t started = clock_ticks_ms();
    int status = team_label(&T, w->who, w->project, &told);
    int64_t ms = clock_ticks_ms() - started;

    if (ms > w->slowest) w->slowest = ms;
    w->n_stored += status == 201;
    w->n_refused += status != 201;
}

static void *label_until_enough(void *context)
{
    struct labelling *w = context;
    int64_t items[5];

    while (!atomic_load(&w->enough)) {
        int n = team_lease(&T, w->who, w->project, 5, items);

        for (int i = 0; i < n; i++)
            label_timed(w, items[i]);
    }
    return NULL;
}

static void labelling_start(struct labelling *w, struct person *who, int64_t project)
{
    *w = (struct labelling){.who = who, .project = project};
    assert_int_equal(pthread_create(&w->thread, NULL, label_until_enough, w), 0);
}

static void labelling_end(struct labelling *w)
{
    atomic_store(&w->enough, true);
    pthread_join(w->thread, NULL);
    print_message("%d labels meanwhile, the slowest after %lld ms\n", w->n_stored,
                  (long long)w->slowest);
    assert_int_equal(w->n_refused, 0);
    assert_true(w->n_stored > 0);
}

/* doccano #1236: "database is locked" while labelling, error 500 and labels missing. */
static void test_row_8_the_database_is_never_locked_for_who_labels(void **state)
{
    (void)state;
    struct labelling w;
    int64_t project = team_project(&T, "locked", 4000, 0);

    team_project(&T, "beside", 0, 0);
    labelling_start(&w, &T.person[1], project);
    for (int i = 0; i < 3; i++) /* another process writes to the same file */
        team_import(&T, "beside", 500 * i, 500, 0);
    labelling_end(&w);
    assert_int_equal(team_labels(&T, project), w.n_stored);
}

/* Label Studio #5755, #7170, #5321: an import of 30 MB locks SQLite for everyone; "switch to
 * PostgreSQL". The pages of rows 11 and 12 are asked of what this test brings in. */
static void test_row_9_an_import_of_30_mb_locks_nobody_out(void **state)
{
    (void)state;
    struct labelling w;
    int64_t project = team_project(&T, "patient", 4000, 0);

    team_project(&T, "large", 0, 0);
    labelling_start(&w, &T.person[1], project);
    team_import(&T, "large", 0, MANY, 3000);
    labelling_end(&w);
    assert_true(w.slowest < 5000); /* there it is more than ten seconds */
}

static int64_t large_project(void)
{
    return folder_number(&T.folder, "SELECT id FROM project WHERE name = 'large'");
}

static int64_t ms_of(const char *path)
{
    int64_t started = clock_ticks_ms();

    assert_int_equal(team_ask(&T, &T.person[0], "GET", path, NULL, NULL), 200);
    return clock_ticks_ms() - started;
}

/* Label Studio #9637: more than 15 s to list 10,000 tasks. */
static void test_row_11_a_list_of_many_items_takes_no_seconds(void **state)
{
    (void)state;
    int64_t project = large_project();
    char path[200];

    snprintf(path, sizeof path, "/projects/%lld/items?state=all&limit=100", (long long)project);
    assert_true(ms_of(path) < 1000);
    snprintf(path, sizeof path, "/projects/%lld/items?state=all&limit=100&after=%lld",
             (long long)project,
             (long long)folder_number(&T.folder, "SELECT max(id) - 100 FROM item"));
    assert_true(ms_of(path) < 1000);
    assert_true(ms_of("/projects") < 1000);
}

/* Label Studio #3071: 42 s to open one task by its id. */
static void test_row_12_one_item_of_many_opens_at_once(void **state)
{
    (void)state;
    char path[100];

    snprintf(path, sizeof path, "/items/%lld",
             (long long)folder_number(&T.folder, "SELECT max(id) FROM item"));
    assert_true(ms_of(path) < 1000);
}

/* Texts in a folder for each class, as files. */
static void put_labelled(const char *folder, int n)
{
    for (int i = 0; i < n; i++) {
        char path[300];
        char text[60];

        snprintf(path, sizeof path, "%s/%s", folder, i % 3 ? "a" : "b");
        CHECK_OK(folder_make(path));
        snprintf(path, sizeof path, "%s/%s/r\xc3\xa9sum\xc3\xa9 (%d).txt", folder,
                 i % 3 ? "a" : "b", i);
        snprintf(text, sizeof text, "a labelled text, number %d", i);
        CHECK_OK(file_write_soon(path, text, strlen(text)));
    }
}

static size_t count_lines(const struct buf *b, const char *words)
{
    size_t n = 0;

    for (const char *at = b->data; at && (at = strstr(at, words)); at += strlen(words))
        n++;
    return n;
}

/* Label Studio #5873, doccano #241, #2297: an export that takes minutes, times out, or hangs. And rows 19
 * and 20 (doccano #113, #1476, Label Studio #4328, #1470): names changed, and 80 of 1,200 rows. */
static void test_row_13_an_export_holds_every_label_under_its_own_name(void **state)
{
    (void)state;
    enum { N = 600 };
    const char *data = T.folder.path;
    char folder[200];
    struct buf out;
    int64_t started;

    snprintf(folder, sizeof folder, "%s/labelled", T.files);
    put_labelled(folder, N);
    team_project(&T, "export", 0, 0);
    assert_int_equal(
        RUN("import", "--project", "export", "--labels-from", "folder", folder, "--data", data),
        0);
    buf_init(&out, 64 * MIB);
    started = clock_ticks_ms();
    assert_int_equal(program_run(&out, NULL,
                                 (const char *const[]){"export", "--project", "export", "-o",
                                                       "-", "--data", data, NULL}),
                     0);
    assert_true(clock_ticks_ms() - started < 5000);
    CHECK_OK(buf_adds(&out, ""));
    assert_int_equal(count_lines(&out, "\"class\":\"a\""), N / 3 * 2);
    assert_int_equal(count_lines(&out, "\"class\":\"b\""), N / 3);
    assert_int_equal(count_lines(&out, "r\xc3\xa9sum\xc3\xa9 ("), N);
    buf_free(&out);
}

static void export_to(struct buf *b, const char *data)
{
    buf_init(b, 64 * MIB);
    assert_int_equal(program_run(b, NULL,
                                 (const char *const[]){"export", "--project", "export", "-o",
                                                       "-", "--data", data, NULL}),
                     0);
    CHECK_OK(buf_adds(b, ""));
}

/* doccano #113, #482: what was exported cannot be imported again with its people and labels. */
static void test_row_19_a_project_comes_back_with_its_people_and_labels(void **state)
{
    (void)state;
    char file[200];
    char data[200];
    struct buf before;
    struct buf after;

    snprintf(file, sizeof file, "%s/export.exemplar", T.files);
    snprintf(data, sizeof data, "%s/elsewhere", T.files);
    assert_int_equal(RUN("project", "archive", "export", file, "--data", T.folder.path), 0);
    assert_int_equal(RUN("project", "restore", file, "--data", data), 0);
    export_to(&before, T.folder.path);
    export_to(&after, data);
    assert_true(count_lines(&before, "\"seq\":") > 100);
    assert_int_equal(count_lines(&after, "\"class\":\"a\""),
                     count_lines(&before, "\"class\":\"a\""));
    assert_int_equal(count_lines(&after, "\"annotator\":"),
                     count_lines(&before, "\"annotator\":"));
    assert_int_equal(RUN("verify", "--data", data), 0);
    buf_free(&before);
    buf_free(&after);
}

static int64_t resident_mib(void)
{
    char path[60];
    struct buf b;
    long long pages;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)T.server.pid);
    buf_init(&b, KIB);
    CHECK_OK(file_read(&b, path));
    CHECK_OK(buf_adds(&b, ""));
    assert_int_equal(sscanf(b.data, "%*s %lld", &pages), 1);
    buf_free(&b);
    return (int64_t)pages * sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

/* Label Studio #3916, #1240: killed for memory above 5,000 tasks; 1.4 GiB held for ever. */
static void test_row_14_listing_ten_thousand_items_keeps_no_memory(void **state)
{
    (void)state;
    char path[200];
    json_t *reply;
    int64_t after = 0;
    int64_t before = resident_mib();

    do {
        snprintf(path, sizeof path, "/projects/%lld/items?state=all&limit=500&after=%lld",
                 (long long)large_project(), (long long)after);
        assert_int_equal(team_ask(&T, &T.person[0], "GET", path, NULL, &reply), 200);
        after = json_integer_value(json_object_get(reply, "next"));
        json_decref(reply);
    } while (after);
    print_message("%lld MiB before, %lld MiB after 10,000 items\n", (long long)before,
                  (long long)resident_mib());
#ifndef __SANITIZE_ADDRESS__           /* whose own memory counts too */
    assert_true(resident_mib() < 600); /* the encoder works beside */
#endif
}

struct taking {
    pthread_t thread;
    struct person *who;
    int64_t project;
    int64_t items[20];
    int n;
};

static void *take(void *context)
{
    struct taking *x = context;

    for (int tries = 0; tries < 3 && x->n < 20; tries++)
        x->n += team_lease(&T, x->who, x->project, 20 - x->n, x->items + x->n);
    return NULL;
}

/* How often each item was handed out, when all ask at once. */
static void take_all(int64_t project, int64_t first, int n_items, int *times)
{
    struct taking x[PEOPLE];

    for (int i = 0; i < PEOPLE; i++) {
        x[i] = (struct taking){.who = &T.person[i], .project = project};
        assert_int_equal(pthread_create(&x[i].thread, NULL, take, &x[i]), 0);
    }
    for (int i = 0; i < PEOPLE; i++) {
        pthread_join(x[i].thread, NULL);
        for (int k = 0; k < x[i].n; k++) {
            assert_in_range(x[i].items[k] - first, 0, n_items - 1);
            times[x[i].items[k] - first]++;
        }
    }
}

static int64_t first_item(int64_t project)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT min(id) FROM item WHERE project_id = %lld",
             (long long)project);
    return folder_number(&T.folder, sql);
}

/* Label Studio #795, #1052, #6233: two people get the same task; and two labels an item cost money. */
static void test_row_17_nobody_gets_what_another_has_unless_two_are_asked_for(void **state)
{
    (void)state;
    enum { N = 60 };
    int64_t one = team_project(&T, "one each", N, 0);
    int64_t two = team_project(&T, "two each", N, 0);
    int times[N] = {0};
    char path[100];

    take_all(one, first_item(one), N, times);
    for (int i = 0; i < N; i++)
        assert_int_equal(times[i], 1);
    memset(times, 0, sizeof times);
    snprintf(path, sizeof path, "/projects/%lld", (long long)two);
    assert_int_equal(
        team_ask(&T, &T.person[0], "PATCH", path, json_pack("{s:i}", "overlap", 2), NULL), 200);
    take_all(two, first_item(two), N, times);
    for (int i = 0; i < N; i++)
        assert_int_equal(times[i], 2);
}

/* Prodigy's forum 7615, 7548, 7654: tasks kept for people who never come; "no tasks" with 2,410 left. */
static void test_row_18_what_somebody_took_and_left_comes_back_to_the_others(void **state)
{
    (void)state;
    int64_t project = team_project(&T, "gone", 20, 0);
    int64_t items[20];
    char path[100];
    json_t *reply;

    assert_int_equal(team_lease(&T, &T.person[1], project, 20, items), 20);
    snprintf(path, sizeof path, "/projects/%lld/leases", (long long)project);
    assert_int_equal(
        team_ask(&T, &T.person[2], "POST", path, json_pack("{s:i}", "n", 20), &reply), 200);
    assert_int_equal(json_array_size(json_object_get(reply, "leases")), 0);
    assert_int_equal(json_integer_value(json_object_get(reply, "left")),
                     20); /* not "no tasks" */
    json_decref(reply);
    folder_sql(&T.folder, "UPDATE lease SET expires_at = created_at"); /* five minutes later */
    assert_int_equal(team_lease(&T, &T.person[2], project, 20, items), 20);
}

/* CVAT #2050, doccano #26, Label Studio #6422, its ML backend #478, #545: active learning promised for
 * years; "Start training" does nothing. */
static void test_row_24_the_model_learns_and_picks_without_being_told(void **state)
{
    (void)state;
    struct person *ada = &T.person[1];
    int64_t project;
    int64_t items[20];
    int64_t n = 0;
    json_t *reply;
    char path[100];
    char sql[200];

    assert_int_equal(team_ask(&T, &T.person[0], "POST", "/projects/samples",
                              json_pack("{s:s}", "kind", "text"), &reply),
                     202);
    project = json_integer_value(json_object_get(json_object_get(reply, "project"), "id"));
    json_decref(reply);
    /* Row 25 (doccano #2301, #2063): an import that waits for a second process to be started. */
    snprintf(path, sizeof path, "/projects/%lld", (long long)project);
    for (int i = 0; i < 600 && n < 400; i++, usleep(50 * 1000))
        n = team_number(&T, path, "latents", "items_encoded");
    assert_int_equal(n, 400);
    for (int round = 0; round < 2; round++) {
        static const char *const TOPICS[] = {"weather", "food", "sport", "travel"};

        assert_int_equal(team_lease(&T, ada, project, 20, items), 20);
        for (int i = 0; i < 20; i++)
            assert_int_equal(
                team_label(&T, ada, project,
                           &(struct told){.item = items[i], .class = TOPICS[items[i] % 4]}),
                201);
    }
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM pick WHERE project_id = %lld AND model IS NOT NULL "
             "AND length(reason) > 10",
             (long long)project);
    n = 0;
    for (int i = 0; i < 600 && !n; i++, usleep(50 * 1000))
        n = folder_number(&T.folder, sql);
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_24_the_model_learns_and_picks_without_being_told),
        cmocka_unit_test(test_row_8_the_database_is_never_locked_for_who_labels),
        cmocka_unit_test(test_row_9_an_import_of_30_mb_locks_nobody_out),
        cmocka_unit_test(test_row_11_a_list_of_many_items_takes_no_seconds),
        cmocka_unit_test(test_row_12_one_item_of_many_opens_at_once),
        cmocka_unit_test(test_row_13_an_export_holds_every_label_under_its_own_name),
        cmocka_unit_test(test_row_19_a_project_comes_back_with_its_people_and_labels),
        cmocka_unit_test(test_row_14_listing_ten_thousand_items_keeps_no_memory),
        cmocka_unit_test(test_row_17_nobody_gets_what_another_has_unless_two_are_asked_for),
        cmocka_unit_test(test_row_18_what_somebody_took_and_left_comes_back_to_the_others),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, set_up, tear_down);
}
