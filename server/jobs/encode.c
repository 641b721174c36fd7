#include "jobs/encode.h"

#include "base/clock.h"
#include "domain/encoder.h"
#include "domain/encoder_file.h"
#include "domain/smp.h"
#include "jobs/canonical.h"
#include "jobs/duplicates.h"
#include "jobs/rank.h"
#include "jobs/run.h"
#include "jobs/train.h"
#include "jobs/traits.h"
#include "store/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 512,    /* written at once: each of the files is flushed then */
    AT_ONCE = 512, /* items of a batch */
    /* Large pictures take about 10 ms each, and somebody may want to stop. A multiple of the 64
     * that encoders work on at a time, and a divisor of ROWS. */
    AT_ONCE_LARGE = 64,
    LARGE_BYTES = 16 * 1024,
    RETRAIN_FACTOR = 2
};

struct encoding {
    struct job_run *run;
    struct project project;
    struct encoder row;
    struct smp_encoder *enc;
    enum encode_training training;
    bool is_first; /* the project has no encoder yet */
    int64_t n_items;
    int64_t after;           /* the item last encoded */
    size_t at_once;          /* items of a batch */
    uint8_t *pixels;         /* (at_once, height, width, channels) */
    size_t n_rows;           /* encoded and not written yet */
    struct smp_encoded rows; /* (ROWS) of each part, in one allocation that begins at part 0 */
    int64_t items[ROWS];
    struct arena arena; /* of one batch */
};

char *encode_params_write(struct arena *a, enum encode_training training)
{
    static const char *const PARAMS[] = {[ENCODE_WHEN_DUE] = "{}",
                                         [ENCODE_RETRAIN] = "{\"retrain\":true}",
                                         [ENCODE_SOON] = "{\"soon\":true}"};

    return arena_strdup(a, PARAMS[training]);
}

enum err encode_queue(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                      enum encode_training training, int64_t delay_ms)
{
    const int64_t now_ms = clock_now_ms();
    struct job j = {.project_id = project_id,
                    .kind = "encode",
                    .params = encode_params_write(a, training),
                    .total = -1,
                    .user_id = user_id,
                    .not_before = now_ms + delay_ms};

    NEED(j.params);
    return job_add(s, a, &j, JOB_MERGE, now_ms);
}

static enum err params_read(const char *text, enum encode_training *training)
{
    json_t *params;
    bool retrain;
    bool soon;
    enum err e;

    TRY(json_read(&params, text, strlen(text)));
    e = json_bool_or(params, "retrain", false, &retrain);
    if (!e) e = json_bool_or(params, "soon", false, &soon);
    json_decref(params);
    if (!e) *training = retrain ? ENCODE_RETRAIN : soon ? ENCODE_SOON : ENCODE_WHEN_DUE;
    return e;
}

static bool is_outgrown(const struct encoding *x)
{
    return x->n_items >= RETRAIN_FACTOR * x->row.n_trained;
}

/* An encoder that an interrupted job had trained already, loaded; row.id 0 when there is none. One
 * that cannot be loaded is none: an earlier version of the program made it, or its training did
 * not end, and a new one must not wait for it for ever. */
static enum err trained_find(struct encoding *x)
{
    TRY(store_encoder_training(x->run->store, &x->run->arena, x->project.id, &x->row));
    if (!x->row.id) return OK;
    if (!x->row.n_parts || encoder_file_read(x->run->folder, x->row.id, &x->enc)) x->row.id = 0;
    return OK;
}

/* One from before there were parts gives way too: a classifier reads parts. */
static enum err active_find(struct encoding *x)
{
    if (x->training == ENCODE_RETRAIN) return OK;
    TRY(store_encoder_active(x->run->store, &x->run->arena, x->project.id, &x->row));
    x->is_first = !x->row.id;
    if (x->row.id && (x->row.state != ENCODER_ACTIVE || !x->row.n_parts || is_outgrown(x)))
        x->row.id = 0;
    return OK;
}

