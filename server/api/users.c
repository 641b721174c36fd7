#include "api/encode.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/credential.h"

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

struct wanted {
    const char *name;
    enum role role;
    bool service;
};

static enum err wanted_read(struct req *q, struct wanted *w)
{
    const char *role;

    TRY(json_only(q->body, "name", "role", "service", NULL));
    TRY(json_text(q->body, "name", 1, NAME_BYTES_MAX, &w->name));
    TRY(json_text(q->body, "role", 1, 20, &role));
    TRY(json_bool_or(q->body, "service", false, &w->service));
    return role_read(&w->role, role);
}

/* A person gets a link; a service account gets tokens, later. */
enum err users_invite(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    char secret[SECRET_TEXT];
    int64_t expires_at;
    struct wanted w;
    struct user u;
    int64_t now = clock_now_ms();

    TRY(wanted_read(q, &w));
    if (w.service)
        TRY(user_add_service(q->store, q->arena, w.name, w.role, now, &u));
    else
        TRY(user_invite(q->store, q->arena, w.name, w.role, now, &u, secret, &expires_at));
    r->status = 201;
    out_object(&o, NULL);
    encode_user(&o, "user", &u);
    if (!w.service) encode_link(&o, q->arena, secret, expires_at);
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
    return user_set_disabled(q->store, user_id, disabled, clock_now_ms());
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

enum err users_erase(struct req *q, struct reply *r)
{
    int64_t id;

    TRY(req_id(q, "user", &id));
    if (id == q->user.id)
        return fail(ERR_CONFLICT, "nobody erases themselves: another administrator does");
    TRY(user_erase(q->store, id, clock_now_ms()));
    r->status = 204;
    return OK;
}

enum err users_sign_out(struct req *q, struct reply *r)
{
    struct user u;
    int64_t id;

    TRY(req_id(q, "user", &id));
    TRY(store_user_get(q->store, q->arena, id, &u));
    TRY(user_sign_out(q->store, id));
    r->status = 204;
    return OK;
}

/* Whose tokens: of the account in the path, as an administrator asks, or one's own. */
static enum err owner_read(struct req *q, struct user *owner)
{
    int64_t id;

    *owner = q->user;
    if (!req_param(q, "user")) return OK;
    TRY(req_id(q, "user", &id));
    return store_user_get(q->store, q->arena, id, owner);
}

static void encode_scopes(struct out *o, unsigned scopes)
{
    out_list(o, "scopes");
    for (unsigned one = 1; one <= SCOPE_ALL; one <<= 1)
        if (scopes & one) out_text(o, NULL, scope_name((enum scope)one));
    out_end(o);
}

enum err tokens_list(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct token *tokens;
    struct user owner;
    size_t n;

    TRY(owner_read(q, &owner));
    TRY(store_token_list(q->store, q->arena, owner.id, &tokens, &n));
    out_object(&o, NULL);
    out_list(&o, "tokens");
    for (size_t i = 0; i < n; i++) {
        out_object(&o, NULL);
        out_int(&o, "id", tokens[i].id);
        out_text(&o, "name", tokens[i].name);
        encode_scopes(&o, tokens[i].scopes);
        out_id(&o, "project", tokens[i].project_id);
        out_time(&o, "created_at", tokens[i].created_at);
        out_time(&o, "last_used_at", tokens[i].used_at);
        out_end(&o);
    }
    out_end(&o);
    out_end(&o);
    return out_done(&o);
}

/* All of them when not given. */
static enum err scopes_read(const json_t *body, unsigned *scopes)
{
    const json_t *list = json_object_get(body, "scopes");

    *scopes = SCOPE_ALL;
    if (!list || json_is_null(list)) return OK;
    if (!json_is_array(list)) return fail(ERR_INVALID, "scopes: expected a list");
    *scopes = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        enum scope one;

        if (!text) return fail(ERR_INVALID, "scopes: expected texts");
        TRY(scope_read(&one, text));
        *scopes |= (unsigned)one;
    }
    return OK;
}

/* A token makes none that may do more than itself, and only a program's are made by others. */
static enum err may_make(const struct req *q, const struct user *owner, unsigned scopes)
{
    if (q->token.id && (scopes & ~q->token.scopes))
        return fail(ERR_DENIED, "scopes: a token cannot make one that may do more than itself");
    if (owner->id == q->user.id || owner->kind == USER_SERVICE) return OK;
    return fail(ERR_DENIED, "\"%s\" is a person and makes their own tokens", owner->name);
}

enum err tokens_make(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    char secret[SECRET_TEXT];
    struct token_wish w = {.endpoint_id = 0};
    struct user owner;
    int64_t id;

    TRY(json_only(q->body, "name", "scopes", "project", NULL));
    TRY(json_text(q->body, "name", 1, TOKEN_NAME_BYTES_MAX, &w.name));
    TRY(json_int_or(q->body, "project", 0, 1, INT64_MAX, &w.project_id));
    TRY(scopes_read(q->body, &w.scopes));
    TRY(owner_read(q, &owner));
    TRY(may_make(q, &owner, w.scopes));
    TRY(token_new(q->store, owner.id, &w, clock_now_ms(), &id, secret));
    r->status = 201;
    out_object(&o, NULL);
    out_int(&o, "id", id);
    out_text(&o, "token", secret);
    out_end(&o);
    return out_done(&o);
}

enum err tokens_revoke(struct req *q, struct reply *r)
{
    struct user owner;
    int64_t id;

    TRY(owner_read(q, &owner));
    TRY(req_id(q, "token", &id));
    TRY(token_revoke(q->store, owner.id, id, clock_now_ms()));
    r->status = 204;
    return OK;
}
