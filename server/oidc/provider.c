#include "oidc/provider.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/hash.h"
#include "oidc/directory.h"

#include <stdlib.h>
#include <string.h>

enum { SEED_TEXT = 43, FORM_MAX = 16 * 1024 };

struct provider {
    struct directory *directory;
    char *issuer;
    char *client_id;
    char *secret; /* NULL: none */
    char *redirect;
    char *name;
    uint8_t key[HASH_BYTES]; /* of this process: what makes a cookie into state and verifier */
    atomic_bool stop;
};

enum err provider_start(void)
{
    return fetch_start();
}

static enum err config_check(const struct provider_config *c)
{
    if (url_reach(c->issuer) == URL_BAD || strchr(c->issuer, '?'))
        return fail(ERR_INVALID,
                    "the issuer %.200s cannot be used: it has to be https (http only on this "
                    "machine), without question mark, fragment or password",
                    c->issuer);
    if (url_reach(c->redirect) == URL_BAD)
        return fail(ERR_INVALID,
                    "people cannot come back to %.200s: the address has to be https (http only "
                    "on this machine)",
                    c->redirect);
    if (!*c->client_id || strlen(c->client_id) > 255)
        return fail(ERR_INVALID, "the client id has to have 1 to 255 bytes");
    if (c->secret && (!*c->secret || strlen(c->secret) > 1000))
        return fail(ERR_INVALID, "the client secret has to have 1 to 1000 bytes");
    return OK;
}

static enum err name_choose(struct provider *p, const struct provider_config *c)
{
    struct arena a;
    const char *name;

    arena_init(&a, MIB);
    name = c->name ? c->name : url_host(&a, c->issuer);
    p->name = name ? strdup(name) : NULL;
    arena_free(&a);
    NEED(p->name);
    return OK;
}

static enum err config_copy(struct provider *p, const struct provider_config *c)
{
    p->issuer = strdup(c->issuer);
    p->client_id = strdup(c->client_id);
    p->redirect = strdup(c->redirect);
    p->secret = c->secret ? strdup(c->secret) : NULL;
    random_bytes(p->key, sizeof p->key);
    if (!p->issuer || !p->client_id || !p->redirect || !p->secret != !c->secret)
        return fail_nomem();
    TRY(name_choose(p, c));
    return directory_new(&p->directory, p->issuer, &p->stop);
}

enum err provider_new(struct provider **out, const struct provider_config *config)
{
    struct provider *p;
    enum err e;

    *out = NULL;
    TRY(config_check(config));
    p = calloc(1, sizeof *p);
    NEED(p);
    e = config_copy(p, config);
    if (e)
        provider_free(p);
    else
        *out = p;
    return e;
}

void provider_free(struct provider *p)
{
    if (!p) return;
    directory_free(p->directory);
    if (p->secret) forget(p->secret, strlen(p->secret));
    forget(p->key, sizeof p->key);
    free(p->issuer);
    free(p->client_id);
    free(p->secret);
    free(p->redirect);
    free(p->name);
    free(p);
}

void provider_stop(struct provider *p)
{
    atomic_store(&p->stop, true);
}

const char *provider_name(const struct provider *p)
{
    return p->name;
}

const char *provider_issuer(const struct provider *p)
{
    return p->issuer;
}

/* One of the values that belong to a cookie: 43 characters that nobody can make without the key.
 * A prefix is enough of a key: BLAKE2b is not open to lengthening. */
static void derive(const struct provider *p, const char *purpose, const char *cookie,
                   char text[SECRET_TEXT])
{
    struct hash_state s;
    struct hash h;

    hash_init(&s);
    hash_add(&s, p->key, sizeof p->key);
    hash_add(&s, purpose, strlen(purpose) + 1);
    hash_add(&s, cookie, strlen(cookie));
    hash_end(&s, &h);
    base64url_of(text, h.bytes, sizeof h.bytes);
}

/* name=value, percent-encoded (RFC 3986), with "&" between. */
static enum err pair_add(struct buf *b, const char *name, const char *value)
{
    if (b->size && b->data[b->size - 1] != '?' && b->data[b->size - 1] != '&')
        TRY(buf_adds(b, "&"));
    TRY(buf_printf(b, "%s=", name));
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || strchr("-._~", c);
        TRY(buf_printf(b, is_plain ? "%c" : "%%%02X", c));
    }
    return OK;
}

