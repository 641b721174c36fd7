/* unknown - is this anything it was taught? "None of these", by measurement.
 *
 *     SMP_TRY(smp_model_out_of_fold(&folds, features, &recipe, held));   // quality/out_of_fold.h
 *     const struct smp_unknown_in in = {.features = features, .labels = labels, .held = held, .seed = 1};
 *     SMP_TRY(smp_unknown_fit(&in, &u));
 *     SMP_TRY(smp_unknown_judge(u, features, row, p, &v));               // p: what the model says of it
 *     if (v.is_unknown) ...                                              // v.distance > 1
 *
 * Two things make an item strange: how far it lies from the nearest taught example, and how evenly the
 * model spreads its probability (entropy). Each is told as an exponent of its tail among known things,
 * -log of the share of taught examples that are as far when they are left out themselves (distance), or as
 * doubtful when judged by models that had not seen them (doubt); beyond the outermost tenth the tail
 * is taken to be exponential (Pickands 1975), so that what is farther is always stranger. Their sum is held
 * against the quantile of the same sums of the taught examples: at most `share` of known things are
 * refused (split conformal prediction: Vovk et al. 2005; Papadopoulos et al. 2002), as far as known things
 * to come are like those taught. Without `held` the distance alone tells.
 *
 * Distance is between directions of all parts side by side: the leading SMP_UNKNOWN_LEADING numbers of
 * each where there are several, all of it where there is one. The last axes of blocks learned from few
 * photos hold little but those photos, and put them farther from one another than from any new one.
 * Which distance separates best, with and without doubt: docs/teach.md.
 *
 * Deterministic for any number of threads. Immutable; any threads may judge at once. Cost of a judgement:
 * one pass over at most SMP_UNKNOWN_KEPT examples of at most 256 numbers, 0.1 ms. */
#ifndef SAMPLER_UNKNOWN_H
#define SAMPLER_UNKNOWN_H

#include "sampler/features.h"
#include "sampler/head.h"
#include "sampler/status.h"

#include <stdbool.h>

enum {
    SMP_UNKNOWN_LEAST = 20,  /* labels, below which nothing can be told */
    SMP_UNKNOWN_KEPT = 2000, /* examples, the classes in turn */
    SMP_UNKNOWN_LEADING = 32
};

/* Of known things, how many may be refused. */
#define SMP_UNKNOWN_SHARE 0.03

struct smp_unknown_in {
    const struct smp_features *features; /* the pool; only labelled rows are read */
    struct smp_labels labels;            /* those that teach */
    const uint64_t
        *group; /* (labels.n) examples with one number, such as a burst, do not vouch for one
                              another; NULL: each is its own */
    const float
        *held; /* (labels.n, n_classes), rows sum to 1: of models that had not seen the label;
                          NULL: none, and always so for several answers */
    double share;  /* 0 counts as SMP_UNKNOWN_SHARE */
    uint64_t seed; /* of which examples are kept */
    unsigned n_threads;
};

struct smp_unknown;

/* SMP_INVALID with fewer labels than SMP_UNKNOWN_LEAST, all in one group, a row or class out of range, a
 * number beyond SMP_LATENT_MAX, or a share outside 0..1. */
enum smp_status smp_unknown_fit(const struct smp_unknown_in *in,
                                struct smp_unknown **out) SMP_MUST_USE;
void smp_unknown_free(struct smp_unknown *u); /* NULL is fine */

/* The share that is meant: at least 1 / (examples + 1), which is all that so few can tell. */
double smp_unknown_share(const struct smp_unknown *u);

/* Whether smp_unknown_judge reads p. */
bool smp_unknown_reads_doubt(const struct smp_unknown *u);

struct smp_verdict_unknown {
    bool is_unknown;
    double distance; /* 0 like the taught ones, 1 at the limit, above it unknown */
};

/* Of row `row` of features; p (n_classes) is the model's answer to it, NULL where doubt is not read.
 * SMP_INVALID when the features are not of the width it was fitted to. */
enum smp_status smp_unknown_judge(const struct smp_unknown *u,
                                  const struct smp_features *features, size_t row,
                                  const float *p, struct smp_verdict_unknown *out) SMP_MUST_USE;

/* As smp_model_save and _load: a part of a version's file. Equal input gives equal bytes, and what is
 * loaded judges as what was saved. */
enum smp_status smp_unknown_save(const struct smp_unknown *u, uint8_t **bytes,
                                 size_t *n_bytes) SMP_MUST_USE;
enum smp_status smp_unknown_load(const uint8_t *bytes, size_t n_bytes,
                                 struct smp_unknown **out) SMP_MUST_USE;

#endif
