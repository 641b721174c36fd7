/* stream - bytes pulled from a file, an archive entry or memory, without knowing which.
 *
 *     size_t got;
 *     TRY(in.read(in.context, room, sizeof room, &got));     // got 0: the end
 *
 * The context belongs to whoever made the stream and must outlive its use. */
#ifndef EXEMPLAR_FORMATS_STREAM_H
#define EXEMPLAR_FORMATS_STREAM_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

struct stream {
    enum err (*read)(void *context, void *room, size_t n, size_t *got);
    void *context;
};

/* Reads an open file descriptor, which stays the caller's: the context points to an int. */
enum err stream_read_fd(void *context, void *room, size_t n, size_t *got) MUST_USE;

/* Bytes in memory. `at` starts at 0. */
struct stream_memory {
    const char *bytes;
    size_t n;
    size_t at;
};
enum err stream_read_memory(void *context, void *room, size_t n, size_t *got) MUST_USE;

/* Appends everything to `b`; ERR_TOO_LARGE when the stream holds more than b->max. */
enum err stream_read_all(struct buf *b, const struct stream *in) MUST_USE;

#endif
