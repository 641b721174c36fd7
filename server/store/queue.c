#include "store/queue.h"

#include "store/returned.h"
#include "store/sql.h"

#define LEASE_COLUMNS                                                                          \
    "id, project_id, item_id, user_id, pick_id, created_at, expires_at, ended_at, task"

/* Places of others who are asked again and do not hold the item yet (domain/review.h). */
#define KEPT_FOR_OTHERS(item)                                                                  \
    "(SELECT count(*) FROM returned r WHERE r.item_id = " item " AND r.user_id <> :user "      \
    "AND r.at > :kept AND NOT EXISTS (SELECT 1 FROM lease k WHERE k.item_id = r.item_id "      \
    "AND k.user_id = r.user_id AND k.ended_at IS NULL AND k.expires_at > :now))"

/* How many people an item `i` can still be given to, 0 if it cannot be given to this one. An open
 * item that has its answers is disputed and asks one person at a time. Leases
 * that expired count no more, and one of her own counts until it is ended. */
#define ROOM_OF_OTHERS                                                                         \
    "max(0, max((SELECT p.overlap FROM project p WHERE p.id = i.project_id) "                  \
    "- i.n_answers, 1) "                                                                       \
    "- (SELECT count(*) FROM lease l WHERE l.item_id = i.id AND l.ended_at IS NULL "           \
    "AND l.task <> 2 " /* a second answer takes nobody's place */                              \
    "AND l.expires_at > :now) - " KEPT_FOR_OTHERS("i.id") ")"
#define NOT_HELD                                                                               \
    "NOT EXISTS (SELECT 1 FROM lease l WHERE l.item_id = i.id AND l.user_id = :user "          \
    "AND l.ended_at IS NULL)"
#define WITHIN                                                                                 \
    "(:assignment IS NULL OR EXISTS (SELECT 1 FROM assigned x "                                \
    "WHERE x.assignment_id = :assignment AND x.item_id = i.id))"
#define ROOM                                                                                   \
    "CASE WHEN i.state = 0 AND NOT EXISTS (SELECT 1 FROM label l WHERE l.item_id = i.id "      \
    "AND l.user_id = :user) AND " NOT_HELD " AND " WITHIN " THEN " ROOM_OF_OTHERS              \
    " ELSE 0 END"

enum {
    LEASE_ADD,
    LEASE_GET,
    LEASE_FIND,
    LEASE_COUNT_OTHERS,
    LEASE_COUNT,
    LEASE_RENEW,
    LEASE_END,
    LEASE_EXPIRED,
    LEASE_LIVE,
    SEARCH_PICKS,
    SEARCH_WALK,
    SEARCH_ASSIGNED,
    SEARCH_FIRST,
    SEARCH_GOLD,
    SEARCH_ITEM,
    WALK_GET,
    WALK_SET,
    QUEUE_N
};

