#include "store/comment.h"

#include "store/sql.h"

#define COMMENT_COLUMNS                                                                        \
    "id, project_id, item_id, user_id, by_reviewer, client_id, body, region, created_at, "     \
    "closed_at, closed_by"

enum { COMMENT_ADD, COMMENT_GET, COMMENT_BY_CLIENT, COMMENT_LIST, COMMENT_CLOSE, COMMENT_N };

static const char *const STATEMENTS[COMMENT_N] = {
    [COMMENT_ADD] =
        "INSERT INTO comment (project_id, item_id, user_id, by_reviewer, client_id, body, region, "
        "created_at) VALUES (:project, :item, :user, :by_reviewer, :client, :body, :region, :at) "
        "RETURNING id",
    [COMMENT_GET] = "SELECT " COMMENT_COLUMNS " FROM comment WHERE id = :id",
    [COMMENT_BY_CLIENT] = "SELECT " COMMENT_COLUMNS " FROM comment WHERE client_id = :client",
    [COMMENT_LIST] =
        "SELECT " COMMENT_COLUMNS " FROM comment WHERE item_id = :item ORDER BY id "
        "LIMIT :limit",
    [COMMENT_CLOSE] =
        "UPDATE comment SET closed_at = :closed_at, closed_by = :closed_by WHERE id = :id",
};
const struct sql_statements COMMENT_STATEMENTS = {"store/comment.c", STATEMENTS, COMMENT_N};

enum err store_comment_add(struct store *s, struct comment *c)
{
    struct query q;

    query_begin(&q, s, SQL_COMMENT, COMMENT_ADD);
    bind_int(&q, ":project", c->project_id);
    bind_int(&q, ":item", c->item_id);
    bind_int(&q, ":user", c->user_id);
    bind_int(&q, ":by_reviewer", c->by_reviewer);
    bind_bytes(&q, ":client", c->client_id.bytes, sizeof c->client_id.bytes);
    bind_text(&q, ":body", c->body);
    bind_text(&q, ":region", c->region);
    bind_int(&q, ":at", c->created_at);
    while (query_row(&q))
        c->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_comment(struct query *q, struct arena *a, struct comment *c)
{
    *c = (struct comment){.id = column_int(q, 0),
                          .project_id = column_int(q, 1),
                          .item_id = column_int(q, 2),
                          .user_id = column_int(q, 3),
                          .by_reviewer = (int)column_int(q, 4),
                          .body = column_text(q, a, 6),
                          .region = column_text(q, a, 7),
                          .created_at = column_int(q, 8),
                          .closed_at = column_int(q, 9),
                          .closed_by = column_int(q, 10)};
    column_bytes(q, 5, c->client_id.bytes, sizeof c->client_id.bytes);
}

enum err store_comment_get(struct store *s, struct arena *a, int64_t id, struct comment *c)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_COMMENT, COMMENT_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_comment(&q, a, c);
    return query_end_one(&q, got, "comment %" PRId64, id);
}

enum err store_comment_by_client(struct store *s, struct arena *a, const struct uuid *client_id,
                                 struct comment *c)
{
    struct query q;

    c->id = 0;
    query_begin(&q, s, SQL_COMMENT, COMMENT_BY_CLIENT);
    bind_bytes(&q, ":client", client_id->bytes, sizeof client_id->bytes);
    if (query_row(&q)) read_comment(&q, a, c);
    return query_end(&q);
}

enum err store_comment_list(struct store *s, struct arena *a, int64_t item_id, size_t limit,
                            struct comment **comments, size_t *n)
{
    struct query q;
    struct comment *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_COMMENT, COMMENT_LIST);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct comment *c = LIST_ADD(&q, a, rows, *n);
        if (c) read_comment(&q, a, c);
    }
    *comments = rows;
    return query_end(&q);
}

enum err store_comment_close(struct store *s, int64_t id, int64_t closed_at, int64_t closed_by)
{
    struct query q;

    query_begin(&q, s, SQL_COMMENT, COMMENT_CLOSE);
    bind_int(&q, ":id", id);
    bind_id(&q, ":closed_at", closed_at);
    bind_id(&q, ":closed_by", closed_by);
    return query_run(&q, NULL);
}
