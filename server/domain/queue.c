#include "domain/queue.h"

#include "base/hash.h"
#include "domain/item.h"
#include "store/encoder.h"
#include "store/label.h"
#include "store/project.h"
#include "store/quarantine.h"
#include "store/recipe.h"
#include "store/returned.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LOOKED_AT_MOST = 4096, /* places in one call: about 8 ms when none of them is free */
    EXPIRED_AT_ONCE = 256,
    SKIPPED_LOOKED_AT = 64,
    RETURNED_LOOKED_AT = 64
};

/* One call of queue_lease as it goes on. */
struct handing {
    struct store *s;
    struct arena *a;
    struct project_brief project;
    struct search search;
    int64_t left;
    int64_t now_ms;
    struct handed *list;
    size_t n, want;
};

/* An ended lease gives its pick back to the queue. */
static enum err give_back(struct store *s, const struct lease *l, int64_t now_ms)
{
    TRY(store_lease_end(s, l->id, now_ms));
    return l->pick_id ? store_pick_want(s, l->pick_id) : OK;
}

static enum err expire(struct store *s, int64_t now_ms, int64_t *n_ended)
{
    struct arena a;
    struct lease *leases;
    size_t n;
    enum err e;

    arena_init(&a, 1 * MIB);
    e = store_lease_expired(s, &a, now_ms, EXPIRED_AT_ONCE, &leases, &n);
    for (size_t i = 0; i < n && !e; i++)
        e = give_back(s, &leases[i], now_ms);
    *n_ended = (int64_t)n;
    arena_free(&a);
    return e;
}

enum err queue_expire(struct store *s, int64_t now_ms, int64_t *n)
{
    TRY(store_begin(s));
    return store_end(s, expire(s, now_ms, n));
}

static struct lease lease_for(const struct handing *h, int64_t item_id, int64_t pick_id)
{
    return (struct lease){.project_id = h->search.project_id,
                          .item_id = item_id,
                          .user_id = h->search.user_id,
                          .pick_id = pick_id,
                          .created_at = h->now_ms,
                          .expires_at = h->now_ms + LEASE_MS};
}

static enum err hand(struct handing *h, int64_t item_id, int64_t pick_id)
{
    struct handed *x = &h->list[h->n];

    x->lease = lease_for(h, item_id, pick_id);
    TRY(store_lease_add(h->s, &x->lease));
    TRY(store_item_get(h->s, h->a, item_id, &x->item));
    if (pick_id) TRY(store_pick_get(h->s, h->a, pick_id, &x->pick));
    h->n++;
    return OK;
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
        TRY(store_search_item(h->s, found[i].item_id, h->search.user_id, h->now_ms, &again));
        if (!again.room) continue;
        TRY(store_pick_handed(h->s, found[i].pick_id, found[i].room > 1));
        TRY(hand(h, found[i].item_id, found[i].pick_id));
    }
    return OK;
}

static enum err hand_random(struct handing *h, int64_t item_id)
{
    struct pick p = {.project_id = h->search.project_id,
                     .item_id = item_id,
                     .rank = 1,
                     .strategy = "random",
                     .pool_size = h->left,
                     .propensity = 1.0 / (double)h->left,
                     .seed = h->project.seed,
                     .handed = 1};

    p.reason = arena_printf(h->a, "Chosen at random among the %" PRId64 " items open for you.",
                            h->left);
    NEED(p.reason);
    TRY(pick_receipt_hash(&p, &p.receipt_hash));
    TRY(store_pick_add(h->s, &p));
    return hand(h, item_id, p.id);
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

/* Goes on from her place, around the end of the order at most once, and keeps where it came to. */
static enum err hand_on_walk(struct handing *h)
{
    struct search *x = &h->search;
    struct candidate found[LEASES_MAX];
    int64_t start;
    size_t n;
    int wrapped = 0;

    TRY(store_walk_get(h->s, x->project_id, x->user_id, &start));
    if (start < 0) start = walk_start(h->project.seed, x->user_id);
    x->after = start;
    x->seen = 0;
    while (h->n < h->want && x->seen < LOOKED_AT_MOST && !(wrapped && x->after >= start)) {
        x->want = h->want - h->n;
        x->most = LOOKED_AT_MOST - x->seen;
        TRY(store_search_walk(h->s, x, found, &n));
        for (size_t i = 0; i < n; i++)
            TRY(hand_random(h, found[i].item_id));
        if (!x->ended) continue;
        if (wrapped) break;
        wrapped = 1;
        x->after = -1;
    }
    return store_walk_set(h->s, x->project_id, x->user_id, x->after < 0 ? 0 : x->after);
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
        TRY(store_search_item(h->s, items[i], h->search.user_id, h->now_ms, &c));
        if (!c.room) continue;
        TRY(store_label_find(h->s, h->a, items[i], h->search.user_id, &before));
        TRY(hand(h, items[i], before.pick_id));
    }
    return OK;
}