static const char *const STATEMENTS[QUEUE_N] = {
    [LEASE_ADD] =
        "INSERT INTO lease (project_id, item_id, user_id, pick_id, created_at, "
        "expires_at, task) VALUES (:project, :item, :user, :pick, :created_at, :expires_at, "
        ":task) "
        "RETURNING id",
    [LEASE_GET] = "SELECT " LEASE_COLUMNS " FROM lease WHERE id = :id",
    [LEASE_FIND] = "SELECT " LEASE_COLUMNS " FROM lease WHERE item_id = :item "
                   "AND user_id = :user AND ended_at IS NULL",
    [LEASE_COUNT_OTHERS] = "SELECT count(*) + " KEPT_FOR_OTHERS(
        ":item") " FROM lease "
                 "WHERE item_id = :item AND ended_at IS NULL AND user_id <> :user "
                 "AND task <> 2 "
                 "AND expires_at > :now",
    [LEASE_COUNT] = "SELECT count(*) FROM lease INDEXED BY lease_user "
                    "WHERE project_id = :project AND user_id = :user AND ended_at IS NULL "
                    "AND expires_at > :now",
    [LEASE_RENEW] = "UPDATE lease SET expires_at = :expires_at WHERE id = :id",
    [LEASE_END] = "UPDATE lease SET ended_at = :now WHERE id = :id",
    [LEASE_EXPIRED] = "SELECT " LEASE_COLUMNS " FROM lease WHERE ended_at IS NULL "
                      "AND expires_at <= :now ORDER BY expires_at LIMIT :limit",
    [LEASE_LIVE] = "SELECT " LEASE_COLUMNS " FROM lease WHERE ended_at IS NULL "
                   "AND expires_at > :now AND (:project IS NULL OR project_id = :project) "
                   "AND (:user IS NULL OR user_id = :user) ORDER BY expires_at, id",
    [SEARCH_PICKS] =
        "SELECT k.id, k.item_id, " ROOM " FROM pick k JOIN item i ON i.id = k.item_id "
        "WHERE k.project_id = :project AND k.wanted = 1 AND k.id > :after "
        "ORDER BY k.id",
    [SEARCH_WALK] = "SELECT i.shuffle, i.id, " ROOM " FROM item i INDEXED BY item_open "
                    "WHERE i.project_id = :project AND i.state = 0 AND i.shuffle > :after "
                    "ORDER BY i.shuffle",
    /* WITHIN is true of every row here, and a look at `assigned` costs little. */
    [SEARCH_ASSIGNED] =
        "SELECT x.shuffle, x.item_id, " ROOM " FROM assigned x INDEXED BY assigned_open "
        "JOIN item i ON i.id = x.item_id WHERE x.assignment_id = :assignment AND x.state = 0 "
        "AND x.shuffle > :after AND i.project_id = :project ORDER BY x.shuffle",
    [SEARCH_FIRST] = "SELECT i.shuffle, i.id, " ROOM " FROM item i INDEXED BY item_first "
                     "WHERE i.project_id = :project AND i.state = 0 AND i.priority > 0 "
                     "AND i.priority = :priority AND i.shuffle > :after ORDER BY i.shuffle",
    [SEARCH_GOLD] = "SELECT g.shuffle, g.item_id, NOT EXISTS (SELECT 1 FROM label l "
                    "WHERE l.item_id = i.id AND l.user_id = :user) AND " NOT_HELD " AND " WITHIN
                    " FROM gold g INDEXED BY gold_order JOIN item i ON i.id = g.item_id "
                    "WHERE g.project_id = :project AND g.shuffle > :after ORDER BY g.shuffle",
    [SEARCH_ITEM] = "SELECT CASE WHEN i.state = 0 AND " NOT_HELD " AND " WITHIN
                    " THEN " ROOM_OF_OTHERS " ELSE 0 END FROM item i WHERE i.id = :item",
    [WALK_GET] = "SELECT position FROM walk WHERE project_id = :project AND user_id = :user "
                 "AND track = :track",
    [WALK_SET] = "INSERT INTO walk (project_id, user_id, track, position) VALUES (:project, "
                 ":user, :track, :position) ON CONFLICT (project_id, user_id, track) "
                 "DO UPDATE SET position = excluded.position",
};
const struct sql_statements QUEUE_STATEMENTS = {"store/queue.c", STATEMENTS, QUEUE_N};

enum err store_lease_add(struct store *s, struct lease *l)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_ADD);
    bind_int(&q, ":project", l->project_id);
    bind_int(&q, ":item", l->item_id);
    bind_int(&q, ":user", l->user_id);
    bind_id(&q, ":pick", l->pick_id);
    bind_int(&q, ":created_at", l->created_at);
    bind_int(&q, ":expires_at", l->expires_at);
    bind_int(&q, ":task", (int64_t)l->task);
    while (query_row(&q))
        l->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_lease(struct query *q, struct lease *l)
{
    *l = (struct lease){.id = column_int(q, 0),
                        .project_id = column_int(q, 1),
                        .item_id = column_int(q, 2),
                        .user_id = column_int(q, 3),
                        .pick_id = column_int(q, 4),
                        .created_at = column_int(q, 5),
                        .expires_at = column_int(q, 6),
                        .ended_at = column_int(q, 7),
                        .task = (enum lease_task)column_int(q, 8)};
}

enum err store_lease_get(struct store *s, int64_t id, struct lease *l)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, LEASE_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_lease(&q, l);
    return query_end_one(&q, got, "lease %" PRId64, id);
}

enum err store_lease_find(struct store *s, int64_t item_id, int64_t user_id, struct lease *l)
{
    struct query q;

    *l = (struct lease){.id = 0};
    query_begin(&q, s, SQL_QUEUE, LEASE_FIND);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q)) read_lease(&q, l);
    return query_end(&q);
}

enum err store_lease_count_others(struct store *s, int64_t item_id, int64_t user_id,
                                  int64_t now_ms, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_QUEUE, LEASE_COUNT_OTHERS);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    bind_int(&q, ":kept", now_ms - RETURNED_KEPT_MS);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_lease_count(struct store *s, int64_t project_id, int64_t user_id, int64_t now_ms,
                           int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_QUEUE, LEASE_COUNT);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_lease_renew(struct store *s, int64_t id, int64_t expires_at)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_RENEW);
    bind_int(&q, ":id", id);
    bind_int(&q, ":expires_at", expires_at);
    return query_run(&q, NULL);
}

