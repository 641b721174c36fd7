#include "jobs/watch.h"
#include "api/endpoint.h"
#include "api/handlers.h"
#include "api/queued.h"
#include "base/clock.h"
#include "store/model.h"
#include "store/watch.h"

enum { DAYS_SHOWN = 30 };
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

enum err watch_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct endpoint e;
    struct watch *all;
    size_t n;

    TRY(endpoint_of(q, &e));
    TRY(store_watch_list(q->store, q->arena, e.id, 0, DAYS_SHOWN, &all, &n));
    out_object(&o, NULL);
    out_list(&o, "days");
    for (size_t i = 0; i < n; i++) {
        struct model m = {.version = 0};

        if (all[i].model_id) TRY(store_model_get(q->store, q->arena, all[i].model_id, &m));
        out_object(&o, NULL);
        out_time(&o, "day", all[i].day * DAY_MS);
        out_id(&o, "model", m.version);
        out_json(&o, "report", all[i].report);
        out_time(&o, "at", all[i].at);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err watch_start(struct req *q, struct reply *r)
{
    struct endpoint e;
    struct job j;

    TRY(json_only(q->body, NULL));
    TRY(endpoint_of(q, &e));
    TRY(watch_queue(q->store, q->arena, e.id, e.project_id, clock_now_ms() / DAY_MS, &j));
    return reply_job(r, &j);
}
