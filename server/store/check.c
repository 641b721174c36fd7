#include "store/check.h"

#include "store/sql.h"

#define GOLD_COLUMNS "item_id, project_id, seq, user_id, at, \"values\""
#define AGAIN_COLUMNS                                                                          \
    "seq, project_id, item_id, user_id, first_seq, answer, \"values\", agrees, elapsed_ms, at"

enum {
    GOLD_SET,
    GOLD_REMOVE,
    GOLD_FIND,
    GOLD_LIST,
    GOLD_ANSWERS,
    AGAIN_ADD,
    AGAIN_REMOVE,
    AGAIN_CANDIDATE,
    AGAIN_SPAN,
    AGAIN_VISIT,
    GOLD_REMOVE_ALL,
    AGAIN_REMOVE_ALL,
    GOLD_WRONG,
    AGAIN_WRONG,
    CHECK_N
};

static const char *const STATEMENTS[CHECK_N] = {
    [GOLD_SET] = "INSERT INTO gold (" GOLD_COLUMNS ", shuffle) SELECT :item, :project, :seq, "
                 ":user, :at, :values, shuffle FROM item WHERE id = :item "
                 "ON CONFLICT (item_id) DO UPDATE SET seq = excluded.seq, "
                 "user_id = excluded.user_id, at = excluded.at, "
                 "\"values\" = excluded.\"values\"",
    [GOLD_REMOVE] = "DELETE FROM gold WHERE item_id = :item",
    [GOLD_FIND] = "SELECT " GOLD_COLUMNS " FROM gold WHERE item_id = :item",
    [GOLD_LIST] = "SELECT " GOLD_COLUMNS " FROM gold WHERE project_id = :project "
                  "AND item_id > :after ORDER BY item_id LIMIT :limit",
    [GOLD_ANSWERS] =
        "SELECT l.user_id, l.item_id, l.seq, l.at, l.answer, l.\"values\", g.\"values\", "
        "l.answer = 'accept' AND l.\"values\" = g.\"values\", l.elapsed_ms FROM gold g "
        "JOIN label l ON l.item_id = g.item_id WHERE g.project_id = :project "
        "AND l.answer <> 'skip' ORDER BY l.item_id, l.user_id",
    [AGAIN_ADD] = "INSERT INTO again (" AGAIN_COLUMNS ") VALUES (:seq, :project, :item, :user, "
                  ":first, :answer, :values, :agrees, :elapsed, :at)",
    [AGAIN_REMOVE] = "DELETE FROM again WHERE seq = :seq",
    [AGAIN_CANDIDATE] =
        "SELECT mine.item_id FROM (SELECT item_id, at, answer FROM label INDEXED BY label_person "
        "WHERE project_id = :project AND user_id = :user AND item_id >= :from "
        "ORDER BY item_id LIMIT 64) mine WHERE mine.at <= :before AND mine.answer = 'accept' "
        "AND NOT EXISTS (SELECT 1 FROM again a WHERE a.item_id = mine.item_id "
        "AND a.user_id = :user) AND NOT EXISTS (SELECT 1 FROM lease k "
        "WHERE k.item_id = mine.item_id AND k.user_id = :user AND k.ended_at IS NULL) LIMIT 1",
    [AGAIN_SPAN] =
        "SELECT coalesce((SELECT min(item_id) FROM label INDEXED BY label_person "
        "WHERE project_id = :project AND user_id = :user), 0), "
        "coalesce((SELECT max(item_id) FROM label INDEXED BY label_person "
        "WHERE project_id = :project AND user_id = :user), 0), "
        "(SELECT count(*) FROM again WHERE project_id = :project AND user_id = :user)",
    [AGAIN_VISIT] = "SELECT " AGAIN_COLUMNS " FROM again WHERE project_id = :project "
                    "ORDER BY user_id, seq",
    [GOLD_REMOVE_ALL] = "DELETE FROM gold",
    [AGAIN_REMOVE_ALL] = "DELETE FROM again",
    [GOLD_WRONG] =
        "SELECT max(e.seq) AS last FROM ledger e WHERE e.kind = 'gold' GROUP BY e.item_id "
        "HAVING (SELECT iif(json_extract(f.body, '$.values') IS NULL, '', f.seq || "
        "json_extract(f.body, '$.values')) FROM ledger f WHERE f.seq = last) IS NOT "
        "coalesce((SELECT g.seq || g.\"values\" FROM gold g WHERE g.item_id = e.item_id), '') "
        "UNION ALL SELECT g.seq FROM gold g WHERE NOT EXISTS (SELECT 1 FROM ledger e "
        "WHERE e.seq = g.seq AND e.kind = 'gold' AND e.item_id = g.item_id) LIMIT :limit",
    [AGAIN_WRONG] =
        "WITH said AS (SELECT e.seq AS seq, e.item_id AS item_id, e.user_id AS user_id, "
        "json_extract(e.body, '$.answer') AS answer, json_extract(e.body, '$.values') AS v, "
        "json_extract(e.body, '$.first') AS first, json_extract(e.body, '$.agrees') AS agrees, "
        "json_extract(e.body, '$.of') AS of FROM ledger e WHERE e.kind = 'again') "
        "SELECT x.seq FROM said x LEFT JOIN again a ON a.seq = x.seq WHERE x.of IS NULL "
        "AND iif(x.seq IN (SELECT of FROM said WHERE of IS NOT NULL), a.seq IS NOT NULL, "
        "(a.item_id, a.user_id, a.answer, a.\"values\", a.first_seq, a.agrees) IS NOT "
        "(x.item_id, x.user_id, x.answer, x.v, x.first, x.agrees)) UNION ALL SELECT a.seq "
        "FROM again a WHERE NOT EXISTS (SELECT 1 FROM said x WHERE x.seq = a.seq) LIMIT :limit",
};
const struct sql_statements CHECK_STATEMENTS = {"store/check.c", STATEMENTS, CHECK_N};

