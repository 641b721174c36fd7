/* store/returned - rows of labels that went back to their people, the projection of the ledger's
 * `return` events. A row goes when its person answers again (a trigger). Rules: domain/review.h. */
#ifndef EXEMPLAR_STORE_RETURNED_H
#define EXEMPLAR_STORE_RETURNED_H

#include "store/store.h"

/* For so long the place of whoever is asked again is kept for her; then anybody may have it. */
#define RETURNED_KEPT_MS ((int64_t)7 * 24 * 3600 * 1000)

struct returned {
    int64_t item_id, user_id, project_id; /* user: whose label it was */
    int64_t seq;                          /* 0: none */
    int64_t by_id;                        /* who returned it */
    int64_t label_seq;                    /* ledger number of the label */
    int64_t pick_id;                      /* 0: nobody picked the item */
    const char *comment;
    int64_t at;
};

enum err store_returned_set(struct store *s, const struct returned *r) MUST_USE;
/* r->seq 0 when no label of this person on this item waits. */
enum err store_returned_find(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                             struct returned *r) MUST_USE;
/* What waits for this person on open items, the longest first. */
enum err store_returned_to(struct store *s, struct arena *a, int64_t project_id,
                           int64_t user_id, size_t limit, struct returned **rows,
                           size_t *n) MUST_USE;
/* Every row, in order of item and person. Texts live during the call. For verify. */
typedef enum err (*returned_each)(void *context, const struct returned *r);
enum err store_returned_visit(struct store *s, returned_each each, void *context) MUST_USE;
enum err store_returned_remove_all(struct store *s) MUST_USE; /* for label_rebuild */

#endif
