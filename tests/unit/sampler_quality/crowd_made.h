/* crowd_made - crowds of known quality: items with a true class, people with known confusion. */
#ifndef EXEMPLAR_TESTS_CROWD_MADE_H
#define EXEMPLAR_TESTS_CROWD_MADE_H

#include "sampler/quality/answers.h"

#include <stdbool.h>

struct crowd_plan {
    size_t n_items, n_people, n_classes;
    size_t overlap;          /* people an item, all different */
    const double *prior;     /* (classes); NULL: all alike */
    const double *confusion; /* (people, classes, classes) true class, answer */
    uint64_t seed;
};

struct crowd {
    uint32_t *truth; /* (n_items) */
    struct smp_answers answers;
};

void crowd_make(const struct crowd_plan *plan, struct crowd *out);
void crowd_free(struct crowd *crowd);

/* confusion (people, classes, classes): person j is right with probability right[j], and wrong in every
 * other class alike. */
void crowd_confusion(const double *right, size_t n_people, size_t n_classes, double *confusion);

/* The same answers in another order, with items and people renamed by permutations of the seed. */
void crowd_permute(const struct smp_answers *from, uint64_t seed, struct crowd *to);

#endif
