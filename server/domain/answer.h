/* answer - what a project says about an item: one answer, made of what people said.
 *
 *     struct answers *x;
 *     struct answers_ask ask = {.project_id = p, .seq = 0};           // 0: as of now
 *     TRY(answers_open(s, &ask, &x));
 *     answers_seq(x)                                                  // the ledger number it is of
 *     do {
 *         TRY(answers_page(x, &a, after, 500, &list, &n));            // by item, ascending
 *         if (n) after = list[n - 1].item_id;
 *     } while (n);
 *     answers_close(x);
 *
 * An item's answer as of a ledger number is made of the current labels of that moment, without skips
 * and without the labels of people in quarantine then (quarantine.h). Items for which nothing is left
 * have none, and are passed over. The questions are those in force then.
 *
 * A reviewer's decision that stood then (review.h) is the answer, whatever people said. Else:
 *
 *   flag    somebody flagged it         } the rule of the item's state (item.h), whatever
 *   reject  more than half rejected it  } the overlap
 *   accept  otherwise: each question has its answer by tally.h, or none: then it is missing in
 *           `values` and counted in n_open. Most often a tie; "values" is then {}.
 *
 * The same ledger number gives the same answers, whenever it is asked, and pages fit together while
 * people go on labelling. While nothing came to the ledger since, they are read from the current
 * labels, later from the events: slower by half. A page costs its labels, not the project's: it may be
 * read in a request. Memory: of a page.
 *
 * Reading; each call on `x` looks at the store it was opened on, which must stay open, and belongs to one
 * thread. What a page gives lives in its arena. Errors: ERR_NOT_FOUND no such project;
 * ERR_INVALID a seq beyond the ledger. */
#ifndef EXEMPLAR_DOMAIN_ANSWER_H
#define EXEMPLAR_DOMAIN_ANSWER_H

#include "domain/question.h"
#include "store/store.h"

struct answers;

struct answers_ask {
    int64_t project_id;
    int64_t seq; /* ledger number; 0: the last there is */
};

enum answered_by {
    ANSWERED_BY_PEOPLE,  /* their consensus */
    ANSWERED_BY_REVIEWER /* whose decision stands above all labels */
};

struct item_answer {
    int64_t item_id;
    enum answer answer; /* ANSWER_ACCEPT, _REJECT, _FLAG */
    const char
        *values; /* canonical JSON, {} unless accepted; questions without an answer missing */
    enum answered_by by;
    int64_t n_people; /* whose answers it is made of; 1 of a decision */
    int64_t n_open;   /* questions without an answer; 0 unless accepted */
    double
        support; /* share of those people who say just this; of several questions the least */
    int64_t seq; /* the newest event it is made of */
};

enum err answers_open(struct store *s, const struct answers_ask *ask,
                      struct answers **out) MUST_USE;
void answers_close(struct answers *x); /* NULL is fine */

int64_t answers_seq(const struct answers *x);
/* In force then; lives as long as `x`. */
const struct questions *answers_questions(const struct answers *x);
int64_t answers_question_version(const struct answers *x);

/* Up to `limit` items with an answer, their ids above `after`, ascending. *n 0: no more. */
enum err answers_page(struct answers *x, struct arena *a, int64_t after, size_t limit,
                      struct item_answer **list, size_t *n) MUST_USE;
/* Of one item; answer->item_id is 0 when it has none. */
enum err answers_of_item(struct answers *x, struct arena *a, int64_t item_id,
                         struct item_answer *answer) MUST_USE;

#endif
