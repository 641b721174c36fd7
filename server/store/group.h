/* store/group - rows of prints, groupings and the groups found. Rules: domain/group.h. */
#ifndef EXEMPLAR_STORE_GROUP_H
#define EXEMPLAR_STORE_GROUP_H

#include "sampler/quality/prints.h"
#include "store/store.h"

struct grouping {
    int64_t id, project_id;
    int64_t last_item, n_items; /* what was compared */
    int64_t n_groups, n_grouped;
    int64_t created_at;
};

/* One item in a group. */
struct grouped {
    int64_t item_id, group_id;
};

enum err store_print_add(struct store *s, int64_t project_id, int64_t item_id,
                         const struct smp_print *print) MUST_USE;
/* The last item that has one; 0 when none has. Those before it have one too. */
enum err store_print_last(struct store *s, int64_t project_id, int64_t *item_id) MUST_USE;
/* Every print of a project's items, in order of item. */
typedef enum err (*print_each)(void *context, int64_t item_id, const struct smp_print *print);
enum err store_print_visit(struct store *s, int64_t project_id, print_each each,
                           void *context) MUST_USE;

/* Sets g->id; it is not in use until store_grouping_whole. */
enum err store_grouping_add(struct store *s, struct grouping *g) MUST_USE;
enum err store_grouping_whole(struct store *s, int64_t id) MUST_USE;
/* The one in use; g->id 0 when there is none. */
enum err store_grouping_find(struct store *s, int64_t project_id, struct grouping *g) MUST_USE;
/* Takes away at most `limit` rows of groupings other than `keep`, and those that have none left;
 * *n: how many rows went. */
enum err store_grouping_clear(struct store *s, int64_t project_id, int64_t keep, int64_t limit,
                              int64_t *n) MUST_USE;

enum err store_group_add(struct store *s, int64_t grouping_id,
                         const struct grouped *g) MUST_USE;
/* The item's group; 0 when it is alone. */
enum err store_group_find(struct store *s, int64_t grouping_id, int64_t item_id,
                          int64_t *group_id) MUST_USE;
/* Its items in order of id, after `after`. */
enum err store_group_members(struct store *s, struct arena *a, int64_t grouping_id,
                             int64_t group_id, int64_t after, size_t limit, int64_t **items,
                             size_t *n) MUST_USE;
/* Every item that is not alone, in order of id. */
enum err store_group_list(struct store *s, struct arena *a, int64_t grouping_id,
                          struct grouped **rows, size_t *n) MUST_USE;

#endif
