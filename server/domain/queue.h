/* queue - who labels what next.
 *
 * A ranking publishes a round of picks; people are handed leases on them, in order. Whenever
 * the queue has nothing for a person, the next item comes at random.
 *
 *     struct queue_ask ask = {.project_id = p, .user_id = u, .n = 3, .what = QUEUE_NEW};
 *     TRY(queue_lease(s, a, &ask, now, &given));
 *     ... given.leases[i].lease, .item, .pick
 *
 * Rules, all inside the write transaction:
 * - live leases of others + answers of others never exceed the project's overlap; an item whose
 *   answers differ asks one more person at a time, up to overlap_max (domain/item.h);
 * - nobody is given an item twice, or one she holds already; what she skipped comes back to
 *   her only when asked for (QUEUE_SKIPPED);
 * - what a reviewer returned to her comes first, and her place on it is kept (review.h);
 * - whoever has assignments gets items of those alone (domain/steer.h), and nobody answers more than
 *   the project's quota, or the assignment's;
 * - items of priority 1 to 9 come first, then picks, then chance;
 * - a lease is for 5 minutes and may be renewed; expired ones end whenever anybody asks for
 *   leases, and their picks wait again at their old place;
 * - a new round removes older picks that nobody was handed; where an item needs several answers,
 *   what somebody has begun stays in front of the queue for the others (the newest 500 such picks).
 *
 * At random: items have a random order (item.shuffle). Each person walks around it from a
 * place of her own (by hash of the project's seed and her id), and the place is kept, so what
 * she has answered lies behind her. A call looks at no more than 4,096 places, whatever the
 * project's size, and the walk goes on there next time. So when 4,096 places in a
 * row hold nothing for her (all answered by her, or in others' hands), a call may return none
 * although `left` > 0: ask again.
 * Such a pick's receipt: strategy "random", round null, propensity 1 / items open for her; of an
 * assignment, "assigned", likewise among its items; of an item with a priority, "priority". Each
 * assignment and priority has an order of its own that is walked in the same way. */
#ifndef EXEMPLAR_DOMAIN_QUEUE_H
#define EXEMPLAR_DOMAIN_QUEUE_H

#include "base/json.h"
#include "store/item.h"
#include "store/queue.h"

#define LEASE_MS ((int64_t)5 * 60 * 1000)
enum { LEASES_MAX = 20, QUEUE_LOW = 20 };

enum queue_what { QUEUE_NEW, QUEUE_SKIPPED }; /* SKIPPED: new ones first, then skipped ones */

struct handed {
    struct lease lease;
    struct item item;
    struct pick pick; /* id 0 when nobody picked it: a label taken back that had no pick */
};

struct queue_ask {
    int64_t project_id, user_id;
    int64_t n; /* 1..20 */
    enum queue_what what;
};
struct queue_given {
    struct handed *leases; /* in the order to be shown */
    size_t n;              /* at most as many as were asked for */
    /* Open items that this person has not answered (nor skipped, for QUEUE_NEW), those in her
     * hands included, and no more than her quota allows; of `items` in all. Both as of one
     * moment. An item of two of her assignments counts in each. */
    int64_t left, items;
};
enum err queue_lease(struct store *s, struct arena *a, const struct queue_ask *ask,
                     int64_t now_ms, struct queue_given *given) MUST_USE;

/* This person's live leases, oldest first: after a reload of the page. Reading only. */
enum err queue_held(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                    int64_t now_ms, struct handed **leases, size_t *n_leases) MUST_USE;

/* Leases of one person in one project, by id. Ids of others, or of another project, are passed
 * over and no error: whoever was taken off a project keeps nothing of it in hand. */
struct queue_ids {
    int64_t project_id, user_id;
    const int64_t *ids;
    size_t n;
};
/* Five minutes more for those she still holds. */
enum err queue_renew(struct store *s, struct arena *a, const struct queue_ids *of,
                     int64_t now_ms, struct lease **renewed, size_t *n_renewed) MUST_USE;
enum err queue_release(struct store *s, const struct queue_ids *of, int64_t now_ms) MUST_USE;

/* All that she holds in this project (0: in all) goes back to the queue at once. */
enum err queue_withdraw(struct store *s, int64_t project_id, int64_t user_id,
                        int64_t now_ms) MUST_USE;

/* One item to one person, by name: for a label taken back. *l is zeroed when no room is left. */
enum err queue_lease_item(struct store *s, int64_t item_id, int64_t user_id, int64_t pick_id,
                          int64_t now_ms, struct lease *l) MUST_USE;

/* Ends what expired, of all projects; for an idle moment. *n: how many. */
enum err queue_expire(struct store *s, int64_t now_ms, int64_t *n) MUST_USE;

/* A round and its n picks, best first (ranks are set here): they replace what was queued. */
enum err queue_publish_round(struct store *s, struct round *r, struct pick *picks, size_t n,
                             int64_t now_ms) MUST_USE;

/* *needed 1 when a ranking should run: open items exist, and no round was made yet, or labels since
 * the last are at least half its batch, another recipe was chosen or a quarantine set since, or fewer than 20 picks
 * wait although labels or latents have come since. */
enum err queue_needs_round(struct store *s, struct arena *a, int64_t project_id,
                           int *needed) MUST_USE;

/* What the answers to one question teach, item by item of round_inputs.labelled. The answer of an
 * item that several people answered is what most of them chose: of a single choice the class with
 * most votes, of a multiple one every class that more than half of them chose. Labels of people in
 * quarantine at that moment count for nothing (quarantine.h); a reviewer's decision stands above all. */
struct round_answers {
    const char *question; /* its name; lives as long as the arena */
    const char *const *class_names;
    size_t n_classes;
    int multiple;
    const int32_t
        *classes; /* single: the class; -1: rejected, flagged, in a tie, unknown now */
    /* multiple: (n_labelled, n_classes) 1 for a chosen class; only where `known` is 1 */
    const uint8_t *chosen;
    const uint8_t *known;
};

/* What a ranking works from, taken in one look so that it can be computed again later. */
struct round_inputs {
    int64_t ledger_seq;
    int64_t question_version; /* in force at ledger_seq */
    size_t n_questions;       /* 1..QUESTIONS_MAX, in their order */
    const struct round_answers *answers;
    size_t n_labelled;
    const int64_t *labelled; /* items that anybody answered (skips do not count), ascending */
    size_t n_held;
    const int64_t *held; /* items on lease, ascending */
};
/* As things stand. */
enum err queue_inputs(struct store *s, struct arena *a, int64_t project_id, int64_t now_ms,
                      struct round_inputs *in) MUST_USE;
/* As they stood for that round: from the ledger up to round.ledger_seq, and round.held. Equal to
 * what queue_inputs gave then. */
enum err queue_inputs_of_round(struct store *s, struct arena *a, const struct round *r,
                               struct round_inputs *in) MUST_USE;

/* The receipt of invariant 5 as a new JSON object, with "reads" beside, what its model reads in words,
 * when there is one. NULL when out of memory. */
json_t *pick_receipt(const struct pick *p);

/* BLAKE2b-256 of the receipt's canonical JSON (json_write). */
enum err pick_receipt_hash(const struct pick *p, struct hash *h) MUST_USE;

#endif
