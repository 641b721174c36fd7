/* Which hand-outs are checks, and of which items. Rules: check.h. */
#include "base/hash.h"
#include "domain/check.h"

#include <string.h>

enum { LOOKED_AT = 256, GOLD_TRACK = 10 };

/* 63 bits that hang on the project, the person, what they are for and a number. */
static int64_t draw(const struct handing *h, int64_t what, int64_t n)
{
    const int64_t from[4] = {h->project.seed, h->search.user_id, what, n};
    struct hash hash;
    uint64_t value;

    hash_of(&hash, from, sizeof from);
    memcpy(&value, hash.bytes, sizeof value);
    return (int64_t)(value >> 1);
}

enum err check_due(struct handing *h, enum lease_task *task)
{
    const struct queue_settings *x = &h->project.queue;
    const int64_t n = h->mine.labels + h->n_again + h->n_held + (int64_t)h->n;
    const double u = (double)draw(h, 1, n) / (double)INT64_MAX;

    *task = TASK_WORK;
    if (u < x->gold_rate)
        *task = TASK_GOLD;
    else if (u < x->gold_rate + x->repeat_rate)
        *task = TASK_AGAIN;
    return OK;
}

static enum err hand_as(struct handing *h, enum lease_task task, int64_t item_id)
{
    const struct queue_settings *x = &h->project.queue;
    struct pick p = {.project_id = h->search.project_id,
                     .item_id = item_id,
                     .rank = 1,
                     .strategy = task == TASK_GOLD ? "gold" : "again",
                     .pool_size = h->left > 0 ? h->left : 1,
                     .propensity = task == TASK_GOLD ? x->gold_rate : x->repeat_rate,
                     .seed = h->project.seed,
                     .reason = task == TASK_GOLD
                                   ? "A check: the answer to this item is known."
                                   : "A check: this person answered this item before.",
                     .handed = 1};

    TRY(pick_receipt_hash(&p, &p.receipt_hash));
    TRY(store_pick_add(h->s, &p));
    return hand_task(h, item_id, p.id, task);
}

/* Known items have an order of their own, which she walks around as any other. */
static enum err hand_gold(struct handing *h)
{
    struct search x = h->search;
    struct walk w = {.project_id = x.project_id, .user_id = x.user_id, .track = GOLD_TRACK};
    struct candidate found;
    size_t n = 0;

    TRY(store_walk_get(h->s, &w));
    x.after = w.position < 0 ? draw(h, 2, 0) : w.position;
    x.want = 1;
    x.seen = 0;
    for (int round = 0; round < 2 && !n && x.seen < LOOKED_AT; round++) {
        x.most = LOOKED_AT - x.seen;
        TRY(store_search_gold(h->s, &x, &found, &n));
        if (!n && x.ended) x.after = -1;
    }
    w.position = x.after < 0 ? 0 : x.after;
    TRY(store_walk_set(h->s, &w));
    return n ? hand_as(h, TASK_GOLD, found.item_id) : OK;
}

static enum err hand_again(struct handing *h)
{
    const struct search *x = &h->search;
    const int64_t before = x->now_ms - AGAIN_AFTER_MS;
    int64_t low;
    int64_t high;
    int64_t from;
    int64_t item;
    int64_t n;

    TRY(store_again_span(h->s, x->project_id, x->user_id, &low, &high, &n));
    if (!high) return OK;
    from = low + draw(h, 3, h->mine.labels + n) % (high - low + 1);
    TRY(store_again_candidate(h->s, x->project_id, x->user_id, from, before, &item));
    if (!item && from > low)
        TRY(store_again_candidate(h->s, x->project_id, x->user_id, low, before, &item));
    return item ? hand_as(h, TASK_AGAIN, item) : OK;
}

enum err hand_check(struct handing *h, enum lease_task task)
{
    return task == TASK_GOLD ? hand_gold(h) : hand_again(h);
}
