#include "jobs/watch.h"

#include "base/clock.h"
#include "base/json.h"
#include "domain/desk.h"
#include "domain/encoder.h"
#include "domain/job.h"
#include "domain/smp.h"
#include "domain/steer.h"
#include "jobs/run.h"
#include "sampler/drift.h"
#include "store/dataset.h"
#include "store/endpoint.h"
#include "store/model.h"
#include "store/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERMUTATIONS = 1999, TAUGHT_PAGE = 5000, TAUGHT_MAX = 50000, AUDITED_READ = 2000 };
static const double ALARM_P = 0.001;
static const double ALARM_ERRORS = 4;
static const double ALARM_POINTS = 0.05;
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

struct watching {
    struct job_run *run;
    struct arena *a;
    struct store *s;
    struct endpoint endpoint;
    struct model model; /* id 0: nothing was seen */
    int64_t day;
    struct seen *seen; /* (n) of that model */
    size_t n;
    struct encoder_latents latents;
    float *reference; /* (n_reference, d) */
    size_t n_reference, d;
    json_t *alarms;
    json_t *queued;
};

static enum err alarm_add(struct watching *w, const char *kind, const char *sentence)
{
    NEED(sentence);
    if (json_array_append_new(w->alarms,
                              json_pack("{s:s, s:s}", "kind", kind, "sentence", sentence)))
        return fail_nomem();
    return OK;
}

/* The model that most of the day's answers came from, and its rows alone. */
static enum err seen_read(struct watching *w)
{
    struct seen *all;
    size_t n_all;
    size_t most = 0;
    int64_t model_id = 0;

    TRY(store_seen_list(w->s, w->a, w->endpoint.id, w->day, &all, &n_all));
    for (size_t i = 0; i < n_all; i++) {
        size_t n = 0;
        for (size_t k = 0; k < n_all; k++)
            n += all[k].model_id == all[i].model_id;
        if (n > most) model_id = all[i].model_id;
        if (n > most) most = n;
    }
    for (size_t i = 0; i < n_all; i++)
        if (all[i].model_id == model_id) all[w->n++] = all[i];
    w->seen = all;
    return model_id ? store_model_get(w->s, w->a, model_id, &w->model) : OK;
}

/* The latents of the items that taught the model, evenly thinned to TAUGHT_MAX. */
static enum err reference_read(struct watching *w)
{
    const struct smp_features *f = &w->latents.latents.features;
    int64_t after = 0;
    size_t n = 1;

    w->d = f->d[0];
    w->reference = arena_array(w->a, TAUGHT_MAX, w->d * sizeof *w->reference);
    NEED(w->reference);
    while (n && w->n_reference < TAUGHT_MAX) {
        struct dataset_item *items;
        TRY(store_dataset_items(w->s, w->a, w->model.dataset_id, 1U << PART_TRAIN, after,
                                TAUGHT_PAGE, &items, &n));
        for (size_t i = 0; i < n && w->n_reference < TAUGHT_MAX; i++) {
            size_t row;
            after = items[i].item_id;
            if (!latents_row_of(&w->latents.latents, after, &row)) continue;
            memcpy(w->reference + w->n_reference++ * w->d, f->part[0] + row * w->d,
                   w->d * sizeof *w->reference);
        }
    }
    return OK;
}

static enum err latents_open(struct watching *w)
{
    struct encoder e;

    TRY(store_encoder_get(w->s, w->a, w->model.encoder_id, &e));
    TRY(encoder_open(w->s, w->a, e.id, e.n_rows, &w->latents));
    return e.n_rows ? reference_read(w) : OK;
}

/* -- drift ---------------------------------------------------------------------------------------- */

/* A row and how much it carries. */
struct carrier {
    float carries;
    int64_t item_id;
};

static int more_first(const void *x, const void *y)
{
    const struct carrier *a = x;
    const struct carrier *b = y;

    return (a->carries < b->carries) - (a->carries > b->carries);
}

struct queueing {
    struct watching *w;
    const struct carrier *list;
    size_t n;
};

/* Those that nobody has answered yet. */
static enum err queue_task(struct store *s, void *context)
{
    struct queueing *x = context;
    size_t n_queued = 0;

    for (size_t i = 0; i < x->n && n_queued < WATCH_QUEUED && x->list[i].carries > 0; i++) {
        struct item_brief brief;
        int64_t n;

        if (!x->list[i].item_id) continue;
        TRY(store_item_brief(s, x->list[i].item_id, &brief));
        if (brief.state != ITEM_OPEN) continue;
        TRY(items_prioritise(s, x->w->endpoint.project_id, &brief.id, 1, WATCH_PRIORITY, &n));
        if (json_array_append_new(x->w->queued, json_integer(brief.id))) return fail_nomem();
        n_queued++;
    }
    return OK;
}

