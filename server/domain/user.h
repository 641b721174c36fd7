/* user - people, how they are let in, and what they may do.
 *
 * A person comes in by a one-use link and chooses a password; how she is known again after that is
 * domain/credential.h. Secrets leave these functions once, as text; only their hash is kept.
 *
 *     char link[SECRET_TEXT];
 *     TRY(user_invite_first(s, now, link));                       // a fresh install
 *     TRY(password_hash(hashed, password));                       // on the slow lane, before
 *     TRY(user_accept(s, a, link, "ada", hashed, now, &u));
 *
 * Passwords are hashed and compared by the caller (base/hash.h), never inside a transaction:
 * it takes 80 ms. Errors beside those of store: ERR_INVALID names the field and its limit. */
#ifndef EXEMPLAR_DOMAIN_USER_H
#define EXEMPLAR_DOMAIN_USER_H

#include "store/user.h"

enum { NAME_CHARS_MAX = 100, PASSWORD_CHARS_MIN = 8, PASSWORD_BYTES_MAX = 1000 };
#define INVITATION_MS ((int64_t)7 * 24 * 3600 * 1000)

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

/* ERR_DENIED "this needs the role manager; ada is an annotator". */
enum err user_need_role(const struct user *u, enum role least) MUST_USE;

#endif
