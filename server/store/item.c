#include "store/item.h"

#include "store/search.h"
#include "store/sql.h"

#include <string.h>

#define ITEM_COLUMNS                                                                           \
    "id, project_id, hash, format, n_bytes, width, height, n_chars, renditions, path, meta, "  \
    "job_id, row, shuffle, state, n_answers, created_at"

#define OF_STATE(state)                                                                        \
    "SELECT id AS i FROM item INDEXED BY item_state WHERE project_id = :project "              \
    "AND state = " state " AND id > :after"

/* One end each: SQLite takes the ends of an index only when asked for one at a time. */
#define END_OF_STATE(end, state)                                                               \
    "(SELECT " end                                                                             \
    "(id) FROM item INDEXED BY item_state WHERE project_id = :project AND state = " state ")"
#define SPAN_OF_STATE(state)                                                                   \
    "SELECT " END_OF_STATE("min", state) " AS f, " END_OF_STATE("max", state) " AS l"
/* domain/item.c says the same: the answer most people gave is no majority, or too few gave it. */
#define DISPUTED                                                                               \
    "(SELECT 2 * max(v.n) <= sum(v.n) OR max(v.n) < p.overlap + max(v.doubted) FROM "          \
    "(SELECT count(*) AS n, max(doubted) AS doubted FROM label WHERE item_id = i.id "          \
    "AND answer <> 'skip' GROUP BY CASE answer WHEN 'accept' THEN \"values\" "                 \
    "ELSE answer END) v)"

enum {
    ITEM_ADD,
    TEXT_ADD,
    ITEM_GET,
    ITEM_BY_HASH,
    TEXT_GET,
    ITEM_LIST,
    ITEM_LIST_IN_STATE,
    ITEM_LIST_OF_JOB,
    ITEM_LIST_TO_REVIEW,
    ITEM_MISMARKED,
    ITEM_OPEN_IDS,
    ITEM_SPAN,
    ITEM_BRIEF,
    ITEM_SET_STATE,
    ITEM_UNSETTLED,
    ITEM_RESET_STATES,
    ITEM_SET_RENDITIONS,
    ITEM_N
};

