#include "store/ledger.h"

#include "store/sql.h"

#include <string.h>

#define LEDGER_COLUMNS                                                                         \
    "seq, at, kind, project_id, item_id, user_id, client_id, body, previous, hash"

enum {
    LEDGER_ADD,
    LEDGER_LAST,
    LEDGER_GET,
    LEDGER_BY_CLIENT,
    LEDGER_LIST,
    LEDGER_OF_ITEM,
    LEDGER_COUNT,
    LEDGER_LATEST,
    LEDGER_OF_KIND,
    HEAD_ADD,
    HEAD_LAST,
    HEAD_LIST,
    LEDGER_N
};

static const char *const STATEMENTS[LEDGER_N] = {
    [LEDGER_ADD] =
        "INSERT INTO ledger (" LEDGER_COLUMNS ") VALUES (:seq, :at, :kind, :project, "
        ":item, :user, :client, :body, :previous, :hash)",
    [LEDGER_LAST] = "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1",
    [LEDGER_GET] = "SELECT " LEDGER_COLUMNS " FROM ledger WHERE seq = :seq",
    [LEDGER_BY_CLIENT] = "SELECT " LEDGER_COLUMNS " FROM ledger WHERE client_id = :client",
    [LEDGER_LIST] = "SELECT " LEDGER_COLUMNS " FROM ledger WHERE seq > :after "
                    "ORDER BY seq LIMIT :limit",
    [LEDGER_OF_ITEM] = "SELECT " LEDGER_COLUMNS " FROM (SELECT " LEDGER_COLUMNS " FROM ledger "
                       "WHERE item_id = :item ORDER BY seq DESC LIMIT :limit) ORDER BY seq",
    [LEDGER_COUNT] = "SELECT count(*) FROM ledger",
    /* With max() the other columns are those of its row (SQLite, "bare columns"). */
    [LEDGER_LATEST] =
        "SELECT " LEDGER_COLUMNS ", max(seq) FROM ledger WHERE seq <= :seq "
        "AND item_id IS NOT NULL AND (:project IS NULL OR project_id = :project) "
        "AND kind IN ('label', 'retract', 'return') GROUP BY item_id, " LEDGER_WHOSE
        " ORDER BY item_id, " LEDGER_WHOSE,
    [LEDGER_OF_KIND] = "SELECT " LEDGER_COLUMNS " FROM ledger WHERE kind = :kind ORDER BY seq",
    [HEAD_ADD] = "INSERT INTO ledger_head (seq, at, signature, public_key) "
                 "VALUES (:seq, :at, :signature, :key)",
    [HEAD_LAST] = "SELECT seq FROM ledger_head ORDER BY seq DESC LIMIT 1",
    [HEAD_LIST] = "SELECT seq, at, signature, public_key FROM ledger_head WHERE seq > :after "
                  "ORDER BY seq LIMIT :limit",
};
const struct sql_statements LEDGER_STATEMENTS = {"store/ledger.c", STATEMENTS, LEDGER_N};

enum err store_ledger_add(struct store *s, const struct ledger_row *r)
{
    struct query q;

    query_begin(&q, s, SQL_LEDGER, LEDGER_ADD);
    bind_int(&q, ":seq", r->seq);
    bind_int(&q, ":at", r->at);
    bind_text(&q, ":kind", r->kind);
    bind_id(&q, ":project", r->project_id);
    bind_id(&q, ":item", r->item_id);
    bind_id(&q, ":user", r->user_id);
    if (r->has_client_id)
        bind_bytes(&q, ":client", r->client_id.bytes, sizeof r->client_id.bytes);
    else
        bind_null(&q, ":client");
    bind_text(&q, ":body", r->body);
    bind_bytes(&q, ":previous", r->previous.bytes, HASH_BYTES);
    bind_bytes(&q, ":hash", r->hash.bytes, HASH_BYTES);
    return query_run(&q, NULL);
}

enum err store_ledger_last(struct store *s, int64_t *seq, struct hash *hash)
{
    struct query q;

    *seq = 0;
    *hash = (struct hash){{0}};
    query_begin(&q, s, SQL_LEDGER, LEDGER_LAST);
    if (query_row(&q)) {
        *seq = column_int(&q, 0);
        column_bytes(&q, 1, hash->bytes, HASH_BYTES);
    }
    return query_end(&q);
}

/* An id as the rows above know it, where 0 stands for NULL. The program never writes a 0; should
 * somebody else have, it must not pass for NULL when the row's hash is checked. */
static int64_t read_id(struct query *q, int i)
{
    int64_t id = column_int(q, i);
    return id || column_is_null(q, i) ? id : INT64_MIN;
}

/* All but the texts. */
static void read_numbers(struct query *q, struct ledger_row *r)
{
    *r = (struct ledger_row){.seq = column_int(q, 0),
                             .at = column_int(q, 1),
                             .project_id = read_id(q, 3),
                             .item_id = read_id(q, 4),
                             .user_id = read_id(q, 5),
                             .has_client_id = !column_is_null(q, 6)};
    if (r->has_client_id) column_bytes(q, 6, r->client_id.bytes, sizeof r->client_id.bytes);
    column_bytes(q, 8, r->previous.bytes, HASH_BYTES);
    column_bytes(q, 9, r->hash.bytes, HASH_BYTES);
}

