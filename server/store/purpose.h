/* store/purpose - what the classifiers of a project are for, and what they are not for, in the owner's
 * words: the one thing of a model card that cannot be measured. */
#ifndef EXEMPLAR_STORE_PURPOSE_H
#define EXEMPLAR_STORE_PURPOSE_H

#include "store/store.h"

struct purpose {
    int64_t project_id; /* 0: nobody has said anything yet */
    const char *text;
    int64_t user_id, at;
};

/* In place of what stood before; an empty text removes it. */
enum err store_purpose_set(struct store *s, const struct purpose *p) MUST_USE;
enum err store_purpose_get(struct store *s, struct arena *a, int64_t project_id,
                           struct purpose *p) MUST_USE;

#endif
