#include "store/label.h"

#include "store/sql.h"

#include <string.h>

#define LABEL_COLUMNS                                                                          \
    "item_id, user_id, project_id, seq, client_id, answer, \"values\", question_version, "     \
    "pick_id, elapsed_ms, at, reason, doubted"
#define EVENT_COLUMNS "seq, at, kind, project_id, item_id, user_id, client_id, body"

enum {
    LABEL_SET,
    LABEL_REMOVE,
    LABEL_FIND,
    LABEL_OF_ITEM,
    LABEL_LIST,
    LABEL_COUNT_AFTER,
    LABEL_VISIT,
    LABEL_WALK,
    LABEL_WALK_EVENTS,
    LABEL_COUNT_CLASS,
    LABEL_SKIPPED,
    LABEL_ANSWERS,
    LABEL_VOTES,
    LABEL_COMPARE,
    LABEL_STRAYS,
    LABEL_REMOVE_ALL,
    LABEL_N
};

static const char *const STATEMENTS[LABEL_N] = {
    [LABEL_SET] =
        "INSERT INTO label (" LABEL_COLUMNS ") VALUES (:item, :user, :project, :seq, :client, "
        ":answer, :values, :version, :pick, :elapsed, :at, :reason, :doubted) ON CONFLICT (item_id, user_id) DO "
        "UPDATE SET seq = excluded.seq, client_id = excluded.client_id, "
        "answer = excluded.answer, \"values\" = excluded.\"values\", "
        "question_version = excluded.question_version, pick_id = excluded.pick_id, "
        "elapsed_ms = excluded.elapsed_ms, at = excluded.at, reason = excluded.reason, "
        "doubted = excluded.doubted",
    [LABEL_REMOVE] = "DELETE FROM label WHERE item_id = :item AND user_id = :user",
    [LABEL_FIND] = "SELECT " LABEL_COLUMNS " FROM label WHERE item_id = :item "
                   "AND user_id = :user",
    [LABEL_OF_ITEM] = "SELECT " LABEL_COLUMNS " FROM label WHERE item_id = :item ORDER BY seq",
    [LABEL_LIST] = "SELECT " LABEL_COLUMNS " FROM label WHERE project_id = :project "
                   "AND seq > :after ORDER BY seq LIMIT :limit",
    [LABEL_COUNT_AFTER] =
        "SELECT count(*) FROM (SELECT 1 FROM label WHERE project_id = :project "
        "AND seq > :seq LIMIT :most)",
    [LABEL_VISIT] = "SELECT " LABEL_COLUMNS " FROM label INDEXED BY label_seq "
                    "WHERE project_id = :project ORDER BY item_id, user_id",
    /* The plus keeps the planner on the table's own order, which is the one that is asked for. */
    [LABEL_WALK] = "SELECT " LABEL_COLUMNS " FROM label WHERE item_id > :after "
                   "AND item_id <= :last AND +project_id = :project ORDER BY item_id, user_id",
    [LABEL_WALK_EVENTS] = "SELECT seq, at, kind, project_id, item_id, " LEDGER_WHOSE
                          ", client_id, body FROM ledger "
                          "INDEXED BY ledger_item WHERE item_id > :after "
                          "AND item_id <= :last AND seq <= :seq AND project_id = :project "
                          "AND kind IN ('label', 'retract', 'return') ORDER BY item_id, seq",
    [LABEL_COUNT_CLASS] =
        "SELECT count(*) FROM label l WHERE l.project_id = :project AND EXISTS (SELECT 1 FROM "
        "json_each(l.\"values\") q, json_each(CASE q.type WHEN 'array' THEN q.value "
        "ELSE json_array(q.value) END) c WHERE q.key = :question AND c.value = :class)",
    [LABEL_SKIPPED] = "SELECT l.item_id FROM label l INDEXED BY label_skipped "
                      "JOIN item i ON i.id = l.item_id WHERE l.project_id = :project "
                      "AND l.user_id = :user AND l.answer = 'skip' AND i.state = 0 "
                      "ORDER BY l.seq LIMIT :limit",
    [LABEL_ANSWERS] = "SELECT coalesce(sum(answer <> 'skip'), 0), "
                      "coalesce(sum(answer = 'reject'), 0), coalesce(sum(answer = 'flag'), 0) "
                      "FROM label WHERE item_id = :item",
    [LABEL_VOTES] =
        "SELECT CASE answer WHEN 'accept' THEN \"values\" ELSE answer END, doubted "
        "FROM label WHERE item_id = :item AND user_id <> :user AND answer <> 'skip'",
    [LABEL_COMPARE] =
        "SELECT e.seq, e.at, e.kind, e.project_id, e.item_id, e.user_id, e.client_id, e.body, "
        "l.item_id, l.user_id, l.project_id, l.seq, l.client_id, l.answer, l.\"values\", "
        "l.question_version, l.pick_id, l.elapsed_ms, l.at, l.reason, l.doubted FROM (SELECT " EVENT_COLUMNS
        ", max(seq), " LEDGER_WHOSE " AS whose FROM ledger WHERE item_id IS NOT NULL "
        "AND kind IN ('label', 'retract', 'return') GROUP BY item_id, whose) e "
        "LEFT JOIN label l ON l.item_id = e.item_id AND l.user_id = e.whose",
    [LABEL_STRAYS] = "SELECT " LABEL_COLUMNS " FROM label l WHERE NOT EXISTS (SELECT 1 FROM "
                     "ledger e WHERE e.seq = l.seq AND e.kind = 'label' "
                     "AND e.item_id = l.item_id AND e.user_id = l.user_id) LIMIT :limit",
    [LABEL_REMOVE_ALL] = "DELETE FROM label",
};
const struct sql_statements LABEL_STATEMENTS = {"store/label.c", STATEMENTS, LABEL_N};

