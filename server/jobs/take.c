#include "jobs/take.h"

#include "base/clock.h"
#include "domain/honest.h"
#include "domain/smp.h"
#include "jobs/run.h"
#include "jobs/take_measure.h"
#include "sampler/rng.h"
#include "sampler/student/student.h"
#include "store/item.h"
#include "store/project.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000, HELD_EACH = 10, HELD_MAX = 500, TAUGHT_MAX = SMP_STUDENT_PICTURES_MAX };
static const uint64_t STREAM_POOL = 21;
static const uint64_t STREAM_HELD = 22;

/* Share of the label in the answer that is learned, of items that taught the version. */
static const float LABEL_SHARE = 0.5f;

struct study {
    struct job_run *run;
    struct arena *a;
    struct model model;
    struct lesson lesson;
    struct predictor *teacher;
    struct student student;
    struct taker *all; /* (n) the items it learns from */
    size_t n;
    struct taker *held; /* (n_held) */
    size_t n_held;
    struct take_block block;
    enum err failed; /* of reading items */
};

/* -- which items ------------------------------------------------------------------------------ */

/* Every item that is neither honest nor rejected; 40 bytes an item. */
static enum err items_list(struct study *t)
{
    struct store *s = t->run->store;
    struct honest_list honest;
    struct arena page;
    size_t room = 0;
    int64_t after = 0;
    enum err e;

    TRY(honest_read(s, t->a, t->model.project_id, 0, &honest));
    arena_init(&page, 256 * MIB);
    for (;;) {
        struct item *items;
        struct taker *grown;
        size_t n;
        e = store_item_list(s, &page, t->model.project_id, after, PAGE, &items, &n);
        if (e || !n) break;
        if (t->n + n > room) {
            room = 2 * room + n;
            grown = realloc(t->all, room * sizeof *grown);
            if (!grown) {
                e = fail_nomem();
                break;
            }
            t->all = grown;
        }
        for (size_t i = 0; i < n; i++)
            if (items[i].state != ITEM_REJECTED && !honest_is(&honest, items[i].id))
                t->all[t->n++] = (struct taker){items[i].id, items[i].hash};
        after = items[n - 1].id;
        arena_free(&page);
    }
    arena_free(&page);
    return e;
}

/* Keeps `most` of them, drawn by the version's seed. */
static enum err items_thin(struct study *t, size_t most)
{
    struct smp_rng rng;
    size_t *kept;

    if (t->n <= most) return OK;
    kept = arena_array(t->a, most, sizeof *kept);
    NEED(kept);
    smp_rng_seed(&rng, (uint64_t)t->model.seed, STREAM_POOL);
    smp_rng_subset(&rng, t->n, most, kept);
    for (size_t i = 0; i < most; i++)
        t->all[i] = t->all[kept[i]];
    t->n = most;
    return OK;
}

/* Every tenth is held out, drawn likewise; the others keep their order. */
static enum err items_hold_out(struct study *t)
{
    const size_t n = t->n / HELD_EACH < HELD_MAX ? t->n / HELD_EACH : HELD_MAX;
    size_t *chosen = arena_array(t->a, n + 1, sizeof *chosen);
    struct smp_rng rng;
    size_t kept = 0;

    t->held = arena_array(t->a, n + 1, sizeof *t->held);
    NEED(chosen);
    NEED(t->held);
    smp_rng_seed(&rng, (uint64_t)t->model.seed, STREAM_HELD);
    smp_rng_subset(&rng, t->n, n, chosen);
    for (size_t i = 0; i < t->n; i++) {
        if (t->n_held < n && chosen[t->n_held] == i)
            t->held[t->n_held++] = t->all[i];
        else
            t->all[kept++] = t->all[i];
    }
    t->n = kept;
    return OK;
}

/* -- learning --------------------------------------------------------------------------------- */

static bool keep_going(void *context, double done, const char *what)
{
    struct study *t = context;

    return run_progress(t->run, (int64_t)(80 * done), 100, what) == OK;
}

/* p <- half of it and half the label, of an item that taught the version. */
static void mix_label(const struct study *t, int64_t item_id, float *p)
{
    const struct lesson_part *taught = &t->lesson.taught;
    size_t low = 0;
    size_t high = taught->n;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (taught->item[middle] < item_id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == taught->n || taught->item[low] != item_id) return;
    for (size_t c = 0; c < t->lesson.n_classes; c++)
        p[c] *= 1 - LABEL_SHARE;
    p[taught->y[low]] += LABEL_SHARE;
}

static enum smp_status answer_of(struct study *t, size_t i, float *p)
{
    t->failed = take_block_read(&t->block, t->all, t->n, i);
    if (t->failed) return smp_fail(SMP_INVALID, "%s", err_message());
    memcpy(p, t->block.said[i - t->block.first].p, t->lesson.n_classes * sizeof *p);
    mix_label(t, t->all[i].item_id, p);
    return SMP_OK;
}

static enum smp_status picture_fetch(void *context, size_t i, uint8_t *pixels, float *p)
{
    struct study *t = context;
    const size_t each = t->block.each;

    SMP_TRY(answer_of(t, i, p));
    memcpy(pixels, t->block.pixels + (i - t->block.first) * each, each);
    return SMP_OK;
}

