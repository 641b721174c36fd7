#include "domain/credential.h"

#include "domain/audit.h"
#include "domain/user.h"
#include "store/member.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum err unknown(void)
{
    return fail(ERR_UNAUTHORISED,
                "sign in first: this session or token is not valid (any more)");
}

static enum err allowed(struct store *s, struct arena *a, int64_t user_id, struct user *u)
{
    enum err e = store_user_get(s, a, user_id, u);

    if (e == ERR_NOT_FOUND || (!e && u->disabled)) return unknown();
    return e;
}

enum err user_by_session(struct store *s, struct arena *a, const char *secret, int64_t now_ms,
                         struct user *u)
{
    struct hash hash;
    struct session x;
    enum err e;

    hash_of(&hash, secret, strlen(secret));
    e = store_session_get(s, &hash, &x);
    if (e == ERR_NOT_FOUND || (!e && x.expires_at <= now_ms)) return unknown();
    return e ? e : allowed(s, a, x.user_id, u);
}

enum err user_by_token(struct store *s, struct arena *a, const char *secret, int64_t now_ms,
                       struct user *u, struct token *t)
{
    struct hash hash;
    enum err e;

    (void)now_ms; /* tokens do not expire yet; they are revoked */
    hash_of(&hash, secret, strlen(secret));
    e = store_token_by_hash(s, a, &hash, t);
    if (e == ERR_NOT_FOUND || (!e && t->revoked_at)) return unknown();
    return e ? e : allowed(s, a, t->user_id, u);
}

static enum err add_session(struct store *s, const struct session *x, int64_t now_ms)
{
    TRY(store_session_end_expired(s, now_ms));
    return store_session_add(s, x);
}

enum err session_new(struct store *s, int64_t user_id, int64_t now_ms, char secret[SECRET_TEXT])
{
    struct session x = {.user_id = user_id,
                        .created_at = now_ms,
                        .seen_at = now_ms,
                        .expires_at = now_ms + SESSION_MS};

    secret_new(secret);
    hash_of(&x.hash, secret, strlen(secret));
    TRY(store_begin(s));
    return store_end(s, add_session(s, &x, now_ms));
}

enum err session_end(struct store *s, const char *secret)
{
    struct hash hash;

    hash_of(&hash, secret, strlen(secret));
    TRY(store_begin(s));
    return store_end(s, store_session_end(s, &hash));
}

enum err session_is_stale(struct store *s, const char *secret, int64_t now_ms, int *stale)
{
    struct hash hash;
    struct session x;
    enum err e;

    hash_of(&hash, secret, strlen(secret));
    e = store_session_get(s, &hash, &x);
    *stale = !e && now_ms - x.seen_at >= SESSION_SEEN_EACH;
    return e == ERR_NOT_FOUND ? OK : e;
}

enum err session_touch(struct store *s, const char *secret, int64_t now_ms)
{
    struct hash hash;

    hash_of(&hash, secret, strlen(secret));
    TRY(store_begin(s));
    return store_end(s, store_session_seen(s, &hash, now_ms, now_ms + SESSION_MS));
}

static enum err tell_token(struct store *s, const char *action, int64_t token_id,
                           int64_t user_id)
{
    char details[40];

    snprintf(details, sizeof details, "{\"user\":%" PRId64 "}", user_id);
    return audit_append(s, &(struct audit_event){.action = action,
                                                 .subject = "token",
                                                 .subject_id = token_id,
                                                 .details = details});
}

static enum err add_token(struct store *s, struct token *t, const struct hash *hash)
{
    enum role role;

    if (t->project_id) TRY(store_member_role(s, t->project_id, t->user_id, &role));
    TRY(store_token_add(s, t, hash));
    return tell_token(s, "token.made", t->id, t->user_id);
}

enum err token_new(struct store *s, int64_t user_id, const struct token_wish *w, int64_t now_ms,
                   int64_t *id, char secret[SECRET_TEXT])
{
    struct token t = {.user_id = user_id,
                      .name = w->name,
                      .created_at = now_ms,
                      .scopes = w->scopes,
                      .project_id = w->project_id,
                      .endpoint_id = w->endpoint_id};
    struct hash hash;
    enum err e;

    TRY(user_name_check(w->name));
    if (!w->scopes) return fail(ERR_INVALID, "scopes: at least one");
    secret_new(secret);
    hash_of(&hash, secret, strlen(secret));
    TRY(store_begin(s));
    e = store_end(s, add_token(s, &t, &hash));
    *id = t.id;
    return e;
}

enum err token_touch(struct store *s, int64_t token_id, int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, store_token_used(s, token_id, now_ms));
}

static enum err revoke(struct store *s, int64_t user_id, int64_t token_id, int64_t now_ms)
{
    TRY(store_token_revoke(s, user_id, token_id, now_ms));
    return tell_token(s, "token.revoked", token_id, user_id);
}

enum err token_revoke(struct store *s, int64_t user_id, int64_t token_id, int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, revoke(s, user_id, token_id, now_ms));
}

static const char *const SCOPES[] = {"read", "label", "import", "export", "manage", "predict"};
enum { SCOPES_N = sizeof SCOPES / sizeof *SCOPES };

const char *scope_name(enum scope one)
{
    return SCOPES[__builtin_ctz((unsigned)one)];
}

enum err scope_read(enum scope *one, const char *text)
{
    for (unsigned i = 0; i < SCOPES_N; i++)
        if (!strcmp(text, SCOPES[i])) {
            *one = (enum scope)(1u << i);
            return OK;
        }
    return fail(
        ERR_INVALID,
        "scopes: expected read, label, import, export, manage or predict, got \"%.40s\"", text);
}

enum err token_need_scope(const struct token *t, enum scope needed)
{
    char has[80] = "";

    if (t->scopes & (unsigned)needed) return OK;
    for (unsigned i = 0; i < SCOPES_N; i++)
        if (t->scopes & (1u << i)) {
            size_t n = strlen(has);
            snprintf(has + n, sizeof has - n, "%s%s", n ? ", " : "", SCOPES[i]);
        }
    return fail(ERR_DENIED, "this needs a token with the scope %s; this one has %s",
                scope_name(needed), has);
}
