/* user - people, how they are let in, and what they may do.
 *
 * A person comes in by a one-use link, chooses a password, and then holds sessions (browsers)
 * and tokens (scripts). Secrets leave these functions once, as text; only their hash is kept.
 *
 *     char link[SECRET_TEXT];
 *     TRY(user_invite_first(s, now, link));                       // a fresh install
 *     TRY(password_hash(hashed, password));                       // on the slow lane, before
 *     TRY(user_accept(s, a, link, "ada", hashed, now, &u));
 *     TRY(session_new(s, u.id, now, cookie));
 *     ...
 *     TRY(user_by_session(s, a, cookie, now, &u));                // each request; reading only
 *
 * Passwords are hashed and compared by the caller (base/hash.h), never inside a transaction:
 * it takes 80 ms. Errors beside those of store: ERR_INVALID names the field and its limit. */
#ifndef EXEMPLAR_DOMAIN_USER_H
#define EXEMPLAR_DOMAIN_USER_H

#include "store/user.h"

enum { NAME_CHARS_MAX = 100, PASSWORD_CHARS_MIN = 8, PASSWORD_BYTES_MAX = 1000 };
#define INVITATION_MS     ((int64_t)7 * 24 * 3600 * 1000)
#define SESSION_MS        ((int64_t)30 * 24 * 3600 * 1000) /* since it was last seen */
#define SESSION_SEEN_EACH ((int64_t)3600 * 1000)           /* session_touch writes this often */

/* ERR_INVALID: 1 to 100 characters, no control characters, no space at either end. */
enum err user_name_check(const char *name) MUST_USE;
/* ERR_INVALID: at least 8 characters, at most 1,000 bytes. */
enum err user_password_check(const char *password) MUST_USE;

/* True (1) in *none while nobody but the system user exists. */
enum err user_is_none(struct store *s, int *none) MUST_USE;

/* A link for the first administrator; the links made so before are void.
 * ERR_CONFLICT when a person exists already. */
enum err user_invite_first(struct store *s, int64_t now_ms, char secret[SECRET_TEXT]) MUST_USE;

/* A person without password yet, and the link by which she sets one. ERR_CONFLICT: name taken. */
enum err user_invite(struct store *s, struct arena *a, const char *name, enum role role,
                     int64_t now_ms, struct user *u, char secret[SECRET_TEXT],
                     int64_t *expires_at) MUST_USE;

/* A new link for somebody who exists: a password reset. Her older links are void. */
enum err user_invite_again(struct store *s, int64_t user_id, int64_t now_ms,
                           char secret[SECRET_TEXT], int64_t *expires_at) MUST_USE;

/* ERR_NOT_FOUND, with a sentence for people, when the link is unknown, used or expired. */
enum err invitation_find(struct store *s, struct arena *a, const char *secret, int64_t now_ms,
                         struct invitation *i) MUST_USE;

/* Uses the link up. `name` may be NULL when the link names its person (else it must be hers).
 * A reset ends all her sessions. ERR_NOT_FOUND as invitation_find; ERR_CONFLICT: name taken. */
enum err user_accept(struct store *s, struct arena *a, const char *secret, const char *name,
                     const char *password_hashed, int64_t now_ms, struct user *u) MUST_USE;

/* A person with a password at once, for the command line. ERR_CONFLICT: name taken. */
enum err user_add(struct store *s, struct arena *a, const char *name, enum role role,
                  const char *password_hashed, int64_t now_ms, struct user *u) MUST_USE;

/* Ends her other sessions too. */
enum err user_set_password(struct store *s, int64_t user_id,
                           const char *password_hashed) MUST_USE;

/* ERR_CONFLICT if it would leave no administrator who can sign in; disabling ends all sessions.
 * and what she holds goes back to the queue. `disabled`: 0 or 1. The system user cannot be
 * changed (ERR_DENIED), and one who was erased is not there (ERR_NOT_FOUND). */
enum err user_set_role(struct store *s, int64_t user_id, enum role role) MUST_USE;
enum err user_set_disabled(struct store *s, int64_t user_id, int disabled,
                           int64_t now_ms) MUST_USE;

/* Ends all her sessions, wherever they are; tokens go on. */
enum err user_sign_out(struct store *s, int64_t user_id) MUST_USE;

/* An account for a program: it has tokens, no password, and joins projects one by one.
 * ERR_CONFLICT: name taken. */
enum err user_add_service(struct store *s, struct arena *a, const char *name, enum role role,
                          int64_t now_ms, struct user *u) MUST_USE;

/* Forgets who she was: name, password, sessions, tokens, links and memberships go, what she held
 * goes back to the queue. Her number stays with what she did, under the name "erased 7"; ledger and
 * audit log know nothing else of her and stay valid. Cannot be undone. ERR_CONFLICT as above. */
enum err user_erase(struct store *s, int64_t user_id, int64_t now_ms) MUST_USE;

/* ERR_UNAUTHORISED with one sentence for unknown, ended, expired and disabled alike. Reading
 * only; the writing part is session_touch and token_touch. */
enum err user_by_session(struct store *s, struct arena *a, const char *secret, int64_t now_ms,
                         struct user *u) MUST_USE;
enum err user_by_token(struct store *s, struct arena *a, const char *secret, int64_t now_ms,
                       struct user *u, struct token *t) MUST_USE;

enum err session_new(struct store *s, int64_t user_id, int64_t now_ms,
                     char secret[SECRET_TEXT]) MUST_USE;
enum err session_end(struct store *s, const char *secret) MUST_USE; /* OK if there is none */
/* Whether its time of last use should be written again (it is older than an hour); then touch. */
enum err session_is_stale(struct store *s, const char *secret, int64_t now_ms,
                          int *stale) MUST_USE;
enum err session_touch(struct store *s, const char *secret, int64_t now_ms) MUST_USE;

struct token_wish {
    const char *name;
    unsigned scopes;    /* of enum scope */
    int64_t project_id; /* the only one it may be used in; 0: all of its owner's */
};
/* ERR_INVALID: name, or no scope. ERR_NOT_FOUND: a project that is none of theirs. */
enum err token_new(struct store *s, int64_t user_id, const struct token_wish *w, int64_t now_ms,
                   int64_t *id, char secret[SECRET_TEXT]) MUST_USE;
enum err token_touch(struct store *s, int64_t token_id, int64_t now_ms) MUST_USE;
enum err token_revoke(struct store *s, int64_t user_id, int64_t token_id,
                      int64_t now_ms) MUST_USE;
/* Listing: store_token_list. */

/* "read", ...; scope_read: ERR_INVALID with the list. */
const char *scope_name(enum scope one);
enum err scope_read(enum scope *one, const char *text) MUST_USE;
/* ERR_DENIED "this needs a token with the scope import; this one has read, label". */
enum err token_need_scope(const struct token *t, enum scope needed) MUST_USE;

/* ERR_DENIED "this needs the role manager; ada is an annotator". */
enum err user_need_role(const struct user *u, enum role least) MUST_USE;

#endif