static enum smp_status text_fetch(void *context, size_t i, const char **text, size_t *n,
                                  float *p)
{
    struct study *t = context;

    SMP_TRY(answer_of(t, i, p));
    *text = t->block.text[i - t->block.first].bytes;
    *n = t->block.text[i - t->block.first].n;
    return SMP_OK;
}

static enum err pictures_learn(struct study *t)
{
    const struct smp_progress progress = {.keep_going = keep_going, .ctx = t};
    const struct smp_student_in in = {.spec = t->block.spec,
                                      .n = t->n,
                                      .n_classes = t->lesson.n_classes,
                                      .fetch = picture_fetch,
                                      .ctx = t,
                                      .seed = (uint64_t)t->model.seed,
                                      .n_threads = (unsigned)t->run->threads,
                                      .progress = &progress};

    return smp_err(smp_student_learn(&in, &t->student.net));
}

static enum err texts_learn(struct study *t)
{
    const struct smp_progress progress = {.keep_going = keep_going, .ctx = t};
    const struct smp_grams_in in = {.n = t->n,
                                    .n_classes = t->lesson.n_classes,
                                    .fetch = text_fetch,
                                    .ctx = t,
                                    .n_threads = (unsigned)t->run->threads,
                                    .progress = &progress};

    return smp_err(smp_grams_learn(&in, &t->student.grams));
}

static enum err learn(struct study *t)
{
    enum err e;

    TRY(items_list(t));
    TRY(items_thin(t, TAUGHT_MAX));
    TRY(items_hold_out(t));
    TRY(take_block_open(&t->block, t->run, t->teacher));
    e = predictor_modality(t->teacher) == SMP_IMAGES ? pictures_learn(t) : texts_learn(t);
    return t->failed ? fail(t->failed, "%s", smp_message()) : e;
}

/* -- the job ---------------------------------------------------------------------------------- */

static enum err facts_make(struct study *t)
{
    const struct take_exam exam = {.run = t->run,
                                   .arena = t->a,
                                   .model = &t->model,
                                   .lesson = &t->lesson,
                                   .teacher = t->teacher,
                                   .student = &t->student,
                                   .held = t->held,
                                   .n_held = t->n_held,
                                   .n_taught = t->n,
                                   .block = &t->block};

    return take_measure(&exam, t->student.facts);
}

/* The version, its data set and itself as a teacher. */
static enum err teacher_open(struct study *t)
{
    TRY(model_of_job(t->run->store, t->a, &t->run->claim.job, &t->model));
    TRY(model_is_trained(&t->model));
    TRY(run_progress(t->run, 0, 100, "reading"));
    TRY(lesson_read(t->run->store, t->a, &t->model, &t->lesson));
    TRY(model_open(t->run->store, &t->model, &t->teacher));
    t->student.classes = t->lesson.classes;
    t->student.n_classes = t->lesson.n_classes;
    if (predictor_classes(t->teacher) == t->lesson.n_classes) return OK;
    return fail(ERR_CORRUPT,
                "version %" PRId64 " answers with %zu classes, its data set has %zu",
                t->model.version, predictor_classes(t->teacher), t->lesson.n_classes);
}

static enum err take_all(struct study *t)
{
    TRY(teacher_open(t));
    TRY(learn(t));
    TRY(run_progress(t->run, 80, 100, "measuring"));
    TRY(facts_make(t));
    TRY(student_write(t->run->folder, &t->model, &t->student));
    snprintf(t->run->message, sizeof t->run->message,
             "Version %" PRId64
             " can be taken away: a small model that learned from %zu items.",
             t->model.version, t->n);
    return OK;
}

enum err take_run(struct job_run *run)
{
    struct arena a;
    struct study t = {.run = run, .a = &a};
    enum err e;

    arena_init(&a, 2 * GIB);
    e = take_all(&t);
    take_block_close(&t.block);
    student_close(&t.student);
    predictor_drop(t.teacher);
    lesson_close(&t.lesson);
    free(t.all);
    arena_free(&a);
    return e;
}

enum err take_begin(struct store *s, struct arena *a, const struct model *m, int64_t user_id,
                    int64_t now_ms, struct job *j)
{
    TRY(model_is_trained(m));
    *j = (struct job){.project_id = m->project_id,
                      .kind = "take",
                      .params = arena_printf(a, "{\"model\":%" PRId64 "}", m->id),
                      .total = -1,
                      .user_id = user_id};
    NEED(j->params);
    return job_add(s, a, j, JOB_MERGE, now_ms);
}

/* -- the file --------------------------------------------------------------------------------- */

enum err take_render(struct buf *out, struct store *s, struct arena *a, const char *data_folder,
                     const struct model *m, enum take_form form, enum student_weights weights)
{
    struct student st;
    struct project p;
    struct take t;
    enum err e;

    TRY(store_project_get(s, a, m->project_id, &p));
    TRY(student_open(data_folder, a, m, &st));
    t = (struct take){.title = arena_printf(a, "%s, version %" PRId64, p.name, m->version),
                      .classes = st.classes,
                      .n_classes = st.n_classes,
                      .facts = st.facts[weights],
                      .weights = weights == STUDENT_INT8 ? TAKE_INT8 : TAKE_F32,
                      .net = st.net,
                      .grams = st.grams};
    e = t.title ? take_write(out, &t, form) : fail_nomem();
    student_close(&st);
    return e;
}
