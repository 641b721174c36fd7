#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/member.h"
#include "store/project.h"

static void encode_member(struct out *o, const struct member *m)
{
    out_object(o, NULL);
    out_int(o, "id", m->user_id);
    out_text(o, "name", m->name);
    out_text(o, "role", role_name(m->role));
    out_bool(o, "disabled", m->disabled);
    out_end(o);
}

static void encode_members(struct out *o, const char *key, const struct member *m, size_t n)
{
    out_list(o, key);
    for (size_t i = 0; i < n; i++)
        encode_member(o, &m[i]);
    out_end(o);
}

enum err members_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct member *members;
    struct member *others;
    size_t n_members;
    size_t n_others;
    struct project_brief p;
    int64_t id;

    TRY(req_id(q, "project", &id));
    TRY(store_project_brief(q->store, id, &p));
    TRY(store_member_list(q->store, q->arena, id, &members, &n_members));
    TRY(store_member_others(q->store, q->arena, id, &others, &n_others));
    out_object(&o, NULL);
    encode_members(&o, "members", members, n_members);
    encode_members(&o, "others", others, n_others);
    out_end(&o);
    return out_done(&o);
}

enum err members_set(struct req *q, struct reply *r)
{
    const char *text;
    enum role role;
    int64_t project;
    int64_t user;

    TRY(req_id(q, "project", &project));
    TRY(req_id(q, "user", &user));
    TRY(json_only(q->body, "role", NULL));
    TRY(json_text(q->body, "role", 1, 20, &text));
    TRY(role_read(&role, text));
    TRY(member_set(q->store, q->arena, project, user, role));
    r->status = 204;
    return OK;
}

enum err members_remove(struct req *q, struct reply *r)
{
    int64_t project;
    int64_t user;

    TRY(req_id(q, "project", &project));
    TRY(req_id(q, "user", &user));
    TRY(member_remove(q->store, project, user, clock_now_ms()));
    r->status = 204;
    return OK;
}

enum err members_working(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct working *people;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(store_member_working(q->store, q->arena, id, clock_now_ms(), &people, &n));
    out_object(&o, NULL);
    out_list(&o, "people");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "id", people[i].user_id);
        out_text(&o, "name", people[i].name);
        out_int(&o, "items", people[i].items);
        out_time(&o, "last_at", people[i].last_at);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}
