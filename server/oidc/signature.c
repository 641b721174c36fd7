#include "oidc/signature.h"

#include <cjose/cjose.h>
#include <string.h>

/* An RSA key below 2048 bits is weak (RFC 7518, 3.3), one beyond 8192 only costs time, and so
 * does a large exponent. */
enum { RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 1024, RSA_EXPONENT_MAX = 4, ED25519_BYTES = 32 };

static const struct {
    const char *name;
    const char *type;
    const char *curve;    /* NULL: has none */
    const char *parts[3]; /* of the public key */
} KINDS[ALGORITHMS] = {
    [ALG_RS256] = {"RS256", "RSA", NULL,      {"n", "e"}       },
    [ALG_PS256] = {"PS256", "RSA", NULL,      {"n", "e"}       },
    [ALG_ES256] = {"ES256", "EC",  "P-256",   {"crv", "x", "y"}},
    [ALG_EDDSA] = {"EdDSA", "OKP", "Ed25519", {"crv", "x"}     },
};

enum err algorithm_read(const char *text, enum algorithm *algorithm)
{
    for (*algorithm = 0; *algorithm < ALGORITHMS; (*algorithm)++)
        if (!strcmp(text, KINDS[*algorithm].name)) return OK;
    return fail(ERR_INVALID, "the algorithm %.20s is not accepted", text);
}

/* Whether the member is this text; one that is missing is `when_missing`. */
static bool is_text(const json_t *key, const char *member, const char *text, bool when_missing)
{
    const json_t *value = json_object_get(key, member);
    const char *is = json_string_value(value);

    return value ? is && !strcmp(is, text) : when_missing;
}

/* "key_ops", where there is one, lists what the key is for. */
static bool may_verify(const json_t *key)
{
    const json_t *uses = json_object_get(key, "key_ops");

    for (size_t i = 0; i < json_array_size(uses); i++) {
        const char *use = json_string_value(json_array_get(uses, i));
        if (use && !strcmp(use, "verify")) return true;
    }
    return !uses;
}

static size_t bytes_of(const json_t *key, const char *member)
{
    const json_t *value = json_object_get(key, member);
    return json_is_string(value) ? json_string_length(value) * 3 / 4 : 0;
}

static bool is_strong(const json_t *key)
{
    size_t n = bytes_of(key, "n");
    size_t e = bytes_of(key, "e");

    return n >= RSA_BYTES_MIN && n <= RSA_BYTES_MAX && e >= 1 && e <= RSA_EXPONENT_MAX &&
           strncmp(json_string_value(json_object_get(key, "n")), "AA", 2) != 0;
}

bool key_fits(const json_t *key, const struct signed_text *t)
{
    const char *curve = KINDS[t->algorithm].curve;

    if (t->key_id && !is_text(key, "kid", t->key_id, false)) return false;
    if (!is_text(key, "kty", KINDS[t->algorithm].type, false)) return false;
    if (curve && !is_text(key, "crv", curve, false)) return false;
    if (!is_text(key, "alg", KINDS[t->algorithm].name, true)) return false;
    if (!is_text(key, "use", "sig", true) || !may_verify(key)) return false;
    return curve || is_strong(key);
}

/* The public half alone, whatever else the provider lists with it. NULL: it is no key. */
static cjose_jwk_t *key_import(const json_t *key, const struct signed_text *t)
{
    json_t *half = json_object();
    cjose_jwk_t *imported = NULL;
    char *text = NULL;

    json_object_set_new(half, "kty", json_string(KINDS[t->algorithm].type));
    for (int i = 0; i < 3 && KINDS[t->algorithm].parts[i]; i++)
        json_object_set(half, KINDS[t->algorithm].parts[i],
                        json_object_get(key, KINDS[t->algorithm].parts[i]));
    if (half) text = json_dumps(half, JSON_COMPACT);
    if (text) imported = cjose_jwk_import(text, strlen(text), NULL);
    free(text);
    json_decref(half);
    return imported;
}

static bool is_valid_by_cjose(const json_t *key, const struct signed_text *t)
{
    cjose_jwk_t *k = key_import(key, t);
    cjose_jws_t *s = k ? cjose_jws_import(t->text, t->n, NULL) : NULL;
    bool is = s && cjose_jws_verify(s, k, NULL);

    cjose_jws_release(s);
    cjose_jwk_release(k);
    return is;
}

/* cjose knows no Ed25519; the library that signs our ledger does. */
static bool is_valid_ed25519(struct arena *a, const json_t *key, const struct signed_text *t,
                             const uint8_t *signature, size_t n_signature)
{
    const char *x = json_string_value(json_object_get(key, "x"));
    uint8_t *public_half;
    size_t n;

    if (!x || base64url_read(a, &public_half, &n, x, strlen(x))) return false;
    return n == ED25519_BYTES && n_signature == SIGNATURE_BYTES &&
           sign_is_valid(signature, public_half, t->text, t->n_signed);
}

bool signature_is_valid(struct arena *a, const json_t *key, const struct signed_text *t)
{
    uint8_t *signature;
    size_t n;

    /* Strictly first: cjose passes over bits that are left at the end of a text. */
    if (base64url_read(a, &signature, &n, t->text + t->n_signed + 1, t->n - t->n_signed - 1))
        return false;
    return t->algorithm == ALG_EDDSA ? is_valid_ed25519(a, key, t, signature, n)
                                     : is_valid_by_cjose(key, t);
}
