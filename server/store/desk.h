/* store/desk - rows of what was asked of people at an endpoint, and of what its model has earned. Rules:
 * domain/desk.h. */
#ifndef EXEMPLAR_STORE_DESK_H
#define EXEMPLAR_STORE_DESK_H

#include "base/uuid.h"
#include "store/store.h"

struct desk {
    int64_t endpoint_id, project_id;
    const char *settings; /* canonical JSON; NULL: there are none */
};
enum err store_desk_set(struct store *s, const struct desk *d) MUST_USE;
enum err store_desk_get(struct store *s, struct arena *a, int64_t endpoint_id,
                        struct desk *d) MUST_USE;

enum asked_why { ASKED_NO_MODEL, ASKED_UNKNOWN, ASKED_UNSURE, ASKED_AUDIT };
enum asked_state { ASKED_WAITING, ASKED_ANSWERED, ASKED_DECLINED };
const char *asked_why_name(enum asked_why why); /* "no-model", "unknown", "unsure", "audit" */
const char *asked_state_name(enum asked_state state); /* "waiting", "answered", "declined" */

struct asked {
    int64_t id;
    struct uuid key;
    int64_t endpoint_id, project_id, item_id;
    enum asked_why why;
    double propensity;
    int64_t model_id;  /* 0: there was none */
    const char *guess; /* NULL: likewise */
    double probability;
    enum asked_state state;
    const char *answer; /* NULL until answered */
    int64_t seq;
    int64_t at, answered_at; /* 0: not yet */
};

enum err store_asked_add(struct store *s, struct asked *x) MUST_USE; /* sets x->id */
/* x->id 0: there is none. */
enum err store_asked_find(struct store *s, struct arena *a, int64_t endpoint_id,
                          const struct uuid *key, struct asked *x) MUST_USE;
/* Waiting ones whose item has all its answers and no flag, oldest item first. */
enum err store_asked_due(struct store *s, struct arena *a, size_t limit, struct asked **list,
                         size_t *n) MUST_USE;
/* state, answer, seq and answered_at as in `x`. */
enum err store_asked_end(struct store *s, const struct asked *x) MUST_USE;
enum err store_asked_waiting(struct store *s, int64_t endpoint_id, int64_t *n) MUST_USE;
/* Newest first, those before id `before` (0: from the newest). */
enum err store_asked_list(struct store *s, struct arena *a, int64_t endpoint_id, int64_t before,
                          size_t limit, struct asked **list, size_t *n) MUST_USE;
/* Ended ones that this model guessed to be of this class, after id `after`, oldest first. */
struct asked_span {
    int64_t endpoint_id, model_id, after;
    const char *class_name;
    size_t limit;
};
enum err store_asked_checked(struct store *s, struct arena *a, const struct asked_span *span,
                             struct asked **list, size_t *n) MUST_USE;
/* Those that ended before `at`: removed, at most `limit`. */
enum err store_asked_forget(struct store *s, int64_t at, int64_t limit, int64_t *n) MUST_USE;

struct earned {
    int64_t endpoint_id, model_id;
    const char *class_name;
    int alone, broken;
    double threshold;
    int64_t n, n_wrong;
    double wrong_high;
    int64_t n_needed;
    int64_t n_audited, n_audited_wrong;
    int64_t since;
    int64_t after_id;
};
enum err store_earned_set(struct store *s, const struct earned *x) MUST_USE;
enum err store_earned_list(struct store *s, struct arena *a, int64_t endpoint_id,
                           int64_t model_id, struct earned **list, size_t *n) MUST_USE;
/* NULL class_name: there is none. */
enum err store_earned_find(struct store *s, struct arena *a, int64_t endpoint_id,
                           int64_t model_id, const char *class_name, struct earned *x) MUST_USE;

#endif
