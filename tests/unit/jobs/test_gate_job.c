/* The gate with versions that were planted better, equal and worse, asked about real honest items; and
 * an endpoint that is taught anew by itself. */
#include "check.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "domain/endpoint.h"
#include "domain/honest.h"
#include "domain/label.h"
#include "domain/model.h"
#include "domain/queue.h"
#include "jobs/gate.h"
#include "jobs/retrain.h"
#include "jobs/sample.h"
#include "store/item.h"
#include "unit/jobs/workshop.h"

#include <stdlib.h>
#include <string.h>

enum { SENTENCES = 560, DRAWN = 480 };

static const char *const TOPICS[] = {"weather", "food", "sport", "travel", NULL};
static struct workshop W;
static struct item *ITEM;
static size_t N_ITEM;
static int TOPIC[SENTENCES];
static struct honest_list HONEST;
static struct endpoint E;

/* Straight into the store of the writer: thousands of labels share one flush of the disk. */
static void label(struct store *s, int64_t item, int64_t lease, const char *class)
{
    json_t *values = json_pack("{s:s}", "class", class);
    struct label_new n = {.project_id = W.project.id,
                          .item_id = item,
                          .user_id = 1,
                          .lease_id = lease,
                          .answer = ANSWER_ACCEPT,
                          .values = values};
    struct label_result r;

    uuid_new(&n.id);
    CHECK_OK(label_submit(s, &W.arena, &n, clock_now_ms(), &r));
    json_decref(values);
}

/* What is handed out is drawn at random as long as there is no round; a fifth of it is honest. */
static enum err drawn_task(struct store *s, void *context)
{
    const struct queue_ask ask = {.project_id = W.project.id, .user_id = 1, .n = 1};

    (void)context;
    for (size_t k = 0; k < DRAWN; k++) {
        struct queue_given given;
        size_t i = 0;

        CHECK_OK(queue_lease(s, &W.arena, &ask, clock_now_ms(), &given));
        while (ITEM[i].id != given.leases[0].lease.item_id)
            i++;
        label(s, ITEM[i].id, given.leases[0].lease.id, TOPICS[TOPIC[i]]);
    }
    return OK;
}

/* The labels that teach, but never the honest ones: all right, or two of three wrong. */
static enum err teach_task(struct store *s, void *context)
{
    const bool *is_right = context;

    for (size_t i = 0; i < N_ITEM; i++)
        if (!honest_is(&HONEST, ITEM[i].id))
            label(s, ITEM[i].id, 0,
                  TOPICS[*is_right || i % 3 == 0 ? TOPIC[i] : (TOPIC[i] + 1) % 4]);
    return OK;
}

static void teach(bool is_right)
{
    CHECK_OK(writer_do(W.writer, teach_task, &is_right));
}

static enum err make_task(struct store *s, void *context)
{
    const struct endpoint_new n = {.project_id = W.project.id, .name = "topics"};

    (void)context;
    return endpoint_new(s, &W.arena, &n, clock_now_ms(), &E);
}

static int up(void **state)
{
    struct buf b;

    (void)state;
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
    CHECK_OK(writer_do(W.writer, drawn_task, NULL));
    CHECK_OK(honest_read(W.store, &W.arena, W.project.id, 0, &HONEST));
    assert_in_range(HONEST.n, 60, 140);
    CHECK_OK(writer_do(W.writer, make_task, NULL));
    return 0;
}

static int down(void **state)
{
    (void)state;
    workshop_free(&W);
    return 0;
}

struct beginning {
    struct model model;
    struct job job;
};

static enum err begin_task(struct store *s, void *context)
{
    struct beginning *x = context;
    const struct model_new n = {.project_id = W.project.id, .seed = 1};

    return model_begin(s, &W.arena, &n, clock_now_ms(), &x->model, &x->job);
}

static struct model trained(bool is_right)
{
    struct beginning x;

    teach(is_right);
    CHECK_OK(writer_do(W.writer, begin_task, &x));
    CHECK_OK(workshop_job(&W, "train", x.job.params));
    CHECK_OK(store_model_get(W.store, &W.arena, x.model.id, &x.model));
    return x.model;
}