enum err store_lease_end(struct store *s, int64_t id, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_END);
    bind_int(&q, ":id", id);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

/* Takes a query that is bound, and ends it. */
static enum err list_leases(struct query *q, struct arena *a, struct lease **leases, size_t *n)
{
    struct lease *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct lease *l = LIST_ADD(q, a, rows, *n);
        if (l) read_lease(q, l);
    }
    *leases = rows;
    return query_end(q);
}

enum err store_lease_expired(struct store *s, struct arena *a, int64_t now_ms, size_t limit,
                             struct lease **leases, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_EXPIRED);
    bind_int(&q, ":now", now_ms);
    bind_int(&q, ":limit", (int64_t)limit);
    return list_leases(&q, a, leases, n);
}

enum err store_lease_live(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                          int64_t now_ms, struct lease **leases, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_LIVE);
    bind_id(&q, ":project", project_id);
    bind_id(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    return list_leases(&q, a, leases, n);
}

/* `statement` is one of SEARCH_PICKS to SEARCH_GOLD. */
static enum err search(struct store *s, int statement, struct search *x, struct candidate *c,
                       size_t *n)
{
    struct query q;
    size_t most = x->seen + x->most;

    *n = 0;
    x->ended = 0;
    if (!x->want || !x->most) return OK;
    query_begin(&q, s, SQL_QUEUE, statement);
    bind_int(&q, ":project", x->project_id);
    bind_int(&q, ":user", x->user_id);
    if (statement != SEARCH_GOLD) {
        bind_int(&q, ":now", x->now_ms);
        bind_int(&q, ":kept", x->now_ms - RETURNED_KEPT_MS);
    }
    bind_int(&q, ":after", x->after);
    bind_id(&q, ":assignment", x->assignment_id);
    if (statement == SEARCH_FIRST) bind_int(&q, ":priority", x->priority);
    while (*n < x->want && x->seen < most) {
        int64_t room;
        if (!query_row(&q)) {
            x->ended = 1;
            break;
        }
        x->seen++;
        x->after = column_int(&q, 0);
        room = column_int(&q, 2);
        if (room > 0)
            c[(*n)++] = (struct candidate){.item_id = column_int(&q, 1),
                                           .pick_id = statement == SEARCH_PICKS ? x->after : 0,
                                           .room = room};
    }
    return query_end(&q);
}

enum err store_search_picks(struct store *s, struct search *x, struct candidate *c, size_t *n)
{
    return search(s, SEARCH_PICKS, x, c, n);
}

enum err store_search_walk(struct store *s, struct search *x, struct candidate *c, size_t *n)
{
    return search(s, x->assignment_id ? SEARCH_ASSIGNED : SEARCH_WALK, x, c, n);
}

enum err store_search_first(struct store *s, struct search *x, struct candidate *c, size_t *n)
{
    return search(s, SEARCH_FIRST, x, c, n);
}

enum err store_search_gold(struct store *s, struct search *x, struct candidate *c, size_t *n)
{
    return search(s, SEARCH_GOLD, x, c, n);
}

enum err store_search_item(struct store *s, const struct search *x, int64_t item_id,
                           struct candidate *c)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, SEARCH_ITEM);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", x->user_id);
    bind_int(&q, ":now", x->now_ms);
    bind_int(&q, ":kept", x->now_ms - RETURNED_KEPT_MS);
    bind_id(&q, ":assignment", x->assignment_id);
    got = query_row(&q);
    if (got) *c = (struct candidate){.item_id = item_id, .room = column_int(&q, 0)};
    return query_end_one(&q, got, "item %" PRId64, item_id);
}

enum err store_walk_get(struct store *s, struct walk *w)
{
    struct query q;

    w->position = -1;
    query_begin(&q, s, SQL_QUEUE, WALK_GET);
    bind_int(&q, ":project", w->project_id);
    bind_int(&q, ":user", w->user_id);
    bind_int(&q, ":track", w->track);
    if (query_row(&q)) w->position = column_int(&q, 0);
    return query_end(&q);
}

enum err store_walk_set(struct store *s, const struct walk *w)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, WALK_SET);
    bind_int(&q, ":project", w->project_id);
    bind_int(&q, ":user", w->user_id);
    bind_int(&q, ":track", w->track);
    bind_int(&q, ":position", w->position);
    return query_run(&q, NULL);
}
