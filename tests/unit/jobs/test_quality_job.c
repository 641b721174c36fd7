#include "jobs/quality.h"

#include "base/json.h"
#include "check.h"
#include "domain/check.h"
#include "domain/label.h"
#include "domain/project.h"
#include "domain/quarantine.h"
#include "domain/review.h"
#include "domain/user.h"
#include "jobs/encode.h"
#include "store/quality.h"
#include "unit/jobs/workshop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ITEMS = 120, PEOPLE = 4 };
static const char *const CLASSES[] = {"a", "b", "c", NULL};

static struct workshop W;
static int64_t user[PEOPLE];
static int64_t first;

static void add_items(void)
{
    struct buf b;

    buf_init(&b, MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (int i = 0; i < ITEMS; i++)
        CHECK_OK(buf_printf(&b, "text number %d\n", i));
    workshop_put(&W, "texts.csv", b.data, b.size);
    buf_free(&b);
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
}

/* What person p says of item i: the first two say what it is, the third errs on every sixth, and more
 * often in the second half of the project; the fourth says "a" whatever it is. */
static const char *says(int p, int i)
{
    const int is = i % 3;

    if (p == 3) return CLASSES[0];
    if (p == 2 && i % (i < ITEMS / 2 ? 12 : 3) == 1) return CLASSES[(is + 1) % 3];
    return CLASSES[is];
}

static void say(int p, int i)
{
    json_t *values = json_pack("{s:s}", "class", says(p, i));
    struct label_new n = {.project_id = W.project.id,
                          .item_id = first + i,
                          .user_id = user[p],
                          .answer = ANSWER_ACCEPT,
                          .values = values,
                          .elapsed_ms = 1000 * (p + 1)};
    struct label_result r;

    uuid_new(&n.id);
    CHECK_OK(label_submit(W.store, &W.arena, &n, 1800000000000 + i * 60000, &r));
    json_decref(values);
}

static int up(void **state)
{
    struct project_change overlap = {.overlap = PEOPLE, .explore = -1};

    (void)state;
    workshop_new(&W, PROJECT_TEXT, CLASSES);
    add_items();
    CHECK_OK(project_update(W.store, &W.arena, W.project.id, &overlap, 5, &W.project));
    for (int p = 0; p < PEOPLE; p++) {
        struct user u;
        char name[20];

        snprintf(name, sizeof name, "person %d", p);
        CHECK_OK(user_add(W.store, &W.arena, name, ROLE_ANNOTATOR, NULL, 5, &u));
        user[p] = u.id;
    }
    first = 1;
    CHECK_OK(store_begin(W.store));
    for (int i = 0; i < ITEMS; i++)
        for (int p = 0; p < PEOPLE; p++)
            say(p, i);
    CHECK_OK(store_end(W.store, OK));
    return 0;
}

static int down(void **state)
{
    (void)state;
    workshop_free(&W);
    return 0;
}

static struct quality_result measured(void)
{
    struct quality_result x;

    CHECK_OK(workshop_job(&W, "quality", quality_params_write(&W.arena, QUALITY_AGREEMENT)));
    assert_int_equal(W.job.state, JOB_DONE);
    CHECK_OK(store_quality_get(W.store, &W.arena, W.project.id, "agreement", &x));
    assert_int_equal(x.project_id, W.project.id);
    return x;
}

static json_t *parsed(const struct quality_result *x)
{
    json_t *body;

    CHECK_OK(json_read(&body, x->body, strlen(x->body)));
    return body;
}

static double number(const json_t *object, const char *figure, const char *part)
{
    return json_number_value(json_object_get(json_object_get(object, figure), part));
}

/* Of 120 items each answered by four: pairs that agree are counted by hand below. */
static void test_a_project_is_measured_and_the_figures_are_those_of_its_labels(void **state)
{
    const struct quality_result x = measured();
    json_t *body = parsed(&x);
    const json_t *q = json_array_get(json_object_get(body, "questions"), 0);
    const json_t *people = json_object_get(body, "people");
    double pairs = 0;

    (void)state;
    for (int i = 0; i < ITEMS; i++)
        for (int a = 0; a < PEOPLE; a++)
            for (int b = 0; b < a; b++)
                pairs += says(a, i) == says(b, i);
    assert_int_equal(x.n_labels, ITEMS * PEOPLE);
    assert_int_equal(json_integer_value(json_object_get(q, "n_items")), ITEMS);
    assert_float_equal(number(q, "percent", "value"), pairs / (6 * ITEMS), 1e-9);
    assert_true(number(q, "alpha", "low") < number(q, "alpha", "value"));
    assert_true(number(q, "alpha", "value") < number(q, "alpha", "high"));
    assert_int_equal(json_array_size(json_object_get(q, "classes")), 3);
    assert_int_equal(json_array_size(json_object_get(q, "pairs")), 6);
    assert_int_equal(json_array_size(people), PEOPLE);
    assert_float_equal(number(json_array_get(people, 1), "seconds", "value"), 2, 1e-9);
    json_decref(body);
}

/* The first agrees with the others wherever those do not tie; the third ever less; the last on "a". */
static void test_people_are_held_against_the_others_and_their_drift_shows(void **state)
{
    const struct quality_result x = measured();
    json_t *body = parsed(&x);
    const json_t *people = json_object_get(body, "people");
    const json_t *drift[PEOPLE];
    const json_t *skill;

    (void)state;
    for (size_t p = 0; p < PEOPLE; p++)
        drift[p] = json_object_get(json_array_get(people, p), "drift");
    assert_true(number(json_array_get(people, 0), "others", "value") > 0.95);
    assert_float_equal(number(json_array_get(people, 3), "others", "value"), 40.0 / ITEMS, 0.1);
    assert_true(json_real_value(json_object_get(drift[2], "z")) < -2);
    assert_true(fabs(json_real_value(json_object_get(drift[3], "z"))) < 2);
    assert_int_equal(json_array_size(json_object_get(drift[2], "groups")), 10);
    skill = json_array_get(json_object_get(json_array_get(people, 3), "questions"), 0);
    assert_true(number(skill, "skill", "value") < 0.5);
    assert_true(json_array_size(json_object_get(skill, "takes")) >= 2);
    json_decref(body);
}

/* Ten items decided as they are: the first person always said so, the last where that is "a". */
static void test_people_are_held_against_what_reviewers_decide(void **state)
{
    struct quality_result x;
    json_t *body;
    const json_t *people;

    (void)state;
    for (int i = 0; i < 10; i++) {
        struct decide_new n = {.project_id = W.project.id,
                               .item_id = first + i,
                               .user_id = user[1],
                               .what = DECIDE_ANSWER,
                               .answer = i == 9 ? ANSWER_REJECT : ANSWER_ACCEPT,
                               .replaces = DECIDE_ANY};
        json_t *values = i == 9 ? NULL : json_pack("{s:s}", "class", CLASSES[i % 3]);
        struct label_result r;

        uuid_new(&n.id);
        n.values = values;
        CHECK_OK(review_decide(W.store, &W.arena, &n, 1800000000000, &r));
        json_decref(values);
    }
    x = measured();
    body = parsed(&x);
    people = json_object_get(body, "people");
    assert_float_equal(number(json_array_get(people, 0), "reviewers", "value"), 1, 1e-9);
    assert_float_equal(number(json_array_get(people, 0), "reviewers", "n"), 9, 1e-9);
    assert_float_equal(number(json_array_get(people, 3), "reviewers", "value"), 3.0 / 9, 1e-9);
    json_decref(body);
}

static void know(int i, const char *class_name)
{
    json_t *values = json_pack("{s:s}", "class", class_name);
    const struct gold_change gold = {W.project.id, first + i, user[1], values};
    int64_t seq;

    CHECK_OK(gold_set(W.store, &W.arena, &gold, 1800000000000, &seq));
    json_decref(values);
}

/* Known answers say that the last person alone is right: nobody else's skill survives that. */
static void test_known_answers_count_for_each_person_and_for_the_crowd(void **state)
{
    struct quality_result x;
    json_t *body;
    const json_t *people;
    const json_t *first_of;

    (void)state;
    for (int i = 0; i < 12; i++)
        know(i, CLASSES[0]);
    x = measured();
    body = parsed(&x);
    people = json_object_get(body, "people");
    assert_float_equal(number(json_array_get(people, 3), "gold", "value"), 1, 1e-9);
    assert_float_equal(number(json_array_get(people, 3), "gold", "n"), 12, 1e-9);
    assert_float_equal(number(json_array_get(people, 0), "gold", "value"), 4.0 / 12, 1e-9);
    assert_true(json_is_null(
        json_object_get(json_object_get(json_array_get(people, 0), "self"), "value")));
    first_of = json_array_get(json_object_get(json_array_get(people, 0), "questions"), 0);
    assert_true(number(first_of, "skill", "value") < 0.97);
    json_decref(body);
}

static void test_people_in_quarantine_are_judged_and_judge_nobody(void **state)
{
    const struct quarantine_set out = {
        .project_id = W.project.id, .user_id = user[3], .is_on = 1, .reason = "always a"};
    struct quarantine now;
    struct quality_result x = measured();
    json_t *before = parsed(&x);
    json_t *after;
    const json_t *last;

    (void)state;
    CHECK_OK(quarantine_set(W.store, &W.arena, &out, 5, &now));
    x = measured();
    assert_int_equal(x.seq, now.seq);
    after = parsed(&x);
    assert_true(
        number(json_array_get(json_object_get(after, "questions"), 0), "alpha", "value") >
        number(json_array_get(json_object_get(before, "questions"), 0), "alpha", "value") +
            0.2);
    last = json_array_get(json_object_get(after, "people"), 3);
    assert_true(json_is_true(json_object_get(last, "quarantined")));
    assert_int_equal(number(last, "others", "n") > 100, 1);
    assert_true(number(last, "others", "value") < 0.5);
    json_decref(before);
    json_decref(after);
}

static void test_the_same_labels_give_the_same_bytes(void **state)
{
    const struct quality_result one = measured();
    const struct quality_result two = measured();

    (void)state;
    assert_string_equal(one.body, two.body);
}

static void test_a_stopped_measurement_keeps_nothing(void **state)
{
    struct quality_result x;

    (void)state;
    W.stop_after_done = 1;
    assert_int_equal(
        workshop_job(&W, "quality", quality_params_write(&W.arena, QUALITY_AGREEMENT)),
        ERR_CANCELLED);
    assert_int_equal(W.job.state, JOB_QUEUED);
    CHECK_OK(store_quality_get(W.store, &W.arena, W.project.id, "agreement", &x));
    assert_int_equal(x.project_id, 0);
    W.stop_after_done = 0;
    measured();
}

static void test_influence_says_why_it_cannot_be_told(void **state)
{
    const char *params = quality_params_write(&W.arena, QUALITY_INFLUENCE);

    (void)state;
    assert_int_equal(workshop_job(&W, "quality", params), ERR_INVALID);
    assert_int_equal(W.job.state, JOB_FAILED);
    assert_non_null(strstr(W.job.message, "no encoder"));
    CHECK_OK(workshop_job(&W, "encode", encode_params_write(&W.arena, ENCODE_WHEN_DUE)));
    assert_int_equal(workshop_job(&W, "quality", params), ERR_INVALID);
    assert_non_null(strstr(W.job.message, "0 of them are labelled so far, it takes 20"));
}

/* As if every third item had been drawn at random and come to the first person so. */
static void test_influence_is_measured_on_drawn_items(void **state)
{
    struct quality_result x;
    json_t *body;
    const json_t *people;

    (void)state;
    folder_sql(
        &W.folder,
        "INSERT INTO pick (project_id, item_id, rank, strategy, pool_size, propensity, seed, "
        "reason, receipt_hash, state) SELECT project_id, id, 1, 'random', 9, 0.1, 1, 'x', "
        "zeroblob(32), 1 FROM item WHERE id % 3 = 0; "
        "UPDATE label SET pick_id = (SELECT id FROM pick p WHERE p.item_id = label.item_id)");
    CHECK_OK(workshop_job(&W, "encode", encode_params_write(&W.arena, ENCODE_WHEN_DUE)));
    CHECK_OK(workshop_job(&W, "quality", quality_params_write(&W.arena, QUALITY_INFLUENCE)));
    CHECK_OK(store_quality_get(W.store, &W.arena, W.project.id, "influence", &x));
    body = parsed(&x);
    people = json_object_get(body, "people");
    assert_int_equal(json_integer_value(json_object_get(body, "n_drawn")), ITEMS / 3);
    assert_int_equal(json_array_size(people), PEOPLE);
    assert_in_range(json_integer_value(json_object_get(json_array_get(people, 0), "n")), 30,
                    40);
    assert_true(json_is_number(json_object_get(json_array_get(people, 0), "difference")));
    json_decref(body);
    CHECK_OK(store_quality_get(W.store, &W.arena, W.project.id, "agreement", &x));
    assert_int_equal(x.project_id, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_project_is_measured_and_the_figures_are_those_of_its_labels),
        TEST(test_people_are_held_against_the_others_and_their_drift_shows),
        TEST(test_people_are_held_against_what_reviewers_decide),
        TEST(test_known_answers_count_for_each_person_and_for_the_crowd),
        TEST(test_people_in_quarantine_are_judged_and_judge_nobody),
        TEST(test_the_same_labels_give_the_same_bytes),
        TEST(test_a_stopped_measurement_keeps_nothing),
        TEST(test_influence_says_why_it_cannot_be_told),
        TEST(test_influence_is_measured_on_drawn_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
