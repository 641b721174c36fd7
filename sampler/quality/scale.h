/* scale - the distances of agreement.h, checked and tabled. Inside this folder only. */
#ifndef SAMPLER_QUALITY_SCALE_H
#define SAMPLER_QUALITY_SCALE_H

#include "sampler/quality/agreement.h"

/* SMP_INVALID with the sentence that belongs to the scale. */
enum smp_status smp_scale_check(const struct smp_agreement_in *in) SMP_MUST_USE;

double smp_scale_value(const struct smp_agreement_in *in, size_t c);

/* The squared distance of two classes, for every scale but the ordinal one, whose distances depend on
 * the answers. */
double smp_scale_distance(const struct smp_agreement_in *in, size_t c, size_t k);

/* Disagreement for weighted kappa: as above, and the steps between two classes for the ordinal. */
double smp_scale_weight(const struct smp_agreement_in *in, size_t c, size_t k);

#endif
