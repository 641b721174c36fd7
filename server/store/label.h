/* store/label - rows of current labels, the projection of the ledger. Rules: domain/label.h. */
#ifndef EXEMPLAR_STORE_LABEL_H
#define EXEMPLAR_STORE_LABEL_H

#include "base/uuid.h"
#include "store/ledger.h"

enum answer { ANSWER_ACCEPT, ANSWER_SKIP, ANSWER_REJECT, ANSWER_FLAG };

struct label {
    int64_t item_id, user_id, project_id;
    int64_t seq;
    struct uuid client_id;
    enum answer answer;
    const char *values; /* canonical JSON object, {} when nothing was answered */
    int64_t question_version;
    int64_t pick_id; /* 0: nobody picked the item */
    int64_t elapsed_ms;
    int64_t at;
    const char *reason; /* NULL: none */
    int doubted;        /* 1: the model was nearly sure of another class */
};

const char *answer_name(enum answer a); /* "accept", ... */
enum err answer_read(enum answer *a, const char *text) MUST_USE;

/* Adds, or replaces this person's label on this item. */
enum err store_label_set(struct store *s, const struct label *l) MUST_USE;
enum err store_label_remove(struct store *s, int64_t item_id, int64_t user_id) MUST_USE;
/* l->seq is 0 when this person has no current label there. */
enum err store_label_find(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                          struct label *l) MUST_USE;
/* Of an item, in order of seq. */
enum err store_label_of_item(struct store *s, struct arena *a, int64_t item_id,
                             struct label **labels, size_t *n) MUST_USE;
/* Of a project, in order of seq, after `after`: the page that exports and the API walk by. */
enum err store_label_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                          size_t limit, struct label **labels, size_t *n) MUST_USE;
/* Current labels of a project after ledger no. `seq`; stops counting at `most`. */
enum err store_label_count_after(struct store *s, int64_t project_id, int64_t seq, int64_t most,
                                 int64_t *n) MUST_USE;
/* Every current label of a project, in order of item and person. Texts live during the call. */
typedef enum err (*label_each)(void *context, const struct label *l);
enum err store_label_visit(struct store *s, int64_t project_id, label_each each,
                           void *context) MUST_USE;
/* A walk over a project's rows in order of item, from behind item `after` to item `last`, until the
 * visitor sets `done`. */
struct item_walk {
    int64_t project_id;
    int64_t after, last;
    int done;
};
/* Its current labels, by item and person. Texts live during the call. */
enum err store_label_walk(struct store *s, struct item_walk *w, label_each each,
                          void *context) MUST_USE;
/* Its label, retract and return events up to ledger no. `seq`, by item, then as they came; user_id is
 * whose label it is about. */
typedef enum err (*event_each)(void *context, const struct ledger_row *event);
enum err store_label_walk_events(struct store *s, struct item_walk *w, int64_t seq,
                                 event_each each, void *context) MUST_USE;
/* Current labels of a project that answer `question` with `class`. Reads all its labels. */
enum err store_label_count_class(struct store *s, int64_t project_id, const char *question,
                                 const char *class_name, int64_t *n) MUST_USE;
/* This person's skipped open items, longest ago first. */
enum err store_label_skipped(struct store *s, struct arena *a, int64_t project_id,
                             int64_t user_id, size_t limit, int64_t **item_ids,
                             size_t *n) MUST_USE;

/* How an item's current labels add up. */
struct answer_counts {
    int64_t n_answers; /* all but skips */
    int64_t n_rejects, n_flags;
};
enum err store_label_answers(struct store *s, int64_t item_id,
                             struct answer_counts *c) MUST_USE;

/* The labels of an item that are no skip, but for those of `user_id`: what they say, as a text that
 * is equal for equal answers. */
struct vote {
    const char *says; /* the canonical values, or "reject", "flag" */
    int doubted;
};
enum err store_label_votes(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                           struct vote **votes, size_t *n) MUST_USE;

/* For each (item, person) that the ledger knows: its last label, retract or return event, and her current
 * label there, or one with seq 0. Texts live during the call. For verify. */
typedef enum err (*label_visit)(void *context, const struct ledger_row *event,
                                const struct label *now);
enum err store_label_compare(struct store *s, label_visit each, void *context) MUST_USE;
/* Current labels whose event is not in the ledger. */
enum err store_label_strays(struct store *s, struct arena *a, size_t limit,
                            struct label **labels, size_t *n) MUST_USE;

enum err store_label_remove_all(struct store *s) MUST_USE; /* the start of label_rebuild */

#endif
