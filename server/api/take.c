/* Taking a model away: making its small form, and the files. */
#include "jobs/take.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "api/queued.h"
#include "base/clock.h"
#include "domain/audit.h"

#include <inttypes.h>
#include <string.h>

static const char *const WEIGHTS[] = {"int8", "f32", NULL};

static enum err model_of(struct req *q, struct model *m)
{
    int64_t project;

    TRY(req_id(q, "project", &project));
    return model_find(q->store, q->arena, project, req_param(q, "model"), m);
}

enum err models_take_make(struct req *q, struct reply *r)
{
    struct model m;
    struct job j;

    TRY(model_of(q, &m));
    TRY(take_begin(q->store, q->arena, &m, q->user.id, clock_now_ms(), &j));
    return reply_job(r, &j);
}

/* What may be taken, and how good it is. */
static enum err encode_ready(struct req *q, struct reply *r, const struct model *m)
{
    struct out o = out_to(&r->body);
    struct student st;
    enum err e = student_open(q->service->data_folder, q->arena, m, &st);

    if (e && e != ERR_NOT_FOUND) return e;
    out_object(&o, NULL);
    out_int(&o, "version", m->version);
    out_bool(&o, "made", !e);
    for (size_t w = 0; w < STUDENT_WEIGHTS; w++) {
        out_object(&o, WEIGHTS[w]);
        if (!e) {
            json_t *facts;
            if (!json_read(&facts, st.facts[w], strlen(st.facts[w]))) {
                out_members(&o, st.facts[w]);
                json_decref(facts);
            }
        }
        out_end(&o);
    }
    out_end(&o);
    student_close(&st);
    return out_done(&o);
}

static enum err taken_task(struct store *s, void *context)
{
    return audit_append(s, context);
}

static enum err taken_tell(struct req *q, const struct model *m, const char *as)
{
    struct audit_event e = {.action = "model.taken",
                            .project_id = m->project_id,
                            .subject = "model",
                            .subject_id = m->id,
                            .details = arena_printf(q->arena, "{\"as\":\"%s\"}", as)};

    NEED(e.details);
    return api_write(q, taken_task, &e);
}

/* The version itself, for another Exemplar. */
static enum err reply_model(struct req *q, struct reply *r, const struct model *m)
{
    char path[4096];

    TRY(model_is_trained(m));
    predictor_path(path, sizeof path, q->service->data_folder, m->id);
    r->kind = REPLY_FILE;
    r->mime = "application/octet-stream";
    r->file = arena_strdup(q->arena, path);
    r->download = arena_printf(q->arena, "model-%" PRId64 ".bin", m->version);
    NEED(r->file);
    NEED(r->download);
    return taken_tell(q, m, "model");
}

enum err models_take(struct req *q, struct reply *r)
{
    const char *as = req_query(q, "as");
    enum take_form form;
    struct model m;
    int weights;
    enum err e;

    TRY(model_of(q, &m));
    if (!as) return encode_ready(q, r, &m);
    if (!strcmp(as, "model")) return reply_model(q, r, &m);
    if (!take_form_find(as, &form))
        return fail(ERR_INVALID, "as: expected onnx, c, web or model");
    TRY(req_query_word(q, "weights", WEIGHTS, STUDENT_INT8, &weights));
    e = take_render(&r->body, q->store, q->arena, q->service->data_folder, &m, form,
                    (enum student_weights)weights);
    if (e == ERR_NOT_FOUND)
        return fail(ERR_CONFLICT, "version %" PRId64 " has no small model yet: make it first",
                    m.version);
    TRY(e);
    r->mime = take_form_mime(form);
    r->download =
        arena_printf(q->arena, "model-%" PRId64 "%s", m.version, take_form_ending(form));
    NEED(r->download);
    return taken_tell(q, &m, as);
}
