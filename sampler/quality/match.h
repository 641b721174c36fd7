/* match - which of one person's shapes is which of another's: the best one-to-one pairing.
 *
 *     int32_t partner[3];
 *     SMP_TRY(smp_match(&(struct smp_match_in){iou, 3, 4, 0.5}, partner, &sum));
 *
 * Maximises the sum of scores over all one-to-one pairings; pairs below the threshold count nothing and
 * are not made. Source: Kuhn 1955 (the Hungarian method), by shortest augmenting paths with potentials,
 * O(n^2 m) for n <= m (Jonker & Volgenant, Computing 38 (1987)). */
#ifndef SAMPLER_QUALITY_MATCH_H
#define SAMPLER_QUALITY_MATCH_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

/* 2,000 x 2,000 take some seconds. */
enum { SMP_MATCH_MAX = 4000 };

struct smp_match_in {
    const double *score; /* (n, m), finite, 0 or more: IoU, F1 */
    size_t n, m;         /* 0..SMP_MATCH_MAX */
    double threshold;    /* of a pair; 0 makes no pair of score 0 */
};

/* partner (n): the column of each row, or -1. `sum` may be NULL: of the scores of the pairs made. */
enum smp_status smp_match(const struct smp_match_in *in, int32_t *partner,
                          double *sum) SMP_MUST_USE;

/* How alike two people's shapes are: 2 * sum of matched scores / (n + m), 1 when neither has any.
 * With IoU as the score it is 1 only for equal shapes, and an extra or missing one costs. */
enum smp_status smp_match_f1(const struct smp_match_in *in, double *f1) SMP_MUST_USE;

#endif
