#include "jobs/train.h"

#include "base/clock.h"
#include "base/file.h"
#include "domain/encoder_file.h"
#include "domain/smp.h"
#include "jobs/canonical.h"
#include "sampler/rng.h"
#include "store/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000, READ_AT_ONCE = 64, PATH = 4096 };
static const uint64_t STREAM_POOL = 1;  /* which items are learned from */
static const uint64_t STREAM_FEWER = 2; /* which of them, when the encoder takes fewer */

struct training {
    struct job_run *run;
    const struct project *project;
    enum train_from from;
    struct canonical_task *pool; /* (n) the items that are learned from */
    size_t n;
    size_t n_items; /* they were drawn from */
    struct smp_image_survey survey;
    struct smp_image_spec spec;
    uint8_t
        *pixels; /* (READ_AT_ONCE, height, width, channels): pictures read, from `first` on */
    size_t first, n_read;
    enum err failed; /* of reading them */
    struct arena text;
};

static void survey_add(struct smp_image_survey *v, const struct item *i)
{
    uint32_t w = (uint32_t)i->width;
    uint32_t h = (uint32_t)i->height;

    if (!v->width_max || w < v->width_min) v->width_min = w;
    if (!v->height_max || h < v->height_min) v->height_min = h;
    if (w > v->width_max) v->width_max = w;
    if (h > v->height_max) v->height_max = h;
}

/* The items at the drawn places, in order of id; their sizes are surveyed too, of all items. */
static enum err pool_read(struct training *t, const size_t *places)
{
    struct arena page;
    size_t place = 0;
    size_t next = 0;
    int64_t after = 0;
    enum err e = OK;

    arena_init(&page, 256 * MIB);
    while (!e && place < t->n_items) {
        struct item *items;
        size_t n;

        e = store_item_list(t->run->store, &page, t->project->id, after, PAGE, &items, &n);
        if (e || !n) break;
        for (size_t i = 0; i < n; i++, place++) {
            survey_add(&t->survey, &items[i]);
            if (next == t->n || places[next] != place) continue;
            t->pool[next].item_id = items[i].id;
            t->pool[next++].hash = items[i].hash;
        }
        after = items[n - 1].id;
        arena_free(&page);
    }
    arena_free(&page);
    t->n = next;
    return e;
}

static enum err pool_draw(struct training *t, size_t most)
{
    struct project_counts counts;
    struct smp_rng rng;
    size_t *places;
    enum err e;

    TRY(store_project_counts(t->run->store, t->project->id, &counts));
    t->n_items = (size_t)counts.items;
    t->n = t->n_items < most ? t->n_items : most;
    t->pool = calloc(t->n ? t->n : 1, sizeof *t->pool);
    places = calloc(t->n ? t->n : 1, sizeof *places);
    if (t->pool && places) {
        smp_rng_seed(&rng, (uint64_t)t->project->seed, STREAM_POOL);
        smp_rng_subset(&rng, t->n_items, t->n, places);
        e = pool_read(t, places);
    } else {
        e = fail_nomem();
    }
    free(places);
    return e;
}

static bool keep_going(void *context, double done, const char *what)
{
    struct training *t = context;

    return run_progress(t->run, (int64_t)(done * 100), 100, what) == OK;
}

/* Does one of the pictures have colour? Looks until it finds some. */
static enum err colour_look(struct training *t)
{
    int found = 0;

    for (size_t i = 0; i < t->n && !found; i += READ_AT_ONCE) {
        size_t n = t->n - i < READ_AT_ONCE ? t->n - i : READ_AT_ONCE;

        TRY(run_progress(t->run, (int64_t)i, (int64_t)t->n, "looking for colour"));
        TRY(canonical_any_colour(t->pool + i, n, t->run->folder, &found));
    }
    t->survey.any_colour = found;
    return OK;
}

/* Encoders of large pictures learn from fewer of them than was drawn. */
static enum err pool_thin(struct training *t)
{
    size_t most = smp_image_fit_max(&t->spec);
    struct smp_rng rng;
    size_t *kept;

    if (t->n <= most) return OK;
    kept = arena_array(&t->run->arena, most, sizeof *kept);
    NEED(kept);
    smp_rng_seed(&rng, (uint64_t)t->project->seed, STREAM_FEWER);
    smp_rng_subset(&rng, t->n, most, kept);
    for (size_t i = 0; i < most; i++)
        t->pool[i] = t->pool[kept[i]];
    t->n = most;
    return OK;
}

/* The pool of pictures, and at what size the encoder will see them. */
static enum err pictures_choose(struct training *t)
{
    TRY(pool_draw(t, t->from == TRAIN_FROM_FEW ? TRAIN_FEW : SMP_IMAGE_FIT_MAX));
    TRY(colour_look(t));
    t->spec = smp_image_spec_choose(&t->survey);
    TRY(pool_thin(t));
    t->pixels = malloc(READ_AT_ONCE * smp_image_bytes(&t->spec));
    NEED(t->pixels);
    return OK;
}

