#include "jobs/quality.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "api/queued.h"
#include "base/clock.h"
#include "domain/quarantine.h"
#include "jobs/worker.h"
#include "store/label.h"
#include "store/member.h"
#include "store/project.h"
#include "store/quality.h"

#include <string.h>

enum { SINCE_MAX = 10000 }; /* labels since the last measurement are counted no further */

static enum err encode_result(struct req *q, struct out *o, int64_t project, const char *kind)
{
    struct quality_result x;
    int64_t since;

    TRY(store_quality_get(q->store, q->arena, project, kind, &x));
    if (!x.project_id) {
        out_null(o, kind);
        return OK;
    }
    TRY(store_label_count_after(q->store, project, x.seq, SINCE_MAX, &since));
    out_object(o, kind);
    out_time(o, "at", x.created_at);
    out_int(o, "seq", x.seq);
    out_int(o, "labels_since", since);
    out_json(o, "result", x.body);
    out_end(o);
    return OK;
}

/* Everybody who ever labelled here, so that results may name people by id. */
static enum err encode_people(struct req *q, struct out *o, int64_t project)
{
    struct project_person *people;
    size_t n;

    TRY(store_project_people(q->store, q->arena, project, &people, &n));
    out_list(o, "people");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_int(o, "id", people[i].user_id);
        out_text(o, "name", people[i].name);
        out_end(o);
    }
    out_end(o);
    return OK;
}

static void encode_quarantine(struct out *o, const struct quarantine *x)
{
    out_object(o, NULL);
    out_int(o, "user", x->user_id);
    out_bool(o, "on", x->is_on);
    out_text(o, "reason", x->reason);
    out_id(o, "by", x->by_user_id);
    out_time(o, "at", x->at);
    out_int(o, "seq", x->seq);
    out_end(o);
}

enum err quality_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project_brief p;
    struct quarantine *list;
    int64_t project;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(store_project_brief(q->store, project, &p));
    TRY(store_quarantine_list(q->store, q->arena, project, INT64_MAX, &list, &n));
    out_object(&o, NULL);
    TRY(encode_result(q, &o, project, quality_measure_name(QUALITY_AGREEMENT)));
    TRY(encode_result(q, &o, project, quality_measure_name(QUALITY_INFLUENCE)));
    TRY(encode_people(q, &o, project));
    out_list(&o, "quarantines");
    for (size_t i = 0; i < n; i++)
        encode_quarantine(&o, &list[i]);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err quality_measure(struct req *q, struct reply *r)
{
    const char *word;
    enum quality_measure m = QUALITY_AGREEMENT;

    TRY(json_only(q->body, "measure", NULL));
    TRY(json_text_or(q->body, "measure", quality_measure_name(m), 20, &word));
    if (!strcmp(word, quality_measure_name(QUALITY_INFLUENCE)))
        m = QUALITY_INFLUENCE;
    else if (strcmp(word, quality_measure_name(m)) != 0)
        return fail(ERR_INVALID, "measure: expected agreement or influence, got \"%s\"", word);
    return reply_queued(q, r, "quality", quality_params_write(q->arena, m), JOB_MERGE);
}

enum err quality_quarantine(struct req *q, struct reply *r)
{
    struct quarantine_set x = {.by_user_id = q->user.id};
    struct out o = out_to(&r->body);
    struct quarantine now;
    bool is_on;

    TRY(req_id(q, "project", &x.project_id));
    TRY(req_id(q, "user", &x.user_id));
    TRY(json_only(q->body, "on", "reason", NULL));
    TRY(json_bool_or(q->body, "on", true, &is_on));
    TRY(json_text_or(q->body, "reason", "", QUARANTINE_REASON_MAX, &x.reason));
    x.is_on = is_on;
    TRY(quarantine_set(q->store, q->arena, &x, clock_now_ms(), &now));
    r->project = x.project_id;
    r->after = after_queue;
    encode_quarantine(&o, &now);
    return out_done(&o);
}
