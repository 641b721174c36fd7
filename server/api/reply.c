#include "api/api.h"
#include "domain/audit.h"
#include "store/writer.h"

#include <string.h>

/* The usual status and title of each code. */
static const struct {
    int status;
    const char *title;
} PROBLEMS[ERR_COUNT] = {
    [ERR_INVALID] = {422, "The input is not valid"            },
    [ERR_NOT_FOUND] = {404, "Not found"                         },
    [ERR_CONFLICT] = {409, "In conflict with the present state"},
    [ERR_DENIED] = {403, "Not allowed"                       },
    [ERR_UNAUTHORISED] = {401, "Not signed in"                     },
    [ERR_TOO_LARGE] = {413, "Too large"                         },
    [ERR_BUSY] = {503, "Busy"                              },
    [ERR_IO] = {500, "The disk or the system refused"    },
    [ERR_NOMEM] = {500, "Out of memory"                     },
    [ERR_CORRUPT] = {500, "Stored data is damaged"            },
    [ERR_CANCELLED] = {409, "Cancelled"                         },
};

void reply_init(struct reply *r)
{
    *r = (struct reply){.status = 200, .mime = "application/json"};
    buf_init(&r->body, REPLY_MAX);
}

void reply_clear(struct reply *r)
{
    buf_free(&r->body);
    if (r->stream) r->stream->close(r->stream);
    reply_init(r);
}

void reply_problem(struct reply *r, enum err e, const char *detail)
{
    reply_problem_as(r, PROBLEMS[e].status, e, detail);
}

void reply_problem_as(struct reply *r, int status, enum err e, const char *detail)
{
    struct out o;

    reply_clear(r);
    o = out_to(&r->body);
    r->status = status;
    r->mime = "application/problem+json";
    if (e == ERR_BUSY) r->retry_after_s = 1;
    out_object(&o, NULL);
    out_text(&o, "type", "about:blank");
    out_text(&o, "title", status == 405 ? "Method not allowed" : PROBLEMS[e].title);
    out_int(&o, "status", status);
    out_text(&o, "code", err_name(e));
    out_text(&o, "detail", detail);
    out_end(&o);
    /* Without memory for a sentence the status alone must do. */
    if (out_done(&o)) buf_free(&r->body);
}

static struct actor actor_of(const struct req *q)
{
    return (struct actor){.user_id = q->user.id,
                          .via = q->token.id ? VIA_TOKEN : VIA_BROWSER,
                          .token_id = q->token.id};
}

struct run {
    struct req *q;
    struct reply *r;
};

static enum err run_task(struct store *s, void *context)
{
    const struct run *x = context;

    (void)s; /* is x->q->store */
    return x->q->route->run(x->q, x->r);
}

enum err api_run(struct req *q, struct reply *r)
{
    const struct actor who = actor_of(q);
    struct run x = {q, r};

    reply_clear(r);
    if (q->route->lane != WRITE) return q->route->run(q, r);
    return audit_for(q->store, &who, run_task, &x);
}

struct write {
    struct actor who;
    enum err (*task)(struct store *s, void *context);
    void *context;
};

static enum err write_task(struct store *s, void *context)
{
    struct write *x = context;

    return audit_for(s, &x->who, x->task, x->context);
}

enum err api_write(struct req *q, enum err (*task)(struct store *s, void *context),
                   void *context)
{
    struct write x = {actor_of(q), task, context};

    return writer_do(q->service->writer, write_task, &x);
}

/* If-None-Match: "*", or a list of tags, each possibly weak. RFC 9110, 13.1.2. */
static bool has_tag(const char *list, const char *etag)
{
    return !strcmp(list, "*") || strstr(list, etag);
}

static const char *etag_of(struct arena *a, const struct buf *body)
{
    struct hash h;
    char hex[HASH_HEX];

    hash_of(&h, body->data, body->size);
    hash_hex(hex, &h);
    return arena_printf(a, "\"%.32s\"", hex);
}

void reply_validate(const struct req *q, struct reply *r)
{
    if (q->route->method != GET || r->status != 200) return;
    if (r->kind == REPLY_BYTES && !r->etag && !strcmp(r->mime, "application/json"))
        r->etag = etag_of(q->arena, &r->body);
    if (!r->etag || !q->if_none_match || !has_tag(q->if_none_match, r->etag)) return;
    r->status = 304;
    r->kind = REPLY_BYTES;
    buf_free(&r->body);
}
