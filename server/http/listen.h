/* listen - a socket that listens at an address given as text. */
#ifndef EXEMPLAR_HTTP_LISTEN_H
#define EXEMPLAR_HTTP_LISTEN_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum listen_reach {
    LISTEN_HERE,
    LISTEN_NETWORK
}; /* who can connect: this machine, or others */

struct listening {
    int socket;
    enum listen_reach reach;
    uint16_t port;
    char address[80]; /* "127.0.0.1:40123" */
};

/* "HOST:PORT" or "[IPV6]:PORT"; port 0 takes a free one. The host is a numeric address or a name
 * of this machine. ERR_INVALID: cannot be read; ERR_CONFLICT: taken; ERR_DENIED: not allowed. */
enum err listen_at(struct listening *l, const char *text) MUST_USE;

#endif
