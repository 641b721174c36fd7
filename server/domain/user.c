#include "domain/user.h"

#include "domain/audit.h"
#include "domain/queue.h"

#include <inttypes.h>
#include <string.h>

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80; /* bytes that begin a code point */
    return n;
}

enum err user_name_check(const char *name)
{
    size_t n = strlen(name);

    if (!n || characters(name) > NAME_CHARS_MAX)
        return fail(ERR_INVALID, "name: expected 1 to %d characters", NAME_CHARS_MAX);
    if (name[0] == ' ' || name[n - 1] == ' ')
        return fail(ERR_INVALID, "name: it must not begin or end with a space");
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 32 || name[i] == 127)
            return fail(ERR_INVALID, "name: it must not hold control characters");
    return OK;
}

enum err user_password_check(const char *password)
{
    if (strlen(password) > PASSWORD_BYTES_MAX)
        return fail(ERR_INVALID, "password: at most %d bytes", PASSWORD_BYTES_MAX);
    if (characters(password) < PASSWORD_CHARS_MIN)
        return fail(ERR_INVALID, "password: at least %d characters", PASSWORD_CHARS_MIN);
    return OK;
}

enum err user_is_none(struct store *s, int *none)
{
    int64_t n_persons;
    int64_t n_admins;

    TRY(store_user_count(s, &n_persons, &n_admins));
    *none = n_persons == 0;
    return OK;
}

/* What was done to a person, with the role they got or have. */
static enum err tell(struct store *s, const char *action, const struct user *u)
{
    return audit_append_word(s,
                             &(struct audit_event){.action = action,
                                                   .subject = u->id ? "user" : NULL,
                                                   .subject_id = u->id},
                             "role", role_name(u->role));
}

static enum err invite(struct store *s, struct invitation *i, int64_t now_ms,
                       char secret[SECRET_TEXT])
{
    secret_new(secret);
    hash_of(&i->hash, secret, strlen(secret));
    i->created_at = now_ms;
    i->expires_at = now_ms + INVITATION_MS;
    TRY(store_invitation_void(s, i->user_id, i->role, now_ms));
    return store_invitation_add(s, i);
}

static enum err invite_first(struct store *s, int64_t now_ms, char secret[SECRET_TEXT])
{
    struct invitation i = {.role = ROLE_ADMIN};
    int none;

    TRY(user_is_none(s, &none));
    if (!none)
        return fail(ERR_CONFLICT,
                    "there are people already: an administrator makes the next links");
    TRY(invite(s, &i, now_ms, secret));
    return tell(s, "user.invited", &(struct user){.role = ROLE_ADMIN});
}

enum err user_invite_first(struct store *s, int64_t now_ms, char secret[SECRET_TEXT])
{
    TRY(store_begin(s));
    return store_end(s, invite_first(s, now_ms, secret));
}

static enum err invite_new(struct store *s, struct arena *a, struct user *u, int64_t now_ms,
                           char secret[SECRET_TEXT])
{
    struct invitation i = {.role = u->role};

    TRY(store_user_add(s, u));
    i.user_id = u->id;
    TRY(invite(s, &i, now_ms, secret));
    TRY(tell(s, "user.invited", u));
    return store_user_get(s, a, u->id, u);
}

enum err user_invite(struct store *s, struct arena *a, const char *name, enum role role,
                     int64_t now_ms, struct user *u, char secret[SECRET_TEXT],
                     int64_t *expires_at)
{
    TRY(user_name_check(name));
    *u = (struct user){.name = name, .role = role, .kind = USER_PERSON, .created_at = now_ms};
    *expires_at = now_ms + INVITATION_MS;
    TRY(store_begin(s));
    return store_end(s, invite_new(s, a, u, now_ms, secret));
}

/* The row of a person, for a change: the program's own users are not touched. */
static enum err get_person(struct store *s, struct arena *a, int64_t user_id, struct user *u)
{
    TRY(store_user_get(s, a, user_id, u));
    if (u->erased_at) return fail(ERR_NOT_FOUND, "user %" PRId64 " was erased", user_id);
    if (u->kind != USER_SYSTEM) return OK;
    return fail(ERR_DENIED, "\"%s\" is a part of the program and cannot be changed", u->name);
}

/* The same, of somebody who can have a password. */
static enum err get_who_signs_in(struct store *s, struct arena *a, int64_t user_id,
                                 struct user *u)
{
    TRY(get_person(s, a, user_id, u));
    if (u->kind == USER_PERSON) return OK;
    return fail(ERR_DENIED,
                "\"%s\" is a service account: it works by tokens and has no password", u->name);
}