static enum err location_write(const struct provider *p, const char *endpoint,
                               const char *cookie, struct buf *b)
{
    char state[SECRET_TEXT];
    char nonce[SECRET_TEXT];
    char verifier[SECRET_TEXT];
    char challenge[SECRET_TEXT];
    const char *const pairs[][2] = {
        {"response_type",         "code"          },
        {"client_id",             p->client_id    },
        {"redirect_uri",          p->redirect     },
        {"scope",                 "openid profile"},
        {"state",                 state           },
        {"nonce",                 nonce           },
        {"code_challenge",        challenge       },
        {"code_challenge_method", "S256"          },
    };
    struct hash h;

    derive(p, "state", cookie, state);
    derive(p, "nonce", cookie, nonce);
    derive(p, "verifier", cookie, verifier);
    sha256_of(&h, verifier, strlen(verifier));
    base64url_of(challenge, h.bytes, sizeof h.bytes);
    TRY(buf_printf(b, "%s%c", endpoint, strchr(endpoint, '?') ? '&' : '?'));
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        TRY(pair_add(b, pairs[i][0], pairs[i][1]));
    return OK;
}

enum err provider_begin(struct provider *p, struct arena *a, const char *errand,
                        struct provider_begun *out)
{
    const struct directory_entry *at;
    char seed[SECRET_TEXT];
    struct buf b;
    enum err e;

    assert(strlen(errand) <= ERRAND_MAX);
    TRY(directory_look(p->directory, &at));
    secret_new(seed);
    out->cookie =
        arena_printf(a, "%s.%lld.%s", seed, (long long)(clock_now_ms() / 1000), errand);
    NEED(out->cookie);
    buf_init(&b, FORM_MAX);
    e = location_write(p, at->authorization, out->cookie, &b);
    out->location = e ? NULL : arena_copy(a, b.data, b.size);
    buf_free(&b);
    if (e) return e;
    NEED(out->location);
    return OK;
}

/* "SEED.SECONDS.ERRAND" of at most ten minutes ago, and the state that belongs to it. */
static enum err cookie_check(const struct provider *p, const struct provider_answer *x,
                             const char **errand)
{
    char state[SECRET_TEXT];
    struct hash a;
    struct hash b;
    char *end;
    long long begun;

    if (!x->cookie || strlen(x->cookie) > SIGNIN_COOKIE_MAX || !x->state ||
        strcspn(x->cookie, ".") != SEED_TEXT || !x->cookie[SEED_TEXT])
        goto out;
    derive(p, "state", x->cookie, state);
    hash_of(&a, state, strlen(state));
    hash_of(&b, x->state, strlen(x->state));
    if (!hash_equal(&a, &b)) goto out;
    /* The rest is ours: nobody else can make the state of a cookie. */
    begun = strtoll(x->cookie + SEED_TEXT + 1, &end, 10);
    if (*end != '.' || clock_now_ms() / 1000 - begun > SIGNIN_S) goto out;
    *errand = end + 1;
    return OK;
out:
    return fail(ERR_UNAUTHORISED, "This sign-in was not begun in this browser within the last "
                                  "ten minutes. Please begin again.");
}

static enum err answer_check(const struct provider *p, const struct directory_entry *at,
                             const struct provider_answer *x)
{
    if (x->issuer ? strcmp(x->issuer, p->issuer) != 0 : at->names_itself)
        return fail(ERR_UNAUTHORISED, "the answer comes from another provider than %.200s",
                    p->issuer);
    if (x->error)
        return fail(ERR_UNAUTHORISED, "%s did not sign you in (%.50s). You may try again.",
                    p->name, x->error);
    if (!x->code) return fail(ERR_UNAUTHORISED, "the answer of %s holds no code", p->name);
    return OK;
}

static enum err form_write(const struct provider *p, const struct directory_entry *at,
                           const struct provider_answer *x, struct buf *b)
{
    char verifier[SECRET_TEXT];

    derive(p, "verifier", x->cookie, verifier);
    TRY(pair_add(b, "grant_type", "authorization_code"));
    TRY(pair_add(b, "code", x->code));
    TRY(pair_add(b, "redirect_uri", p->redirect));
    TRY(pair_add(b, "code_verifier", verifier));
    if (p->secret && !at->secret_in_form) return OK; /* then both go into the header */
    TRY(pair_add(b, "client_id", p->client_id));
    return p->secret ? pair_add(b, "client_secret", p->secret) : OK;
}

