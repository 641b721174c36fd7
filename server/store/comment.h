/* store/comment - rows of what people say about items. Rules: domain/comment.h. */
#ifndef EXEMPLAR_STORE_COMMENT_H
#define EXEMPLAR_STORE_COMMENT_H

#include "base/uuid.h"
#include "store/store.h"

struct comment {
    int64_t id; /* 0: none */
    int64_t project_id, item_id, user_id;
    int by_reviewer; /* 1: annotators may read it */
    struct uuid client_id;
    const char *body;
    const char *region; /* canonical JSON object; NULL: the whole item */
    int64_t created_at;
    int64_t closed_at, closed_by; /* 0: still open */
};

/* Sets c->id. */
enum err store_comment_add(struct store *s, struct comment *c) MUST_USE;
/* ERR_NOT_FOUND when there is none. */
enum err store_comment_get(struct store *s, struct arena *a, int64_t id,
                           struct comment *c) MUST_USE;
/* c->id 0 when no comment has this client id. */
enum err store_comment_by_client(struct store *s, struct arena *a, const struct uuid *client_id,
                                 struct comment *c) MUST_USE;
/* Of an item, oldest first. */
enum err store_comment_list(struct store *s, struct arena *a, int64_t item_id, size_t limit,
                            struct comment **comments, size_t *n) MUST_USE;
/* closed_at 0 opens it again. */
enum err store_comment_close(struct store *s, int64_t id, int64_t closed_at,
                             int64_t closed_by) MUST_USE;

#endif
