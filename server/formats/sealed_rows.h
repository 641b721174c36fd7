/* sealed_rows - rows of JSON Lines or CSV, each with its seal (domain/seal.h) behind it.
 *
 *     TRY(sealed_rows_open(&r, store, "labels/3", EXPORT_CSV, CSV_EXACT));
 *     TRY(sealed_rows_header(r, &piece, names, n));            // CSV only, once, before the rows
 *     TRY(sealed_rows_cells(r, &piece, texts, n, SEAL_MORE));  // CSV; or
 *     TRY(sealed_rows_json(r, &piece, object, SEAL_LAST));     // JSON Lines
 *     sealed_rows_close(r);
 *
 * The seal is the last column, or the field "seal". Reads the store's head when it opens, so it
 * belongs inside the look that is written out. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_SEALED_ROWS_H
#define EXEMPLAR_FORMATS_SEALED_ROWS_H

#include "domain/seal.h"
#include "formats/export.h"

struct sealed_rows;

enum err sealed_rows_open(struct sealed_rows **out, struct store *s, const char *about,
                          enum export_format format, enum csv_cells cells) MUST_USE;
void sealed_rows_close(struct sealed_rows *r); /* NULL is fine */

enum err sealed_rows_header(struct sealed_rows *r, struct buf *piece, const char *const *names,
                            size_t n) MUST_USE;
/* A NULL text is an empty cell. */
enum err sealed_rows_cells(struct sealed_rows *r, struct buf *piece, const char *const *texts,
                           size_t n, enum seal_place place) MUST_USE;
/* `row` gets its "seal"; it stays the caller's. */
enum err sealed_rows_json(struct sealed_rows *r, struct buf *piece, json_t *row,
                          enum seal_place place) MUST_USE;

#endif