enum err store_gold_set(struct store *s, const struct gold *g)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, GOLD_SET);
    bind_int(&q, ":item", g->item_id);
    bind_int(&q, ":project", g->project_id);
    bind_int(&q, ":seq", g->seq);
    bind_int(&q, ":user", g->user_id);
    bind_int(&q, ":at", g->at);
    bind_text(&q, ":values", g->values);
    return query_run(&q, NULL);
}

enum err store_gold_remove(struct store *s, int64_t item_id)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, GOLD_REMOVE);
    bind_int(&q, ":item", item_id);
    return query_run(&q, NULL);
}

static void read_gold(struct query *q, struct arena *a, struct gold *g)
{
    *g = (struct gold){.item_id = column_int(q, 0),
                       .project_id = column_int(q, 1),
                       .seq = column_int(q, 2),
                       .user_id = column_int(q, 3),
                       .at = column_int(q, 4),
                       .values = column_text(q, a, 5)};
}

enum err store_gold_find(struct store *s, struct arena *a, int64_t item_id, struct gold *g)
{
    struct query q;

    *g = (struct gold){.seq = 0};
    query_begin(&q, s, SQL_CHECK, GOLD_FIND);
    bind_int(&q, ":item", item_id);
    if (query_row(&q)) read_gold(&q, a, g);
    return query_end(&q);
}

enum err store_gold_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                         size_t limit, struct gold **list, size_t *n)
{
    struct query q;
    struct gold *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_CHECK, GOLD_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct gold *g = LIST_ADD(&q, a, rows, *n);
        if (g) read_gold(&q, a, g);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_gold_answers(struct store *s, int64_t project_id, gold_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, GOLD_ANSWERS);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct gold_answer x = {.user_id = column_int(&q, 0),
                                .item_id = column_int(&q, 1),
                                .seq = column_int(&q, 2),
                                .at = column_int(&q, 3),
                                .values = column_text_here(&q, 5),
                                .gold_values = column_text_here(&q, 6),
                                .right = (int)column_int(&q, 7),
                                .elapsed_ms = column_int(&q, 8)};
        if (!q.e) q.e = answer_read(&x.answer, column_text_here(&q, 4));
        if (!q.e) q.e = each(context, &x);
    }
    return query_end(&q);
}

