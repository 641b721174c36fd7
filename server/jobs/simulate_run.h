/* simulate_run - one strategy with one seed: pick, answer, fit, test, as in the product.
 *
 *     TRY(sim_run_new(&run, &with, top));
 *     sim_run_begin(&run, SMP_AUTO, seed, &draw);
 *     TRY(sim_run_to(&run, 10)); TRY(sim_run_test(&run, &macro_f1)); ...
 *     sim_run_free(&run); */
#ifndef EXEMPLAR_JOBS_SIMULATE_RUN_H
#define EXEMPLAR_JOBS_SIMULATE_RUN_H

#include "jobs/simulate_draw.h"
#include "jobs/simulate_latents.h"
#include "sampler/honest.h"
#include "sampler/model/model.h"
#include "sampler/pick.h"

enum { SIM_BATCH_MAX = 50 }; /* picks of a round, at most */

/* What all runs share. */
struct sim_run_with {
    const struct smp_features *pool, *unseen;
    const int32_t *truth;        /* (pool->n) */
    const int32_t *unseen_truth; /* (unseen->n) */
    size_t n_classes;
    double explore;
    unsigned n_threads;
};

/* What models said of items drawn at random, before they had seen them, and what the same models were
 * worth on the test set. */
struct sim_guesses {
    size_t n, right;
    double expected; /* the sum over the items of the test accuracy of the model of the time */
};

struct sim_run {
    struct sim_run_with with;
    enum smp_strategy strategy;
    uint64_t seed;
    const struct sim_draw *draw;
    size_t *row;    /* (n) in the order they were labelled */
    int32_t *y;     /* (n) */
    uint8_t *drawn; /* (n) 1: drawn at random */
    size_t n;
    size_t n_losing; /* rounds in which picking was losing, and exploration was turned up */
    double accuracy; /* of the model, on the test set; once it was tested */
    struct sim_guesses guesses;
    struct smp_recipe recipe; /* n_labels 0: by rule */
    struct smp_model *model;
    int64_t worked_us; /* of picking and fitting since the first label */
    float *p;          /* (unseen->n, n_classes) */
    int32_t *guess;    /* (unseen->n) */
};

/* Room for `top` labels. On failure there is nothing to free. */
enum err sim_run_new(struct sim_run *r, const struct sim_run_with *with, size_t top) MUST_USE;
void sim_run_free(struct sim_run *r);

/* Forgets all labels. */
void sim_run_begin(struct sim_run *r, enum smp_strategy strategy, uint64_t seed,
                   const struct sim_draw *draw);

/* One round, up to `labels`, at most SIM_BATCH_MAX more than there are: picks, hears the answers, and
 * fits, by a recipe chosen anew when that is due. `auto` explores more while the honest set says that
 * picking is losing. */
enum err sim_run_to(struct sim_run *r, size_t labels) MUST_USE;

/* On the whole test set; sets r->accuracy. */
enum err sim_run_test(struct sim_run *r, double *macro_f1) MUST_USE;

#endif
