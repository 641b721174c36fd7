/* check - is somebody's work right? Items whose answer is known, and items asked again.
 *
 *     TRY(gold_set(s, a, &(struct gold_change){p, item, reviewer, values}, now, &seq));
 *
 * A known answer ("gold") is an event of the ledger. Of what is handed out, a share of gold_rate are
 * such items, whatever their state, that the person has not answered; a share of repeat_rate are items
 * that she answered ten minutes ago or earlier, each once. Which hand-outs these are is drawn from
 * the project's seed, the person and how many answers she gave: the same every time.
 *
 * An answer to a gold item is a label as any other. A second answer to an item is not: the label stays
 * what it was, and the event "again" says what was said the second time and whether it agrees.
 * Neither is shown as what it is: for annotators of a project with either rate, the API gives no
 * receipts and no guesses, rounds its counts, and knows no state of items but their own answers.
 * What remains: whoever writes down every item will know one that comes again. */
#ifndef EXEMPLAR_DOMAIN_CHECK_H
#define EXEMPLAR_DOMAIN_CHECK_H

#include "base/json.h"
#include "domain/hand_out.h"
#include "store/check.h"
#include "store/user.h"

#define AGAIN_AFTER_MS ((int64_t)10 * 60 * 1000)

struct gold_change {
    int64_t project_id, item_id, user_id;
    const json_t *values; /* of every question; NULL: no longer known */
};
/* ERR_INVALID: the values do not fit the questions. ERR_NOT_FOUND: no such item there, or nothing to
 * withdraw. */
enum err gold_set(struct store *s, struct arena *a, const struct gold_change *c, int64_t now_ms,
                  int64_t *seq) MUST_USE;

/* What a person is told about her answer to an item, when the project wants that. */
struct feedback {
    int given; /* 0: nothing is known, or she skipped it, or the project does not want it */
    int right;
    const char *values; /* what is right */
};
enum err check_feedback(struct store *s, struct arena *a, int64_t project_id, int64_t item_id,
                        int64_t user_id, struct feedback *f) MUST_USE;

/* How many of one person's answers were right, and how many second answers agreed with the first. */
struct person_checks {
    int64_t user_id;
    int64_t n_gold, n_right;
    int64_t n_again, n_agree;
};
/* By person. Reads the known items with their labels, and the second answers. */
enum err check_people(struct store *s, struct arena *a, int64_t project_id,
                      struct person_checks **people, size_t *n) MUST_USE;

/* *hidden 1: this person must not be able to tell checks from work. */
enum err check_is_hidden(struct store *s, int64_t project_id, int64_t user_id,
                         int *hidden) MUST_USE;
/* A count as such a person is told it: up to the next ten. */
int64_t check_round(int64_t n);

/* For hand_out.c: what the next hand-out is, and one such item, if there is any. */
enum err check_due(struct handing *h, enum lease_task *task) MUST_USE;
enum err hand_check(struct handing *h, enum lease_task task) MUST_USE;

/* For label_rebuild and verify. */
enum err checks_rebuild(struct store *s, struct arena *a) MUST_USE;

#endif
