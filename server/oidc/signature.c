#include "oidc/signature.h"

#include <cjose/cjose.h>
#include <string.h>

/* An RSA key below 2048 bits is weak (RFC 7518, 3.3), one beyond 8192 only costs time, and so
 * does a large exponent. */
enum { RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 1024, RSA_EXPONENT_MAX = 4 };

/* A number of the public key, and how many bytes it takes. */
struct part {
    const char *member;
    size_t least;
    size_t most;
};

static const struct part RSA_KEY[] = {
    {"n",  RSA_BYTES_MIN, RSA_BYTES_MAX   },
    {"e",  1,             RSA_EXPONENT_MAX},
    {NULL, 0,             0               }
};
static const struct part P256_KEY[] = {
    {"x",  32, 32},
    {"y",  32, 32},
    {NULL, 0,  0 }
};
static const struct part ED25519_KEY[] = {
    {"x",  32, 32},
    {NULL, 0,  0 }
};

static const struct {
    const char *name;
    const char *type;
    const char *curve;        /* NULL: has none */
    const struct part *parts; /* the last has no name */
} KINDS[ALGORITHMS] = {
    [ALG_RS256] = {"RS256", "RSA", NULL,      RSA_KEY    },
    [ALG_PS256] = {"PS256", "RSA", NULL,      RSA_KEY    },
    [ALG_ES256] = {"ES256", "EC",  "P-256",   P256_KEY   },
    [ALG_EDDSA] = {"EdDSA", "OKP", "Ed25519", ED25519_KEY},
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

/* A number of a key: strictly base64url, because cjose ends the program over a text that is none,
 * and of as many bytes as it should take. RSA's do not begin with 0 (RFC 7518, 6.3.1). */
static bool number_read(struct arena *a, const json_t *key, const struct part *part,
                        uint8_t **bytes, size_t *n)
{
    const json_t *text = json_object_get(key, part->member);

    if (!json_is_string(text)) return false;
    if (base64url_read(a, bytes, n, json_string_value(text), json_string_length(text)))
        return false;
    return *n >= part->least && *n <= part->most && (part->least == part->most || **bytes);
}

static bool is_sound(struct arena *a, const json_t *key, const struct part *parts)
{
    uint8_t *bytes;
    size_t n;

    for (int i = 0; parts[i].member; i++)
        if (!number_read(a, key, &parts[i], &bytes, &n)) return false;
    return true;
}

bool key_fits(struct arena *a, const json_t *key, const struct signed_text *t)
{
    const char *curve = KINDS[t->algorithm].curve;

    if (t->key_id && !is_text(key, "kid", t->key_id, false)) return false;
    if (!is_text(key, "kty", KINDS[t->algorithm].type, false)) return false;
    if (curve && !is_text(key, "crv", curve, false)) return false;
    if (!is_text(key, "alg", KINDS[t->algorithm].name, true)) return false;
    if (!is_text(key, "use", "sig", true) || !may_verify(key)) return false;
    return is_sound(a, key, KINDS[t->algorithm].parts);
}

/* The public half alone, whatever else the provider lists with it. NULL: it is no key. */
static cjose_jwk_t *key_import(const json_t *key, const struct signed_text *t)
{
    json_t *half = json_object();
    cjose_jwk_t *imported = NULL;
    char *text = NULL;

    json_object_set_new(half, "kty", json_string(KINDS[t->algorithm].type));
    if (KINDS[t->algorithm].curve)
        json_object_set_new(half, "crv", json_string(KINDS[t->algorithm].curve));
    for (int i = 0; KINDS[t->algorithm].parts[i].member; i++)
        json_object_set(half, KINDS[t->algorithm].parts[i].member,
                        json_object_get(key, KINDS[t->algorithm].parts[i].member));
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
                             const uint8_t *signature)
{
    uint8_t *public_half;
    size_t n;

    return number_read(a, key, &KINDS[ALG_EDDSA].parts[0], &public_half, &n) &&
           sign_is_valid(signature, public_half, t->text, t->n_signed);
}

/* How long the signature has to be: as the modulus, or two numbers of 32 bytes (RFC 7518, 3.3,
 * 3.4; RFC 8037, 3.1). cjose halves an ES256 signature of any length. */
static size_t signature_bytes(struct arena *a, const json_t *key, enum algorithm algorithm)
{
    uint8_t *bytes;
    size_t n;

    if (KINDS[algorithm].curve) return SIGNATURE_BYTES;
    return number_read(a, key, &KINDS[algorithm].parts[0], &bytes, &n) ? n : 0;
}

bool signature_is_valid(struct arena *a, const json_t *key, const struct signed_text *t)
{
    const char *payload = t->text + t->n_header + 1;
    const char *last = t->text + t->n_signed + 1;
    uint8_t *bytes;
    size_t n;

    /* Strictly first: cjose passes over bits that are left at the end of a text. */
    if (base64url_read(a, &bytes, &n, payload, t->n_signed - t->n_header - 1)) return false;
    if (base64url_read(a, &bytes, &n, last, t->n - t->n_signed - 1)) return false;
    if (n != signature_bytes(a, key, t->algorithm)) return false;
    return t->algorithm == ALG_EDDSA ? is_valid_ed25519(a, key, t, bytes)
                                     : is_valid_by_cjose(key, t);
}
