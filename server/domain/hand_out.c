#include "domain/hand_out.h"

#include "base/hash.h"
#include "domain/check.h"
#include "domain/steer.h"
#include "store/label.h"
#include "store/returned.h"

#include <inttypes.h>
#include <string.h>

enum {
    LOOKED_AT_MOST = 4096, /* places in one call: about 8 ms when none of them is free */
    SKIPPED_LOOKED_AT = 64,
    RETURNED_LOOKED_AT = 64
};

enum err hand_task(struct handing *h, int64_t item_id, int64_t pick_id, enum lease_task task)
{
    struct handed *x = &h->list[h->n];

    x->lease = (struct lease){.project_id = h->search.project_id,
                              .item_id = item_id,
                              .user_id = h->search.user_id,
                              .pick_id = pick_id,
                              .created_at = h->search.now_ms,
                              .expires_at = h->search.now_ms + LEASE_MS,
                              .task = task};
    TRY(store_lease_add(h->s, &x->lease));
    TRY(store_item_get(h->s, h->a, item_id, &x->item));
    if (pick_id) TRY(store_pick_get(h->s, h->a, pick_id, &x->pick));
    h->n++;
    return OK;
}

static enum err hand(struct handing *h, int64_t item_id, int64_t pick_id)
{
    return hand_task(h, item_id, pick_id, TASK_WORK);
}

static enum err hand_picks(struct handing *h)
{
    struct candidate found[LEASES_MAX];
    size_t n;

    h->search.after = 0;
    h->search.want = h->want - h->n;
    h->search.most = LOOKED_AT_MOST;
    TRY(store_search_picks(h->s, &h->search, found, &n));
    for (size_t i = 0; i < n; i++) {
        /* A round may name an item twice; she holds it now, so the second is passed over. */
        struct candidate again;
        TRY(store_search_item(h->s, &h->search, found[i].item_id, &again));
        if (!again.room) continue;
        TRY(store_pick_handed(h->s, found[i].pick_id, found[i].room > 1));
        TRY(hand(h, found[i].item_id, found[i].pick_id));
    }
    return OK;
}

/* Why an item that no round picked is handed out, by the track it was found on. */
static enum err describe(struct handing *h, int64_t track, struct pick *p)
{
    p->strategy = track > 0 ? "priority" : track < 0 ? "assigned" : "random";
    p->propensity = track > 0 ? 1 : 1.0 / (double)h->left;
    if (track > 0)
        p->reason =
            arena_printf(h->a, "Its priority, %" PRId64 ", is the highest of all open.", track);
    else if (track < 0)
        p->reason = arena_printf(
            h->a, "Chosen at random among the %" PRId64 " open items assigned to you.",
            h->left);
    else
        p->reason = arena_printf(
            h->a, "Chosen at random among the %" PRId64 " items open for you.", h->left);
    NEED(p->reason);
    return OK;
}

static enum err hand_unpicked(struct handing *h, int64_t track, int64_t item_id)
{
    struct pick p = {.project_id = h->search.project_id,
                     .item_id = item_id,
                     .rank = 1,
                     .pool_size = h->left,
                     .seed = h->project.seed,
                     .handed = 1};

    TRY(describe(h, track, &p));
    TRY(pick_receipt_hash(&p, &p.receipt_hash));
    TRY(store_pick_add(h->s, &p));
    return hand(h, item_id, p.id);
}

static enum err hand_found(struct handing *h, int64_t track, const struct candidate *found,
                           size_t n)
{
    for (size_t i = 0; i < n; i++)
        TRY(hand_unpicked(h, track, found[i].item_id));
    return OK;
}

/* Where somebody's walk begins: uniform over the order, the same every time it is asked. */
static int64_t walk_start(int64_t seed, int64_t user_id)
{
    struct hash h;
    int64_t both[2] = {seed, user_id};
    uint64_t value;

    hash_of(&h, both, sizeof both);
    memcpy(&value, h.bytes, sizeof value);
    return (int64_t)(value >> 1);
}

/* Goes on from her place on the track, around the end of the order at most once, and keeps where it
 * came to. Adds to search.seen, which begins at 0. */
static enum err hand_on_walk(struct handing *h, int64_t track)
{
    struct search *x = &h->search;
    struct walk w = {.project_id = x->project_id, .user_id = x->user_id, .track = track};
    struct candidate found[LEASES_MAX];
    size_t n;
    int wrapped = 0;

