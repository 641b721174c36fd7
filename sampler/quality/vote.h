/* vote - what people mean together, one vote each or each by their trust.
 *
 *     SMP_TRY(smp_vote(&answers, NULL, votes));                 // majority; votes (n_items)
 *     SMP_TRY(smp_trust(&answers, trust));                      // trust (n_people)
 *     SMP_TRY(smp_vote(&answers, trust, votes));                // those who agree with others weigh more
 *
 * Trust is the simple cousin of Dawid & Skene (crowd.h): one number a person, so a few answers are
 * enough. A person is right when the others, weighted, say the same; half right when that is one of two
 * that tie. The rate is drawn towards everybody's as by SMP_TRUST_PRIOR answers, and weighs
 * ln((k - 1) r / (1 - r)), never less than 0: what the rate r is worth as evidence among k classes when
 * mistakes fall alike on all others (Nitzan & Paroush, Int. Econ. Rev. 23 (1982), for k = 2). */
#ifndef SAMPLER_QUALITY_VOTE_H
#define SAMPLER_QUALITY_VOTE_H

#include "sampler/quality/answers.h"

enum { SMP_TRUST_PRIOR = 4, SMP_TRUST_ROUNDS = 20 };

struct smp_vote {
    int32_t
        winner; /* the class with the most; the lowest of those that tie; -1 without answers */
    uint32_t n_tied;  /* classes with the most: 1 is a clear vote, 0 none at all */
    uint32_t n;       /* answers */
    double share;     /* of the weight that the winner has */
    double runner_up; /* of the best class after it; equal to share on a tie */
};

/* trust (n_people), finite, >= 0, or NULL: one vote each. votes (n_items). */
enum smp_status smp_vote(const struct smp_answers *in, const double *trust,
                         struct smp_vote *votes) SMP_MUST_USE;

struct smp_trusted {
    double trust; /* the weight */
    double rate;  /* how often the others say the same, drawn towards everybody's */
    size_t n;     /* answers that somebody else gave one beside */
};

/* people (n_people). SMP_TRUST_ROUNDS rounds at most; ends when no weight moves by 1e-6. */
enum smp_status smp_trust(const struct smp_answers *in,
                          struct smp_trusted *people) SMP_MUST_USE;

#endif
