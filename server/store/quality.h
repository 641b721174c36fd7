/* store/quality - what the measures of quality found last. How they are computed: jobs/quality.h. */
#ifndef EXEMPLAR_STORE_QUALITY_H
#define EXEMPLAR_STORE_QUALITY_H

#include "store/store.h"

struct quality_result {
    int64_t project_id; /* 0: there is none */
    const char *kind;   /* "agreement", "influence" */
    int64_t seq;        /* labels up to this ledger number were used */
    int64_t n_labels;   /* so many */
    const char *body;   /* JSON */
    int64_t created_at;
};

/* In place of the last of its project and kind. */
enum err store_quality_set(struct store *s, const struct quality_result *x) MUST_USE;
enum err store_quality_get(struct store *s, struct arena *a, int64_t project_id,
                           const char *kind, struct quality_result *x) MUST_USE;

#endif
