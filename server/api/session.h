/* session - what signing in by password and signing in by a provider have in common. */
#ifndef EXEMPLAR_API_SESSION_H
#define EXEMPLAR_API_SESSION_H

#include "api/api.h"

/* In the writer: a browser that signs in gets a new secret, and the one it came with is worth
 * nothing any more, so a secret planted before (session fixation) is no use. */
enum err session_rotate(struct store *s, const struct req *q, int64_t user_id,
                        char secret[SECRET_TEXT]) MUST_USE;

/* 201 with the user, and the secret of the new session as a cookie; NULL: they keep theirs. */
enum err reply_signed_in(struct reply *r, struct arena *a, const struct user *u,
                         const char *secret) MUST_USE;

/* What a page has to know of the provider: {"name","connected"?}; nothing when there is none. */
enum err encode_provider(struct out *o, const struct req *q) MUST_USE;

#endif
