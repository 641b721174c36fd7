/* Any multipart body in any pieces: the same parts are heard whole and byte by byte, and the
 * sink is called in order. The first byte is the size of the pieces. */
#include "base/buf.h"
#include "http/multipart.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    struct buf text;
    int is_open;
};

static enum err heard_begin(void *context, const char *name)
{
    struct heard *h = context;

    assert(!h->is_open++);
    return buf_printf(&h->text, "<%s>", name ? name : "");
}

static enum err heard_bytes(void *context, const char *bytes, size_t n)
{
    struct heard *h = context;

    assert(h->is_open && n);
    return buf_add(&h->text, bytes, n);
}

static enum err heard_end(void *context)
{
    struct heard *h = context;

    assert(h->is_open--);
    return buf_adds(&h->text, "</>");
}

static enum err parse(struct heard *h, const char *body, size_t n, size_t step)
{
    struct multipart_sink sink = {h, heard_begin, heard_bytes, heard_end};
    struct multipart m;

    TRY(multipart_init(&m, "multipart/form-data; boundary=x-x", &sink));
    for (size_t at = 0; at < n; at += step)
        TRY(multipart_push(&m, body + at, at + step < n ? step : n - at));
    return multipart_end(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole = {.is_open = 0};
    struct heard cut = {.is_open = 0};
    enum err a;
    enum err b;

    if (!size) return 0;
    buf_init(&whole.text, 8 * 1024 * 1024);
    buf_init(&cut.text, 8 * 1024 * 1024);
    a = parse(&whole, (const char *)data + 1, size - 1, size);
    b = parse(&cut, (const char *)data + 1, size - 1, (size_t)data[0] % 16 + 1);
    assert(a == b);
    if (!a) assert(whole.text.size == cut.text.size);
    if (!a && whole.text.size) assert(!memcmp(whole.text.data, cut.text.data, cut.text.size));
    buf_free(&whole.text);
    buf_free(&cut.text);
    return 0;
}
