#include "jobs/evaluate.h"

#include "base/clock.h"
#include "domain/answer.h"
#include "jobs/evaluate_keys.h"
#include "jobs/evaluate_rows.h"
#include "jobs/run.h"
#include "store/project.h"
#include "store/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    ARENA_GIB = 2,
    DEPLETED = 10 /* a tenth of the pool */
};

static enum err put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) ? fail_nomem() : OK;
}

static enum err put_suspect(json_t *list, const struct look_entry *e)
{
    json_t *near;
    json_t *one;

    TRY(json_read(&near, e->near, strlen(e->near)));
    one = json_pack("{s:I,s:s,s:s,s:s,s:o}", "item", (json_int_t)e->items[0].item_id, "given",
                    e->given, "suggested", e->suggested, "reason", e->reason, "near", near);
    return json_array_append_new(list, one) ? fail_nomem() : OK;
}

/* Of many labels a look of its own finds the doubtful ones (second_look.h): it takes longer than an
 * evaluation should. */
static enum err put_suspects(struct evaluation *x, json_t *report)
{
    const struct doubts_in in = {.question = x->question,
                                 .said = x->said,
                                 .n = x->n_said,
                                 .latents = &x->latents.latents,
                                 .groups = &x->groups,
                                 .seed = (uint64_t)x->m->seed,
                                 .threads = x->run->threads,
                                 .run = x->run};
    json_t *list = json_array();
    struct doubts d = {.n = 0};

    TRY(put(report, "suspects", list));
    if (x->question && x->n_said <= EVALUATE_SUSPECTS_LABELS) TRY(doubts_find(x->a, &in, &d));
    for (size_t i = 0; i < d.n && i < EVALUATE_SUSPECTS; i++)
        TRY(put_suspect(list, &d.entry[i]));
    return put(report, "n_suspects", json_integer((json_int_t)d.n_found));
}

/* Items that a strategy picked are gone when the next ones are drawn, and they were the hard ones: where
 * many of the pool were picked, what is drawn is easier than the pool was. Measured on photos: with 102 of
 * 372 picked, 86 of 100 drawn were right where 78 of 100 of all were. */
static enum err put_depletion(struct evaluation *x, json_t *report)
{
    struct project_counts counts;
    struct pick_origin *origins;
    const char *sentence;
    size_t n;
    size_t picked = 0;
    size_t pool;

    if (x->source != REPORT_HONEST) return OK;
    TRY(store_project_counts(x->store, x->m->project_id, &counts));
    TRY(store_pick_origins(x->store, x->a, x->m->project_id, &origins, &n));
    for (size_t i = 0; i < n; i++)
        picked += !origins[i].drawn;
    pool = n + (size_t)counts.open;
    if (picked * DEPLETED < pool) return OK;
    sentence =
        arena_printf(x->a,
                     "%zu of %zu were picked because they were hard, and are missing among "
                     "those that were drawn: on all of them it is right less often.",
                     picked, pool);
    NEED(sentence);
    if (json_array_append_new(json_object_get(report, "limits"), json_string(sentence)))
        return fail_nomem();
    return json_array_insert_new(json_object_get(report, "sentences"), 2, json_string(sentence))
               ? fail_nomem()
               : OK;
}

static enum err put_circumstances(struct evaluation *x, json_t *report)
{
    char at[CLOCK_TEXT];

    clock_format(at, clock_now_ms());
    TRY(put(report, "at", json_string(at)));
    TRY(put(report, "ledger_seq", json_integer(answers_seq(x->answers))));
    return put(report, "honest",
               json_pack("{s:I,s:I,s:I,s:i}", "n", (json_int_t)x->n_honest, "new",
                         (json_int_t)x->n_new, "related", (json_int_t)x->n_related, "enough",
                         HONEST_ENOUGH));
}

