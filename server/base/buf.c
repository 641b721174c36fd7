#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->size = 0;
    if (b->data) b->data[0] = '\0';
}

enum err buf_reserve(struct buf *b, size_t n)
{
    size_t room = b->room ? b->room : 256;
    char *p;

    if (n > b->max - b->size)
        return fail(ERR_TOO_LARGE, "more than the limit of %zu bytes", b->max);
    if (b->room > b->size + n) return OK;
    while (room <= b->size + n)
        room *= 2;
    p = realloc(b->data, room);
    NEED(p);
    b->data = p;
    b->room = room;
    b->data[b->size] = '\0';
    return OK;
}

enum err buf_add(struct buf *b, const void *bytes, size_t n)
{
    TRY(buf_reserve(b, n));
    if (n) memcpy(b->data + b->size, bytes, n);
    b->size += n;
    b->data[b->size] = '\0';
    return OK;
}

enum err buf_adds(struct buf *b, const char *text)
{
    return buf_add(b, text, strlen(text));
}

enum err buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    TRY(buf_reserve(b, (size_t)n + 1));
    va_start(args, format);
    vsnprintf(b->data + b->size, (size_t)n + 1, format, args);
    va_end(args);
    b->size += (size_t)n;
    return OK;
}
