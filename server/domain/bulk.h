/* bulk - one action on many items, and its undoing.
 *
 *     struct bulk_new n = {.project_id = p, .user_id = reviewer, .action = BULK_LABEL,
 *                          .values = values, .filter = filter};
 *     TRY(bulk_make(s, a, &n, now, &b, &job));      // a job (kind "bulk") does it
 *     TRY(bulk_undo(s, a, p, b.id, user, now, &b, &job));
 *
 *   label     the reviewer's decision for each: these values        } events of the ledger, as if
 *   reject    the reviewer's decision for each: cannot be labelled   } each had been made by hand
 *   withdraw  decisions are taken back: the labels count again       } (domain/review.h)
 *   priority  the queue's order (domain/steer.h)
 *
 * Items are named one by one (at most BULK_ITEMS_MAX) or by a filter (domain/find.h), which is looked
 * through once, in order of item, while the job goes on. A job that was stopped goes on where it was,
 * and does nothing twice: an event's id follows from the action and the item.
 *
 * Undoing gives each item back what stood before, but leaves those alone that somebody changed
 * since. What was stopped half-way can be undone too. */
#ifndef EXEMPLAR_DOMAIN_BULK_H
#define EXEMPLAR_DOMAIN_BULK_H

#include "base/json.h"
#include "store/bulk.h"
#include "store/job.h"

enum { BULK_ITEMS_MAX = 5000, VIEW_QUERY_BYTES_MAX = 4000, VIEWS_MAX = 100 };

struct bulk_new {
    int64_t project_id, user_id;
    enum bulk_action action; /* not BULK_UNDO */
    const json_t *values;    /* of label */
    int64_t priority;        /* of priority, 0..9 */
    const char *note;        /* of a decision; NULL or "": none */
    const json_t *filter;    /* or: */
    const json_t *items;     /* a list of ids */
};

/* ERR_INVALID names the field. */
enum err bulk_make(struct store *s, struct arena *a, const struct bulk_new *n, int64_t now_ms,
                   struct bulk *b, struct job *j) MUST_USE;

/* ERR_CONFLICT: it was undone already, or is an undoing itself. */
enum err bulk_undo(struct store *s, struct arena *a, int64_t project_id, int64_t id,
                   int64_t user_id, int64_t now_ms, struct bulk *b, struct job *j) MUST_USE;

/* The next step of the action, inside the caller's transaction: items after *after, at most `limit`
 * of them. Sets *after to the last looked at, *done to 1 when there are no more. */
enum err bulk_step(struct store *s, struct arena *a, const struct bulk *b, size_t limit,
                   int64_t now_ms, int64_t *after, int *done) MUST_USE;

/* Items that the action is about; counts them if it has to. */
enum err bulk_total(struct store *s, struct arena *a, const struct bulk *b,
                    int64_t *n) MUST_USE;

/* The action of a job of kind "bulk". */
enum err bulk_of_job(struct store *s, struct arena *a, const struct job *j,
                     struct bulk *b) MUST_USE;

/* Keeps a view of this person under a name; one of that name is replaced. ERR_INVALID: no name, too
 * long, or VIEWS_MAX are there. */
enum err view_keep(struct store *s, struct arena *a, struct saved_view *v) MUST_USE;

#endif