static struct gate_row gated(const struct model *m, enum gate_then then)
{
    const struct gate_params p = {E.id, m->id, then};
    struct gate_row *all;
    size_t n;

    CHECK_OK(workshop_job(&W, "gate", gate_params_write(&W.arena, &p)));
    CHECK_OK(store_gate_list(W.store, &W.arena, E.id, 1, &all, &n));
    assert_int_equal(n, 1);
    CHECK_OK(store_endpoint_get(W.store, &W.arena, E.id, &E));
    return all[0];
}

static enum err override_task(struct store *s, void *context)
{
    const struct model *m = context;
    const struct publish p = {.endpoint = &E, .model_id = m->id, .override = "to be beaten"};
    struct publication done;

    return endpoint_publish(s, &W.arena, &p, clock_now_ms(), &done);
}

static void test_planted_worse_equal_and_better_versions_get_their_verdicts(void **state)
{
    struct model good = trained(true);
    struct model bad;
    struct model again;
    struct gate_row g;

    (void)state;
    g = gated(&good, GATE_AND_PUBLISH);
    assert_int_equal(g.verdict, VERDICT_GO);
    assert_int_equal(E.live_id, good.id);
    bad = trained(false);
    g = gated(&bad, GATE_AND_PUBLISH);
    assert_int_equal(g.verdict, VERDICT_NO_GO);
    assert_int_equal(E.live_id, good.id); /* and it is not published */
    assert_true(g.n_items >= 60 && g.n_items <= (int64_t)HONEST.n);
    assert_string_equal(W.job.message, g.sentence);
    again = trained(true);
    g = gated(&again, GATE_ONLY);
    assert_true(g.verdict !=
                VERDICT_NO_GO); /* the same labels again: as good, if that is told yet */
    CHECK_OK(writer_do(W.writer, override_task, &bad));
    g = gated(&again, GATE_AND_PUBLISH);
    assert_int_equal(g.verdict, VERDICT_GO);
    assert_non_null(strstr(g.report, "\"look\":1"));
    assert_int_equal(E.live_id, again.id);
}

static enum err settings_task(struct store *s, void *context)
{
    json_t *change = json_pack("{s:{s:i, s:b}}", "retrain", "labels", 300, "publish", 1);
    const enum err e = endpoint_change(s, &W.arena, &E, change);

    (void)context;
    json_decref(change);
    return e;
}

static size_t looked(void)
{
    size_t n;

    CHECK_OK(retrain_look(W.store, W.writer, clock_now_ms(), &n));
    return n;
}

/* The oldest job that waits, of that kind. */
static void run_waiting(const char *kind)
{
    struct job *all;
    size_t n;

    CHECK_OK(store_job_in_state(W.store, &W.arena, JOB_QUEUED, &all, &n));
    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i].kind, kind)) {
            CHECK_OK(workshop_job(&W, kind, all[i].params));
            return;
        }
    fail_msg("no job of kind %s waits", kind);
}

static void
test_an_endpoint_is_taught_anew_after_so_many_labels_and_published_if_wished(void **state)
{
    const struct model first = trained(false);

    (void)state;
    CHECK_OK(writer_do(W.writer, override_task, (void *)&first));
    CHECK_OK(writer_do(W.writer, settings_task, NULL));
    assert_int_equal(looked(), 0); /* nothing new yet */
    teach(true);
    assert_int_equal(looked(), 1);
    assert_int_equal(looked(), 0); /* it is on its way */
    run_waiting("train");
    assert_int_equal(looked(), 1);
    run_waiting("gate");
    CHECK_OK(store_endpoint_get(W.store, &W.arena, E.id, &E));
    assert_int_not_equal(E.live_id, first.id);
    assert_int_equal(E.retraining_id, 0);
    assert_int_equal(looked(), 0);
    assert_int_equal(folder_number(&W.folder,
                                   "SELECT count(*) FROM audit WHERE via = 'program' "
                                   "AND action = 'endpoint.retrained'"),
                     1);
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM publication WHERE "
                                              "how = 'gate' AND user_id IS NULL"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_planted_worse_equal_and_better_versions_get_their_verdicts, up, down),
        cmocka_unit_test_setup_teardown(
            test_an_endpoint_is_taught_anew_after_so_many_labels_and_published_if_wished, up,
            down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
