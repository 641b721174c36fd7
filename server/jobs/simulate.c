#include "jobs/simulate.h"

#include "base/clock.h"
#include "jobs/rank.h"
#include "jobs/simulate_latents.h"
#include "jobs/smp.h"
#include "sampler/metrics.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum seed_stream { STREAM_SHARE = 61, STREAM_RARE, STREAM_NOISE };
enum { BATCH_MAX = 50, SHARE_OF = 10 }; /* one item in ten is kept from a seed */

const size_t SIM_MARK[SIM_MARKS] = {200, 1000};

struct replay {
    const struct sim_plan *plan;
    struct sim_result *result;
    struct sim_data data;
    struct sim_latents latents;
    const int32_t *truth; /* (n_pool + n_test) */
    size_t *steps;        /* (n_steps) labels after each round */
    size_t n_steps;
    double *curve; /* (n_strategies, n_seeds, n_steps) accuracy */
    /* of one seed */
    size_t *banned; /* (n_banned) */
    size_t n_banned;
    int32_t *answer; /* (n_pool) what is said of each item */
    /* of one strategy */
    size_t *row; /* (top) */
    int32_t *y;  /* (top) */
    size_t n;
    struct smp_features pool;
    struct smp_recipe recipe; /* n_labels 0: by rule */
    struct smp_model *model;
    int64_t worked_us;
    float *p;       /* (n_test, n_classes) */
    int32_t *guess; /* (n_test) */
};

static void replay_free(struct replay *r)
{
    sim_data_free(&r->data);
    sim_latents_free(&r->latents);
    smp_model_free(r->model);
    free(r->p);
}

/* -- what a seed draws ------------------------------------------------------------------------ */

/* How many items of each class stay, quota (n_classes). */
static void quotas(const struct replay *r, uint64_t seed, size_t *quota, size_t *order)
{
    const size_t k = r->data.n_classes;
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, STREAM_RARE);
    for (size_t c = 0; c < k; c++) {
        order[c] = c;
        quota[c] = 0;
    }
    smp_rng_shuffle(&rng, order, k);
    for (size_t i = 0; i < r->data.n_pool; i++)
        quota[r->truth[i]]++;
    for (size_t place = 0; place < k; place++) {
        size_t *q = &quota[order[place]];
        const double share =
            pow(r->plan->imbalance, -(double)place / (double)(k > 1 ? k - 1 : 1));

        *q = (size_t)ceil((double)*q * share * (SHARE_OF - 1) / SHARE_OF);
    }
}

/* Bans what the seed does not give: of a shuffled pool, each class's items beyond its quota. */
static enum err share_draw(struct replay *r, uint64_t seed)
{
    const size_t n = r->data.n_pool;
    size_t *order = malloc((n + 2 * r->data.n_classes + 1) * sizeof *order);
    size_t *quota = order ? order + n : NULL;
    struct smp_rng rng;

    NEED(order);
    quotas(r, seed, quota, quota + r->data.n_classes);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    smp_rng_seed(&rng, seed, STREAM_SHARE);
    smp_rng_shuffle(&rng, order, n);
    r->n_banned = 0;
    for (size_t i = 0; i < n; i++) {
        size_t *left = &quota[r->truth[order[i]]];

        if (*left)
            --*left;
        else
            r->banned[r->n_banned++] = order[i];
    }
    free(order);
    return OK;
}

static void answers_draw(struct replay *r, uint64_t seed)
{
    const size_t k = r->data.n_classes;
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, STREAM_NOISE);
    for (size_t i = 0; i < r->data.n_pool; i++) {
        const bool wrong = smp_rng_unit(&rng) < r->plan->noise;
        const size_t other =
            smp_rng_below(&rng, k - 1); /* drawn always: less noise, same rest */

        r->answer[i] = r->truth[i];
        if (wrong) r->answer[i] = (int32_t)(other + (other >= (size_t)r->truth[i]));
    }
}

/* -- one round -------------------------------------------------------------------------------- */

