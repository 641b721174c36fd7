#include "base/clock.h"
#include "check.h"
#include "domain/example.h"
#include "jobs/draft.h"
#include "unit/jobs/workshop.h"

#include <string.h>
#include <time.h>

static struct workshop W;
static struct drafts *D;

static const char *const SPORT[] = {"a goal in the last minute", "the team won the match",
                                    "the referee gave a penalty", "she scored the goal"};
static const char *const WEATHER[] = {"rain all day long", "a cold wind and rain",
                                      "sun after the rain", "the wind brings snow"};
enum { EACH = 4, PATIENCE_MS = 20000 };

static int up(void **state)
{
    static const char *const CLASSES[] = {"sport", "weather", NULL};

    (void)state;
    workshop_new(&W, PROJECT_TEXT, CLASSES);
    CHECK_OK(drafts_start(&D, W.folder.path, 2));
    return 0;
}

static int down(void **state)
{
    (void)state;
    drafts_stop(D);
    workshop_free(&W);
    return 0;
}

static void import_as(const char *folder, const char *const *texts, size_t n)
{
    struct import_params p = {.class_name = folder, .labels_from = IMPORT_LABELS_OF_ONE_CLASS};

    for (size_t i = 0; i < n; i++) {
        char name[40];

        snprintf(name, sizeof name, "%s-%zu.txt", folder, i);
        workshop_put(&W, name, texts[i], strlen(texts[i]));
    }
    CHECK_OK(workshop_import(&W, &p));
}

/* Both classes, looked at by an encoder; the folder of files is read twice, the doubles fall away. */
static void examples_make(void)
{
    import_as("sport", SPORT, EACH);
    import_as("weather", WEATHER, EACH);
    CHECK_OK(workshop_job(&W, "encode", "{}"));
}

/* Once it has made the next one after `version`. */
static struct draft_status settled(int64_t version)
{
    const int64_t began = clock_ticks_ms();
    struct draft_status s;

    for (;;) {
        drafts_status(D, W.project.id, &s);
        if (s.version > version && s.state != DRAFT_LEARNING) return s;
        if (clock_ticks_ms() - began > PATIENCE_MS) fail_msg("no draft within 20 s");
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static const char *class_of(const char *text)
{
    struct predictor *p;
    struct prediction x;
    const char *name;

    CHECK_OK(drafts_predictor(D, W.project.id, &p));
    CHECK_OK(predictor_text(p, &W.arena, text, strlen(text), &x));
    name = arena_strdup(&W.arena, predictor_class(p, x.best));
    predictor_drop(p);
    return name;
}

static void test_there_is_nothing_to_try_before_somebody_looks(void **state)
{
    struct predictor *p;

    (void)state;
    examples_make();
    drafts_touch(D, W.project.id);
    assert_int_equal(drafts_predictor(D, W.project.id, &p), ERR_CONFLICT);
}

static void test_without_an_encoder_it_says_that_it_has_not_looked_yet(void **state)
{
    (void)state;
    import_as("sport", SPORT, EACH);
    drafts_look(D, W.project.id);
    assert_int_equal(settled(0).state, DRAFT_LOOKING);
}

static void test_a_draft_answers_by_what_it_was_taught(void **state)
{
    struct draft_status s;

    (void)state;
    examples_make();
    drafts_look(D, W.project.id);
    s = settled(0);
    assert_int_equal(s.state, DRAFT_READY);
    assert_int_equal(s.n_learned, 2 * EACH);
    assert_true(s.seq > 0);
    assert_string_equal(class_of("a goal for the team"), "sport");
    assert_string_equal(class_of("rain and wind"), "weather");
}

struct correction {
    int64_t item;
    struct example_given given;
};

static enum err correct(struct store *s, void *context)
{
    struct correction *c = context;
    struct example_new n = {
        .project_id = W.project.id, .item_id = c->item, .user_id = 1, .class_name = "weather"};

    uuid_new(&n.id);
    return example_give(s, &W.arena, &n, clock_now_ms(), &c->given);
}

/* All become one class: there is nothing left to tell apart. */
static void test_a_corrected_label_changes_the_next_draft_and_not_the_one_in_use(void **state)
{
    struct predictor *held;
    struct prediction x;
    struct item *items;
    size_t n;

    (void)state;
    examples_make();
    drafts_look(D, W.project.id);
    settled(0);
    CHECK_OK(drafts_predictor(D, W.project.id, &held));
    CHECK_OK(store_item_list(W.store, &W.arena, W.project.id, 0, EACH, &items, &n));
    for (size_t i = 0; i < n; i++) {
        struct correction c = {.item = items[i].id};

        CHECK_OK(writer_do(W.writer, correct, &c));
    }
    drafts_touch(D, W.project.id);
    assert_int_equal(settled(1).n_learned, 0);
    CHECK_OK(predictor_text(held, &W.arena, SPORT[0], strlen(SPORT[0]), &x));
    assert_string_equal(predictor_class(held, x.best), "sport");
    predictor_drop(held);
}

static void test_what_the_encode_job_has_not_reached_is_encoded_to_the_same_bits(void **state)
{
    struct draft_rows by_hand = {.encoder = NULL};
    struct encoder_latents l;
    const struct draft_source from = {W.store, W.folder.path, 2};
    size_t row;
    size_t there;

    (void)state;
    examples_make();
    CHECK_OK(encoder_active(W.store, &W.arena, W.project.id, &l));
    CHECK_OK(draft_rows_use(&by_hand, W.folder.path, l.encoder.id));
    CHECK_OK(draft_rows_encode(&by_hand, &from, l.latents.items, l.latents.features.n));
    for (size_t i = 0; i < l.latents.features.n; i++) {
        row = draft_rows_find(&by_hand, l.latents.items[i]);
        assert_true(latents_row_of(&l.latents, l.latents.items[i], &there));
        for (size_t p = 0; p < by_hand.n_parts; p++)
            assert_memory_equal(by_hand.part[p] + row * by_hand.d[p],
                                l.latents.features.part[p] + there * by_hand.d[p],
                                by_hand.d[p] * sizeof(float));
    }
    assert_int_equal(draft_rows_find(&by_hand, 999999), SIZE_MAX);
    encoder_close(&l);
    draft_rows_free(&by_hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_there_is_nothing_to_try_before_somebody_looks, up,
                                        down),
        cmocka_unit_test_setup_teardown(
            test_without_an_encoder_it_says_that_it_has_not_looked_yet, up, down),
        cmocka_unit_test_setup_teardown(test_a_draft_answers_by_what_it_was_taught, up, down),
        cmocka_unit_test_setup_teardown(
            test_a_corrected_label_changes_the_next_draft_and_not_the_one_in_use, up, down),
        cmocka_unit_test_setup_teardown(
            test_what_the_encode_job_has_not_reached_is_encoded_to_the_same_bits, up, down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
