#include "jobs/simulate.h"

#include "domain/smp.h"
#include "jobs/rank.h"
#include "jobs/simulate_curve.h"
#include "jobs/simulate_draw.h"
#include "jobs/simulate_latents.h"
#include "jobs/simulate_run.h"
#include "jobs/simulate_unlike.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct replay {
    const struct sim_plan *plan;
    struct sim_result *result;
    struct sim_data data;
    struct sim_latents latents;
    const int32_t *truth; /* (n_pool + n_test) */
    size_t *steps;        /* (curves.n_steps) */
    struct sim_curves curves;
    struct sim_draw draw;        /* of one seed */
    struct sim_run run;          /* of one strategy with it */
    struct sim_guesses guesses;  /* of all runs */
    size_t *mix_pool, *mix_test; /* (n_classes) items of each class */
};

static void replay_free(struct replay *r)
{
    sim_data_free(&r->data);
    sim_latents_free(&r->latents);
    sim_run_free(&r->run);
}

static enum err draw(struct replay *r, uint64_t seed)
{
    return sim_draw(&r->draw, &r->data, r->plan->imbalance, r->plan->noise, seed);
}

/* -- the plan --------------------------------------------------------------------------------- */

/* Budgets that every seed's share can fill. */
static enum err budgets_fit(struct replay *r)
{
    struct sim_result *to = r->result;

    to->n_round = r->data.n_pool;
    for (size_t k = 0; k < to->n_seeds; k++) {
        TRY(draw(r, k));
        if (r->data.n_pool - r->draw.n_banned < to->n_round)
            to->n_round = r->data.n_pool - r->draw.n_banned;
    }
    to->budgets = r->plan->budgets;
    while (to->n_budgets < r->plan->n_budgets && to->budgets[to->n_budgets] <= to->n_round)
        to->n_budgets++;
    if (to->n_budgets) return OK;
    return fail(
        ERR_INVALID,
        "%s: the least budget is %zu labels, but a seed's share of the pool has only %zu "
        "items",
        to->dataset, to->budgets[0], to->n_round);
}

/* Rounds as the product has them, cut at each budget. */
static enum err steps_plan(struct replay *r)
{
    const struct sim_result *to = r->result;
    const size_t top = to->budgets[to->n_budgets - 1];
    size_t n = 0;

    r->steps = arena_array(&r->result->arena, top, sizeof *r->steps);
    NEED(r->steps);
    for (size_t b = 0; b < to->n_budgets;) {
        const size_t left = to->budgets[b] - n;
        const size_t batch = rank_batch(n) < SIM_BATCH_MAX ? rank_batch(n) : SIM_BATCH_MAX;

        n += batch < left ? batch : left;
        r->steps[r->curves.n_steps++] = n;
        b += n == to->budgets[b];
    }
    return OK;
}

static enum err room_make(struct replay *r)
{
    struct sim_result *to = r->result;
    const size_t runs = to->n_strategies * to->n_seeds;

    r->curves.steps = r->steps;
    r->curves.accuracy =
        arena_array(&to->arena, runs * r->curves.n_steps, sizeof *r->curves.accuracy);
    to->point = arena_array(&to->arena, runs * to->n_budgets, sizeof *to->point);
    to->summary = arena_array(&to->arena, to->n_strategies, sizeof *to->summary);
    if (!r->curves.accuracy || !to->point || !to->summary) return fail_nomem();
    return OK;
}

/* -- one strategy with one seed --------------------------------------------------------------- */

static enum err report(const struct replay *r, size_t at, size_t step)
{
    const size_t runs = r->result->n_strategies * r->result->n_seeds;
    const double done = (double)at + (double)step / (double)r->curves.n_steps;

    return smp_err(smp_report(r->plan->progress, done / (double)runs, "replaying"));
}

static void guesses_add(struct sim_guesses *all, const struct sim_guesses *one)
{
    all->n += one->n;
    all->right += one->right;
    all->expected += one->expected;
}

/* at: strategy * n_seeds + seed. */
static enum err run(struct replay *r, size_t at)
{
    struct sim_result *to = r->result;
    struct sim_point p = {.dataset = to->dataset,
                          .strategy = r->plan->strategies[at / to->n_seeds],
                          .seed = at % to->n_seeds};
    size_t b = 0;

