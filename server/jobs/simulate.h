/* simulate - a labelled data set replayed as if it were being labelled: how accurate the model is
 * after so many labels, by strategy.
 *
 *     struct sim_result r;
 *     TRY(simulate(&r, &plan));
 *     use(r.point[(s * r.n_seeds + k) * r.n_budgets + b], r.summary[s]);
 *     sim_result_free(&r);
 *
 * Everything is the product's own: reading, canonical pictures, encoder, smp_pick(), the head that
 * is fitted cold for each round, and the size of a round (10 items below 100 labels, then 50), cut
 * so that it lands on every budget. The latents are computed once and shared.
 *
 * A seed draws: nine tenths of the pool (the rest is kept from every strategy); with `imbalance`
 * R which classes are rare: the k-th of K keeps R^(-k/(K-1)) of its items, so the commonest is R
 * times as frequent as the rarest; with `noise` which answers are wrong, that share of them, each
 * a uniformly drawn other class. The test set is never changed. Strategies that need a model
 * begin without: uherd as maxherd, margin, margherd and badge at random.
 *
 * The test set is compared with the pool: what models guess of items drawn at random, before they see
 * them, and what they score on the test set, and how often each class comes. Where these differ beyond
 * doubt the figures say little about the pool, and the result says so.
 *
 * Equal plans on equal data give equal results but for `seconds`, whatever the threads. */
#ifndef EXEMPLAR_JOBS_SIMULATE_H
#define EXEMPLAR_JOBS_SIMULATE_H

#include "jobs/simulate_data.h"
#include "sampler/pick.h"

enum { SIM_MARKS = 2 };
extern const size_t SIM_MARK[SIM_MARKS]; /* 200, 1,000: where random is compared with */

struct sim_point {
    const char *dataset;
    enum smp_strategy strategy;
    size_t seed, labels; /* seeds count from 0 */
    double accuracy, macro_f1;
    double seconds; /* of picking and fitting since the first label */
};

/* Over the seeds. `to_random`: labels needed for the accuracy that random has at SIM_MARK, as a
 * share of SIM_MARK; from the mean curve, measured after every round, its running maximum
 * interpolated over ln(labels). NAN when it is not reached, or when random was not replayed as far. */
struct sim_summary {
    enum smp_strategy strategy;
    double aulc; /* mean over seeds of smp_aulc at the budgets */
    double to_random[SIM_MARKS];
};

struct sim_plan {
    struct sim_source source;
    const enum smp_strategy *strategies; /* (n_strategies) */
    size_t n_strategies;
    const size_t *budgets; /* (n_budgets) ascending, >= 1 */
    size_t n_budgets;
    size_t n_seeds;
    const char *encoder; /* "auto" or a name */
    double noise;        /* 0..1 */
    double imbalance;    /* >= 1 */
    double explore;      /* 0..1 */
    int threads;
    enum err (*on_point)(void *context, const struct sim_point *p); /* as it comes, or NULL */
    void *context;
    const struct smp_progress *progress; /* or NULL */
};

struct sim_result {
    const char *dataset;
    char encoder[300]; /* its name and what it says of itself */
    enum sim_kind kind;
    size_t n_pool, n_test, n_classes, n_refused;
    char refused[SIM_NOTE];
    size_t n_strategies, n_seeds;
    size_t n_budgets;          /* those that a seed's share of the pool holds; may be fewer */
    size_t n_round;            /* items a seed may label */
    const size_t *budgets;     /* (n_budgets) */
    struct sim_point *point;   /* (n_strategies, n_seeds, n_budgets) */
    char unlike[SIM_NOTE];     /* a sentence when the test set is not like the pool, else "" */
    size_t n_losing, n_judged; /* rounds of auto in which picking was losing, and all */
    struct sim_summary *summary; /* (n_strategies) */
    struct arena arena;
};

/* ERR_INVALID for a data set that cannot be replayed, with why; ERR_CANCELLED. */
enum err simulate(struct sim_result *r, const struct sim_plan *plan) MUST_USE;
void sim_result_free(struct sim_result *r);

/* Mean and standard deviation (n - 1; 0 for one seed) of the accuracy of strategy s at budget b. */
void sim_spread(const struct sim_result *r, size_t s, size_t b, double *mean,
                double *deviation);

#endif