/* Reads the pictures from i on: the encoder asks for them in rising order, each once. */
static enum err pictures_read(struct training *t, size_t i)
{
    t->first = i;
    t->n_read = t->n - i < READ_AT_ONCE ? t->n - i : READ_AT_ONCE;
    return canonical_read(t->pixels, &t->spec, t->pool + i, t->n_read, t->run->folder,
                          t->run->threads);
}

static enum smp_status picture_fetch(void *context, size_t i, uint8_t *pixels)
{
    struct training *t = context;
    size_t each = smp_image_bytes(&t->spec);

    if (i < t->first || i >= t->first + t->n_read) {
        t->failed = pictures_read(t, i);
        if (t->failed) return smp_fail(SMP_INVALID, "%s", err_message());
    }
    memcpy(pixels, t->pixels + (i - t->first) * each, each);
    return SMP_OK;
}

static enum err pictures_train(struct training *t, struct smp_encoder **enc)
{
    const struct smp_progress progress = {.keep_going = keep_going, .ctx = t};
    const struct smp_train_images in = {.spec = t->spec,
                                        .n = t->n,
                                        .fetch = picture_fetch,
                                        .ctx = t,
                                        .seed = (uint64_t)t->project->seed,
                                        .n_threads = (unsigned)t->run->threads,
                                        .progress = &progress};
    enum smp_status e = smp_encoder_train_images(&in, enc);

    if (t->failed) return fail(t->failed, "%s", smp_message());
    return smp_err(e);
}

static enum smp_status text_fetch(void *context, size_t i, const char **text, size_t *n_bytes)
{
    struct training *t = context;

    arena_free(&t->text);
    if (store_item_text(t->run->store, &t->text, t->pool[i].item_id, text, n_bytes))
        return smp_fail(SMP_INVALID, "%s", err_message());
    return SMP_OK;
}

static enum err texts_train(struct training *t, struct smp_encoder **enc)
{
    const struct smp_progress progress = {.keep_going = keep_going, .ctx = t};
    const struct smp_train_texts in = {.n = t->n,
                                       .fetch = text_fetch,
                                       .ctx = t,
                                       .seed = (uint64_t)t->project->seed,
                                       .n_threads = (unsigned)t->run->threads,
                                       .progress = &progress};

    return smp_err(smp_encoder_train_texts(&in, enc));
}

static enum err encoder_write(struct training *t, struct smp_encoder *enc, int64_t id)
{
    char path[PATH];
    char folder[PATH];
    uint8_t *bytes;
    size_t n;
    enum err e;

    snprintf(folder, sizeof folder, "%s/models", t->run->folder);
    TRY(folder_make(folder));
    TRY(smp_err(smp_encoder_save(enc, &bytes, &n)));
    encoder_file_path(path, sizeof path, t->run->folder, id);
    e = file_write(path, bytes, n);
    free(bytes);
    return e;
}

static bool is_of_few(const struct training *t)
{
    return t->from == TRAIN_FROM_FEW && t->project->kind == PROJECT_IMAGE;
}

/* The row of what was learned: the file first, so that no row names a file that is not there. */
static enum err encoder_keep(struct training *t, struct smp_encoder *enc, struct encoder *row)
{
    json_t *settings = json_pack("{s:s, s:I}", "summary", smp_encoder_summary(enc),
                                 "learned_from", (json_int_t)t->n);

    NEED(settings);
    row->settings = json_write(&t->run->arena, settings);
    json_decref(settings);
    NEED(row->settings);
    row->dim = (int64_t)smp_encoder_dim(enc);
    row->n_parts = smp_encoder_parts(enc);
    for (size_t i = 0; i < row->n_parts; i++) {
        const struct smp_encoder_part part = smp_encoder_part(enc, i);
        row->part[i] = (struct encoder_part){part.name, part.sees, (int64_t)part.dim};
    }
    row->n_trained = (int64_t)(is_of_few(t) ? t->n : t->n_items);
    TRY(encoder_write(t, enc, row->id));
    return encoder_trained(t->run->store, row);
}

static enum err train(struct training *t, struct encoder *row, struct smp_encoder **enc)
{
    bool pictures = t->project->kind == PROJECT_IMAGE;
    const char *name;

    TRY(pictures ? pictures_choose(t) : pool_draw(t, SMP_TEXT_FIT_MAX));
    name = pictures ? smp_image_encoder_name(&t->spec) : smp_text_encoder_name();
    TRY(encoder_begin(t->run->store, &t->run->arena, t->project->id, name, t->project->seed,
                      clock_now_ms(), row));
    TRY(pictures ? pictures_train(t, enc) : texts_train(t, enc));
    return encoder_keep(t, *enc, row);
}

enum err train_encoder(struct job_run *run, const struct project *p, enum train_from from,
                       struct encoder *row, struct smp_encoder **enc)
{
    struct training t = {.run = run, .project = p, .from = from};
    enum err e;

    *enc = NULL;
    arena_init(&t.text, 64 * MIB);
    e = train(&t, row, enc);
    if (e) {
        smp_encoder_free(*enc);
        *enc = NULL;
    }
    arena_free(&t.text);
    free(t.pool);
    free(t.pixels);
    return e;
}
