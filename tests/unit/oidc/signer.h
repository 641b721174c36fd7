/* signer - a provider's keys and its signature under any claims, for tests. */
#ifndef EXEMPLAR_TESTS_SIGNER_H
#define EXEMPLAR_TESTS_SIGNER_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"

#include <cjose/cjose.h>

struct signer {
    cjose_jwk_t *rsa, *ec;
    struct sign_key ed;
    json_t *jwks; /* the public halves, kid "rsa", "ec" and "ed" */
};

void signer_start(struct signer *s);
void signer_stop(struct signer *s);

/* The token of these JSON texts, signed as `alg` says with the key of that kind ("HS256": with
 * `secret`); "none": with an empty signature. */
const char *signer_token(struct signer *s, struct arena *a, const char *alg, const char *header,
                         const char *claims, const char *secret);

/* One more key under `kid`, of so many bits. */
cjose_jwk_t *signer_rsa(struct signer *s, const char *kid, size_t bits);
const char *signer_token_by(struct arena *a, cjose_jwk_t *key, const char *header,
                            const char *claims);

#endif
