#include "formats/idx.h"

#include "base/arena.h"
#include "formats/unpack.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC = 4, SIZE = 4, UNSIGNED_BYTE = 8 };

static const size_t FILE_MAX = 2 * GIB;

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum err sizes_check(const struct idx *x, size_t n_values)
{
    size_t each = (size_t)x->width * x->height;
    size_t all;

    if (!x->width || !x->height)
        return fail(ERR_INVALID, "the pictures of this IDX file have no pixels (%u x %u)",
                    x->width, x->height);
    if (x->width > IDX_SIDE_MAX || x->height > IDX_SIDE_MAX)
        return fail(ERR_TOO_LARGE,
                    "the pictures of this IDX file are said to be %u x %u pixels; the limit "
                    "is %d a side",
                    x->width, x->height, IDX_SIDE_MAX);
    if (__builtin_mul_overflow(x->n, each, &all) || all != n_values)
        return fail(ERR_INVALID,
                    "the header of this IDX file promises %zu entries of %zu bytes, but %zu "
                    "bytes follow it; the file is cut or damaged",
                    x->n, each, n_values);
    return OK;
}

enum err idx_parse(struct idx *x, const void *bytes, size_t n, enum idx_kind kind)
{
    const uint8_t *p = bytes;
    const uint8_t dimensions = kind == IDX_IMAGES ? 3 : 1;
    const size_t header = MAGIC + (size_t)dimensions * SIZE;

    *x = (struct idx){0};
    if (n < header)
        return fail(ERR_INVALID, "%zu bytes are too few for the header of an IDX file", n);
    if (p[0] || p[1] || p[2] != UNSIGNED_BYTE || p[3] != dimensions)
        return fail(ERR_INVALID,
                    "not an IDX file of %s: it starts with %02x %02x %02x %02x, expected 00 00 "
                    "08 %02x",
                    kind == IDX_IMAGES ? "pictures" : "labels", p[0], p[1], p[2], p[3],
                    dimensions);
    x->n = number_at(p + MAGIC);
    x->height = kind == IDX_IMAGES ? number_at(p + MAGIC + SIZE) : 1;
    x->width = kind == IDX_IMAGES ? number_at(p + MAGIC + SIZE + SIZE) : 1;
    x->values = p + header;
    return sizes_check(x, n - header);
}

static enum err unpacked(struct buf *b, int fd)
{
    struct unpack *u;
    struct unpack_entry entry;
    enum err e;

    TRY(unpack_open(&u, fd, UNPACK_ONE_FILE, &UNPACK_LIMITS_DEFAULT));
    e = unpack_next(u, &entry);
    if (!e) e = stream_read_all(b, unpack_stream(u));
    unpack_close(u);
    return e;
}

enum err idx_read(struct idx *x, const char *path, enum idx_kind kind)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct buf bytes;
    enum err e;

    *x = (struct idx){0};
    if (fd < 0) return fail(ERR_NOT_FOUND, "%s: %m", path);
    buf_init(&bytes, FILE_MAX);
    e = unpacked(&bytes, fd);
    close(fd);
    if (!e) e = idx_parse(x, bytes.data, bytes.size, kind);
    x->bytes = bytes;
    if (!e) return OK;
    idx_free(x);
    return fail_in(e, "%s", path);
}

void idx_free(struct idx *x)
{
    buf_free(&x->bytes);
    *x = (struct idx){0};
}