static enum err carriers_queue(struct watching *w, const float *carries, const size_t *of,
                               size_t n)
{
    struct carrier *list = arena_array(w->a, n, sizeof *list);
    struct queueing x = {w, list, n};

    NEED(list);
    for (size_t i = 0; i < n; i++)
        list[i] = (struct carrier){carries[i], w->seen[of[i]].item_id};
    qsort(list, n, sizeof *list, more_first);
    return writer_do(w->run->writer, queue_task, &x);
}

static enum err drift_tell(struct watching *w, const struct smp_drift *x)
{
    const size_t n = json_array_size(w->queued);
    const char *what =
        n ? arena_printf(w->a,
                         " The %zu inputs that differ most are in front of people's queue.", n)
          : " None of the inputs that differ most is kept: only those that people were asked about "
            "are.";

    NEED(what);
    return alarm_add(
        w, "drift",
        arena_printf(
            w->a,
            "What was asked that day is unlike what version %" PRId64
            " was taught (%zu inputs against %zu examples): a difference like this comes by "
            "chance on fewer than 1 of 1,000 days.%s",
            w->model.version, x->n_stream, x->n_reference, what));
}

static enum err drift_look(struct watching *w, json_t **out)
{
    float *stream = arena_array(w->a, w->n + 1, (w->d + 1) * sizeof *stream);
    float *carries = arena_array(w->a, w->n + 1, sizeof *carries);
    size_t *of = arena_array(w->a, w->n + 1, sizeof *of);
    struct smp_drift_in in = {.reference = w->reference,
                              .n_reference = w->n_reference,
                              .stream = stream,
                              .d = w->d,
                              .permutations = PERMUTATIONS,
                              .seed = (uint64_t)w->day};
    struct smp_drift x;

    *out = json_null();
    NEED(stream && carries && of);
    for (size_t i = 0; i < w->n; i++) {
        if (!w->seen[i].latent || w->seen[i].d != w->d) continue;
        memcpy(stream + in.n_stream * w->d, w->seen[i].latent, w->d * sizeof *stream);
        of[in.n_stream++] = i;
    }
    if (in.n_stream < SMP_DRIFT_ROWS_MIN || in.n_reference < SMP_DRIFT_ROWS_MIN) return OK;
    TRY(smp_err(smp_drift(&in, carries, &x)));
    *out = json_pack("{s:f, s:f, s:I, s:I}", "p", x.p, "share", x.share, "reference",
                     (json_int_t)x.n_reference, "stream", (json_int_t)x.n_stream);
    NEED(*out);
    if (x.p > ALARM_P || x.share < WATCH_SHARE) return OK;
    TRY(carriers_queue(w, carries, of, in.n_stream));
    return drift_tell(w, &x);
}

/* -- bit for bit ---------------------------------------------------------------------------------- */

static enum err features_compare(struct watching *w, json_t **out)
{
    const struct smp_features *f = &w->latents.latents.features;
    size_t compared = 0;
    size_t different = 0;

    for (size_t i = 0; i < w->n && f->n; i++) {
        const struct seen *x = &w->seen[i];
        size_t row;

        if (!x->item_id || !x->latent || x->d != w->d ||
            !latents_row_of(&w->latents.latents, x->item_id, &row))
            continue;
        compared++;
        different += memcmp(x->latent, f->part[0] + row * w->d, w->d * sizeof *x->latent) != 0;
    }
    *out = json_pack("{s:I, s:I}", "compared", (json_int_t)compared, "different",
                     (json_int_t)different);
    NEED(*out);
    if (!different) return OK;
    return alarm_add(
        w, "features",
        arena_printf(w->a,
                     "%zu of %zu inputs gave other numbers when they were asked than when "
                     "they were encoded for training, though their bytes are the same. "
                     "Answers cannot be trusted until that is understood: run "
                     "“exemplar doctor”.",
                     different, compared));
}

/* -- against the days before ---------------------------------------------------------------------- */

/* Sums over a day, or over the days before it. */
struct sums {
    double n, unknown, confidence, squares;
    json_t *classes; /* name: number */
};

static double count_of(const struct sums *x, const char *name)
{
    return json_number_value(json_object_get(x->classes, name));
}

static enum err count_add(struct sums *x, const char *name, double n)
{
    json_t *sum = json_integer((json_int_t)(count_of(x, name) + n));

    return json_object_set_new(x->classes, name, sum) ? fail_nomem() : OK;
}

static enum err today_sum(const struct watching *w, struct sums *x)
{
    for (size_t i = 0; i < w->n; i++) {
        x->n++;
        x->unknown += w->seen[i].unknown;
        x->confidence += w->seen[i].probability;
        x->squares += w->seen[i].probability * w->seen[i].probability;
        TRY(count_add(x, w->seen[i].class_name, 1));
    }
    return OK;
}