/* What a reviewer sent back to her comes before all else. */
static enum err hand_returned(struct handing *h)
{
    struct returned *waiting;
    size_t n;

    TRY(store_returned_to(h->s, h->a, h->search.project_id, h->search.user_id,
                          RETURNED_LOOKED_AT, &waiting, &n));
    for (size_t i = 0; i < n && h->n < h->want; i++) {
        struct candidate c;
        TRY(store_search_item(h->s, waiting[i].item_id, h->search.user_id, h->now_ms, &c));
        if (c.room) TRY(hand(h, waiting[i].item_id, waiting[i].pick_id));
    }
    return OK;
}

/* From counts alone, so that a project of any size answers at once. */
static enum err count_left(struct handing *h, enum queue_what what, struct queue_given *given)
{
    struct project_counts all;
    struct member_counts mine;

    TRY(store_project_counts(h->s, h->search.project_id, &all));
    TRY(store_member_counts(h->s, h->search.project_id, h->search.user_id, &mine));
    h->left = all.open - mine.open_answered - mine.open_skipped;
    given->left = what == QUEUE_SKIPPED ? h->left + mine.open_skipped : h->left;
    given->items = all.items;
    return OK;
}

static enum err lease(struct handing *h, enum queue_what what, struct queue_given *given)
{
    int64_t n_ended;

    TRY(store_project_brief(h->s, h->search.project_id, &h->project));
    TRY(expire(h->s, h->now_ms, &n_ended));
    TRY(count_left(h, what, given));
    if (h->left > 0) TRY(hand_returned(h));
    if (h->left > 0 && h->n < h->want) TRY(hand_picks(h));
    if (h->left > 0 && h->n < h->want) TRY(hand_on_walk(h));
    if (what == QUEUE_SKIPPED && h->n < h->want) TRY(hand_skipped(h));
    return OK;
}

enum err queue_lease(struct store *s, struct arena *a, const struct queue_ask *ask,
                     int64_t now_ms, struct queue_given *given)
{
    struct handing h = {
        .s = s,
        .a = a,
        .search = {.project_id = ask->project_id, .user_id = ask->user_id, .now_ms = now_ms},
        .now_ms = now_ms
    };

    *given = (struct queue_given){.n = 0};
    if (ask->n < 1 || ask->n > LEASES_MAX)
        return fail(ERR_INVALID, "n: expected 1 to %d", LEASES_MAX);
    h.want = (size_t)ask->n;
    h.list = arena_array(a, h.want, sizeof *h.list);
    NEED(h.list);
    TRY(store_begin(s));
    TRY(store_end(s, lease(&h, ask->what, given)));
    given->leases = h.list;
    given->n = h.n;
    return OK;
}

enum err queue_held(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                    int64_t now_ms, struct handed **leases, size_t *n_leases)
{
    struct lease *rows;
    struct handed *list;

    TRY(store_lease_live(s, a, project_id, user_id, now_ms, &rows, n_leases));
    list = arena_array(a, *n_leases + 1, sizeof *list);
    NEED(list);
    for (size_t i = 0; i < *n_leases; i++) {
        list[i].lease = rows[i];
        TRY(store_item_get(s, a, rows[i].item_id, &list[i].item));
        if (rows[i].pick_id) TRY(store_pick_get(s, a, rows[i].pick_id, &list[i].pick));
    }
    *leases = list;
    return OK;
}

/* The i-th lease if it is hers, of this project and live; *l zeroed if not. */
static enum err hers(struct store *s, const struct queue_ids *of, size_t i, int64_t now_ms,
                     struct lease *l)
{
    enum err e = store_lease_get(s, of->ids[i], l);

    if (e && e != ERR_NOT_FOUND) return e;
    if (e || l->user_id != of->user_id || l->project_id != of->project_id || l->ended_at ||
        l->expires_at <= now_ms)
        *l = (struct lease){.id = 0};
    return OK;
}

static enum err renew(struct store *s, const struct queue_ids *of, int64_t now_ms,
                      struct lease *list, size_t *n_renewed)
{
    for (size_t i = 0; i < of->n; i++) {
        struct lease *l = &list[*n_renewed];
        TRY(hers(s, of, i, now_ms, l));
        if (!l->id) continue;
        l->expires_at = now_ms + LEASE_MS;
        TRY(store_lease_renew(s, l->id, l->expires_at));
        ++*n_renewed;
    }
    return OK;
}

enum err queue_renew(struct store *s, struct arena *a, const struct queue_ids *of,
                     int64_t now_ms, struct lease **renewed, size_t *n_renewed)
{
    *n_renewed = 0;
    *renewed = arena_array(a, of->n + 1, sizeof **renewed);
    NEED(*renewed);
    TRY(store_begin(s));
    return store_end(s, renew(s, of, now_ms, *renewed, n_renewed));
}

static enum err release(struct store *s, const struct queue_ids *of, int64_t now_ms)
{
    for (size_t i = 0; i < of->n; i++) {
        struct lease l;
        TRY(hers(s, of, i, now_ms, &l));
        if (l.id) TRY(give_back(s, &l, now_ms));
    }
    return OK;
}

