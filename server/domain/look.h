/* look - the queue of labels worth a second look, and what a reviewer said of each.
 *
 *     TRY(look_publish(s, &look, entries, n));           // by jobs/second_look.h: replaces the last
 *     TRY(look_waiting(s, a, p, 0, 20, &last, &list, &n_list));
 *     TRY(look_keep(s, a, &said, now, &e));              // the answer is right as it is
 *     TRY(look_fix(s, a, &said, value, now, &e));        // this is the answer
 *     TRY(look_undo(s, a, &said, now, &e));              // neither: it waits again
 *
 * An entry is a doubt (one item whose label a model that had not seen it would not give) or a conflict
 * (near duplicates that were answered differently). It names the newest event its items' answers were
 * made of. Once an answer is made of another event the entry is stale: it is not shown any more, and
 * nobody can act on it.
 *
 * A keep changes no label, so it is no event of the ledger: it only keeps the item out of later
 * searches, until its answer is made of another event. A fix is a reviewer's decision (review.h) on
 * each item of the entry, a conflict's items all alike; its note says that a second look was taken. */
#ifndef EXEMPLAR_DOMAIN_LOOK_H
#define EXEMPLAR_DOMAIN_LOOK_H

#include "base/json.h"
#include "base/uuid.h"
#include "store/look.h"

enum { LOOK_ENTRIES_MAX = 500, LOOK_LABELS_MIN = 30, LOOK_CLASS_MIN = 5 };

/* Is the answer (of event seq) of this item kept out? Kept ones as store_look_kept_list gives them. */
int look_is_kept(const struct look_kept *kept, size_t n, enum look_kind kind,
                 const char *question, const struct look_item *item);

/* Stores the look and its n <= LOOK_ENTRIES_MAX entries (ranks are set here) in place of the last.
 * Sets l->id. */
enum err look_publish(struct store *s, struct look *l, struct look_entry *entries,
                      size_t n) MUST_USE;

/* *due 1: there are LOOK_LABELS_MIN answered items, and a quarter more than at the last look. */
enum err look_is_due(struct store *s, int64_t project_id, int *due) MUST_USE;

/* The entries that wait and are not stale, behind rank `after`; at most `limit`. *last: the look they
 * are of, id 0 when nobody looked yet. */
enum err look_waiting(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                      size_t limit, struct look *last, struct look_entry **entries,
                      size_t *n) MUST_USE;

struct look_said {
    struct uuid id; /* of a fix: made by the client, so that a retry is harmless */
    int64_t project_id, entry_id, user_id;
};

/* Each gives the entry as it then is. ERR_NOT_FOUND: no such entry in that project. ERR_CONFLICT:
 * somebody did the other thing, or the entry is stale; the sentence says which. The same again is OK. */
enum err look_keep(struct store *s, struct arena *a, const struct look_said *x, int64_t now_ms,
                   struct look_entry *e) MUST_USE;
/* `value` answers the entry's question: a class, or a list of classes for a multiple choice. */
enum err look_fix(struct store *s, struct arena *a, const struct look_said *x,
                  const json_t *value, int64_t now_ms, struct look_entry *e) MUST_USE;
/* A fix is taken back by another decision: back to what stood before. */
enum err look_undo(struct store *s, struct arena *a, const struct look_said *x, int64_t now_ms,
                   struct look_entry *e) MUST_USE;

#endif
