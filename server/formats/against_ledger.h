/* against_ledger - exported labels beside the ledger that they came from.
 *
 *     TRY(against_open(&x, store, report));
 *     TRY(against_row(x, line, row, is_table));       // each; `row`: the columns by their names
 *     TRY(against_end(x, project_id, head_seq));      // what the file lacks
 *     against_close(x);
 *
 * `row` has the fields of export.h's jsonl form; of a table all are texts, and the values are
 * {column: cell}. Reads within the caller's look. Memory: 16 bytes a row. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_AGAINST_LEDGER_H
#define EXEMPLAR_FORMATS_AGAINST_LEDGER_H

#include "domain/seal.h"

#include <stdbool.h>

struct against;

enum err against_open(struct against **out, struct store *s,
                      const struct seal_report *report) MUST_USE;
void against_close(struct against *x); /* NULL is fine */
enum err against_row(struct against *x, int64_t line, const json_t *row,
                     bool is_table) MUST_USE;
enum err against_end(struct against *x, int64_t project_id, int64_t head_seq) MUST_USE;
int64_t against_problems(const struct against *x);

/* The file's head beside the ledger: 1 when the ledger holds it as it was. */
enum err against_head(struct against *x, const struct seal_sums *sums, int *holds) MUST_USE;

#endif