enum err queue_release(struct store *s, const struct queue_ids *of, int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, release(s, of, now_ms));
}

static enum err lease_item(struct store *s, int64_t item_id, int64_t user_id, int64_t pick_id,
                           int64_t now_ms, struct lease *l)
{
    struct item_brief i;
    struct candidate c;
    struct lease held;

    *l = (struct lease){.id = 0};
    TRY(store_item_brief(s, item_id, &i));
    TRY(store_lease_find(s, item_id, user_id, &held));
    if (held.id) TRY(store_lease_end(s, held.id, now_ms));
    TRY(store_search_item(s, item_id, user_id, now_ms, &c));
    if (!c.room) return OK;
    *l = (struct lease){.project_id = i.project_id,
                        .item_id = item_id,
                        .user_id = user_id,
                        .pick_id = pick_id,
                        .created_at = now_ms,
                        .expires_at = now_ms + LEASE_MS};
    return store_lease_add(s, l);
}

enum err queue_lease_item(struct store *s, int64_t item_id, int64_t user_id, int64_t pick_id,
                          int64_t now_ms, struct lease *l)
{
    TRY(store_begin(s));
    return store_end(s, lease_item(s, item_id, user_id, pick_id, now_ms, l));
}

static enum err publish(struct store *s, struct round *r, struct pick *picks, size_t n,
                        int64_t now_ms)
{
    r->created_at = now_ms;
    TRY(store_pick_retire(s, r->project_id));
    TRY(store_round_add(s, r));
    for (size_t i = 0; i < n; i++) {
        picks[i].project_id = r->project_id;
        picks[i].round_id = r->id;
        picks[i].rank = (int64_t)i + 1;
        picks[i].handed = 0;
        TRY(pick_receipt_hash(&picks[i], &picks[i].receipt_hash));
        TRY(store_pick_add(s, &picks[i]));
    }
    return OK;
}

enum err queue_publish_round(struct store *s, struct round *r, struct pick *picks, size_t n,
                             int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, publish(s, r, picks, n, now_ms));
}

static enum err latents_came(struct store *s, struct arena *a, const struct round *r, int *came)
{
    struct encoder e;

    TRY(store_encoder_active(s, a, r->project_id, &e));
    *came = e.id && (e.id != r->encoder_id || e.n_rows > r->n_rows);
    return OK;
}

enum err queue_needs_round(struct store *s, struct arena *a, int64_t project_id, int *needed)
{
    struct project_counts c;
    struct round r;
    int64_t n_waiting;
    int64_t n_labels;
    int64_t chosen_at;
    int64_t quarantine_seq;
    int came;

    *needed = 0;
    TRY(store_project_counts(s, project_id, &c));
    if (!c.open) return OK;
    TRY(store_round_last(s, a, project_id, &r));
    *needed = !r.id;
    if (!r.id) return OK;
    TRY(store_label_count_after(s, project_id, r.ledger_seq, r.batch, &n_labels));
    TRY(store_pick_count_waiting(s, project_id, QUEUE_LOW, &n_waiting));
    TRY(latents_came(s, a, &r, &came));
    TRY(store_recipe_newest(s, project_id, &chosen_at));
    TRY(store_quarantine_newest(s, project_id, &quarantine_seq));
    *needed = 2 * n_labels >= (r.batch > 0 ? r.batch : 1) || chosen_at > r.created_at ||
              quarantine_seq > r.ledger_seq ||
              (n_waiting < QUEUE_LOW && (n_labels > 0 || came));
    return OK;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

/* "reads" stands there when it is known only, so that a receipt from before keeps its hash. */
json_t *pick_receipt(const struct pick *p)
{
    char seed[24];

    snprintf(seed, sizeof seed, "%" PRId64, p->seed);
    return json_pack("{s:s,s:o,s:I,s:I,s:f,s:o,s:o,s:s,s:o,s:s,s:s*}", "strategy", p->strategy,
                     "score", p->has_score ? json_real(p->score) : json_null(), "rank",
                     (json_int_t)p->rank, "pool_size", (json_int_t)p->pool_size, "propensity",
                     p->propensity, "model", text_or_null(p->model), "encoder",
                     text_or_null(p->encoder), "seed", seed, "round",
                     p->round_id ? json_integer(p->round_id) : json_null(), "reason", p->reason,
                     "reads", p->reads);
}

enum err pick_receipt_hash(const struct pick *p, struct hash *h)
{
    struct arena a;
    json_t *receipt = pick_receipt(p);
    const char *canonical;

    arena_init(&a, 1 * MIB);
    canonical = receipt ? json_write(&a, receipt) : NULL;
    if (canonical) hash_of(h, canonical, strlen(canonical));
    json_decref(receipt);
    arena_free(&a);
    return canonical ? OK
                     : fail(ERR_INVALID, "the receipt of a pick is not valid: a text that is "
                                         "no UTF-8, or a score that is no number");
}
