#include "store/bulk.h"

#include "store/sql.h"

#include <string.h>

#define BULK_COLUMNS                                                                           \
    "id, project_id, user_id, action, body, token, undoes, undone_by, items, created_at"

enum {
    VIEW_LIST,
    VIEW_SET,
    VIEW_REMOVE,
    BULK_ADD,
    BULK_GET,
    BULK_LIST,
    BULK_SET_UNDONE,
    BULK_ITEM_ADD,
    BULK_ITEMS,
    ITEM_PRIORITY,
    BULK_N
};

static const char *const STATEMENTS[BULK_N] = {
    [VIEW_LIST] = "SELECT id, project_id, user_id, name, query, created_at FROM saved_view "
                  "WHERE project_id = :project AND user_id = :user ORDER BY name",
    [VIEW_SET] =
        "INSERT INTO saved_view (project_id, user_id, name, query, created_at) VALUES (:project, "
        ":user, :name, :query, :at) ON CONFLICT (project_id, user_id, name) DO UPDATE SET "
        "query = excluded.query RETURNING id",
    [VIEW_REMOVE] = "DELETE FROM saved_view WHERE id = :id AND project_id = :project "
                    "AND user_id = :user",
    [BULK_ADD] =
        "INSERT INTO bulk (project_id, user_id, action, body, token, undoes, created_at) "
        "VALUES (:project, :user, :action, :body, :token, :undoes, :at) RETURNING id",
    [BULK_GET] = "SELECT " BULK_COLUMNS " FROM bulk WHERE id = :id",
    [BULK_LIST] = "SELECT " BULK_COLUMNS " FROM bulk WHERE project_id = :project "
                  "ORDER BY id DESC LIMIT :limit",
    [BULK_SET_UNDONE] = "UPDATE bulk SET undone_by = :by WHERE id = :id",
    [BULK_ITEM_ADD] = "INSERT INTO bulk_item (bulk_id, item_id, seq, before) VALUES (:bulk, "
                      ":item, :seq, :before) ON CONFLICT DO NOTHING",
    [BULK_ITEMS] = "SELECT bulk_id, item_id, seq, before FROM bulk_item WHERE bulk_id = :bulk "
                   "AND item_id > :after ORDER BY item_id LIMIT :limit",
    [ITEM_PRIORITY] = "SELECT priority FROM item WHERE id = :item",
};
const struct sql_statements BULK_STATEMENTS = {"store/bulk.c", STATEMENTS, BULK_N};

static const char *const ACTIONS[] = {"label", "reject", "withdraw", "priority", "undo"};

const char *bulk_action_name(enum bulk_action x)
{
    return ACTIONS[x];
}

enum err bulk_action_read(enum bulk_action *x, const char *text)
{
    for (int i = 0; i < BULK_UNDO; i++) {
        if (strcmp(text, ACTIONS[i]) != 0) continue;
        *x = (enum bulk_action)i;
        return OK;
    }
    return fail(ERR_INVALID,
                "action: expected label, reject, withdraw or priority, got \"%.40s\"", text);
}

enum err store_view_list(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                         struct saved_view **views, size_t *n)
{
    struct query q;
    struct saved_view *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_BULK, VIEW_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    while (query_row(&q)) {
        struct saved_view *v = LIST_ADD(&q, a, rows, *n);
        if (!v) continue;
        *v = (struct saved_view){.id = column_int(&q, 0),
                                 .project_id = column_int(&q, 1),
                                 .user_id = column_int(&q, 2),
                                 .name = column_text(&q, a, 3),
                                 .query = column_text(&q, a, 4),
                                 .created_at = column_int(&q, 5)};
    }
    *views = rows;
    return query_end(&q);
}

enum err store_view_set(struct store *s, struct saved_view *v)
{
    struct query q;

