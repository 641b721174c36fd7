#include "store/steer.h"

#include "store/sql.h"

#define ASSIGNMENT_COLUMNS                                                                     \
    "a.id, a.project_id, a.user_id, u.name, a.key, a.value, a.folder, a.quota, a.n_items, "    \
    "a.n_open, a.filled, a.created_at, a.ended_at FROM assignment a LEFT JOIN user u "         \
    "ON u.id = a.user_id "

/* As the trigger item_is_assigned has it for items that come later. */
#define MATCHES(key, value, folder)                                                            \
    "(" folder " IS NULL OR substr(i.path, 1, length(" folder ") + 1) = " folder " || '/') "   \
    "AND (" key " IS NULL OR EXISTS (SELECT 1 FROM json_each(i.meta) m WHERE m.key = " key     \
    " AND m.value = " value "))"

enum {
    ASSIGNMENT_ADD,
    ASSIGNMENT_GET,
    ASSIGNMENT_LIST,
    ASSIGNMENT_END,
    ASSIGNMENT_NAME,
    ASSIGNMENT_FILL,
    ASSIGNMENT_FILLED,
    ASSIGNMENT_CLEAR,
    ORDERS_OF,
    ASSIGNED_CHECK,
    ASSIGNED_COUNT_CHECK,
    ITEM_PRIORITISE,
    ITEMS_PRIORITISE,
    PRIORITY_BELOW,
    ITEM_LAST_ID,
    STEER_N
};

static const char *const STATEMENTS[STEER_N] = {
    [ASSIGNMENT_ADD] =
        "INSERT INTO assignment (project_id, user_id, key, value, folder, quota, "
        "filled, created_at) VALUES (:project, :user, :key, :value, :folder, "
        ":quota, :filled, :created_at) RETURNING id",
    [ASSIGNMENT_GET] = "SELECT " ASSIGNMENT_COLUMNS "WHERE a.id = :id",
    [ASSIGNMENT_LIST] = "SELECT " ASSIGNMENT_COLUMNS "WHERE a.project_id = :project "
                        "AND a.ended_at IS NULL ORDER BY a.id",
    [ASSIGNMENT_END] = "UPDATE assignment SET ended_at = :now WHERE id = :id",
    [ASSIGNMENT_NAME] =
        "INSERT OR IGNORE INTO assigned (assignment_id, item_id, shuffle, state) SELECT a.id, "
        "i.id, i.shuffle, i.state FROM assignment a JOIN item i ON i.id = :item "
        "AND i.project_id = a.project_id WHERE a.id = :id",
    [ASSIGNMENT_FILL] =
        "INSERT OR IGNORE INTO assigned (assignment_id, item_id, shuffle, state) SELECT a.id, "
        "i.id, i.shuffle, i.state FROM assignment a CROSS JOIN item i NOT INDEXED "
        "WHERE a.id = :id AND a.ended_at IS NULL AND i.id > :after AND i.id <= :to "
        "AND i.project_id = a.project_id AND " MATCHES("a.key", "a.value", "a.folder"),
    [ASSIGNMENT_FILLED] = "UPDATE assignment SET filled = 1 WHERE id = :id",
    [ASSIGNMENT_CLEAR] =
        "DELETE FROM assigned WHERE assignment_id = :id AND item_id IN "
        "(SELECT item_id FROM assigned WHERE assignment_id = :id LIMIT :limit)",
    [ORDERS_OF] =
        "SELECT a.id, a.quota, a.n_open, coalesce(c.answers, 0), coalesce(c.open_answered, 0), "
        "coalesce(c.open_skipped, 0) FROM assignment a LEFT JOIN assigned_count c "
        "ON c.assignment_id = a.id AND c.user_id = :user WHERE a.project_id = :project "
        "AND a.ended_at IS NULL AND a.user_id IS iif(EXISTS (SELECT 1 FROM assignment b "
        "WHERE b.project_id = :project AND b.ended_at IS NULL AND b.user_id = :user), :user, "
        "NULL) ORDER BY a.id LIMIT :most",
    [ASSIGNED_CHECK] =
        "SELECT a.id FROM assignment a WHERE a.project_id = :project AND a.ended_at IS NULL "
        "AND (a.n_items, a.n_open, 0) IS NOT (SELECT count(*), coalesce(sum(i.state = 0), 0), "
        "coalesce(sum((i.state, i.shuffle) IS NOT (x.state, x.shuffle)), 0) FROM assigned x "
        "JOIN item i ON i.id = x.item_id WHERE x.assignment_id = a.id) LIMIT 1",
    [ASSIGNED_COUNT_CHECK] =
        "SELECT c.assignment_id FROM assignment a JOIN assigned_count c "
        "ON c.assignment_id = a.id WHERE a.project_id = :project AND a.ended_at IS NULL "
        "AND (c.answers, c.open_answered, c.open_skipped) IS NOT "
        "(SELECT coalesce(sum(l.answer <> 'skip'), 0), "
        "coalesce(sum(x.state = 0 AND l.answer <> 'skip'), 0), "
        "coalesce(sum(x.state = 0 AND l.answer = 'skip'), 0) FROM assigned x JOIN label l "
        "ON l.item_id = x.item_id AND l.user_id = c.user_id "
        "WHERE x.assignment_id = c.assignment_id) LIMIT 1",
    [ITEM_PRIORITISE] =
        "UPDATE item SET priority = :priority WHERE id = :item AND project_id = :project",
    [ITEMS_PRIORITISE] =
        "UPDATE item AS i NOT INDEXED SET priority = :priority WHERE i.id > :after "
        "AND i.id <= :to AND i.project_id = :project AND i.priority <> :priority "
        "AND " MATCHES(":key", ":value", ":folder"),
    [PRIORITY_BELOW] = "SELECT coalesce(max(priority), 0) FROM item INDEXED BY item_first "
                       "WHERE project_id = :project AND state = 0 AND priority > 0 "
                       "AND priority < :below",
    [ITEM_LAST_ID] = "SELECT coalesce(max(id), 0) FROM item",
};
const struct sql_statements STEER_STATEMENTS = {"store/steer.c", STATEMENTS, STEER_N};

