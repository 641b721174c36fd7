/* store/user - rows of people, invitations, sessions and tokens. Rules: domain/user.h. */
#ifndef EXEMPLAR_STORE_USER_H
#define EXEMPLAR_STORE_USER_H

#include "base/hash.h"
#include "store/store.h"

enum role { ROLE_ANNOTATOR, ROLE_REVIEWER, ROLE_MANAGER, ROLE_ADMIN }; /* least first */
enum user_kind {
    USER_PERSON,
    USER_SYSTEM,  /* a part of the program */
    USER_SERVICE, /* a program of somebody's: works by tokens and cannot sign in */
};

enum { USER_IMPORT = 1 }; /* the system user whose labels came with the items */

struct user {
    int64_t id;
    const char *name;
    enum role role;
    enum user_kind kind;
    const char *password; /* Argon2id text; NULL: none */
    int disabled;         /* 1: may not sign in or use a token */
    int64_t created_at;
    int64_t erased_at; /* 0: not */
};

struct invitation {
    struct hash hash;
    enum role role;
    int64_t user_id;       /* 0: makes a new person */
    const char *user_name; /* NULL when user_id is 0 */
    int64_t created_at, expires_at;
    int64_t used_at; /* 0: not yet */
};

struct session {
    struct hash hash;
    int64_t user_id, created_at, seen_at, expires_at;
};

/* What a token may do; each is a bit. Whatever its owner's role allows beside is shut to it. */
enum scope {
    SCOPE_READ = 1,
    SCOPE_LABEL = 2,
    SCOPE_IMPORT = 4,
    SCOPE_EXPORT = 8,
    SCOPE_MANAGE = 16,
    SCOPE_PREDICT = 32,
    SCOPE_ALL = 63,
};

struct token {
    int64_t id, user_id;
    const char *name;
    int64_t created_at;
    int64_t used_at;    /* 0: never */
    int64_t revoked_at; /* 0: valid */
    unsigned scopes;
    int64_t project_id;  /* 0: not bound to one */
    int64_t endpoint_id; /* 0: not bound to one */
};

/* "annotator", ...; role_read: ERR_INVALID with the list of roles. */
const char *role_name(enum role r);
enum err role_read(enum role *r, const char *text) MUST_USE;

/* ERR_NOT_FOUND with a sentence. Names compare without case. */
enum err store_user_get(struct store *s, struct arena *a, int64_t id, struct user *u) MUST_USE;
enum err store_user_by_name(struct store *s, struct arena *a, const char *name,
                            struct user *u) MUST_USE;
/* Persons and services that are not erased, by id, after `after`, at most `limit`; n_users their number. */
enum err store_user_list(struct store *s, struct arena *a, int64_t after, size_t limit,
                         struct user **users, size_t *n_users) MUST_USE;
/* Persons that exist (services are none), and those of them who are administrators, have a
 * password and are not disabled. */
enum err store_user_count(struct store *s, int64_t *n_persons, int64_t *n_admins) MUST_USE;
/* Sets u->id. ERR_CONFLICT if the name is taken. */
enum err store_user_add(struct store *s, struct user *u) MUST_USE;
/* role, disabled and password as in `u`. */
enum err store_user_update(struct store *s, const struct user *u) MUST_USE;
/* What names or admits this person goes: name ("erased 7" instead), password, sessions, tokens,
 * links, identities of providers, memberships. The database overwrites what it frees. */
enum err store_user_erase(struct store *s, int64_t id, int64_t now_ms) MUST_USE;

enum err store_invitation_add(struct store *s, const struct invitation *i) MUST_USE;
enum err store_invitation_get(struct store *s, struct arena *a, const struct hash *hash,
                              struct invitation *i) MUST_USE;
enum err store_invitation_use(struct store *s, const struct hash *hash,
                              int64_t now_ms) MUST_USE;
/* Every unused link that names this person (0: that names nobody and is for `role`) is void. */
enum err store_invitation_void(struct store *s, int64_t user_id, enum role role,
                               int64_t now_ms) MUST_USE;

enum err store_session_add(struct store *s, const struct session *x) MUST_USE;
enum err store_session_get(struct store *s, const struct hash *hash,
                           struct session *x) MUST_USE;
enum err store_session_seen(struct store *s, const struct hash *hash, int64_t now_ms,
                            int64_t expires_at) MUST_USE;
enum err store_session_end(struct store *s, const struct hash *hash) MUST_USE;
enum err store_session_end_all(struct store *s, int64_t user_id) MUST_USE;
enum err store_session_end_expired(struct store *s, int64_t now_ms) MUST_USE;

/* Sets t->id. */
enum err store_token_add(struct store *s, struct token *t, const struct hash *hash) MUST_USE;
enum err store_token_by_hash(struct store *s, struct arena *a, const struct hash *hash,
                             struct token *t) MUST_USE;
enum err store_token_list(struct store *s, struct arena *a, int64_t user_id,
                          struct token **tokens, size_t *n) MUST_USE; /* not the revoked */
enum err store_token_used(struct store *s, int64_t id, int64_t now_ms) MUST_USE;
/* Those bound to an endpoint, of whomever, not the revoked. */
enum err store_token_of_endpoint(struct store *s, struct arena *a, int64_t endpoint_id,
                                 struct token **tokens, size_t *n) MUST_USE;
/* ERR_NOT_FOUND unless the token is this person's and not yet revoked. */
enum err store_token_revoke(struct store *s, int64_t user_id, int64_t id,
                            int64_t now_ms) MUST_USE;

#endif
