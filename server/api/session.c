#include "api/session.h"
#include "api/encode.h"
#include "api/guess.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/credential.h"

#include <string.h>

enum { TOKEN_BYTES_MAX = 100 };

enum err reply_signed_in(struct reply *r, struct arena *a, const struct user *u,
                         const char *secret)
{
    struct out o = out_to(&r->body);

    r->status = 201;
    if (secret) {
        r->cookie = arena_strdup(a, secret);
        NEED(r->cookie);
    }
    out_object(&o, NULL);
    encode_user(&o, "user", u);
    out_end(&o);
    return out_done(&o);
}

enum err setup_check(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct invitation i;
    const char *token;

    TRY(json_only(q->body, "token", NULL));
    TRY(json_text(q->body, "token", 1, TOKEN_BYTES_MAX, &token));
    TRY(invitation_find(q->store, q->arena, token, clock_now_ms(), &i));
    out_object(&o, NULL);
    out_text(&o, "role", role_name(i.role));
    out_text(&o, "name", i.user_name);
    out_end(&o);
    return out_done(&o);
}

/* What the slow lane hands to the writer once a password is hashed or known to be right. */
struct entry {
    struct req *q;
    const char *token;
    const char *name;
    char hashed[PASSWORD_TEXT];
    struct user user;
    char secret[SECRET_TEXT];
};

enum err session_rotate(struct store *s, const struct req *q, int64_t user_id,
                        char secret[SECRET_TEXT])
{
    if (q->session) TRY(session_end(s, q->session));
    return session_new(s, user_id, clock_now_ms(), secret);
}

static enum err accept_task(struct store *s, void *context)
{
    struct entry *x = context;

    TRY(user_accept(s, x->q->arena, x->token, x->name, x->hashed, clock_now_ms(), &x->user));
    return session_rotate(s, x->q, x->user.id, x->secret);
}

static enum err setup_read(struct req *q, struct entry *x, const char **password)
{
    TRY(json_only(q->body, "token", "name", "password", NULL));
    TRY(json_text(q->body, "token", 1, TOKEN_BYTES_MAX, &x->token));
    TRY(json_text_or(q->body, "name", NULL, NAME_BYTES_MAX, &x->name));
    return json_text(q->body, "password", 0, PASSWORD_BYTES_MAX, password);
}

enum err setup_accept(struct req *q, struct reply *r)
{
    struct entry x = {.q = q};
    struct invitation i;
    const char *password;

    TRY(setup_read(q, &x, &password));
    TRY(invitation_find(q->store, q->arena, x.token, clock_now_ms(), &i));
    if (!i.user_id && !x.name) return fail(ERR_INVALID, "name: missing");
    if (x.name) TRY(user_name_check(x.name));
    TRY(user_password_check(password));
    TRY(password_hash(x.hashed, password));
    TRY(api_write(q, accept_task, &x));
    return reply_signed_in(r, q->arena, &x.user, x.secret);
}

/* The problem that a page without a session reads at its start. "setup": nobody exists yet. */
static enum err reply_signed_out(const struct req *q, struct reply *r, int none)
{
    struct out o = out_to(&r->body);

    r->status = 401;
    r->mime = "application/problem+json";
    out_object(&o, NULL);
    out_text(&o, "type", "about:blank");
    out_text(&o, "title", "Not signed in");
    out_int(&o, "status", 401);
    out_text(&o, "code", err_name(ERR_UNAUTHORISED));
    out_text(
        &o, "detail",
        none ? "Nobody can sign in yet. Open the link that the program printed when it started."
             : "Sign in first.");
    if (none) out_bool(&o, "setup", true);
    TRY(encode_provider(&o, q));
    out_end(&o);
    return out_done(&o);
}

enum err session_get(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    int none;

    if (!q->user.id) {
        TRY(user_is_none(q->store, &none));
        return reply_signed_out(q, r, none);
    }
    out_object(&o, NULL);
    encode_user(&o, "user", &q->user);
    out_text(&o, "version", EXEMPLAR_VERSION);
    TRY(encode_provider(&o, q));
    out_end(&o);
    return out_done(&o);
}

/* `user_id` 0: there is nobody of the name that was tried, and the name is not written down: it
 * may be a password typed into the wrong field. */
