/* api - what a route's handler is given, and what it gives back. No word of HTTP's wire here: the
 * layer below this one's callers, server/http, reads requests and sends replies.
 *
 *     enum err item_get(struct req *q, struct reply *r)
 *     {
 *         struct item it;
 *         int64_t id;
 *         TRY(req_id(q, "item", &id));                           // decode
 *         TRY(item_read(q->store, q->arena, id, &it));           // one call of the domain
 *         struct out o = out_to(&r->body);                       // encode
 *         encode_item(&o, NULL, &it);
 *         return out_done(&o);
 *     }
 *
 * A handler that returns an error has its code and sentence made into a problem (RFC 9457); it
 * does not write one itself. Its signature is the same in every lane; only q->store differs.
 * Threads: a request belongs to one thread at a time. */
#ifndef EXEMPLAR_API_API_H
#define EXEMPLAR_API_API_H

#include "api/out.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "domain/identity.h"
#include "domain/user.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct req;
struct reply;
struct store;
struct writer;
struct jobs;
struct guesses;
struct provider;
struct metrics;
struct lives;
struct seen_log;
struct rates;

enum method { GET, POST, PUT, PATCH, DELETE, METHODS };

/* Who may call. Each role may do what those before it may. */
enum least {
    ANYONE,    /* not signed in */
    CALLER,    /* of an endpoint: whom it lets in (admit.c), also without an account */
    ANNOTATOR, /* signed in; the roles of domain/user.h from here on */
    REVIEWER,
    MANAGER,
    ADMIN,
    OPERATOR, /* an admin, or any program on this machine itself (monitoring) */
};

enum lane {
    READ,    /* on the connection's thread, q->store reads: up to a few milliseconds */
    WRITE,   /* a task of the writer, inside its savepoint; answered after the commit */
    OUTSIDE, /* asking another server: one thread behind a short queue, so that nothing else
                waits for a network; q->store reads */
    INTAKE, /* taking in what was uploaded: one thread likewise, so that pictures that are decoded
                keep nobody from signing in; q->store reads */
    SLOW, /* hashing passwords, reading all latents: one thread behind a short queue; q->store reads */
    PREDICT, /* a model's answer, some milliseconds of arithmetic: a thread per processor behind a
                short queue; q->store reads */
    BATCH,   /* many answers at once, up to seconds: one thread of low priority behind a short
                queue. No route's lane: a PREDICT request with more than one input comes here */
};

enum body {
    NONE,
    JSON,   /* an object, parsed into q->body */
    UPLOAD, /* one file or many, on disk below q->upload.folder */
    BYTES,  /* as sent, in q->bytes; of multipart/form-data each part, in q->parts */
};

typedef enum err (*handler)(struct req *q, struct reply *r);

struct route {
    enum method method;
    const char *pattern; /* "/api/v1/items/{item}": a part in braces is a parameter */
    enum least least;    /* in the project, where there is one */
    enum lane lane;
    enum body body;
    size_t body_max; /* bytes of a body; 0 of an upload: the server's limit */
    handler run;
    enum scope scope; /* 0: as route_scope says */
};

enum { PARAMS_MAX = 3, QUERY_MAX = 16, SEGMENT_MAX = 200, REPLY_MAX = 64 * 1024 * 1024 };
enum { PREDICT_BATCH_MAX = 1000, PREDICT_BODY_MAX = 64 * 1024 * 1024 };

struct pair {
    const char *name;
    const char *value;
};

/* What the handlers share; owned by the server. */
struct service {
    const char *data_folder;
    struct writer *writer;
    struct jobs *jobs;
    struct guesses *guesses;
    struct metrics *metrics;
    struct lives *lives;       /* predictors in memory */
    struct seen_log *seen;     /* a sample of what is asked of endpoints */
    bool webhooks_anywhere;    /* whoever runs the server lets them go to private addresses */
    struct rates *rates;       /* what callers of endpoints have left */
    struct provider *provider; /* of identities; NULL: people sign in by password alone */
    enum newcomers newcomers;  /* whether it may bring people whom nobody invited */
};

/* Files received, below a folder of their own. It is removed again unless the handler succeeds;
 * then it belongs to the job that the handler made. */
struct upload {
    const char *folder; /* absolute */
    const char
        *only; /* the file's own path when one was sent, without sub-folders; else NULL */
};

/* One part of a multipart body. */
struct req_part {
    const char *bytes;
    size_t n;
};

struct req {
    struct arena *arena;
    struct store *store;
    const struct service *service;
    const struct route *route;
    struct pair params[PARAMS_MAX + 1]; /* in the pattern's order; a NULL name ends them */
    struct pair query[QUERY_MAX + 1];
    size_t n_query;
    const json_t *body;
    const char *content_type; /* of what is not JSON; "" when not sent */
    const char *bytes;        /* of BYTES; never NULL there */
    size_t n_bytes;
    const struct req_part *parts; /* of BYTES sent as multipart/form-data; else none */
    size_t n_parts;
    const char *if_none_match; /* or NULL */
    const char *accept;        /* likewise */
    struct upload upload;
    struct user user;    /* id 0: not signed in */
    const char *session; /* the secret of the cookie in use, or NULL */
    struct token token;  /* the one in use; id 0: none */
    const char *signin;  /* the cookie of a sign-in begun at a provider, or NULL */
    const char *address; /* of the client, for counting wrong guesses */
    bool is_local;       /* straight from this machine, with no proxy between */
};

