#include "jobs/simulate_curve.h"

#include "sampler/metrics.h"

#include <math.h>

const size_t SIM_MARK[SIM_MARKS] = {200, 1000};

static void mean_curve(const struct sim_result *r, const struct sim_curves *c, size_t s,
                       double *mean)
{
    const size_t seeds = r->n_seeds;

    for (size_t step = 0; step < c->n_steps; step++) {
        mean[step] = 0;
        for (size_t k = 0; k < seeds; k++)
            mean[step] += c->accuracy[(s * seeds + k) * c->n_steps + step] / (double)seeds;
    }
}

double sim_labels_to_reach(const struct sim_curves *c, const double *mean, double target)
{
    double before = mean[0];

    if (mean[0] >= target) return (double)c->steps[0];
    for (size_t i = 1; i < c->n_steps; i++) {
        if (mean[i] >= target) {
            const double from = log((double)c->steps[i - 1]);
            const double to = log((double)c->steps[i]);

            return exp(from + (to - from) * (target - before) / (mean[i] - before));
        }
        before = fmax(before, mean[i]);
    }
    return (double)NAN;
}

/* The mean curve at so many labels, between rounds over ln(labels); NAN beyond its ends. */
static double accuracy_at(const struct sim_curves *c, const double *mean, size_t labels)
{
    if (labels < c->steps[0]) return (double)NAN;
    for (size_t i = 0; i < c->n_steps; i++) {
        double share;

        if (c->steps[i] == labels) return mean[i];
        if (c->steps[i] < labels) continue;
        share = log((double)labels / (double)c->steps[i - 1]) /
                log((double)c->steps[i] / (double)c->steps[i - 1]);
        return mean[i - 1] + share * (mean[i] - mean[i - 1]);
    }
    return (double)NAN;
}

static void targets_find(const struct sim_result *r, const struct sim_plan *plan,
                         const struct sim_curves *c, double *mean, double target[SIM_MARKS])
{
    for (size_t m = 0; m < SIM_MARKS; m++)
        target[m] = (double)NAN;
    for (size_t s = 0; s < r->n_strategies; s++) {
        if (plan->strategies[s] != SMP_RANDOM) continue;
        mean_curve(r, c, s, mean);
        for (size_t m = 0; m < SIM_MARKS; m++)
            target[m] = accuracy_at(c, mean, SIM_MARK[m]);
        return;
    }
}

static double aulc(const struct sim_result *to, size_t s, double *labels, double *accuracy)
{
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

enum err sim_summarise(struct sim_result *r, const struct sim_plan *plan,
                       const struct sim_curves *c)
{
    double *work = arena_array(&r->arena, 3 * (c->n_steps + 1), sizeof *work);
    double target[SIM_MARKS];

    NEED(work);
    targets_find(r, plan, c, work, target);
    for (size_t s = 0; s < r->n_strategies; s++) {
        struct sim_summary *sum = &r->summary[s];

        sum->strategy = plan->strategies[s];
        sum->aulc = aulc(r, s, work + c->n_steps, work + 2 * c->n_steps);
        mean_curve(r, c, s, work);
        for (size_t m = 0; m < SIM_MARKS; m++) {
            sum->to_random[m] = sim_labels_to_reach(c, work, target[m]) / (double)SIM_MARK[m];
            if (sum->strategy == SMP_RANDOM && !isnan(target[m])) sum->to_random[m] = 1;
        }
    }
    return OK;
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
