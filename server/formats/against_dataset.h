/* against_dataset - the exported rows of a frozen data set beside what the folder holds of it.
 *
 *     TRY(against_dataset_open(&x, store, report));
 *     TRY(against_dataset_row(x, line, row, is_table));       // each; as against_ledger.h has them
 *     TRY(against_dataset_end(x, sums.about, &n_problems));   // "dataset/ID/HASH/PARTS"
 *     against_dataset_close(x);
 *
 * Names rows whose part, answer or content hash is another, rows that the data set does not hold, and
 * items that the file lacks. Memory: 40 bytes a row. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_AGAINST_DATASET_H
#define EXEMPLAR_FORMATS_AGAINST_DATASET_H

#include "domain/seal.h"

#include <stdbool.h>

struct against_dataset;

enum err against_dataset_open(struct against_dataset **out, struct store *s,
                              const struct seal_report *report) MUST_USE;
void against_dataset_close(struct against_dataset *x); /* NULL is fine */
enum err against_dataset_row(struct against_dataset *x, int64_t line, const json_t *row,
                             bool is_table) MUST_USE;
enum err against_dataset_end(struct against_dataset *x, const char *about,
                             int64_t *n_problems) MUST_USE;

#endif
