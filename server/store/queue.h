/* store/queue - rows of rounds, picks, leases and each person's walk. Rules: domain/queue.h. */
#ifndef EXEMPLAR_STORE_QUEUE_H
#define EXEMPLAR_STORE_QUEUE_H

#include "base/hash.h"
#include "store/store.h"

struct round {
    int64_t id, project_id;
    int64_t encoder_id; /* 0: none */
    int64_t n_rows;
    const char *strategy;
    int64_t seed;
    int64_t ledger_seq;
    int64_t n_pool, n_labels;
    int64_t batch;
    double explore;
    const char *model;   /* NULL: none yet */
    const char *recipes; /* of its models, canonical JSON; NULL: from before there were any */
    const char *reads;   /* what its models read, for people; NULL: no model */
    const int64_t *held; /* items on lease then, ascending */
    size_t n_held;
    int64_t created_at;
};

struct pick {
    int64_t id, project_id;
    int64_t round_id; /* 0: chosen at hand-out */
    int64_t item_id;
    int64_t rank; /* 1 is first */
    const char *strategy;
    int has_score;
    double score;
    int64_t pool_size;
    double propensity;
    const char *model;   /* NULL: none */
    const char *reads;   /* of its round */
    const char *encoder; /* NULL: none */
    int64_t seed;
    const char *reason;      /* one plain sentence */
    const char *guess_class; /* NULL: no guess */
    double guess_probability;
    struct hash receipt_hash; /* of its canonical receipt, see domain/queue.h */
    int handed;               /* 0 queued, 1 handed to somebody */
};

/* What an item was handed out for (domain/check.h). */
enum lease_task { TASK_WORK, TASK_GOLD, TASK_AGAIN };

struct lease {
    int64_t id, project_id, item_id, user_id;
    int64_t pick_id; /* 0: none */
    int64_t created_at, expires_at;
    int64_t ended_at; /* 0: live */
    enum lease_task task;
};

/* Sets r->id. */
enum err store_round_add(struct store *s, struct round *r) MUST_USE;
enum err store_round_get(struct store *s, struct arena *a, int64_t id,
                         struct round *r) MUST_USE;
/* r->id is 0 when the project has none. */
enum err store_round_last(struct store *s, struct arena *a, int64_t project_id,
                          struct round *r) MUST_USE;

/* Rounds that had a model, computed at a ledger number from `from` up to before `until`: how many there
 * are, and the newest `limit`, newest first. Reads the project's rounds. */
struct round_span {
    int64_t project_id, from, until;
    size_t limit;
};
enum err store_round_taught(struct store *s, struct arena *a, const struct round_span *span,
                            struct round **rounds, size_t *n, int64_t *total) MUST_USE;

/* Sets p->id. */
enum err store_pick_add(struct store *s, struct pick *p) MUST_USE;
enum err store_pick_get(struct store *s, struct arena *a, int64_t id, struct pick *p) MUST_USE;
/* What a label needs of its pick; guess_class is copied into `a`, NULL when there was no guess. */
struct pick_brief {
    struct hash receipt_hash;
    const char *guess_class;
    double guess_probability;
};
enum err store_pick_brief(struct store *s, struct arena *a, int64_t id,
                          struct pick_brief *p) MUST_USE;
enum err store_pick_of_round(struct store *s, struct arena *a, int64_t round_id,
                             struct pick **picks,
                             size_t *n) MUST_USE; /* by rank; handed ones only
                                                                          once a newer round came */
/* Picks whose items still want somebody, in order of hand-out. */
enum err store_pick_waiting(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                            struct pick **picks, size_t *n) MUST_USE;
enum err store_pick_count_waiting(struct store *s, int64_t project_id, int64_t most,
                                  int64_t *n) MUST_USE; /* stops counting at `most` */
enum err store_pick_handed(struct store *s, int64_t id, int wanted) MUST_USE;
/* Wanted again, unless it was a check: of the project's last round; of another, if its item was begun by somebody. */
enum err store_pick_want(struct store *s, int64_t id) MUST_USE;
/* Before a new round: queued picks go; handed ones are wanted no more, but for the newest 500 whose
 * items somebody has begun and others are still to answer. */
enum err store_pick_retire(struct store *s, int64_t project_id) MUST_USE;

/* The newest `limit` random picks with a guess that an accepting label answered. */
struct guess {
    int64_t pick_id;
    const char *guess_class;
    const char *values; /* of the label */
};
/* Labels of people in quarantine are none of them. */
enum err store_pick_guesses(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                            struct guess **guesses, size_t *n) MUST_USE;