static enum err report_sum(const json_t *r, struct sums *x)
{
    const double n = json_number_value(json_object_get(r, "seen"));
    const double mean = json_number_value(json_object_get(r, "confidence"));
    const double sd = json_number_value(json_object_get(r, "confidence_sd"));
    const char *name;
    json_t *value;

    x->n += n;
    x->unknown += json_number_value(json_object_get(r, "unknown"));
    x->confidence += n * mean;
    x->squares += n * (sd * sd + mean * mean);
    json_object_foreach(json_object_get(r, "classes"), name, value)
        TRY(count_add(x, name, json_number_value(value)));
    return OK;
}

static enum err before_sum(struct watching *w, struct sums *x)
{
    struct watch *list;
    size_t n;

    TRY(store_watch_list(w->s, w->a, w->endpoint.id, w->day, WATCH_BEFORE, &list, &n));
    for (size_t i = 0; i < n; i++) {
        json_t *report;
        enum err e;
        if (list[i].model_id != w->model.id) continue;
        TRY(json_read(&report, list[i].report, strlen(list[i].report)));
        e = report_sum(report, x);
        json_decref(report);
        TRY(e);
    }
    return OK;
}

static bool shares_differ(double x, double n, double y, double m)
{
    const double p = (x + y) / (n + m);
    const double error = sqrt(p * (1 - p) * (1 / n + 1 / m));

    return fabs(x / n - y / m) > ALARM_POINTS && fabs(x / n - y / m) > ALARM_ERRORS * error;
}

static double variance(const struct sums *x)
{
    const double mean = x->confidence / x->n;

    return fmax(x->squares / x->n - mean * mean, 0);
}

static enum err share_compare(struct watching *w, const char *kind, const char *what,
                              const double today[2], const double before[2])
{
    if (!shares_differ(today[0], today[1], before[0], before[1])) return OK;
    return alarm_add(
        w, kind,
        arena_printf(w->a,
                     "%s in %.0f of 100 inputs that day, and in %.0f of 100 on the "
                     "days before.",
                     what, 100 * today[0] / today[1], 100 * before[0] / before[1]));
}

static enum err days_compare(struct watching *w, const struct sums *today,
                             const struct sums *before)
{
    const double fell = before->confidence / before->n - today->confidence / today->n;
    const double error = sqrt(variance(today) / today->n + variance(before) / before->n);
    const char *name;
    json_t *value;

    if (before->n < SMP_DRIFT_ROWS_MIN || today->n < SMP_DRIFT_ROWS_MIN) return OK;
    TRY(share_compare(w, "unknown", "Something like nothing it was taught came",
                      (const double[]){today->unknown, today->n},
                      (const double[]){before->unknown, before->n}));
    json_object_foreach(before->classes, name, value)
    {
        const char *what = arena_printf(w->a, "It said “%s”", name);
        NEED(what);
        TRY(share_compare(w, "classes", what, (const double[]){count_of(today, name), today->n},
                          (const double[]){json_number_value(value), before->n}));
    }
    if (fell < ALARM_POINTS || fell < ALARM_ERRORS * error) return OK;
    return alarm_add(
        w, "confidence",
        arena_printf(w->a,
                     "It is less sure than on the days before: %.0f %% instead of %.0f %% "
                     "on average.",
                     100 * today->confidence / today->n, 100 * before->confidence / before->n));
}

/* -- with people ---------------------------------------------------------------------------------- */

static enum err audit_look(struct watching *w, json_t **out)
{
    struct desk_settings set;
    struct asked *list;
    size_t n;
    size_t checked = 0;
    size_t wrong = 0;

    TRY(desk_settings_of(w->s, w->a, w->endpoint.id, &set));
    TRY(store_asked_list(w->s, w->a, w->endpoint.id, 0, AUDITED_READ, &list, &n));
    for (size_t i = 0; i < n; i++) {
        if (list[i].why != ASKED_AUDIT || list[i].state == ASKED_WAITING ||
            list[i].at / DAY_MS != w->day)
            continue;
        checked++;
        wrong += !list[i].answer || strcmp(list[i].answer, list[i].guess) != 0;
    }
    *out = json_pack("{s:I, s:I}", "checked", (json_int_t)checked, "wrong", (json_int_t)wrong);
    NEED(*out);
    if (wrong < 3 || (double)wrong * (double)set.wrong_in < 2 * (double)checked) return OK;
    return alarm_add(
        w, "audit",
        arena_printf(w->a,
                     "People disagreed with %zu of the %zu answers it gave alone that "
                     "they checked; at most 1 in %" PRId64 " was asked for.",
                     wrong, checked, set.wrong_in));
}

/* -- the report ----------------------------------------------------------------------------------- */

