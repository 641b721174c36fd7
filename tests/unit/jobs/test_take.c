/* The small model that leaves in a version's stead: what teaches it, what is said of it, and its file. */
#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/uuid.h"
#include "domain/label.h"
#include "domain/queue.h"
#include "jobs/sample.h"
#include "jobs/take.h"
#include "store/item.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCES = 150, DRAWN = 140, PICTURES = 14 };

static const char *const TOPICS[] = {"weather", "food", "sport", "travel", NULL};
static const char *const SHADES[] = {"odd", "even", NULL};
static struct workshop W;
static struct item *ITEM;
static size_t N_ITEM;
static int TOPIC[SENTENCES];

struct labelling {
    int64_t item, lease;
    const char *class;
};

static enum err label_task(struct store *s, void *context)
{
    struct labelling *l = context;
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

static void label(int64_t item, int64_t lease, const char *class)
{
    struct labelling l = {item, lease, class};

    CHECK_OK(writer_do(W.writer, label_task, &l));
}

static enum err lease_task(struct store *s, void *context)
{
    const struct queue_ask ask = {.project_id = W.project.id, .user_id = 1, .n = 1};

    return queue_lease(s, &W.arena, &ask, clock_now_ms(), context);
}

static void label_at_random(size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct queue_given given;
        size_t i = 0;

        CHECK_OK(writer_do(W.writer, lease_task, &given));
        assert_int_equal(given.n, 1);
        while (ITEM[i].id != given.leases[0].lease.item_id)
            i++;
        label(ITEM[i].id, given.leases[0].lease.id, TOPICS[TOPIC[i]]);
    }
}

static enum err begin_task(struct store *s, void *context)
{
    const struct model_new n = {.project_id = W.project.id, .seed = 1};
    struct job j;

    return model_begin(s, &W.arena, &n, clock_now_ms(), context, &j);
}

static struct model trained(void)
{
    struct model m;

    CHECK_OK(writer_do(W.writer, begin_task, &m));
    CHECK_OK(
        workshop_job(&W, "train", arena_printf(&W.arena, "{\"model\":%lld}", (long long)m.id)));
    CHECK_OK(store_model_get(W.store, &W.arena, m.id, &m));
    assert_int_equal(m.state, MODEL_TRAINED);
    return m;
}

static enum err take(const struct model *m)
{
    return workshop_job(&W, "take",
                        arena_printf(&W.arena, "{\"model\":%lld}", (long long)m->id));
}

static struct buf bytes_of(const struct model *m)
{
    char path[300];
    struct buf b;

    student_path(path, sizeof path, W.folder.path, m->id);
    buf_init(&b, 64 * MIB);
    CHECK_OK(file_read(&b, path));
    return b;
}

static void text_project(void)
{
    struct buf b;

    workshop_new(&W, PROJECT_TEXT, TOPICS);
    buf_init(&b, MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (size_t i = 0; i < SENTENCES; i++) {
        CHECK_OK(buf_adds(&b, "\""));
        CHECK_OK(sample_sentence(&b, 5, i, &TOPIC[i]));
        CHECK_OK(buf_adds(&b, "\"\n"));
    }
    workshop_put(&W, "all.csv", b.data, b.size);
    buf_free(&b);
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
    CHECK_OK(store_item_list(W.store, &W.arena, W.project.id, 0, 1000, &ITEM, &N_ITEM));
    assert_int_equal(N_ITEM, SENTENCES);
}

static double right_of(const struct student *st)
{
    size_t right = 0;

    for (size_t i = 0; i < SENTENCES; i++) {
        float scores[4];
        const char *text;
        size_t n;
        size_t best = 0;
        CHECK_OK(store_item_text(W.store, &W.arena, ITEM[i].id, &text, &n));
        assert_int_equal(smp_grams_scores(st->grams, text, n, scores), SMP_OK);
        for (size_t c = 1; c < st->n_classes; c++)
            if (scores[c] > scores[best]) best = c;
        right += !strcmp(st->classes[best], TOPICS[TOPIC[i]]);
    }
    return (double)right / SENTENCES;
}

static void test_a_text_version_leaves_as_a_small_model_that_says_how_good_it_is(void **state)
{
    struct student st;
    struct model m;
    struct buf first;
    struct buf again;
    json_t *facts;
    double accuracy;
    int64_t n;

    (void)state;
    text_project();
    label_at_random(DRAWN);
    m = trained();
    CHECK_FAILS(student_open(W.folder.path, &W.arena, &m, &st), ERR_NOT_FOUND,
                "no small model");
    CHECK_OK(take(&m));
    CHECK_OK(student_open(W.folder.path, &W.arena, &m, &st));
    assert_int_equal(st.n_classes, 4);
    assert_true(right_of(&st) > 0.8);
    CHECK_OK(json_read(&facts, st.facts[STUDENT_INT8], strlen(st.facts[STUDENT_INT8])));
    n = json_integer_value(json_object_get(facts, "taught_on"));
    /* one in five of the drawn measures; of the others every tenth is held out */
    assert_int_equal(m.source, ACCURACY_HONEST);
    assert_int_equal(n, SENTENCES - m.accuracy_n - (SENTENCES - m.accuracy_n) / 10);
    assert_non_null(json_object_get(facts, "agreement"));
    assert_int_equal(json_integer_value(json_object_get(facts, "n")), m.accuracy_n);
    accuracy = json_real_value(json_object_get(facts, "accuracy"));
    assert_true(accuracy > 0.5 && accuracy <= 1);
    json_decref(facts);
    student_close(&st);

    first = bytes_of(&m);
    CHECK_OK(take(&m));
    again = bytes_of(&m);
    assert_int_equal(first.size, again.size);
    assert_memory_equal(first.data, again.data, first.size);
    buf_free(&first);
    buf_free(&again);

    m.hash.bytes[0] ^= 1; /* a file that this version did not teach */
    CHECK_FAILS(student_open(W.folder.path, &W.arena, &m, &st), ERR_CORRUPT, "not taught by");
    workshop_free(&W);
}

static void test_a_picture_version_leaves_in_every_form(void **state)
{
    struct student st;
    struct model m;

    (void)state;
    workshop_new(&W, PROJECT_IMAGE, SHADES);
    for (int i = 0; i < PICTURES; i++) {
        char name[20];
        snprintf(name, sizeof name, "p%02d.jpg", i);
        workshop_put_picture(&W, name, 24, 20, (uint64_t)i);
    }
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
    CHECK_OK(store_item_list(W.store, &W.arena, W.project.id, 0, 1000, &ITEM, &N_ITEM));
    for (size_t i = 0; i < N_ITEM; i++)
        label(ITEM[i].id, 0, SHADES[i % 2]);
    m = trained();
    CHECK_OK(take(&m));
    CHECK_OK(student_open(W.folder.path, &W.arena, &m, &st));
    assert_non_null(st.net);
    assert_null(strstr(st.facts[STUDENT_INT8], "\"accuracy\""));
    assert_non_null(strstr(st.facts[STUDENT_INT8], "is not known"));
    student_close(&st);
    for (enum take_form form = TAKE_ONNX; form < TAKE_FORMS; form++) {
        struct buf b;
        buf_init(&b, 64 * MIB);
        CHECK_OK(take_render(&b, W.store, &W.arena, W.folder.path, &m, form, STUDENT_INT8));
        assert_true(b.size > 1000);
        buf_free(&b);
    }
    workshop_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_version_leaves_as_a_small_model_that_says_how_good_it_is),
        cmocka_unit_test(test_a_picture_version_leaves_in_every_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
