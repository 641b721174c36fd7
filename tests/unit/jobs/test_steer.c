/* Assignments, priorities and quotas, with the job that finds their items. */
#include "check.h"

#include "domain/label.h"
#include "domain/ledger.h"
#include "domain/queue.h"
#include "domain/steer.h"
#include "domain/user.h"
#include "store/item.h"
#include "store/member.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <string.h>

#define NOW ((int64_t)1800000000000)

static struct workshop W;
static int64_t ANNA, BEN;

static void import_rows(const char *name, int from, int to)
{
    struct buf b;

    buf_init(&b, MIB);
    CHECK_OK(buf_adds(&b, "text,camera\n"));
    for (int i = from; i < to; i++)
        CHECK_OK(buf_printf(&b, "text number %d,%d\n", i, i % 5));
    workshop_put(&W, name, b.data, b.size);
    buf_free(&b);
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
}

static enum err people_task(struct store *s, void *context)
{
    struct user u;

    (void)context;
    TRY(user_add(s, &W.arena, "anna", ROLE_ANNOTATOR, NULL, NOW, &u));
    ANNA = u.id;
    TRY(user_add(s, &W.arena, "ben", ROLE_ANNOTATOR, NULL, NOW, &u));
    BEN = u.id;
    TRY(store_member_set(s, W.project.id, ANNA, ROLE_ANNOTATOR));
    return store_member_set(s, W.project.id, BEN, ROLE_ANNOTATOR);
}

static int up(void **state)
{
    static const char *const CLASSES[] = {"a", "b", NULL};

    (void)state;
    workshop_new(&W, PROJECT_TEXT, CLASSES);
    CHECK_OK(writer_do(W.writer, people_task, NULL));
    import_rows("first.csv", 0, 50);
    return 0;
}

static void note(void *context, int64_t seq, const char *sentence)
{
    (void)context;
    (void)seq;
    print_error("%s\n", sentence);
}

static int down(void **state)
{
    const struct ledger_report report = {.problem = note};
    struct ledger_sums sums;

    (void)state;
    CHECK_OK(ledger_verify(W.store, &report, &sums));
    assert_int_equal(sums.n_problems, 0);
    workshop_free(&W);
    return 0;
}

struct making {
    struct assignment_new new;
    struct assignment made;
};

static enum err make_task(struct store *s, void *context)
{
    struct making *m = context;

    return assignment_make(s, &W.arena, &m->new, NOW, &m->made);
}

static const char *params_of(int64_t assignment)
{
    return arena_printf(&W.arena, "{\"assignment\":%lld}", (long long)assignment);
}

/* Made, and its items found. */
static struct assignment assign(int64_t user, const char *camera, const char *folder,
                                int64_t quota)
{
    struct making m = {
        .new = {.project_id = W.project.id,
                .user_id = user,
                .what = {.key = camera ? "camera" : NULL, .value = camera, .folder = folder},
                .quota = quota}
    };

    CHECK_OK(writer_do(W.writer, make_task, &m));
    CHECK_OK(workshop_job(&W, "steer", params_of(m.made.id)));
    CHECK_OK(store_assignment_get(W.store, &W.arena, m.made.id, &m.made));
    assert_int_equal(m.made.filled, 1);
    return m.made;
}

struct taking {
    int64_t user, n;
    struct queue_given given;
};

static enum err take_task(struct store *s, void *context)
{
    struct taking *t = context;
    const struct queue_ask ask = {.project_id = W.project.id, .user_id = t->user, .n = t->n};

    return queue_lease(s, &W.arena, &ask, NOW, &t->given);
}

static struct queue_given take(int64_t user, int64_t n)
{
    struct taking t = {.user = user, .n = n};

    CHECK_OK(writer_do(W.writer, take_task, &t));
    return t.given;
}

static enum err answer_task(struct store *s, void *context)
{
    struct label_result r;

    return label_submit(s, &W.arena, context, NOW, &r);
}

static void answer(int64_t user, int64_t item, enum answer answer)
{
    json_t *values = json_pack("{s:s}", "class", "a");
    struct label_new n = {.project_id = W.project.id,
                          .item_id = item,
                          .user_id = user,
                          .answer = answer,
                          .values = values};

    uuid_new(&n.id);
    CHECK_OK(writer_do(W.writer, answer_task, &n));
    json_decref(values);
}

static int is_of_camera(const struct item *i, const char *camera)
{
    char text[40];

    snprintf(text, sizeof text, "\"camera\":\"%s\"", camera);
    return strstr(i->meta, text) != NULL;
}

static void test_a_person_gets_what_is_assigned_and_the_others_anything(void **state)
{
    struct queue_given g;
    int other = 0;

    (void)state;
    assert_int_equal(assign(ANNA, "3", NULL, 0).n_items, 10);
    g = take(ANNA, 20);
    assert_int_equal(g.n, 10);
    assert_int_equal(g.left, 10);
    for (size_t i = 0; i < g.n; i++)
        assert_true(is_of_camera(&g.leases[i].item, "3"));
    assert_string_equal(g.leases[0].pick.strategy, "assigned");
    g = take(BEN, 20);
    assert_int_equal(g.n, 20);
    for (size_t i = 0; i < g.n; i++)
        other += !is_of_camera(&g.leases[i].item, "3");
    assert_int_equal(other, 20); /* the ten are in anna's hands */
}