struct parts {
    json_t *drift, *features, *audit;
    struct sums today, before;
};

static enum err answers_look(struct watching *w, struct parts *p)
{
    TRY(today_sum(w, &p->today));
    TRY(before_sum(w, &p->before));
    TRY(days_compare(w, &p->today, &p->before));
    return audit_look(w, &p->audit);
}

static enum err latents_look(struct watching *w, struct parts *p)
{
    TRY(latents_open(w));
    TRY(features_compare(w, &p->features));
    TRY(run_progress(w->run, 2, 3, "latents compared"));
    return drift_look(w, &p->drift);
}

static enum err look(struct watching *w, struct parts *p)
{
    TRY(seen_read(w));
    if (!w->n) return OK;
    TRY(answers_look(w, p));
    TRY(run_progress(w->run, 1, 3, "days compared"));
    return latents_look(w, p);
}

static json_t *report_of(const struct watching *w, const struct parts *p)
{
    const struct sums *t = &p->today;
    const double n = fmax(t->n, 1);

    return json_pack("{s:I, s:I, s:f, s:f, s:O, s:O?, s:O?, s:O?, s:O, s:O}", "seen",
                     (json_int_t)t->n, "unknown", (json_int_t)t->unknown, "confidence",
                     t->confidence / n, "confidence_sd", t->n > 0 ? sqrt(variance(t)) : 0.0,
                     "classes", t->classes, "drift", p->drift, "features", p->features, "audit",
                     p->audit, "queued", w->queued, "alarms", w->alarms);
}

static enum err keep_task(struct store *s, void *context)
{
    const struct watch *x = context;

    return store_watch_set(s, x);
}

static enum err keep(struct watching *w, const struct parts *p)
{
    json_t *report = report_of(w, p);
    struct watch x = {.endpoint_id = w->endpoint.id,
                      .day = w->day,
                      .model_id = w->model.id,
                      .report = report ? json_write(w->a, report) : NULL,
                      .n_alarms = (int64_t)json_array_size(w->alarms),
                      .at = clock_now_ms()};

    json_decref(report);
    NEED(x.report);
    snprintf(w->run->message, sizeof w->run->message,
             "%zu predictions of the day looked at; %" PRId64 " alarms", w->n, x.n_alarms);
    return writer_do(w->run->writer, keep_task, &x);
}

static enum err params_read(struct watching *w)
{
    json_t *params;
    int64_t id = 0;
    enum err e;

    TRY(json_read(&params, w->run->claim.job.params, strlen(w->run->claim.job.params)));
    e = json_int(params, "endpoint", 1, INT64_MAX, &id);
    if (!e) e = json_int(params, "day", 0, INT64_MAX / DAY_MS, &w->day);
    json_decref(params);
    TRY(e);
    return store_endpoint_get(w->s, w->a, id, &w->endpoint);
}

enum err watch_run(struct job_run *run)
{
    struct watching w = {.run = run,
                         .a = &run->arena,
                         .s = run->store,
                         .alarms = json_array(),
                         .queued = json_array()};
    struct parts p = {.today.classes = json_object(), .before.classes = json_object()};
    enum err e = params_read(&w);

    if (!e) e = look(&w, &p);
    if (!e) e = keep(&w, &p);
    encoder_close(&w.latents);
    json_decref(p.drift);
    json_decref(p.features);
    json_decref(p.audit);
    json_decref(p.today.classes);
    json_decref(p.before.classes);
    json_decref(w.alarms);
    json_decref(w.queued);
    return e;
}

enum err watch_queue(struct store *s, struct arena *a, int64_t endpoint_id, int64_t project_id,
                     int64_t day, struct job *j)
{
    *j =
        (struct job){.project_id = project_id,
                     .kind = "watch",
                     .params = arena_printf(a, "{\"day\":%" PRId64 ",\"endpoint\":%" PRId64 "}",
                                            day, endpoint_id),
                     .total = -1};
    NEED(j->params);
    return job_add(s, a, j, JOB_MERGE, clock_now_ms());
}

enum err watch_queue_missing(struct store *s, struct arena *a, int64_t now_ms)
{
    const int64_t day = now_ms / DAY_MS - 1;
    int64_t *ids;
    size_t n;

    TRY(store_seen_endpoints(s, a, day, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        struct endpoint e;
        struct watch *last;
        struct job j;
        size_t n_last;

        TRY(store_watch_list(s, a, ids[i], day + 1, 1, &last, &n_last));
        /* One of the day itself was made before the day was over. */
        if (n_last && last->day == day && last->at >= (day + 1) * DAY_MS) continue;
        TRY(store_endpoint_get(s, a, ids[i], &e));
        if (!e.removed_at) TRY(watch_queue(s, a, e.id, e.project_id, day, &j));
    }
    return OK;
}
