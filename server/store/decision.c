#include "store/decision.h"

#include "store/sql.h"

#define DECISION_COLUMNS                                                                       \
    "item_id, user_id, project_id, seq, client_id, answer, \"values\", question_version, "     \
    "accepts, restores, note, at"

/* The same columns, of an event. A body that somebody damaged is no decision; verify says so. */
#define BODY(key) "CASE WHEN json_valid(body) THEN json_extract(body, '$." key "') END"
#define EVENT_COLUMNS                                                                              \
    "item_id, user_id, project_id, seq, client_id, " BODY("answer") ", " BODY("values") ", " BODY( \
        "question_version") ", " BODY("accepts") ", " BODY("restores") ", " BODY("note") ", at"

enum {
    DECISION_GET,
    DECISION_VISIT,
    DECISION_WALK,
    DECISION_FIND,
    DECISION_LIST,
    DECISION_COUNT_CLASS,
    DECISION_SET,
    DECISION_REMOVE,
    DECISION_REMOVE_ALL,
    DECISION_STRAYS,
    DECISION_N
};

static const char *const STATEMENTS[DECISION_N] = {
    [DECISION_GET] = "SELECT " EVENT_COLUMNS " FROM ledger WHERE item_id = :item "
                     "AND kind = 'decide' AND seq <= :seq ORDER BY seq DESC LIMIT 1",
    /* With max() the other columns are those of its row (SQLite, "bare columns"). */
    [DECISION_VISIT] =
        "SELECT " EVENT_COLUMNS ", max(seq) FROM ledger INDEXED BY ledger_decide "
        "WHERE kind = 'decide' AND project_id = :project AND seq <= :seq "
        "GROUP BY item_id ORDER BY item_id",
    [DECISION_WALK] = "SELECT " EVENT_COLUMNS ", max(seq) FROM ledger INDEXED BY ledger_decide "
                      "WHERE kind = 'decide' AND project_id = :project AND item_id > :after "
                      "AND item_id <= :last AND seq <= :seq GROUP BY item_id "
                      "HAVING " BODY("answer") " IS NOT NULL ORDER BY item_id LIMIT :limit",
    [DECISION_FIND] = "SELECT " DECISION_COLUMNS " FROM decision WHERE item_id = :item",
    [DECISION_LIST] = "SELECT " DECISION_COLUMNS " FROM decision WHERE project_id = :project "
                      "AND seq > :after ORDER BY seq LIMIT :limit",
    [DECISION_COUNT_CLASS] =
        "SELECT count(*) FROM decision d WHERE d.project_id = :project AND EXISTS (SELECT 1 FROM "
        "json_each(d.\"values\") q, json_each(CASE q.type WHEN 'array' THEN q.value "
        "ELSE json_array(q.value) END) c WHERE q.key = :question AND c.value = :class)",
    [DECISION_SET] =
        "INSERT INTO decision (" DECISION_COLUMNS ") VALUES (:item, :user, :project, :seq, "
        ":client, :answer, :values, :version, :accepts, :restores, :note, :at) "
        "ON CONFLICT (item_id) DO UPDATE SET user_id = excluded.user_id, seq = excluded.seq, "
        "client_id = excluded.client_id, answer = excluded.answer, "
        "\"values\" = excluded.\"values\", question_version = excluded.question_version, "
        "accepts = excluded.accepts, restores = excluded.restores, note = excluded.note, "
        "at = excluded.at",
    [DECISION_REMOVE] = "DELETE FROM decision WHERE item_id = :item",
    [DECISION_REMOVE_ALL] = "DELETE FROM decision",
    [DECISION_STRAYS] =
        "SELECT d.item_id, d.project_id, d.seq FROM decision d WHERE (SELECT " BODY(
            "answer") " FROM ledger e INDEXED BY ledger_decide WHERE e.kind = 'decide' "
                      "AND e.project_id = d.project_id AND e.item_id = d.item_id "
                      "ORDER BY e.seq DESC LIMIT 1) IS NULL LIMIT :limit",
};
const struct sql_statements DECISION_STATEMENTS = {"store/decision.c", STATEMENTS, DECISION_N};

/* Texts live until the next step. An event that withdraws has no answer, and seq 0 here. */
static void read_here(struct query *q, struct decision *d)
{
    static const char *const ANSWERS[] = {"accept", "skip", "reject", "flag"};

    *d = (struct decision){.seq = 0};
    if (column_is_null(q, 5)) return;
    *d = (struct decision){.item_id = column_int(q, 0),
                           .user_id = column_int(q, 1),
                           .project_id = column_int(q, 2),
                           .seq = column_int(q, 3),
                           .answer = (enum answer)column_word(q, 5, ANSWERS, 4),
                           .values = column_text_here(q, 6),
                           .question_version = column_int(q, 7),
                           .accepts = column_int(q, 8),
                           .restores = column_int(q, 9),
                           .note = column_text_here(q, 10),
                           .at = column_int(q, 11)};
    column_bytes(q, 4, d->client_id.bytes, sizeof d->client_id.bytes);
}