static enum err invite_again(struct store *s, struct arena *a, int64_t user_id, int64_t now_ms,
                             char secret[SECRET_TEXT])
{
    struct user u;
    struct invitation i = {.user_id = user_id};

    TRY(get_who_signs_in(s, a, user_id, &u));
    i.role = u.role;
    TRY(invite(s, &i, now_ms, secret));
    return tell(s, "user.link_made", &u);
}

enum err user_invite_again(struct store *s, int64_t user_id, int64_t now_ms,
                           char secret[SECRET_TEXT], int64_t *expires_at)
{
    struct arena a;
    enum err e;

    TRY(store_begin(s));
    arena_init(&a, 64 * KIB);
    e = invite_again(s, &a, user_id, now_ms, secret);
    *expires_at = now_ms + INVITATION_MS;
    arena_free(&a);
    return store_end(s, e);
}

enum err invitation_find(struct store *s, struct arena *a, const char *secret, int64_t now_ms,
                         struct invitation *i)
{
    struct hash hash;
    enum err e;

    hash_of(&hash, secret, strlen(secret));
    e = store_invitation_get(s, a, &hash, i);
    if (e && e != ERR_NOT_FOUND) return e;
    if (e || i->used_at || i->expires_at <= now_ms)
        return fail(ERR_NOT_FOUND, "This link was used already or has expired; ask an "
                                   "administrator for a new one.");
    return OK;
}

static enum err accept_new(struct store *s, const struct invitation *i, const char *name,
                           const char *password_hashed, int64_t now_ms, struct user *u)
{
    if (!name) return fail(ERR_INVALID, "name: missing");
    TRY(user_name_check(name));
    *u = (struct user){.name = name,
                       .role = i->role,
                       .kind = USER_PERSON,
                       .password = password_hashed,
                       .created_at = now_ms};
    return store_user_add(s, u);
}

static enum err accept_known(struct store *s, struct arena *a, const struct invitation *i,
                             const char *name, const char *password_hashed, struct user *u)
{
    TRY(get_who_signs_in(s, a, i->user_id, u));
    if (name && strcasecmp(name, u->name) != 0)
        return fail(ERR_INVALID, "name: this link is for \"%s\"", u->name);
    if (u->disabled) return fail(ERR_DENIED, "\"%s\" is disabled", u->name);
    u->password = password_hashed;
    TRY(store_user_update(s, u));
    return store_session_end_all(s, u->id);
}

static enum err accept(struct store *s, struct arena *a, const char *secret, const char *name,
                       const char *password_hashed, int64_t now_ms, struct user *u)
{
    struct invitation i;

    TRY(invitation_find(s, a, secret, now_ms, &i));
    TRY(i.user_id ? accept_known(s, a, &i, name, password_hashed, u)
                  : accept_new(s, &i, name, password_hashed, now_ms, u));
    TRY(store_invitation_use(s, &i.hash, now_ms));
    TRY(store_user_get(s, a, u->id, u));
    return audit_append_word(
        s,
        &(struct audit_event){
            .action = "user.joined", .user_id = u->id, .subject = "user", .subject_id = u->id},
        "role", role_name(u->role));
}

enum err user_accept(struct store *s, struct arena *a, const char *secret, const char *name,
                     const char *password_hashed, int64_t now_ms, struct user *u)
{
    TRY(store_begin(s));
    return store_end(s, accept(s, a, secret, name, password_hashed, now_ms, u));
}

static enum err add(struct store *s, struct arena *a, struct user *u)
{
    TRY(store_user_add(s, u));
    TRY(tell(s, "user.added", u));
    return store_user_get(s, a, u->id, u);
}

enum err user_add(struct store *s, struct arena *a, const char *name, enum role role,
                  const char *password_hashed, int64_t now_ms, struct user *u)
{
    TRY(user_name_check(name));
    *u = (struct user){.name = name,
                       .role = role,
                       .kind = USER_PERSON,
                       .password = password_hashed,
                       .created_at = now_ms};
    TRY(store_begin(s));
    return store_end(s, add(s, a, u));
}

enum err user_add_service(struct store *s, struct arena *a, const char *name, enum role role,
                          int64_t now_ms, struct user *u)
{
    TRY(user_name_check(name));
    *u = (struct user){.name = name, .role = role, .kind = USER_SERVICE, .created_at = now_ms};
    TRY(store_begin(s));
    return store_end(s, add(s, a, u));
}