    TRY(store_walk_get(h->s, &w));
    if (w.position < 0) w.position = walk_start(h->project.seed, x->user_id);
    x->after = w.position;
    x->priority = track;
    while (h->n < h->want && x->seen < LOOKED_AT_MOST && !(wrapped && x->after >= w.position)) {
        x->want = h->want - h->n;
        x->most = LOOKED_AT_MOST - x->seen;
        TRY(track > 0 ? store_search_first(h->s, x, found, &n)
                      : store_search_walk(h->s, x, found, &n));
        TRY(hand_found(h, track, found, n));
        if (!x->ended) continue;
        if (wrapped) break;
        wrapped = 1;
        x->after = -1;
    }
    w.position = x->after < 0 ? 0 : x->after;
    return store_walk_set(h->s, &w);
}

/* Items that are to come first: level by level, from the highest. */
static enum err hand_first(struct handing *h)
{
    int64_t level;

    h->search.seen = 0;
    TRY(store_priority_below(h->s, h->search.project_id, PRIORITY_MAX + 1, &level));
    while (level && h->n < h->want && h->search.seen < LOOKED_AT_MOST) {
        TRY(hand_on_walk(h, level));
        TRY(store_priority_below(h->s, h->search.project_id, level, &level));
    }
    return OK;
}

static enum err hand_skipped(struct handing *h)
{
    int64_t *items;
    size_t n;

    TRY(store_label_skipped(h->s, h->a, h->search.project_id, h->search.user_id,
                            SKIPPED_LOOKED_AT, &items, &n));
    for (size_t i = 0; i < n && h->n < h->want; i++) {
        struct candidate c;
        struct label before;
        TRY(store_search_item(h->s, &h->search, items[i], &c));
        if (!c.room) continue;
        TRY(store_label_find(h->s, h->a, items[i], h->search.user_id, &before));
        TRY(hand(h, items[i], before.pick_id));
    }
    return OK;
}

/* What a reviewer sent back to her comes before all else, whatever else she is assigned. */
static enum err hand_returned(struct handing *h)
{
    struct returned *waiting;
    size_t n;

    TRY(store_returned_to(h->s, h->a, h->search.project_id, h->search.user_id,
                          RETURNED_LOOKED_AT, &waiting, &n));
    for (size_t i = 0; i < n && h->n < h->want; i++) {
        struct candidate c;
        TRY(store_search_item(h->s, &h->search, waiting[i].item_id, &c));
        if (c.room) TRY(hand(h, waiting[i].item_id, waiting[i].pick_id));
    }
    return OK;
}

/* In the order in which things come: what has priority, what a round picked, what chance finds, and,
 * when asked for, what she skipped. */
static enum err hand_all(struct handing *h, enum queue_what what)
{
    if (h->left > 0) TRY(hand_first(h));
    if (h->left > 0 && h->n < h->want) TRY(hand_picks(h));
    h->search.seen = 0;
    if (h->left > 0 && h->n < h->want) TRY(hand_on_walk(h, -h->search.assignment_id));
    if (what == QUEUE_SKIPPED && h->n < h->want) TRY(hand_skipped(h));
    return OK;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What she may work on, in order. */
struct plan {
    struct order order[ORDERS_MAX]; /* assignment_id 0: all items, as if they were one */
    int64_t room[ORDERS_MAX];       /* how many of it she may still be given, by the quotas */
    size_t n;
    enum queue_what what;
};

static int64_t open_for_her(const struct order *o)
{
    return o->n_open - o->open_answered - o->open_skipped;
}

/* Counts alone, so that a project of any size answers at once. */
static enum err find_orders(struct handing *h, struct plan *p, struct queue_given *given)
{
    struct project_counts all;

    TRY(store_project_counts(h->s, h->search.project_id, &all));
    given->items = all.items;
    TRY(store_orders_of(h->s, h->search.project_id, h->search.user_id, ORDERS_MAX, p->order,
                        &p->n));
    if (p->n) return OK;
    p->order[p->n++] = (struct order){.n_open = all.open,
                                      .open_answered = h->mine.open_answered,
                                      .open_skipped = h->mine.open_skipped};
    return OK;
}

/* What she holds, and what she was asked again: where quotas or checks need to know. */
static enum err count_held(struct handing *h, const struct plan *p)
{
    const struct queue_settings *x = &h->project.queue;
    int64_t quotas = x->quota;
    int64_t low;
    int64_t high;