static const char *const ANSWERS[] = {[ANSWER_ACCEPT] = "accept",
                                      [ANSWER_SKIP] = "skip",
                                      [ANSWER_REJECT] = "reject",
                                      [ANSWER_FLAG] = "flag"};

const char *answer_name(enum answer a)
{
    return ANSWERS[a];
}

enum err answer_read(enum answer *a, const char *text)
{
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, ANSWERS[i]) != 0) continue;
        *a = (enum answer)i;
        return OK;
    }
    return fail(ERR_INVALID, "answer: expected accept, skip, reject or flag, got \"%.40s\"",
                text);
}

enum err store_label_set(struct store *s, const struct label *l)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_SET);
    bind_int(&q, ":item", l->item_id);
    bind_int(&q, ":user", l->user_id);
    bind_int(&q, ":project", l->project_id);
    bind_int(&q, ":seq", l->seq);
    bind_bytes(&q, ":client", l->client_id.bytes, sizeof l->client_id.bytes);
    bind_text(&q, ":answer", ANSWERS[l->answer]);
    bind_text(&q, ":values", l->values);
    bind_int(&q, ":version", l->question_version);
    bind_id(&q, ":pick", l->pick_id);
    bind_int(&q, ":elapsed", l->elapsed_ms);
    bind_int(&q, ":at", l->at);
    bind_text(&q, ":reason", l->reason);
    bind_int(&q, ":doubted", l->doubted);
    return query_run(&q, NULL);
}

enum err store_label_remove(struct store *s, int64_t item_id, int64_t user_id)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_REMOVE);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    return query_run(&q, NULL);
}

/* The columns of LABEL_COLUMNS from column `i` on; the values live until the next step. */
static void read_here(struct query *q, int i, struct label *l)
{
    *l = (struct label){.item_id = column_int(q, i),
                        .user_id = column_int(q, i + 1),
                        .project_id = column_int(q, i + 2),
                        .seq = column_int(q, i + 3),
                        .answer = (enum answer)column_word(q, i + 5, ANSWERS, 4),
                        .values = column_text_here(q, i + 6),
                        .question_version = column_int(q, i + 7),
                        .pick_id = column_int(q, i + 8),
                        .elapsed_ms = column_int(q, i + 9),
                        .at = column_int(q, i + 10),
                        .reason = column_text_here(q, i + 11),
                        .doubted = (int)column_int(q, i + 12)};
    column_bytes(q, i + 4, l->client_id.bytes, sizeof l->client_id.bytes);
}

static void read_label(struct query *q, struct arena *a, struct label *l)
{
    read_here(q, 0, l);
    l->values = column_text(q, a, 6);
    l->reason = column_text(q, a, 11);
}

enum err store_label_find(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                          struct label *l)
{
    struct query q;

    l->seq = 0;
    query_begin(&q, s, SQL_LABEL, LABEL_FIND);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q)) read_label(&q, a, l);
    return query_end(&q);
}

/* Takes a query that is bound, and ends it. */
static enum err list(struct query *q, struct arena *a, struct label **labels, size_t *n)
{
    struct label *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct label *l = LIST_ADD(q, a, rows, *n);
        if (l) read_label(q, a, l);
    }
    *labels = rows;
    return query_end(q);
}

enum err store_label_of_item(struct store *s, struct arena *a, int64_t item_id,
                             struct label **labels, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_OF_ITEM);
    bind_int(&q, ":item", item_id);
    return list(&q, a, labels, n);
}

