/* The account of a version, from labels to sentences. */
#include "check.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "domain/honest.h"
#include "domain/label.h"
#include "domain/neighbours.h"
#include "domain/queue.h"
#include "domain/report.h"
#include "domain/report_card.h"
#include "jobs/evaluate.h"
#include "jobs/evaluate_keys.h"
#include "jobs/sample.h"
#include "store/purpose.h"
#include "unit/jobs/workshop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 90, SENTENCES = 300, TAUGHT = 100, DRAWN = SENTENCES - TAUGHT };

static const char *const TOPICS[] = {"weather", "food", "sport", "travel", NULL};
static struct workshop W;
static struct item *ITEM;
static int TOPIC[SENTENCES];

static int up(void **state)
{
    struct buf b;
    size_t n;

    (void)state;
    workshop_new(&W, PROJECT_TEXT, TOPICS);
    buf_init(&b, MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (size_t i = 0; i < SENTENCES; i++) {
        CHECK_OK(sample_sentence(&b, 5, i, &TOPIC[i]));
        CHECK_OK(buf_adds(&b, "\n"));
    }
    workshop_put(&W, "all.csv", b.data, b.size);
    buf_free(&b);
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
    CHECK_OK(store_item_list(W.store, &W.arena, W.project.id, 0, 1000, &ITEM, &n));
    assert_int_equal(n, SENTENCES);
    return 0;
}

static int down(void **state)
{
    (void)state;
    workshop_free(&W);
    return 0;
}

struct labelling {
    int64_t item, lease;
    const char *class;
};

static enum err label_task(struct store *s, void *context)
{
    const struct labelling *l = context;
    json_t *values = json_pack("{s:s}", "class", l->class);
    struct label_new n = {.project_id = W.project.id,
                          .item_id = l->item,
                          .user_id = 1,
                          .lease_id = l->lease,
                          .answer = ANSWER_ACCEPT,
                          .values = values};
    struct label_result r;
    enum err e;

    uuid_new(&n.id);
    e = label_submit(s, &W.arena, &n, clock_now_ms(), &r);
    json_decref(values);
    return e;
}

static void label(size_t i, int64_t lease, int topic)
{
    struct labelling l = {ITEM[i].id, lease, TOPICS[topic]};

    CHECK_OK(writer_do(W.writer, label_task, &l));
}

static enum err lease_task(struct store *s, void *context)
{
    const struct queue_ask ask = {.project_id = W.project.id, .user_id = 1, .n = 1};

    return queue_lease(s, &W.arena, &ask, clock_now_ms(), context);
}

/* Labels of what is handed out, at random while there is no round. */
static void label_at_random(size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct queue_given given;
        size_t i = 0;

        CHECK_OK(writer_do(W.writer, lease_task, &given));
        assert_int_equal(given.n, 1);
        while (ITEM[i].id != given.leases[0].lease.item_id)
            i++;
        label(i, given.leases[0].lease.id, TOPIC[i]);
    }
}

static enum err begin_task(struct store *s, void *context)
{
    const struct model_new n = {.project_id = W.project.id, .seed = MODEL_SEED_OWN};
    struct job j;

    return model_begin(s, &W.arena, &n, clock_now_ms(), context, &j);
}

static struct model trained(void)
{
    struct model m;

    CHECK_OK(writer_do(W.writer, begin_task, &m));
    CHECK_OK(workshop_job(&W, "train", evaluate_params_write(&W.arena, &m)));
    CHECK_OK(store_model_get(W.store, &W.arena, m.id, &m));
    assert_int_equal(m.state, MODEL_TRAINED);
    return m;
}

static json_t *report_of(const struct model *m)
{
    json_t *report;

    assert_non_null(m->report);
    CHECK_OK(json_read(&report, m->report, strlen(m->report)));
    return report;
}

static int says(const json_t *list, const char *words)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strstr(json_string_value(json_array_get(list, i)), words)) return 1;
    return 0;
}

static json_int_t whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void teach(void)
{
    for (size_t i = 0; i < TAUGHT; i++)
        label(i, 0, TOPIC[i]);
}

/* One sentence is taught as another topic; the account names it among the labels that look wrong. */
static void test_a_training_ends_with_an_account_of_its_examples(void **state)
{
    const int wrong = (TOPIC[7] + 1) % 4;
    struct model m;
    json_t *report;
    const json_t *suspects;
    int found = 0;

    (void)state;
    teach();
    label(7, 0, wrong);
    m = trained();
    report = report_of(&m);
    assert_string_equal(json_string_value(json_object_get(report, "source")), "examples");
    assert_int_equal(whole(report, "n"), m.accuracy_n);
    assert_int_equal(m.source, ACCURACY_EXAMPLES);
    assert_true(
        says(json_object_get(report, "sentences"), "Measured on your own 100 examples"));
    assert_int_equal(json_array_size(json_object_get(report, "rows")), TAUGHT);
    suspects = json_object_get(report, "suspects");
    for (size_t i = 0; i < json_array_size(suspects); i++)
        found |= whole(json_array_get(suspects, i), "item") == ITEM[7].id;
    assert_true(found);
    json_decref(report);
}

