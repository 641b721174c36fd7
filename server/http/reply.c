#include "http/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/credential.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Data is never a page: whatever a browser takes it for, it may load and run nothing. */
static const char POLICY[] = "default-src 'none'; frame-ancestors 'none'";
static const char POLICY_MEDIA[] = "default-src 'none'; sandbox";

enum { PIECE_MAX = 16 * 1024 * 1024, BLOCK_BYTES = 64 * 1024 };

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value) MHD_add_response_header(response, name, value);
}

void headers_add(struct MHD_Response *response, const char *policy)
{
    add(response, "Content-Security-Policy", policy);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "Referrer-Policy", "no-referrer");
    add(response, "Cross-Origin-Opener-Policy", "same-origin");
    add(response, "Cross-Origin-Resource-Policy", "same-origin");
}

/* A body that is pulled while it is sent. */
struct pull {
    struct reply_stream *stream;
    struct buf piece;
    size_t at;
};

static ssize_t pull_read(void *context, uint64_t position, char *room, size_t n)
{
    struct pull *p = context;

    (void)position;
    if (p->at == p->piece.size) {
        buf_clear(&p->piece);
        p->at = 0;
        if (p->stream->next(p->stream, &p->piece)) {
            /* The status is sent already: a broken connection is the only way to say it. */
            log_line(LOG_ERROR, "a download broke off: %s", err_message());
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (!p->piece.size) return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (n > p->piece.size - p->at) n = p->piece.size - p->at;
    memcpy(room, p->piece.data + p->at, n);
    p->at += n;
    return (ssize_t)n;
}

static void pull_free(void *context)
{
    struct pull *p = context;

    p->stream->close(p->stream);
    buf_free(&p->piece);
    free(p);
}

static enum err from_stream(struct reply *r, struct MHD_Response **response)
{
    struct pull *p = calloc(1, sizeof *p);

    NEED(p);
    buf_init(&p->piece, PIECE_MAX);
    p->stream = r->stream;
    r->stream = NULL;
    *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, pull_read, p,
                                                  pull_free);
    if (*response) return OK;
    pull_free(p);
    return fail_nomem();
}

static enum err from_file(const struct reply *r, struct MHD_Response **response)
{
    int fd = open(r->file, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0) return fail(ERR_CORRUPT, "a stored file is missing: %m");
    if (fstat(fd, &st)) {
        close(fd);
        return fail(ERR_IO, "a stored file cannot be read: %m");
    }
    *response = MHD_create_response_from_fd64((uint64_t)st.st_size, fd); /* closes it */
    if (*response) return OK;
    close(fd);
    return fail_nomem();
}

static enum err from_bytes(struct reply *r, struct MHD_Response **response)
{
    static char nothing[1];
    enum MHD_ResponseMemoryMode mode =
        r->body.size ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT;

    *response = MHD_create_response_from_buffer(r->body.size,
                                                r->body.size ? r->body.data : nothing, mode);
    NEED(*response);
    if (r->body.size) buf_init(&r->body, r->body.max); /* the bytes are the response's now */
    return OK;
}

static enum err body_of(struct exchange *x, struct MHD_Response **response)
{
    switch (x->reply.kind) {
    case REPLY_FILE:
        return from_file(&x->reply, response);
    case REPLY_STREAM:
        return from_stream(&x->reply, response);
    case REPLY_EVENTS:
        return events_subscribe(x->http->events, x, response);
    default:
        return from_bytes(&x->reply, response);
    }
}

/* attachment, with a name for old readers and one for all others. RFC 6266, RFC 8187. */
static char *disposition(struct arena *a, const char *name)
{
    size_t n = strlen(name) < 200 ? strlen(name) : 200;
    char *plain = arena_copy(a, name, n);
    char *coded = arena_alloc(a, 3 * n + 1);
    size_t at = 0;

    if (!plain || !coded) return NULL;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];
        bool is_safe = c > 0x20 && c < 0x7f && !strchr("\"\\%;*'()<>@,:/?=[]{}", c);
        if (is_safe) {
            coded[at++] = (char)c;
        } else {
            plain[i] = c == ' ' ? ' ' : '_';
            at += (size_t)snprintf(coded + at, 4, "%%%02X", c);
        }
    }
    return arena_printf(a, "attachment; filename=\"%s\"; filename*=UTF-8''%s", plain, coded);
}

/* An empty value ends the cookie. Strict also for the one of a sign-in at a provider: the page to
 * which the browser comes back sends the answer itself, from our own site. */
static char *cookie(const struct exchange *x, const char *name, const char *path,
                    const char *value, long long age_s)
{
    return arena_printf(x->req.arena,
                        "%s=%s; Path=%s; HttpOnly; SameSite=Strict; Max-Age=%lld%s", name,
                        value, path, *value ? age_s : 0LL, x->http->tls_cert ? "; Secure" : "");
}

static const char *cache_control(const struct reply *r)
{
    if (r->is_kept && r->status < 400) return "private, max-age=31536000, immutable";
    return "no-store";
}

static void reply_headers(struct exchange *x, struct MHD_Response *response)
{
    const struct reply *r = &x->reply;
    struct arena *a = &x->arena;

    headers_add(response, r->is_kept || r->download ? POLICY_MEDIA
                          : r->policy               ? r->policy
                                                    : POLICY);
    if (r->status != 204 && r->status != 304) add(response, "Content-Type", r->mime);
    add(response, "Cache-Control", cache_control(r));
    add(response, "ETag", r->etag);
    if (r->download) add(response, "Content-Disposition", disposition(a, r->download));
    if (r->cookie)
        add(response, "Set-Cookie",
            cookie(x, "exemplar_session", "/", r->cookie, SESSION_MS / 1000));
    if (r->signin)
        add(response, "Set-Cookie",
            cookie(x, "exemplar_signin", "/api/v1/session/provider", r->signin, SIGNIN_S));
    if (r->retry_after_s) add(response, "Retry-After", arena_printf(a, "%u", r->retry_after_s));
    if (r->status == 401) add(response, "WWW-Authenticate", "Bearer");
    if (r->status == 405) add(response, "Allow", x->allow);
    if (r->kind == REPLY_EVENTS) add(response, "X-Accel-Buffering", "no");
}

static enum MHD_Result queue(struct exchange *x, struct MHD_Response *response)
{
    enum MHD_Result sent;

    if (http_is_stopping(x->http)) add(response, "Connection", "close");
    x->replied_us = clock_ticks_us();
    sent = MHD_queue_response(x->connection, (unsigned)x->reply.status, response);
    MHD_destroy_response(response);
    return sent;
}

enum MHD_Result exchange_reply(struct exchange *x)
{
    struct MHD_Response *response;
    enum err e = OK;

    if (x->asset) {
        e = asset_reply(x, x->asset, &response, &x->reply.status);
        if (!e) return queue(x, response);
    } else {
        e = body_of(x, &response);
    }
    if (e) {
        exchange_refuse(x, e); /* bytes now, so the next try can only fail for want of memory */
        if (body_of(x, &response)) return MHD_NO;
    }
    reply_headers(x, response);
    return queue(x, response);
}
