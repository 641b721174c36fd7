/* store/copy - every row of one project, table by table, as lines of JSON, and back again.
 *
 *     for (size_t t = 0; t < copy_tables(); t++) {
 *         TRY(copy_open(&r, s, t, project_id));
 *         while (!e && copy_next(&r, &line)) ... one row: [7,"a",{"hex":"00ff"},null] ...
 *         e = copy_close(&r);
 *     }
 *
 * Rows keep their numbers, so that whatever names one (a receipt, an event of the ledger, a row of
 * latents) stays true; they go into a database that holds nothing yet. There triggers do not run
 * and references are checked at the end, for derived rows are brought along like all others.
 *
 * Each table of the schema is either brought along or named as left out, with the reason: a test
 * holds the schema against both lists, so a new table has to be put into one of them. New columns
 * come along by themselves. Rules: formats/project_archive.h. Threads: one store, one at a time. */
#ifndef EXEMPLAR_STORE_COPY_H
#define EXEMPLAR_STORE_COPY_H

#include "base/buf.h"
#include "base/json.h"
#include "store/store.h"

/* The one table whose rows are not written as they are: each is hashed with the one before. */
#define COPY_LEDGER "ledger"

size_t copy_tables(void);
const char *copy_name(size_t table);

/* Why this table is left out; NULL when it is not. */
const char *copy_left_out(const char *name);

struct copy_rows {
    struct store *s;
    void *statement;
    enum err e;
};

/* The version of the schema: rows fit only into the same. */
enum err copy_schema(struct store *s, int64_t *version) MUST_USE;

/* Appends the names of the columns as a JSON list. */
enum err copy_columns(struct store *s, size_t table, struct buf *b) MUST_USE;

enum err copy_open(struct copy_rows *r, struct store *s, size_t table,
                   int64_t project_id) MUST_USE;
/* Appends the next row to `b`; 0: no more, or an error, which copy_close returns. */
int copy_next(struct copy_rows *r, struct buf *b);
enum err copy_close(struct copy_rows *r) MUST_USE;

/* ERR_CONFLICT unless nobody and nothing is in this database yet. */
enum err copy_is_empty(struct store *s) MUST_USE;

/* Inside a write transaction, before the first row, and after the last. copy_end builds the search
 * index and makes sure that no number is given a second time. */
enum err copy_begin(struct store *s) MUST_USE;
enum err copy_end(struct store *s) MUST_USE;

/* Writes rows; ERR_INVALID when one does not fit its table. Not for COPY_LEDGER. */
struct copy_writer {
    struct store *s;
    size_t table;
    void *statement;
};
enum err copy_writer_open(struct copy_writer *w, struct store *s, size_t table) MUST_USE;
enum err copy_write(struct copy_writer *w, const json_t *row) MUST_USE;
void copy_writer_close(struct copy_writer *w);

#endif