/* Items that somebody answered and how each was chosen, in order of their labels; an item once for
 * each of its labels that has a pick. */
struct pick_origin {
    int64_t item_id;
    int drawn; /* 1: at random, 0: by a strategy */
};
enum err store_pick_origins(struct store *s, struct arena *a, int64_t project_id,
                            struct pick_origin **origins, size_t *n) MUST_USE;

/* Items whose first label, of those up to ledger number `seq` that say anything (skips do not), came by a
 * pick: how it was chosen. By item, ascending. */
struct pick_first {
    int64_t item_id;
    int drawn;      /* 1: at random, 0: by a strategy */
    double explore; /* share of its round that was drawn so; 1 when it was chosen at hand-out */
    struct hash content; /* of the item */
};
enum err store_pick_firsts(struct store *s, struct arena *a, int64_t project_id, int64_t seq,
                           struct pick_first **firsts, size_t *n) MUST_USE;

/* Sets l->id. */
enum err store_lease_add(struct store *s, struct lease *l) MUST_USE;
enum err store_lease_get(struct store *s, int64_t id, struct lease *l) MUST_USE;
/* This person's live lease on this item; id 0 when there is none. Whether it has expired is
 * for the caller to see. */
enum err store_lease_find(struct store *s, int64_t item_id, int64_t user_id,
                          struct lease *l) MUST_USE;
enum err store_lease_count_others(struct store *s, int64_t item_id, int64_t user_id,
                                  int64_t now_ms,
                                  int64_t *n) MUST_USE; /* live, or kept: of other people */
/* Live leases of one person in one project. */
enum err store_lease_count(struct store *s, int64_t project_id, int64_t user_id, int64_t now_ms,
                           int64_t *n) MUST_USE;
enum err store_lease_renew(struct store *s, int64_t id, int64_t expires_at) MUST_USE;
enum err store_lease_end(struct store *s, int64_t id, int64_t now_ms) MUST_USE;
/* Up to `limit` leases that expired by now_ms and were not ended, all projects. */
enum err store_lease_expired(struct store *s, struct arena *a, int64_t now_ms, size_t limit,
                             struct lease **leases, size_t *n) MUST_USE;
/* Live leases of a project (0: of all) in the order of expiry; user_id 0: everybody's. */
enum err store_lease_live(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                          int64_t now_ms, struct lease **leases, size_t *n) MUST_USE;

/* An item that somebody may be given: open, unanswered by her, not in her hands, wanted. */
struct candidate {
    int64_t item_id;
    int64_t pick_id; /* 0 when found on the walk */
    int64_t room;    /* people it can still be given to, at least 1 */
};
/* A search for one person: what is looked for, and how far it came. */
struct search {
    int64_t project_id, user_id, now_ms;
    int64_t assignment_id; /* items of this one only; 0: of all */
    int64_t priority;      /* for store_search_first */
    int64_t
        after; /* begin behind this pick id or shuffle; afterwards: the last place looked at */
    size_t want; /* stop when as many are found */
    size_t most; /* or when as many places were looked at */
    size_t seen; /* added to: places looked at */
    int ended;   /* set to 1 when there is no further place */
};
/* Among the waiting picks in order. Writes at most x->want candidates, their number in *n. */
enum err store_search_picks(struct store *s, struct search *x, struct candidate *c,
                            size_t *n) MUST_USE;
/* Among the open items in random order: of all, or of the assignment. */
enum err store_search_walk(struct store *s, struct search *x, struct candidate *c,
                           size_t *n) MUST_USE;
/* Among the open items of x->priority, in random order. */
enum err store_search_first(struct store *s, struct search *x, struct candidate *c,
                            size_t *n) MUST_USE;
/* Among the items whose answer is known, whatever their state and room, that she neither answered nor
 * holds. */
enum err store_search_gold(struct store *s, struct search *x, struct candidate *c,
                           size_t *n) MUST_USE;
/* One item, whatever she answered before; c->room 0 when it cannot be given to her. */
enum err store_search_item(struct store *s, const struct search *x, int64_t item_id,
                           struct candidate *c) MUST_USE;

/* A person's place in one of her tracks through the project's order; -1 when she has not begun it. */
struct walk {
    int64_t project_id, user_id;
    int64_t track; /* 0: all items; 1 to 9: those of that priority; -N: of assignment N */
    int64_t position;
};
enum err store_walk_get(struct store *s, struct walk *w) MUST_USE;
enum err store_walk_set(struct store *s, const struct walk *w) MUST_USE;

#endif