static void bind_match(struct query *q, const struct item_match *m)
{
    bind_text(q, ":key", m->key);
    bind_text(q, ":value", m->value);
    bind_text(q, ":folder", m->folder);
}

enum err store_assignment_add(struct store *s, struct assignment *a)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_ADD);
    bind_int(&q, ":project", a->project_id);
    bind_id(&q, ":user", a->user_id);
    bind_match(&q, &a->what);
    bind_int(&q, ":quota", a->quota);
    bind_int(&q, ":filled", a->filled);
    bind_int(&q, ":created_at", a->created_at);
    while (query_row(&q))
        a->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_assignment(struct query *q, struct arena *a, struct assignment *x)
{
    *x = (struct assignment){
        .id = column_int(q, 0),
        .project_id = column_int(q, 1),
        .user_id = column_int(q, 2),
        .user_name = column_text(q, a, 3),
        .what = {.key = column_text(q, a, 4),
                 .value = column_text(q, a, 5),
                 .folder = column_text(q, a, 6)},
        .quota = column_int(q, 7),
        .n_items = column_int(q, 8),
        .n_open = column_int(q, 9),
        .filled = (int)column_int(q, 10),
        .created_at = column_int(q, 11),
        .ended_at = column_int(q, 12)
    };
}

enum err store_assignment_get(struct store *s, struct arena *a, int64_t id,
                              struct assignment *x)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_assignment(&q, a, x);
    return query_end_one(&q, got, "assignment %" PRId64, id);
}

enum err store_assignment_list(struct store *s, struct arena *a, int64_t project_id,
                               struct assignment **list, size_t *n)
{
    struct query q;
    struct assignment *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_STEER, ASSIGNMENT_LIST);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct assignment *x = LIST_ADD(&q, a, rows, *n);
        if (x) read_assignment(&q, a, x);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_assignment_end(struct store *s, int64_t id, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_END);
    bind_int(&q, ":id", id);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

enum err store_assignment_name(struct store *s, int64_t id, int64_t item_id, int64_t *added)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_NAME);
    bind_int(&q, ":id", id);
    bind_int(&q, ":item", item_id);
    return query_run(&q, added);
}

enum err store_assignment_fill(struct store *s, int64_t id, int64_t after, int64_t to)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_FILL);
    bind_int(&q, ":id", id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":to", to);
    return query_run(&q, NULL);
}

enum err store_assignment_filled(struct store *s, int64_t id)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_FILLED);
    bind_int(&q, ":id", id);
    return query_run(&q, NULL);
}

enum err store_assignment_clear(struct store *s, int64_t id, int64_t limit, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ASSIGNMENT_CLEAR);
    bind_int(&q, ":id", id);
    bind_int(&q, ":limit", limit);
    return query_run(&q, n);
}

enum err store_orders_of(struct store *s, int64_t project_id, int64_t user_id, size_t most,
                         struct order *orders, size_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_STEER, ORDERS_OF);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":most", (int64_t)most);
    while (query_row(&q))
        if (*n < most)
            orders[(*n)++] = (struct order){.assignment_id = column_int(&q, 0),
                                            .quota = column_int(&q, 1),
                                            .n_open = column_int(&q, 2),
                                            .answers = column_int(&q, 3),
                                            .open_answered = column_int(&q, 4),
                                            .open_skipped = column_int(&q, 5)};
    return query_end(&q);
}

static enum err check(struct store *s, int statement, int64_t project_id)
{
    struct query q;
    int64_t bad = 0;

    query_begin(&q, s, SQL_STEER, statement);
    bind_int(&q, ":project", project_id);
    while (query_row(&q))
        bad = column_int(&q, 0);
    TRY(query_end(&q));
    if (!bad) return OK;
    return fail(ERR_CORRUPT,
                "project %" PRId64 ": the kept counts of assignment %" PRId64
                " differ from its items and their labels",
                project_id, bad);
}

enum err store_assignments_check(struct store *s, int64_t project_id)
{
    TRY(check(s, ASSIGNED_CHECK, project_id));
    return check(s, ASSIGNED_COUNT_CHECK, project_id);
}

enum err store_item_prioritise(struct store *s, int64_t project_id, int64_t item_id,
                               int64_t priority, int64_t *set)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ITEM_PRIORITISE);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":priority", priority);
    return query_run(&q, set);
}

enum err store_items_prioritise(struct store *s, int64_t project_id, const struct item_match *m,
                                int64_t priority, int64_t after, int64_t to, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_STEER, ITEMS_PRIORITISE);
    bind_int(&q, ":project", project_id);
    bind_match(&q, m);
    bind_int(&q, ":priority", priority);
    bind_int(&q, ":after", after);
    bind_int(&q, ":to", to);
    return query_run(&q, n);
}

enum err store_priority_below(struct store *s, int64_t project_id, int64_t below,
                              int64_t *priority)
{
    struct query q;

    *priority = 0;
    query_begin(&q, s, SQL_STEER, PRIORITY_BELOW);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":below", below);
    if (query_row(&q)) *priority = column_int(&q, 0);
    return query_end(&q);
}

enum err store_item_last_id(struct store *s, int64_t *id)
{
    struct query q;

    *id = 0;
    query_begin(&q, s, SQL_STEER, ITEM_LAST_ID);
    if (query_row(&q)) *id = column_int(&q, 0);
    return query_end(&q);
}
