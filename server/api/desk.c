#include "api/desk.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "jobs/encode.h"
#include "jobs/prepare.h"
#include "jobs/worker.h"

#include <limits.h>
#include <string.h>

enum { ENCODE_AFTER_MS = 300 };

/* Uniform in [0, 1): nobody who asks can know it beforehand. */
static double chance(void)
{
    return (double)(random_u64() >> 11) * 0x1p-53;
}

enum err desk_consider(struct req *q, const struct endpoint *e, const struct desk_settings *set,
                       struct desk_case *c)
{
    struct earned earned = {.class_name = NULL};

    if (c->guess.model_id)
        TRY(store_earned_find(q->store, q->arena, e->id, c->guess.model_id, c->guess.class_name,
                              &earned));
    desk_decide(set, &c->guess, &earned, chance(), &c->decision);
    return OK;
}

bool desk_is_models(const struct desk_case *c)
{
    return c->decision.alone || !c->decision.asks;
}

/* One input with the files of its item. */
struct taking {
    struct desk_case *c;
    struct prepared prepared;
    bool is_text;
};

struct taken {
    struct req *q;
    const struct endpoint *endpoint;
    struct taking *all;
    size_t n;
};

static enum err bytes_prepare(struct req *q, struct project *p, struct taking *t)
{
    struct prepared *x = &t->prepared;

    t->is_text = p->kind == PROJECT_TEXT;
    x->entry.kind = t->is_text ? SOURCE_ROW : SOURCE_FILE;
    x->entry.path = strdup("request");
    buf_init(&x->entry.bytes, t->c->n + 1);
    NEED(x->entry.path);
    TRY(buf_add(&x->entry.bytes, t->c->bytes, t->c->n));
    prepare_hash(x, SOURCE_LIMITS_DEFAULT.text_max_bytes);
    if (!x->reason[0] && !t->is_text && x->item.format)
        return fail(ERR_INVALID,
                    "the input is no picture, and people at this endpoint are shown pictures");
    if (!x->reason[0]) prepare(x, q->service->data_folder);
    if (x->failed) return fail(x->failed, "%s", x->reason);
    return x->reason[0] ? fail(ERR_INVALID, "%s", x->reason) : OK;
}

static enum err files_flush(struct req *q, const struct taken *x)
{
    char media[PATH_MAX];
    int n_files = 0;

    for (size_t i = 0; i < x->n; i++)
        n_files += x->all[i].prepared.n_files;
    if (!n_files) return OK;
    snprintf(media, sizeof media, "%s/media", q->service->data_folder);
    return file_flush(media);
}

static enum err take_task(struct store *s, void *context)
{
    struct taken *x = context;
    const int64_t now_ms = clock_now_ms();

    for (size_t i = 0; i < x->n; i++) {
        struct taking *t = &x->all[i];
        const struct desk_ask ask = {.endpoint_id = x->endpoint->id,
                                     .project_id = x->endpoint->project_id,
                                     .guess = &t->c->guess,
                                     .decision = &t->c->decision,
                                     .item = t->prepared.item,
                                     .text = t->is_text ? t->prepared.entry.bytes.data : NULL};
        TRY(desk_ask(s, x->q->arena, &ask, now_ms, &t->c->asked));
    }
    return encode_queue(s, x->q->arena, x->endpoint->project_id, 0, ENCODE_WHEN_DUE,
                        ENCODE_AFTER_MS);
}

static enum err take(struct taken *x, struct project *p)
{
    for (size_t i = 0; i < x->n; i++) {
        TRY(bytes_prepare(x->q, p, &x->all[i]));
        x->all[i].prepared.item.meta = "{}";
    }
    TRY(files_flush(x->q, x));
    return api_write(x->q, take_task, x);
}

enum err desk_take(struct req *q, const struct endpoint *e, struct desk_case *cases, size_t n)
{
    struct taken x = {.q = q, .endpoint = e, .all = arena_array(q->arena, n, sizeof *x.all)};
    struct project p;
    enum err failed;

    NEED(x.all);
    memset(x.all, 0, n * sizeof *x.all);
    for (size_t i = 0; i < n; i++)
        if (cases[i].decision.asks) x.all[x.n++].c = &cases[i];
    if (!x.n) return OK;
    TRY(store_project_get(q->store, q->arena, e->project_id, &p));
    failed = take(&x, &p);
    for (size_t i = 0; i < x.n; i++)
        prepared_free(&x.all[i].prepared);
    if (!failed) jobs_wake(q->service->jobs);
    return failed;
}

void desk_encode(struct out *o, const struct endpoint *e, const struct asked *x)
{
    char id[UUID_TEXT];
    char poll[200];

    uuid_write(id, &x->key);
    snprintf(poll, sizeof poll, "/api/v1/endpoints/%s/requests/%s", e->name, id);
    out_text(o, "request", id);
    out_text(o, "state", asked_state_name(x->state));
    out_text(o, "class", x->answer);
    out_null(o, "probability");
    out_bool(o, "unknown", x->state == ASKED_DECLINED);
    out_text(o, "by", x->state == ASKED_WAITING ? NULL : "people");
    out_text(o, "poll", poll);
}

enum err desk_wait_s(const struct req *q, const struct desk_settings *set, int64_t *wait_s)
{
    return req_query_int(q, "wait", set->wait_s, 0, DESK_WAIT_S_MAX, wait_s);
}

static bool any_waits(const struct desk_waiting *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (!desk_is_models(&w->cases[i]) && w->cases[i].asked.state == ASKED_WAITING)
            return true;
    return false;
}

static enum err look_again(struct req *q, struct reply *r, bool *done)
{
    struct desk_waiting *w = r->wait->context;
    struct asked *x = &w->cases[0].asked;
    struct asked now;

    TRY(store_asked_find(q->store, q->arena, w->endpoint->id, &x->key, &now));
    *done = now.id && now.state != ASKED_WAITING;
    if (!*done) return OK;
    *x = now;
    r->status = 200;
    buf_clear(&r->body);
    return w->again(q, r, w->context);
}

enum err desk_wait(struct req *q, struct reply *r, const struct desk_waiting *w)
{
    struct reply_wait *wait;
    struct desk_waiting *kept;

    if (!any_waits(w)) return OK;
    r->status = 202;
    if (w->n != 1 || !w->wait_s) return OK;
    wait = arena_alloc(q->arena, sizeof *wait);
    kept = arena_alloc(q->arena, sizeof *kept);
    NEED(wait && kept);
    *kept = *w;
    *wait = (struct reply_wait){.until_ticks = clock_ticks_ms() + w->wait_s * 1000,
                                .look = look_again,
                                .context = kept};
    r->wait = wait;
    return OK;
}
