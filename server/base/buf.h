/* buf - bytes that grow, up to a maximum they are born with.
 *
 *     struct buf b;
 *     buf_init(&b, 8 * MIB);
 *     TRY(buf_printf(&b, "%d rows\n", n));
 *     ...
 *     buf_free(&b);
 *
 * `data` always ends in a 0 byte that `size` does not count. Past the maximum: ERR_TOO_LARGE,
 * and what was there stays. Threads: one at a time. */
#ifndef EXEMPLAR_BASE_BUF_H
#define EXEMPLAR_BASE_BUF_H

#include "base/err.h"

#include <stddef.h>

struct buf {
    char *data; /* NULL until the first byte */
    size_t size;
    size_t room;
    size_t max;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);  /* may be used again, with the same maximum */
void buf_clear(struct buf *b); /* size 0, memory kept */

enum err buf_add(struct buf *b, const void *bytes, size_t n) MUST_USE;
enum err buf_adds(struct buf *b, const char *text) MUST_USE;
enum err buf_printf(struct buf *b, const char *format, ...) MUST_USE
    __attribute__((format(printf, 2, 3)));

/* Room for n more bytes at data + size; the writer then adds what it wrote to size. */
enum err buf_reserve(struct buf *b, size_t n) MUST_USE;

#endif
