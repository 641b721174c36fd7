#include "jobs/quality.h"

#include "base/clock.h"
#include "jobs/quality_gather.h"
#include "jobs/quality_influence.h"
#include "jobs/quality_people.h"
#include "jobs/quality_question.h"
#include "jobs/run.h"
#include "store/project.h"
#include "store/quality.h"

#include <stdio.h>
#include <string.h>

enum { STEPS = 100 };

struct measuring {
    struct job_run *run;
    struct project project;
    struct quality_data d;
    struct quality_skill skill[QUESTIONS_MAX];
    enum quality_measure measure;
    size_t question; /* at hand */
    struct smp_progress progress;
    struct quality_result result;
};

static const char *const MEASURES[] = {
    [QUALITY_AGREEMENT] = "agreement", [QUALITY_INFLUENCE] = "influence"};

const char *quality_measure_name(enum quality_measure m)
{
    return MEASURES[m];
}

char *quality_params_write(struct arena *a, enum quality_measure m)
{
    return arena_printf(a, "{\"measure\":\"%s\"}", MEASURES[m]);
}

static enum err params_read(const char *text, enum quality_measure *m)
{
    json_t *params;
    const char *word;

    TRY(json_read(&params, text, strlen(text)));
    word = json_string_value(json_object_get(params, "measure"));
    *m = word && !strcmp(word, MEASURES[QUALITY_INFLUENCE]) ? QUALITY_INFLUENCE
                                                            : QUALITY_AGREEMENT;
    json_decref(params);
    return OK;
}

static bool go_on(void *context, double done, const char *what)
{
    struct measuring *m = context;
    const double parts = m->measure == QUALITY_INFLUENCE ? 1 : (double)m->d.n_questions + 1;

    return run_progress(m->run, (int64_t)(STEPS * ((double)m->question + done) / parts), STEPS,
                        what) == OK;
}

static enum err agreement(struct measuring *m, const struct quality_with *with, json_t *body)
{
    json_t *questions = json_array();
    json_t *people = json_array();

    if (json_object_set_new(body, "questions", questions) ||
        json_object_set_new(body, "people", people))
        return fail_nomem();
    for (m->question = 0; m->question < m->d.n_questions; m->question++) {
        TRY(run_progress(m->run, (int64_t)(STEPS * m->question / (m->d.n_questions + 1)), STEPS,
                         "measures of agreement"));
        TRY(quality_question(with, &m->d, m->question, &m->skill[m->question], questions));
    }
    TRY(run_progress(m->run, STEPS - 1, STEPS, "looking at people"));
    return quality_people(&m->d, m->skill, people);
}

static enum err measure(struct measuring *m, json_t *body)
{
    const struct quality_with with = {.seed = (uint64_t)m->project.seed,
                                      .n_threads = (unsigned)m->run->threads,
                                      .progress = &m->progress};

    if (m->measure == QUALITY_AGREEMENT) return agreement(m, &with, body);
    return quality_influence(&with, m->run->store, &m->run->arena, m->project.id, &m->d, body);
}

static enum err keep_task(struct store *s, void *context)
{
    struct measuring *m = context;

    TRY(store_begin(s));
    return store_end(s, store_quality_set(s, &m->result));
}

static enum err keep(struct measuring *m, const json_t *body)
{
    m->result = (struct quality_result){.project_id = m->project.id,
                                        .kind = MEASURES[m->measure],
                                        .seq = m->d.seq,
                                        .n_labels = (int64_t)m->d.n_labels,
                                        .body = json_write(&m->run->arena, body),
                                        .created_at = clock_now_ms()};
    NEED(m->result.body);
    TRY(writer_do(m->run->writer, keep_task, m));
    snprintf(m->run->message, sizeof m->run->message,
             "%zu labels of %zu people about %zu items were measured", m->d.n_labels,
             m->d.n_people, m->d.n_items);
    return OK;
}

static enum err measure_and_keep(struct measuring *m)
{
    json_t *body;
    enum err e;

    TRY(run_progress(m->run, 0, STEPS, "reading labels"));
    TRY(quality_gather(m->run->store, &m->run->arena, m->project.id, &m->d));
    body =
        json_pack("{s:I,s:i,s:f,s:I,s:I,s:I}", "seq", (json_int_t)m->d.seq, "rounds",
                  QUALITY_ROUNDS, "level", 0.95, "seed", (json_int_t)m->project.seed, "n_items",
                  (json_int_t)m->d.n_items, "n_labels", (json_int_t)m->d.n_labels);
    NEED(body);
    e = measure(m, body);
    if (!e) e = keep(m, body);
    json_decref(body);
    return e;
}

enum err quality_run(struct job_run *run)
{
    struct measuring m = {.run = run};
    enum err e;

    m.progress = (struct smp_progress){.keep_going = go_on, .ctx = &m};
    TRY(params_read(run->claim.job.params, &m.measure));
    TRY(store_project_get(run->store, &run->arena, run->claim.job.project_id, &m.project));
    e = measure_and_keep(&m);
    for (size_t q = 0; q < QUESTIONS_MAX; q++)
        quality_skill_free(&m.skill[q]);
    quality_free(&m.d);
    return e;
}
