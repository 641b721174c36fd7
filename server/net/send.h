/* send - one signed message to somebody else's server.
 *
 *     struct send m = {.url = url, .id = id, .secret = secret, .at_s = now_s, .body = json,
 *                      .reach = SEND_PUBLIC, .stop = &stop};
 *     e = send_post(&m, &status);                  // OK: a status of 200 to 299
 *
 * The request is a POST of JSON with three headers:
 *
 *     Exemplar-Id          the message's own id, the same at each try: who has seen it drops it
 *     Exemplar-Timestamp   seconds since 1970 of this try
 *     Exemplar-Signature   v1=HEX: HMAC-SHA-256, by the secret's text, of "ID.TIMESTAMP.BODY"
 *
 * A receiver compares the signature in constant time, and refuses a timestamp older than five minutes.
 *
 * SEND_PUBLIC: https only, and only to addresses of the open internet: asked of each address at the
 * moment of connecting, so that no name can lead elsewhere meanwhile (DNS rebinding). Proxies of the
 * environment are not used, for behind one that could not be asked. SEND_ANYWHERE also http and this
 * machine: for whoever runs the server to allow, not for whoever types an address. Redirects are not
 * followed; connecting has 3 and all of it 10 seconds; of the answer nothing but the status is kept.
 *
 * Errors: ERR_BUSY with what went wrong, for everything. The secret and the body appear in no sentence.
 * Threads: any, after fetch_start(); blocks. */
#ifndef EXEMPLAR_NET_SEND_H
#define EXEMPLAR_NET_SEND_H

#include "base/err.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { SEND_MS_MAX = 10000, SEND_CONNECT_MS_MAX = 3000, SEND_ANSWER_MAX = 64 * 1024 };

enum send_reach { SEND_PUBLIC, SEND_ANYWHERE };

struct send {
    const char *url;
    const char *id;
    const char *secret;
    int64_t at_s;
    const char *body;
    enum send_reach reach;
    const atomic_bool *stop; /* set: give up at once */
};

/* *status: of the answer, 0 when there was none. */
enum err send_post(const struct send *m, long *status) MUST_USE;

/* Whether an address may be written down at all: ERR_INVALID with a sentence. What a name leads to is
 * only asked when connecting. */
enum err send_check(const char *url, enum send_reach reach) MUST_USE;

enum { SEND_SIGNATURE = 3 + 64 + 1 };

/* "v1=..." as in the header. */
enum err send_sign(char text[SEND_SIGNATURE], const struct send *m) MUST_USE;

#endif
