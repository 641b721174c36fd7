#include "jobs/draft_fit.h"

#include "base/clock.h"
#include "domain/group.h"
#include "domain/honest.h"
#include "domain/queue.h"
#include "domain/recipe.h"
#include "domain/smp.h"
#include "sampler/unknown.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_MIB = 1024, ENCODED_AT_ONCE = 32 };

/* What teaches: items and their classes, by item. */
struct lesson {
    struct arena arena;
    struct project project;
    struct round_inputs inputs;
    struct honest_list honest;
    struct group_list groups;
    int64_t *item;   /* (n) */
    int32_t *class;  /* (n) */
    size_t *row;     /* (n) among the draft's rows */
    uint64_t *group; /* (n) */
    size_t n;
};

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The groups that an honest item is of, ascending; one that is alone is a group of its own. */
static enum err honest_groups(struct lesson *l, int64_t **keys)
{
    *keys = arena_array(&l->arena, l->honest.n + 1, sizeof **keys);
    NEED(*keys);
    for (size_t i = 0; i < l->honest.n; i++)
        (*keys)[i] = group_key(&l->groups, l->honest.item[i]);
    qsort(*keys, l->honest.n, sizeof **keys, ascending);
    return OK;
}

static enum err teaching_gather(struct lesson *l)
{
    const struct round_answers *answers = &l->inputs.answers[0];
    int64_t *evaluate;

    TRY(honest_groups(l, &evaluate));
    l->item = arena_array(&l->arena, l->inputs.n_labelled + 1, sizeof *l->item);
    l->class = arena_array(&l->arena, l->inputs.n_labelled + 1, sizeof *l->class);
    NEED(l->item);
    NEED(l->class);
    for (size_t i = 0; i < l->inputs.n_labelled; i++) {
        const int64_t key = group_key(&l->groups, l->inputs.labelled[i]);

        if (answers->classes[i] < 0 ||
            bsearch(&key, evaluate, l->honest.n, sizeof key, ascending))
            continue;
        l->item[l->n] = l->inputs.labelled[i];
        l->class[l->n++] = answers->classes[i];
    }
    return OK;
}

/* Every k-th, when there are too many to be quick. */
static void teaching_thin(struct lesson *l)
{
    const size_t n = l->n;

    if (n <= DRAFT_EXAMPLES_MAX) return;
    for (size_t i = 0; i < DRAFT_EXAMPLES_MAX; i++) {
        l->item[i] = l->item[i * n / DRAFT_EXAMPLES_MAX];
        l->class[i] = l->class[i * n / DRAFT_EXAMPLES_MAX];
    }
    l->n = DRAFT_EXAMPLES_MAX;
}

static enum err lesson_read(struct draft_fit *f, struct lesson *l)
{
    TRY(store_project_get(f->store, &l->arena, f->project_id, &l->project));
    TRY(queue_inputs(f->store, &l->arena, f->project_id, clock_now_ms(), &l->inputs));
    f->seq = l->inputs.ledger_seq;
    if (l->inputs.answers[0].multiple)
        return fail(ERR_INVALID, "a draft is taught one class for each item; this project lets "
                                 "several classes fit");
    TRY(honest_read(f->store, &l->arena, f->project_id, 0, &l->honest));
    TRY(group_read(f->store, &l->arena, f->project_id, &l->groups));
    TRY(teaching_gather(l));
    teaching_thin(l);
    return OK;
}

static enum err rows_encode(struct draft_fit *f, struct lesson *l)
{
    const struct draft_source from = {f->store, f->data_folder, f->threads};
    int64_t *missing = arena_array(&l->arena, l->n + 1, sizeof *missing);
    size_t n;

    NEED(missing);
    n = draft_rows_missing(f->rows, l->item, l->n, missing);
    for (size_t i = 0; i < n; i += ENCODED_AT_ONCE) {
        const size_t some = n - i < ENCODED_AT_ONCE ? n - i : ENCODED_AT_ONCE;

        TRY(f->report(f->context, l->n - n + i, l->n));
        TRY(draft_rows_encode(f->rows, &from, missing + i, some));
    }
    return f->report(f->context, l->n, l->n);
}

/* Rows of all that teaches, from the latents as far as they reach. */
static enum err rows_find(struct draft_fit *f, struct lesson *l)
{
    struct encoder_latents latents;
    enum err e = encoder_active(f->store, &l->arena, f->project_id, &latents);