/* Likewise a kind with something hidden behind a 0 byte. */
static const char *kind_here(struct query *q)
{
    const char *kind = column_text_here(q, 2);
    size_t n = (size_t)sqlite3_column_bytes(q->statement, 2);
    return kind && strlen(kind) == n ? kind : "(damaged)";
}

static void read_here(struct query *q, struct ledger_row *r)
{
    read_numbers(q, r);
    r->kind = kind_here(q);
    r->body = column_text_here(q, 7);
    r->n_body = (size_t)sqlite3_column_bytes(q->statement, 7);
}

static void read_row(struct query *q, struct arena *a, struct ledger_row *r)
{
    read_numbers(q, r);
    r->kind = arena_strdup(a, kind_here(q));
    if (!r->kind) q->e = fail_nomem();
    r->body = column_text(q, a, 7);
    r->n_body = (size_t)sqlite3_column_bytes(q->statement, 7);
}

enum err store_ledger_get(struct store *s, struct arena *a, int64_t seq, struct ledger_row *r)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_LEDGER, LEDGER_GET);
    bind_int(&q, ":seq", seq);
    got = query_row(&q);
    if (got) read_row(&q, a, r);
    return query_end_one(&q, got, "ledger no. %" PRId64, seq);
}

enum err store_ledger_by_client(struct store *s, struct arena *a, const struct uuid *client_id,
                                struct ledger_row *r)
{
    struct query q;

    r->seq = 0;
    query_begin(&q, s, SQL_LEDGER, LEDGER_BY_CLIENT);
    bind_bytes(&q, ":client", client_id->bytes, sizeof client_id->bytes);
    if (query_row(&q)) read_row(&q, a, r);
    return query_end(&q);
}

/* Takes a query that is bound, and ends it. */
static enum err list(struct query *q, struct arena *a, struct ledger_row **rows, size_t *n)
{
    struct ledger_row *found = NULL;

    *n = 0;
    while (query_row(q)) {
        struct ledger_row *r = LIST_ADD(q, a, found, *n);
        if (r) read_row(q, a, r);
    }
    *rows = found;
    return query_end(q);
}

enum err store_ledger_list(struct store *s, struct arena *a, int64_t after, size_t limit,
                           struct ledger_row **rows, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_LEDGER, LEDGER_LIST);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, rows, n);
}

enum err store_ledger_of_item(struct store *s, struct arena *a, int64_t item_id, size_t limit,
                              struct ledger_row **rows, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_LEDGER, LEDGER_OF_ITEM);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, rows, n);
}

enum err store_ledger_count(struct store *s, int64_t *n_rows)
{
    struct query q;

    *n_rows = 0;
    query_begin(&q, s, SQL_LEDGER, LEDGER_COUNT);
    if (query_row(&q)) *n_rows = column_int(&q, 0);
    return query_end(&q);
}

enum err store_ledger_latest(struct store *s, int64_t project_id, int64_t seq,
                             ledger_visit each, void *context)
{
    struct query q;

    query_begin(&q, s, SQL_LEDGER, LEDGER_LATEST);
    bind_id(&q, ":project", project_id);
    bind_int(&q, ":seq", seq);
    while (query_row(&q)) {
        struct ledger_row r;
        read_here(&q, &r);
        if (!q.e) q.e = each(context, &r);
    }
    return query_end(&q);
}

enum err store_ledger_of_kind(struct store *s, const char *kind, ledger_visit each,
                              void *context)
{
    struct query q;

    query_begin(&q, s, SQL_LEDGER, LEDGER_OF_KIND);
    bind_text(&q, ":kind", kind);
    while (query_row(&q)) {
        struct ledger_row r;
        read_here(&q, &r);
        if (!q.e) q.e = each(context, &r);
    }
    return query_end(&q);
}

enum err store_head_add(struct store *s, const struct ledger_head *h)
{
    struct query q;

    query_begin(&q, s, SQL_LEDGER, HEAD_ADD);
    bind_int(&q, ":seq", h->seq);
    bind_int(&q, ":at", h->at);
    bind_bytes(&q, ":signature", h->signature, sizeof h->signature);
    bind_bytes(&q, ":key", h->public_key, sizeof h->public_key);
    return query_run(&q, NULL);
}

enum err store_head_last(struct store *s, int64_t *seq)
{
    struct query q;

    *seq = 0;
    query_begin(&q, s, SQL_LEDGER, HEAD_LAST);
    if (query_row(&q)) *seq = column_int(&q, 0);
    return query_end(&q);
}

enum err store_head_list(struct store *s, struct arena *a, int64_t after, size_t limit,
                         struct ledger_head **heads, size_t *n)
{
    struct query q;
    struct ledger_head *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_LEDGER, HEAD_LIST);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct ledger_head *h = LIST_ADD(&q, a, rows, *n);
        if (!h) break;
        *h = (struct ledger_head){.seq = column_int(&q, 0), .at = column_int(&q, 1)};
        column_bytes(&q, 2, h->signature, sizeof h->signature);
        column_bytes(&q, 3, h->public_key, sizeof h->public_key);
    }
    *heads = rows;
    return query_end(&q);
}
