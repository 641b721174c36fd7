/* sql - how the files of this folder speak to SQLite. Private to server/store.
 *
 * Each file opens with a table of named statements; a connection prepares one when it is first
 * used and keeps it. A query is begun, bound by name, stepped and ended; the first error is
 * kept in it and everything after does nothing, so only the end is checked:
 *
 *     struct query q;
 *     query_begin(&q, s, SQL_ITEM, ITEM_GET);
 *     bind_int(&q, ":id", id);
 *     if (query_row(&q)) read_item(&q, a, i);
 *     return query_end_one(&q, "item %" PRId64, id);
 *
 * query_end resets the statement on every path: one left open would pin the write-ahead log. */
#ifndef EXEMPLAR_STORE_SQL_H
#define EXEMPLAR_STORE_SQL_H

#include "store/store.h"

#include <inttypes.h>
#include <sqlite3.h>

enum sql_group {
    SQL_STORE,
    SQL_USER,
    SQL_IDENTITY,
    SQL_MEMBER,
    SQL_PROJECT,
    SQL_ITEM,
    SQL_SEARCH,
    SQL_FACET,
    SQL_BULK,
    SQL_LEDGER,
    SQL_LABEL,
    SQL_DECISION,
    SQL_COMMENT,
    SQL_RETURNED,
    SQL_PICK,
    SQL_QUEUE,
    SQL_STEER,
    SQL_CHECK,
    SQL_ENCODER,
    SQL_RECIPE,
    SQL_JUDGEMENT,
    SQL_QUARANTINE,
    SQL_QUALITY,
    SQL_JOB,
    SQL_GROUP,
    SQL_LOOK,
    SQL_AUDIT,
    SQL_DATASET,
    SQL_MODEL,
    SQL_DESK,
    SQL_HOOK,
    SQL_WATCH,
    SQL_ENDPOINT,
    SQL_PURPOSE,
    SQL_TRAIT,
    SQL_GROUPS
};

struct sql_statements {
    const char *file; /* for messages and the query-plan test */
    const char *const *sql;
    int n;
};
extern const struct sql_statements STORE_STATEMENTS, USER_STATEMENTS, IDENTITY_STATEMENTS,
    MEMBER_STATEMENTS, PROJECT_STATEMENTS, ITEM_STATEMENTS, LEDGER_STATEMENTS, LABEL_STATEMENTS,
    PICK_STATEMENTS, QUEUE_STATEMENTS, ENCODER_STATEMENTS, RECIPE_STATEMENTS,
    JUDGEMENT_STATEMENTS, QUARANTINE_STATEMENTS, DECISION_STATEMENTS, COMMENT_STATEMENTS,
    RETURNED_STATEMENTS, JOB_STATEMENTS, GROUP_STATEMENTS, LOOK_STATEMENTS, AUDIT_STATEMENTS,
    QUALITY_STATEMENTS;
extern const struct sql_statements SEARCH_STATEMENTS, FACET_STATEMENTS, BULK_STATEMENTS;
extern const struct sql_statements DATASET_STATEMENTS, MODEL_STATEMENTS;
extern const struct sql_statements DESK_STATEMENTS, HOOK_STATEMENTS, WATCH_STATEMENTS;
extern const struct sql_statements ENDPOINT_STATEMENTS;
extern const struct sql_statements TRAIT_STATEMENTS;
extern const struct sql_statements STEER_STATEMENTS, CHECK_STATEMENTS;
extern const struct sql_statements PURPOSE_STATEMENTS;
extern const struct sql_statements *const SQL[SQL_GROUPS];

struct query {
    struct store *s;
    sqlite3_stmt *statement;
    enum err e;
};

void query_begin(struct query *q, struct store *s, enum sql_group group, int statement);

void bind_int(struct query *q, const char *name, int64_t value);
void bind_id(struct query *q, const char *name, int64_t id); /* 0 is NULL */
void bind_real(struct query *q, const char *name, double value);
void bind_text(struct query *q, const char *name, const char *text); /* NULL is NULL */
void bind_bytes(struct query *q, const char *name, const void *bytes, size_t n);
void bind_null(struct query *q, const char *name);

/* 1: a row is there to be read; 0: no more, or an error. */
int query_row(struct query *q);
enum err query_end(struct query *q) MUST_USE;

/* All steps of a statement that gives no rows; *changed (may be NULL) counts the rows. */
enum err query_run(struct query *q, int64_t *changed) MUST_USE;

/* Ends a query that should have given one row: ERR_NOT_FOUND "there is no WHAT" if `got` is 0. */
enum err query_end_one(struct query *q, int got, const char *what, ...) MUST_USE
    __attribute__((format(printf, 3, 4)));

int64_t column_int(struct query *q, int i); /* 0 for NULL */
double column_real(struct query *q, int i);
int column_is_null(struct query *q, int i);
/* Copied into the arena; NULL stays NULL. column_text_here lives until the next step. */
const char *column_text(struct query *q, struct arena *a, int i);
const char *column_text_here(struct query *q, int i);
/* Exactly n bytes, else the query fails as corrupt. */
void column_bytes(struct query *q, int i, void *bytes, size_t n);

/* Room for one more row in an array that doubles in the arena; NULL fails the query. */
void *list_grow(struct query *q, struct arena *a, void *rows, size_t n, size_t size);
#define LIST_ADD(q, a, rows, n)                                                                \
    ((rows) = list_grow((q), (a), (rows), (n), sizeof *(rows)), (rows) ? &(rows)[(n)++] : NULL)

/* Keeps the database's own message as a sentence with advice. */
enum err fail_database(struct store *s, int code, const char *doing) MUST_USE;

/* Marks the transaction as lost, with its reason, if the database has undone it by itself. */
void notice_lost(struct store *s, const char *why);

/* A word from a list, as the columns with CHECK (x IN (...)) hold them: its index, or the query
 * fails as corrupt. */
int column_word(struct query *q, int i, const char *const *words, int n_words);

/* Whose label an event of the ledger is about: a return names the person in its body. */
#define LEDGER_WHOSE                                                                           \
    "CASE WHEN kind = 'return' AND json_valid(body) THEN json_extract(body, '$.to') "          \
    "ELSE user_id END"

/* The connection itself, for store.c and migrate.c. */
struct store {
    sqlite3 *db;
    char *folder;
    sqlite3_stmt **statements[SQL_GROUPS];
    int depth;            /* of store_begin */
    int looks;            /* of store_look */
    int lost;             /* the database undid the transaction by itself */
    char lost_why[256];   /* and said this */
    uint64_t transaction; /* outermost ones begun */
    store_hook hook;
    void *hook_context;
    struct {
        void *kept;
        void (*drop)(void *);
    } slots[STORE_SLOTS];
    int log_pages;
};

#endif
