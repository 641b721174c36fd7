/* reason - why an item came, in one plain sentence for the person who is about to label it. */
#ifndef SAMPLER_REASON_H
#define SAMPLER_REASON_H

#include "sampler/pick.h"

#include <stddef.h>

struct smp_why {
    enum smp_strategy chosen_by;  /* never auto */
    enum smp_strategy configured; /* what was asked for: tells exploration from plain chance */
    size_t n_alike; /* items like it that no label speaks for yet, itself included */
    const float *p; /* (n_classes), or NULL without a model */
    size_t n_classes;
    const char *const *class_names; /* or NULL: "class 3" */
    bool several_answers;           /* p are independent */
};

/* Writes at most SMP_REASON_MAX bytes with the final zero; class names are cut at 60 bytes, never
 * inside a character. */
void smp_reason(const struct smp_why *why, char *out);

#endif
