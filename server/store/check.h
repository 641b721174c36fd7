/* store/check - rows of known answers (gold) and of second answers given blind (again). Rules:
 * domain/check.h. */
#ifndef EXEMPLAR_STORE_CHECK_H
#define EXEMPLAR_STORE_CHECK_H

#include "store/label.h"

struct gold {
    int64_t item_id, project_id;
    int64_t seq; /* its event; 0: the item has none */
    int64_t user_id, at;
    const char *values;
};
enum err store_gold_set(struct store *s, const struct gold *g) MUST_USE;
enum err store_gold_remove(struct store *s, int64_t item_id) MUST_USE;
enum err store_gold_find(struct store *s, struct arena *a, int64_t item_id,
                         struct gold *g) MUST_USE;
/* In order of item, after `after`. */
enum err store_gold_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                         size_t limit, struct gold **list, size_t *n) MUST_USE;

struct again {
    int64_t seq, project_id, item_id, user_id;
    int64_t first_seq;
    enum answer answer;
    const char *values;
    int agrees;
    int64_t elapsed_ms, at;
};
enum err store_again_add(struct store *s, const struct again *x) MUST_USE;
/* *n 0: it was not there. */
enum err store_again_remove(struct store *s, int64_t seq, int64_t *n) MUST_USE;
/* One of her accepted labels of before `before_ms` that she was not asked again about and does not
 * hold: the first whose item is not below `from`, among the next 64. 0: none. */
enum err store_again_candidate(struct store *s, int64_t project_id, int64_t user_id,
                               int64_t from, int64_t before_ms, int64_t *item_id) MUST_USE;
/* The lowest and the highest item she has a label on; 0 and 0: none. And how many second answers. */
enum err store_again_span(struct store *s, int64_t project_id, int64_t user_id, int64_t *low,
                          int64_t *high, int64_t *n_again) MUST_USE;

/* Every current answer, but for skips, to an item whose answer is known, in order of item and person;
 * every second answer, in order of person and time. Texts live during the call. For the statistics
 * of people: the first costs the known items and their labels, the second its rows. */
struct gold_answer {
    int64_t user_id, item_id;
    int64_t seq, at; /* of the label */
    enum answer answer;
    const char *values;      /* of the label */
    const char *gold_values; /* what is right */
    int right;               /* accepted, with just those values */
    int64_t elapsed_ms;
};
typedef enum err (*gold_each)(void *context, const struct gold_answer *x);
enum err store_gold_answers(struct store *s, int64_t project_id, gold_each each,
                            void *context) MUST_USE;
typedef enum err (*again_each)(void *context, const struct again *x);
enum err store_again_visit(struct store *s, int64_t project_id, again_each each,
                           void *context) MUST_USE;

/* The start of label_rebuild. */
enum err store_checks_remove_all(struct store *s) MUST_USE;
/* Up to `limit` items and event numbers where a table is not what the events say: gold first. */
enum err store_checks_wrong(struct store *s, struct arena *a, size_t limit, int64_t **seqs,
                            size_t *n) MUST_USE;

#endif
