#include "domain/steer.h"
#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/project.h"

/* "items": a list of ids; none when it is missing or null. */
static enum err items_of_body(struct req *q, const int64_t **items, size_t *n)
{
    const json_t *list = json_object_get(q->body, "items");
    int64_t *ids;

    *items = NULL;
    *n = 0;
    if (!list || json_is_null(list)) return OK;
    if (!json_is_array(list) || !json_array_size(list))
        return fail(ERR_INVALID, "items: expected a list of ids");
    *n = json_array_size(list);
    ids = arena_array(q->arena, *n, sizeof *ids);
    NEED(ids);
    for (size_t i = 0; i < *n; i++) {
        const json_t *id = json_array_get(list, i);
        if (!json_is_integer(id))
            return fail(ERR_INVALID, "items: number %zu is not an id", i + 1);
        ids[i] = json_integer_value(id);
    }
    *items = ids;
    return OK;
}

static enum err match_of_body(struct req *q, struct item_match *m)
{
    TRY(json_text_or(q->body, "key", NULL, STEER_TEXT_MAX, &m->key));
    TRY(json_text_or(q->body, "value", NULL, STEER_TEXT_MAX, &m->value));
    return json_text_or(q->body, "folder", NULL, STEER_TEXT_MAX, &m->folder);
}

static void encode_assignment(struct out *o, const struct assignment *x)
{
    out_object(o, NULL);
    out_int(o, "id", x->id);
    encode_person(o, "user", x->user_id, x->user_name);
    out_text(o, "key", x->what.key);
    out_text(o, "value", x->what.value);
    out_text(o, "folder", x->what.folder);
    out_int(o, "quota", x->quota);
    out_int(o, "items", x->n_items);
    out_int(o, "open", x->n_open);
    out_bool(o, "filled", x->filled != 0);
    out_time(o, "created_at", x->created_at);
    out_end(o);
}

enum err assignments_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct assignment *list;
    struct project_brief p;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(store_project_brief(q->store, id, &p));
    TRY(store_assignment_list(q->store, q->arena, id, &list, &n));
    out_object(&o, NULL);
    out_list(&o, "assignments");
    for (size_t i = 0; i < n; i++)
        encode_assignment(&o, &list[i]);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err assignments_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct assignment_new n = {.by = q->user.id};
    struct assignment made;
    struct project_brief p;

    TRY(req_id(q, "project", &n.project_id));
    TRY(store_project_brief(q->store, n.project_id, &p));
    TRY(json_only(q->body, "user", "key", "value", "folder", "items", "quota", NULL));
    TRY(json_int_or(q->body, "user", 0, 1, INT64_MAX, &n.user_id));
    TRY(json_int_or(q->body, "quota", 0, 0, QUOTA_MAX, &n.quota));
    TRY(match_of_body(q, &n.what));
    TRY(items_of_body(q, &n.items, &n.n_items));
    TRY(assignment_make(q->store, q->arena, &n, clock_now_ms(), &made));
    r->status = 201;
    r->after = after_job;
    encode_assignment(&o, &made);
    return out_done(&o);
}

enum err assignments_end(struct req *q, struct reply *r)
{
    int64_t project;
    int64_t id;

    TRY(req_id(q, "project", &project));
    TRY(req_id(q, "assignment", &id));
    TRY(assignment_end(q->store, q->arena, project, id, q->user.id, clock_now_ms()));
    r->status = 204;
    r->after = after_job;
    return OK;
}

struct prioritising {
    int64_t project, priority, n_set;
    struct item_match what;
    const int64_t *items;
    size_t n;
    struct job job; /* id 0: there was no need of one */
};

static enum err priority_read(struct req *q, struct prioritising *x)
{
    struct project_brief p;

    TRY(req_id(q, "project", &x->project));
    TRY(store_project_brief(q->store, x->project, &p));
    TRY(json_only(q->body, "key", "value", "folder", "items", "priority", NULL));
    TRY(json_int(q->body, "priority", 0, PRIORITY_MAX, &x->priority));
    TRY(match_of_body(q, &x->what));
    TRY(items_of_body(q, &x->items, &x->n));
    if (x->n && (x->what.key || x->what.folder))
        return fail(ERR_INVALID, "expected items, or a match, not both");
    return OK;
}

enum err items_set_priority(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct prioritising x = {.n_set = 0};

    TRY(priority_read(q, &x));
    if (x.n)
        TRY(items_prioritise(q->store, x.project, x.items, x.n, x.priority, &x.n_set));
    else
        TRY(items_prioritise_matching(q->store, q->arena, x.project, &x.what, x.priority,
                                      q->user.id, clock_now_ms(), &x.job));
    if (x.job.id) r->status = 202;
    if (x.job.id) r->after = after_job;
    out_object(&o, NULL);
    out_int(&o, "set", x.n_set);
    if (x.job.id)
        encode_job(&o, "job", &x.job);
    else
        out_null(&o, "job");
    out_end(&o);
    return out_done(&o);
}