static enum smp_strategy strategy_now(const struct replay *r, enum smp_strategy asked)
{
    if ((r->model && smp_model_is_trained(r->model)) || !smp_strategy_needs_model(asked))
        return asked;
    return asked == SMP_UHERD ? SMP_MAXHERD : SMP_RANDOM;
}

static struct smp_labels labels_of(const struct replay *r)
{
    return (struct smp_labels){
        .row = r->row, .y = r->y, .n = r->n, .n_classes = r->data.n_classes};
}

static enum err pick(struct replay *r, enum smp_strategy asked, uint64_t seed, size_t batch)
{
    const struct smp_question question = {.model = r->model, .labels = labels_of(r)};
    const struct smp_pick_in in = {.features = &r->pool,
                                   .question = &question,
                                   .n_questions = 1,
                                   .banned = r->banned,
                                   .n_banned = r->n_banned,
                                   .strategy = strategy_now(r, asked),
                                   .batch = batch,
                                   .explore = r->plan->explore,
                                   .seed = seed << 32 | r->n,
                                   .n_threads = (unsigned)r->plan->threads,
                                   .progress = NULL};
    struct smp_pick picks[BATCH_MAX];
    size_t n;

    TRY(smp_err(smp_pick(&in, picks, &n)));
    for (size_t i = 0; i < n; i++) {
        r->row[r->n] = picks[i].row;
        r->y[r->n++] = r->answer[picks[i].row];
    }
    return OK;
}

/* The recipe as the product has it: by rule, then chosen by cross-validation when it is due. */
static enum err fit(struct replay *r)
{
    const struct smp_model_in in = {.features = &r->pool,
                                    .labels = labels_of(r),
                                    .seed = r->n,
                                    .n_threads = (unsigned)r->plan->threads};

    smp_model_free(r->model);
    r->model = NULL;
    if (smp_recipe_is_due(r->recipe.n_labels, r->n, r->data.n_classes))
        TRY(smp_err(smp_recipe_choose(&in, &r->recipe)));
    else if (!r->recipe.n_labels)
        smp_recipe_rule(&in, &r->recipe);
    return smp_err(smp_model_fit(&in, &r->recipe, &r->model));
}

static enum err test(struct replay *r, struct sim_point *p)
{
    const int32_t *truth = r->truth + r->data.n_pool;
    const size_t n = r->data.n_test;
    const struct smp_features unseen = {
        .n = n,
        .n_parts = 1,
        .part = {r->latents.z + r->data.n_pool * r->latents.dim},
        .d = {r->latents.dim}};

    TRY(smp_err(smp_model_predict(r->model, &unseen, (unsigned)r->plan->threads, r->p)));
    smp_argmax(r->p, n, r->data.n_classes, r->guess);
    p->accuracy = smp_accuracy(r->guess, truth, n);
    p->macro_f1 = smp_macro_f1(r->guess, truth, n, r->data.n_classes);
    return OK;
}

/* -- one strategy with one seed --------------------------------------------------------------- */

static enum err report(const struct replay *r, size_t s, size_t k, size_t step)
{
    const size_t runs = r->result->n_strategies * r->result->n_seeds;
    const double done =
        (double)(s * r->result->n_seeds + k) + (double)step / (double)r->n_steps;

    return smp_err(smp_report(r->plan->progress, done / (double)runs, "replaying"));
}

/* Picks, asks and learns until there are so many labels, then tests. */
static enum err step_to(struct replay *r, size_t labels, struct sim_point *p)
{
    const int64_t began = clock_ticks_us();

    TRY(pick(r, p->strategy, p->seed, labels - r->n));
    TRY(fit(r));
    r->worked_us += clock_ticks_us() - began;
    return test(r, p);
}

static enum err run(struct replay *r, size_t s, size_t k)
{
    struct sim_result *to = r->result;
    const size_t at = s * to->n_seeds + k;
    struct sim_point p = {
        .dataset = to->dataset, .strategy = r->plan->strategies[s], .seed = k};
    size_t b = 0;

