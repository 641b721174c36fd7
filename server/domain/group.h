/* group - items that are one thing: near duplicates, which splits keep on one side and people should
 * label alike.
 *
 *     TRY(group_read(s, a, project_id, &all));                 // all.grouping.id 0: never searched
 *     key = group_key(&all, item_id);                          // the same for all of a group
 *
 * A background search (jobs/duplicates.h) compares what items look or read like, and stores a grouping;
 * the newest whole one is in use. An item alone is a group of its own, named by its own id; a group is
 * named by the lowest id in it. Items that came after the grouping count as alone until the next.
 *
 * Groupings are derived from the items: no event of the ledger, made again at any time. What must last
 * (a frozen data set's split) keeps what it made of them. Threads: as a store's. */
#ifndef EXEMPLAR_DOMAIN_GROUP_H
#define EXEMPLAR_DOMAIN_GROUP_H

#include "store/group.h"

struct group_list {
    struct grouping grouping; /* id 0: there is none yet, and all are alone */
    struct grouped *row;      /* (n) items that are not alone, by id, ascending */
    size_t n;
};
/* 16 bytes for each item that is not alone, in the arena. */
enum err group_read(struct store *s, struct arena *a, int64_t project_id,
                    struct group_list *all) MUST_USE;

/* The group of any item, looked for by halves. */
int64_t group_key(const struct group_list *all, int64_t item_id);

/* The items of this item's group, itself among them, in order of id; at most `limit`. One query each,
 * fit for a request. */
enum err group_of_item(struct store *s, struct arena *a, int64_t project_id, int64_t item_id,
                       size_t limit, int64_t **items, size_t *n) MUST_USE;

#endif