/* A reply that would rather wait a little: the body is there already and true, and `look` is called
 * again whenever something was committed, until it says done or the time is up; then the body is sent as it
 * is. The connection rests meanwhile, and no thread is held; where too many rest already (http_limits)
 * the body is sent at once. `look` runs on a thread of the server's own, one at a time, with a
 * reading store: some tens of microseconds. It may rewrite the body and the status. */
struct reply_wait {
    int64_t until_ticks; /* clock_ticks_ms */
    enum err (*look)(struct req *q, struct reply *r, bool *done);
    void *context; /* of the handler, in the request's arena */
};

struct reply_stream; /* a body made piece by piece while it is sent */

enum reply_kind { REPLY_BYTES, REPLY_FILE, REPLY_STREAM, REPLY_EVENTS };

struct reply {
    enum reply_kind kind;
    int status;
    const char *mime;
    struct buf body;
    const char *etag;       /* with its quotes */
    const char *download;   /* file name to offer, any characters; NULL: shown in place */
    const char *policy;     /* Content-Security-Policy of a page; NULL: that of data */
    const char *cookie;     /* secret of a new session; "" ends the one in use; NULL: neither */
    const char *signin;     /* the same for a sign-in begun at a provider */
    unsigned retry_after_s; /* 0: not sent */
    bool is_kept;     /* may be cached for ever by this one browser: named by its content */
    const char *file; /* REPLY_FILE: path */
    struct reply_stream *stream; /* REPLY_STREAM */
    int64_t project;             /* REPLY_EVENTS: whose changes */
    struct reply_wait *wait;     /* in the lanes that rest; NULL: sent at once */
    /* Called once after the reply is certain, in the write lane after the commit: for waking
     * whoever works on what was written. Must be quick. NULL: nothing. */
    void (*after)(const struct service *service, int64_t project);
};

/* Appends the next piece of the body to `b` (some tens of KiB); none appended: the end. */
struct reply_stream {
    enum err (*next)(struct reply_stream *s, struct buf *b);
    void (*close)(struct reply_stream *s); /* also gives back the stream itself */
};

/* What a token must be allowed to call it. */
enum scope route_scope(const struct route *r);

/* The routes, in the order of docs and of `exemplar routes`. */
extern const struct route ROUTES[];
extern const size_t ROUTES_N;

const char *method_name(enum method m);
const char *least_name(enum least l);

/* One line per route: method, pattern, least role, scope, lane, body and its limit. */
void routes_print(FILE *f);

/* The route of `path`, its parameters copied into `a`. ERR_NOT_FOUND when no pattern fits.
 * When one fits but not with this method: OK and *route NULL, `allow` then lists those it has. */
enum err route_find(struct arena *a, enum method m, const char *path,
                    const struct route **route, struct pair params[PARAMS_MAX + 1],
                    const char **allow) MUST_USE;

/* Whether this person may call this route: the one place where that is decided. A route is a
 * project's when its path names a project, an item or a job; then the role there counts, and to a
 * stranger (ERR_NOT_FOUND) the project is not there. For others the role of the account counts;
 * when their query names a project, the role there has to suffice too. A token
 * must have the route's scope beside; one made for a project opens nothing else. `s` reads. */
enum err api_admit(struct req *q, struct store *s) MUST_USE;

/* Where this request is to run: its route's lane, or BATCH. */
enum lane api_lane(const struct req *q);

/* Runs the route's handler. On failure the reply stays empty; the caller makes it a problem with
 * reply_problem once nothing can fail any more. Safe to call again for the same request. */
enum err api_run(struct req *q, struct reply *r) MUST_USE;

/* Runs a task on the writer and waits, for a handler of another lane; what it does is told of as
 * the doing of whoever asks. */
enum err api_write(struct req *q, enum err (*task)(struct store *s, void *context),
                   void *context) MUST_USE;

/* The problem that says `e` with its usual status, and `detail` as its sentence. */
void reply_problem(struct reply *r, enum err e, const char *detail);

/* The same under another status, as 400 for a body that is no JSON. */
void reply_problem_as(struct reply *r, int status, enum err e, const char *detail);

/* Makes a 200 into a 304 when the client has these very bytes already; gives JSON its ETag. */
void reply_validate(const struct req *q, struct reply *r);

void reply_init(struct reply *r);
void reply_clear(
    struct reply *r); /* back to as it was after init; gives memory and stream back */

/* A number from the path: ERR_NOT_FOUND with the parameter's name when it is none. */
enum err req_id(const struct req *q, const char *name, int64_t *id) MUST_USE;
const char *req_param(const struct req *q, const char *name);
const char *req_query(const struct req *q, const char *name); /* NULL when not given */
enum err req_query_int(const struct req *q, const char *name, int64_t none, int64_t min,
                       int64_t max, int64_t *value) MUST_USE;

/* Are the bytes of a body JSON, by their type or, where none was told, by how they begin? */
bool req_is_json(const struct req *q);

/* The place of the query's word in `words` (NULL ends them), `none` when not given. */
enum err req_query_word(const struct req *q, const char *name, const char *const *words,
                        int none, int *at) MUST_USE;

/* after-functions for struct reply */
void after_job(const struct service *service, int64_t project);
void after_queue(const struct service *service, int64_t project);

#endif
