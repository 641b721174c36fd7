#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/expect.h"
#include "domain/job.h"
#include "domain/project.h"
#include "jobs/sample.h"

#include <string.h>

enum { TITLE_BYTES_MAX = 4 * PROJECT_NAME_CHARS_MAX, SAMPLES_MAX = 1000 };

static enum err reply_project(struct req *q, struct reply *r, int status,
                              const struct project *p)
{
    struct out o = out_to(&r->body);

    r->status = status;
    TRY(encode_project(&o, NULL, q->store, q->arena, p, q->user.id));
    return out_done(&o);
}

enum err projects_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project *p;
    size_t n;

    TRY(store_project_list_of(q->store, q->arena, q->user.id, &p, &n));
    out_object(&o, NULL);
    out_list(&o, "projects");
    for (size_t i = 0; i < n; i++)
        TRY(encode_project(&o, NULL, q->store, q->arena, &p[i], q->user.id));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err projects_get(struct req *q, struct reply *r)
{
    struct project p;
    int64_t id;

    TRY(req_id(q, "project", &id));
    TRY(store_project_get(q->store, q->arena, id, &p));
    return reply_project(q, r, 200, &p);
}

static enum err members_read(const json_t *body, enum members *members)
{
    const char *text;

    TRY(json_text_or(body, "members", "everybody", 20, &text));
    *members = strcmp(text, "me") ? MEMBERS_EVERYBODY : MEMBERS_MAKER;
    if (*members == MEMBERS_MAKER || !strcmp(text, "everybody")) return OK;
    return fail(ERR_INVALID, "members: expected everybody or me, got \"%s\"", text);
}

static enum err new_project_read(struct req *q, struct project_new *n)
{
    struct questions *questions;
    const char *kind;

    TRY(json_only(q->body, "name", "kind", "questions", "overlap", "explore", "members", NULL));
    TRY(json_text(q->body, "name", 1, TITLE_BYTES_MAX, &n->name));
    TRY(json_text(q->body, "kind", 1, 20, &kind));
    TRY(project_kind_read(&n->kind, kind));
    TRY(json_int_or(q->body, "overlap", 1, 1, OVERLAP_MAX, &n->overlap));
    TRY(json_number_or(q->body, "explore", 0.1, 0, 1, &n->explore));
    TRY(members_read(q->body, &n->members));
    TRY(questions_read(q->arena, json_object_get(q->body, "questions"), &questions));
    n->questions = questions;
    return OK;
}

enum err projects_make(struct req *q, struct reply *r)
{
    struct project_new n = {.user_id = q->user.id};
    struct project p;

    TRY(new_project_read(q, &n));
    TRY(project_create(q->store, q->arena, &n, clock_now_ms(), &p));
    return reply_project(q, r, 201, &p);
}

/* "Sample pictures", "Sample pictures 2", ...: the first that is free. */
static enum err sample_name(struct req *q, const char *base, const char **name)
{
    struct project p;

    for (int i = 1; i <= SAMPLES_MAX; i++) {
        *name = i == 1 ? base : arena_printf(q->arena, "%s %d", base, i);
        NEED(*name);
        if (store_project_by_name(q->store, q->arena, *name, &p) == ERR_NOT_FOUND) return OK;
    }
    return fail(ERR_CONFLICT, "there are %d sample projects already", SAMPLES_MAX);
}

static enum err sample_project(struct req *q, struct project *p)
{
    struct project_new n = {.overlap = 1, .explore = 0.1, .user_id = q->user.id};
    struct questions *questions;
    const char *kind;
    bool is_text;

    TRY(json_only(q->body, "kind", NULL));
    TRY(json_text(q->body, "kind", 1, 20, &kind));
    TRY(project_kind_read(&n.kind, kind));
    is_text = n.kind == PROJECT_TEXT;
    TRY(sample_name(q, is_text ? "Sample sentences" : "Sample pictures", &n.name));
    TRY(questions_from_classes(q->arena, is_text ? SAMPLE_TOPICS : SAMPLE_SHAPES,
                               SAMPLE_CLASSES, &questions));
    n.questions = questions;
    return project_create(q->store, q->arena, &n, clock_now_ms(), p);
}

enum err projects_sample(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project p;
    struct job j;

    TRY(sample_project(q, &p));
    j = (struct job){.project_id = p.id,
                     .kind = "sample",
                     .params = "{}",
                     .total = -1,
                     .user_id = q->user.id};
    TRY(job_add(q->store, q->arena, &j, JOB_NEW, clock_now_ms()));
    r->status = 202;
    r->after = after_job;
    out_object(&o, NULL);
    TRY(encode_project(&o, "project", q->store, q->arena, &p, q->user.id));
    encode_job(&o, "job", &j);
    out_end(&o);
    return out_done(&o);
}

/* The settings of the queue as they are, with those that the body names. */
static enum err queue_read(struct req *q, int64_t id, struct queue_settings *x)
{
    struct project_brief p;
    bool feedback;

    TRY(store_project_brief(q->store, id, &p));
    *x = p.queue;
    TRY(json_int_or(q->body, "overlap_max", x->overlap_max, 0, OVERLAP_MAX, &x->overlap_max));
    TRY(json_int_or(q->body, "quota", x->quota, 0, QUOTA_MAX, &x->quota));
    TRY(json_number_or(q->body, "gold_rate", x->gold_rate, 0, CHECK_RATE_MAX, &x->gold_rate));
    TRY(json_number_or(q->body, "repeat_rate", x->repeat_rate, 0, CHECK_RATE_MAX,
                       &x->repeat_rate));
    TRY(json_bool_or(q->body, "feedback", x->feedback, &feedback));
    x->feedback = feedback;
    return OK;
}

/* Lists and objects, which may be missing or null. */
static enum err parts_read(struct req *q, struct project_change *c)
{
    const json_t *list = json_object_get(q->body, "questions");
    const json_t *expected = json_object_get(q->body, "expectations");
    struct questions *questions = NULL;

    if (list && !json_is_null(list)) TRY(questions_read(q->arena, list, &questions));
    c->questions = questions;
    if (!expected || json_is_null(expected)) return OK;
    return expect_read(q->arena, expected, &c->expectations);
}

enum err projects_change(struct req *q, struct reply *r)
{
    struct project_change c = {.user_id = q->user.id};
    struct queue_settings queue;
    struct project p;
    int64_t id;

    TRY(req_id(q, "project", &id));
    TRY(json_only(q->body, "name", "questions", "overlap", "explore", "overlap_max", "quota",
                  "gold_rate", "repeat_rate", "feedback", "expectations", NULL));
    TRY(queue_read(q, id, &queue));
    c.queue = &queue;
    TRY(json_text_or(q->body, "name", NULL, TITLE_BYTES_MAX, &c.name));
    TRY(json_int_or(q->body, "overlap", -1, 1, OVERLAP_MAX, &c.overlap));
    TRY(json_number_or(q->body, "explore", -1, 0, 1, &c.explore));
    TRY(parts_read(q, &c));
    TRY(project_update(q->store, q->arena, id, &c, clock_now_ms(), &p));
    r->after = after_queue;
    r->project = id;
    return reply_project(q, r, 200, &p);
}

enum err projects_events(struct req *q, struct reply *r)
{
    struct project p;

    TRY(req_id(q, "project", &r->project));
    TRY(store_project_get(q->store, q->arena, r->project, &p));
    r->kind = REPLY_EVENTS;
    r->mime = "text/event-stream";
    return OK;
}
