/* latents - the numbers of every encoded item, in a few files per encoder.
 *
 *     DATA/latents/ID.z       f32, little-endian, row-major (n, d0): the latent, one row per item
 *     DATA/latents/ID.1.z ..  the same (n, d1): what the encoder's other parts say of it
 *     DATA/latents/ID.error   f32 (n): what share of each item the encoder cannot rebuild, how
 *                             unlike it is to all that was learned from; NaN: it cannot tell
 *     DATA/latents/ID.items   i64, little-endian (n): the item of each row, in order of encoding
 *
 * Too large for the database, and wanted as arrays: they are mapped. encoder.n_rows is the
 * commit point of all of them: rows beyond it were never committed, are not seen by readers and
 * are overwritten by the next append. Rows once committed never change, so a map stays right
 * while others append; map again to see more.
 *
 *     struct latents l;
 *     TRY(latents_map(&l, folder, encoder_id, n_rows, &shape));
 *     l.features.part[p][i * l.features.d[p] + k]  l.items[i]
 *     latents_unmap(&l);
 *
 * Errors: ERR_CORRUPT if a file is shorter than n_rows; ERR_IO. Threads: any, each map its own;
 * one appender at a time. */
#ifndef EXEMPLAR_STORE_LATENTS_H
#define EXEMPLAR_STORE_LATENTS_H

#include "base/err.h"
#include "sampler/features.h"

#include <stdint.h>

struct latents_shape {
    size_t n_parts; /* 1..SMP_PARTS_MAX */
    size_t d[SMP_PARTS_MAX];
    int has_errors; /* 0: there is no ID.error, of encoders from before there was one */
};

struct latents {
    struct smp_features features; /* n rows; the parts are NULL when n is 0 */
    const float *error;           /* (n); NULL when n is 0 or there are none */
    const int64_t *items;         /* (n); NULL when n is 0 */
};

enum err latents_map(struct latents *l, const char *data_folder, int64_t encoder_id, size_t n,
                     const struct latents_shape *shape) MUST_USE;
void latents_unmap(struct latents *l); /* a zeroed one is fine */

struct latents_rows {
    const float *part[SMP_PARTS_MAX]; /* each (n, d of it) */
    const float *error;               /* (n); not read when the shape has none */
    const int64_t *items;             /* (n) */
    size_t n;
};

/* Writes n rows at row `from` (the committed number), cuts what lies beyond, and flushes all
 * files: on the disk when it returns, and committed when encoder.n_rows says so. A flush costs
 * about 6 ms a file on an ordinary disk: write some hundred rows at a time. */
enum err latents_write(const char *data_folder, int64_t encoder_id, size_t from,
                       const struct latents_rows *rows,
                       const struct latents_shape *shape) MUST_USE;

#endif