static void read_decision(struct query *q, struct arena *a, struct decision *d)
{
    read_here(q, d);
    if (!d->seq) return;
    d->values = column_text(q, a, 6);
    d->note = column_text(q, a, 10);
}

enum err store_decision_get(struct store *s, struct arena *a, int64_t item_id, int64_t seq,
                            struct decision *d)
{
    struct query q;

    d->seq = 0;
    query_begin(&q, s, SQL_DECISION, DECISION_GET);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":seq", seq);
    if (query_row(&q)) read_decision(&q, a, d);
    return query_end(&q);
}

enum err store_decision_visit(struct store *s, int64_t project_id, int64_t seq,
                              decision_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_DECISION, DECISION_VISIT);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":seq", seq);
    while (query_row(&q)) {
        struct decision d;
        read_here(&q, &d);
        if (!q.e && d.seq) q.e = each(context, &d);
    }
    return query_end(&q);
}

enum err store_decision_walk(struct store *s, struct arena *a, const struct item_walk *w,
                             int64_t seq, size_t limit, struct decision **decisions, size_t *n)
{
    struct query q;
    struct decision *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_DECISION, DECISION_WALK);
    bind_int(&q, ":project", w->project_id);
    bind_int(&q, ":after", w->after);
    bind_int(&q, ":last", w->last);
    bind_int(&q, ":seq", seq);
    bind_int(&q, ":limit", limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
    while (query_row(&q)) {
        struct decision *d = LIST_ADD(&q, a, rows, *n);
        if (d) read_decision(&q, a, d);
    }
    *decisions = rows;
    return query_end(&q);
}

enum err store_decision_find(struct store *s, struct arena *a, int64_t item_id,
                             struct decision *d)
{
    struct query q;

    d->seq = 0;
    query_begin(&q, s, SQL_DECISION, DECISION_FIND);
    bind_int(&q, ":item", item_id);
    if (query_row(&q)) read_decision(&q, a, d);
    return query_end(&q);
}

enum err store_decision_list(struct store *s, struct arena *a, int64_t project_id,
                             int64_t after, size_t limit, struct decision **decisions,
                             size_t *n)
{
    struct query q;
    struct decision *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_DECISION, DECISION_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct decision *d = LIST_ADD(&q, a, rows, *n);
        if (d) read_decision(&q, a, d);
    }
    *decisions = rows;
    return query_end(&q);
}

enum err store_decision_count_class(struct store *s, int64_t project_id, const char *question,
                                    const char *class_name, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_DECISION, DECISION_COUNT_CLASS);
    bind_int(&q, ":project", project_id);
    bind_text(&q, ":question", question);
    bind_text(&q, ":class", class_name);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_decision_set(struct store *s, const struct decision *d)
{
    struct query q;

    query_begin(&q, s, SQL_DECISION, DECISION_SET);
    bind_int(&q, ":item", d->item_id);
    bind_int(&q, ":user", d->user_id);
    bind_int(&q, ":project", d->project_id);
    bind_int(&q, ":seq", d->seq);
    bind_bytes(&q, ":client", d->client_id.bytes, sizeof d->client_id.bytes);
    bind_text(&q, ":answer", answer_name(d->answer));
    bind_text(&q, ":values", d->values);
    bind_int(&q, ":version", d->question_version);
    bind_id(&q, ":accepts", d->accepts);
    bind_id(&q, ":restores", d->restores);
    bind_text(&q, ":note", d->note);
    bind_int(&q, ":at", d->at);
    return query_run(&q, NULL);
}

enum err store_decision_remove(struct store *s, int64_t item_id)
{
    struct query q;

    query_begin(&q, s, SQL_DECISION, DECISION_REMOVE);
    bind_int(&q, ":item", item_id);
    return query_run(&q, NULL);
}

enum err store_decision_remove_all(struct store *s)
{
    struct query q;

    query_begin(&q, s, SQL_DECISION, DECISION_REMOVE_ALL);
    return query_run(&q, NULL);
}

enum err store_decision_strays(struct store *s, struct arena *a, size_t limit,
                               struct decision **decisions, size_t *n)
{
    struct query q;
    struct decision *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_DECISION, DECISION_STRAYS);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct decision *d = LIST_ADD(&q, a, rows, *n);
        if (d)
            *d = (struct decision){.item_id = column_int(&q, 0),
                                   .project_id = column_int(&q, 1),
                                   .seq = column_int(&q, 2)};
    }
    *decisions = rows;
    return query_end(&q);
}
