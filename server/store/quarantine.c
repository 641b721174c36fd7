#include "store/quarantine.h"

#include "store/sql.h"

#define QUARANTINE_COLUMNS "seq, project_id, user_id, is_on, reason, by_user_id, at"

enum {
    QUARANTINE_ADD,
    QUARANTINE_LIST,
    QUARANTINE_NEWEST,
    QUARANTINE_PAGE,
    QUARANTINE_REMOVE_ALL,
    QUARANTINE_N
};

static const char *const STATEMENTS[QUARANTINE_N] = {
    [QUARANTINE_ADD] =
        "INSERT INTO quarantine (" QUARANTINE_COLUMNS ") VALUES (:seq, :project, "
        ":user, :on, :reason, :by, :at)",
    [QUARANTINE_LIST] = "SELECT " QUARANTINE_COLUMNS " FROM quarantine WHERE seq IN (SELECT "
                        "max(seq) FROM quarantine WHERE project_id = :project AND seq <= :seq "
                        "GROUP BY user_id) ORDER BY user_id",
    [QUARANTINE_NEWEST] = "SELECT coalesce(max(seq), 0) FROM quarantine "
                          "WHERE project_id = :project",
    [QUARANTINE_PAGE] = "SELECT " QUARANTINE_COLUMNS " FROM quarantine WHERE seq > :after "
                        "ORDER BY seq LIMIT :limit",
    [QUARANTINE_REMOVE_ALL] = "DELETE FROM quarantine",
};
const struct sql_statements QUARANTINE_STATEMENTS = {"store/quarantine.c", STATEMENTS,
                                                     QUARANTINE_N};

enum err store_quarantine_add(struct store *s, const struct quarantine *x)
{
    struct query q;

    query_begin(&q, s, SQL_QUARANTINE, QUARANTINE_ADD);
    bind_int(&q, ":seq", x->seq);
    bind_int(&q, ":project", x->project_id);
    bind_int(&q, ":user", x->user_id);
    bind_int(&q, ":on", x->is_on);
    bind_text(&q, ":reason", x->reason);
    bind_id(&q, ":by", x->by_user_id);
    bind_int(&q, ":at", x->at);
    return query_run(&q, NULL);
}

/* Takes a query that is bound, and ends it. */
static enum err list_of(struct query *q, struct arena *a, struct quarantine **list, size_t *n)
{
    struct quarantine *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct quarantine *x = LIST_ADD(q, a, rows, *n);
        if (!x) continue;
        *x = (struct quarantine){.seq = column_int(q, 0),
                                 .project_id = column_int(q, 1),
                                 .user_id = column_int(q, 2),
                                 .is_on = (int)column_int(q, 3),
                                 .reason = column_text(q, a, 4),
                                 .by_user_id = column_int(q, 5),
                                 .at = column_int(q, 6)};
    }
    *list = rows;
    return query_end(q);
}

enum err store_quarantine_list(struct store *s, struct arena *a, int64_t project_id,
                               int64_t seq, struct quarantine **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUARANTINE, QUARANTINE_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":seq", seq);
    return list_of(&q, a, list, n);
}

enum err store_quarantine_newest(struct store *s, int64_t project_id, int64_t *seq)
{
    struct query q;

    *seq = 0;
    query_begin(&q, s, SQL_QUARANTINE, QUARANTINE_NEWEST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) *seq = column_int(&q, 0);
    return query_end(&q);
}

enum err store_quarantine_page(struct store *s, struct arena *a, int64_t after, size_t limit,
                               struct quarantine **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUARANTINE, QUARANTINE_PAGE);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    return list_of(&q, a, list, n);
}

enum err store_quarantine_remove_all(struct store *s)
{
    struct query q;

    query_begin(&q, s, SQL_QUARANTINE, QUARANTINE_REMOVE_ALL);
    return query_run(&q, NULL);
}
