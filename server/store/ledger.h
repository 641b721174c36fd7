/* store/ledger - rows of the ledger and its signed heads. Format and rules: domain/ledger.h. */
#ifndef EXEMPLAR_STORE_LEDGER_H
#define EXEMPLAR_STORE_LEDGER_H

#include "base/hash.h"
#include "base/uuid.h"
#include "store/store.h"

struct ledger_row {
    int64_t seq;
    int64_t at;
    const char *kind;   /* "project", "questions", "label", "retract" */
    int64_t project_id; /* 0: NULL in the table, likewise the next two */
    int64_t item_id;
    int64_t user_id;
    int has_client_id;
    struct uuid client_id;
    const char *body; /* canonical JSON, 0-terminated; n_body bytes */
    size_t n_body;
    struct hash previous, hash;
};

struct ledger_head {
    int64_t seq, at;
    uint8_t signature[SIGNATURE_BYTES];
    uint8_t public_key[32];
};

enum err store_ledger_add(struct store *s, const struct ledger_row *r) MUST_USE;
/* Number and hash of the last row; 0 and zeroes when there is none. */
enum err store_ledger_last(struct store *s, int64_t *seq, struct hash *hash) MUST_USE;
enum err store_ledger_get(struct store *s, struct arena *a, int64_t seq,
                          struct ledger_row *r) MUST_USE;
/* Sets r->seq to 0 when no event has this client id. */
enum err store_ledger_by_client(struct store *s, struct arena *a, const struct uuid *client_id,
                                struct ledger_row *r) MUST_USE;
/* In order of seq, after `after`. */
enum err store_ledger_list(struct store *s, struct arena *a, int64_t after, size_t limit,
                           struct ledger_row **rows, size_t *n) MUST_USE;
enum err store_ledger_of_item(struct store *s, struct arena *a, int64_t item_id, size_t limit,
                              struct ledger_row **rows, size_t *n) MUST_USE; /* oldest first */
enum err store_ledger_count(struct store *s, int64_t *n_rows) MUST_USE; /* reads every row */

/* For each (item, person) of a project (0: of all) its last label or retract event up to `seq`, in
 * order of item and person. Reads the ledger up to there. The row's texts live during the call;
 * an error of `each` ends the reading. */
typedef enum err (*ledger_visit)(void *context, const struct ledger_row *r);
enum err store_ledger_latest(struct store *s, int64_t project_id, int64_t seq,
                             ledger_visit each, void *context) MUST_USE;

/* All events of one kind, as they came. Reads the whole ledger: for label_rebuild. */
enum err store_ledger_of_kind(struct store *s, const char *kind, ledger_visit each,
                              void *context) MUST_USE;

enum err store_head_add(struct store *s, const struct ledger_head *h) MUST_USE;
/* seq 0 when there is none. */
enum err store_head_last(struct store *s, int64_t *seq) MUST_USE;
enum err store_head_list(struct store *s, struct arena *a, int64_t after, size_t limit,
                         struct ledger_head **heads, size_t *n) MUST_USE;

#endif
