/* store/trait - rows of what was measured of items (media/facts.h), the last advice, and the alarms of
 * a version's training. */
#ifndef EXEMPLAR_STORE_TRAIT_H
#define EXEMPLAR_STORE_TRAIT_H

#include "store/store.h"

enum trait_look {
    LOOK_BRIGHTNESS,
    LOOK_CONTRAST,
    LOOK_FLAT,
    LOOK_COLOUR,
    LOOK_RIM,
    LOOK_RIM_SPREAD,
    LOOK_CORNERS, /* four */
    TRAIT_LOOKS = LOOK_CORNERS + 4
};

struct trait {
    int64_t item_id;
    int is_read;              /* 0: the item could not be read; all else is not known */
    double look[TRAIT_LOOKS]; /* of a picture; NaN: not known */
    const char *camera;       /* NULL: not said */
    int64_t taken_min;        /* 0: not said */
    int64_t n_words, n_lines; /* of a text; 0: not known */
    double punctuation, capitals;
    const char *script; /* NULL: not known */
};

enum err store_trait_add(struct store *s, int64_t project_id, const struct trait *t) MUST_USE;
/* The last item that has a row; 0 when none has. Those before it have one too. */
enum err store_trait_last(struct store *s, int64_t project_id, int64_t *item_id) MUST_USE;
/* Rows in order of item, after `after`. */
enum err store_trait_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                          size_t limit, struct trait **list, size_t *n) MUST_USE;

struct advice_row {
    int64_t project_id; /* 0: there is none */
    int64_t seq;        /* labels up to this ledger number were used */
    int64_t n_labels;   /* so many */
    const char *body;   /* JSON */
    int64_t created_at;
};
/* In place of the last. */
enum err store_advice_set(struct store *s, const struct advice_row *x) MUST_USE;
enum err store_advice_get(struct store *s, struct arena *a, int64_t project_id,
                          struct advice_row *x) MUST_USE;

/* What was wrong with a version's examples when it was trained: a JSON list; "[]" before. */
enum err store_alarms_set(struct store *s, int64_t model_id, const char *alarms) MUST_USE;
enum err store_alarms_get(struct store *s, struct arena *a, int64_t model_id,
                          const char **alarms) MUST_USE;

#endif
