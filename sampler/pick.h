/* pick - which items deserve a person's time next, and why.
 *
 * Pure: no I/O, no clock; equal inputs and seed give the same picks, bit for bit, for any
 * number of threads. That is what makes a receipt replayable.
 *
 *     struct smp_question q = {.model = model, .labels = labels, .class_names = names};
 *     struct smp_pick_in in = {.features = &features, .question = &q, .n_questions = 1,
 *                              .strategy = SMP_AUTO, .batch = 10, .explore = 0.1, .seed = seed,
 *                              .n_threads = 2};
 *     struct smp_pick picks[10];
 *     size_t n_picks;
 *     SMP_TRY(smp_pick(&in, picks, &n_picks));
 *
 * Features are read where they lie (read-only mappings of up to millions of rows); only candidates,
 * at most 4,000, and the labelled rows are copied. Where an item lies is asked of its latent, part 0;
 * what the model says of it, of whatever parts the model reads.
 *
 * Several questions: an item's uncertainty is the mean over the questions that have a trained model,
 * because one visit answers them all. A question that is settled adds next to nothing.
 *
 * Strategies. "Candidates" are drawn by seed from the rows that may be picked, all alike likely.
 *   random     every free row equally likely.
 *   maxherd    MaxHerding (Bae, Ng, Lee & Sutherland 2024): the candidate that covers most of what
 *              is not covered yet, by a Gaussian kernel on the latents' directions (rows of length
 *              1, as in the paper). Needs no model: the cold start.
 *   uherd      UHerding (Bae, Lee & Sutherland 2025): the same, each candidate weighted by the
 *              model's uncertainty 1 - (p1 - p2); for several answers, the mean over classes of
 *              1 - |2p - 1|.
 *   margin     the least certain rows of the whole pool (Scheffer, Decomain & Wrobel 2001).
 *   margherd   the least certain rows of the whole pool, ten times the batch, and herding among them.
 *   kcenter    k-center greedy (Sener & Savarese 2018), over the whole pool.
 *   typiclust  TypiClust (Hacohen, Dekel & Weinshall 2022), among the candidates.
 *   badge      BADGE (Ash et al. 2020), among the candidates.
 *   auto       maxherd until a model is trained, then uherd; margherd in a round that finds more
 *              free rows than candidates, ten labels a class, and the model sure of most of the pool:
 *              mean uncertainty of up to 1,000 free rows, drawn at random, below 0.5 (one answer;
 *              several stay with uherd).
 * What was measured of each: docs/sampler.md.
 *
 * Exploration: with probability `explore` a slot is filled by a uniformly random free row
 * instead. It begins once every class has two labels (several answers: two yes) of every question, or there are
 * ten labels for each class, whichever is first; until then it costs accuracy and there is
 * nothing to measure.
 *
 * Propensity: the probability that this row came up in this slot, given the slots before it.
 * With N rows still free: (1 - e) + e/N for the strategy's own choice, e/N for another row
 * drawn at random, 1/N under `random`. Only rows drawn at random may judge a model. */
#ifndef SAMPLER_PICK_H
#define SAMPLER_PICK_H

#include "sampler/model/model.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SMP_CANDIDATES_MAX = 4000, /* rows weighed per call */
    SMP_REASON_MAX = 400       /* bytes of a reason, with its final zero */
};

enum smp_strategy {
    SMP_AUTO,
    SMP_RANDOM,
    SMP_MAXHERD,
    SMP_UHERD,
    SMP_MARGIN,
    SMP_MARGHERD,
    SMP_KCENTER,
    SMP_TYPICLUST,
    SMP_BADGE,
    SMP_STRATEGY_COUNT
};

/* The names, for sentences. */
#define SMP_STRATEGIES                                                                         \
    "auto, random, maxherd, uherd, margin, margherd, kcenter, typiclust, badge"
const char *smp_strategy_name(enum smp_strategy strategy);

/* Does it need a trained model from the first pick on? (auto does without until there is one.) */
bool smp_strategy_needs_model(enum smp_strategy strategy);

/* True and *out set when `name` is one of those. */
bool smp_strategy_parse(const char *name, enum smp_strategy *out);

struct smp_question {
    const struct smp_model *model;  /* NULL while there is none */
    struct smp_labels labels;       /* never picked; cover what lies around them */
    const char *const *class_names; /* (labels.n_classes) for the reasons; NULL: "class 3" */
};

enum { SMP_QUESTIONS_MAX = 16 };

struct smp_pick_in {
    const struct smp_features *features;
    const struct smp_question *question; /* (n_questions); the first gives the guesses */
    size_t n_questions;                  /* 1..SMP_QUESTIONS_MAX */
    /* With a person now, or queued: as labels whose answer is unknown. */
    const size_t *pending; /* (n_pending) */
    size_t n_pending;
    /* Never picked, cover nothing: deleted, rejected, held back. */
    const size_t *banned; /* (n_banned) */
    size_t n_banned;
    enum smp_strategy strategy;
    size_t batch;
    double explore; /* 0..1 */
    uint64_t seed;
    unsigned n_threads; /* 0 counts as 1 */
    const struct smp_progress *progress;
};

struct smp_pick {
    size_t row;
    enum smp_strategy strategy; /* who chose it: never SMP_AUTO */
    double score;      /* 0..1; 0 for random. Herding: share of the pool's need newly covered;
                                   margin: the uncertainty; others: see their files */
    size_t rank;       /* 1 = first */
    size_t pool_size;  /* N: rows that were free when this slot was filled */
    double propensity; /* as above */
    int32_t guess;  /* the first question's most probable class, -1 without a trained model */
    double guess_p; /* its probability; 0 without */
    char reason[SMP_REASON_MAX]; /* one plain sentence, UTF-8 */
};

/* Fills at most in->batch picks (fewer when fewer rows are free; possibly none) and their
 * count. SMP_INVALID: a strategy that needs one without a trained model, a row or class out of range, explore
 * outside 0..1, a latent beyond SMP_LATENT_MAX. */
enum smp_status smp_pick(const struct smp_pick_in *in, struct smp_pick *picks,
                         size_t *n_picks) SMP_MUST_USE;

#endif
