/* store/look - rows of searches for doubtful labels, of what they found and what was kept.
 * Rules: domain/look.h. */
#ifndef EXEMPLAR_STORE_LOOK_H
#define EXEMPLAR_STORE_LOOK_H

#include "store/store.h"

enum look_kind { LOOK_DOUBT, LOOK_CONFLICT };
enum look_outcome { LOOK_WAITS, LOOK_KEPT, LOOK_FIXED };

struct look {
    int64_t id, project_id;
    int64_t encoder_id; /* 0: none, duplicates alone were looked at */
    int64_t ledger_seq; /* answers up to here */
    int64_t n_labels;   /* answered items that were compared */
    int64_t n_wrong;    /* how many of them are wrong, as estimated; most at the most */
    int64_t n_doubts,
        n_conflicts; /* that are worth a look; more than entries when they are many */
    int64_t created_at;
};

/* One item of an entry, and the newest event its answer was made of then. */
struct look_item {
    int64_t item_id, seq;
};

struct look_entry {
    int64_t id, look_id, project_id;
    int64_t rank; /* 1 is first */
    enum look_kind kind;
    const char *question;
    const char *given, *suggested; /* classes; NULL for a conflict */
    double p_given, p_suggested;   /* 0 for a conflict */
    const char *reason;            /* one sentence */
    const char *near; /* JSON: [{"class","item"}], the nearest other labelled ones */
    enum look_outcome outcome;
    int64_t user_id; /* who kept or fixed it; 0: nobody yet */
    int64_t at;
    struct look_item *items; /* (n_items) by id */
    size_t n_items;
};

/* "This label is right", said of an item when its answer was of event `seq`. */
struct look_kept {
    int64_t project_id, item_id;
    enum look_kind kind;
    const char *question;
    int64_t seq, user_id, at;
};

const char *look_kind_name(enum look_kind kind);       /* "doubt", "conflict" */
const char *look_outcome_name(enum look_outcome what); /* "kept", "fixed"; NULL: it waits */

/* Sets l->id. */
enum err store_look_add(struct store *s, struct look *l) MUST_USE;
/* The newest of a project; l->id 0 when there is none. */
enum err store_look_last(struct store *s, int64_t project_id, struct look *l) MUST_USE;
/* Every look of the project but `keep`, with its entries. */
enum err store_look_remove_others(struct store *s, int64_t project_id, int64_t keep) MUST_USE;

/* Sets e->id; with its items. */
enum err store_look_entry_add(struct store *s, struct look_entry *e) MUST_USE;
enum err store_look_entry_get(struct store *s, struct arena *a, int64_t id,
                              struct look_entry *e) MUST_USE;
/* Those of a look that wait, behind a rank, in order; without more than `limit`. */
enum err store_look_waiting(struct store *s, struct arena *a, int64_t look_id, int64_t after,
                            size_t limit, struct look_entry **entries, size_t *n) MUST_USE;
/* outcome, user_id and at as in `e`. */
enum err store_look_entry_close(struct store *s, const struct look_entry *e) MUST_USE;

enum err store_look_keep(struct store *s, const struct look_kept *k) MUST_USE;
enum err store_look_unkeep(struct store *s, const struct look_kept *k) MUST_USE;
/* All of a project, by item. */
enum err store_look_kept_list(struct store *s, struct arena *a, int64_t project_id,
                              struct look_kept **list, size_t *n) MUST_USE;

#endif
