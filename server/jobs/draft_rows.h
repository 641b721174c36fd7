/* draft_rows - the features of a draft's examples, kept in memory from one fit to the next.
 *
 *     struct draft_rows rows = {.encoder = NULL};
 *     TRY(draft_rows_use(&rows, folder, &active));              // forgets those of another encoder
 *     TRY(draft_rows_take(&rows, &latents, items, n));          // what is encoded already
 *     n = draft_rows_missing(&rows, items, n, missing);
 *     TRY(draft_rows_encode(&rows, &from, missing, n));         // what the encode job has not reached
 *     f = draft_rows_features(&rows);  row = draft_rows_find(&rows, item)
 *     draft_rows_free(&rows);
 *
 * A few thousand rows of about 4 KiB each. Encoding here gives the bits that the encode job will give.
 * Threads: one at a time. */
#ifndef EXEMPLAR_JOBS_DRAFT_ROWS_H
#define EXEMPLAR_JOBS_DRAFT_ROWS_H

#include "domain/encoder.h"
#include "domain/encoder_file.h"

struct draft_place {
    int64_t item;
    size_t row;
};

struct draft_rows {
    struct loaded_encoder *encoder; /* NULL: none yet */
    size_t n, room;
    struct draft_place *place; /* (n) by item */
    size_t n_parts;
    float *part[SMP_PARTS_MAX]; /* each (room, d of it) */
    size_t d[SMP_PARTS_MAX];
};

/* Where items are read from, to be encoded. */
struct draft_source {
    struct store *store;
    const char *data_folder;
    int threads;
};

/* The encoder is loaded when it is another one than before. ERR_CORRUPT, ERR_NOT_FOUND: its file. */
enum err draft_rows_use(struct draft_rows *r, const char *data_folder,
                        int64_t encoder_id) MUST_USE;
void draft_rows_free(struct draft_rows *r); /* back to empty */

/* SIZE_MAX: not there. */
size_t draft_rows_find(const struct draft_rows *r, int64_t item);

/* Copies the rows of those items that have a latent and are not there yet. */
enum err draft_rows_take(struct draft_rows *r, const struct latents *l, const int64_t *items,
                         size_t n) MUST_USE;

/* Writes those of the items that are not there into `missing` (n), and returns how many. */
size_t draft_rows_missing(const struct draft_rows *r, const int64_t *items, size_t n,
                          int64_t *missing);

enum err draft_rows_encode(struct draft_rows *r, const struct draft_source *from,
                           const int64_t *items, size_t n) MUST_USE;

struct smp_features draft_rows_features(const struct draft_rows *r);

#endif
