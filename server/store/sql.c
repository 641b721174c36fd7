#include "store/sql.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct sql_statements *const SQL[SQL_GROUPS] = {
    /* clang-format off */
    [SQL_STORE] = &STORE_STATEMENTS,
    [SQL_USER] = &USER_STATEMENTS,
    [SQL_IDENTITY] = &IDENTITY_STATEMENTS,
    [SQL_MEMBER] = &MEMBER_STATEMENTS,
    [SQL_PROJECT] = &PROJECT_STATEMENTS,
    [SQL_ITEM] = &ITEM_STATEMENTS,
    [SQL_SEARCH] = &SEARCH_STATEMENTS,
    [SQL_FACET] = &FACET_STATEMENTS,
    [SQL_BULK] = &BULK_STATEMENTS,
    [SQL_LEDGER] = &LEDGER_STATEMENTS,
    [SQL_LABEL] = &LABEL_STATEMENTS,
    [SQL_DECISION] = &DECISION_STATEMENTS,
    [SQL_RETURNED] = &RETURNED_STATEMENTS,
    [SQL_PICK] = &PICK_STATEMENTS,
    [SQL_QUEUE] = &QUEUE_STATEMENTS,
    [SQL_ENCODER] = &ENCODER_STATEMENTS,
    [SQL_RECIPE] = &RECIPE_STATEMENTS,
    [SQL_JUDGEMENT] = &JUDGEMENT_STATEMENTS,
    [SQL_QUARANTINE] = &QUARANTINE_STATEMENTS,
    [SQL_QUALITY] = &QUALITY_STATEMENTS,
    [SQL_JOB] = &JOB_STATEMENTS,
    [SQL_GROUP] = &GROUP_STATEMENTS, [SQL_LOOK] = &LOOK_STATEMENTS,
    [SQL_AUDIT] = &AUDIT_STATEMENTS,
    [SQL_DATASET] = &DATASET_STATEMENTS,
    [SQL_MODEL] = &MODEL_STATEMENTS,
    [SQL_DESK] = &DESK_STATEMENTS,
    [SQL_HOOK] = &HOOK_STATEMENTS,
    [SQL_WATCH] = &WATCH_STATEMENTS,
    [SQL_ENDPOINT] = &ENDPOINT_STATEMENTS,
    [SQL_PURPOSE] = &PURPOSE_STATEMENTS,
    [SQL_TRAIT] = &TRAIT_STATEMENTS,
    [SQL_STEER] = &STEER_STATEMENTS,
    [SQL_COMMENT] = &COMMENT_STATEMENTS,
    /* clang-format on */
    [SQL_CHECK] = &CHECK_STATEMENTS,
};

enum { SQLITE_PRIMARY = 0xff }; /* an extended code's low byte is the plain one */

static enum err code_of(int code)
{
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_ROWID)
        return ERR_CONFLICT;
    switch (code & SQLITE_PRIMARY) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_CONSTRAINT:
        return ERR_INVALID;
    default:
        return ERR_IO;
    }
}

static const char *advice(int code)
{
    switch (code & SQLITE_PRIMARY) {
    case SQLITE_BUSY:
        return "another program has been writing to it for 30 seconds; try again";
    case SQLITE_FULL:
        return "make room on its disk; nothing of this change was kept";
    case SQLITE_IOERR:
        return "look at its disk; nothing of this change was kept";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return "look at the permissions of the data folder";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "restore the last backup, or ask a person who knows SQLite";
    default:
        return "nothing of this change was kept";
    }
}

enum err fail_database(struct store *s, int code, const char *doing)
{
    return fail(code_of(code), "the database in %s said \"%s\" (%s): %s", s->folder,
                s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(code), doing, advice(code));
}

static sqlite3_stmt *prepared(struct store *s, enum sql_group group, int statement, int *code)
{
    const struct sql_statements *g = SQL[group];
    sqlite3_stmt **slot;

    assert(statement >= 0 && statement < g->n);
    *code = SQLITE_NOMEM;
    if (!s->statements[group]) {
        size_t bytes = (size_t)g->n * sizeof(sqlite3_stmt *);
        s->statements[group] = sqlite3_malloc64(bytes);
        if (!s->statements[group]) return NULL;
        memset(s->statements[group], 0, bytes);
    }
    slot = &s->statements[group][statement];
    *code = *slot ? SQLITE_OK
                  : sqlite3_prepare_v3(s->db, g->sql[statement], -1, SQLITE_PREPARE_PERSISTENT,
                                       slot, NULL);
    return *slot;
}

void notice_lost(struct store *s, const char *why)
{
    if (!s->depth || s->lost || !sqlite3_get_autocommit(s->db)) return;
    s->lost = 1;
    snprintf(s->lost_why, sizeof s->lost_why, "%s", why);
}

enum err store_is_whole(struct store *s)
{
    notice_lost(s, "the database undid the open transaction; nothing of this change was kept");
    return s->lost ? fail(ERR_IO, "%s", s->lost_why) : OK;
}

