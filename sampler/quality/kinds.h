/* kinds - items with the same answers, whoever gave them, are one kind. Inside this folder only.
 *
 * Chance-corrected agreement looks at nothing else, and a million answers of three people in ten
 * classes make 220 kinds. Kinds are in order of their answers, so that nothing depends on the order of
 * items or people. */
#ifndef SAMPLER_QUALITY_KINDS_H
#define SAMPLER_QUALITY_KINDS_H

#include "sampler/quality/answers.h"

struct smp_kinds {
    size_t n;         /* kinds */
    size_t n_items;   /* with two answers or more */
    size_t n_answers; /* about those */
    uint32_t *start;  /* (n + 1) */
    uint32_t *answer; /* (start[n]) ascending within a kind */
    uint32_t *weight; /* (n) items of the kind */
    uint32_t *unit;   /* (n_items) the kind of each, ascending: what is drawn again */
};

/* SMP_INVALID also when a person answered an item twice. */
enum smp_status smp_kinds_new(const struct smp_answers *in, struct smp_kinds *out) SMP_MUST_USE;
void smp_kinds_free(struct smp_kinds *kinds);

#endif