/* Nothing was drawn when it was trained; a later measuring asks it about what was drawn since: all the rest,
 * of which one in five is honest, whatever the order of drawing. */
static void test_an_old_version_is_asked_about_todays_honest_items(void **state)
{
    struct honest_list honest;
    struct model m;
    json_t *report;
    const char *first;

    (void)state;
    teach();
    m = trained();
    label_at_random(DRAWN);
    CHECK_OK(workshop_job(&W, "evaluate", evaluate_params_write(&W.arena, &m)));
    CHECK_OK(store_model_get(W.store, &W.arena, m.id, &m));
    assert_int_equal(m.source, ACCURACY_HONEST);
    report = report_of(&m);
    CHECK_OK(honest_read(W.store, &W.arena, W.project.id, 0, &honest));
    assert_true(honest.n >= HONEST_ENOUGH);
    assert_int_equal(whole(report, "n") + whole(json_object_get(report, "honest"), "related"),
                     honest.n);
    for (size_t i = 0; i < json_array_size(json_object_get(report, "rows")); i++)
        assert_true(
            honest_is(&honest, json_integer_value(json_array_get(
                                   json_array_get(json_object_get(report, "rows"), i), 0))));
    assert_true(says(json_object_get(report, "sentences"), "drawn at random and never teach"));
    json_object_del(report, "at");
    first = json_write(&W.arena, report);
    json_decref(report);
    CHECK_OK(workshop_job(&W, "evaluate", evaluate_params_write(&W.arena, &m)));
    CHECK_OK(store_model_get(W.store, &W.arena, m.id, &m));
    report = report_of(&m);
    json_object_del(report, "at");
    assert_string_equal(json_write(&W.arena, report), first); /* and again, the same */
    json_decref(report);
}

static enum err purpose_task(struct store *s, void *context)
{
    return store_purpose_set(s, context);
}

static void test_the_card_names_data_people_making_and_purpose(void **state)
{
    struct purpose purpose = {.project_id = W.project.id,
                              .text = "Sorting mail; *not* for weather warnings.",
                              .user_id = 1,
                              .at = 1};
    struct model m;
    json_t *card;
    const char *text;
    char hash[HASH_HEX];

    (void)state;
    teach();
    m = trained();
    CHECK_OK(card_make(W.store, &W.arena, &m, &card));
    assert_true(json_is_null(json_object_get(card, "intended_use")));
    CHECK_OK(card_markdown(&W.arena, card, &text));
    assert_non_null(strstr(text, "Nobody has said yet what it is for."));
    json_decref(card);
    CHECK_OK(writer_do(W.writer, purpose_task, &purpose));
    CHECK_OK(card_make(W.store, &W.arena, &m, &card));
    CHECK_OK(card_markdown(&W.arena, card, &text));
    hash_hex(hash, &m.hash);
    assert_non_null(strstr(text, "Sorting mail; \\*not\\* for weather warnings."));
    assert_non_null(strstr(text, "100 examples of data set 1"));
    assert_non_null(strstr(text, ": 100 labels"));
    assert_non_null(strstr(text, hash));
    assert_non_null(strstr(text, "## Known limits"));
    json_decref(card);
}

static void test_the_nearest_example_of_an_example_is_itself(void **state)
{
    struct neighbour found[3];
    struct neighbours *x;
    struct prediction said;
    struct predictor *p;
    struct model m;
    const char *text;
    size_t n;

    (void)state;
    teach();
    m = trained();
    CHECK_OK(neighbours_open(W.store, &m, &x));
    CHECK_OK(model_open(W.store, &m, &p));
    CHECK_OK(store_item_text(W.store, &W.arena, ITEM[3].id, &text, &n));
    CHECK_OK(predictor_text(p, &W.arena, text, n, &said));
    CHECK_OK(neighbours_find(x, said.features.part[0], 3, found, &n));
    assert_int_equal(n, 3);
    assert_int_equal(found[0].item_id, ITEM[3].id);
    assert_string_equal(found[0].class, TOPICS[TOPIC[3]]);
    assert_true(found[0].distance < 1e-3 && found[1].distance >= found[0].distance);
    CHECK_FAILS(neighbours_find(x, said.features.part[0], 0, found, &n), ERR_INVALID,
                "from 1 to 20");
    predictor_drop(p);
    neighbours_drop(x);
}

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
        cmocka_unit_test_setup_teardown(test_a_training_ends_with_an_account_of_its_examples,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_an_old_version_is_asked_about_todays_honest_items,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_the_card_names_data_people_making_and_purpose, up,
                                        down),
        cmocka_unit_test_setup_teardown(test_the_nearest_example_of_an_example_is_itself, up,
                                        down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
