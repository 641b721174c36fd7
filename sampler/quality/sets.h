/* sets - how far apart two answers are that choose any number of classes.
 *
 *     d = smp_masi(cats_and_dogs, cats, n_classes);       // 1 - 1/2 * 2/3 = 0.667
 *
 * MASI: 1 - J M, J what both chose of what either did (Jaccard), M 1 for the same, 2/3 when one holds
 * the other, 1/3 when they overlap, 0 when they share nothing. Two that chose nothing are the same.
 * A distance for alpha (agreement.h, SMP_DISTANCE). Source: Passonneau, "Measuring Agreement on
 * Set-valued Items (MASI) for Semantic and Pragmatic Annotation", LREC 2006. */
#ifndef SAMPLER_QUALITY_SETS_H
#define SAMPLER_QUALITY_SETS_H

#include <stddef.h>
#include <stdint.h>

/* a, b (n_classes): 1 for a chosen class, else 0. */
double smp_masi(const uint8_t *a, const uint8_t *b, size_t n_classes);

#endif