static enum err failed_task(struct store *s, void *context)
{
    const int64_t *user_id = context;

    return audit_append(s, &(struct audit_event){.action = "user.sign_in_failed",
                                                 .subject = *user_id ? "user" : NULL,
                                                 .subject_id = *user_id});
}

/* The same work and the same sentence whether the name or the password is wrong. */
static enum err password_try(struct req *q, const char *name, const char *password,
                             struct user *u)
{
    char text[PASSWORD_TEXT];
    enum err e = store_user_by_name(q->store, q->arena, name, u);
    bool is_known = !e && u->password && !u->disabled;
    int64_t tried = e ? 0 : u->id;

    if (e && e != ERR_NOT_FOUND) return e;
    TRY(guesses_decoy(q->service->guesses, text));
    if (password_is(is_known ? u->password : text, password) && is_known) return OK;
    guesses_failed(q->service->guesses, name, q->address);
    TRY(api_write(q, failed_task, &tried));
    return fail(ERR_UNAUTHORISED, "This name and this password do not belong together.");
}

static enum err wait_check(struct req *q, struct reply *r, const char *name)
{
    unsigned wait_s = guesses_wait_s(q->service->guesses, name, q->address);

    if (!wait_s) return OK;
    r->retry_after_s = wait_s;
    return fail(ERR_BUSY, "Too many wrong passwords. Try again in %u seconds.", wait_s);
}

static enum err sign_in_task(struct store *s, void *context)
{
    struct entry *x = context;

    TRY(session_rotate(s, x->q, x->user.id, x->secret));
    return audit_append(s, &(struct audit_event){.action = "user.signed_in",
                                                 .user_id = x->user.id,
                                                 .subject = "user",
                                                 .subject_id = x->user.id});
}

enum err session_make(struct req *q, struct reply *r)
{
    struct entry x = {.q = q};
    const char *password;

    TRY(json_only(q->body, "name", "password", NULL));
    TRY(json_text(q->body, "name", 1, NAME_BYTES_MAX, &x.name));
    TRY(json_text(q->body, "password", 0, PASSWORD_BYTES_MAX, &password));
    TRY(wait_check(q, r, x.name));
    TRY(password_try(q, x.name, password, &x.user));
    guesses_forget(q->service->guesses, x.name, q->address);
    TRY(api_write(q, sign_in_task, &x));
    return reply_signed_in(r, q->arena, &x.user, x.secret);
}

enum err session_delete(struct req *q, struct reply *r)
{
    if (q->session) {
        TRY(session_end(q->store, q->session));
        TRY(audit_append(q->store, &(struct audit_event){.action = "user.signed_out",
                                                         .subject = "user",
                                                         .subject_id = q->user.id}));
    }
    r->status = 204;
    r->cookie = "";
    return OK;
}

enum err sessions_end(struct req *q, struct reply *r)
{
    TRY(user_sign_out(q->store, q->user.id));
    r->status = 204;
    if (q->session) r->cookie = "";
    return OK;
}

/* All sessions end; the browser that changed the password gets a new one at once. */
static enum err password_task(struct store *s, void *context)
{
    struct entry *x = context;

    TRY(user_set_password(s, x->user.id, x->hashed));
    return x->q->session ? session_rotate(s, x->q, x->user.id, x->secret) : OK;
}

enum err password_change(struct req *q, struct reply *r)
{
    struct entry x = {.q = q};
    const char *old;
    const char *fresh;
    enum err e;

    TRY(json_only(q->body, "old", "new", NULL));
    TRY(json_text(q->body, "old", 0, PASSWORD_BYTES_MAX, &old));
    TRY(json_text(q->body, "new", 0, PASSWORD_BYTES_MAX, &fresh));
    TRY(wait_check(q, r, q->user.name));
    TRY(user_password_check(fresh));
    e = password_try(q, q->user.name, old, &x.user);
    if (e == ERR_UNAUTHORISED)
        return fail(ERR_DENIED, "old: this is not your present password");
    if (e) return e;
    TRY(password_hash(x.hashed, fresh));
    TRY(api_write(q, password_task, &x));
    r->status = 204;
    if (q->session) r->cookie = arena_strdup(q->arena, x.secret);
    return OK;
}
