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

/* The buffer is full: only the end is still right. */
static enum err end_expect(const struct buf *b, const struct stream *in)
{
    char past_end;
    size_t got = 0;

    TRY(in->read(in->context, &past_end, 1, &got));
    return got ? fail(ERR_TOO_LARGE, "larger than the limit of %zu bytes", b->max) : OK;
}

enum err stream_read_all(struct buf *b, const struct stream *in)
{
    size_t got = 1;

    while (got) {
        size_t want = b->max - b->size < PIECE ? b->max - b->size : PIECE;

        if (!want) return end_expect(b, in);
        TRY(buf_reserve(b, want));
        TRY(in->read(in->context, b->data + b->size, want, &got));
        b->size += got;
        b->data[b->size] = '\0';
    }
    return OK;
}