    r->n = 0;
    r->worked_us = 0;
    r->recipe.n_labels = 0;
    smp_model_free(r->model);
    r->model = NULL;
    for (size_t step = 0; step < r->n_steps; step++) {
        TRY(report(r, s, k, step));
        TRY(step_to(r, r->steps[step], &p));
        r->curve[at * r->n_steps + step] = p.accuracy;
        if (r->steps[step] != to->budgets[b]) continue;
        p.labels = r->n;
        p.seconds = (double)r->worked_us / 1e6;
        to->point[at * to->n_budgets + b++] = p;
        if (r->plan->on_point) TRY(r->plan->on_point(r->plan->context, &p));
    }
    return OK;
}

/* -- the plan --------------------------------------------------------------------------------- */

/* Budgets that every seed's share can fill. */
static enum err budgets_fit(struct replay *r)
{
    struct sim_result *to = r->result;

    to->n_round = r->data.n_pool;
    for (size_t k = 0; k < to->n_seeds; k++) {
        TRY(share_draw(r, k));
        if (r->data.n_pool - r->n_banned < to->n_round)
            to->n_round = r->data.n_pool - r->n_banned;
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
        const size_t batch = rank_batch(n) < BATCH_MAX ? rank_batch(n) : BATCH_MAX;

        n += batch < left ? batch : left;
        r->steps[r->n_steps++] = n;
        b += n == to->budgets[b];
    }
    return OK;
}

static enum err room_make(struct replay *r)
{
    struct sim_result *to = r->result;
    struct arena *a = &to->arena;
    const size_t top = to->budgets[to->n_budgets - 1];
    const size_t runs = to->n_strategies * to->n_seeds;

    r->row = arena_array(a, top, sizeof *r->row);
    r->y = arena_array(a, top, sizeof *r->y);
    r->guess = arena_array(a, r->data.n_test, sizeof *r->guess);
    r->curve = arena_array(a, runs * r->n_steps, sizeof *r->curve);
    r->p = malloc(r->data.n_test * r->data.n_classes * sizeof *r->p);
    to->point = arena_array(a, runs * to->n_budgets, sizeof *to->point);
    to->summary = arena_array(a, to->n_strategies, sizeof *to->summary);
    if (!r->row || !r->y || !r->guess || !r->curve || !r->p || !to->point || !to->summary)
        return fail_nomem();
    return OK;
}

/* -- summaries -------------------------------------------------------------------------------- */

static void mean_curve(const struct replay *r, size_t s, double *mean)
{
    const size_t seeds = r->result->n_seeds;

    for (size_t step = 0; step < r->n_steps; step++) {
        mean[step] = 0;
        for (size_t k = 0; k < seeds; k++)
            mean[step] += r->curve[(s * seeds + k) * r->n_steps + step] / (double)seeds;
    }
}

/* Labels at which the running maximum of the curve first is at `target`; NAN when it never is. */
static double labels_to_reach(const struct replay *r, const double *mean, double target)
{
    double before = mean[0];

    if (mean[0] >= target) return (double)r->steps[0];
    for (size_t i = 1; i < r->n_steps; i++) {
        if (mean[i] >= target) {
            const double from = log((double)r->steps[i - 1]);
            const double to = log((double)r->steps[i]);

            return exp(from + (to - from) * (target - before) / (mean[i] - before));
        }
        before = fmax(before, mean[i]);
    }
    return (double)NAN;
}

/* The mean curve at so many labels, between rounds over ln(labels); NAN beyond its ends. */
static double accuracy_at(const struct replay *r, const double *mean, size_t labels)
{
    if (labels < r->steps[0]) return (double)NAN;
    for (size_t i = 0; i < r->n_steps; i++) {
        double share;

        if (r->steps[i] == labels) return mean[i];
        if (r->steps[i] < labels) continue;
        share = log((double)labels / (double)r->steps[i - 1]) /
                log((double)r->steps[i] / (double)r->steps[i - 1]);
        return mean[i - 1] + share * (mean[i] - mean[i - 1]);
    }
    return (double)NAN;
}

