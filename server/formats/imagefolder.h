/* imagefolder - labelled pictures as the files of a folder of classes, one after the other.
 *
 *     struct imagefolder *f;
 *     const char *path;
 *     TRY(imagefolder_open(&f, store, project_id, &options));
 *     while (!(e = imagefolder_next(f, &path)) && path)
 *         do { buf_clear(&piece); e = imagefolder_read(f, &piece); } while (!e && piece.size);
 *     imagefolder_close(f);
 *
 * Which files, and what becomes of items without one agreed class: formats/export.h. Pictures in
 * the order of their items, then labels.csv, then notes.json. Reads within the caller's look at
 * the store; memory: one picture. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_IMAGEFOLDER_H
#define EXEMPLAR_FORMATS_IMAGEFOLDER_H

#include "formats/export.h"

struct imagefolder;

/* ERR_INVALID for a project of texts. */
enum err imagefolder_open(struct imagefolder **out, struct store *s, int64_t project_id,
                          const struct export_options *options) MUST_USE;
void imagefolder_close(struct imagefolder *f); /* NULL is fine */

/* The next file: a path that stays inside, valid until the next call; NULL at the end. */
enum err imagefolder_next(struct imagefolder *f, const char **path) MUST_USE;

/* Appends the file's next piece, at most 256 KiB or one page of rows; nothing at its end. */
enum err imagefolder_read(struct imagefolder *f, struct buf *piece) MUST_USE;

/* Bytes of the file last given, -1 when not known before it is read. */
int64_t imagefolder_size(const struct imagefolder *f);

#endif
