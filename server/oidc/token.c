#include "oidc/token.h"

#include "oidc/signature.h"

#include <string.h>

static enum err refused(const char *what)
{
    return fail(ERR_UNAUTHORISED, "the provider's ID token is refused: %s", what);
}

/* One part of "header.payload.signature" as a JSON object; a new reference. */
static enum err part_read(struct arena *a, const char *text, size_t n, json_t **object)
{
    uint8_t *bytes;
    size_t size;

    if (base64url_read(a, &bytes, &size, text, n)) return refused("it is not base64url");
    if (json_read(object, (const char *)bytes, size)) return refused("it is not JSON");
    if (json_is_object(*object)) return OK;
    json_decref(*object);
    return refused("it is not made of JSON objects");
}

static enum err split(const char *token, struct signed_text *t)
{
    const char *first = strchr(token, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;

    if (strlen(token) > ID_TOKEN_MAX) return refused("it is longer than 32 KiB");
    if (!second || strchr(second + 1, '.')) return refused("it does not have three parts");
    *t = (struct signed_text){.text = token,
                              .n_header = (size_t)(first - token),
                              .n_signed = (size_t)(second - token),
                              .n = strlen(token)};
    return OK;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* What the header promises. "crit" names extensions that have to be understood: we know none. */
static enum err header_check(const json_t *header, struct signed_text *t)
{
    const char *type = text_of(header, "typ");
    const char *algorithm = text_of(header, "alg");

    if (json_object_get(header, "crit")) return refused("it asks for extensions (crit)");
    if (json_object_get(header, "b64")) return refused("its payload is not encoded (b64)");
    if (type && strcasecmp(type, "JWT") != 0) return refused("it is no JWT (typ)");
    if (!algorithm || algorithm_read(algorithm, &t->algorithm))
        return refused("it is not signed with RS256, PS256, ES256 or EdDSA (alg)");
    t->key_id = text_of(header, "kid");
    if (json_object_get(header, "kid") && !t->key_id) return refused("its kid is no text");
    return OK;
}

/* The keys that may have made the signature: those named so, or all of its type if it names none.
 * ERR_NOT_FOUND when there is none. */
static enum err keys_try(struct arena *a, const json_t *jwks, const struct signed_text *t)
{
    const json_t *keys = json_object_get(jwks, "keys");
    size_t n_tried = 0;

    if (json_array_size(keys) > KEYS_MAX) return refused("its issuer lists more than 100 keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        if (!key_fits(a, key, t)) continue;
        n_tried++;
        if (signature_is_valid(a, key, t)) return OK;
    }
    if (n_tried && t->key_id) return refused("its signature is wrong");
    return fail(ERR_NOT_FOUND, "the provider lists no key that could have signed its ID token");
}

static bool audience_has(const json_t *audience, const char *client_id)
{
    const char *one = json_string_value(audience);

    if (one) return !strcmp(one, client_id);
    for (size_t i = 0; i < json_array_size(audience); i++) {
        one = json_string_value(json_array_get(audience, i));
        if (one && !strcmp(one, client_id)) return true;
    }
    return false;
}

/* For whom: us, and when for others beside us, then handed out to us. */
static enum err audience_check(const json_t *claims, const char *client_id)
{
    const json_t *audience = json_object_get(claims, "aud");
    const json_t *party = json_object_get(claims, "azp");
    const char *name = json_string_value(party);

    if (!audience_has(audience, client_id)) return refused("it is for somebody else (aud)");
    if (party && (!name || strcmp(name, client_id) != 0))
        return refused("it was handed out to somebody else (azp)");
    if (!party && json_array_size(audience) > 1)
        return refused("it is for several, and does not say to whom it was handed (azp)");
    return OK;
}

/* Seconds since 1970, with a fraction at most; `none` when the claim is not there. */
static enum err time_read(const json_t *claims, const char *key, double none, double *at)
{
    const json_t *value = json_object_get(claims, key);

    *at = value ? json_number_value(value) : none;
    if (!value || json_is_number(value)) return OK;
    return refused("one of its times is no number");
}

static enum err times_check(const json_t *claims, int64_t now_s)
{
    double now = (double)now_s;
    double expires;
    double begins;
    double issued;

    TRY(time_read(claims, "exp", -1, &expires));
    TRY(time_read(claims, "nbf", 0, &begins));
    TRY(time_read(claims, "iat", -1, &issued));
    if (expires < 0) return refused("it does not say when it expires (exp)");
    if (issued < 0) return refused("it does not say when it was issued (iat)");
    if (expires + ID_LEEWAY_S <= now) return refused("it has expired (exp)");
    if (begins - ID_LEEWAY_S > now) return refused("it is not valid yet (nbf)");
    if (issued - ID_LEEWAY_S > now)
        return refused("it was issued in the future (iat); compare the clocks");
    return OK;
}

/* Of two secrets of the same length, in a time that tells nothing of either. */
static bool is_same_secret(const char *a, const char *b)
{
    struct hash x;
    struct hash y;

    hash_of(&x, a, strlen(a));
    hash_of(&y, b, strlen(b));
    return hash_equal(&x, &y);
}

static enum err claims_check(const json_t *claims, const struct id_expect *x)
{
    const char *issuer = text_of(claims, "iss");
    const char *nonce = text_of(claims, "nonce");
    const char *subject = text_of(claims, "sub");

    if (!issuer || strcmp(issuer, x->issuer) != 0)
        return refused("it was issued by somebody else (iss)");
    TRY(audience_check(claims, x->client_id));
    TRY(times_check(claims, x->now_s));
    if (!nonce || !is_same_secret(nonce, x->nonce))
        return refused("it belongs to another sign-in (nonce)");
    if (!subject || !*subject || strlen(subject) > SUBJECT_MAX)
        return refused("it does not say who signed in (sub)");
    return OK;
}

const char *claims_name(struct arena *a, const json_t *claims)
{
    static const char *const KEYS[] = {"name", "preferred_username"};

    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        const char *name = text_of(claims, KEYS[i]);
        if (name && *name) return arena_strdup(a, name);
    }
    return NULL;
}

static enum err payload_take(struct arena *a, const struct signed_text *t,
                             const struct id_expect *x, struct id_claims *c)
{
    json_t *claims;
    enum err e;

    TRY(part_read(a, t->text + t->n_header + 1, t->n_signed - t->n_header - 1, &claims));
    e = claims_check(claims, x);
    if (!e) {
        c->subject = arena_strdup(a, text_of(claims, "sub"));
        c->name = claims_name(a, claims);
        if (!c->subject) e = fail_nomem();
    }
    json_decref(claims);
    return e;
}

enum err id_token_verify(struct arena *a, const json_t *jwks, const char *token,
                         const struct id_expect *x, struct id_claims *c)
{
    struct signed_text t;
    json_t *header;
    enum err e;

    TRY(split(token, &t));
    TRY(part_read(a, token, t.n_header, &header));
    e = header_check(header, &t);
    if (!e) e = keys_try(a, jwks, &t);
    json_decref(header);
    return e ? e : payload_take(a, &t, x, c);
}
