#include "api/handlers.h"
#include "formats/audit_rows.h"

#include <stdlib.h>

enum { PAGE = 100, PAGE_MAX = 500 };

/* Whose rows: of the project in the path, of one person, or all. */
static enum err of_read(struct req *q, enum audit_of *of, int64_t *id)
{
    *of = AUDIT_OF_PROJECT;
    if (req_param(q, "project")) return req_id(q, "project", id);
    TRY(req_query_int(q, "user", 0, 1, INT64_MAX, id));
    *of = *id ? AUDIT_OF_USER : AUDIT_OF_ALL;
    return OK;
}

static enum err encode_rows(struct req *q, struct reply *r, const struct audit_row *rows,
                            size_t n, int64_t next)
{
    struct out o = out_to(&r->body);

    out_object(&o, NULL);
    out_list(&o, "rows");
    for (size_t i = 0; i < n; i++) {
        struct buf text;
        enum err e;

        buf_init(&text, 1 * MIB);
        e = audit_row_write(&text, q->arena, &rows[i]);
        if (!e) out_json(&o, NULL, text.data);
        buf_free(&text);
        if (e) return e;
    }
    out_end(&o);
    out_id(&o, "next", next);
    out_end(&o);
    return out_done(&o);
}

enum err audit_list(struct req *q, struct reply *r)
{
    struct audit_row *rows;
    enum audit_of of;
    int64_t id;
    int64_t before;
    int64_t limit;
    size_t n;

    TRY(of_read(q, &of, &id));
    TRY(req_query_int(q, "after", INT64_MAX, 1, INT64_MAX, &before));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(store_audit_before(q->store, q->arena, of, id, before, (size_t)limit, &rows, &n));
    return encode_rows(q, r, rows, n, n == (size_t)limit ? rows[n - 1].seq : 0);
}

/* Pulled while it is sent, from a store of its own. */
struct download {
    struct reply_stream stream;
    struct store *store;
    struct audit_rows rows;
};

static enum err download_next(struct reply_stream *s, struct buf *b)
{
    struct download *d = (struct download *)s;

    return audit_rows_next(&d->rows, d->store, b);
}

static void download_close(struct reply_stream *s)
{
    store_close(((struct download *)s)->store);
    free(s);
}

enum err audit_export(struct req *q, struct reply *r)
{
    static const char *const FORMATS[] = {"jsonl", "csv", NULL};
    struct download *d;
    int format;
    enum err e;

    TRY(req_query_word(q, "format", FORMATS, AUDIT_JSONL, &format));
    d = calloc(1, sizeof *d);
    NEED(d);
    d->stream = (struct reply_stream){download_next, download_close};
    d->rows.format = (enum audit_format)format;
    e = store_open(&d->store, q->service->data_folder, STORE_READ);
    if (e) {
        download_close(&d->stream);
        return e;
    }
    r->kind = REPLY_STREAM;
    r->stream = &d->stream;
    r->mime = format == AUDIT_CSV ? "text/csv; charset=utf-8" : "application/jsonl";
    r->download = format == AUDIT_CSV ? "audit.csv" : "audit.jsonl";
    return OK;
}