static void targets_find(const struct replay *r, double *mean, double target[SIM_MARKS])
{
    for (size_t m = 0; m < SIM_MARKS; m++)
        target[m] = (double)NAN;
    for (size_t s = 0; s < r->result->n_strategies; s++) {
        if (r->plan->strategies[s] != SMP_RANDOM) continue;
        mean_curve(r, s, mean);
        for (size_t m = 0; m < SIM_MARKS; m++)
            target[m] = accuracy_at(r, mean, SIM_MARK[m]);
        return;
    }
}

static double aulc(const struct replay *r, size_t s, double *labels, double *accuracy)
{
    const struct sim_result *to = r->result;
    double sum = 0;

    for (size_t k = 0; k < to->n_seeds; k++) {
        for (size_t b = 0; b < to->n_budgets; b++) {
            labels[b] = (double)to->budgets[b];
            accuracy[b] = to->point[(s * to->n_seeds + k) * to->n_budgets + b].accuracy;
        }
        sum += smp_aulc(labels, accuracy, to->n_budgets);
    }
    return sum / (double)to->n_seeds;
}

static enum err summarise(struct replay *r)
{
    double *work = arena_array(&r->result->arena, 3 * (r->n_steps + 1), sizeof *work);
    double target[SIM_MARKS];

    NEED(work);
    targets_find(r, work, target);
    for (size_t s = 0; s < r->result->n_strategies; s++) {
        struct sim_summary *sum = &r->result->summary[s];

        sum->strategy = r->plan->strategies[s];
        sum->aulc = aulc(r, s, work + r->n_steps, work + 2 * r->n_steps);
        mean_curve(r, s, work);
        for (size_t m = 0; m < SIM_MARKS; m++) {
            sum->to_random[m] = labels_to_reach(r, work, target[m]) / (double)SIM_MARK[m];
            if (sum->strategy == SMP_RANDOM && !isnan(target[m])) sum->to_random[m] = 1;
        }
    }
    return OK;
}

/* -- the whole -------------------------------------------------------------------------------- */

static enum err truth_copy(struct replay *r)
{
    const size_t n = r->data.n_pool + r->data.n_test;
    struct arena *a = &r->result->arena;
    int32_t *truth = arena_array(a, n, sizeof *truth);

    r->banned = arena_array(a, r->data.n_pool, sizeof *r->banned);
    r->answer = arena_array(a, r->data.n_pool, sizeof *r->answer);
    if (!truth || !r->banned || !r->answer) return fail_nomem();
    for (size_t i = 0; i < n; i++)
        truth[i] = r->data.item[i].class;
    r->truth = truth;
    return OK;
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
    r->pool = (struct smp_features){
        .n = r->data.n_pool, .n_parts = 1, .part = {r->latents.z}, .d = {r->latents.dim}};
    snprintf(r->result->encoder, sizeof r->result->encoder, "%s", r->latents.encoder);
    return OK;
}

static enum err replay_all(struct replay *r)
{
    const size_t seeds = r->plan->n_seeds;

    TRY(prepare(r));
    for (size_t i = 0; i < r->plan->n_strategies * seeds; i++) {
        TRY(share_draw(r, i % seeds));
        answers_draw(r, i % seeds);
        TRY(run(r, i / seeds, i % seeds));
    }
    return summarise(r);
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

void sim_spread(const struct sim_result *r, size_t s, size_t b, double *mean, double *deviation)
{
    double squares = 0;

    *mean = 0;
    for (size_t k = 0; k < r->n_seeds; k++)
        *mean +=
            r->point[(s * r->n_seeds + k) * r->n_budgets + b].accuracy / (double)r->n_seeds;
    for (size_t k = 0; k < r->n_seeds; k++)
        squares += pow(r->point[(s * r->n_seeds + k) * r->n_budgets + b].accuracy - *mean, 2);
    *deviation = r->n_seeds > 1 ? sqrt(squares / (double)(r->n_seeds - 1)) : 0;
}
