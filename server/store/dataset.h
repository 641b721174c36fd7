/* store/dataset - rows of data sets, their items, and the uses of their test parts. Rules:
 * domain/dataset.h. */
#ifndef EXEMPLAR_STORE_DATASET_H
#define EXEMPLAR_STORE_DATASET_H

#include "base/hash.h"
#include "store/store.h"

enum dataset_state { DATASET_FREEZING, DATASET_FROZEN, DATASET_FAILED };
enum dataset_part { PART_TRAIN, PART_VALIDATION, PART_TEST, PARTS };

struct dataset {
    int64_t id, project_id;
    int64_t version; /* 1, 2, 3 in its project */
    const char *name;
    const char *spec; /* canonical JSON */
    int64_t ledger_seq;
    enum dataset_state state;
    struct hash hash; /* this and the next three: once frozen */
    int64_t n_items;
    const char *sheet; /* canonical JSON; NULL before */
    int64_t event_seq;
    int64_t user_id; /* 0: the program */
    int64_t created_at;
};

const char *dataset_state_name(enum dataset_state state); /* "freezing", ... */
const char *dataset_part_name(enum dataset_part part);    /* "train", ... */

/* Sets d->id and d->version; it is being frozen. */
enum err store_dataset_add(struct store *s, struct dataset *d) MUST_USE;
enum err store_dataset_get(struct store *s, struct arena *a, int64_t id,
                           struct dataset *d) MUST_USE;
/* Newest first, up to 1,000. */
enum err store_dataset_list(struct store *s, struct arena *a, int64_t project_id,
                            struct dataset **list, size_t *n) MUST_USE;
/* The frozen ones of the project that hold the item, newest first. */
enum err store_dataset_of_item(struct store *s, struct arena *a, int64_t project_id,
                               int64_t item_id, struct dataset **list, size_t *n) MUST_USE;
/* state, hash, n_items, sheet and event_seq as in `d`. Refused once it is frozen or failed. */
enum err store_dataset_end(struct store *s, const struct dataset *d) MUST_USE;

struct dataset_item {
    int64_t item_id;
    enum dataset_part part;
    const char *values;
};
enum err store_dataset_item_add(struct store *s, int64_t dataset_id,
                                const struct dataset_item *i) MUST_USE;
/* Removes up to `limit` items of one that is not frozen. */
enum err store_dataset_clear(struct store *s, int64_t dataset_id, int64_t limit,
                             int64_t *n) MUST_USE;
/* Those of `parts` (bit 1 << part each), by item, ascending, after `after`. */
enum { ALL_PARTS = 7 };
enum err store_dataset_items(struct store *s, struct arena *a, int64_t dataset_id,
                             unsigned parts, int64_t after, size_t limit,
                             struct dataset_item **items, size_t *n) MUST_USE;
/* i->item_id 0: it is not in there. */
enum err store_dataset_item_find(struct store *s, struct arena *a, int64_t dataset_id,
                                 int64_t item_id, struct dataset_item *i) MUST_USE;
/* What the hash is made of, by item: the content's hash too. Texts live during the call. */
typedef enum err (*dataset_visit)(void *context, const struct dataset_item *i,
                                  const struct hash *content);
enum err store_dataset_walk(struct store *s, int64_t dataset_id, dataset_visit each,
                            void *context) MUST_USE;

/* Items that `in` holds, and `other` does not, or with another answer, or in another part: how many
 * there are, and the first DIFFER_LISTED of them. Reads both. */
enum dataset_difference { DIFFER_ONLY_HERE, DIFFER_ANSWER, DIFFER_PART };
enum { DIFFER_LISTED = 100 };
enum err store_dataset_differ(struct store *s, struct arena *a, int64_t in, int64_t other,
                              enum dataset_difference what, int64_t **items, size_t *n,
                              int64_t *total) MUST_USE;

struct dataset_use {
    int64_t id, dataset_id;
    int64_t user_id; /* 0: the command line */
    const char *reason;
    int64_t at;
};
enum err store_dataset_use_add(struct store *s, struct dataset_use *u) MUST_USE;
/* Newest first, up to 1,000. */
enum err store_dataset_uses(struct store *s, struct arena *a, int64_t dataset_id,
                            struct dataset_use **uses, size_t *n) MUST_USE;

#endif
