#include "api/queued.h"

#include "api/encode.h"
#include "base/clock.h"

enum err reply_job(struct reply *r, const struct job *j)
{
    struct out o = out_to(&r->body);

    r->status = 202;
    r->after = after_job;
    out_object(&o, NULL);
    encode_job(&o, "job", j);
    out_end(&o);
    return out_done(&o);
}

enum err reply_queued(struct req *q, struct reply *r, const char *kind, const char *params,
                      enum job_adding adding)
{
    struct job j = {.kind = kind, .params = params, .total = -1, .user_id = q->user.id};
    struct project p;

    NEED(params);
    TRY(req_id(q, "project", &j.project_id));
    TRY(store_project_get(q->store, q->arena, j.project_id, &p));
    TRY(job_add(q->store, q->arena, &j, adding, clock_now_ms()));
    return reply_job(r, &j);
}