static const char *const STATEMENTS[ITEM_N] = {
    [ITEM_ADD] =
        "INSERT INTO item (project_id, hash, format, n_bytes, width, height, n_chars, renditions, "
        "path, meta, job_id, row, shuffle, created_at) VALUES (:project, :hash, :format, "
        ":n_bytes, :width, :height, :n_chars, :renditions, :path, :meta, :job, :row, :shuffle, "
        ":created_at) RETURNING id",
    [TEXT_ADD] = "INSERT INTO item_text (item_id, body) VALUES (:item, :body)",
    [ITEM_GET] = "SELECT " ITEM_COLUMNS " FROM item WHERE id = :id",
    [ITEM_BY_HASH] = "SELECT id FROM item WHERE project_id = :project AND hash = :hash",
    [TEXT_GET] = "SELECT body FROM item_text WHERE item_id = :item",
    /* The index of states is in order of id within each: the four are merged, not sorted. */
    [ITEM_LIST] =
        "SELECT " ITEM_COLUMNS
        " FROM (" OF_STATE("0") " UNION ALL " OF_STATE("1") " UNION ALL " OF_STATE(
            "2") " UNION ALL " OF_STATE("3") " ORDER BY i LIMIT :limit) JOIN item ON id = i ORDER BY i",
    [ITEM_LIST_IN_STATE] = "SELECT " ITEM_COLUMNS " FROM item INDEXED BY item_state "
                           "WHERE project_id = :project AND state = :state AND id > :after "
                           "ORDER BY id LIMIT :limit",
    [ITEM_LIST_OF_JOB] = "SELECT " ITEM_COLUMNS " FROM item WHERE job_id = :job AND row > :row "
                         "ORDER BY row LIMIT :limit",
    [ITEM_LIST_TO_REVIEW] =
        "SELECT " ITEM_COLUMNS " FROM item INDEXED BY item_review WHERE project_id = :project "
        "AND disputed = :disputed AND state = :state AND state <> 0 AND decided = 0 "
        "AND id > :after ORDER BY id LIMIT :limit",
    [ITEM_MISMARKED] =
        "SELECT i.id FROM item i LEFT JOIN decision d ON d.item_id = i.id LEFT JOIN (SELECT "
        "item_id, count(DISTINCT answer || \"values\") > 1 AS differ FROM label "
        "WHERE answer <> 'skip' GROUP BY item_id) l ON l.item_id = i.id "
        "WHERE i.decided <> (d.item_id IS NOT NULL) OR i.disputed <> coalesce(l.differ, 0) "
        "LIMIT :limit",
    [ITEM_OPEN_IDS] = "SELECT id FROM item INDEXED BY item_state WHERE project_id = :project "
                      "AND state = 0 ORDER BY id",
    [ITEM_SPAN] =
        "SELECT coalesce(min(f), 0), coalesce(max(l), 0) FROM (" SPAN_OF_STATE("0") " UNION ALL " SPAN_OF_STATE(
            "1") " UNION ALL " SPAN_OF_STATE("2") " UNION ALL " SPAN_OF_STATE("3") ")",
    [ITEM_BRIEF] =
        "SELECT id, project_id, hash, state, n_answers, decided FROM item WHERE id = :id",
    [ITEM_SET_STATE] = "UPDATE item SET state = :state, n_answers = :n WHERE id = :id",
    [ITEM_UNSETTLED] =
        "WITH due AS (SELECT i.id AS id, i.state AS state, i.n_answers AS n, "
        "coalesce(l.n, 0) AS n_due, CASE WHEN d.answer = 'accept' THEN 1 "
        "WHEN d.answer = 'reject' THEN 3 WHEN coalesce(l.n, 0) < p.overlap THEN 0 "
        "WHEN l.flags = 0 AND l.n < p.overlap_max AND " DISPUTED " THEN 0 "
        "WHEN l.flags > 0 THEN 2 WHEN 2 * l.rejects > l.n THEN 3 ELSE 1 END AS state_due "
        "FROM item i JOIN project p ON p.id = i.project_id "
        "LEFT JOIN decision d ON d.item_id = i.id LEFT JOIN (SELECT item_id, "
        "sum(answer <> 'skip') AS n, sum(answer = 'reject') AS rejects, sum(answer = 'flag') AS "
        "flags FROM label GROUP BY item_id) l ON l.item_id = i.id "
        "WHERE :project IS NULL OR i.project_id = :project) "
        "SELECT id, state, state_due, n, n_due FROM due WHERE state <> state_due OR n <> n_due "
        "LIMIT :limit",
    [ITEM_RESET_STATES] = "UPDATE item SET state = 0, n_answers = 0 "
                          "WHERE state <> 0 OR n_answers <> 0",
    [ITEM_SET_RENDITIONS] = "UPDATE item SET renditions = :renditions WHERE id = :id",
};
const struct sql_statements ITEM_STATEMENTS = {"store/item.c", STATEMENTS, ITEM_N};

static const char *const STATES[] = {[ITEM_OPEN] = "open",
                                     [ITEM_LABELLED] = "labelled",
                                     [ITEM_FLAGGED] = "flagged",
                                     [ITEM_REJECTED] = "rejected"};

const char *item_state_name(enum item_state state)
{
    return STATES[state];
}

enum err item_state_read(enum item_state *state, const char *text)
{
    for (int i = 0; i < ITEM_STATES; i++) {
        if (strcmp(text, STATES[i]) != 0) continue;
        *state = (enum item_state)i;
        return OK;
    }
    return fail(ERR_INVALID,
                "state: expected open, labelled, flagged or rejected, got \"%.40s\"", text);
}

static void bind_item(struct query *q, const struct item *i)
{
    bind_int(q, ":project", i->project_id);
    bind_bytes(q, ":hash", i->hash.bytes, HASH_BYTES);
    bind_text(q, ":format", i->format);
    bind_int(q, ":n_bytes", i->n_bytes);
    bind_int(q, ":width", i->width);
    bind_int(q, ":height", i->height);
    bind_int(q, ":n_chars", i->n_chars);
    bind_int(q, ":renditions", i->renditions);
    bind_text(q, ":path", i->path);
    bind_text(q, ":meta", i->meta);
    bind_id(q, ":job", i->job_id);
    bind_int(q, ":row", i->row);
    bind_int(q, ":shuffle", i->shuffle);
    bind_int(q, ":created_at", i->created_at);
}

