/* The days of an endpoint: a clean stream must not ring, a corrupted one must, and one bit is noticed. */
#include "check.h"

#include "base/clock.h"
#include "domain/desk.h"
#include "domain/endpoint.h"
#include "domain/label.h"
#include "domain/model.h"
#include "jobs/sample.h"
#include "jobs/seen.h"
#include "jobs/watch.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <string.h>

enum { SENTENCES = 300, TAUGHT = 160, FIRST_DAY = 20000 };

static const char *const TOPICS[] = {"weather", "food", "sport", "travel", NULL};
static struct workshop W;
static struct item *ITEM;
static int TOPIC[SENTENCES];
static struct endpoint ENDPOINT;
static struct model MODEL;
static struct predictor *PREDICTOR;

struct task {
    size_t i;
    struct job job;
    const struct seen *seen;
};

static enum err label_task(struct store *s, void *context)
{
    const struct task *t = context;
    json_t *values = json_pack("{s:s}", "class", TOPICS[TOPIC[t->i]]);
    struct label_new n = {.project_id = W.project.id,
                          .item_id = ITEM[t->i].id,
                          .user_id = 1,
                          .answer = ANSWER_ACCEPT,
                          .values = values};
    struct label_result r;
    enum err e;

    uuid_new(&n.id);
    e = label_submit(s, &W.arena, &n, clock_now_ms(), &r);
    json_decref(values);
    return e;
}

static enum err begin_task(struct store *s, void *context)
{
    struct task *t = context;
    const struct model_new n = {.project_id = W.project.id, .seed = 1};
    const struct endpoint_new e = {.project_id = W.project.id, .user_id = 1, .name = "topics"};

    TRY(endpoint_new(s, &W.arena, &e, clock_now_ms(), &ENDPOINT));
    return model_begin(s, &W.arena, &n, clock_now_ms(), &MODEL, &t->job);
}

static int up(void **state)
{
    struct task t = {0};
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
    for (t.i = 0; t.i < TAUGHT; t.i++)
        CHECK_OK(writer_do(W.writer, label_task, &t));
    CHECK_OK(writer_do(W.writer, begin_task, &t));
    CHECK_OK(workshop_job(&W, "train", t.job.params));
    CHECK_OK(store_model_get(W.store, &W.arena, MODEL.id, &MODEL));
    CHECK_OK(model_open(W.store, &MODEL, &PREDICTOR));
    return 0;
}

static int down(void **state)
{
    (void)state;
    predictor_drop(PREDICTOR);
    workshop_free(&W);
    return 0;
}

/* -- a day's stream -------------------------------------------------------------------------------- */

static enum err seen_task(struct store *s, void *context)
{
    return store_seen_add(s, ((const struct task *)context)->seen);
}

/* As the endpoint would have answered it, noted. */
static void note(int64_t day, size_t i, const char *text, size_t n, int64_t item_id, int flip)
{
    struct prediction said;
    struct seen x = {.endpoint_id = ENDPOINT.id,
                     .day = day,
                     .model_id = MODEL.id,
                     .draw = (double)i / SENTENCES,
                     .item_id = item_id,
                     .at = day * 24 * 3600 * 1000};
    float *latent;

    CHECK_OK(predictor_text(PREDICTOR, &W.arena, text, n, &said));
    latent = arena_copy(&W.arena, said.features.part[0], said.features.d[0] * sizeof *latent);
    assert_non_null(latent);
    if (flip) latent[0] = -latent[0] - 1e-6f;
    x.class_name = predictor_class(PREDICTOR, said.best);
    x.probability = (double)said.p[said.best];
    x.unknown = said.is_unknown;
    x.latent = latent;
    x.d = said.features.d[0];
    CHECK_OK(writer_do(W.writer, seen_task, &(struct task){.seen = &x}));
}

/* Sentences that it was not taught, as they are: kept, as those are that people were asked about. */
static void clean_day(int64_t day, int flip)
{
    for (size_t i = TAUGHT; i < SENTENCES; i++) {
        const char *text;
        size_t n;
        CHECK_OK(store_item_text(W.store, &W.arena, ITEM[i].id, &text, &n));
        note(day, i, text, n, ITEM[i].id, flip && i == TAUGHT + 3);
    }
}

/* A broken sender: every second letter is lost. */
static void corrupted_day(int64_t day)
{
    for (size_t i = TAUGHT; i < SENTENCES; i++) {
        const char *text;
        char broken[400];
        size_t n;
        size_t k = 0;
        CHECK_OK(store_item_text(W.store, &W.arena, ITEM[i].id, &text, &n));
        for (size_t j = 0; j < n && k < sizeof broken; j += 2)
            broken[k++] = text[j];
        note(day, i, broken, k, i % 2 ? ITEM[i].id : 0, 0);
    }
}

