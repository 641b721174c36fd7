#include "api/draft.h"

#include "api/handlers.h"
#include "domain/project.h"
#include "jobs/draft.h"
#include "jobs/worker.h"
#include "store/facet.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static int64_t items_of(const struct class_count *counts, size_t n, const struct question *q,
                        const char *class_name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(counts[i].question, q->name) && !strcmp(counts[i].class_name, class_name))
            return counts[i].items;
    return 0;
}

/* In the order of the question's classes; *total: of all. */
static enum err encode_counts(struct out *o, struct store *s, struct arena *a,
                              int64_t project_id, int64_t *total)
{
    const struct questions *q;
    struct class_count *counts;
    struct project_brief p;
    size_t n;

    *total = 0;
    TRY(store_class_counts(s, a, project_id, &counts, &n));
    TRY(store_project_brief(s, project_id, &p));
    TRY(project_questions(s, project_id, p.question_version, &q));
    out_list(o, "classes");
    for (size_t i = 0; i < q->question[0].n_classes; i++) {
        const char *name = q->question[0].classes[i].name;
        const int64_t items = items_of(counts, n, &q->question[0], name);

        *total += items;
        out_object(o, NULL);
        out_text(o, "class", name);
        out_int(o, "examples", items);
        out_end(o);
    }
    out_end(o);
    return OK;
}

enum err encode_draft(struct out *o, const char *key, struct store *s, struct arena *a,
                      struct drafts *drafts, int64_t project_id)
{
    struct draft_status d;
    int64_t total;

    drafts_status(drafts, project_id, &d);
    out_object(o, key);
    out_text(o, "state", draft_state_name(d.state));
    out_number(o, "progress", d.progress);
    TRY(encode_counts(o, s, a, project_id, &total));
    out_int(o, "examples", total);
    out_int(o, "learned", (int64_t)d.n_learned);
    out_id(o, "seq", d.seq);
    out_int(o, "version", d.version);
    out_text(o, "encoder", d.encoder[0] ? d.encoder : NULL);
    out_text(o, "message", d.message[0] ? d.message : NULL);
    out_end(o);
    return OK;
}

enum err draft_get(struct req *q, struct reply *r)
{
    struct drafts *drafts = jobs_drafts(q->service->jobs);
    struct out o = out_to(&r->body);
    struct project_brief p;
    int64_t id;

    TRY(req_id(q, "project", &id));
    TRY(store_project_brief(q->store, id, &p));
    drafts_look(drafts, id);
    TRY(encode_draft(&o, NULL, q->store, q->arena, drafts, id));
    return out_done(&o);
}

static enum err encode_guess(struct out *o, const struct predictor *p,
                             const struct prediction *x)
{
    const size_t n = predictor_classes(p);

    out_object(o, NULL);
    out_text(o, "class", predictor_class(p, x->best));
    out_number(o, "probability", (double)x->p[x->best]);
    out_bool(o, "unknown", x->is_unknown);
    out_number(o, "distance", x->distance);
    out_list(o, "classes");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_text(o, "class", predictor_class(p, i));
        out_number(o, "probability", (double)x->p[i]);
        out_end(o);
    }
    out_end(o);
    out_end(o);
    return out_done(o);
}

/* {"text"}, kept in the arena. */
static enum err text_read(struct req *q, const char **text, size_t *n)
{
    json_t *body;
    enum err e;

    TRY(json_read(&body, q->bytes, q->n_bytes));
    e = json_only(body, "text", NULL);
    if (!e) e = json_text(body, "text", 1, q->route->body_max, text);
    if (!e) {
        *n = json_string_length(json_object_get(body, "text"));
        *text = arena_copy(q->arena, *text, *n);
    }
    json_decref(body);
    if (!e) NEED(*text);
    return e;
}

/* What was sent: a picture, or a text, as it stands or as JSON. */
static enum err judge(struct req *q, const struct predictor *p, struct prediction *x)
{
    const char *text = q->bytes;
    size_t n = q->n_bytes;

    if (q->n_parts) return fail(ERR_INVALID, "send one picture, or {\"text\"}, not a form");
    if (!n) return fail(ERR_INVALID, "the body is empty: send a picture, or {\"text\"}");
    if (predictor_modality(p) == SMP_IMAGES)
        return predictor_image(p, q->arena, q->bytes, q->n_bytes, x);
    if (!strncasecmp(q->content_type, "application/json", 16)) TRY(text_read(q, &text, &n));
    return predictor_text(p, q->arena, text, n, x);
}

enum err draft_predict(struct req *q, struct reply *r)
{
    struct drafts *drafts = jobs_drafts(q->service->jobs);
    struct out o = out_to(&r->body);
    struct predictor *p;
    struct prediction x;
    int64_t id;
    enum err e;

    TRY(req_id(q, "project", &id));
    drafts_look(drafts, id);
    TRY(drafts_predictor(drafts, id, &p));
    e = judge(q, p, &x);
    if (!e) e = encode_guess(&o, p, &x);
    predictor_drop(p);
    return e;
}
