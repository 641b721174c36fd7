#include "api/encode.h"
#include "api/handlers.h"
#include "api/queued.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/report.h"
#include "domain/report_card.h"
#include "jobs/evaluate.h"
#include "store/project.h"
#include "store/purpose.h"
#include "store/trait.h"

#include <string.h>

enum { PURPOSE_BYTES = 4000, DIFF_ITEMS = 200 };

static enum err version_of(struct req *q, struct model *m)
{
    int64_t project;

    TRY(req_id(q, "project", &project));
    TRY(model_find(q->store, q->arena, project, req_param(q, "model"), m));
    return model_is_trained(m);
}

/* The stored account; ERR_CONFLICT when it was not measured yet. */
static enum err report_of(const struct model *m, json_t **report)
{
    if (!m->report)
        return fail(ERR_CONFLICT,
                    "version %lld was not measured yet: POST .../report measures it",
                    (long long)m->version);
    return json_read(report, m->report, strlen(m->report));
}

/* A JSON value as the reply's body; takes it over. */
static enum err reply_value(struct req *q, struct reply *r, json_t *value)
{
    const char *text = json_write(q->arena, value);

    json_decref(value);
    NEED(text);
    return buf_adds(&r->body, text);
}

/* What was wrong with its examples before it was trained, beside how good it became. */
static enum err put_alarms(struct req *q, const struct model *m, json_t *report)
{
    const char *text;
    json_t *alarms;

    TRY(store_alarms_get(q->store, q->arena, m->id, &text));
    TRY(json_read(&alarms, text, strlen(text)));
    if (json_object_set_new(report, "alarms", alarms)) return fail_nomem();
    return json_object_set_new(report, "model", json_integer(m->version)) ? fail_nomem() : OK;
}

enum err reports_get(struct req *q, struct reply *r)
{
    struct model m;
    json_t *report;
    enum err e;

    TRY(version_of(q, &m));
    TRY(report_of(&m, &report));
    json_object_del(report, "rows"); /* for comparing; too many to send */
    e = put_alarms(q, &m, report);
    if (!e) return reply_value(q, r, report);
    json_decref(report);
    return e;
}

enum err reports_measure(struct req *q, struct reply *r)
{
    struct model m;
    struct job j;

    TRY(json_only(q->body, NULL));
    TRY(version_of(q, &m));
    TRY(evaluate_queue(q->store, q->arena, &m, q->user.id, &j));
    return reply_job(r, &j);
}

enum err reports_diff(struct req *q, struct reply *r)
{
    const char *with = req_query(q, "with");
    struct model m;
    struct model other;
    json_t *now;
    json_t *then;
    json_t *diff;
    enum err e;

    if (!with) return fail(ERR_INVALID, "with: name the other version by its number");
    TRY(version_of(q, &m));
    TRY(model_find(q->store, q->arena, m.project_id, with, &other));
    TRY(report_of(&m, &now));
    e = report_of(&other, &then);
    if (!e) {
        e = report_diff(q->arena, then, now, DIFF_ITEMS, &diff);
        json_decref(then);
    }
    json_decref(now);
    if (e) return e;
    if (json_object_set_new(diff, "model", json_integer(m.version)) ||
        json_object_set_new(diff, "with", json_integer(other.version))) {
        json_decref(diff);
        return fail_nomem();
    }
    return reply_value(q, r, diff);
}

/* Markdown when ?as= says so, or the client would rather have it than JSON. */
static enum err wants_markdown(struct req *q, bool *markdown)
{
    static const char *const WORDS[] = {"json", "markdown", NULL};
    const char *text = q->accept ? strstr(q->accept, "text/markdown") : NULL;
    const char *json = q->accept ? strstr(q->accept, "application/json") : NULL;
    int as;

    TRY(req_query_word(q, "as", WORDS, text && (!json || text < json), &as));
    *markdown = as == 1;
    return OK;
}

enum err reports_card(struct req *q, struct reply *r)
{
    const char *text;
    bool markdown;
    struct model m;
    json_t *card;
    enum err e;

    TRY(wants_markdown(q, &markdown));
    TRY(version_of(q, &m));
    TRY(card_make(q->store, q->arena, &m, &card));
    if (!markdown) return reply_value(q, r, card);
    e = card_markdown(q->arena, card, &text);
    json_decref(card);
    if (e) return e;
    r->mime = "text/markdown; charset=utf-8";
    return buf_adds(&r->body, text);
}

enum err purpose_put(struct req *q, struct reply *r)
{
    struct purpose p = {.user_id = q->user.id, .at = clock_now_ms()};
    struct project_brief project;
    struct out o = out_to(&r->body);

    TRY(req_id(q, "project", &p.project_id));
    TRY(store_project_brief(q->store, p.project_id, &project));
    TRY(json_only(q->body, "text", NULL));
    TRY(json_text(q->body, "text", 0, PURPOSE_BYTES, &p.text));
    TRY(store_purpose_set(q->store, &p));
    TRY(audit_append(q->store, &(struct audit_event){.action = "purpose.set",
                                                     .project_id = p.project_id,
                                                     .subject = "project",
                                                     .subject_id = p.project_id}));
    out_object(&o, NULL);
    out_text(&o, "text", p.text);
    out_end(&o);
    return out_done(&o);
}
