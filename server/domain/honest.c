#include "domain/honest.h"

static const double EXPLORES_MUCH = 0.5;
static const double SHARE_THEN = 0.2;

bool honest_rule(int drawn, double explore, const struct hash *content)
{
    uint32_t lot = 0;

    if (!drawn) return false;
    if (explore <= EXPLORES_MUCH) return true;
    for (int i = 0; i < 4; i++)
        lot = lot << 8 | content->bytes[i];
    return (double)lot < SHARE_THEN * 4294967296.0; /* 2^32 lots */
}

enum err honest_read(struct store *s, struct arena *a, int64_t project_id, int64_t seq,
                     struct honest_list *list)
{
    struct pick_first *all;
    size_t n;

    *list = (struct honest_list){.n = 0};
    TRY(store_pick_firsts(s, a, project_id, seq ? seq : INT64_MAX, &all, &n));
    list->item = arena_array(a, n + 1, sizeof *list->item);
    NEED(list->item);
    for (size_t i = 0; i < n; i++)
        if (honest_rule(all[i].drawn, all[i].explore, &all[i].content))
            list->item[list->n++] = all[i].item_id;
    return OK;
}

bool honest_is(const struct honest_list *list, int64_t item_id)
{
    size_t low = 0;
    size_t high = list->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (list->item[mid] < item_id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < list->n && list->item[low] == item_id;
}
