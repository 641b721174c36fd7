#include "domain/queue.h"

#include "base/hash.h"
#include "domain/item.h"
#include "store/encoder.h"
#include "store/label.h"
#include "store/project.h"
#include "store/quarantine.h"
#include "store/recipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { EXPIRED_AT_ONCE = 256 };

/* An ended lease gives its pick back to the queue. */
static enum err give_back(struct store *s, const struct lease *l, int64_t now_ms)
{
    TRY(store_lease_end(s, l->id, now_ms));
    return l->pick_id && l->task == TASK_WORK ? store_pick_want(s, l->pick_id) : OK;
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

static enum err withdraw(struct store *s, int64_t project_id, int64_t user_id, int64_t now_ms)
{
    struct arena a;
    struct lease *leases;
    size_t n;
    enum err e;

    arena_init(&a, 16 * MIB);
    e = store_lease_live(s, &a, project_id, user_id, now_ms, &leases, &n);
    for (size_t i = 0; !e && i < n; i++)
        e = give_back(s, &leases[i], now_ms);
    arena_free(&a);
    return e;
}

enum err queue_withdraw(struct store *s, int64_t project_id, int64_t user_id, int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, withdraw(s, project_id, user_id, now_ms));
}

static enum err lease_item(struct store *s, int64_t item_id, int64_t user_id, int64_t pick_id,
                           int64_t now_ms, struct lease *l)
{
    const struct search who = {.user_id = user_id, .now_ms = now_ms};
    struct item_brief i;
    struct candidate c;
    struct lease held;

    *l = (struct lease){.id = 0};
    TRY(store_item_brief(s, item_id, &i));
    TRY(store_lease_find(s, item_id, user_id, &held));
    if (held.id) TRY(store_lease_end(s, held.id, now_ms));
    TRY(store_search_item(s, &who, item_id, &c));
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

/* A recipe was chosen or somebody put in quarantine since: the same labels teach something else. */
static enum err taught_otherwise(struct store *s, const struct round *r, bool *yes)
{
    int64_t chosen_at;
    int64_t quarantine_seq;

    TRY(store_recipe_newest(s, r->project_id, &chosen_at));
    TRY(store_quarantine_newest(s, r->project_id, &quarantine_seq));
    *yes = chosen_at > r->created_at || quarantine_seq > r->ledger_seq;
    return OK;
}

enum err queue_needs_round(struct store *s, struct arena *a, int64_t project_id, int *needed)
{
    struct project_counts c;
    struct round r;
    int64_t n_waiting;
    int64_t n_labels;
    bool otherwise;
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
    TRY(taught_otherwise(s, &r, &otherwise));
    *needed = otherwise || 2 * n_labels >= (r.batch > 0 ? r.batch : 1) ||
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
