#include "jobs/advise_curve.h"

#include "domain/recipe.h"
#include "domain/smp.h"
#include "jobs/check_shortcuts.h"
#include "jobs/quality_json.h"
#include "jobs/run.h"
#include "sampler/eval/curve.h"
#include "sampler/model/model.h"
#include "sampler/quality/split.h"
#include "sampler/rng.h"

#include <math.h>
#include <string.h>

enum { SIZES = 5, STREAM_CUT = 7400 };

struct growing {
    struct job_run *run;
    struct check_data *d;
    struct arena *a;
    size_t n;
    size_t *row; /* (n) */
    int32_t *y;
    uint64_t *group;
    size_t *order; /* (n) what teaches, then what is held out */
    size_t n_teach;
    struct smp_recipe recipe;
    uint32_t *part; /* (n) which fold */
    double size[SIZES];
    double *error; /* (SIZES, n) 1: wrong */
};

static enum err examples_take(struct growing *g)
{
    struct check_data *d = g->d;
    const size_t step = d->n_examples / CHECK_EXAMPLES_MAX + 1;

    g->row = arena_array(g->a, d->n_examples + 1, sizeof *g->row);
    g->y = arena_array(g->a, d->n_examples + 1, sizeof *g->y);
    g->group = arena_array(g->a, d->n_examples + 1, sizeof *g->group);
    g->order = arena_array(g->a, d->n_examples + 1, sizeof *g->order);
    g->part = arena_array(g->a, d->n_examples + 1, sizeof *g->part);
    g->error = arena_array(g->a, d->n_examples + 1, SIZES * sizeof *g->error);
    if (!g->row || !g->y || !g->group || !g->order || !g->part || !g->error)
        return fail_nomem();
    for (size_t i = 0; i < d->n_examples; i += step) {
        if (d->row[i] == CHECK_NO_ROW) continue;
        g->row[g->n] = d->row[i];
        g->y[g->n] = d->item[d->example[i]].y;
        g->group[g->n++] = d->group[i];
    }
    return OK;
}

static bool is_enough(const struct growing *g)
{
    size_t n_classes = 0;

    for (size_t k = 0; k < g->d->question->n_classes; k++)
        n_classes += g->d->of_class[k] >= ADVISE_CLASS_LEAST;
    return g->n >= ADVISE_LEAST && n_classes >= 2;
}

static enum err recipe_get(struct growing *g, const struct smp_model_in *in)
{
    struct recipe_chosen chosen;

    TRY(recipe_find(g->run->store, g->a, g->d->project.id, g->d->latents.encoder.id,
                    g->d->question->name, &chosen));
    g->recipe = chosen.recipe;
    if (!g->recipe.n_members) smp_recipe_rule(in, &g->recipe);
    return OK;
}

static enum err folds_deal(struct growing *g)
{
    static const double SHARE[ADVISE_FOLDS] = {1, 1, 1, 1, 1};
    const struct smp_split_in in = {.group = g->group,
                                    .class_id = (const uint32_t *)g->y,
                                    .n = g->n,
                                    .n_classes = g->d->question->n_classes,
                                    .share = SHARE,
                                    .n_parts = ADVISE_FOLDS,
                                    .seed = (uint64_t)g->d->project.seed};

    return smp_err(smp_split(&in, g->part));
}

/* What is held out in this fold comes last, the others before it in an order of chance. */
static void fold_order(struct growing *g, size_t fold)
{
    struct smp_rng rng;
    size_t end = g->n;

    g->n_teach = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->part[i] != fold)
            g->order[g->n_teach++] = i;
        else
            g->order[--end] = i;
    smp_rng_seed(&rng, (uint64_t)g->d->project.seed, STREAM_CUT + fold);
    smp_rng_shuffle(&rng, g->order, g->n_teach);
}

static size_t best_of(const float *p, size_t n)
{
    size_t best = 0;

    for (size_t k = 1; k < n; k++)
        if (p[k] > p[best]) best = k;
    return best;
}

/* Which of those held out the model gets wrong. */
static enum err model_judge(struct growing *g, const struct smp_model *model, double *wrong)
{
    const size_t k = g->d->question->n_classes;
    const size_t n = g->n - g->n_teach;
    float *p = arena_array(g->a, n * k + 1, sizeof *p);
    size_t *row = arena_array(g->a, n + 1, sizeof *row);

