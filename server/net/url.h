/* url - what an address is, before anybody is sent there. Parsed by libcurl, as whoever connects will
 * parse it. Pure; any thread. */
#ifndef EXEMPLAR_NET_URL_H
#define EXEMPLAR_NET_URL_H

#include "base/arena.h"

enum url_reach { URL_BAD, URL_HTTPS, URL_LOOPBACK };

/* Where a URL leads: https anywhere, http to 127.0.0.0/8, [::1] or localhost, or URL_BAD, which is
 * also one with a user, a password or a fragment in it. */
enum url_reach url_reach(const char *url);

/* Its host and port as people read it, from the arena; NULL when it is none. */
const char *url_host(struct arena *a, const char *url);

#endif
