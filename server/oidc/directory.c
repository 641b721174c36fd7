#include "oidc/directory.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MS  ((int64_t)3600 * 1000)
#define FRESH_MS ((int64_t)60 * 1000)
#define PAUSE_MS ((int64_t)5 * 1000)

struct directory {
    const char *issuer;
    const atomic_bool *stop;
    char *url;     /* of the document */
    json_t *about; /* NULL: not known */
    struct directory_entry entry;
    const char *keys_url; /* in `about` */
    json_t *keys;         /* NULL: not known */
    int64_t about_at_ms, keys_at_ms;
    int64_t fresh_at_ms;  /* when the keys were last asked for out of turn; 0: never */
    int64_t failed_at_ms; /* 0: the last fetch went well */
    char failed[300];     /* why it did not */
};

enum err directory_new(struct directory **out, const char *issuer, const atomic_bool *stop)
{
    struct directory *d = calloc(1, sizeof *d);
    size_t n = strlen(issuer);

    *out = NULL;
    NEED(d);
    if (n && issuer[n - 1] == '/') n--; /* Discovery 1.0, 4.1 */
    d->issuer = issuer;
    d->stop = stop;
    if (asprintf(&d->url, "%.*s/.well-known/openid-configuration", (int)n, issuer) < 0) {
        free(d);
        return fail_nomem();
    }
    *out = d;
    return OK;
}

void directory_free(struct directory *d)
{
    if (!d) return;
    json_decref(d->about);
    json_decref(d->keys);
    free(d->url);
    free(d);
}

static enum err address_read(const json_t *about, const char *key, enum url_reach widest,
                             const char **url)
{
    const char *text = json_string_value(json_object_get(about, key));
    enum url_reach reach = text ? url_reach(text) : URL_BAD;

    if (reach == URL_HTTPS || (reach == URL_LOOPBACK && widest == URL_LOOPBACK)) {
        *url = text;
        return OK;
    }
    return fail(ERR_BUSY, "the provider's document: its %s is missing or not https", key);
}

/* Whether the list has the word; a list that is not there says what the standard presumes. */
static bool lists(const json_t *about, const char *key, const char *word, bool when_missing)
{
    const json_t *list = json_object_get(about, key);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one && !strcmp(one, word)) return true;
    }
    return list ? false : when_missing;
}

enum err directory_read(const json_t *about, const char *issuer, struct directory_entry *entry,
                        const char **keys_url)
{
    const char *is = json_string_value(json_object_get(about, "issuer"));
    enum url_reach widest = url_reach(issuer);
    const char *methods = "token_endpoint_auth_methods_supported";

    if (!is || strcmp(is, issuer) != 0)
        return fail(ERR_BUSY,
                    "the provider's document is of the issuer \"%.200s\", and not of %.200s as "
                    "set; both have to be equal, to the last slash",
                    is ? is : "", issuer);
    TRY(address_read(about, "authorization_endpoint", widest, &entry->authorization));
    TRY(address_read(about, "token_endpoint", widest, &entry->token));
    TRY(address_read(about, "jwks_uri", widest, keys_url));
    entry->userinfo = NULL;
    if (json_object_get(about, "userinfo_endpoint"))
        TRY(address_read(about, "userinfo_endpoint", widest, &entry->userinfo));
    if (!lists(about, "code_challenge_methods_supported", "S256", true))
        return fail(ERR_BUSY, "the provider's document: it does not support PKCE with S256");
    entry->secret_in_form = !lists(about, methods, "client_secret_basic", true) &&
                            lists(about, methods, "client_secret_post", false);
    entry->names_itself =
        json_is_true(json_object_get(about, "authorization_response_iss_parameter_supported"));
    return OK;
}

/* One fetch, or the last failure again while it is less than five seconds old: people who press
 * the button must not make us hammer a provider that is down, nor wait for it each. */
static enum err get(struct directory *d, const char *url, const char *what, json_t **object)
{
    struct fetch f = {.url = url, .what = what, .stop = d->stop};
    int64_t now_ms = clock_ticks_ms();
    enum err e;

    if (d->failed_at_ms && now_ms - d->failed_at_ms < PAUSE_MS)
        return fail(ERR_BUSY, "%s", d->failed);
    e = fetch_json(&f, object);
    d->failed_at_ms = e ? clock_ticks_ms() : 0;
    if (e) snprintf(d->failed, sizeof d->failed, "%s", err_message());
    return e;
}

static bool is_recent(int64_t at_ms, int64_t within_ms)
{
    return clock_ticks_ms() - at_ms < within_ms;
}

enum err directory_look(struct directory *d, const struct directory_entry **entry)
{
    struct directory_entry fresh;
    const char *keys_url;
    json_t *about;
    enum err e;

    *entry = &d->entry;
    if (d->about && is_recent(d->about_at_ms, KEPT_MS)) return OK;
    TRY(get(d, d->url, "the provider's document", &about));
    e = directory_read(about, d->issuer, &fresh, &keys_url);
    if (e) {
        json_decref(about);
        return e;
    }
    json_decref(d->about);
    d->about = about;
    d->about_at_ms = clock_ticks_ms();
    d->entry = fresh;
    d->keys_url = keys_url;
    return OK;
}

static enum err keys_fetch(struct directory *d)
{
    json_t *keys;

    TRY(get(d, d->keys_url, "the provider's keys", &keys));
    json_decref(d->keys);
    d->keys = keys;
    d->keys_at_ms = clock_ticks_ms();
    return OK;
}

enum err directory_keys(struct directory *d, enum keys_age age, const json_t **keys)
{
    bool is_old = !d->keys || !is_recent(d->keys_at_ms, KEPT_MS);

    if (age == KEYS_FRESH && (!d->fresh_at_ms || !is_recent(d->fresh_at_ms, FRESH_MS))) {
        d->fresh_at_ms = clock_ticks_ms();
        is_old = true;
    }
    if (is_old) TRY(keys_fetch(d));
    *keys = d->keys;
    return OK;
}
