#include "domain/bulk.h"
#include "api/encode.h"
#include "api/find.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/member.h"

enum { LISTED = 20, NAME_MAX = 100 };

/* Actions on many items */

static void encode_bulk(struct out *o, const struct bulk *b)
{
    out_int(o, "id", b->id);
    out_text(o, "action", bulk_action_name(b->action));
    out_id(o, "undoes", b->undoes);
    out_id(o, "undone_by", b->undone_by);
    out_int(o, "items", b->items);
    out_time(o, "created_at", b->created_at);
}

static enum err reply_begun(struct reply *r, const struct bulk *b, const struct job *j)
{
    struct out o = out_to(&r->body);

    r->status = 202;
    r->after = after_job;
    out_object(&o, NULL);
    out_object(&o, "bulk");
    encode_bulk(&o, b);
    out_end(&o);
    encode_job(&o, "job", j);
    out_end(&o);
    return out_done(&o);
}

static enum err bulk_read(struct req *q, struct bulk_new *n)
{
    const char *action;

    n->user_id = q->user.id;
    TRY(req_id(q, "project", &n->project_id));
    TRY(json_only(q->body, "action", "values", "priority", "note", "filter", "items", NULL));
    TRY(json_text(q->body, "action", 1, 20, &action));
    TRY(bulk_action_read(&n->action, action));
    TRY(json_int_or(q->body, "priority", 0, 0, 9, &n->priority));
    TRY(json_text_or(q->body, "note", NULL, 4096, &n->note));
    n->values = json_object_get(q->body, "values");
    n->filter = json_object_get(q->body, "filter");
    n->items = json_object_get(q->body, "items");
    return OK;
}

enum err bulk_begin(struct req *q, struct reply *r)
{
    struct bulk_new n = {0};
    struct bulk b;
    struct job j;
    enum role role;

    TRY(bulk_read(q, &n));
    TRY(find_role(q, n.project_id, &role));
    if (n.action == BULK_PRIORITY) TRY(member_need_role(&q->user, role, ROLE_MANAGER));
    TRY(bulk_make(q->store, q->arena, &n, clock_now_ms(), &b, &j));
    return reply_begun(r, &b, &j);
}

enum err bulk_take_back(struct req *q, struct reply *r)
{
    struct bulk b;
    struct bulk old;
    struct job j;
    enum role role;
    int64_t project;
    int64_t id;

    TRY(req_id(q, "project", &project));
    TRY(req_id(q, "bulk", &id));
    TRY(store_bulk_get(q->store, q->arena, id, &old));
    TRY(find_role(q, project, &role));
    if (old.action == BULK_PRIORITY) TRY(member_need_role(&q->user, role, ROLE_MANAGER));
    TRY(bulk_undo(q->store, q->arena, project, id, q->user.id, clock_now_ms(), &b, &j));
    return reply_begun(r, &b, &j);
}

static enum err encode_listed_bulk(struct out *o, struct req *q, const struct bulk *b)
{
    struct user u = {0};
    enum err e = store_user_get(q->store, q->arena, b->user_id, &u);

    if (e && e != ERR_NOT_FOUND) return e;
    out_object(o, NULL);
    encode_bulk(o, b);
    encode_person(o, "user", b->user_id, u.name);
    out_end(o);
    return OK;
}

enum err bulk_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct bulk *list;
    int64_t project;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(store_bulk_list(q->store, q->arena, project, LISTED, &list, &n));
    out_object(&o, NULL);
    out_list(&o, "bulk");
    for (size_t i = 0; i < n; i++)
        TRY(encode_listed_bulk(&o, q, &list[i]));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

/* Saved views */

static void encode_view(struct out *o, const struct saved_view *v)
{
    out_object(o, NULL);
    out_int(o, "id", v->id);
    out_text(o, "name", v->name);
    out_text(o, "query", v->query);
    out_end(o);
}

enum err views_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct saved_view *views;
    int64_t project;
    size_t n;

    TRY(req_id(q, "project", &project));
    TRY(store_view_list(q->store, q->arena, project, q->user.id, &views, &n));
    out_object(&o, NULL);
    out_list(&o, "views");
    for (size_t i = 0; i < n; i++)
        encode_view(&o, &views[i]);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err views_keep(struct req *q, struct reply *r)
{
    struct saved_view v = {.user_id = q->user.id, .created_at = clock_now_ms()};
    struct out o = out_to(&r->body);

    TRY(req_id(q, "project", &v.project_id));
    TRY(json_only(q->body, "name", "query", NULL));
    TRY(json_text(q->body, "name", 1, NAME_MAX, &v.name));
    TRY(json_text(q->body, "query", 1, VIEW_QUERY_BYTES_MAX, &v.query));
    TRY(view_keep(q->store, q->arena, &v));
    r->status = 201;
    encode_view(&o, &v);
    return out_done(&o);
}

enum err views_remove(struct req *q, struct reply *r)
{
    int64_t project;
    int64_t id;

    TRY(req_id(q, "project", &project));
    TRY(req_id(q, "view", &id));
    TRY(store_view_remove(q->store, project, q->user.id, id));
    r->status = 204;
    return OK;
}
