#include "api/handlers.h"
#include "api/queued.h"
#include "store/label.h"
#include "store/project.h"
#include "store/trait.h"

enum { SINCE_MAX = 10000 }; /* labels since the last look are counted no further */

static enum err encode_advice(struct req *q, struct out *o, const struct advice_row *x)
{
    int64_t since;

    TRY(store_label_count_after(q->store, x->project_id, x->seq, SINCE_MAX, &since));
    out_object(o, "advice");
    out_time(o, "at", x->created_at);
    out_int(o, "seq", x->seq);
    out_int(o, "labels_since", since);
    out_json(o, "result", x->body);
    out_end(o);
    return OK;
}

enum err advice_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project_brief p;
    struct advice_row x;
    int64_t project;

    TRY(req_id(q, "project", &project));
    TRY(store_project_brief(q->store, project, &p));
    TRY(store_advice_get(q->store, q->arena, project, &x));
    out_object(&o, NULL);
    if (x.project_id)
        TRY(encode_advice(q, &o, &x));
    else
        out_null(&o, "advice");
    out_end(&o);
    return out_done(&o);
}

enum err advice_ask(struct req *q, struct reply *r)
{
    TRY(json_only(q->body, NULL));
    return reply_queued(q, r, "advise", "{}", JOB_MERGE);
}
