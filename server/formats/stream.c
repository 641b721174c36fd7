#include "formats/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

enum err stream_read_fd(void *context, void *room, size_t n, size_t *got)
{
    const int *fd = context;
    ssize_t done;

    do
        done = read(*fd, room, n);
    while (done < 0 && errno == EINTR);
    if (done < 0) return fail(ERR_IO, "cannot be read: %m");
    *got = (size_t)done;
    return OK;
}

enum err stream_read_memory(void *context, void *room, size_t n, size_t *got)
{
    struct stream_memory *m = context;

    *got = m->n - m->at < n ? m->n - m->at : n;
    if (*got) memcpy(room, m->bytes + m->at, *got);
    m->at += *got;
    return OK;
}

enum err stream_read_all(struct buf *b, const struct stream *in)
{
    for (;;) {
        size_t want = b->max - b->size < PIECE ? b->max - b->size : PIECE;
        size_t got = 0;
        char past_end;

        if (!want) { /* full: only the end is still right */
            TRY(in->read(in->context, &past_end, 1, &got));
            if (got) return fail(ERR_TOO_LARGE, "larger than the limit of %zu bytes", b->max);
            return OK;
        }
        TRY(buf_reserve(b, want));
        TRY(in->read(in->context, b->data + b->size, want, &got));
        if (!got) return OK;
        b->size += got;
        b->data[b->size] = '\0';
    }
}
