/* tally - the votes on one question about one item, and what they come to.
 *
 *     TRY(tally_new(a, question, &t));
 *     tally_add(&t, values, 1);                 // once for each person; NULL: no answer to it
 *     k = tally_winner(&t);                     // single choice: -1 when nothing won
 *     known = tally_majority(&t, chosen);       // multiple choice
 *     tally_clear(&t);                          // for the next item
 *
 * Of a single choice the class with most votes, if no other class, and no number of people without an
 * answer, has as many. Of a multiple one every class that more than half of those who answered chose,
 * if they are more than those who did not. People without an answer: who rejected or flagged the item, or
 * gave a class that is none any more. Votes may weigh; whole weights are counted exactly. Pure. */
#ifndef EXEMPLAR_DOMAIN_TALLY_H
#define EXEMPLAR_DOMAIN_TALLY_H

#include "domain/question.h"

struct tally {
    const struct question *q;
    double *votes; /* (n_classes) */
    double n, n_none;
    uint8_t *mark; /* (n_classes) of the values added last */
};

enum err tally_new(struct arena *a, const struct question *q, struct tally *t) MUST_USE;
void tally_clear(struct tally *t);
void tally_add(struct tally *t, const json_t *values, double weight);
int32_t tally_winner(const struct tally *t);
/* 1: known, and chosen (n_classes) says which; else chosen is all 0. */
int tally_majority(const struct tally *t, uint8_t *chosen);

#endif