static json_t *report_of(int64_t day)
{
    struct watch *list;
    json_t *report;
    char params[100];
    size_t n;

    snprintf(params, sizeof params, "{\"day\":%lld,\"endpoint\":%lld}", (long long)day,
             (long long)ENDPOINT.id);
    CHECK_OK(workshop_job(&W, "watch", params));
    CHECK_OK(store_watch_list(W.store, &W.arena, ENDPOINT.id, day + 1, 1, &list, &n));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].day, day);
    CHECK_OK(json_read(&report, list[0].report, strlen(list[0].report)));
    return report;
}

/* The sentence of an alarm, NULL when there is none of that kind. */
static const char *alarm_of(const json_t *report, const char *kind)
{
    const json_t *alarms = json_object_get(report, "alarms");

    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *one = json_array_get(alarms, i);
        if (!strcmp(json_string_value(json_object_get(one, "kind")), kind))
            return json_string_value(json_object_get(one, "sentence"));
    }
    return NULL;
}

static double number(const json_t *report, const char *of, const char *key)
{
    return json_number_value(json_object_get(json_object_get(report, of), key));
}

static void test_a_clean_stream_does_not_ring_and_has_the_bits_of_training(void **state)
{
    json_t *report;

    (void)state;
    clean_day(FIRST_DAY, 0);
    report = report_of(FIRST_DAY);
    print_message("clean: p %g, share %g\n", number(report, "drift", "p"),
                  number(report, "drift", "share"));
    assert_int_equal(json_array_size(json_object_get(report, "alarms")), 0);
    assert_int_equal(number(report, "features", "compared"), SENTENCES - TAUGHT);
    assert_int_equal(number(report, "features", "different"), 0);
    assert_int_equal(json_integer_value(json_object_get(report, "seen")), SENTENCES - TAUGHT);
    json_decref(report);
    clean_day(FIRST_DAY + 1, 0);
    report = report_of(FIRST_DAY + 1); /* nor beside the day before */
    assert_int_equal(json_array_size(json_object_get(report, "alarms")), 0);
    json_decref(report);
}

static void test_a_corrupted_stream_rings_and_its_inputs_come_first(void **state)
{
    const json_t *queued;
    json_t *report;
    const char *sentence;

    (void)state;
    corrupted_day(FIRST_DAY + 2);
    report = report_of(FIRST_DAY + 2);
    print_message("corrupted: p %g, share %g\n", number(report, "drift", "p"),
                  number(report, "drift", "share"));
    sentence = alarm_of(report, "drift");
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, "unlike what version 1 was taught"));
    queued = json_object_get(report, "queued");
    assert_int_equal(json_array_size(queued), WATCH_QUEUED);
    for (size_t i = 0; i < json_array_size(queued); i++) {
        struct item it;
        CHECK_OK(store_item_get(W.store, &W.arena,
                                json_integer_value(json_array_get(queued, i)), &it));
        assert_int_equal(it.state, ITEM_OPEN);
    }
    json_decref(report);
}

static void test_one_changed_bit_between_training_and_serving_is_an_alarm(void **state)
{
    json_t *report;

    (void)state;
    clean_day(FIRST_DAY + 3, 1);
    report = report_of(FIRST_DAY + 3);
    assert_int_equal(number(report, "features", "different"), 1);
    assert_non_null(alarm_of(report, "features"));
    json_decref(report);
}

/* -- the sample ------------------------------------------------------------------------------------ */

static void test_of_a_day_only_the_lowest_draws_are_kept(void **state)
{
    const float latent[2] = {1, 2};
    const int64_t day = clock_now_ms() / (24 * 3600 * 1000);
    struct seen_log *l;
    struct seen *list;
    size_t n;

    (void)state;
    CHECK_OK(seen_start(&l, W.writer));
    for (size_t i = 0; i < SEEN_A_DAY + 300; i++)
        seen_note(l, &(struct seen){.endpoint_id = 77,
                                    .model_id = MODEL.id,
                                    .class_name = "food",
                                    .probability = 0.5,
                                    .latent = latent,
                                    .d = 2});
    seen_stop(l);
    CHECK_OK(store_seen_list(W.store, &W.arena, 77, day, &list, &n));
    assert_int_equal(n, SEEN_A_DAY);
    assert_true(list[n - 1].draw < 0.75); /* 500 of 800: the highest draw lies near 0.625 */
    assert_int_equal(list[0].d, 2);
    assert_memory_equal(list[0].latent, latent, sizeof latent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clean_stream_does_not_ring_and_has_the_bits_of_training),
        cmocka_unit_test(test_a_corrupted_stream_rings_and_its_inputs_come_first),
        cmocka_unit_test(test_one_changed_bit_between_training_and_serving_is_an_alarm),
        cmocka_unit_test(test_of_a_day_only_the_lowest_draws_are_kept),
    };

    return cmocka_run_group_tests(tests, up, down);
}