static void test_what_is_answered_leaves_the_assignment_and_new_items_join_it(void **state)
{
    struct assignment x = assign(0, "3", NULL, 0);
    struct queue_given g = take(ANNA, 10);

    (void)state;
    for (size_t i = 0; i < g.n; i++)
        answer(ANNA, g.leases[i].item.id, i == 0 ? ANSWER_SKIP : ANSWER_ACCEPT);
    g = take(ANNA, 5);
    assert_int_equal(g.n, 0);
    assert_int_equal(g.left, 0);
    g = take(BEN, 5);
    assert_int_equal(g.n, 1); /* what anna skipped */
    import_rows("second.csv", 50, 70);
    CHECK_OK(store_assignment_get(W.store, &W.arena, x.id, &x));
    assert_int_equal(x.n_items, 14);
    assert_int_equal(x.n_open, 5);
    assert_int_equal(take(ANNA, 10).left, 4);
}

static void test_a_folder_matches_all_below_it_and_nothing_beside(void **state)
{
    static const char *const PATHS[] = {"north/a.txt", "north/deep/b.txt", "northern/c.txt"};
    char folder[60];
    struct item *items;
    size_t n;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        workshop_put(&W, PATHS[i], PATHS[i], strlen(PATHS[i]));
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
    CHECK_OK(store_item_list(W.store, &W.arena, W.project.id, 50, 10, &items, &n));
    assert_int_equal(n, 3);
    assert_non_null(strstr(items[0].path, "north/a.txt"));
    snprintf(folder, sizeof folder, "%.*s",
             (int)(strstr(items[0].path, "north") + 5 - items[0].path), items[0].path);
    assert_int_equal(assign(ANNA, NULL, folder, 0).n_items, 2);
    assert_int_equal(take(ANNA, 5).n, 2);
}

static void test_of_a_quota_no_more_is_handed_out(void **state)
{
    struct queue_given g;

    (void)state;
    assign(ANNA, "3", NULL, 4);
    g = take(ANNA, 3);
    assert_int_equal(g.n, 3);
    assert_int_equal(g.left, 4);
    assert_int_equal(take(ANNA, 3).n, 1);
    for (size_t i = 0; i < g.n; i++)
        answer(ANNA, g.leases[i].item.id, ANSWER_ACCEPT);
    g = take(ANNA, 3);
    assert_int_equal(g.n, 0); /* she holds the last one */
    assert_int_equal(g.left, 1);
}

static enum err end_task(struct store *s, void *context)
{
    const struct assignment *x = context;

    return assignment_end(s, &W.arena, W.project.id, x->id, 0, NOW);
}

static void test_after_its_end_anything_comes_again_and_its_items_are_forgotten(void **state)
{
    struct assignment x = assign(ANNA, "3", NULL, 0);
    struct queue_given g;

    (void)state;
    assert_int_equal(take(ANNA, 1).left, 10);
    CHECK_OK(writer_do(W.writer, end_task, &x));
    g = take(ANNA, 20);
    assert_int_equal(g.left, 50);
    assert_int_equal(g.n, 20);
    CHECK_OK(workshop_job(&W, "steer", params_of(x.id)));
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM assigned"), 0);
}

static void test_the_highest_priority_comes_first_whoever_asks(void **state)
{
    struct queue_given g;

    (void)state;
    CHECK_OK(workshop_job(&W, "steer", "{\"key\":\"camera\",\"priority\":2,\"value\":\"1\"}"));
    CHECK_OK(workshop_job(&W, "steer", "{\"key\":\"camera\",\"priority\":7,\"value\":\"4\"}"));
    g = take(ANNA, 8);
    for (size_t i = 0; i < 8; i++)
        assert_true(is_of_camera(&g.leases[i].item, "4"));
    g = take(BEN, 20);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(is_of_camera(&g.leases[i].item, "4") +
                             is_of_camera(&g.leases[i].item, "1"),
                         i < 12);
    assert_string_equal(g.leases[0].pick.strategy, "priority");
    assert_string_equal(g.leases[12].pick.strategy, "random");
}

static void test_within_an_assignment_priority_counts_too(void **state)
{
    struct queue_given g;

    (void)state;
    assign(ANNA, "3", NULL, 0);
    CHECK_OK(workshop_job(&W, "steer", "{\"key\":\"camera\",\"priority\":9,\"value\":\"0\"}"));
    g = take(ANNA, 3);
    assert_int_equal(g.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(is_of_camera(&g.leases[i].item, "3"));
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        WITH(test_a_person_gets_what_is_assigned_and_the_others_anything),
        WITH(test_what_is_answered_leaves_the_assignment_and_new_items_join_it),
        WITH(test_a_folder_matches_all_below_it_and_nothing_beside),
        WITH(test_of_a_quota_no_more_is_handed_out),
        WITH(test_after_its_end_anything_comes_again_and_its_items_are_forgotten),
        WITH(test_the_highest_priority_comes_first_whoever_asks),
        WITH(test_within_an_assignment_priority_counts_too),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