    f->has_encoder = !e && latents.encoder.id && latents.encoder.n_parts;
    if (f->has_encoder) {
        snprintf(f->encoder, sizeof f->encoder, "%s",
                 encoder_title(&l->arena, &latents.encoder));
        e = draft_rows_use(f->rows, f->data_folder, latents.encoder.id);
        if (!e) e = draft_rows_take(f->rows, &latents.latents, l->item, l->n);
    }
    encoder_close(&latents);
    if (e || !f->has_encoder) return e;
    return rows_encode(f, l);
}

static enum err labels_map(const struct draft_fit *f, struct lesson *l)
{
    l->row = arena_array(&l->arena, l->n + 1, sizeof *l->row);
    l->group = arena_array(&l->arena, l->n + 1, sizeof *l->group);
    NEED(l->row);
    NEED(l->group);
    for (size_t i = 0; i < l->n; i++) {
        l->row[i] = draft_rows_find(f->rows, l->item[i]);
        l->group[i] = (uint64_t)group_key(&l->groups, l->item[i]);
    }
    return OK;
}

static enum err recipe_of(struct draft_fit *f, struct lesson *l, const struct smp_model_in *in,
                          struct smp_recipe *recipe)
{
    struct recipe_chosen chosen;

    TRY(recipe_find(f->store, &l->arena, f->project_id, encoder_loaded_id(f->rows->encoder),
                    l->inputs.answers[0].question, &chosen));
    *recipe = chosen.recipe;
    if (!recipe->n_members) smp_recipe_rule(in, recipe);
    return OK;
}

/* What tells unknown things, as bytes; none while the examples are too few, or all one burst. */
static enum err unknown_fit(const struct smp_model_in *in, const struct lesson *l,
                            uint8_t **bytes, size_t *n)
{
    const struct smp_unknown_in of = {.features = in->features,
                                      .labels = in->labels,
                                      .group = l->group,
                                      .seed = in->seed,
                                      .n_threads = in->n_threads};
    struct smp_unknown *u;
    enum smp_status e;

    *bytes = NULL;
    *n = 0;
    if (in->labels.n < SMP_UNKNOWN_LEAST) return OK;
    e = smp_unknown_fit(&of, &u);
    if (e == SMP_INVALID) return OK;
    if (!e) e = smp_unknown_save(u, bytes, n);
    smp_unknown_free(u);
    return smp_err(e);
}

static enum err predictor_build(struct draft_fit *f, const struct lesson *l,
                                const struct smp_model_in *in, struct smp_model *model)
{
    struct predictor_parts parts = {.encoder = f->rows->encoder,
                                    .model = model,
                                    .classes = l->inputs.answers[0].class_names,
                                    .n_classes = l->inputs.answers[0].n_classes};
    uint8_t *unknown;
    enum err e = unknown_fit(in, l, &unknown, &parts.n_unknown);

    if (e) {
        smp_model_free(model);
        return e;
    }
    parts.unknown = unknown;
    e = predictor_make(&parts, &f->predictor);
    free(unknown);
    return e;
}

static enum err teach(struct draft_fit *f, struct lesson *l)
{
    const struct smp_features features = draft_rows_features(f->rows);
    struct smp_model_in in = {.features = &features,
                              .seed = (uint64_t)l->project.seed,
                              .n_threads = (unsigned)f->threads};
    struct smp_recipe recipe;
    struct smp_model *model;

    TRY(labels_map(f, l));
    in.labels = (struct smp_labels){
        .row = l->row, .y = l->class, .n = l->n, .n_classes = l->inputs.answers[0].n_classes};
    TRY(recipe_of(f, l, &in, &recipe));
    TRY(smp_err(smp_model_fit(&in, &recipe, &model)));
    if (!smp_model_is_trained(model)) {
        smp_model_free(model);
        return OK;
    }
    f->n_examples = l->n;
    return predictor_build(f, l, &in, model);
}

enum err draft_fit(struct draft_fit *f)
{
    struct lesson l = {.n = 0};
    enum err e;

    f->predictor = NULL;
    f->n_examples = 0;
    f->encoder[0] = '\0';
    arena_init(&l.arena, ARENA_MIB * MIB);
    e = lesson_read(f, &l);
    if (!e) e = rows_find(f, &l);
    if (!e && f->has_encoder && l.n) e = teach(f, &l);
    arena_free(&l.arena);
    return e;
}
