#include "jobs/simulate_run.h"

#include "base/clock.h"
#include "domain/smp.h"
#include "sampler/metrics.h"

#include <assert.h>
#include <stdlib.h>

enum err sim_run_new(struct sim_run *r, const struct sim_run_with *with, size_t top)
{
    *r = (struct sim_run){.with = *with};
    r->row = malloc(top * sizeof *r->row);
    r->y = malloc(top * sizeof *r->y);
    r->drawn = malloc(top);
    r->p = malloc(with->unseen->n * with->n_classes * sizeof *r->p);
    r->guess = malloc(with->unseen->n * sizeof *r->guess);
    if (r->row && r->y && r->drawn && r->p && r->guess) return OK;
    sim_run_free(r);
    return fail_nomem();
}

void sim_run_free(struct sim_run *r)
{
    smp_model_free(r->model);
    free(r->row);
    free(r->y);
    free(r->drawn);
    free(r->p);
    free(r->guess);
    *r = (struct sim_run){0};
}

void sim_run_begin(struct sim_run *r, enum smp_strategy strategy, uint64_t seed,
                   const struct sim_draw *draw)
{
    r->strategy = strategy;
    r->seed = seed;
    r->draw = draw;
    r->n = r->n_losing = 0;
    r->guesses = (struct sim_guesses){.n = 0};
    r->recipe.n_labels = 0;
    r->worked_us = 0;
    smp_model_free(r->model);
    r->model = NULL;
}

/* A strategy that needs a model begins without. */
static enum smp_strategy strategy_now(const struct sim_run *r)
{
    if ((r->model && smp_model_is_trained(r->model)) || !smp_strategy_needs_model(r->strategy))
        return r->strategy;
    return r->strategy == SMP_UHERD ? SMP_MAXHERD : SMP_RANDOM;
}

static struct smp_labels labels_of(const struct sim_run *r)
{
    return (struct smp_labels){
        .row = r->row, .y = r->y, .n = r->n, .n_classes = r->with.n_classes};
}

/* The share to draw at random in this round. */
static enum err explore_choose(struct sim_run *r, double *explore)
{
    const struct smp_honest_in in = {.features = r->with.pool,
                                     .labels = labels_of(r),
                                     .drawn = r->drawn,
                                     .seed = r->seed,
                                     .n_threads = r->with.n_threads};
    struct smp_honest honest;

    *explore = r->with.explore;
    if (r->strategy != SMP_AUTO) return OK;
    TRY(smp_err(smp_honest(&in, &honest)));
    r->n_losing += honest.losing;
    *explore = smp_honest_explore(*explore, &honest);
    return OK;
}

static void guess_count(struct sim_run *r, const struct smp_pick *p)
{
    struct sim_guesses *g = &r->guesses;

    if (p->strategy != SMP_RANDOM || p->guess < 0) return;
    g->n++;
    g->right += p->guess == r->with.truth[p->row];
    g->expected += r->accuracy;
}

static void answer(struct sim_run *r, const struct smp_pick *p)
{
    guess_count(r, p);
    r->row[r->n] = p->row;
    r->drawn[r->n] = p->strategy == SMP_RANDOM;
    r->y[r->n++] = r->draw->answer[p->row];
}

static enum err pick(struct sim_run *r, size_t batch, double explore)
{
    const struct smp_question question = {.model = r->model, .labels = labels_of(r)};
    const struct smp_pick_in in = {.features = r->with.pool,
                                   .question = &question,
                                   .n_questions = 1,
                                   .banned = r->draw->banned,
                                   .n_banned = r->draw->n_banned,
                                   .strategy = strategy_now(r),
                                   .batch = batch,
                                   .explore = explore,
                                   .seed = r->seed << 32 | r->n,
                                   .n_threads = r->with.n_threads};
    struct smp_pick picks[SIM_BATCH_MAX];
    size_t n;

    assert(batch <= SIM_BATCH_MAX);
    TRY(smp_err(smp_pick(&in, picks, &n)));
    for (size_t i = 0; i < n; i++)
        answer(r, &picks[i]);
    return OK;
}

/* The recipe as the product has it: by rule, then chosen by cross-validation when it is due. */
static enum err fit(struct sim_run *r)
{
    const struct smp_model_in in = {.features = r->with.pool,
                                    .labels = labels_of(r),
                                    .seed = r->seed,
                                    .n_threads = r->with.n_threads};

    smp_model_free(r->model);
    r->model = NULL;
    if (smp_recipe_is_due(r->recipe.n_labels, r->n, r->with.n_classes))
        TRY(smp_err(smp_recipe_choose(&in, &r->recipe)));
    else if (!r->recipe.n_labels)
        smp_recipe_rule(&in, &r->recipe);
    return smp_err(smp_model_fit(&in, &r->recipe, &r->model));
}

enum err sim_run_to(struct sim_run *r, size_t labels)
{
    const int64_t began = clock_ticks_us();
    double explore;

    TRY(explore_choose(r, &explore));
    TRY(pick(r, labels - r->n, explore));
    TRY(fit(r));
    r->worked_us += clock_ticks_us() - began;
    return OK;
}

enum err sim_run_test(struct sim_run *r, double *macro_f1)
{
    const size_t n = r->with.unseen->n;

    TRY(smp_err(smp_model_predict(r->model, r->with.unseen, r->with.n_threads, r->p)));
    smp_argmax(r->p, n, r->with.n_classes, r->guess);
    r->accuracy = smp_accuracy(r->guess, r->with.unseen_truth, n);
    *macro_f1 = smp_macro_f1(r->guess, r->with.unseen_truth, n, r->with.n_classes);
    return OK;
}
