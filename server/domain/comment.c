#include "domain/comment.h"

#include "base/text.h"
#include "store/item.h"
#include "store/member.h"

#include <inttypes.h>
#include <string.h>

/* {"x","y","w","h"}: some pixels of the picture. */
static enum err box_check(const json_t *region, const struct item *i)
{
    int64_t x;
    int64_t y;
    int64_t w;
    int64_t h;

    TRY(json_only(region, "x", "y", "w", "h", NULL));
    TRY(json_int(region, "x", 0, i->width - 1, &x));
    TRY(json_int(region, "y", 0, i->height - 1, &y));
    TRY(json_int(region, "w", 1, i->width - x, &w));
    return json_int(region, "h", 1, i->height - y, &h);
}

/* {"start","end"}: some code points of the text. */
static enum err span_check(const json_t *region, const struct item *i)
{
    int64_t start;
    int64_t end;

    TRY(json_only(region, "start", "end", NULL));
    TRY(json_int(region, "start", 0, i->n_chars - 1, &start));
    return json_int(region, "end", start + 1, i->n_chars, &end);
}

static enum err region_check(struct arena *a, const json_t *region, const struct item *i,
                             const char **canonical)
{
    const int is_text = !strncmp(i->format, "text/", 5);

    *canonical = NULL;
    if (!region || json_is_null(region)) return OK;
    if (is_text ? span_check(region, i) : box_check(region, i))
        return fail_in(ERR_INVALID, "region");
    *canonical = json_write(a, region);
    NEED(*canonical);
    return OK;
}

static enum err body_check(const char *body)
{
    if (!body || !body[strspn(body, " \t\r\n")])
        return fail(ERR_INVALID, "text: a comment says something");
    if (strlen(body) > COMMENT_BYTES_MAX)
        return fail(ERR_INVALID, "text: at most %d bytes", COMMENT_BYTES_MAX);
    return OK;
}

static enum err repeat(const struct comment *old, struct comment *c, int *repeated)
{
    char id[UUID_TEXT];

    uuid_write(id, &c->client_id);
    if (old->item_id != c->item_id || old->user_id != c->user_id ||
        !text_same(old->body, c->body) || !text_same(old->region, c->region))
        return fail(ERR_CONFLICT, "the id %s was used before for another comment", id);
    *c = *old;
    *repeated = 1;
    return OK;
}

static enum err room_check(struct store *s, struct arena *a, int64_t item_id)
{
    struct comment *before;
    size_t n;

    TRY(store_comment_list(s, a, item_id, COMMENTS_MAX, &before, &n));
    if (n < COMMENTS_MAX) return OK;
    return fail(ERR_TOO_LARGE, "item %" PRId64 " has the limit of %d comments", item_id,
                COMMENTS_MAX);
}

static enum err add(struct store *s, struct arena *a, struct comment *c, const json_t *region,
                    int *repeated)
{
    struct item i;
    struct comment old;
    enum role role;

    TRY(store_item_get(s, a, c->item_id, &i));
    TRY(body_check(c->body));
    TRY(region_check(a, region, &i, &c->region));
    TRY(store_comment_by_client(s, a, &c->client_id, &old));
    if (old.id) return repeat(&old, c, repeated);
    TRY(room_check(s, a, c->item_id));
    TRY(store_member_role(s, i.project_id, c->user_id, &role));
    c->project_id = i.project_id;
    c->by_reviewer = role != ROLE_ANNOTATOR;
    return store_comment_add(s, c);
}

enum err comment_add(struct store *s, struct arena *a, struct comment *c, const json_t *region,
                     int64_t now_ms, int *repeated)
{
    *repeated = 0;
    c->created_at = now_ms;
    TRY(store_begin(s));
    return store_end(s, add(s, a, c, region, repeated));
}

static int may_read(const struct comment *c, int64_t user_id, enum role role)
{
    return role != ROLE_ANNOTATOR || c->by_reviewer || c->user_id == user_id;
}

static enum err close(struct store *s, struct arena *a, const struct comment_closing *x,
                      int64_t now_ms)
{
    struct comment c;
    enum role role = ROLE_ANNOTATOR;
    enum err e = store_comment_get(s, a, x->comment_id, &c);

    if (e && e != ERR_NOT_FOUND) return e;
    if (!e) TRY(store_member_role(s, c.project_id, x->user_id, &role));
    if (e || c.item_id != x->item_id || !may_read(&c, x->user_id, role))
        return fail(ERR_NOT_FOUND, "there is no comment %" PRId64 " on item %" PRId64,
                    x->comment_id, x->item_id);
    if (role == ROLE_ANNOTATOR && c.user_id != x->user_id)
        return fail(ERR_DENIED, "a comment is closed by its author or a reviewer");
    return store_comment_close(s, c.id, x->closed ? now_ms : 0, x->closed ? x->user_id : 0);
}

enum err comment_close(struct store *s, struct arena *a, const struct comment_closing *x,
                       int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, close(s, a, x, now_ms));
}

enum err comment_list(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                      struct comment **comments, size_t *n)
{
    struct item_brief i;
    enum role role;
    size_t kept = 0;

    TRY(store_item_brief(s, item_id, &i));
    TRY(store_member_role(s, i.project_id, user_id, &role));
    TRY(store_comment_list(s, a, item_id, COMMENTS_MAX, comments, n));
    for (size_t k = 0; k < *n; k++)
        if (may_read(&(*comments)[k], user_id, role)) (*comments)[kept++] = (*comments)[k];
    *n = kept;
    return OK;
}
