#include "store/returned.h"

#include "store/sql.h"

#define RETURNED_COLUMNS                                                                       \
    "r.item_id, r.user_id, r.project_id, r.seq, r.by_id, r.label_seq, r.pick_id, r.comment, r.at"

enum {
    RETURNED_SET,
    RETURNED_FIND,
    RETURNED_TO,
    RETURNED_VISIT,
    RETURNED_REMOVE_ALL,
    RETURNED_N
};

static const char *const STATEMENTS[RETURNED_N] = {
    [RETURNED_SET] =
        "INSERT INTO returned (item_id, user_id, project_id, seq, by_id, label_seq, pick_id, "
        "comment, at) VALUES (:item, :user, :project, :seq, :by, :label, :pick, :comment, :at)",
    [RETURNED_FIND] = "SELECT " RETURNED_COLUMNS " FROM returned r WHERE r.item_id = :item "
                      "AND r.user_id = :user",
    [RETURNED_TO] = "SELECT " RETURNED_COLUMNS " FROM returned r INDEXED BY returned_to "
                    "JOIN item i ON i.id = r.item_id WHERE r.project_id = :project "
                    "AND r.user_id = :user AND i.state = 0 ORDER BY r.seq LIMIT :limit",
    [RETURNED_VISIT] =
        "SELECT " RETURNED_COLUMNS " FROM returned r ORDER BY r.item_id, r.user_id",
    [RETURNED_REMOVE_ALL] = "DELETE FROM returned",
};
const struct sql_statements RETURNED_STATEMENTS = {"store/returned.c", STATEMENTS, RETURNED_N};

static void read_here(struct query *q, struct returned *r)
{
    *r = (struct returned){.item_id = column_int(q, 0),
                           .user_id = column_int(q, 1),
                           .project_id = column_int(q, 2),
                           .seq = column_int(q, 3),
                           .by_id = column_int(q, 4),
                           .label_seq = column_int(q, 5),
                           .pick_id = column_int(q, 6),
                           .comment = column_text_here(q, 7),
                           .at = column_int(q, 8)};
}

enum err store_returned_set(struct store *s, const struct returned *r)
{
    struct query q;

    query_begin(&q, s, SQL_RETURNED, RETURNED_SET);
    bind_int(&q, ":item", r->item_id);
    bind_int(&q, ":user", r->user_id);
    bind_int(&q, ":project", r->project_id);
    bind_int(&q, ":seq", r->seq);
    bind_int(&q, ":by", r->by_id);
    bind_int(&q, ":label", r->label_seq);
    bind_id(&q, ":pick", r->pick_id);
    bind_text(&q, ":comment", r->comment);
    bind_int(&q, ":at", r->at);
    return query_run(&q, NULL);
}

enum err store_returned_find(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                             struct returned *r)
{
    struct query q;

    r->seq = 0;
    query_begin(&q, s, SQL_RETURNED, RETURNED_FIND);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q)) {
        read_here(&q, r);
        r->comment = column_text(&q, a, 7);
    }
    return query_end(&q);
}

enum err store_returned_to(struct store *s, struct arena *a, int64_t project_id,
                           int64_t user_id, size_t limit, struct returned **rows, size_t *n)
{
    struct query q;
    struct returned *found = NULL;

    *n = 0;
    query_begin(&q, s, SQL_RETURNED, RETURNED_TO);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct returned *r = LIST_ADD(&q, a, found, *n);
        if (!r) continue;
        read_here(&q, r);
        r->comment = column_text(&q, a, 7);
    }
    *rows = found;
    return query_end(&q);
}

enum err store_returned_visit(struct store *s, returned_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_RETURNED, RETURNED_VISIT);
    while (query_row(&q)) {
        struct returned r;
        read_here(&q, &r);
        if (!q.e) q.e = each(context, &r);
    }
    return query_end(&q);
}

enum err store_returned_remove_all(struct store *s)
{
    struct query q;

    query_begin(&q, s, SQL_RETURNED, RETURNED_REMOVE_ALL);
    return query_run(&q, NULL);
}