static enum err encoder_get(struct encoding *x)
{
    TRY(params_read(x->run->claim.job.params, &x->training));
    TRY(trained_find(x));
    if (x->row.id) return OK;
    TRY(active_find(x));
    if (!x->row.id)
        return train_encoder(x->run, &x->project,
                             x->training == ENCODE_SOON && x->is_first ? TRAIN_FROM_FEW
                                                                       : TRAIN_FROM_ALL,
                             &x->row, &x->enc);
    return encoder_file_read(x->run->folder, x->row.id, &x->enc);
}

/* Latents go on behind the last item that has one. */
static enum err place_find(struct encoding *x)
{
    struct encoder_latents l;

    TRY(encoder_open(x->run->store, &x->run->arena, x->row.id, x->row.n_rows, &l));
    if (l.latents.features.n) x->after = l.latents.items[l.latents.features.n - 1];
    encoder_close(&l);
    return OK;
}

static enum err rows_make(struct encoding *x)
{
    size_t d = 1; /* the error */
    float *at;

    for (size_t p = 0; p < x->row.n_parts; p++)
        d += smp_encoder_part(x->enc, p).dim;
    at = malloc(ROWS * d * sizeof *at);
    NEED(at);
    for (size_t p = 0; p < x->row.n_parts; p++) {
        x->rows.part[p] = at;
        at += ROWS * smp_encoder_part(x->enc, p).dim;
    }
    x->rows.error = at;
    return OK;
}

static enum err room_make(struct encoding *x)
{
    x->at_once = AT_ONCE;
    if (smp_encoder_modality(x->enc) == SMP_IMAGES) {
        struct smp_image_spec spec = smp_encoder_image_spec(x->enc);

        if (smp_image_bytes(&spec) >= LARGE_BYTES) x->at_once = AT_ONCE_LARGE;
        x->pixels = malloc(x->at_once * smp_image_bytes(&spec));
        NEED(x->pixels);
    }
    return rows_make(x);
}

/* Where the next rows go. */
static struct smp_encoded rows_next(const struct encoding *x)
{
    struct smp_encoded to = x->rows;

    for (size_t p = 0; p < SMP_PARTS_MAX && to.part[p]; p++)
        to.part[p] += x->n_rows * smp_encoder_part(x->enc, p).dim;
    if (to.error) to.error += x->n_rows;
    return to;
}

static enum err pictures_encode(struct encoding *x, const struct item *items, size_t n)
{
    struct smp_image_spec spec = smp_encoder_image_spec(x->enc);
    const struct smp_encoded to = rows_next(x);
    struct canonical_task *tasks = arena_array(&x->arena, n, sizeof *tasks);

    NEED(tasks);
    for (size_t i = 0; i < n; i++) {
        tasks[i].item_id = items[i].id;
        tasks[i].hash = items[i].hash;
    }
    TRY(canonical_read(x->pixels, &spec, tasks, n, x->run->folder, x->run->threads));
    return smp_err(
        smp_encoder_encode_images(x->enc, x->pixels, n, (unsigned)x->run->threads, &to));
}

static enum err texts_encode(struct encoding *x, const struct item *items, size_t n)
{
    const struct smp_encoded to = rows_next(x);
    const char **texts = arena_array(&x->arena, n, sizeof *texts);
    size_t *sizes = arena_array(&x->arena, n, sizeof *sizes);

    NEED(texts);
    NEED(sizes);
    for (size_t i = 0; i < n; i++)
        TRY(store_item_text(x->run->store, &x->arena, items[i].id, &texts[i], &sizes[i]));
    return smp_err(
        smp_encoder_encode_texts(x->enc, texts, sizes, n, (unsigned)x->run->threads, &to));
}

static enum err rows_write(struct encoding *x)
{
    struct latents_rows rows = {.error = x->rows.error, .items = x->items, .n = x->n_rows};

    for (size_t p = 0; p < SMP_PARTS_MAX; p++)
        rows.part[p] = x->rows.part[p];
    TRY(encoder_append_rows(x->run->store, &x->row, &rows));
    x->n_rows = 0;
    return OK;
}

/* *n: items encoded; 0 when all are. */
static enum err batch_encode(struct encoding *x, size_t *n)
{
    bool pictures = x->project.kind == PROJECT_IMAGE;
    struct item *items;

