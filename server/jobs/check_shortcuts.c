#include "jobs/check_shortcuts.h"

#include "domain/smp.h"
#include "jobs/check_facts.h"
#include "jobs/quality_json.h"
#include "jobs/run.h"
#include "sampler/check/shortcut.h"
#include "sampler/quality/out_of_fold.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_DRAW = 7200, CHECK_FOLDS = 5 };

struct looking {
    struct job_run *run;
    struct check_data *d;
    struct arena *a;
    size_t *at; /* (n) places in d->example that are looked at, ascending */
    size_t n;
    int32_t *y;
    uint64_t *group;
    int32_t *model; /* (n) what a model says, or NULL */
    struct check_facts facts;
    struct smp_shortcut *found; /* (facts.n) */
    struct smp_progress progress;
};

static const struct check_item *item_of(const struct looking *x, size_t i)
{
    return &x->d->item[x->d->example[x->at[i]]];
}

static bool may_go_on(void *context, double done, const char *what)
{
    struct looking *x = context;

    return !run_progress(x->run, (int64_t)(100 * done), 100, what);
}

static enum err examples_draw(struct looking *x)
{
    const size_t all = x->d->n_examples;
    struct smp_rng rng;

    x->n = all < CHECK_EXAMPLES_MAX ? all : CHECK_EXAMPLES_MAX;
    x->at = arena_array(x->a, x->n + 1, sizeof *x->at);
    x->y = arena_array(x->a, x->n + 1, sizeof *x->y);
    x->group = arena_array(x->a, x->n + 1, sizeof *x->group);
    if (!x->at || !x->y || !x->group) return fail_nomem();
    smp_rng_seed(&rng, (uint64_t)x->d->project.seed, STREAM_DRAW);
    smp_rng_subset(&rng, all, x->n, x->at);
    for (size_t i = 0; i < x->n; i++) {
        x->y[i] = item_of(x, i)->y;
        x->group[i] = x->d->group[x->at[i]];
    }
    return OK;
}

/* -- what a model says ------------------------------------------------------------------------ */

static int32_t likeliest(const float *p, size_t n)
{
    size_t best = 0;

    for (size_t k = 1; k < n; k++)
        if (p[k] > p[best]) best = k;
    return (int32_t)best;
}

/* Only when every example that is looked at has its latent: else the two would not be of the same. */
static bool has_latents(const struct looking *x)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->d->row[x->at[i]] == CHECK_NO_ROW) return false;
    return x->n >= (size_t)2 * CHECK_FOLDS && x->d->latents.latents.features.n;
}

static enum err said_keep(struct looking *x)
{
    struct check_data *d = x->d;

    d->said = arena_array(x->a, d->n_examples, sizeof *d->said);
    NEED(d->said);
    for (size_t i = 0; i < d->n_examples; i++)
        d->said[i] = CHECK_NO_CLASS;
    for (size_t i = 0; i < x->n; i++)
        d->said[x->at[i]] = x->model[i];
    return OK;
}

static enum err model_ask(struct looking *x)
{
    const size_t k = x->d->question->n_classes;
    const struct smp_features *features = &x->d->latents.latents.features;
    size_t *row = arena_array(x->a, x->n, sizeof *row);
    float *p = arena_array(x->a, x->n * k, sizeof *p);
    struct smp_folds_in in = {
        .labels = {.row = row, .y = x->y, .n = x->n, .n_classes = k},
        .group = x->group,
        .folds = CHECK_FOLDS,
        .rounds = 1,
        .c = k > 20 ? 1 : 0.1, /* as head.h has it */
        .seed = (uint64_t)x->d->project.seed,
        .n_threads = (unsigned)x->run->threads,
        .progress = &x->progress
    };

    x->model = arena_array(x->a, x->n, sizeof *x->model);
    if (!row || !p || !x->model) return fail_nomem();
    for (size_t i = 0; i < x->n; i++)
        row[i] = x->d->row[x->at[i]];
    TRY(smp_err(smp_head_out_of_fold(&in, features->part[0], features->n, features->d[0], p)));
    for (size_t i = 0; i < x->n; i++)
        x->model[i] = likeliest(p + i * k, k);
    return said_keep(x);
}

