#include "check.h"

#include "base/clock.h"
#include "domain/expect.h"
#include "jobs/check.h"
#include "media/image.h"
#include "sampler/rng.h"
#include "store/trait.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 48, EACH = 30 };

static const char *const GARMENTS[] = {"coat", "pullover", NULL};
static const char *const TOPICS[] = {"weather", "food", NULL};

enum drawn { PLAIN, MARKED, BLANK };

/* A grey, grainy picture; perhaps with a white corner, perhaps all of one tone. */
static void put_drawn(const struct workshop *w, const char *name, enum drawn what,
                      uint64_t seed)
{
    uint8_t pixels[SIDE * SIDE];
    const struct image im = {.width = SIDE, .height = SIDE, .channels = 1, .pixels = pixels};
    struct smp_rng rng;
    struct buf jpeg;

    smp_rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(what == BLANK ? 40 + seed : 30 + smp_rng_below(&rng, 120));
    for (size_t y = 0; what == MARKED && y < 8; y++)
        memset(pixels + y * SIDE + SIDE - 8, 255, 8);
    buf_init(&jpeg, MIB);
    CHECK_OK(image_encode_jpeg(&jpeg, &im, 90));
    workshop_put(w, name, jpeg.data, jpeg.size);
    buf_free(&jpeg);
}

/* EACH of both; those of coat as `coats` says. */
static void garments_import(struct workshop *w, enum drawn coats)
{
    char name[64];

    workshop_new(w, PROJECT_IMAGE, GARMENTS);
    for (uint64_t i = 0; i < (uint64_t)2 * EACH; i++) {
        snprintf(name, sizeof name, "%s/%03d.jpg", GARMENTS[i % 2], (int)i);
        put_drawn(w, name, i % 2 ? PLAIN : coats, i + 1);
    }
    CHECK_OK(
        workshop_import(w, &(struct import_params){.labels_from = IMPORT_LABELS_FROM_FOLDER}));
}

static json_t *advised(struct workshop *w)
{
    struct advice_row x;
    json_t *found;

    CHECK_OK(workshop_job(w, "advise", "{}"));
    CHECK_OK(store_advice_get(w->store, &w->arena, w->project.id, &x));
    assert_int_equal(x.project_id, w->project.id);
    CHECK_OK(json_read(&found, x.body, strlen(x.body)));
    return found;
}

static const json_t *alarm_of(const json_t *found, const char *kind)
{
    const json_t *list = json_object_get(found, "alarms");

    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(json_string_value(json_object_get(json_array_get(list, i), "kind")), kind))
            return json_array_get(list, i);
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t number_of(const json_t *found, const char *what, const char *key)
{
    return json_integer_value(
        json_object_get(json_object_get(json_object_get(found, "data"), what), key));
}

static bool alarms_say(const json_t *found, const char *part)
{
    char *text = json_dumps(json_object_get(found, "alarms"), 0);
    const bool has = text && strstr(text, part);

    free(text);
    return has;
}

static void test_a_mark_in_a_corner_rings_before_anything_has_learned(void **state)
{
    struct workshop w;
    json_t *found;
    const json_t *alarm;

    (void)state;
    garments_import(&w, MARKED);
    found = advised(&w);
    alarm = alarm_of(found, "shortcut");
    assert_non_null(alarm);
    assert_string_equal(text_of(alarm, "feature"), "corner top right");
    assert_true(json_is_null(json_object_get(alarm, "model")));
    assert_non_null(strstr(text_of(alarm, "advice"), "mark"));
    json_decref(found);
    workshop_free(&w);
}

/* Items came class by class from folders named after the classes: neither is a shortcut. */
static void test_clean_pictures_in_folders_of_their_class_do_not_ring(void **state)
{
    struct workshop w;
    json_t *found;

    (void)state;
    garments_import(&w, PLAIN);
    found = advised(&w);
    assert_int_equal(json_array_size(json_object_get(found, "alarms")), 0);
    assert_true(json_is_null(json_object_get(found, "stop")));
    assert_int_equal(number_of(found, "blank", "n"), 0);
    json_decref(found);
    workshop_free(&w);
}

struct change {
    struct workshop *w;
    const char *text;
};

static enum err expect_task(struct store *s, void *context)
{
    const struct change *x = context;
    struct project_change c = {.overlap = -1, .explore = -1};
    struct project p;
    json_t *body;
    enum err e;

    TRY(json_read(&body, x->text, strlen(x->text)));
    e = expect_read(&x->w->arena, body, &c.expectations);
    json_decref(body);
    if (e) return e;
    return project_update(s, &x->w->arena, x->w->project.id, &c, clock_now_ms(), &p);
}

static enum err expect(struct workshop *w, const char *text)
{
    struct change x = {.w = w, .text = text};

    return writer_do(w->writer, expect_task, &x);
}