static enum err text_add(struct store *s, int64_t item_id, const char *body, size_t n)
{
    struct query q;
    int at;

    query_begin(&q, s, SQL_ITEM, TEXT_ADD);
    bind_int(&q, ":item", item_id);
    at = q.e ? 0 : sqlite3_bind_parameter_index(q.statement, ":body");
    if (at && sqlite3_bind_text64(q.statement, at, body, n, SQLITE_STATIC, SQLITE_UTF8))
        q.e = fail_database(s, SQLITE_TOOBIG, "storing a text");
    return query_run(&q, NULL);
}

enum err store_item_add(struct store *s, struct item *i, const char *body, size_t n)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_ADD);
    bind_item(&q, i);
    while (query_row(&q))
        i->id = column_int(&q, 0);
    TRY(query_end(&q));
    if (body) TRY(text_add(s, i->id, body, n));
    return store_search_add(s, i, body, n);
}

static void read_item(struct query *q, struct arena *a, struct item *i)
{
    *i = (struct item){.id = column_int(q, 0),
                       .project_id = column_int(q, 1),
                       .format = column_text(q, a, 3),
                       .n_bytes = column_int(q, 4),
                       .width = column_int(q, 5),
                       .height = column_int(q, 6),
                       .n_chars = column_int(q, 7),
                       .renditions = column_int(q, 8),
                       .path = column_text(q, a, 9),
                       .meta = column_text(q, a, 10),
                       .job_id = column_int(q, 11),
                       .row = column_int(q, 12),
                       .shuffle = column_int(q, 13),
                       .state = (enum item_state)column_int(q, 14),
                       .n_answers = column_int(q, 15),
                       .created_at = column_int(q, 16)};
    column_bytes(q, 2, i->hash.bytes, HASH_BYTES);
}

enum err store_item_get(struct store *s, struct arena *a, int64_t id, struct item *i)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_ITEM, ITEM_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_item(&q, a, i);
    return query_end_one(&q, got, "item %" PRId64, id);
}

enum err store_item_by_hash(struct store *s, int64_t project_id, const struct hash *hash,
                            int64_t *id)
{
    struct query q;

    *id = 0;
    query_begin(&q, s, SQL_ITEM, ITEM_BY_HASH);
    bind_int(&q, ":project", project_id);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    if (query_row(&q)) *id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_item_text(struct store *s, struct arena *a, int64_t id, const char **body,
                         size_t *n)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_ITEM, TEXT_GET);
    bind_int(&q, ":item", id);
    got = query_row(&q);
    if (got) {
        *body = column_text(&q, a, 0);
        *n = (size_t)sqlite3_column_bytes(q.statement, 0);
    }
    return query_end_one(&q, got, "text of item %" PRId64, id);
}

/* Takes a query that is bound, and ends it. */
static enum err list(struct query *q, struct arena *a, struct item **items, size_t *n)
{
    struct item *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct item *i = LIST_ADD(q, a, rows, *n);
        if (i) read_item(q, a, i);
    }
    *items = rows;
    return query_end(q);
}

enum err store_item_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                         size_t limit, struct item **items, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, items, n);
}

enum err store_item_list_in_state(struct store *s, struct arena *a, int64_t project_id,
                                  enum item_state state, int64_t after, size_t limit,
                                  struct item **items, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_LIST_IN_STATE);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":state", state);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, items, n);
}

enum err store_item_list_of_job(struct store *s, struct arena *a, int64_t job_id, int64_t row,
                                size_t limit, struct item **items, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_LIST_OF_JOB);
    bind_int(&q, ":job", job_id);
    bind_int(&q, ":row", row);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, items, n);
}

/* One stretch of the review order: all of one state, disputed or not. */
static enum err list_stretch(struct store *s, struct arena *a, int64_t project_id,
                             const struct review_place *from, size_t limit,
                             struct review_item **items, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_LIST_TO_REVIEW);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":disputed", from->disputed);
    bind_int(&q, ":state", (int64_t)from->state);
    bind_int(&q, ":after", from->id);
    bind_int(&q, ":limit", (int64_t)(limit - *n));
    while (query_row(&q)) {
        struct review_item *i = LIST_ADD(&q, a, *items, *n);
        if (!i) continue;
        read_item(&q, a, &i->item);
        i->disputed = from->disputed;
    }
    return query_end(&q);
}

