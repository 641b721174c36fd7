/* endpoint - an address that answers with a model version: made, changed, published at, rolled back.
 *
 *     TRY(endpoint_new(s, a, &(struct endpoint_new){.project_id = p, .name = "shoes"}, now, &e));
 *     TRY(endpoint_publish(s, a, &(struct publish){.endpoint = &e, .model_id = m}, now, &done));
 *     TRY(endpoint_rollback(s, a, &e, user, now, &done));
 *
 * A version goes live only through the endpoint's gate (gate.h): the gate's newest word on this version
 * against the one that is live now must be go. A manager may publish against it, with a reason; both the
 * reason and the verdict stay in the history. A rollback needs no gate: what answered before the live
 * version was published answers again. Each change is a row of the history, which is append-only, and one
 * of the audit log, in one transaction with it.
 *
 * The settings, every field optional when they come in:
 *     {"public": false,          anybody may ask it, without a token
 *      "frame_ancestors": [],    sites whose pages may show /e/NAME in a frame: "https://example.org"
 *      "per_minute": 6000,       predictions for each token (or address, without one)
 *      "margin": 0.05,           the loss of accuracy that the owner would not mind, for the gate
 *      "floors": {"classes": {"shoe": 0.8},      at least this share of them is found
 *                 "slices": [{"key": "camera", "value": "3", "floor": 0.7}]},
 *                                at least this share of such items is right; key "folder": the path
 *                                begins so, else metadata that is just this
 *      "retrain": {"days": 0,    a new version every so many days; 0: no
 *                  "labels": 0,  or after so many new labels; 0: no
 *                  "publish": false}}   and it is published when the gate says go
 * Errors beside the store's: ERR_INVALID names the field; ERR_CONFLICT says why it cannot be done now. */
#ifndef EXEMPLAR_DOMAIN_ENDPOINT_H
#define EXEMPLAR_DOMAIN_ENDPOINT_H

#include "base/json.h"
#include "store/endpoint.h"

#include <stdbool.h>

enum {
    ENDPOINT_NAME_MAX = 60,
    ENDPOINT_REASON_MAX = 500,
    ENDPOINT_FRAMES_MAX = 20,
    ENDPOINT_FLOORS_MAX = 200,
    ENDPOINT_PER_MINUTE = 6000,
};

struct floor {
    const char *key;   /* of a slice; NULL: a class */
    const char *value; /* what the slice's metadata are, or the class */
    double least;
};

struct endpoint_settings {
    const char *body; /* canonical, every field there */
    bool is_public;
    const char *frames[ENDPOINT_FRAMES_MAX];
    size_t n_frames;
    int64_t per_minute;
    double margin;
    const struct floor *floors;
    size_t n_floors;
    int64_t retrain_days, retrain_labels; /* 0: not by this */
    bool retrain_publishes;
};

/* What `change` (NULL: nothing) names instead of what `body` (NULL: the defaults) says. */
enum err endpoint_settings_read(struct arena *a, const char *body, const json_t *change,
                                struct endpoint_settings *out) MUST_USE;

struct endpoint_new {
    int64_t project_id, user_id;
    const char *name;       /* 1 to 60 of a-z, 0-9 and -, not at an end */
    const json_t *settings; /* NULL: the defaults */
};
/* ERR_INVALID also when the first question is no single choice. */
enum err endpoint_new(struct store *s, struct arena *a, const struct endpoint_new *n,
                      int64_t now_ms, struct endpoint *e) MUST_USE;

/* Of this project, and there. `text` is its number or its name. */
enum err endpoint_find(struct store *s, struct arena *a, int64_t project_id, const char *text,
                       struct endpoint *e) MUST_USE;

/* Sets e->settings too. */
enum err endpoint_change(struct store *s, struct arena *a, struct endpoint *e,
                         const json_t *wish) MUST_USE;

/* model_id 0: none any more. ERR_CONFLICT: it is live, or not trained, or of another project. */
enum err endpoint_shadow(struct store *s, struct arena *a, struct endpoint *e,
                         int64_t model_id) MUST_USE;

/* It answers no more; its name and history stay, its tokens end. */
enum err endpoint_remove(struct store *s, struct arena *a, struct endpoint *e,
                         int64_t now_ms) MUST_USE;

struct publish {
    struct endpoint *endpoint; /* its live_id is set */
    int64_t model_id;
    const char *override; /* why, against the gate; NULL: by the gate */
    int64_t user_id;      /* 0: the program */
};
/* ERR_CONFLICT, with what to do, unless the gate said go or there is a reason. */
enum err endpoint_publish(struct store *s, struct arena *a, const struct publish *p,
                          int64_t now_ms, struct publication *done) MUST_USE;

/* ERR_CONFLICT: nothing answered before. */
enum err endpoint_rollback(struct store *s, struct arena *a, struct endpoint *e,
                           int64_t user_id, int64_t now_ms, struct publication *done) MUST_USE;
/* The model a rollback would bring back; 0: none. */
enum err endpoint_before(struct store *s, struct arena *a, const struct endpoint *e,
                         int64_t *model_id) MUST_USE;

#endif
