/* provider - signing in at an identity provider, by OpenID Connect's code flow with PKCE.
 *
 *     struct provider *p;
 *     TRY(provider_new(&p, &(struct provider_config){.issuer = "https://id.example.org",
 *                       .client_id = "labels", .redirect = "https://labels.example.org/"}));
 *     TRY(provider_begin(p, a, "", &b));       // send the browser to b.location, with b.cookie
 *     ... the browser comes back to `redirect` with ?code=...&state=... ...
 *     TRY(provider_finish(p, a, &answer, &claims));        // claims.subject is who it is
 *
 * Nothing is kept between the two: state, nonce and PKCE verifier are hashes of the cookie with a
 * secret of this process, so only the browser that began can finish, within ten minutes, and a
 * flood of beginnings takes no memory. The cookie also carries an errand: a word of the caller's
 * that comes back as it was given.
 *
 * Discovery and keys are kept for an hour. A token whose key is unknown makes the keys be fetched
 * again, at most once a minute; a provider that failed is left alone for five seconds.
 *
 * Errors: ERR_UNAUTHORISED when the answer does not prove who it is, ERR_BUSY when the provider
 * does not answer as it should; both with a sentence to show.
 * Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749, 7636, 9207, 9700.
 * Threads: begin and finish from one thread, and they block for seconds; stop from any. */
#ifndef EXEMPLAR_OIDC_PROVIDER_H
#define EXEMPLAR_OIDC_PROVIDER_H

#include "base/arena.h"
#include "base/err.h"
#include "oidc/token.h"

enum { ERRAND_MAX = 120, SIGNIN_COOKIE_MAX = 250, SIGNIN_S = 600 };

struct provider_config {
    const char *issuer; /* as the provider writes itself, to the last slash */
    const char *client_id;
    const char *secret;   /* NULL: a public client, PKCE alone */
    const char *redirect; /* where the browser comes back; registered with the provider */
    const char *name;     /* for people: "Sign in with NAME"; NULL: the issuer's host */
};

struct provider;

/* Once per process, before the first thread. */
enum err provider_start(void) MUST_USE;

/* Copies the config; no network. ERR_INVALID names the setting that cannot be used. */
enum err provider_new(struct provider **out, const struct provider_config *config) MUST_USE;
void provider_free(struct provider *p); /* NULL is fine */

/* What waits for the provider gives up, and nothing is asked any more. */
void provider_stop(struct provider *p);

const char *provider_name(const struct provider *p);
const char *provider_issuer(const struct provider *p);

struct provider_begun {
    const char *location;
    const char *cookie; /* letters, digits, "-", "_" and "." */
};

/* `errand`: at most ERRAND_MAX letters, digits, "-" and "_". */
enum err provider_begin(struct provider *p, struct arena *a, const char *errand,
                        struct provider_begun *out) MUST_USE;

/* What the browser brought back; NULL what it did not. */
struct provider_answer {
    const char *cookie;
    const char *state, *code, *issuer, *error;
};

struct provider_person {
    const char *subject;
    const char *name; /* NULL: the provider says none */
    const char *errand;
};

enum err provider_finish(struct provider *p, struct arena *a, const struct provider_answer *x,
                         struct provider_person *who) MUST_USE;

#endif