/* As a training asks. */
static enum err before_training(struct workshop *w, json_t **alarms)
{
    struct job j = {.project_id = w->project.id, .kind = "advise", .params = "{}", .total = -1};
    struct job_run run = {
        .store = w->store, .writer = w->writer, .folder = w->folder.path, .threads = 2};
    char sentence[1000];
    enum err e;

    CHECK_OK(run_claim_new(&run, &j, JOB_MERGE));
    e = check_before_training(&run, w->project.id, alarms);
    snprintf(sentence, sizeof sentence, "%s", err_message());
    CHECK_OK(run_work(&run));
    run_close(&run);
    return e ? fail(e, "%s", sentence) : OK;
}

static void test_what_is_expected_flags_or_stops_a_training(void **state)
{
    struct workshop w;
    json_t *alarms;

    (void)state;
    garments_import(&w, PLAIN);
    CHECK_OK(expect(&w, "{\"class_min\": {\"value\": 31, \"then\": \"stop\"},"
                        " \"side_min\": {\"value\": 49}}"));
    CHECK_FAILS(before_training(&w, &alarms), ERR_CONFLICT, "\"coat\" has 30");
    assert_null(alarms);
    CHECK_OK(expect(&w, "{\"class_min\": {\"value\": 30, \"then\": \"stop\"},"
                        " \"side_min\": {\"value\": 49}}"));
    CHECK_OK(before_training(&w, &alarms));
    assert_int_equal(json_array_size(alarms), 1);
    assert_string_equal(text_of(json_array_get(alarms, 0), "feature"), "side_min");
    assert_non_null(strstr(text_of(json_array_get(alarms, 0), "sentence"), "60 of 60"));
    json_decref(alarms);
    CHECK_FAILS(expect(&w, "{\"side_min\": {\"value\": 1.5}}"), ERR_INVALID, "whole number");
    CHECK_FAILS(expect(&w, "{\"blank_max\": {\"value\": 2}}"), ERR_INVALID, "blank_max");
    CHECK_FAILS(expect(&w, "{\"size\": 3}"), ERR_INVALID, "size");
    workshop_free(&w);
}

static void test_blank_pictures_are_counted_and_named(void **state)
{
    struct workshop w;
    json_t *found;

    (void)state;
    garments_import(&w, BLANK);
    CHECK_OK(expect(&w, "{\"blank_max\": {\"value\": 0.05, \"then\": \"stop\"}}"));
    found = advised(&w);
    assert_int_equal(number_of(found, "blank", "n"), EACH);
    assert_non_null(alarm_of(found, "blank"));
    assert_non_null(strstr(text_of(found, "stop"), "30 of 60"));
    json_decref(found);
    workshop_free(&w);
}

/* 80 Latin texts of a length, two long ones, a short one without letters; then a batch in another script. */
static void texts_import(struct workshop *w)
{
    char name[64];
    char text[2000];

    workshop_new(w, PROJECT_TEXT, TOPICS);
    for (int i = 0; i < 83; i++) {
        int n = snprintf(text, sizeof text, "a few words, number %d", i);

        if (i == 7) snprintf(text, sizeof text, "12 : 34");
        for (int k = 0; i / 2 == 20 && k < 60; k++)
            n += snprintf(text + n, sizeof text - (size_t)n, " and very many more");
        snprintf(name, sizeof name, "%s/%03d.txt", TOPICS[i % 2], i);
        workshop_put(w, name, text, strlen(text));
    }
    CHECK_OK(
        workshop_import(w, &(struct import_params){.labels_from = IMPORT_LABELS_FROM_FOLDER}));
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "later/%d.txt", i);
        snprintf(text, sizeof text, "несколько слов %d", i);
        workshop_put(w, name, text, strlen(text));
    }
    CHECK_OK(workshop_import(w, &(struct import_params){0}));
}

static void test_odd_texts_and_a_batch_in_another_script_are_told(void **state)
{
    struct workshop w;
    json_t *found;

    (void)state;
    texts_import(&w);
    found = advised(&w);
    assert_int_equal(number_of(found, "odd_lengths", "n"), 3);
    assert_int_equal(number_of(found, "blank", "n"), 1);
    assert_int_equal(number_of(found, "batch", "items"), 30);
    assert_int_equal(number_of(found, "batch", "earlier"), 83);
    assert_non_null(alarm_of(found, "batch"));
    assert_true(alarms_say(found, "script cyrillic: 100 % of the new ones, 0 % before"));
    json_decref(found);
    workshop_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mark_in_a_corner_rings_before_anything_has_learned),
        cmocka_unit_test(test_clean_pictures_in_folders_of_their_class_do_not_ring),
        cmocka_unit_test(test_what_is_expected_flags_or_stops_a_training),
        cmocka_unit_test(test_blank_pictures_are_counted_and_named),
        cmocka_unit_test(test_odd_texts_and_a_batch_in_another_script_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
