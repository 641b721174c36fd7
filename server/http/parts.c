#include "http/parts.h"

static enum err part_begin(void *context, const char *file_name)
{
    struct parts *p = context;

    (void)file_name;
    if (p->n == p->max)
        return fail(ERR_TOO_LARGE, "more than %zu parts; send them in several requests",
                    p->max);
    p->begin[p->n++] = p->body->size;
    return OK;
}

static enum err part_bytes(void *context, const char *bytes, size_t n)
{
    struct parts *p = context;

    return buf_add(p->body, bytes, n);
}

static enum err part_end(void *context)
{
    (void)context; /* the next one's beginning, or the body's end, says where it ended */
    return OK;
}

enum err parts_open(struct parts **out, struct arena *a, const char *content_type, size_t max,
                    struct buf *body)
{
    struct parts *p = arena_alloc(a, sizeof *p);

    NEED(p);
    *p = (struct parts){.body = body,
                        .max = max,
                        .part = arena_array(a, max, sizeof *p->part),
                        .begin = arena_array(a, max, sizeof *p->begin)};
    if (!p->part || !p->begin) return fail_nomem();
    *out = p;
    return multipart_init(&p->multipart, content_type,
                          &(struct multipart_sink){p, part_begin, part_bytes, part_end});
}

enum err parts_push(struct parts *p, const char *bytes, size_t n)
{
    return multipart_push(&p->multipart, bytes, n);
}

enum err parts_end(struct parts *p)
{
    TRY(multipart_end(&p->multipart));
    for (size_t i = 0; i < p->n; i++) {
        const size_t end = i + 1 < p->n ? p->begin[i + 1] : p->body->size;

        p->part[i] = (struct req_part){p->body->data + p->begin[i], end - p->begin[i]};
    }
    return OK;
}
