/* fetch - one HTTP request to an identity provider, within limits.
 *
 *     struct fetch f = {.url = url, .what = "the provider's keys", .stop = &stop};
 *     json_t *keys;
 *     TRY(fetch_json(&f, &keys));                     // json_decref(keys) when done
 *
 * Only https, or http to this machine itself; certificates are checked; redirects are not
 * followed; a reply has at most 256 KiB and 5 seconds, and has to be a JSON object with status
 * 200. Errors: ERR_BUSY with `what` and the reason, for everything: it is another server's fault,
 * and trying again later may help. Threads: any, one request each; blocks. */
#ifndef EXEMPLAR_NET_FETCH_H
#define EXEMPLAR_NET_FETCH_H

#include "base/err.h"
#include "base/json.h"

#include <stdatomic.h>

enum { FETCH_BYTES_MAX = 256 * 1024, FETCH_MS_MAX = 5000, FETCH_CONNECT_MS_MAX = 3000 };

struct fetch {
    const char *url;
    const char *what;   /* begins the sentence of an error */
    const char *form;   /* posted; NULL: a GET */
    const char *bearer; /* token of the request; NULL: none */
    const char *user;   /* of HTTP Basic, both percent-encoded already; NULL: none */
    const char *password;
    const atomic_bool *stop; /* set: give up at once */
};

/* Once per process, before the first thread. */
enum err fetch_start(void) MUST_USE;

enum err fetch_json(const struct fetch *f, json_t **object) MUST_USE;

#endif
