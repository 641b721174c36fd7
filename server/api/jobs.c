#include "api/encode.h"
#include "api/handlers.h"
#include "api/queued.h"
#include "base/clock.h"
#include "domain/job.h"
#include "jobs/encode.h"
#include "jobs/import.h"
#include "jobs/worker.h"

#include <string.h>

enum { LISTED = 50, PAGE = 100, PAGE_MAX = 1000 };

void after_job(const struct service *service, int64_t project)
{
    (void)project;
    jobs_wake(service->jobs);
}

void after_queue(const struct service *service, int64_t project)
{
    jobs_queue_touched(service->jobs, project);
}

enum err jobs_import(struct req *q, struct reply *r)
{
    static const char *const LABELS[] = {"none", "folder", NULL};
    static const char *const YES_NO[] = {"0", "1", NULL};
    struct import_params p = {.uploaded = q->upload.folder};
    const char *path = q->upload.only ? q->upload.only : q->upload.folder;
    int labels;
    int add;

    TRY(req_query_word(q, "labels_from", LABELS, 0, &labels));
    TRY(req_query_word(q, "add_classes", YES_NO, 0, &add));
    p.paths = &path;
    p.n_paths = 1;
    p.labels_from = labels ? IMPORT_LABELS_FROM_FOLDER : IMPORT_NO_LABELS;
    p.classes = add ? IMPORT_ADD_CLASSES : IMPORT_KNOWN_CLASSES;
    p.class_name = req_query(q, "class");
    if (p.class_name) p.labels_from = IMPORT_LABELS_OF_ONE_CLASS;
    if (p.class_name && labels)
        return fail(ERR_INVALID,
                    "class: of all that is imported, or labels_from=folder: not both");
    p.text_column = req_query(q, "text_column");
    return reply_queued(q, r, "import", import_params_write(q->arena, &p), JOB_NEW);
}

enum err jobs_encode(struct req *q, struct reply *r)
{
    bool retrain;

    TRY(json_only(q->body, "retrain", NULL));
    TRY(json_bool_or(q->body, "retrain", false, &retrain));
    return reply_queued(
        q, r, "encode",
        encode_params_write(q->arena, retrain ? ENCODE_RETRAIN : ENCODE_WHEN_DUE), JOB_MERGE);
}

enum err jobs_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project_brief p;
    int64_t project;
    struct job *j;
    size_t n;

    TRY(req_query_int(q, "project", 0, 1, INT64_MAX, &project));
    if (project) TRY(store_project_brief(q->store, project, &p));
    if (project)
        TRY(store_job_list(q->store, q->arena, project, LISTED, &j, &n));
    else
        TRY(store_job_list_of(q->store, q->arena, q->user.id, LISTED, &j, &n));
    out_object(&o, NULL);
    out_list(&o, "jobs");
    for (size_t i = 0; i < n; i++)
        encode_job(&o, NULL, &j[i]);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err jobs_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct job j;
    int64_t id;

    TRY(req_id(q, "job", &id));
    TRY(store_job_get(q->store, q->arena, id, &j));
    encode_job(&o, NULL, &j);
    return out_done(&o);
}

enum err jobs_cancel(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct job j;
    int64_t id;

    TRY(req_id(q, "job", &id));
    TRY(job_cancel(q->store, q->arena, id, clock_now_ms(), &j));
    r->status = 202;
    r->after = after_job;
    encode_job(&o, NULL, &j);
    return out_done(&o);
}

static void encode_row(struct out *o, const struct job_row *row)
{
    out_object(o, NULL);
    out_int(o, "row", row->row);
    out_text(o, "path", row->path);
    out_text(o, "outcome", job_outcome_name(row->outcome));
    out_id(o, "item", row->item_id);
    out_text(o, "reason", row->reason);
    out_end(o);
}

enum err jobs_report(struct req *q, struct reply *r)
{
    static const char *const OUTCOMES[] = {"imported", "duplicate", "refused", NULL};
    struct out o = out_to(&r->body);
    struct job_row *rows;
    struct job j;
    int64_t after;
    int64_t limit;
    int64_t id;
    int outcome;
    size_t n;

    TRY(req_id(q, "job", &id));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(req_query_word(q, "outcome", OUTCOMES, ROW_ANY, &outcome));
    TRY(store_job_get(q->store, q->arena, id, &j));
    TRY(store_job_rows(q->store, q->arena, id, (enum job_outcome)outcome, after, (size_t)limit,
                       &rows, &n));
    out_object(&o, NULL);
    out_list(&o, "rows");
    for (size_t i = 0; i < n; i++)
        encode_row(&o, &rows[i]);
    out_end(&o);
    out_id(&o, "next", n == (size_t)limit ? rows[n - 1].row : 0);
    out_end(&o);
    return out_done(&o);
}
