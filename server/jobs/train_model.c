#include "jobs/train_model.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/group.h"
#include "domain/honest.h"
#include "domain/model.h"
#include "domain/recipe.h"
#include "domain/smp.h"
#include "jobs/check.h"
#include "jobs/duplicates.h"
#include "jobs/encode.h"
#include "jobs/evaluate.h"
#include "jobs/evaluate_rows.h"
#include "jobs/freeze.h"
#include "jobs/lesson.h"
#include "jobs/run.h"
#include "sampler/quality/out_of_fold.h"
#include "sampler/unknown.h"
#include "store/trait.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5, LABELS_LEAST = 10 /* fewer are not cut into folds */ };

struct teaching_job {
    struct job_run *run;
    struct arena *a;
    struct model model;
    struct lesson lesson;
    struct smp_recipe recipe;
    float *held; /* (taught.n, classes): of models that had not seen the label; NULL: too few */
    struct predictor *predictor;
    struct dataset_use use;
    const char *alarms; /* JSON: jobs/check.h */
};

static bool may_go_on(void *context, double done, const char *what)
{
    struct job_run *run = context;

    return run_progress(run, (int64_t)(100 * done), 100, what) == OK;
}

static struct smp_progress progress_of(struct teaching_job *t)
{
    return (struct smp_progress){.keep_going = may_go_on, .ctx = t->run};
}

static struct smp_labels labels_of(const struct lesson *l)
{
    return (struct smp_labels){
        .row = l->taught.row, .y = l->taught.y, .n = l->taught.n, .n_classes = l->n_classes};
}

/* -- what is needed before ---------------------------------------------------------------------- */

/* An encoder, for the first time, and groups of near duplicates that know the newest items. */
static enum err prepare(struct teaching_job *t)
{
    struct store *s = t->run->store;
    struct encoder encoder;
    struct grouping grouping;
    int64_t first;
    int64_t last;

    TRY(store_encoder_active(s, t->a, t->model.project_id, &encoder));
    if (!encoder.id || !encoder.n_parts) TRY(encode_run(t->run));
    TRY(store_grouping_find(s, t->model.project_id, &grouping));
    TRY(store_item_span(s, t->model.project_id, &first, &last));
    return grouping.id && grouping.last_item >= last ? OK : duplicates_run(t->run);
}

static enum err lesson_get(struct teaching_job *t)
{
    struct store *s = t->run->store;

    TRY(freeze_dataset(t->run, t->model.dataset_id));
    TRY(lesson_read(s, t->a, &t->model, &t->lesson));
    if (t->lesson.n_missing) {
        lesson_close(&t->lesson);
        TRY(encode_run(t->run));
        TRY(lesson_read(s, t->a, &t->model, &t->lesson));
    }
    if (t->lesson.n_classes >= 2) return OK;
    return fail(ERR_CONFLICT,
                "nothing can be learned yet: give examples of at least two classes (there are "
                "examples of %zu; %zu items drawn at random measure and do not teach)",
                t->lesson.n_classes, t->lesson.honest.n);
}

/* Stops here, before anything long, when the examples are not as the project expects. */
static enum err examples_check(struct teaching_job *t)
{
    json_t *alarms;

    TRY(check_before_training(t->run, t->model.project_id, &alarms));
    t->alarms = json_write(t->a, alarms);
    json_decref(alarms);
    NEED(t->alarms);
    return OK;
}

/* -- the recipe --------------------------------------------------------------------------------- */

static enum err same_parents(struct teaching_job *t, const struct model *m, bool *same)
{
    struct dataset d;

    *same = false;
    if (m->state != MODEL_TRAINED || m->seed != t->model.seed ||
        m->encoder_id != t->lesson.latents.encoder.id)
        return OK;
    TRY(store_dataset_get(t->run->store, t->a, m->dataset_id, &d));
    *same = hash_equal(&d.hash, &t->lesson.dataset.hash);
    return OK;
}

/* *found: the recipe of an earlier version with the same parents; else the last one's on this encoder,
 * n_members 0 when there is none. */
static enum err earlier(struct teaching_job *t, struct smp_recipe *recipe, bool *found)
{
    struct model *all;
    const char *last = NULL;
    size_t n;

