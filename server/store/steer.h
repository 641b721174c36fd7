/* store/steer - rows of assignments and the priorities of items. Rules: domain/steer.h. */
#ifndef EXEMPLAR_STORE_STEER_H
#define EXEMPLAR_STORE_STEER_H

#include "store/store.h"

/* Which items: all that are not NULL must fit. key and value: of the item's meta; folder: of its
 * path, with everything below it. */
struct item_match {
    const char *key, *value;
    const char *folder;
};

struct assignment {
    int64_t id, project_id;
    int64_t user_id;        /* 0: everybody who has none of their own */
    const char *user_name;  /* NULL: everybody, or erased */
    struct item_match what; /* all NULL: the items that were named */
    int64_t quota;          /* 0: none */
    int64_t n_items, n_open;
    int filled; /* 1: every item was looked at */
    int64_t created_at;
    int64_t ended_at; /* 0: it lives */
};

/* Sets a->id. */
enum err store_assignment_add(struct store *s, struct assignment *a) MUST_USE;
enum err store_assignment_get(struct store *s, struct arena *a, int64_t id,
                              struct assignment *x) MUST_USE;
/* Those that live, by id. */
enum err store_assignment_list(struct store *s, struct arena *a, int64_t project_id,
                               struct assignment **list, size_t *n) MUST_USE;
enum err store_assignment_end(struct store *s, int64_t id, int64_t now_ms) MUST_USE;

/* One named item; *added 0: it is not of the assignment's project, or was there. */
enum err store_assignment_name(struct store *s, int64_t id, int64_t item_id,
                               int64_t *added) MUST_USE;
/* The matching items with after < id <= to. For a job, step by step; again is harmless. */
enum err store_assignment_fill(struct store *s, int64_t id, int64_t after, int64_t to) MUST_USE;
enum err store_assignment_filled(struct store *s, int64_t id) MUST_USE;
/* Takes up to `limit` items out of an assignment that ended; *n: how many. */
enum err store_assignment_clear(struct store *s, int64_t id, int64_t limit,
                                int64_t *n) MUST_USE;

/* What one person is to work on: her own that live, or else everybody's; none: all items. */
struct order {
    int64_t assignment_id;
    int64_t quota;
    int64_t n_open;                               /* open items */
    int64_t answers, open_answered, open_skipped; /* of hers */
};
enum err store_orders_of(struct store *s, int64_t project_id, int64_t user_id, size_t most,
                         struct order *orders, size_t *n) MUST_USE;

/* ERR_CORRUPT says which kept count or state is not as the items and labels are. For verify. */
enum err store_assignments_check(struct store *s, int64_t project_id) MUST_USE;

/* *set 0: it is not of that project. */
enum err store_item_prioritise(struct store *s, int64_t project_id, int64_t item_id,
                               int64_t priority, int64_t *set) MUST_USE;
/* The matching ones with after < id <= to; *n: how many now have another priority. */
enum err store_items_prioritise(struct store *s, int64_t project_id, const struct item_match *m,
                                int64_t priority, int64_t after, int64_t to,
                                int64_t *n) MUST_USE;
/* The highest priority below `below` that an open item has; 0: none. */
enum err store_priority_below(struct store *s, int64_t project_id, int64_t below,
                              int64_t *priority) MUST_USE;
/* 0 when there are no items. */
enum err store_item_last_id(struct store *s, int64_t *id) MUST_USE;

#endif
