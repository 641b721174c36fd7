/* label_rows - current labels as JSON Lines or CSV, a page at a time. What each row holds:
 * formats/export.h. Reads within the caller's look at the store. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_LABEL_ROWS_H
#define EXEMPLAR_FORMATS_LABEL_ROWS_H

#include "formats/export.h"
#include "store/project.h"

struct label_rows;

/* `format`: EXPORT_JSONL or EXPORT_CSV. */
enum err label_rows_open(struct label_rows **out, struct store *s, int64_t project_id,
                         enum export_format format, enum csv_cells cells) MUST_USE;
void label_rows_close(struct label_rows *r); /* NULL is fine */

/* Appends some rows; nothing at the end. */
enum err label_rows_next(struct label_rows *r, struct buf *piece) MUST_USE;

#endif