/* The part of a pair behind its "=": for HTTP Basic, which takes both encoded (RFC 6749, 2.3.1).
 */
static enum err coded(struct arena *a, const char *value, const char **text)
{
    struct buf b;
    enum err e;

    buf_init(&b, FORM_MAX);
    e = pair_add(&b, "", value);
    *text = e ? NULL : arena_strdup(a, b.data + 1);
    forget(b.data, b.size);
    buf_free(&b);
    if (e) return e;
    NEED(*text);
    return OK;
}

static enum err exchange(struct provider *p, struct arena *a, const struct directory_entry *at,
                         const struct provider_answer *x, json_t **tokens)
{
    struct fetch f = {.url = at->token, .what = "the provider's tokens", .stop = &p->stop};
    struct buf form;
    enum err e;

    if (p->secret && !at->secret_in_form) {
        TRY(coded(a, p->client_id, &f.user));
        TRY(coded(a, p->secret, &f.password));
    }
    buf_init(&form, FORM_MAX);
    e = form_write(p, at, x, &form);
    f.form = form.data;
    if (!e) e = fetch_json(&f, tokens);
    forget(form.data, form.size);
    buf_free(&form);
    return e;
}

/* Once more with the keys as they are now when none of those we have fits. */
static enum err token_check(struct provider *p, struct arena *a, const char *token,
                            const char *cookie, struct id_claims *c)
{
    char nonce[SECRET_TEXT];
    struct id_expect x = {.issuer = p->issuer,
                          .client_id = p->client_id,
                          .nonce = nonce,
                          .now_s = clock_now_ms() / 1000};
    const json_t *keys;
    enum err e;

    derive(p, "nonce", cookie, nonce);
    TRY(directory_keys(p->directory, KEYS_KEPT, &keys));
    e = id_token_verify(a, keys, token, &x, c);
    if (e != ERR_NOT_FOUND) return e;
    TRY(directory_keys(p->directory, KEYS_FRESH, &keys));
    e = id_token_verify(a, keys, token, &x, c);
    return e == ERR_NOT_FOUND ? fail(ERR_UNAUTHORISED, "the provider's ID token is refused: "
                                                       "it lists no key that fits")
                              : e;
}

/* A name is a courtesy: without one, or when it cannot be had, the sign-in goes on. */
static const char *name_ask(struct provider *p, struct arena *a,
                            const struct directory_entry *at, const char *access_token,
                            const char *subject)
{
    struct fetch f = {.url = at->userinfo,
                      .what = "the provider's userinfo",
                      .bearer = access_token,
                      .stop = &p->stop};
    const char *name = NULL;
    const char *about;
    json_t *claims;

    if (!f.url || !f.bearer || fetch_json(&f, &claims)) return NULL;
    about = json_string_value(json_object_get(claims, "sub"));
    if (about && !strcmp(about, subject)) name = claims_name(a, claims);
    json_decref(claims);
    return name;
}

static enum err tokens_read(struct provider *p, struct arena *a,
                            const struct directory_entry *at, const json_t *tokens,
                            const struct provider_answer *x, struct provider_person *who)
{
    const char *id_token = json_string_value(json_object_get(tokens, "id_token"));
    const char *access_token = json_string_value(json_object_get(tokens, "access_token"));
    struct id_claims c = {0};

    if (!id_token) return fail(ERR_BUSY, "%s sent no ID token", p->name);
    TRY(token_check(p, a, id_token, x->cookie, &c));
    if (!c.name) c.name = name_ask(p, a, at, access_token, c.subject);
    who->subject = c.subject;
    who->name = c.name;
    return OK;
}

enum err provider_finish(struct provider *p, struct arena *a, const struct provider_answer *x,
                         struct provider_person *who)
{
    const struct directory_entry *at;
    const char *errand;
    json_t *tokens;
    enum err e;

    TRY(cookie_check(p, x, &errand));
    TRY(directory_look(p->directory, &at));
    TRY(answer_check(p, at, x));
    TRY(exchange(p, a, at, x, &tokens));
    e = tokens_read(p, a, at, tokens, x, who);
    json_decref(tokens);
    if (e) return e;
    who->errand = arena_strdup(a, errand);
    NEED(who->errand);
    return OK;
}