/* What a change of a person's row is: one of these. */
struct user_change {
    const char *password; /* NULL: as it is */
    int role, disabled;   /* negative: as it is */
    int64_t now_ms;
};

static enum err tell_change(struct store *s, int64_t user_id, const struct user_change *c)
{
    struct audit_event e = {.action = "user.changed", .subject = "user", .subject_id = user_id};

    if (c->role >= 0) return audit_append_word(s, &e, "role", role_name((enum role)c->role));
    if (c->password) e.action = "user.password_set";
    if (c->disabled >= 0) e.action = c->disabled ? "user.disabled" : "user.enabled";
    return audit_append(s, &e);
}

static enum err change_row(struct store *s, struct user *u, const struct user_change *c)
{
    if (c->password) u->password = c->password;
    if (c->role >= 0) u->role = (enum role)c->role;
    if (c->disabled >= 0) u->disabled = c->disabled;
    return store_user_update(s, u);
}

/* Somebody must remain who can administer. */
static enum err admins_left(struct store *s, int64_t n_before, const struct user *u)
{
    int64_t n_persons;
    int64_t n_after;

    TRY(store_user_count(s, &n_persons, &n_after));
    if (!n_before || n_after) return OK;
    return fail(ERR_CONFLICT,
                "\"%s\" is the only administrator who can sign in: make another one first",
                u->name);
}

static enum err change(struct store *s, struct arena *a, int64_t user_id,
                       const struct user_change *c)
{
    struct user u;
    int64_t n_persons;
    int64_t n_before;

    TRY(c->password ? get_who_signs_in(s, a, user_id, &u) : get_person(s, a, user_id, &u));
    TRY(store_user_count(s, &n_persons, &n_before));
    TRY(change_row(s, &u, c));
    TRY(admins_left(s, n_before, &u));
    TRY(tell_change(s, user_id, c));
    if (c->disabled > 0) TRY(queue_withdraw(s, 0, user_id, c->now_ms));
    return c->password || c->disabled > 0 ? store_session_end_all(s, user_id) : OK;
}

static enum err change_user(struct store *s, int64_t user_id, const struct user_change *c)
{
    struct arena a;
    enum err e;

    TRY(store_begin(s));
    arena_init(&a, 64 * KIB);
    e = change(s, &a, user_id, c);
    arena_free(&a);
    return store_end(s, e);
}

enum err user_set_password(struct store *s, int64_t user_id, const char *password_hashed)
{
    return change_user(s, user_id, &(struct user_change){password_hashed, -1, -1, 0});
}

enum err user_set_role(struct store *s, int64_t user_id, enum role role)
{
    return change_user(s, user_id, &(struct user_change){NULL, (int)role, -1, 0});
}

enum err user_set_disabled(struct store *s, int64_t user_id, int disabled, int64_t now_ms)
{
    return change_user(s, user_id, &(struct user_change){NULL, -1, disabled != 0, now_ms});
}

static enum err tell_of(struct store *s, const char *action, int64_t user_id)
{
    return audit_append(
        s, &(struct audit_event){.action = action, .subject = "user", .subject_id = user_id});
}

static enum err sign_out(struct store *s, int64_t user_id)
{
    TRY(store_session_end_all(s, user_id));
    return tell_of(s, "user.signed_out_everywhere", user_id);
}

enum err user_sign_out(struct store *s, int64_t user_id)
{
    TRY(store_begin(s));
    return store_end(s, sign_out(s, user_id));
}

static enum err erase(struct store *s, struct arena *a, int64_t user_id, int64_t now_ms)
{
    struct user u;
    int64_t n_persons;
    int64_t n_before;

    TRY(get_person(s, a, user_id, &u));
    TRY(store_user_count(s, &n_persons, &n_before));
    TRY(store_user_erase(s, user_id, now_ms));
    TRY(admins_left(s, n_before, &u));
    TRY(queue_withdraw(s, 0, user_id, now_ms));
    return tell_of(s, "user.erased", user_id);
}

enum err user_erase(struct store *s, int64_t user_id, int64_t now_ms)
{
    struct arena a;
    enum err e;

    TRY(store_begin(s));
    arena_init(&a, 64 * KIB);
    e = erase(s, &a, user_id, now_ms);
    arena_free(&a);
    return store_end(s, e);
}

enum err user_need_role(const struct user *u, enum role least)
{
    if (u->role >= least) return OK;
    return fail(ERR_DENIED, "this needs the role %s; %s has the role %s", role_name(least),
                u->name, role_name(u->role));
}
