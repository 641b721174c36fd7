#include "store/audit.h"

#include "store/sql.h"

#include <string.h>

#define AUDIT_COLUMNS                                                                          \
    "seq, at, user_id, via, token_id, action, project_id, subject, subject_id, details, "      \
    "previous, hash, signature"
#define NAMED_COLUMNS                                                                          \
    "SELECT a.seq, a.at, a.user_id, a.via, a.token_id, a.action, a.project_id, a.subject, "    \
    "a.subject_id, a.details, a.previous, a.hash, a.signature, u.name, p.name, o.name "        \
    "FROM audit a LEFT JOIN user u ON u.id = a.user_id "                                       \
    "LEFT JOIN project p ON p.id = a.project_id "                                              \
    "LEFT JOIN user o ON a.subject = 'user' AND o.id = a.subject_id "

enum {
    AUDIT_ADD,
    AUDIT_LAST,
    AUDIT_LIST,
    AUDIT_LIST_PROJECT,
    AUDIT_BEFORE, /* in the order of enum audit_of */
    AUDIT_BEFORE_PROJECT,
    AUDIT_BEFORE_USER,
    AUDIT_N
};

static const char *const STATEMENTS[AUDIT_N] = {
    [AUDIT_ADD] = "INSERT INTO audit (" AUDIT_COLUMNS ") VALUES (:seq, :at, :user, :via, "
                  ":token, :action, :project, :subject, :subject_id, :details, :previous, "
                  ":hash, :signature)",
    [AUDIT_LAST] = "SELECT " AUDIT_COLUMNS " FROM audit ORDER BY seq DESC LIMIT 1",
    [AUDIT_LIST] = NAMED_COLUMNS "WHERE a.seq > :at ORDER BY a.seq LIMIT :limit",
    [AUDIT_LIST_PROJECT] =
        NAMED_COLUMNS "WHERE a.project_id = :id AND a.seq > :at ORDER BY a.seq LIMIT :limit",
    [AUDIT_BEFORE] = NAMED_COLUMNS "WHERE a.seq < :at ORDER BY a.seq DESC LIMIT :limit",
    [AUDIT_BEFORE_PROJECT] = NAMED_COLUMNS "WHERE a.project_id = :id AND a.seq < :at "
                                           "ORDER BY a.seq DESC LIMIT :limit",
    [AUDIT_BEFORE_USER] = NAMED_COLUMNS "WHERE a.user_id = :id AND a.seq < :at "
                                        "ORDER BY a.seq DESC LIMIT :limit",
};
const struct sql_statements AUDIT_STATEMENTS = {"store/audit.c", STATEMENTS, AUDIT_N};

enum err store_audit_add(struct store *s, const struct audit_row *r)
{
    struct query q;

    query_begin(&q, s, SQL_AUDIT, AUDIT_ADD);
    bind_int(&q, ":seq", r->seq);
    bind_int(&q, ":at", r->at);
    bind_id(&q, ":user", r->user_id);
    bind_text(&q, ":via", r->via);
    bind_id(&q, ":token", r->token_id);
    bind_text(&q, ":action", r->action);
    bind_id(&q, ":project", r->project_id);
    bind_text(&q, ":subject", r->subject);
    bind_id(&q, ":subject_id", r->subject_id);
    bind_text(&q, ":details", r->details);
    bind_bytes(&q, ":previous", r->previous.bytes, HASH_BYTES);
    bind_bytes(&q, ":hash", r->hash.bytes, HASH_BYTES);
    bind_bytes(&q, ":signature", r->signature, sizeof r->signature);
    return query_run(&q, NULL);
}

/* An id as the rows above know it, where 0 stands for NULL: a 0 that somebody wrote must not pass
 * for NULL when the row's hash is checked. */
static int64_t read_id(struct query *q, int i)
{
    int64_t id = column_int(q, i);
    return id || column_is_null(q, i) ? id : INT64_MIN;
}

/* Likewise a text with something hidden behind a 0 byte. */
static const char *read_text(struct query *q, struct arena *a, int i)
{
    const char *text = column_text(q, a, i);

    return text && strlen(text) != (size_t)sqlite3_column_bytes(q->statement, i) ? "(damaged)"
                                                                                 : text;
}

static void read_row(struct query *q, struct arena *a, struct audit_row *r)
{
    *r = (struct audit_row){.seq = column_int(q, 0),
                            .at = column_int(q, 1),
                            .user_id = read_id(q, 2),
                            .via = read_text(q, a, 3),
                            .token_id = read_id(q, 4),
                            .action = read_text(q, a, 5),
                            .project_id = read_id(q, 6),
                            .subject = read_text(q, a, 7),
                            .subject_id = read_id(q, 8),
                            .details = read_text(q, a, 9)};
    column_bytes(q, 10, r->previous.bytes, HASH_BYTES);
    column_bytes(q, 11, r->hash.bytes, HASH_BYTES);
    column_bytes(q, 12, r->signature, sizeof r->signature);
}

enum err store_audit_last(struct store *s, struct arena *a, struct audit_row *r)
{
    struct query q;

    *r = (struct audit_row){.seq = 0};
    query_begin(&q, s, SQL_AUDIT, AUDIT_LAST);
    if (query_row(&q)) read_row(&q, a, r);
    return query_end(&q);
}

static enum err list(struct query *q, struct arena *a, struct audit_row **rows, size_t *n)
{
    struct audit_row *found = NULL;

    *n = 0;
    while (query_row(q)) {
        struct audit_row *r = LIST_ADD(q, a, found, *n);
        if (!r) continue;
        read_row(q, a, r);
        r->user_name = column_text(q, a, 13);
        r->project_name = column_text(q, a, 14);
        r->subject_name = column_text(q, a, 15);
    }
    *rows = found;
    return query_end(q);
}

enum err store_audit_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                          size_t limit, struct audit_row **rows, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_AUDIT, project_id ? AUDIT_LIST_PROJECT : AUDIT_LIST);
    if (project_id) bind_int(&q, ":id", project_id);
    bind_int(&q, ":at", after);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, rows, n);
}

enum err store_audit_before(struct store *s, struct arena *a, enum audit_of of, int64_t id,
                            int64_t before, size_t limit, struct audit_row **rows, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_AUDIT, AUDIT_BEFORE + (int)of);
    if (of != AUDIT_OF_ALL) bind_int(&q, ":id", id);
    bind_int(&q, ":at", before);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, rows, n);
}
