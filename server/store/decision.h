/* store/decision - rows of what reviewers decided, the projection of the ledger's `decide` events.
 * Rules: domain/review.h.
 *
 *     struct decision d;
 *     TRY(store_decision_get(s, a, item, round.ledger_seq, &d));   // as things stood then
 *     if (d.seq) ... d.answer, d.values ...                         // it stands above all labels
 *
 * There are two sources and one shape: `_get` and `_visit` read the ledger itself as of any of its
 * numbers (INT64_MAX: now); `_find` and `_list` read the table of those that stand now. */
#ifndef EXEMPLAR_STORE_DECISION_H
#define EXEMPLAR_STORE_DECISION_H

#include "store/label.h"

struct decision {
    int64_t item_id, user_id, project_id; /* user: who decided */
    int64_t seq;                          /* 0: none stands */
    struct uuid client_id;
    enum answer answer; /* accept or reject */
    const char *values; /* canonical JSON object */
    int64_t question_version;
    int64_t accepts;  /* ledger number of the label that was taken as it is; 0: none */
    int64_t restores; /* ledger number of the earlier answer brought back; 0: none */
    const char *note; /* NULL: none */
    int64_t at;
};

/* What stood for the item as of ledger number `seq`; d->seq 0 when nothing did. */
enum err store_decision_get(struct store *s, struct arena *a, int64_t item_id, int64_t seq,
                            struct decision *d) MUST_USE;
/* Each decision of a project that stood as of `seq`, in order of item. Texts live during the call;
 * an error of `each` ends the reading. */
typedef enum err (*decision_each)(void *context, const struct decision *d);
enum err store_decision_visit(struct store *s, int64_t project_id, int64_t seq,
                              decision_each each, void *context) MUST_USE;

/* Those of the walk's items that stood as of `seq`, in order of item, at most `limit`. */
enum err store_decision_walk(struct store *s, struct arena *a, const struct item_walk *w,
                             int64_t seq, size_t limit, struct decision **decisions,
                             size_t *n) MUST_USE;

/* What stands now; d->seq 0 when nothing does. */
enum err store_decision_find(struct store *s, struct arena *a, int64_t item_id,
                             struct decision *d) MUST_USE;
/* Of a project, in order of seq, after `after`. */
enum err store_decision_list(struct store *s, struct arena *a, int64_t project_id,
                             int64_t after, size_t limit, struct decision **decisions,
                             size_t *n) MUST_USE;
/* Those of a project that answer `question` with `class`. Reads all its decisions. */
enum err store_decision_count_class(struct store *s, int64_t project_id, const char *question,
                                    const char *class_name, int64_t *n) MUST_USE;

/* Adds, or replaces the item's. */
enum err store_decision_set(struct store *s, const struct decision *d) MUST_USE;
enum err store_decision_remove(struct store *s, int64_t item_id) MUST_USE;
enum err store_decision_remove_all(struct store *s) MUST_USE; /* for label_rebuild */

/* Rows whose item has no decision by the ledger: item_id, project_id and seq only. For verify. */
enum err store_decision_strays(struct store *s, struct arena *a, size_t limit,
                               struct decision **decisions, size_t *n) MUST_USE;

#endif
