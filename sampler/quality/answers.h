/* answers - who answered what about which item: sparse triples, in any order.
 *
 *     struct smp_answers in = {.item = item, .person = person, .answer = answer, .n = n,
 *                              .n_items = 1000, .n_people = 3, .n_classes = 4};
 *
 * One question at a time. An answer is the number of its class; for numbers (ratings, measures) the
 * classes are the different values, ascending, and what each is worth is said beside (agreement.h). An
 * item that a person did not answer simply has no triple.
 *
 * Everything in this folder sorts its triples first, so the order in which they are given changes no
 * bit of any result. */
#ifndef SAMPLER_QUALITY_ANSWERS_H
#define SAMPLER_QUALITY_ANSWERS_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

/* Items, people, classes and answers, at most: they are counted in 32 bits. */
#define SMP_ANSWERS_MAX 2000000000u

struct smp_answers {
    const uint32_t *item;   /* (n) 0..n_items-1 */
    const uint32_t *person; /* (n) 0..n_people-1 */
    const uint32_t *answer; /* (n) 0..n_classes-1 */
    size_t n, n_items, n_people, n_classes;
};

enum smp_answer_order {
    SMP_BY_ITEM,  /* by item, then person, then answer */
    SMP_BY_PERSON /* by person, then item, then answer */
};

struct smp_sorted {
    uint32_t *item, *person, *answer; /* (n) */
    uint32_t *start;                  /* (groups + 1) the first of each item's, or person's */
};

/* SMP_INVALID names a triple that is out of range. 12 n + 4 groups bytes stay, as many again are needed
 * meanwhile. */
enum smp_status smp_answers_sort(const struct smp_answers *in, enum smp_answer_order order,
                                 struct smp_sorted *out) SMP_MUST_USE;

/* SMP_INVALID when a person answered an item twice: measures of agreement want one answer of each. */
enum smp_status smp_sorted_check_once(const struct smp_sorted *sorted, size_t n) SMP_MUST_USE;
void smp_sorted_free(struct smp_sorted *sorted);

#endif