    *found = false;
    TRY(store_model_list(t->run->store, t->a, t->model.project_id, t->model.version, 1000, &all,
                         &n));
    for (size_t i = 0; i < n && !*found; i++) {
        TRY(same_parents(t, &all[i], found));
        if (*found) return recipe_parse(all[i].recipe, recipe);
        if (!last && all[i].state == MODEL_TRAINED &&
            all[i].encoder_id == t->lesson.latents.encoder.id)
            last = all[i].recipe;
    }
    *recipe = (struct smp_recipe){.n_members = 0};
    return last ? recipe_parse(last, recipe) : OK;
}

static enum err recipe_get(struct teaching_job *t, const struct smp_model_in *in)
{
    bool same;

    TRY(earlier(t, &t->recipe, &same));
    if (same) return OK;
    if (smp_recipe_is_due(t->recipe.n_labels, in->labels.n, in->labels.n_classes))
        return smp_err(smp_recipe_choose(in, &t->recipe));
    if (!t->recipe.n_labels) smp_recipe_rule(in, &t->recipe);
    return OK;
}

/* -- learning ----------------------------------------------------------------------------------- */

/* Each example judged by a model that saw neither it nor its group. Too few, or all of one group: no
 * judgement. */
static enum err hold_out(struct teaching_job *t, const struct smp_progress *progress)
{
    const struct lesson *l = &t->lesson;
    const struct smp_folds_in in = {.labels = labels_of(l),
                                    .group = l->taught.group,
                                    .folds = FOLDS,
                                    .seed = (uint64_t)t->model.seed,
                                    .n_threads = (unsigned)t->run->threads,
                                    .progress = progress};
    enum smp_status e;

    if (l->taught.n < LABELS_LEAST) return OK;
    t->held = arena_array(t->a, l->taught.n * l->n_classes + 1, sizeof *t->held);
    NEED(t->held);
    e = smp_model_out_of_fold(&in, &l->latents.latents.features, &t->recipe, t->held);
    if (e != SMP_INVALID) return smp_err(e);
    t->held = NULL;
    return OK;
}

/* What tells unknown items, as bytes in the arena; none when there are too few examples to tell. */
static enum err unknown_fit(struct teaching_job *t, const uint8_t **bytes, size_t *n)
{
    const struct lesson *l = &t->lesson;
    const struct smp_unknown_in in = {.features = &l->latents.latents.features,
                                      .labels = labels_of(l),
                                      .group = l->taught.group,
                                      .held = t->held,
                                      .seed = (uint64_t)t->model.seed,
                                      .n_threads = (unsigned)t->run->threads};
    struct smp_unknown *u;
    uint8_t *saved;
    enum smp_status e = smp_unknown_fit(&in, &u);

    *n = 0;
    if (e) return e == SMP_INVALID ? OK : smp_err(e);
    e = smp_unknown_save(u, &saved, n);
    smp_unknown_free(u);
    TRY(smp_err(e));
    *bytes = arena_copy(t->a, saved, *n);
    free(saved);
    NEED(*bytes);
    return OK;
}

static enum err predictor_get(struct teaching_job *t, struct smp_model *model)
{
    struct predictor_parts parts = {
        .model = model, .classes = t->lesson.classes, .n_classes = t->lesson.n_classes};
    enum err e = unknown_fit(t, &parts.unknown, &parts.n_unknown);

    if (!e) e = encoder_load(t->run->folder, t->lesson.latents.encoder.id, &parts.encoder);
    if (e) {
        smp_model_free(model);
        return e;
    }
    e = predictor_make(&parts, &t->predictor);
    encoder_drop(parts.encoder);
    return e;
}

static enum err teach(struct teaching_job *t)
{
    const struct smp_progress progress = progress_of(t);
    const struct smp_model_in in = {.features = &t->lesson.latents.latents.features,
                                    .labels = labels_of(&t->lesson),
                                    .seed = (uint64_t)t->model.seed,
                                    .n_threads = (unsigned)t->run->threads,
                                    .progress = &progress};
    struct smp_model *model;
    int64_t started;

    TRY(recipe_get(t, &in));
    started = clock_ticks_us();
    TRY(smp_err(smp_model_fit(&in, &t->recipe, &model)));
    t->model.seconds = (double)(clock_ticks_us() - started) / 1e6;
    const enum err e = hold_out(t, &progress);
    if (e) {
        smp_model_free(model);
        return e;
    }
    return predictor_get(t, model);
}