void query_begin(struct query *q, struct store *s, enum sql_group group, int statement)
{
    int code = SQLITE_OK;

    *q = (struct query){.s = s};
    /* Had the database undone the transaction, this statement would commit by itself. */
    if (s->depth) q->e = store_is_whole(s);
    if (q->e) return;
    q->statement = prepared(s, group, statement, &code);
    if (!q->statement) {
        q->e = fail_database(s, code, SQL[group]->file);
        return;
    }
    assert(!sqlite3_stmt_busy(q->statement));
}

static int parameter(struct query *q, const char *name)
{
    int at = q->e ? 0 : sqlite3_bind_parameter_index(q->statement, name);
    assert(q->e || at > 0);
    return at;
}

static void bound(struct query *q, int code)
{
    if (code) q->e = fail_database(q->s, code, "binding a value");
}

void bind_int(struct query *q, const char *name, int64_t value)
{
    int at = parameter(q, name);
    if (at) bound(q, sqlite3_bind_int64(q->statement, at, value));
}

void bind_id(struct query *q, const char *name, int64_t id)
{
    if (id)
        bind_int(q, name, id);
    else
        bind_null(q, name);
}

void bind_real(struct query *q, const char *name, double value)
{
    int at = parameter(q, name);
    if (at) bound(q, sqlite3_bind_double(q->statement, at, value));
}

void bind_text(struct query *q, const char *name, const char *text)
{
    int at = parameter(q, name);
    if (at) bound(q, sqlite3_bind_text(q->statement, at, text, -1, SQLITE_STATIC));
}

void bind_bytes(struct query *q, const char *name, const void *bytes, size_t n)
{
    int at = parameter(q, name);
    if (at) bound(q, sqlite3_bind_blob64(q->statement, at, bytes, n, SQLITE_STATIC));
}

void bind_null(struct query *q, const char *name)
{
    int at = parameter(q, name);
    if (at) bound(q, sqlite3_bind_null(q->statement, at));
}

int query_row(struct query *q)
{
    int code;

    if (q->e) return 0;
    code = sqlite3_step(q->statement);
    if (code == SQLITE_ROW) return 1;
    if (code != SQLITE_DONE) {
        q->e = fail_database(q->s, code, "running a statement");
        notice_lost(q->s, err_message());
    }
    return 0;
}

enum err query_end(struct query *q)
{
    if (q->statement) {
        sqlite3_reset(q->statement);
        sqlite3_clear_bindings(q->statement);
    }
    return q->e;
}

enum err query_run(struct query *q, int64_t *changed)
{
    while (query_row(q))
        continue;
    if (changed) *changed = q->e ? 0 : sqlite3_changes64(q->s->db);
    return query_end(q);
}

enum err query_end_one(struct query *q, int got, const char *what, ...)
{
    char text[200];
    va_list args;

    TRY(query_end(q));
    if (got) return OK;
    va_start(args, what);
    vsnprintf(text, sizeof text, what, args);
    va_end(args);
    return fail(ERR_NOT_FOUND, "there is no %s", text);
}

int64_t column_int(struct query *q, int i)
{
    return sqlite3_column_int64(q->statement, i);
}

double column_real(struct query *q, int i)
{
    return sqlite3_column_double(q->statement, i);
}

int column_is_null(struct query *q, int i)
{
    return sqlite3_column_type(q->statement, i) == SQLITE_NULL;
}

const char *column_text_here(struct query *q, int i)
{
    return (const char *)sqlite3_column_text(q->statement, i);
}

const char *column_text(struct query *q, struct arena *a, int i)
{
    const char *text = column_text_here(q, i);
    char *copy;

    if (!text) return NULL;
    copy = arena_copy(a, text, (size_t)sqlite3_column_bytes(q->statement, i));
    if (!copy && !q->e) q->e = fail_nomem();
    return copy ? copy : "";
}

void column_bytes(struct query *q, int i, void *bytes, size_t n)
{
    const void *here = sqlite3_column_blob(q->statement, i);

    if (here && (size_t)sqlite3_column_bytes(q->statement, i) == n)
        memcpy(bytes, here, n);
    else if (!q->e)
        q->e =
            fail(ERR_CORRUPT, "the database in %s holds a value of %d bytes where %zu belong",
                 q->s->folder, sqlite3_column_bytes(q->statement, i), n);
}

void *list_grow(struct query *q, struct arena *a, void *rows, size_t n, size_t size)
{
    void *more;

    if (q->e) return NULL;
    if (n && (n < 16 || (n & (n - 1)))) return rows; /* full at 16, 32, 64, ... */
    more = arena_array(a, n ? 2 * n : 16, size);
    if (!more)
        q->e = fail_nomem();
    else if (n)
        memcpy(more, rows, n * size);
    return more;
}

int column_word(struct query *q, int i, const char *const *words, int n_words)
{
    const char *text = column_text_here(q, i);

    for (int k = 0; text && k < n_words; k++)
        if (!strcmp(text, words[k])) return k;
    if (!q->e)
        q->e = fail(ERR_CORRUPT, "the database in %s holds the unknown word \"%s\"",
                    q->s->folder, text ? text : "");
    return 0;
}