    for (size_t i = 0; i < p->n; i++)
        quotas |= p->order[i].quota;
    if (x->gold_rate > 0 || x->repeat_rate > 0)
        TRY(store_again_span(h->s, h->search.project_id, h->search.user_id, &low, &high,
                             &h->n_again));
    else if (!quotas)
        return OK;
    return store_lease_count(h->s, h->search.project_id, h->search.user_id, h->search.now_ms,
                             &h->n_held);
}

/* By the quotas, where what she holds counts as answered; and how much is left for her. */
static void allow(struct handing *h, struct plan *p, struct queue_given *given)
{
    const int64_t quota = h->project.queue.quota;
    const int64_t done = h->mine.labels - h->mine.skips;
    const int64_t allowed = !quota ? INT64_MAX : quota > done ? quota - done : 0;

    for (size_t i = 0; i < p->n; i++) {
        const struct order *o = &p->order[i];
        int64_t left = open_for_her(o) + (p->what == QUEUE_SKIPPED ? o->open_skipped : 0);
        int64_t mine = lesser(allowed, o->quota ? o->quota - o->answers : INT64_MAX);

        if (mine < 0) mine = 0;
        given->left = lesser(given->left + lesser(left, mine), allowed);
        p->room[i] = mine > h->n_held ? mine - h->n_held : 0;
    }
    h->want = (size_t)lesser((int64_t)h->want, allowed > h->n_held ? allowed - h->n_held : 0);
}

/* Until `want` are given, or nothing is left. */
static enum err hand_work(struct handing *h, struct plan *p, size_t want)
{
    for (size_t i = 0; i < p->n && h->n < want; i++) {
        const size_t before = h->n;

        h->want = h->n + (size_t)lesser((int64_t)(want - h->n), p->room[i]);
        h->search.assignment_id = p->order[i].assignment_id;
        h->left = open_for_her(&p->order[i]);
        if (h->n < h->want) TRY(hand_all(h, p->what));
        if (p->room[i] < INT64_MAX) p->room[i] -= (int64_t)(h->n - before);
    }
    return OK;
}

/* With checks in between: each hand-out is decided on its own. Where there is no check to give, work is. */
static enum err hand_mixed(struct handing *h, struct plan *p, size_t want)
{
    while (h->n < want) {
        const size_t before = h->n;
        enum lease_task task;

        h->want = want;
        TRY(check_due(h, &task));
        if (task != TASK_WORK) TRY(hand_check(h, task));
        if (h->n == before) TRY(hand_work(h, p, before + 1));
        if (h->n == before) break;
    }
    return OK;
}

static enum err lease(struct handing *h, struct plan *p, struct queue_given *given)
{
    const struct search *x = &h->search;
    int64_t n_ended;
    size_t want;

    TRY(store_project_brief(h->s, x->project_id, &h->project));
    TRY(queue_expire(h->s, x->now_ms, &n_ended));
    TRY(store_member_counts(h->s, x->project_id, x->user_id, &h->mine));
    TRY(find_orders(h, p, given));
    TRY(count_held(h, p));
    TRY(hand_returned(h));
    allow(h, p, given);
    want = h->want;
    h->search.assignment_id = p->order[0].assignment_id;
    h->left = open_for_her(&p->order[0]);
    if (given->left > 0 && (h->project.queue.gold_rate > 0 || h->project.queue.repeat_rate > 0))
        return hand_mixed(h, p, want);
    return hand_work(h, p, want);
}

enum err queue_lease(struct store *s, struct arena *a, const struct queue_ask *ask,
                     int64_t now_ms, struct queue_given *given)
{
    struct handing h = {
        .s = s,
        .a = a,
        .search = {.project_id = ask->project_id, .user_id = ask->user_id, .now_ms = now_ms},
    };
    struct plan plan = {.what = ask->what};

    *given = (struct queue_given){.n = 0};
    if (ask->n < 1 || ask->n > LEASES_MAX)
        return fail(ERR_INVALID, "n: expected 1 to %d", LEASES_MAX);
    h.want = (size_t)ask->n;
    h.list = arena_array(a, h.want, sizeof *h.list);
    NEED(h.list);
    TRY(store_begin(s));
    TRY(store_end(s, lease(&h, &plan, given)));
    given->leases = h.list;
    given->n = h.n;
    return OK;
}