enum err store_again_add(struct store *s, const struct again *x)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, AGAIN_ADD);
    bind_int(&q, ":seq", x->seq);
    bind_int(&q, ":project", x->project_id);
    bind_int(&q, ":item", x->item_id);
    bind_int(&q, ":user", x->user_id);
    bind_int(&q, ":first", x->first_seq);
    bind_text(&q, ":answer", answer_name(x->answer));
    bind_text(&q, ":values", x->values);
    bind_int(&q, ":agrees", x->agrees);
    bind_int(&q, ":elapsed", x->elapsed_ms);
    bind_int(&q, ":at", x->at);
    return query_run(&q, NULL);
}

enum err store_again_remove(struct store *s, int64_t seq, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, AGAIN_REMOVE);
    bind_int(&q, ":seq", seq);
    return query_run(&q, n);
}

enum err store_again_candidate(struct store *s, int64_t project_id, int64_t user_id,
                               int64_t from, int64_t before_ms, int64_t *item_id)
{
    struct query q;

    *item_id = 0;
    query_begin(&q, s, SQL_CHECK, AGAIN_CANDIDATE);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":from", from);
    bind_int(&q, ":before", before_ms);
    if (query_row(&q)) *item_id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_again_span(struct store *s, int64_t project_id, int64_t user_id, int64_t *low,
                          int64_t *high, int64_t *n_again)
{
    struct query q;

    *low = *high = *n_again = 0;
    query_begin(&q, s, SQL_CHECK, AGAIN_SPAN);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q)) {
        *low = column_int(&q, 0);
        *high = column_int(&q, 1);
        *n_again = column_int(&q, 2);
    }
    return query_end(&q);
}

enum err store_again_visit(struct store *s, int64_t project_id, again_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, AGAIN_VISIT);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct again x = {.seq = column_int(&q, 0),
                          .project_id = column_int(&q, 1),
                          .item_id = column_int(&q, 2),
                          .user_id = column_int(&q, 3),
                          .first_seq = column_int(&q, 4),
                          .values = column_text_here(&q, 6),
                          .agrees = (int)column_int(&q, 7),
                          .elapsed_ms = column_int(&q, 8),
                          .at = column_int(&q, 9)};
        if (!q.e) q.e = answer_read(&x.answer, column_text_here(&q, 5));
        if (!q.e) q.e = each(context, &x);
    }
    return query_end(&q);
}

static enum err remove_all(struct store *s, int statement)
{
    struct query q;

    query_begin(&q, s, SQL_CHECK, statement);
    return query_run(&q, NULL);
}

enum err store_checks_remove_all(struct store *s)
{
    TRY(remove_all(s, GOLD_REMOVE_ALL));
    return remove_all(s, AGAIN_REMOVE_ALL);
}

enum err store_checks_wrong(struct store *s, struct arena *a, size_t limit, int64_t **seqs,
                            size_t *n)
{
    int64_t *rows = NULL;

    *n = 0;
    for (int statement = GOLD_WRONG; statement <= AGAIN_WRONG; statement++) {
        struct query q;
        query_begin(&q, s, SQL_CHECK, statement);
        bind_int(&q, ":limit", (int64_t)limit);
        while (query_row(&q)) {
            int64_t *seq = LIST_ADD(&q, a, rows, *n);
            if (seq) *seq = column_int(&q, 0);
        }
        TRY(query_end(&q));
    }
    *seqs = rows;
    return OK;
}
