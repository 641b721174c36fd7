#include "api/download.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/check.h"
#include "domain/label.h"
#include "formats/export.h"

enum { PAGE = 100, PAGE_MAX = 1000 };

static enum err answer_field(const json_t *body, enum answer *answer)
{
    const char *text;

    TRY(json_text(body, "answer", 1, 20, &text));
    return answer_read(answer, text);
}

static enum err label_read(struct req *q, struct label_new *n)
{
    const json_t *body = q->body;

    n->user_id = q->user.id;
    n->values = json_object_get(body, "values");
    TRY(req_id(q, "project", &n->project_id));
    TRY(json_only(body, "id", "item", "lease", "answer", "values", "reason", "elapsed_ms",
                  NULL));
    TRY(json_uuid(body, "id", &n->id));
    TRY(json_int(body, "item", 1, INT64_MAX, &n->item_id));
    TRY(json_int_or(body, "lease", 0, 1, INT64_MAX, &n->lease_id));
    TRY(answer_field(body, &n->answer));
    TRY(json_text_or(body, "reason", NULL, REASON_BYTES_MAX, &n->reason));
    return json_int_or(body, "elapsed_ms", 0, 0, INT64_MAX, &n->elapsed_ms);
}

static void encode_stored(struct out *o, const struct uuid *id, int64_t seq)
{
    char text[UUID_TEXT];

    uuid_write(text, id);
    out_text(o, "id", text);
    out_int(o, "seq", seq);
}

static void encode_feedback(struct out *o, const struct feedback *f)
{
    if (!f->given) {
        out_null(o, "feedback");
        return;
    }
    out_object(o, "feedback");
    out_bool(o, "right", f->right != 0);
    out_json(o, "values", f->values);
    out_end(o);
}

enum err labels_add(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct label_new n = {0};
    struct label_result done;
    struct feedback told;

    TRY(label_read(q, &n));
    TRY(label_submit(q->store, q->arena, &n, clock_now_ms(), &done));
    TRY(check_feedback(q->store, q->arena, n.project_id, n.item_id, n.user_id, &told));
    r->status = done.repeated ? 200 : 201;
    r->after = after_queue;
    r->project = n.project_id;
    out_object(&o, NULL);
    encode_stored(&o, &n.id, done.seq);
    encode_feedback(&o, &told);
    out_end(&o);
    return out_done(&o);
}

/* The lease that came back, with its item and why it had come; null when none did. */
static enum err encode_returned(struct out *o, struct req *q, const struct lease *l)
{
    struct handed h = {.lease = *l};
    int hidden;

    if (!l->id) {
        out_null(o, "lease");
        return OK;
    }
    TRY(store_item_get(q->store, q->arena, l->item_id, &h.item));
    TRY(check_is_hidden(q->store, l->project_id, q->user.id, &hidden));
    if (l->pick_id && !hidden) TRY(store_pick_get(q->store, q->arena, l->pick_id, &h.pick));
    return encode_lease(o, "lease", q->store, q->arena, &h);
}

enum err labels_retract(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct label_result done;
    struct label_retraction x = {.user_id = q->user.id};
    struct lease l;

    TRY(req_id(q, "project", &r->project));
    if (uuid_read(&x.label_id, req_param(q, "label")))
        return fail(ERR_NOT_FOUND, "there is no label '%.100s'", req_param(q, "label"));
    TRY(json_only(q->body, "id", NULL));
    TRY(json_uuid(q->body, "id", &x.id));
    x.project_id = r->project;
    TRY(label_retract(q->store, q->arena, &x, clock_now_ms(), &done, &l));
    r->status = done.repeated ? 200 : 201;
    r->after = after_queue;
    out_object(&o, NULL);
    encode_stored(&o, &x.id, done.seq);
    TRY(encode_returned(&o, q, &l));
    out_end(&o);
    return out_done(&o);
}

static enum err encode_label(struct out *o, struct req *q, const struct label_full *l)
{
    char id[UUID_TEXT];

    uuid_write(id, &l->label.client_id);
    out_object(o, NULL);
    out_text(o, "id", id);
    out_int(o, "seq", l->label.seq);
    out_int(o, "item", l->label.item_id);
    encode_person(o, "user", l->label.user_id, l->user_name);
    out_text(o, "answer", answer_name(l->label.answer));
    out_json(o, "values", l->label.values);
    out_text(o, "reason", l->label.reason);
    out_time(o, "at", l->label.at);
    out_int(o, "elapsed_ms", l->label.elapsed_ms);
    out_int(o, "question_version", l->label.question_version);
    TRY(encode_receipt(o, "receipt", q->arena, &l->pick));
    out_end(o);
    return OK;
}

enum err labels_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct label_full *labels;
    struct project p;
    int64_t after;
    int64_t limit;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(store_project_get(q->store, q->arena, id, &p));
    TRY(label_list(q->store, q->arena, id, after, (size_t)limit, &labels, &n));
    out_object(&o, NULL);
    out_list(&o, "labels");
    for (size_t i = 0; i < n; i++)
        TRY(encode_label(&o, q, &labels[i]));
    out_end(&o);
    out_id(&o, "next", n == (size_t)limit ? labels[n - 1].label.seq : 0);
    out_end(&o);
    return out_done(&o);
}

struct taken {
    int64_t project;
    const char *details;
};

static enum err taken_task(struct store *s, void *context)
{
    const struct taken *t = context;

    return audit_append(s, &(struct audit_event){.action = "labels.exported",
                                                 .project_id = t->project,
                                                 .subject = "project",
                                                 .subject_id = t->project,
                                                 .details = t->details});
}

/* Told before the first byte leaves. */
static enum err taken_tell(struct req *q, int64_t project, enum export_format format)
{
    struct taken t = {
        project, arena_printf(q->arena, "{\"format\":\"%s\"}", export_format_name(format))};

    NEED(t.details);
    return api_write(q, taken_task, &t);
}

enum err labels_export(struct req *q, struct reply *r)
{
    const char *name = req_query(q, "format");
    enum export_format format;
    struct project p;
    int64_t id;

    TRY(req_id(q, "project", &id));
    TRY(export_format_parse(&format, name ? name : "jsonl"));
    TRY(store_project_get(q->store, q->arena, id, &p));
    r->kind = REPLY_STREAM;
    r->mime = export_mime(format);
    r->download = arena_printf(q->arena, "%s.%s", p.name, export_extension(format));
    NEED(r->download);
    TRY(download_open(
        q, id,
        &(struct export_options){.format = format, .data_folder = q->service->data_folder},
        &r->stream));
    return taken_tell(q, id, format);
}
