/* zip - a zip archive written into a buffer, piece by piece.
 *
 *     struct zip *z;
 *     TRY(zip_open(&z, &piece));                     // appends to `piece` from now on
 *     TRY(zip_begin(z, "train/cat/1.jpg", n, ZIP_STORED, at_ms));
 *     TRY(zip_add(z, bytes, n));                     // any number of times
 *     TRY(zip_end(z));                               // after the last entry
 *     zip_close(z);
 *
 * The caller empties the buffer between calls. ZIP_STORED for what does not shrink (pictures)
 * and needs its size; ZIP_PACKED otherwise, with size -1 when not known. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_ZIP_H
#define EXEMPLAR_FORMATS_ZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct zip;

enum zip_packing { ZIP_STORED, ZIP_PACKED };

enum err zip_open(struct zip **z, struct buf *out) MUST_USE;
enum err zip_begin(struct zip *z, const char *path, int64_t size, enum zip_packing packing,
                   int64_t at_ms) MUST_USE;
enum err zip_add(struct zip *z, const void *bytes, size_t n) MUST_USE;
enum err zip_end(struct zip *z) MUST_USE;
void zip_close(struct zip *z); /* NULL is fine */

/* Where it writes to from now on. */
void zip_turn(struct zip *z, struct buf *out);

#endif
