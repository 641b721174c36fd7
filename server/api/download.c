#include "api/download.h"

#include <stdlib.h>

struct download {
    struct reply_stream stream;
    struct store *store;
    struct export *export;
};

static enum err download_next(struct reply_stream *s, struct buf *b)
{
    return export_next(((struct download *)s)->export, b);
}

static void download_close(struct reply_stream *s)
{
    struct download *d = (struct download *)s;

    export_close(d->export);
    store_close(d->store);
    free(d);
}

enum err download_open(struct req *q, int64_t project, const struct export_options *options,
                       struct reply_stream **stream)
{
    struct download *d = calloc(1, sizeof *d);
    enum err e;

    NEED(d);
    d->stream = (struct reply_stream){download_next, download_close};
    e = store_open(&d->store, q->service->data_folder, STORE_READ);
    if (!e) e = export_open(&d->export, d->store, project, options);
    if (e)
        download_close(&d->stream);
    else
        *stream = &d->stream;
    return e;
}
