/* comment - what people say about an item, or about a place on it.
 *
 *     struct comment c = {.item_id = i, .user_id = u, .client_id = uuid, .body = "Which shoe?"};
 *     TRY(comment_add(s, a, &c, region, now, &repeated));     // region NULL: the whole item
 *
 * A place is {"x","y","w","h"} in pixels of the upright picture, inside it, or {"start","end"} in
 * code points of the text. A comment is closed when it is settled, by its author or a reviewer, and may
 * be opened again; it is never changed. Annotators read their own and those of reviewers, so that
 * nobody's answer leans on that of another annotator. A retry with the same id is harmless. */
#ifndef EXEMPLAR_DOMAIN_COMMENT_H
#define EXEMPLAR_DOMAIN_COMMENT_H

#include "base/json.h"
#include "store/comment.h"
#include "store/user.h"

enum { COMMENT_BYTES_MAX = 2000, COMMENTS_MAX = 500 };

/* Sets id, project_id, by_reviewer, region and created_at. ERR_INVALID names the field; ERR_CONFLICT:
 * the id was used for something else. ERR_TOO_LARGE: the item has COMMENTS_MAX of them. */
enum err comment_add(struct store *s, struct arena *a, struct comment *c, const json_t *region,
                     int64_t now_ms, int *repeated) MUST_USE;

/* Closes it, or opens it again with `closed` 0. ERR_NOT_FOUND: no such comment on this item that this
 * person may read. ERR_DENIED: it is somebody else's. */
struct comment_closing {
    int64_t item_id, comment_id, user_id;
    int closed;
};
enum err comment_close(struct store *s, struct arena *a, const struct comment_closing *x,
                       int64_t now_ms) MUST_USE;

/* Those that this person may read, oldest first. */
enum err comment_list(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                      struct comment **comments, size_t *n) MUST_USE;

#endif