/* -- measuring ---------------------------------------------------------------------------------- */

static enum err use_task(struct store *s, void *context)
{
    struct teaching_job *t = context;
    char reason[80];

    snprintf(reason, sizeof reason, "version %" PRId64 " was measured on it", t->model.version);
    return dataset_open_test(s, t->model.dataset_id, t->model.user_id, reason, clock_now_ms(),
                             &t->use);
}

/* The honest items, when they are enough, are the locked part of the data set: that they were looked at
 * is kept. */
static enum err measure(struct teaching_job *t)
{
    const struct lesson_part *l = &t->lesson.taught;
    const struct evaluation_held held = {.item = l->item, .p = t->held, .n = l->n};

    if (t->lesson.honest.n >= HONEST_ENOUGH) TRY(writer_do(t->run->writer, use_task, t));
    return evaluate_model(t->run, &t->model, t->predictor, t->held ? &held : NULL);
}

/* -- the job ------------------------------------------------------------------------------------ */

static enum err classes_write(struct teaching_job *t)
{
    json_t *list = json_array();

    for (size_t c = 0; c < t->lesson.n_classes; c++)
        json_array_append_new(list, json_string(t->lesson.classes[c]));
    t->model.classes = list ? json_write(t->a, list) : NULL;
    json_decref(list);
    NEED(t->model.classes);
    return recipe_write(t->a, &t->recipe, &t->model.recipe);
}

static enum err trained_task(struct store *s, void *context)
{
    struct teaching_job *t = context;

    TRY(model_trained(s, t->a, &t->model, clock_now_ms()));
    return store_alarms_set(s, t->model.id, t->alarms);
}

static void say(struct teaching_job *t)
{
    const char *accuracy = model_accuracy_sentence(t->a, &t->model);

    snprintf(t->run->message, sizeof t->run->message,
             "Version %" PRId64 " was taught by %zu examples of %zu classes. %s",
             t->model.version, t->lesson.taught.n, t->lesson.n_classes,
             accuracy ? accuracy : "");
}

static enum err keep(struct teaching_job *t)
{
    struct model *m = &t->model;

    m->encoder_id = t->lesson.latents.encoder.id;
    m->threads = t->run->threads;
    m->program = EXEMPLAR_VERSION;
    m->n_taught = (int64_t)t->lesson.taught.n;
    TRY(classes_write(t));
    TRY(predictor_save(t->predictor, t->run->folder, m->id, &m->hash, &m->n_bytes));
    TRY(measure(t));
    return writer_do(t->run->writer, trained_task, t);
}

static enum err train(struct teaching_job *t)
{
    TRY(model_of_job(t->run->store, t->a, &t->run->claim.job, &t->model));
    if (t->model.state != MODEL_TRAINING)
        return OK; /* an earlier run ended just before its job */
    TRY(prepare(t));
    TRY(examples_check(t));
    TRY(lesson_get(t));
    TRY(run_progress(t->run, 0, 100, "learning"));
    TRY(teach(t));
    TRY(run_progress(t->run, 90, 100, "measuring"));
    TRY(keep(t));
    say(t);
    return OK;
}

enum err train_model_run(struct job_run *run)
{
    struct arena a;
    struct teaching_job t = {.run = run, .a = &a};
    enum err e;

    arena_init(&a, 2 * GIB);
    e = train(&t);
    predictor_drop(t.predictor);
    lesson_close(&t.lesson);
    arena_free(&a);
    return e;
}

struct forgetting {
    struct arena a;
    struct model model;
    const char *why;
};

static enum err fail_task(struct store *s, void *context)
{
    struct forgetting *f = context;

    return model_fail(s, &f->a, f->model.id, f->why);
}

void train_model_forget(struct job_run *run)
{
    struct forgetting f = {.why = run->message};
    enum err e;

    arena_init(&f.a, 16 * MIB);
    e = model_of_job(run->store, &f.a, &run->claim.job, &f.model);
    if (!e && f.model.state == MODEL_TRAINING) {
        freeze_forget_dataset(run, f.model.dataset_id);
        e = writer_do(run->writer, fail_task, &f);
    }
    if (e) log_line(LOG_WARN, "job %" PRId64 ": %s", run->claim.job.id, err_message());
    arena_free(&f.a);
}
