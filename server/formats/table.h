/* table - the rows of a CSV, TSV or JSON Lines file as texts with metadata.
 *
 *     struct table *t;
 *     struct table_row row;
 *     TRY(table_open(&t, &in, KIND_CSV, &options));       // refuses the whole file, with why
 *     while (!(e = table_next(t, &row)) && row.text.data) ...
 *     table_close(t);
 *
 * How the text's column is found, and how faults of one row are told (ERR_INVALID, ERR_TOO_LARGE,
 * then on with the next), is said in source.h and csv.h. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_TABLE_H
#define EXEMPLAR_FORMATS_TABLE_H

#include "base/err.h"
#include "base/json.h"
#include "formats/kind.h"
#include "formats/source.h"

struct table;

struct table_row {
    int64_t line;    /* set also for a row that is refused */
    struct buf text; /* the caller's; data NULL at the end */
    json_t *meta;    /* the caller's; an object, NULL without other columns */
};

/* `kind`: KIND_CSV, KIND_TSV or KIND_JSONL. Of `params`: header, text_column, limits. */
enum err table_open(struct table **out, const struct stream *in, enum kind kind,
                    const struct source_params *params) MUST_USE;
void table_close(struct table *t); /* NULL is fine */
enum err table_next(struct table *t, struct table_row *row) MUST_USE;

/* "text from column 'body', separated by semicolons"; "" when nothing is worth saying. */
const char *table_note(const struct table *t);

#endif
