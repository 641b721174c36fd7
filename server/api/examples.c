#include "jobs/examples.h"
#include "api/handlers.h"
#include "base/pool.h"
#include "jobs/draft.h"
#include "jobs/import.h"
#include "jobs/worker.h"

#include <string.h>

/* Whoever gives examples watches what they teach; what is new is to be encoded, and the labels may call for another round. */
static void after_examples(const struct service *service, int64_t project)
{
    jobs_wake(service->jobs);
    drafts_look(jobs_drafts(service->jobs), project);
    jobs_queue_touched(service->jobs, project);
}

static enum err new_read(struct req *q, struct examples_new *n)
{
    const char *id = req_query(q, "id");

    n->class_name = req_query(q, "class");
    n->burst = req_query(q, "burst");
    n->text_column = req_query(q, "text_column");
    TRY(req_id(q, "project", &n->project_id));
    TRY(req_query_int(q, "elapsed_ms", 0, 0, ELAPSED_MS_MAX, &n->elapsed_ms));
    if (!n->class_name || !*n->class_name)
        return fail(ERR_INVALID, "class: say in the query of which class these are examples");
    if (!id) return fail(ERR_INVALID, "id: expected a UUID in the query, made by the client");
    TRY(uuid_read(&n->request, id));
    if (n->burst && strlen(n->burst) > BURST_BYTES_MAX)
        return fail(ERR_INVALID, "burst: at most %d bytes", BURST_BYTES_MAX);
    n->user_id = q->user.id;
    n->path = q->upload.only ? q->upload.only : q->upload.folder;
    n->data_folder = q->service->data_folder;
    n->threads = pool_processors();
    return OK;
}

static void encode_example(struct out *o, const struct example_row *row)
{
    const struct prepared *p = &row->prepared;
    char label[UUID_TEXT];

    out_object(o, NULL);
    out_text(o, "path", p->entry.path);
    out_text(o, "outcome", p->reason[0] ? "refused" : example_outcome_name(row->given.outcome));
    out_id(o, "item", p->reason[0] ? 0 : p->item.id);
    if (p->reason[0]) {
        out_null(o, "label");
    } else {
        uuid_write(label, &row->id);
        out_text(o, "label", label);
    }
    out_id(o, "seq", row->given.seq);
    out_text(o, "reason", p->reason[0] ? p->reason : NULL);
    out_end(o);
}

/* Whether anything was written, and whether anything was taken at all. */
struct taken {
    bool any, new;
};

static struct taken taken_of(const struct examples *x)
{
    struct taken t = {0};

    for (size_t i = 0; i < x->n; i++) {
        if (x->example[i].prepared.reason[0]) continue;
        t.any = true;
        t.new |= x->example[i].given.outcome != EXAMPLE_KNOWN;
    }
    return t;
}

static enum err encode_examples(struct reply *r, const struct examples *x)
{
    const struct taken t = taken_of(x);
    struct out o = out_to(&r->body);

    if (!t.any) return fail(ERR_INVALID, "%s", x->example[0].prepared.reason);
    r->status = t.new ? 201 : 200;
    out_object(&o, NULL);
    out_list(&o, "examples");
    for (size_t i = 0; i < x->n; i++)
        encode_example(&o, &x->example[i]);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err examples_add(struct req *q, struct reply *r)
{
    struct examples_new n = {0};
    struct examples *x;
    enum err e;

    TRY(new_read(q, &n));
    TRY(examples_prepare(q->store, q->arena, &n, &x));
    e = api_write(q, examples_store, x);
    if (!e) e = encode_examples(r, x);
    examples_free(x);
    if (e) return e;
    r->after = after_examples;
    r->project = n.project_id;
    import_remove_upload(q->service->data_folder, q->upload.folder);
    return OK;
}
