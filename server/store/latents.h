/* latents - the numbers of every encoded item, in two files per encoder.
 *
 *     DATA/latents/ID.z       f32, little-endian, row-major (n, dim): one row per item
 *     DATA/latents/ID.items   i64, little-endian (n): the item of each row, in order of encoding
 *
 * Too large for the database, and wanted as one array: they are mapped. encoder.n_rows is the
 * commit point: rows beyond it were never committed, are not seen by readers and are overwritten
 * by the next append. Rows once committed never change, so a map stays right while others
 * append; map again to see more.
 *
 *     struct latents l;
 *     TRY(latents_map(&l, folder, encoder_id, n_rows, dim));
 *     l.z[i * l.dim + k]  l.items[i]
 *     latents_unmap(&l);
 *
 * Errors: ERR_CORRUPT if a file is shorter than n_rows; ERR_IO. Threads: any, each map its own;
 * one appender at a time. */
#ifndef EXEMPLAR_STORE_LATENTS_H
#define EXEMPLAR_STORE_LATENTS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct latents {
    const float *z;       /* (n, dim); NULL when n is 0 */
    const int64_t *items; /* (n); NULL when n is 0 */
    size_t n, dim;
};

enum err latents_map(struct latents *l, const char *data_folder, int64_t encoder_id, size_t n,
                     size_t dim) MUST_USE;
void latents_unmap(struct latents *l); /* a zeroed one is fine */

/* Writes n rows at row `from` (the committed number), cuts what lies beyond, and flushes both
 * files: on the disk when it returns, and committed when encoder.n_rows says so. */
enum err latents_write(const char *data_folder, int64_t encoder_id, size_t from, const float *z,
                       const int64_t *items, size_t n, size_t dim) MUST_USE;

#endif