    TRY(store_item_list(x->run->store, &x->arena, x->project.id, x->after, x->at_once, &items,
                        n));
    if (!*n) return OK;
    TRY(pictures ? pictures_encode(x, items, *n) : texts_encode(x, items, *n));
    for (size_t i = 0; i < *n; i++)
        x->items[x->n_rows++] = items[i].id;
    x->after = items[*n - 1].id;
    return x->n_rows + x->at_once > ROWS ? rows_write(x) : OK;
}

/* Somebody watches, and there is nothing older that answers meanwhile. */
static bool is_awaited(const struct encoding *x)
{
    return x->training == ENCODE_SOON && x->is_first && x->row.state != ENCODER_ACTIVE;
}

/* With its first rows: what waits for them encodes its own examples, while more keep arriving. */
static enum err activate_early(struct encoding *x)
{
    if (x->n_rows) TRY(rows_write(x));
    TRY(encoder_activate(x->run->store, x->row.id, clock_now_ms()));
    x->row.state = ENCODER_ACTIVE;
    return OK;
}

static enum err all_encode(struct encoding *x)
{
    const char *what = x->project.kind == PROJECT_IMAGE ? "pictures encoded" : "texts encoded";
    size_t n = 1;
    enum err e = OK;

    while (!e && n) {
        e = run_progress(x->run, x->row.n_rows + (int64_t)x->n_rows, x->n_items, what);
        if (!e) e = batch_encode(x, &n);
        if (!e && is_awaited(x)) e = activate_early(x);
        arena_free(&x->arena);
    }
    return e ? e : rows_write(x);
}

static bool may_go_on(void *context, double done, const char *what)
{
    (void)done;
    (void)what;
    return !run_should_stop(context);
}

/* Picks from the new latents at once, so that nobody waits for a label to start it. */
static enum err picks_renew(struct encoding *x)
{
    const struct smp_progress progress = {.keep_going = may_go_on, .ctx = x->run};
    int64_t round;

    return rank_project(x->run->store, x->run->writer, x->project.id, 0, x->run->threads,
                        &progress, &round);
}

static enum err duplicates_task(struct store *s, void *context)
{
    struct encoding *x = context;

    return duplicates_queue(s, &x->arena, x->project.id, x->run->claim.job.user_id);
}

/* The first one learned from a few: the one that knows all of them comes next. */
static enum err again_task(struct store *s, void *context)
{
    struct encoding *x = context;

    return encode_queue(s, &x->arena, x->project.id, x->run->claim.job.user_id, ENCODE_WHEN_DUE,
                        0);
}

static enum err encode(struct encoding *x)
{
    int64_t before;

    TRY(encoder_get(x));
    TRY(place_find(x));
    TRY(room_make(x));
    before = x->row.n_rows;
    TRY(all_encode(x));
    if (x->row.state != ENCODER_ACTIVE)
        TRY(encoder_activate(x->run->store, x->row.id, clock_now_ms()));
    snprintf(x->run->message, sizeof x->run->message, "%lld items encoded by %s %lld (%s)",
             (long long)(x->row.n_rows - before), x->row.name, (long long)x->row.version,
             smp_encoder_summary(x->enc));
    if (is_outgrown(x)) TRY(writer_do(x->run->writer, again_task, x));
    if (x->row.n_rows > before) TRY(writer_do(x->run->writer, duplicates_task, x));
    TRY(picks_renew(x));
    return traits_fill(x->run, &x->project);
}

enum err encode_run(struct job_run *run)
{
    struct encoding x = {.run = run};
    struct project_counts counts;
    enum err e;

    TRY(store_project_get(run->store, &run->arena, run->claim.job.project_id, &x.project));
    TRY(store_project_counts(run->store, x.project.id, &counts));
    x.n_items = counts.items;
    if (!x.n_items) {
        snprintf(run->message, sizeof run->message, "the project has no items to encode yet");
        return OK;
    }
    arena_init(&x.arena, 1 * GIB);
    e = encode(&x);
    arena_free(&x.arena);
    smp_encoder_free(x.enc);
    free(x.pixels);
    free(x.rows.part[0]);
    return e;
}
