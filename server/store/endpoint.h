/* store/endpoint - rows of endpoints, of what their gates said, of what was published there, and of
 * what was asked. Rules: domain/endpoint.h, domain/gate.h. */
#ifndef EXEMPLAR_STORE_ENDPOINT_H
#define EXEMPLAR_STORE_ENDPOINT_H

#include "store/store.h"

struct endpoint {
    int64_t id, project_id;
    const char *name;
    int64_t live_id, shadow_id; /* models; 0: none */
    int64_t retraining_id;      /* being made by itself; 0: none */
    const char *settings;       /* canonical JSON */
    int64_t user_id;
    int64_t created_at;
    int64_t removed_at; /* 0: it is there */
};

/* Sets e->id. ERR_CONFLICT: the name is taken, or was once. */
enum err store_endpoint_add(struct store *s, struct endpoint *e) MUST_USE;
/* Also of one that was removed. */
enum err store_endpoint_get(struct store *s, struct arena *a, int64_t id,
                            struct endpoint *e) MUST_USE;
/* ERR_NOT_FOUND also for one that was removed. */
enum err store_endpoint_by_name(struct store *s, struct arena *a, const char *name,
                                struct endpoint *e) MUST_USE;
/* Those of a project (0: of all) that are there, oldest first, up to 1,000. */
enum err store_endpoint_list(struct store *s, struct arena *a, int64_t project_id,
                             struct endpoint **list, size_t *n) MUST_USE;
/* live_id, shadow_id, retraining_id, settings and removed_at as in `e`. */
enum err store_endpoint_update(struct store *s, const struct endpoint *e) MUST_USE;

enum verdict { VERDICT_GO, VERDICT_NO_GO, VERDICT_MORE };
const char *verdict_name(enum verdict v); /* "go", "no-go", "more" */

struct gate_row {
    int64_t id, endpoint_id;
    int64_t model_id, live_id; /* live 0: nothing was live */
    enum verdict verdict;
    const char *sentence;
    int64_t needs, n_items, ledger_seq;
    const char *report; /* JSON: domain/gate.h */
    int64_t user_id;    /* 0: the program */
    int64_t at;
};
enum err store_gate_add(struct store *s, struct gate_row *g) MUST_USE; /* sets g->id */
/* Newest first, up to `limit`. */
enum err store_gate_list(struct store *s, struct arena *a, int64_t endpoint_id, size_t limit,
                         struct gate_row **list, size_t *n) MUST_USE;
/* The newest that compared these two; g->id 0: there is none. */
enum err store_gate_last(struct store *s, struct arena *a, int64_t endpoint_id,
                         int64_t model_id, int64_t live_id, struct gate_row *g) MUST_USE;
/* How often these two were compared on at least `items` items. */
enum err store_gate_looks(struct store *s, int64_t endpoint_id, int64_t model_id,
                          int64_t live_id, int64_t items, int64_t *n) MUST_USE;

enum publishing { PUBLISHED_BY_GATE, PUBLISHED_BY_OVERRIDE, PUBLISHED_BY_ROLLBACK };
const char *publishing_name(enum publishing how); /* "gate", "override", "rollback" */

struct publication {
    int64_t id, endpoint_id;
    int64_t model_id, previous_id; /* previous 0: nothing answered before */
    enum publishing how;
    int64_t gate_id;    /* 0: none */
    const char *reason; /* NULL but of an override */
    int64_t user_id;    /* 0: the program */
    int64_t at;
};
enum err store_publication_add(struct store *s,
                               struct publication *p) MUST_USE; /* sets p->id */
/* Newest first, up to `limit`. */
enum err store_publication_list(struct store *s, struct arena *a, int64_t endpoint_id,
                                size_t limit, struct publication **list, size_t *n) MUST_USE;
/* How this model last came to answer other than by a rollback; p->id 0: never. */
enum err store_publication_of(struct store *s, struct arena *a, int64_t endpoint_id,
                              int64_t model_id, struct publication *p) MUST_USE;

struct endpoint_day {
    int64_t endpoint_id, day, model_id;
    int64_t n_requests, n_predictions, n_unknown, n_limited;
    int64_t n_shadow, n_agreed, n_passed;
    int64_t shadow_id; /* 0: none */
    int64_t us;
};
/* Adds the numbers of `d` to the row of its endpoint, day and model. */
enum err store_endpoint_count(struct store *s, const struct endpoint_day *d) MUST_USE;
/* Newest first, up to `limit`. */
enum err store_endpoint_days(struct store *s, struct arena *a, int64_t endpoint_id,
                             size_t limit, struct endpoint_day **list, size_t *n) MUST_USE;

#endif
