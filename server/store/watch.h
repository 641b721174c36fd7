/* store/watch - rows of the sample of an endpoint's predictions, and of what was found in each day.
 * Rules: jobs/seen.h, jobs/watch.h. */
#ifndef EXEMPLAR_STORE_WATCH_H
#define EXEMPLAR_STORE_WATCH_H

#include "store/store.h"

struct seen {
    int64_t id;
    int64_t endpoint_id, day; /* days since 1970, UTC */
    double draw;              /* uniform in [0, 1) */
    int64_t model_id;
    const char *class_name;
    double probability;
    int unknown;
    int64_t item_id;     /* 0: the input is not kept */
    const float *latent; /* (d); NULL: not kept, or not any more */
    size_t d;
    int64_t at;
};
enum err store_seen_add(struct store *s, const struct seen *x) MUST_USE;
/* Keeps the `most` lowest draws of the day; *highest: of those kept, 1 while there are fewer. */
enum err store_seen_trim(struct store *s, int64_t endpoint_id, int64_t day, size_t most,
                         double *highest) MUST_USE;
/* By draw. */
enum err store_seen_list(struct store *s, struct arena *a, int64_t endpoint_id, int64_t day,
                         struct seen **list, size_t *n) MUST_USE;
/* Latents of before `latents_at` are taken away, rows of before `rows_at` removed, up to 1,000 each. */
enum err store_seen_forget(struct store *s, int64_t latents_at, int64_t rows_at) MUST_USE;
/* Endpoints of which something was seen that day. */
enum err store_seen_endpoints(struct store *s, struct arena *a, int64_t day, int64_t **ids,
                              size_t *n) MUST_USE;

struct watch {
    int64_t endpoint_id, day, model_id;
    const char *report; /* JSON; NULL: there is none */
    int64_t n_alarms;
    int64_t at;
};
enum err store_watch_set(struct store *s, const struct watch *w) MUST_USE;
/* Newest first, of days before `before` (0: from the newest). */
enum err store_watch_list(struct store *s, struct arena *a, int64_t endpoint_id, int64_t before,
                          size_t limit, struct watch **list, size_t *n) MUST_USE;
enum err store_watch_forget(struct store *s, int64_t day) MUST_USE;

#endif