static enum err shortcuts_find(struct looking *x)
{
    struct smp_shortcut_in in = {.n_sides = x->facts.n,
                                 .y = x->y,
                                 .group = x->group,
                                 .n = x->n,
                                 .n_classes = x->d->question->n_classes,
                                 .model = x->model,
                                 .seed = (uint64_t)x->d->project.seed,
                                 .n_threads = (unsigned)x->run->threads,
                                 .progress = &x->progress};
    struct smp_side *side = arena_array(x->a, x->facts.n + 1, sizeof *side);

    NEED(side);
    for (size_t i = 0; i < x->facts.n; i++)
        side[i] = x->facts.fact[i].side;
    in.side = side;
    x->found = arena_array(x->a, x->facts.n + 1, sizeof *x->found);
    NEED(x->found);
    return smp_err(smp_shortcut(&in, x->found));
}

/* -- words ------------------------------------------------------------------------------------ */

static double right_of(double skill)
{
    return (1 + skill) / 2;
}

static const char *model_says(struct looking *x, const struct smp_shortcut *s)
{
    if (isnan(s->model)) return "";
    return arena_printf(x->a, "; a model that looks at all of it is right for %.0f",
                        100 * right_of(s->model));
}

static const char *sentence_of(struct looking *x, size_t i)
{
    const struct check_fact *f = &x->facts.fact[i];
    const struct smp_shortcut *s = &x->found[i];
    const char *class = x->d->question->classes[s->class].name;
    const char *model = model_says(x, s);
    const char *typical = check_fact_typical(x->a, f, x->y, x->n, s->class, class);

    if (!model || !typical) return NULL;
    return arena_printf(
        x->a, "%s alone tells \"%s\" from the rest for %.0f of 100 (50 is chance)%s.%s",
        f->what, class, 100 * right_of(s->skill), model, typical);
}

static enum err one_write(struct looking *x, size_t i, json_t *list)
{
    const struct check_fact *f = &x->facts.fact[i];
    const struct smp_shortcut *s = &x->found[i];
    const char *sentence = sentence_of(x, i);
    const char *advice = check_fact_advice(x->a, f, x->d->question->classes[s->class].name);

    NEED(sentence);
    NEED(advice);
    return quality_append(list,
                          json_pack("{s:s,s:s,s:b,s:f,s:f,s:o,s:f,s:s,s:s}", "feature", f->name,
                                    "class", x->d->question->classes[s->class].name, "rings",
                                    s->rings, "skill", s->skill, "right", right_of(s->skill),
                                    "model", quality_real(right_of(s->model)), "p", s->p,
                                    "sentence", sentence, "advice", advice));
}

/* Those that ring first, then by how much they tell; equal ones as they are listed. */
static bool comes_before(const struct smp_shortcut *a, const struct smp_shortcut *b)
{
    if (a->rings != b->rings) return a->rings;
    return a->skill > b->skill;
}

static enum err all_write(struct looking *x, json_t *list, size_t *n_rings)
{
    size_t *order = arena_array(x->a, x->facts.n + 1, sizeof *order);
    size_t n = 0;

    NEED(order);
    for (size_t i = 0; i < x->facts.n; i++) {
        size_t k = n;

        if (x->found[i].class < 0) continue;
        *n_rings += x->found[i].rings;
        for (; k > 0 && comes_before(&x->found[i], &x->found[order[k - 1]]); k--)
            order[k] = order[k - 1];
        order[k] = i;
        n++;
    }
    for (size_t i = 0; i < n; i++)
        TRY(one_write(x, order[i], list));
    return OK;
}

enum err check_shortcuts(struct job_run *run, struct check_data *d, json_t *list,
                         size_t *n_rings)
{
    struct looking x = {.run = run, .d = d, .a = &d->arena};

    *n_rings = 0;
    x.progress = (struct smp_progress){.keep_going = may_go_on, .ctx = &x};
    if (!d->n_examples) return OK;
    TRY(examples_draw(&x));
    TRY(check_facts(d, x.at, x.n, &x.facts));
    if (has_latents(&x)) TRY(model_ask(&x));
    TRY(shortcuts_find(&x));
    return all_write(&x, list, n_rings);
}
