/* kinds - how each kind of member comes to its head. For member.c; a kind per member_*.c. */
#ifndef SAMPLER_MODEL_KINDS_H
#define SAMPLER_MODEL_KINDS_H

#include "sampler/model/member.h"

/* x (labels, d) <- the labelled rows; SMP_INVALID with one beyond SMP_LATENT_MAX, or bad labels. */
enum smp_status smp_gather_labelled(const struct smp_member_in *in, float *x) SMP_MUST_USE;

/* Nearest class mean, as a linear head: of equal round clouds around the means x is most probably
 * from that of the nearest. Their common variance is a quarter of the labelled items' own, so that a
 * mean twice as far away is improbable and not impossible. */
enum smp_status smp_mean_fit(const struct smp_member_in *in,
                             struct smp_head **out) SMP_MUST_USE;

#endif
