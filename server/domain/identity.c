#include "domain/identity.h"

#include "domain/audit.h"

#include <string.h>

enum { NAME_TRIES = 1000 };

/* At most `max` characters of the text without control characters and spaces at the ends; "" when
 * nothing is left. Cut between code points. */
static char *name_fitting(struct arena *a, const char *text, size_t max)
{
    char *name = arena_strdup(a, text ? text : "");
    size_t n_chars = 0;
    size_t n = 0;

    if (!name) return NULL;
    for (const char *c = name; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < 32 || byte == 127 || (byte == ' ' && !n)) continue;
        if ((byte & 0xc0) != 0x80 && ++n_chars > max) break;
        name[n++] = *c;
    }
    while (n && name[n - 1] == ' ')
        n--;
    name[n] = 0;
    return name;
}

/* The name said, or the next with a number that nobody has: "Ada", "Ada 2". */
static enum err user_new(struct store *s, struct arena *a, const char *said, int64_t now_ms,
                         struct user *u)
{
    const char *base = name_fitting(a, said, NAME_CHARS_MAX - 5);
    enum err e = ERR_CONFLICT;

    NEED(base);
    if (!*base) base = "newcomer";
    for (int i = 1; i <= NAME_TRIES && e == ERR_CONFLICT; i++) {
        *u = (struct user){.name = i == 1 ? base : arena_printf(a, "%s %d", base, i),
                           .role = ROLE_ANNOTATOR,
                           .kind = USER_PERSON,
                           .created_at = now_ms};
        NEED(u->name);
        e = store_user_add(s, u);
    }
    return e ? e : store_user_get(s, a, u->id, u);
}

/* Whoever comes in is who does it: nobody is signed in yet. */
static enum err tell(struct store *s, const char *action, int64_t user_id)
{
    return audit_append(
        s, &(struct audit_event){
               .action = action, .user_id = user_id, .subject = "user", .subject_id = user_id});
}

static enum err tell_role(struct store *s, const char *action, const struct user *u)
{
    const struct audit_event e = {
        .action = action, .user_id = u->id, .subject = "user", .subject_id = u->id};
    return audit_append_word(s, &e, "role", role_name(u->role));
}

static enum err add(struct store *s, const struct identity_said *said, int64_t user_id,
                    int64_t now_ms)
{
    TRY(store_identity_add(s, &(struct identity){.issuer = said->issuer,
                                                 .subject = said->subject,
                                                 .user_id = user_id,
                                                 .created_at = now_ms}));
    return tell(s, "user.connected", user_id);
}

static enum err enter(struct store *s, struct arena *a, const struct identity_said *said,
                      enum newcomers newcomers, int64_t now_ms, struct user *u)
{
    enum err e = store_identity_user(s, a, said->issuer, said->subject, u);
    int none;

    if (!e && u->disabled)
        return fail(ERR_DENIED, "the account of \"%s\" is disabled", u->name);
    if (e != ERR_NOT_FOUND) return e;
    TRY(user_is_none(s, &none));
    if (newcomers == NEWCOMERS_INVITED || none)
        return fail(ERR_DENIED,
                    "There is no account here for this identity. Ask an administrator for an "
                    "invitation; or, if you have an account, sign in by password and connect "
                    "this identity on your account page.");
    TRY(user_new(s, a, said->name, now_ms, u));
    TRY(tell_role(s, "user.added", u));
    return add(s, said, u->id, now_ms);
}

enum err identity_enter(struct store *s, struct arena *a, const struct identity_said *said,
                        enum newcomers newcomers, int64_t now_ms, struct user *u)
{
    TRY(store_begin(s));
    return store_end(s, enter(s, a, said, newcomers, now_ms, u));
}

static enum err accept(struct store *s, struct arena *a, const struct identity_said *said,
                       const char *link, int64_t now_ms, struct user *u)
{
    struct invitation i;

    TRY(invitation_find(s, a, link, now_ms, &i));
    if (!i.user_id)
        return fail(ERR_DENIED, "The first administrator chooses a name and a password: there "
                                "has to be a way in when the provider is away.");
    TRY(store_user_get(s, a, i.user_id, u));
    if (u->kind != USER_PERSON || u->disabled)
        return fail(ERR_DENIED, "\"%s\" is disabled", u->name);
    TRY(add(s, said, u->id, now_ms));
    TRY(store_invitation_use(s, &i.hash, now_ms));
    TRY(tell_role(s, "user.joined", u));
    return store_session_end_all(s, u->id);
}

enum err identity_accept(struct store *s, struct arena *a, const struct identity_said *said,
                         const char *link, int64_t now_ms, struct user *u)
{
    TRY(store_begin(s));
    return store_end(s, accept(s, a, said, link, now_ms, u));
}

enum err identity_connect(struct store *s, const struct identity_said *said, int64_t user_id,
                          int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, add(s, said, user_id, now_ms));
}

static enum err disconnect(struct store *s, struct arena *a, int64_t user_id)
{
    struct user u;
    int64_t n;

    TRY(store_user_get(s, a, user_id, &u));
    if (!u.password)
        return fail(
            ERR_CONFLICT,
            "\"%s\" has no password and could not sign in any more: set one first, by a "
            "link that an administrator makes",
            u.name);
    TRY(store_identity_remove(s, user_id, &n));
    if (!n) return OK;
    TRY(tell(s, "user.parted", user_id));
    return store_session_end_all(s, user_id);
}

enum err identity_disconnect(struct store *s, struct arena *a, int64_t user_id)
{
    TRY(store_begin(s));
    return store_end(s, disconnect(s, a, user_id));
}
