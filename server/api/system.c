#include "api/handlers.h"
#include "api/metrics.h"
#include "cmake/embedded.h"
#include "store/job.h"
#include "store/ledger.h"
#include "store/project.h"
#include "store/writer.h"

extern const struct embedded_file OPENAPI_FILES[];
extern const size_t OPENAPI_N;

enum err system_alive(struct req *q, struct reply *r)
{
    (void)q;
    r->mime = "text/plain; charset=utf-8";
    return buf_adds(&r->body, "ok\n");
}

/* Ready: the database answers. A server that is stopping says 503 before it comes here. */
enum err system_ready(struct req *q, struct reply *r)
{
    int64_t seq;
    struct hash hash;

    if (store_ledger_last(q->store, &seq, &hash))
        return fail_in(ERR_BUSY, "the database does not answer");
    r->mime = "text/plain; charset=utf-8";
    return buf_adds(&r->body, "ready\n");
}

static enum err writer_write(const struct req *q, struct buf *b)
{
    struct writer_numbers n;

    writer_numbers(q->service->writer, &n);
    TRY(buf_printf(b,
                   "# HELP exemplar_writes_total Tasks the writer committed or refused\n"
                   "# TYPE exemplar_writes_total counter\n"
                   "exemplar_writes_total %llu\n",
                   (unsigned long long)n.n_tasks));
    TRY(buf_printf(b,
                   "# HELP exemplar_writes_failed_total Of those, refused\n"
                   "# TYPE exemplar_writes_failed_total counter\n"
                   "exemplar_writes_failed_total %llu\n",
                   (unsigned long long)n.n_failed));
    TRY(buf_printf(b,
                   "# HELP exemplar_writes_waiting Tasks waiting for the writer\n"
                   "# TYPE exemplar_writes_waiting gauge\n"
                   "exemplar_writes_waiting %zu\n",
                   n.n_waiting));
    return buf_printf(
        b,
        "# HELP exemplar_commit_seconds Time of commits, flush to the disk included\n"
        "# TYPE exemplar_commit_seconds summary\n"
        "exemplar_commit_seconds_sum %.3f\n"
        "exemplar_commit_seconds_count %llu\n",
        (double)n.commit_ms_sum / 1000, (unsigned long long)n.n_batches);
}

static enum err jobs_write(const struct req *q, struct buf *b)
{
    static const enum job_state STATES[] = {JOB_QUEUED, JOB_RUNNING};
    struct job *jobs;
    size_t n;

    TRY(buf_adds(b, "# HELP exemplar_jobs Jobs by state\n# TYPE exemplar_jobs gauge\n"));
    for (size_t i = 0; i < 2; i++) {
        TRY(store_job_in_state(q->store, q->arena, STATES[i], &jobs, &n));
        TRY(buf_printf(b, "exemplar_jobs{state=\"%s\"} %zu\n", job_state_name(STATES[i]), n));
    }
    return OK;
}

static enum err labels_write(const struct req *q, struct buf *b)
{
    struct project *p;
    struct project_counts c;
    size_t n;
    int64_t labels = 0;
    int64_t seq;
    struct hash hash;

    TRY(store_project_list(q->store, q->arena, &p, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(store_project_counts(q->store, p[i].id, &c));
        labels += c.labels;
    }
    TRY(store_ledger_last(q->store, &seq, &hash));
    return buf_printf(b,
                      "# HELP exemplar_labels Current labels of all projects\n"
                      "# TYPE exemplar_labels gauge\nexemplar_labels %lld\n"
                      "# HELP exemplar_ledger_events_total Events in the ledger\n"
                      "# TYPE exemplar_ledger_events_total counter\n"
                      "exemplar_ledger_events_total %lld\n",
                      (long long)labels, (long long)seq);
}

enum err system_metrics(struct req *q, struct reply *r)
{
    r->mime = "text/plain; version=0.0.4; charset=utf-8";
    TRY(labels_write(q, &r->body));
    TRY(writer_write(q, &r->body));
    TRY(jobs_write(q, &r->body));
    return metrics_write(q->service->metrics, &r->body);
}

enum err system_openapi(struct req *q, struct reply *r)
{
    (void)q;
    return buf_add(&r->body, OPENAPI_FILES[0].bytes, OPENAPI_FILES[0].size);
}
