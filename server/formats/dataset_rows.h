/* dataset_rows - a frozen data set as JSON Lines or CSV, a page at a time. What each row holds:
 * formats/export.h. Reads within the caller's look at the store. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_DATASET_ROWS_H
#define EXEMPLAR_FORMATS_DATASET_ROWS_H

#include "formats/export.h"

struct dataset_rows;

/* options->dataset and options->parts say what. ERR_INVALID for other formats. */
enum err dataset_rows_open(struct dataset_rows **out, struct store *s,
                           const struct export_options *options) MUST_USE;
void dataset_rows_close(struct dataset_rows *r); /* NULL is fine */

/* Appends some rows; nothing at the end. */
enum err dataset_rows_next(struct dataset_rows *r, struct buf *piece) MUST_USE;

#endif
