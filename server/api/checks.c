#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/check.h"
#include "domain/project.h"

enum { PAGE = 100, PAGE_MAX = 1000 };

static enum err gold_change(struct req *q, struct reply *r, const json_t *values)
{
    struct gold_change c = {.user_id = q->user.id, .values = values};
    struct item i;
    int64_t seq;

    TRY(req_id(q, "item", &c.item_id));
    TRY(store_item_get(q->store, q->arena, c.item_id, &i));
    c.project_id = i.project_id;
    TRY(gold_set(q->store, q->arena, &c, clock_now_ms(), &seq));
    r->status = 204;
    return OK;
}

enum err gold_put(struct req *q, struct reply *r)
{
    const json_t *values;

    TRY(json_only(q->body, "values", NULL));
    values = json_object_get(q->body, "values");
    if (!json_is_object(values))
        return fail(ERR_INVALID, "values: expected an object, {\"question\": answer}");
    return gold_change(q, r, values);
}

enum err gold_delete(struct req *q, struct reply *r)
{
    return gold_change(q, r, NULL);
}

enum err gold_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct project_brief p;
    struct gold *list;
    int64_t after;
    int64_t limit;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(req_query_int(q, "after", 0, 0, INT64_MAX, &after));
    TRY(req_query_int(q, "limit", PAGE, 1, PAGE_MAX, &limit));
    TRY(store_project_brief(q->store, id, &p));
    TRY(store_gold_list(q->store, q->arena, id, after, (size_t)limit, &list, &n));
    out_object(&o, NULL);
    out_list(&o, "gold");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "item", list[i].item_id);
        out_json(&o, "values", list[i].values);
        out_int(&o, "seq", list[i].seq);
        out_time(&o, "at", list[i].at);
        out_end(&o);
    }
    out_end(&o);
    out_id(&o, "next", n == (size_t)limit ? list[n - 1].item_id : 0);
    out_end(&o);
    return out_done(&o);
}

static enum err encode_person_checks(struct out *o, struct req *q,
                                     const struct person_checks *x)
{
    struct user u = {.name = NULL};
    enum err e = store_user_get(q->store, q->arena, x->user_id, &u);

    if (e && e != ERR_NOT_FOUND) return e;
    out_object(o, NULL);
    encode_person(o, "user", x->user_id, e ? NULL : u.name);
    out_int(o, "gold", x->n_gold);
    out_int(o, "right", x->n_right);
    out_int(o, "again", x->n_again);
    out_int(o, "agree", x->n_agree);
    out_end(o);
    return OK;
}

enum err checks_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct person_checks *people;
    struct project_brief p;
    int64_t id;
    size_t n;

    TRY(req_id(q, "project", &id));
    TRY(store_project_brief(q->store, id, &p));
    TRY(check_people(q->store, q->arena, id, &people, &n));
    out_object(&o, NULL);
    out_list(&o, "people");
    for (size_t i = 0; i < n; i++)
        TRY(encode_person_checks(&o, q, &people[i]));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}
