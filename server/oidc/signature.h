/* signature - which key fits a signed text, and whether it made the signature. Private to this
 * folder; the rules are in token.h. */
#ifndef EXEMPLAR_OIDC_SIGNATURE_H
#define EXEMPLAR_OIDC_SIGNATURE_H

#include "base/arena.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum algorithm { ALG_RS256, ALG_PS256, ALG_ES256, ALG_EDDSA, ALGORITHMS };

/* "header.payload.signature", and what its header says. */
struct signed_text {
    const char *text;
    size_t n_header; /* of the first part */
    size_t n_signed; /* of the first two with their dot */
    size_t n;
    enum algorithm algorithm;
    const char *key_id; /* NULL: it names none */
};

/* ERR_INVALID for every other. */
enum err algorithm_read(const char *text, enum algorithm *algorithm) MUST_USE;

/* By its name, type, curve and use; a key that is too weak or damaged fits nothing. */
bool key_fits(struct arena *a, const json_t *key, const struct signed_text *t);

/* Of a key that fits. */
bool signature_is_valid(struct arena *a, const json_t *key, const struct signed_text *t);

#endif
