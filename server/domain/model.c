#include "domain/model.h"

#include "base/file.h"
#include "domain/audit.h"
#include "domain/honest.h"
#include "domain/project.h"
#include "store/facet.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 4096, CLASS_FEW = 10 };
static const size_t FILE_BYTES_MAX = 256 * MIB;

/* -- beginning ---------------------------------------------------------------------------------- */

/* Two classes that somebody gave at all: what a request can know. Training knows more. */
static enum err check_examples(struct store *s, struct arena *a, const struct question *q,
                               int64_t project_id)
{
    struct class_count *counts;
    size_t n;
    size_t given = 0;

    TRY(store_class_counts(s, a, project_id, &counts, &n));
    for (size_t i = 0; i < n; i++)
        given += !strcmp(counts[i].question, q->name) && counts[i].items > 0;
    if (given >= 2) return OK;
    return fail(ERR_CONFLICT,
                "nothing can be learned yet: give examples of at least two classes (there are "
                "labels of %zu)",
                given);
}

static enum err question_get(struct store *s, struct arena *a, const struct project *p,
                             const struct question **q)
{
    const struct questions *all;

    TRY(project_questions(s, p->id, p->question_version, &all));
    *q = &all->question[0];
    if ((*q)->multiple)
        return fail(ERR_CONFLICT,
                    "question '%s' may be answered with several classes; a version answers a "
                    "choice of one class",
                    (*q)->name);
    return check_examples(s, a, *q, p->id);
}

static enum err spec_make(struct arena *a, int64_t seed, struct dataset_spec *spec)
{
    json_t *body =
        json_pack("{s:{s:s, s:[s,s], s:I}}", "split", "honest", "test", "keep_together",
                  "duplicates", "meta:" MODEL_BURST, "seed", (json_int_t)(seed > 0 ? seed : 1));
    enum err e;

    NEED(body);
    e = dataset_spec_read(a, body, spec);
    json_decref(body);
    return e;
}

static enum err dataset_make(struct store *s, struct arena *a, const struct model_new *n,
                             int64_t now_ms, struct model *m)
{
    struct dataset_spec spec;
    struct dataset d;
    const struct dataset_new wanted = {
        .project_id = n->project_id, .user_id = n->user_id, .name = n->name, .spec = &spec};

    TRY(spec_make(a, m->seed, &spec));
    TRY(dataset_add(s, a, &wanted, now_ms, &d));
    m->dataset_id = d.id;
    return OK;
}

static enum err job_make(struct store *s, struct arena *a, struct model *m, int64_t now_ms,
                         struct job *j)
{
    *j = (struct job){.project_id = m->project_id,
                      .kind = "train",
                      .params = arena_printf(a, "{\"model\":%" PRId64 "}", m->id),
                      .total = -1,
                      .user_id = m->user_id};
    NEED(j->params);
    TRY(job_add(s, a, j, JOB_NEW, now_ms));
    m->job_id = j->id;
    TRY(store_model_job(s, m->id, j->id));
    return audit_append(s, &(struct audit_event){.action = "model.begun",
                                                 .project_id = m->project_id,
                                                 .subject = "model",
                                                 .subject_id = m->id});
}

/* One that is in training, with its job; id 0 when there is none. One whose job has ended without it
 * failed. */
static enum err under_way(struct store *s, struct arena *a, int64_t project_id, struct model *m,
                          struct job *j)
{
    TRY(store_model_last(s, a, project_id, MODEL_TRAINING, m));
    if (!m->id) return OK;
    TRY(store_job_get(s, a, m->job_id, j));
    if (j->state == JOB_QUEUED || j->state == JOB_RUNNING) return OK;
    TRY(model_fail(s, a, m->id, "its training ended before it was done"));
    m->id = 0;
    return OK;
}

static enum err begin(struct store *s, struct arena *a, const struct model_new *n,
                      int64_t now_ms, struct model *m, struct job *j)
{
    const struct question *q;
    struct project p;

    TRY(under_way(s, a, n->project_id, m, j));
    if (m->id) return OK;
    TRY(store_project_get(s, a, n->project_id, &p));
    TRY(question_get(s, a, &p, &q));
    *m = (struct model){.project_id = p.id,
                        .name = n->name ? n->name : "",
                        .question = arena_strdup(a, q->name),
                        .seed = n->seed == MODEL_SEED_OWN ? p.seed : n->seed,
                        .user_id = n->user_id,
                        .created_at = now_ms};
    NEED(m->question);
    TRY(dataset_make(s, a, n, now_ms, m));
    TRY(store_model_add(s, m));
    return job_make(s, a, m, now_ms, j);
}

enum err model_begin(struct store *s, struct arena *a, const struct model_new *n,
                     int64_t now_ms, struct model *m, struct job *j)
{
    *m = (struct model){.id = 0};
    TRY(store_begin(s));
    return store_end(s, begin(s, a, n, now_ms, m, j));
}

/* -- ending ------------------------------------------------------------------------------------- */

static enum err trained(struct store *s, struct arena *a, const struct model *m)
{
    char hash[HASH_HEX];

    hash_hex(hash, &m->hash);
    TRY(store_model_end(s, m));
    TRY(store_model_measure(s, m));
    return audit_append(
        s, &(struct audit_event){.action = "model.trained",
                                 .user_id = m->user_id,
                                 .project_id = m->project_id,
                                 .subject = "model",
                                 .subject_id = m->id,
                                 .details = arena_printf(a, "{\"hash\":\"%s\"}", hash)});
}

enum err model_trained(struct store *s, struct arena *a, struct model *m, int64_t now_ms)
{
    m->state = MODEL_TRAINED;
    m->trained_at = now_ms;
    TRY(store_begin(s));
    return store_end(s, trained(s, a, m));
}