    query_begin(&q, s, SQL_BULK, VIEW_SET);
    bind_int(&q, ":project", v->project_id);
    bind_int(&q, ":user", v->user_id);
    bind_text(&q, ":name", v->name);
    bind_text(&q, ":query", v->query);
    bind_int(&q, ":at", v->created_at);
    while (query_row(&q))
        v->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_view_remove(struct store *s, int64_t project_id, int64_t user_id, int64_t id)
{
    struct query q;
    int64_t n;

    query_begin(&q, s, SQL_BULK, VIEW_REMOVE);
    bind_int(&q, ":id", id);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    TRY(query_run(&q, &n));
    return n ? OK : fail(ERR_NOT_FOUND, "you have no view %" PRId64 " there", id);
}

enum err store_bulk_add(struct store *s, struct bulk *b)
{
    struct query q;

    query_begin(&q, s, SQL_BULK, BULK_ADD);
    bind_int(&q, ":project", b->project_id);
    bind_int(&q, ":user", b->user_id);
    bind_text(&q, ":action", bulk_action_name(b->action));
    bind_text(&q, ":body", b->body);
    bind_bytes(&q, ":token", b->token.bytes, sizeof b->token.bytes);
    bind_id(&q, ":undoes", b->undoes);
    bind_int(&q, ":at", b->created_at);
    while (query_row(&q))
        b->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_bulk(struct query *q, struct arena *a, struct bulk *b)
{
    *b = (struct bulk){.id = column_int(q, 0),
                       .project_id = column_int(q, 1),
                       .user_id = column_int(q, 2),
                       .action = (enum bulk_action)column_word(q, 3, ACTIONS, BULK_UNDO + 1),
                       .body = column_text(q, a, 4),
                       .undoes = column_int(q, 6),
                       .undone_by = column_int(q, 7),
                       .items = column_int(q, 8),
                       .created_at = column_int(q, 9)};
    column_bytes(q, 5, b->token.bytes, sizeof b->token.bytes);
}

enum err store_bulk_get(struct store *s, struct arena *a, int64_t id, struct bulk *b)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_BULK, BULK_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_bulk(&q, a, b);
    return query_end_one(&q, got, "bulk action %" PRId64, id);
}

enum err store_bulk_list(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                         struct bulk **list, size_t *n)
{
    struct query q;
    struct bulk *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_BULK, BULK_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct bulk *b = LIST_ADD(&q, a, rows, *n);
        if (b) read_bulk(&q, a, b);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_bulk_set_undone(struct store *s, int64_t id, int64_t undone_by)
{
    struct query q;

    query_begin(&q, s, SQL_BULK, BULK_SET_UNDONE);
    bind_int(&q, ":id", id);
    bind_int(&q, ":by", undone_by);
    return query_run(&q, NULL);
}

enum err store_bulk_item_add(struct store *s, const struct bulk_item *i)
{
    struct query q;

    query_begin(&q, s, SQL_BULK, BULK_ITEM_ADD);
    bind_int(&q, ":bulk", i->bulk_id);
    bind_int(&q, ":item", i->item_id);
    bind_int(&q, ":seq", i->seq);
    bind_int(&q, ":before", i->before);
    return query_run(&q, NULL);
}

enum err store_bulk_items(struct store *s, struct arena *a, int64_t bulk_id, int64_t after,
                          size_t limit, struct bulk_item **items, size_t *n)
{
    struct query q;
    struct bulk_item *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_BULK, BULK_ITEMS);
    bind_int(&q, ":bulk", bulk_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct bulk_item *i = LIST_ADD(&q, a, rows, *n);
        if (i)
            *i = (struct bulk_item){column_int(&q, 0), column_int(&q, 1), column_int(&q, 2),
                                    column_int(&q, 3)};
    }
    *items = rows;
    return query_end(&q);
}

enum err store_item_priority(struct store *s, int64_t item_id, int64_t *priority)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_BULK, ITEM_PRIORITY);
    bind_int(&q, ":item", item_id);
    got = query_row(&q);
    if (got) *priority = column_int(&q, 0);
    return query_end_one(&q, got, "item %" PRId64, item_id);
}
