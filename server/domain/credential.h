/* credential - what a person is known again by: sessions of browsers and tokens of scripts.
 *
 *     char cookie[SECRET_TEXT];
 *     TRY(session_new(s, u.id, now, cookie));
 *     ...
 *     TRY(user_by_session(s, a, cookie, now, &u));                // each request; reading only
 *
 * Secrets leave these functions once, as text; only their hash is kept. A token does no more than its
 * scopes and its owner may. Errors beside those of store: ERR_INVALID names the field and its
 * limit. */
#ifndef EXEMPLAR_DOMAIN_CREDENTIAL_H
#define EXEMPLAR_DOMAIN_CREDENTIAL_H

#include "store/user.h"

#define SESSION_MS        ((int64_t)30 * 24 * 3600 * 1000) /* since it was last seen */
#define SESSION_SEEN_EACH ((int64_t)3600 * 1000)           /* session_touch writes this often */

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
    unsigned scopes;     /* of enum scope */
    int64_t project_id;  /* the only one it may be used in; 0: all of its owner's */
    int64_t endpoint_id; /* the only one it may call, and nothing else; 0: not bound */
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

#endif