enum err store_item_list_to_review(struct store *s, struct arena *a, int64_t project_id,
                                   const struct review_place *from, size_t limit,
                                   struct review_item **items, size_t *n)
{
    static const enum item_state STATES_IN_ORDER[] = {ITEM_REJECTED, ITEM_FLAGGED,
                                                      ITEM_LABELLED};
    int begun = !from->id;

    *items = NULL;
    *n = 0;
    for (int disputed = 1; disputed >= 0; disputed--) {
        for (size_t k = 0; k < 3 && *n < limit; k++) {
            struct review_place here = {disputed, STATES_IN_ORDER[k], 0};
            if (!begun && (disputed != from->disputed || here.state != from->state)) continue;
            if (!begun) here.id = from->id;
            begun = 1;
            TRY(list_stretch(s, a, project_id, &here, limit, items, n));
        }
    }
    return OK;
}

enum err store_item_mismarked(struct store *s, struct arena *a, size_t limit, int64_t **ids,
                              size_t *n)
{
    struct query q;
    int64_t *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ITEM, ITEM_MISMARKED);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        int64_t *id = LIST_ADD(&q, a, rows, *n);
        if (id) *id = column_int(&q, 0);
    }
    *ids = rows;
    return query_end(&q);
}

enum err store_item_open_ids(struct store *s, struct arena *a, int64_t project_id,
                             int64_t **ids, size_t *n)
{
    struct query q;
    int64_t *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ITEM, ITEM_OPEN_IDS);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        int64_t *id = LIST_ADD(&q, a, rows, *n);
        if (id) *id = column_int(&q, 0);
    }
    *ids = rows;
    return query_end(&q);
}

enum err store_item_span(struct store *s, int64_t project_id, int64_t *first, int64_t *last)
{
    struct query q;

    *first = 0;
    *last = 0;
    query_begin(&q, s, SQL_ITEM, ITEM_SPAN);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) {
        *first = column_int(&q, 0);
        *last = column_int(&q, 1);
    }
    return query_end(&q);
}

enum err store_item_brief(struct store *s, int64_t id, struct item_brief *i)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_ITEM, ITEM_BRIEF);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) {
        *i = (struct item_brief){.id = column_int(&q, 0),
                                 .project_id = column_int(&q, 1),
                                 .state = (enum item_state)column_int(&q, 3),
                                 .n_answers = column_int(&q, 4),
                                 .decided = (int)column_int(&q, 5)};
        column_bytes(&q, 2, i->hash.bytes, HASH_BYTES);
    }
    return query_end_one(&q, got, "item %" PRId64, id);
}

enum err store_item_set_state(struct store *s, int64_t id, enum item_state state,
                              int64_t n_answers)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_SET_STATE);
    bind_int(&q, ":id", id);
    bind_int(&q, ":state", state);
    bind_int(&q, ":n", n_answers);
    return query_run(&q, NULL);
}

enum err store_item_unsettled(struct store *s, struct arena *a, int64_t project_id,
                              size_t limit, struct item_settled **items, size_t *n)
{
    struct query q;
    struct item_settled *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ITEM, ITEM_UNSETTLED);
    bind_id(&q, ":project", project_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct item_settled *i = LIST_ADD(&q, a, rows, *n);
        if (i)
            *i = (struct item_settled){.id = column_int(&q, 0),
                                       .state = (enum item_state)column_int(&q, 1),
                                       .state_due = (enum item_state)column_int(&q, 2),
                                       .n_answers = column_int(&q, 3),
                                       .n_answers_due = column_int(&q, 4)};
    }
    *items = rows;
    return query_end(&q);
}

enum err store_item_reset_states(struct store *s)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_RESET_STATES);
    return query_run(&q, NULL);
}

enum err store_item_set_renditions(struct store *s, int64_t id, int64_t renditions)
{
    struct query q;

    query_begin(&q, s, SQL_ITEM, ITEM_SET_RENDITIONS);
    bind_int(&q, ":id", id);
    bind_int(&q, ":renditions", renditions);
    return query_run(&q, NULL);
}
