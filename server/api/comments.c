#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/comment.h"

static enum err encode_comment(struct out *o, struct req *q, const struct comment *c)
{
    out_object(o, NULL);
    out_int(o, "id", c->id);
    TRY(encode_person_of(o, "user", q->store, q->arena, c->user_id));
    out_text(o, "text", c->body);
    out_json(o, "region", c->region);
    out_time(o, "at", c->created_at);
    out_time(o, "closed_at", c->closed_at);
    TRY(encode_person_of(o, "closed_by", q->store, q->arena, c->closed_by));
    out_end(o);
    return OK;
}

enum err comments_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct comment *list;
    int64_t item;
    size_t n;

    TRY(req_id(q, "item", &item));
    TRY(comment_list(q->store, q->arena, item, q->user.id, &list, &n));
    out_object(&o, NULL);
    out_list(&o, "comments");
    for (size_t i = 0; i < n; i++)
        TRY(encode_comment(&o, q, &list[i]));
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err comments_add(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct comment c = {.user_id = q->user.id};
    int repeated;

    TRY(req_id(q, "item", &c.item_id));
    TRY(json_only(q->body, "id", "text", "region", NULL));
    TRY(json_uuid(q->body, "id", &c.client_id));
    TRY(json_text(q->body, "text", 1, COMMENT_BYTES_MAX, &c.body));
    TRY(comment_add(q->store, q->arena, &c, json_object_get(q->body, "region"), clock_now_ms(),
                    &repeated));
    r->status = repeated ? 200 : 201;
    TRY(encode_comment(&o, q, &c));
    return out_done(&o);
}

enum err comments_close(struct req *q, struct reply *r)
{
    struct comment_closing x = {.user_id = q->user.id};
    bool closed;

    TRY(req_id(q, "item", &x.item_id));
    TRY(req_id(q, "comment", &x.comment_id));
    TRY(json_only(q->body, "closed", NULL));
    TRY(json_bool_or(q->body, "closed", true, &closed));
    x.closed = closed;
    TRY(comment_close(q->store, q->arena, &x, clock_now_ms()));
    r->status = 204;
    return OK;
}