enum err store_label_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                          size_t limit, struct label **labels, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, labels, n);
}

enum err store_label_strays(struct store *s, struct arena *a, size_t limit,
                            struct label **labels, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_STRAYS);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, labels, n);
}

enum err store_label_count_after(struct store *s, int64_t project_id, int64_t seq, int64_t most,
                                 int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_LABEL, LABEL_COUNT_AFTER);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":seq", seq);
    bind_int(&q, ":most", most);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_label_visit(struct store *s, int64_t project_id, label_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_VISIT);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct label l;
        read_here(&q, 0, &l);
        if (!q.e) q.e = each(context, &l);
    }
    return query_end(&q);
}

enum err store_label_count_class(struct store *s, int64_t project_id, const char *question,
                                 const char *class_name, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_LABEL, LABEL_COUNT_CLASS);
    bind_int(&q, ":project", project_id);
    bind_text(&q, ":question", question);
    bind_text(&q, ":class", class_name);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_label_skipped(struct store *s, struct arena *a, int64_t project_id,
                             int64_t user_id, size_t limit, int64_t **item_ids, size_t *n)
{
    struct query q;
    int64_t *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_LABEL, LABEL_SKIPPED);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        int64_t *id = LIST_ADD(&q, a, rows, *n);
        if (id) *id = column_int(&q, 0);
    }
    *item_ids = rows;
    return query_end(&q);
}

enum err store_label_answers(struct store *s, int64_t item_id, struct answer_counts *c)
{
    struct query q;

    *c = (struct answer_counts){0};
    query_begin(&q, s, SQL_LABEL, LABEL_ANSWERS);
    bind_int(&q, ":item", item_id);
    if (query_row(&q))
        *c = (struct answer_counts){.n_answers = column_int(&q, 0),
                                    .n_rejects = column_int(&q, 1),
                                    .n_flags = column_int(&q, 2)};
    return query_end(&q);
}

enum err store_label_votes(struct store *s, struct arena *a, int64_t item_id, int64_t user_id,
                           struct vote **votes, size_t *n)
{
    struct query q;
    struct vote *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_LABEL, LABEL_VOTES);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    while (query_row(&q)) {
        struct vote *v = LIST_ADD(&q, a, rows, *n);
        if (v) *v = (struct vote){column_text(&q, a, 0), (int)column_int(&q, 1)};
    }
    *votes = rows;
    return query_end(&q);
}

static void read_event(struct query *q, struct ledger_row *e)
{
    *e = (struct ledger_row){.seq = column_int(q, 0),
                             .at = column_int(q, 1),
                             .kind = column_text_here(q, 2),
                             .project_id = column_int(q, 3),
                             .item_id = column_int(q, 4),
                             .user_id = column_int(q, 5),
                             .has_client_id = !column_is_null(q, 6),
                             .body = column_text_here(q, 7)};
    e->n_body = (size_t)sqlite3_column_bytes(q->statement, 7);
    if (e->has_client_id) column_bytes(q, 6, e->client_id.bytes, sizeof e->client_id.bytes);
}

static void bind_walk(struct query *q, const struct item_walk *w)
{
    bind_int(q, ":after", w->after);
    bind_int(q, ":last", w->last);
    bind_int(q, ":project", w->project_id);
}

enum err store_label_walk(struct store *s, struct item_walk *w, label_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_WALK);
    bind_walk(&q, w);
    while (!w->done && query_row(&q)) {
        struct label l;
        read_here(&q, 0, &l);
        if (!q.e) q.e = each(context, &l);
    }
    return query_end(&q);
}

enum err store_label_walk_events(struct store *s, struct item_walk *w, int64_t seq,
                                 event_each each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_WALK_EVENTS);
    bind_walk(&q, w);
    bind_int(&q, ":seq", seq);
    while (!w->done && query_row(&q)) {
        struct ledger_row event;
        read_event(&q, &event);
        if (!q.e) q.e = each(context, &event);
    }
    return query_end(&q);
}

enum err store_label_compare(struct store *s, label_visit each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_COMPARE);
    while (query_row(&q)) {
        struct ledger_row event;
        struct label now = {.seq = 0};
        read_event(&q, &event);
        if (!column_is_null(&q, 8)) read_here(&q, 8, &now);
        if (!q.e) q.e = each(context, &event, &now);
    }
    return query_end(&q);
}

enum err store_label_remove_all(struct store *s)
{
    struct query q;

    query_begin(&q, s, SQL_LABEL, LABEL_REMOVE_ALL);
    return query_run(&q, NULL);
}
