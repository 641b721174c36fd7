/* store/item - rows of items and their texts. Rules: domain/item.h. */
#ifndef EXEMPLAR_STORE_ITEM_H
#define EXEMPLAR_STORE_ITEM_H

#include "base/hash.h"
#include "store/store.h"

enum item_state { ITEM_OPEN, ITEM_LABELLED, ITEM_FLAGGED, ITEM_REJECTED, ITEM_STATES };
enum { RENDITION_256 = 1, RENDITION_VIEW = 2 }; /* bits: HASH.256.jpg, HASH.view.jpg exist */

struct item {
    int64_t id;
    int64_t project_id;
    struct hash hash;   /* of the original bytes */
    const char *format; /* media type: "image/jpeg", "text/plain" */
    int64_t n_bytes;
    int64_t width, height; /* of the upright picture, pixels; 0 for text */
    int64_t n_chars;       /* code points; 0 for a picture */
    int64_t renditions;
    const char *path;
    const char *meta; /* a JSON object of texts, without path */
    int64_t job_id;   /* 0: none */
    int64_t row;
    int64_t shuffle; /* set by item_add */
    enum item_state state;
    int64_t n_answers;
    int64_t created_at;
};

const char *item_state_name(enum item_state state); /* "open", ... */
enum err item_state_read(enum item_state *state, const char *text) MUST_USE;

/* Sets i->id; `body` (n bytes of UTF-8) for a text, NULL for a picture. */
enum err store_item_add(struct store *s, struct item *i, const char *body, size_t n) MUST_USE;
enum err store_item_get(struct store *s, struct arena *a, int64_t id, struct item *i) MUST_USE;
/* Sets *id to 0 when the project has no item of these bytes. */
enum err store_item_by_hash(struct store *s, int64_t project_id, const struct hash *hash,
                            int64_t *id) MUST_USE;
/* The text as stored: n bytes and a 0 byte. ERR_NOT_FOUND for a picture. */
enum err store_item_text(struct store *s, struct arena *a, int64_t id, const char **body,
                         size_t *n) MUST_USE;

/* In order of id, after `after`; at most `limit`. */
enum err store_item_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                         size_t limit, struct item **items, size_t *n) MUST_USE;
enum err store_item_list_in_state(struct store *s, struct arena *a, int64_t project_id,
                                  enum item_state state, int64_t after, size_t limit,
                                  struct item **items, size_t *n) MUST_USE;
/* Items a job imported, in order of row, after `row`. */
enum err store_item_list_of_job(struct store *s, struct arena *a, int64_t job_id, int64_t row,
                                size_t limit, struct item **items, size_t *n) MUST_USE;

/* Items that have all their answers and no decision, in the order of review: those whose labels
 * differ first, then the rejected, the flagged and the rest, each by id. `from` is the last one of the
 * page before, {0} for the first page. */
struct review_place {
    int disputed;
    enum item_state state;
    int64_t id;
};
struct review_item {
    struct item item;
    int disputed;
};
enum err store_item_list_to_review(struct store *s, struct arena *a, int64_t project_id,
                                   const struct review_place *from, size_t limit,
                                   struct review_item **items, size_t *n) MUST_USE;
/* Items marked as decided or disputed though they are not, or not marked though they are: their ids.
 * Reads all items and labels. For verify. */
enum err store_item_mismarked(struct store *s, struct arena *a, size_t limit, int64_t **ids,
                              size_t *n) MUST_USE;

/* Every open item of the project (those a ranking may choose from, held ones among them):
 * ids ascending, in the arena. 8 bytes an item. */
enum err store_item_open_ids(struct store *s, struct arena *a, int64_t project_id,
                             int64_t **ids, size_t *n) MUST_USE;

/* The lowest and the highest id of the project's items; 0 and 0 when there are none. */
enum err store_item_span(struct store *s, int64_t project_id, int64_t *first,
                         int64_t *last) MUST_USE;

/* What a label event needs: enough of the item, no strings. */
struct item_brief {
    int64_t id, project_id;
    struct hash hash;
    enum item_state state;
    int64_t n_answers;
    int decided; /* 1: a reviewer's decision stands above its labels */
};
enum err store_item_brief(struct store *s, int64_t id, struct item_brief *i) MUST_USE;
enum err store_item_set_state(struct store *s, int64_t id, enum item_state state,
                              int64_t n_answers) MUST_USE;
/* Items whose state or number of answers is not what their current labels make it (the rule of
 * item_settle_for in domain/item.h), with what they should be. Reads all items. For verify and
 * after a change of overlap; project_id 0: all projects. */
struct item_settled {
    int64_t id;
    enum item_state state, state_due;
    int64_t n_answers, n_answers_due;
};
enum err store_item_unsettled(struct store *s, struct arena *a, int64_t project_id,
                              size_t limit, struct item_settled **items, size_t *n) MUST_USE;
/* All items open, without answers: the start of label_rebuild. */
enum err store_item_reset_states(struct store *s) MUST_USE;
enum err store_item_set_renditions(struct store *s, int64_t id, int64_t renditions) MUST_USE;

#endif
