#include "domain/group.h"

static enum err read_all(struct store *s, struct arena *a, int64_t project_id,
                         struct group_list *all)
{
    TRY(store_grouping_find(s, project_id, &all->grouping));
    if (!all->grouping.id) return OK;
    return store_group_list(s, a, all->grouping.id, &all->row, &all->n);
}

/* One look: a newer grouping takes the rows of the older away. */
enum err group_read(struct store *s, struct arena *a, int64_t project_id,
                    struct group_list *all)
{
    *all = (struct group_list){.n = 0};
    TRY(store_look(s));
    return store_look_end(s, read_all(s, a, project_id, all));
}

int64_t group_key(const struct group_list *all, int64_t item_id)
{
    size_t low = 0;
    size_t high = all->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (all->row[mid].item_id < item_id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < all->n && all->row[low].item_id == item_id ? all->row[low].group_id : item_id;
}

static enum err alone(struct arena *a, int64_t item_id, int64_t **items, size_t *n)
{
    *items = arena_array(a, 1, sizeof **items);
    NEED(*items);
    (*items)[0] = item_id;
    *n = 1;
    return OK;
}

static enum err members(struct store *s, struct arena *a, int64_t project_id, int64_t item_id,
                        size_t limit, int64_t **items, size_t *n)
{
    struct grouping g;
    int64_t group = 0;

    TRY(store_grouping_find(s, project_id, &g));
    if (g.id) TRY(store_group_find(s, g.id, item_id, &group));
    if (!group) return alone(a, item_id, items, n);
    return store_group_members(s, a, g.id, group, 0, limit, items, n);
}

enum err group_of_item(struct store *s, struct arena *a, int64_t project_id, int64_t item_id,
                       size_t limit, int64_t **items, size_t *n)
{
    TRY(store_look(s));
    return store_look_end(s, members(s, a, project_id, item_id, limit, items, n));
}
