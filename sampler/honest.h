/* honest - is picking doing worse than chance would have?
 *
 * Items drawn at random stand for the pool; picked ones do not. So the labels of drawn items may judge:
 *
 *     SMP_TRY(smp_honest(&in, &h));                    // by the labels so far, in the order they came
 *     explore = smp_honest_explore(explore, &h);       // 0.5 while picking is losing
 *
 * The test. Of the m drawn labels half (k of them) teach a model and the others test it; another model
 * is taught by the first k picked labels and tested likewise; ten times, with other halves. Each drawn
 * label then has a mean difference (picked right minus drawn right), and picking is losing when their
 * mean lies more than 4 of its standard errors below 0.
 *
 * The first k, and not any k: later picks are the doubtful cases at the borders of the earlier ones,
 * and a random part of them teaches less than chance does wherever all of them together teach more.
 * Measured, accuracy after 50 labels drawn at random, of a random 50 of 300 to 500 picked ones, and of
 * the first 50 picked: photos 47, 42, 57 %; DBpedia-14k 74, 61, 86; Banking77 24, 21, 37; Fashion-MNIST
 * 65, 51, 75. So what is judged is what k labels were worth; k grows with the drawn ones.
 *
 * False alarms, and what it takes to be noticed: docs/sampler.md, measured by tests/bench/bench_honest.
 * Pure and deterministic for any number of threads. */
#ifndef SAMPLER_HONEST_H
#define SAMPLER_HONEST_H

#include "sampler/model/model.h"

struct smp_honest_in {
    const struct smp_features *features;
    struct smp_labels labels; /* in the order in which they came */
    const uint8_t *drawn;     /* (labels.n) 1: its item was drawn at random, 0: picked */
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress
        *progress; /* may be NULL; asked before each of the eleven models */
};

struct smp_honest {
    size_t n_drawn;    /* m */
    size_t n_taught;   /* k; 0 when there are too few drawn or picked labels to tell (m < 20) */
    double picked;     /* accuracy of the model taught by picked labels, on drawn ones */
    double by_chance;  /* of the one taught by drawn labels */
    double difference; /* picked - by_chance, the mean over the drawn labels */
    double error;      /* its standard error */
    bool losing;
};

/* SMP_INVALID as smp_model_fit, SMP_CANCELLED. Several answers an item: the share of its classes that is right. */
enum smp_status smp_honest(const struct smp_honest_in *in, struct smp_honest *out) SMP_MUST_USE;

/* What share of the picks to draw at random: at least half while picking is losing. */
double smp_honest_explore(double asked, const struct smp_honest *h);

#endif
