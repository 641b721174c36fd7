#include "signer.h"

#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

static void must(bool is, const char *what)
{
    if (is) return;
    fprintf(stderr, "signer: %s\n", what);
    abort();
}

static void list_key(struct signer *s, const char *kid, const cjose_jwk_t *key)
{
    char *text = cjose_jwk_to_json(key, false, NULL);
    json_t *k = json_loads(text, 0, NULL);

    must(k != NULL, "a key cannot be written");
    json_object_set_new(k, "kid", json_string(kid));
    json_array_append_new(json_object_get(s->jwks, "keys"), k);
    free(text);
}

static void list_ed(struct signer *s)
{
    char x[BASE64URL(32)];

    base64url_of(x, s->ed.public_half, 32);
    json_array_append_new(
        json_object_get(s->jwks, "keys"),
        json_pack("{ssssssss}", "kty", "OKP", "crv", "Ed25519", "kid", "ed", "x", x));
}

cjose_jwk_t *signer_rsa(struct signer *s, const char *kid, size_t bits)
{
    static const uint8_t e[] = {1, 0, 1};
    cjose_jwk_t *key = cjose_jwk_create_RSA_random(bits, e, sizeof e, NULL);

    must(key != NULL, "no RSA key");
    list_key(s, kid, key);
    return key;
}

void signer_start(struct signer *s)
{
    must(hash_start() == OK, "libsodium");
    s->jwks = json_pack("{s[]}", "keys");
    s->rsa = signer_rsa(s, "rsa", 2048);
    s->ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
    list_key(s, "ec", s->ec);
    sign_key_new(&s->ed);
    list_ed(s);
}

void signer_stop(struct signer *s)
{
    cjose_jwk_release(s->rsa);
    cjose_jwk_release(s->ec);
    json_decref(s->jwks);
}

static char *part(struct arena *a, const void *bytes, size_t n)
{
    char *text = arena_alloc(a, BASE64URL(n));

    base64url_of(text, bytes, n);
    return text;
}

const char *signer_token_by(struct arena *a, cjose_jwk_t *key, const char *header,
                            const char *claims)
{
    json_t *h = json_loads(header, 0, NULL);
    cjose_jws_t *s;
    const char *text;

    must(h != NULL, "the header is no JSON");
    s = cjose_jws_sign(key, (cjose_header_t *)h, (const uint8_t *)claims, strlen(claims), NULL);
    must(s && cjose_jws_export(s, &text, NULL), "it cannot be signed");
    text = arena_strdup(a, text);
    cjose_jws_release(s);
    json_decref(h);
    return text;
}

const char *signer_token(struct signer *s, struct arena *a, const char *alg, const char *header,
                         const char *claims, const char *secret)
{
    const char *text;
    uint8_t signature[SIGNATURE_BYTES];
    cjose_jwk_t *oct;

    if (alg[0] == 'R' || alg[0] == 'P') return signer_token_by(a, s->rsa, header, claims);
    if (alg[1] == 'S' && alg[0] == 'E') return signer_token_by(a, s->ec, header, claims);
    if (alg[0] == 'H') {
        oct = cjose_jwk_create_oct_spec((const uint8_t *)secret, strlen(secret), NULL);
        text = signer_token_by(a, oct, header, claims);
        cjose_jwk_release(oct);
        return text;
    }
    text = arena_printf(a, "%s.%s", part(a, header, strlen(header)),
                        part(a, claims, strlen(claims)));
    if (alg[0] == 'n') return arena_printf(a, "%s.", text);
    sign(signature, &s->ed, text, strlen(text));
    return arena_printf(a, "%s.%s", text, part(a, signature, sizeof signature));
}
