#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"

#include <string.h>

enum { PAGE = 500, TOKEN_NAME_BYTES_MAX = 200 };

enum err users_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct user *users;
    int64_t after = 0;
    size_t n;

    out_object(&o, NULL);
    out_list(&o, "users");
    do {
        TRY(store_user_list(q->store, q->arena, after, PAGE, &users, &n));
        for (size_t i = 0; i < n; i++)
            encode_user(&o, NULL, &users[i]);
        if (n) after = users[n - 1].id;
    } while (n == PAGE);
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

static void encode_link(struct out *o, struct arena *a, const char *secret, int64_t expires_at)
{
    out_text(o, "link", arena_printf(a, "/#/setup/%s", secret));
    out_time(o, "expires_at", expires_at);
}

enum err users_invite(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    char secret[SECRET_TEXT];
    int64_t expires_at;
    const char *name;
    const char *role_text;
    enum role role;
    struct user u;

    TRY(json_only(q->body, "name", "role", NULL));
    TRY(json_text(q->body, "name", 1, NAME_BYTES_MAX, &name));
    TRY(json_text(q->body, "role", 1, 20, &role_text));
    TRY(role_read(&role, role_text));
    TRY(user_invite(q->store, q->arena, name, role, clock_now_ms(), &u, secret, &expires_at));
    r->status = 201;
    out_object(&o, NULL);
    encode_user(&o, "user", &u);
    encode_link(&o, q->arena, secret, expires_at);
    out_end(&o);
    return out_done(&o);
}

static enum err role_change(struct req *q, int64_t user_id)
{
    const char *text;
    enum role role;

    TRY(json_text_or(q->body, "role", NULL, 20, &text));
    if (!text) return OK;
    TRY(role_read(&role, text));
    return user_set_role(q->store, user_id, role);
}

static enum err disabled_change(struct req *q, int64_t user_id)
{
    bool disabled;

    if (!json_object_get(q->body, "disabled")) return OK;
    TRY(json_bool_or(q->body, "disabled", false, &disabled));
    return user_set_disabled(q->store, user_id, disabled);
}

enum err users_change(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct user u;
    int64_t id;

    TRY(req_id(q, "user", &id));
    TRY(json_only(q->body, "role", "disabled", NULL));
    TRY(store_user_get(q->store, q->arena, id, &u));
    TRY(role_change(q, id));
    TRY(disabled_change(q, id));
    TRY(store_user_get(q->store, q->arena, id, &u));
    encode_user(&o, NULL, &u);
    return out_done(&o);
}

enum err users_invite_again(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    char secret[SECRET_TEXT];
    int64_t expires_at;
    int64_t id;

    TRY(req_id(q, "user", &id));
    TRY(user_invite_again(q->store, id, clock_now_ms(), secret, &expires_at));
    r->status = 201;
    out_object(&o, NULL);
    encode_link(&o, q->arena, secret, expires_at);
    out_end(&o);
    return out_done(&o);
}

enum err tokens_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct token *tokens;
    size_t n;

    TRY(store_token_list(q->store, q->arena, q->user.id, &tokens, &n));
    out_object(&o, NULL);
    out_list(&o, "tokens");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "id", tokens[i].id);
        out_text(&o, "name", tokens[i].name);
        out_time(&o, "created_at", tokens[i].created_at);
        out_time(&o, "last_used_at", tokens[i].used_at);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

enum err tokens_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    char secret[SECRET_TEXT];
    const char *name;
    int64_t id;

    TRY(json_only(q->body, "name", NULL));
    TRY(json_text(q->body, "name", 1, TOKEN_NAME_BYTES_MAX, &name));
    TRY(token_new(q->store, q->user.id, name, clock_now_ms(), &id, secret));
    r->status = 201;
    out_object(&o, NULL);
    out_int(&o, "id", id);
    out_text(&o, "token", secret);
    out_end(&o);
    return out_done(&o);
}

enum err tokens_revoke(struct req *q, struct reply *r)
{
    int64_t id;

    TRY(req_id(q, "token", &id));
    TRY(token_revoke(q->store, q->user.id, id, clock_now_ms()));
    r->status = 204;
    return OK;
}