    NEED(p);
    NEED(row);
    for (size_t i = 0; i < n; i++)
        row[i] = g->row[g->order[g->n_teach + i]];
    TRY(smp_err(smp_model_predict_rows(model, &g->d->latents.latents.features, row, n,
                                       (unsigned)g->run->threads, p)));
    for (size_t i = 0; i < n; i++) {
        const size_t at = g->order[g->n_teach + i];

        wrong[at] = best_of(p + i * k, k) != (size_t)g->y[at];
    }
    return OK;
}

static enum err size_judge(struct growing *g, size_t n, double *wrong)
{
    size_t *row = arena_array(g->a, n + 1, sizeof *row);
    int32_t *y = arena_array(g->a, n + 1, sizeof *y);
    struct smp_model_in in = {
        .features = &g->d->latents.latents.features,
        .labels = {.row = row, .y = y, .n = n, .n_classes = g->d->question->n_classes},
        .seed = (uint64_t)g->d->project.seed,
        .n_threads = (unsigned)g->run->threads
    };
    struct smp_model *model;
    enum err e;

    NEED(row);
    NEED(y);
    for (size_t i = 0; i < n; i++) {
        row[i] = g->row[g->order[i]];
        y[i] = g->y[g->order[i]];
    }
    if (!g->recipe.n_members) TRY(recipe_get(g, &in));
    TRY(smp_err(smp_model_fit(&in, &g->recipe, &model)));
    e = model_judge(g, model, wrong);
    smp_model_free(model);
    return e;
}

/* From a tenth of what teaches (three a class at least) to all of it, by equal factors. */
static void sizes_choose(struct growing *g)
{
    const double most = 0.8 * (double)g->n * 0.98; /* groups may leave a bit less */
    const double least = fmin(fmax(most / 10, 3 * (double)g->d->question->n_classes), most / 2);

    for (size_t i = 0; i < SIZES; i++)
        g->size[i] = floor(least * pow(most / least, (double)i / (SIZES - 1)));
}

static enum err folds_run(struct growing *g)
{
    TRY(folds_deal(g));
    for (size_t f = 0; f < ADVISE_FOLDS; f++) {
        fold_order(g, f);
        for (size_t i = 0; i < SIZES; i++) {
            const size_t n = (size_t)g->size[i] < g->n_teach ? (size_t)g->size[i] : g->n_teach;

            TRY(run_progress(g->run, (int64_t)(f * SIZES + i), (int64_t)ADVISE_FOLDS * SIZES,
                             "learning from fewer examples"));
            TRY(size_judge(g, n, g->error + i * g->n));
        }
    }
    return OK;
}

static json_t *band(const struct smp_curve_band *b, double n)
{
    json_t *x = json_pack("{s:f,s:f,s:f}", "value", b->value, "low", b->low, "high", b->high);

    if (n > 0) json_object_set_new(x, "n", json_integer((json_int_t)n));
    return x;
}

static json_t *points(const struct growing *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < SIZES; i++) {
        double sum = 0;

        for (size_t k = 0; k < g->n; k++)
            sum += g->error[i * g->n + k];
        json_array_append_new(list, json_pack("{s:I,s:f}", "n", (json_int_t)g->size[i],
                                              "accuracy", 1 - sum / (double)g->n));
    }
    return list;
}

static enum err curve_fit(struct growing *g, json_t **curve, struct advise_gain *gain)
{
    const struct smp_curve_in in = {.size = g->size,
                                    .error = g->error,
                                    .n_sizes = SIZES,
                                    .n_units = g->n,
                                    .now = (double)g->d->n_examples,
                                    .next = (double)(g->d->n_examples + ADVISE_MORE),
                                    .seed = (uint64_t)g->d->project.seed};
    struct smp_curve c;

    TRY(smp_err(smp_curve(&in, &c)));
    *gain = (struct advise_gain){.is_known = 1,
                                 .now = c.now.value,
                                 .gain = c.gain.value,
                                 .low = c.gain.low,
                                 .high = c.gain.high};
    *curve = json_pack("{s:o,s:o,s:o,s:o,s:i}", "points", points(g), "now",
                       band(&c.now, in.now), "next", band(&c.next, in.next), "gain",
                       band(&c.gain, 0), "more", ADVISE_MORE);
    NEED(*curve);
    return OK;
}

enum err advise_curve(struct job_run *run, struct check_data *d, json_t **curve,
                      struct advise_gain *gain)
{
    struct growing g = {.run = run, .d = d, .a = &d->arena};

    *curve = json_null();
    *gain = (struct advise_gain){.is_known = 0};
    if (!d->n_examples || !d->latents.latents.features.n) return OK;
    TRY(examples_take(&g));
    if (!is_enough(&g)) return OK;
    sizes_choose(&g);
    TRY(folds_run(&g));
    return curve_fit(&g, curve, gain);
}