static enum err account(struct evaluation *x, const struct project *p, json_t **report)
{
    int32_t *truth = arena_array(x->a, x->n + 1, sizeof *truth);
    struct report_key *keys;
    struct report_in in = {.source = x->source,
                           .noun = p->kind == PROJECT_IMAGE ? "photos" : "texts",
                           .classes = x->class_name,
                           .n_classes = x->n_classes,
                           .row = x->row,
                           .n = x->n,
                           .taught = x->of_class};

    NEED(truth);
    for (size_t i = 0; i < x->n; i++)
        truth[i] = x->row[i].truth;
    TRY(evaluation_keys(x->a, x->item, truth, x->n, &keys, &in.n_keys));
    in.key = keys;
    return report_make(x->a, &in, report);
}

static void measured(struct model *m, const struct evaluation *x, const json_t *report)
{
    const json_t *accuracy = json_object_get(report, "accuracy");

    m->source = x->source == REPORT_HONEST ? ACCURACY_HONEST : ACCURACY_EXAMPLES;
    m->accuracy = json_number_value(json_object_get(accuracy, "value"));
    m->accuracy_low = json_number_value(json_object_get(accuracy, "low"));
    m->accuracy_high = json_number_value(json_object_get(accuracy, "high"));
    m->accuracy_n = (int64_t)x->n;
    if (x->n) return;
    m->source = ACCURACY_NONE;
    m->accuracy_low = m->accuracy_high = 0;
}

static enum err report_keep(struct evaluation *x, struct model *m, json_t *report)
{
    TRY(put_suspects(x, report));
    TRY(put_depletion(x, report));
    TRY(put_circumstances(x, report));
    measured(m, x, report);
    m->report = json_write(&x->run->arena, report);
    NEED(m->report);
    return OK;
}

static enum err evaluate(struct evaluation *x, struct model *m)
{
    struct project project;
    json_t *report;
    enum err e;

    TRY(store_project_get(x->store, x->a, m->project_id, &project));
    TRY(evaluation_gather(x));
    TRY(evaluation_ask(x));
    TRY(account(x, &project, &report));
    e = report_keep(x, m, report);
    json_decref(report);
    return e;
}

enum err evaluate_model(struct job_run *run, struct model *m, const struct predictor *p,
                        const struct evaluation_held *held)
{
    struct arena a;
    struct evaluation x = {
        .store = run->store, .a = &a, .m = m, .p = p, .run = run, .held = held};
    enum err e;

    arena_init(&a, (size_t)ARENA_GIB * GIB);
    e = evaluate(&x, m);
    evaluation_close(&x);
    arena_free(&a);
    return e;
}

char *evaluate_params_write(struct arena *a, const struct model *m)
{
    return arena_printf(a, "{\"model\":%" PRId64 "}", m->id);
}

enum err evaluate_queue(struct store *s, struct arena *a, const struct model *m,
                        int64_t user_id, struct job *j)
{
    TRY(model_is_trained(m));
    *j = (struct job){.project_id = m->project_id,
                      .kind = "evaluate",
                      .params = evaluate_params_write(a, m),
                      .total = -1,
                      .user_id = user_id};
    NEED(j->params);
    return job_add(s, a, j, JOB_MERGE, clock_now_ms());
}

static enum err keep_task(struct store *s, void *context)
{
    TRY(store_begin(s));
    return store_end(s, store_model_measure(s, context));
}

enum err evaluate_run(struct job_run *run)
{
    struct predictor *p;
    struct model m;
    enum err e;

    TRY(model_of_job(run->store, &run->arena, &run->claim.job, &m));
    TRY(model_open(run->store, &m, &p));
    e = evaluate_model(run, &m, p, NULL);
    predictor_drop(p);
    if (!e) e = writer_do(run->writer, keep_task, &m);
    if (e) return e;
    snprintf(run->message, sizeof run->message, "version %" PRId64 ": %s", m.version,
             model_accuracy_sentence(&run->arena, &m));
    return OK;
}