    sim_run_begin(&r->run, p.strategy, p.seed, &r->draw);
    for (size_t step = 0; step < r->curves.n_steps; step++) {
        TRY(report(r, at, step));
        TRY(sim_run_to(&r->run, r->steps[step]));
        TRY(sim_run_test(&r->run, &p.macro_f1));
        p.accuracy = r->run.accuracy;
        r->curves.accuracy[at * r->curves.n_steps + step] = p.accuracy;
        if (r->steps[step] != to->budgets[b]) continue;
        p.labels = r->run.n;
        p.seconds = (double)r->run.worked_us / 1e6;
        to->point[at * to->n_budgets + b++] = p;
        if (r->plan->on_point) TRY(r->plan->on_point(r->plan->context, &p));
    }
    guesses_add(&r->guesses, &r->run.guesses);
    if (p.strategy == SMP_AUTO) {
        to->n_losing += r->run.n_losing;
        to->n_judged += r->curves.n_steps;
    }
    return OK;
}

/* -- is the test set like the pool? ----------------------------------------------------------- */

/* What the first seed gives speaks for all of them: a test wants every item once. */
static enum err mixes_count(struct replay *r)
{
    const size_t k = r->data.n_classes;

    r->mix_pool = arena_array(&r->result->arena, 2 * k, sizeof *r->mix_pool);
    NEED(r->mix_pool);
    memset(r->mix_pool, 0, 2 * k * sizeof *r->mix_pool);
    r->mix_test = r->mix_pool + k;
    TRY(draw(r, 0));
    for (size_t i = 0; i < r->data.n_pool; i++)
        r->mix_pool[r->truth[i]]++;
    for (size_t i = 0; i < r->draw.n_banned; i++)
        r->mix_pool[r->truth[r->draw.banned[i]]]--;
    for (size_t i = 0; i < r->data.n_test; i++)
        r->mix_test[r->truth[r->data.n_pool + i]]++;
    return OK;
}

static void compare(struct replay *r)
{
    const struct sim_mix mix = {.name = r->data.class_name,
                                .pool = r->mix_pool,
                                .test = r->mix_test,
                                .n_classes = r->data.n_classes};

    sim_unlike(&r->guesses, &mix, r->result->unlike, sizeof r->result->unlike);
}

/* -- the whole -------------------------------------------------------------------------------- */

static enum err truth_copy(struct replay *r)
{
    const size_t n = r->data.n_pool + r->data.n_test;
    int32_t *truth = arena_array(&r->result->arena, n, sizeof *truth);

    NEED(truth);
    for (size_t i = 0; i < n; i++)
        truth[i] = r->data.item[i].class;
    r->truth = truth;
    return sim_draw_new(&r->draw, &r->result->arena, r->data.n_pool);
}

static enum err data_describe(struct replay *r)
{
    struct sim_result *to = r->result;

    to->dataset = arena_strdup(&to->arena, r->data.name);
    NEED(to->dataset);
    to->kind = r->data.kind;
    to->n_pool = r->data.n_pool;
    to->n_test = r->data.n_test;
    to->n_classes = r->data.n_classes;
    to->n_refused = r->data.n_refused;
    memcpy(to->refused, r->data.refused, sizeof to->refused);
    return OK;
}

static enum err runner_make(struct replay *r)
{
    const struct sim_run_with with = {.pool = &r->latents.pool,
                                      .unseen = &r->latents.test,
                                      .truth = r->truth,
                                      .unseen_truth = r->truth + r->data.n_pool,
                                      .n_classes = r->data.n_classes,
                                      .explore = r->plan->explore,
                                      .n_threads = (unsigned)r->plan->threads};

    return sim_run_new(&r->run, &with, r->result->budgets[r->result->n_budgets - 1]);
}

static enum err prepare(struct replay *r)
{
    const struct sim_plan *plan = r->plan;

    TRY(sim_data_read(&r->data, &plan->source));
    TRY(data_describe(r));
    TRY(truth_copy(r));
    TRY(budgets_fit(r));
    TRY(steps_plan(r));
    TRY(room_make(r));
    TRY(sim_latents_make(&r->latents, &r->data, plan->encoder, plan->threads, plan->progress));
    snprintf(r->result->encoder, sizeof r->result->encoder, "%s", r->latents.encoder);
    return runner_make(r);
}

static enum err replay_all(struct replay *r)
{
    TRY(prepare(r));
    TRY(mixes_count(r));
    for (size_t at = 0; at < r->plan->n_strategies * r->plan->n_seeds; at++) {
        TRY(draw(r, at % r->plan->n_seeds));
        TRY(run(r, at));
    }
    compare(r);
    return sim_summarise(r->result, r->plan, &r->curves);
}

enum err simulate(struct sim_result *result, const struct sim_plan *plan)
{
    struct replay r = {.plan = plan, .result = result};
    enum err e;

    *result = (struct sim_result){.n_strategies = plan->n_strategies, .n_seeds = plan->n_seeds};
    arena_init(&result->arena, 4 * GIB);
    e = replay_all(&r);
    replay_free(&r);
    if (e) sim_result_free(result);
    return e;
}

void sim_result_free(struct sim_result *r)
{
    arena_free(&r->arena);
    *r = (struct sim_result){0};
}