static enum err end_failed(struct store *s, struct arena *a, int64_t id, const char *why)
{
    struct model m;
    struct dataset d;

    TRY(store_model_get(s, a, id, &m));
    if (m.state != MODEL_TRAINING) return OK;
    m.state = MODEL_FAILED;
    m.why = why;
    TRY(store_model_end(s, &m));
    TRY(store_dataset_get(s, a, m.dataset_id, &d));
    if (d.state != DATASET_FREEZING) return OK;
    d.state = DATASET_FAILED;
    return store_dataset_end(s, &d);
}

enum err model_fail(struct store *s, struct arena *a, int64_t id, const char *why)
{
    TRY(store_begin(s));
    return store_end(s, end_failed(s, a, id, why));
}

static enum err id_of_job(const struct job *j, int64_t *id)
{
    json_t *params;
    enum err e;

    TRY(json_read(&params, j->params, strlen(j->params)));
    e = json_int(params, "model", 1, INT64_MAX, id);
    json_decref(params);
    return e;
}

enum err model_give_up(struct store *s, struct arena *a, const struct job *j)
{
    int64_t id;

    TRY(id_of_job(j, &id));
    return model_fail(s, a, id, "cancelled before it began");
}

enum err model_of_job(struct store *s, struct arena *a, const struct job *j, struct model *m)
{
    int64_t id;

    TRY(id_of_job(j, &id));
    return store_model_get(s, a, id, m);
}

/* -- finding ------------------------------------------------------------------------------------ */

enum err model_find(struct store *s, struct arena *a, int64_t project_id, const char *text,
                    struct model *m)
{
    char *end;
    const long long version = strtoll(text, &end, 10);

    *m = (struct model){.id = 0};
    if (*end || end == text || version < 1)
        return fail(ERR_NOT_FOUND, "there is no version '%.40s'; they are numbered 1, 2, 3",
                    text);
    TRY(store_model_find(s, a, project_id, version, m));
    if (m->id) return OK;
    return fail(ERR_NOT_FOUND, "there is no version %lld in this project", version);
}

enum err model_named(struct store *s, struct arena *a, const char *text, struct model *m)
{
    const char *slash = strrchr(text, '/');
    struct project p;
    char *name;
    char *end;
    long long id;

    if (slash) {
        name = arena_copy(a, text, (size_t)(slash - text));
        NEED(name);
        TRY(project_find(s, a, name, &p));
        return model_find(s, a, p.id, slash + 1, m);
    }
    id = strtoll(text, &end, 10);
    if (*end || end == text || id < 1)
        return fail(ERR_INVALID,
                    "'%.80s' names no version: give its id, or project/number as in shoes/3",
                    text);
    return store_model_get(s, a, id, m);
}

/* -- opening ------------------------------------------------------------------------------------ */

enum err model_is_trained(const struct model *m)
{
    if (m->state == MODEL_TRAINED) return OK;
    if (m->state == MODEL_TRAINING)
        return fail(ERR_CONFLICT, "version %" PRId64 " is still being trained", m->version);
    return fail(ERR_CONFLICT, "version %" PRId64 " could not be trained: %s", m->version,
                m->why ? m->why : "no reason was kept");
}

static enum err hash_check(struct store *s, const struct model *m)
{
    char path[PATH];
    struct buf bytes;
    struct hash hash;
    enum err e;

    predictor_path(path, sizeof path, store_folder(s), m->id);
    buf_init(&bytes, FILE_BYTES_MAX);
    e = file_read(&bytes, path);
    hash_of(&hash, bytes.data, bytes.size);
    buf_free(&bytes);
    if (e) return e;
    if (hash_equal(&hash, &m->hash)) return OK;
    return fail(ERR_CORRUPT, "%s: this is not the file that version %" PRId64 " was trained to",
                path, m->version);
}

enum err model_open_with(struct store *s, const struct model *m, struct loaded_encoder *encoder,
                         struct predictor **p)
{
    *p = NULL;
    TRY(model_is_trained(m));
    TRY(hash_check(s, m));
    return predictor_open_with(store_folder(s), m->id, encoder, p);
}

enum err model_open(struct store *s, const struct model *m, struct predictor **p)
{
    *p = NULL;
    TRY(model_is_trained(m));
    TRY(hash_check(s, m));
    return predictor_open(store_folder(s), m->id, m->encoder_id, p);
}

/* -- in words ----------------------------------------------------------------------------------- */

static int percent(double share)
{
    return (int)lround(100 * share);
}

static bool is_too_early(const struct model *m)
{
    json_t *classes;
    size_t n;

    if (m->source == ACCURACY_NONE) return true;
    if (m->source == ACCURACY_HONEST) return false;
    if (json_read(&classes, m->classes, strlen(m->classes))) return true;
    n = json_array_size(classes);
    json_decref(classes);
    return m->n_taught < (int64_t)n * CLASS_FEW;
}

const char *model_accuracy_sentence(struct arena *a, const struct model *m)
{
    const char *measured;

    if (m->state != MODEL_TRAINED) return NULL;
    if (is_too_early(m))
        return "Too early to tell how often it is right: give it about ten examples of each "
               "class.";
    measured = arena_printf(a,
                            m->source == ACCURACY_HONEST
                                ? "%" PRId64 " items drawn at random, which never taught it"
                                : "your own %" PRId64
                                  " examples, each judged by a model that had not seen it; "
                                  "material from elsewhere may do worse",
                            m->accuracy_n);
    if (!measured) return NULL;
    return arena_printf(
        a, "Of 100 items it gets about %d right (between %d and %d), measured on %s.",
        percent(m->accuracy), percent(m->accuracy_low), percent(m->accuracy_high), measured);
}
