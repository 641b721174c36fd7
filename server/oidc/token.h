/* token - whether an ID token is what our provider said about this very sign-in.
 *
 *     struct id_expect x = {.issuer = "https://id.example.org", .client_id = "labels",
 *                           .nonce = nonce, .now_s = now};
 *     struct id_claims c;
 *     TRY(id_token_verify(a, jwks, text, &x, &c));
 *     ... c.subject is who it is, for ever; c.name is what to call them, perhaps NULL ...
 *
 * Accepted is only what is signed by one of the provider's public keys with RS256, PS256, ES256 or
 * EdDSA (Ed25519): "none" and the HMACs are no algorithms here, so a public key can never be taken
 * for a shared secret. The key has to be of the algorithm's type, for signing, and RSA has at
 * least 2048 bits. Then the claims: iss, aud, azp, exp, nbf, iat, nonce, sub.
 *
 * Errors: ERR_UNAUTHORISED with what was wrong; ERR_NOT_FOUND when no key fits, which is what a
 * change of the provider's keys looks like: fetch them again and try once more.
 * Sources: OpenID Connect Core 1.0, 3.1.3.7; RFC 7515, 7517, 7518, 8037, 8725.
 * Threads: any; pure. */
#ifndef EXEMPLAR_OIDC_TOKEN_H
#define EXEMPLAR_OIDC_TOKEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#include <stdint.h>

enum {
    ID_TOKEN_MAX = 32 * 1024, /* bytes */
    ID_LEEWAY_S = 60,         /* what two clocks may differ */
    SUBJECT_MAX = 255,        /* Core 1.0, section 2 */
    KEYS_MAX = 100,
};

struct id_expect {
    const char *issuer;
    const char *client_id;
    const char *nonce;
    int64_t now_s;
};

struct id_claims {
    const char *subject;
    const char *name; /* name, else preferred_username; NULL: it says none */
};

enum err id_token_verify(struct arena *a, const json_t *jwks, const char *token,
                         const struct id_expect *x, struct id_claims *c) MUST_USE;

/* The name among the claims of an ID token or of the userinfo reply; NULL when there is none. */
const char *claims_name(struct arena *a, const json_t *claims);

#endif
