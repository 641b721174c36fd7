#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 511 }; /* as nginx; the kernel cuts it to its own maximum */

/* Takes "[::1]:80" or "127.0.0.1:80" apart. */
static enum err address_read(const char *text, char host[64], char port[8])
{
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;

    if (!colon || n < 1 || n >= 64 || !colon[1] || strlen(colon + 1) >= 8 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return fail(ERR_INVALID,
                    "'%.100s' is not an address; expected HOST:PORT as 127.0.0.1:8080", text);
    snprintf(port, 8, "%s", colon + 1);
    if (*text == '[' && n > 2 && text[n - 1] == ']')
        snprintf(host, 64, "%.*s", (int)(n - 2), text + 1);
    else
        snprintf(host, 64, "%.*s", (int)n, text);
    return OK;
}

static enum err refusal(const char *text)
{
    if (errno == EADDRINUSE)
        return fail(ERR_CONFLICT,
                    "%.100s is in use by another program; stop that or choose another port",
                    text);
    if (errno == EACCES || errno == EPERM)
        return fail(ERR_DENIED, "%.100s may not be used; ports below 1024 need a privilege",
                    text);
    if (errno == EADDRNOTAVAIL)
        return fail(ERR_INVALID, "%.100s is no address of this machine", text);
    return fail(ERR_IO, "cannot listen on %.100s: %m", text);
}

static enum err socket_open(const struct addrinfo *a, const char *text, int *fd)
{
    enum err e = OK;
    int yes = 1;

    *fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0) return refusal(text);
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(*fd, a->ai_addr, a->ai_addrlen) || listen(*fd, BACKLOG)) e = refusal(text);
    if (e) close(*fd);
    return e;
}

static void describe(struct listening *l)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    char host[INET6_ADDRSTRLEN] = "";
    bool is_here;

    memset(&at, 0, sizeof at);
    getsockname(l->socket, (struct sockaddr *)&at, &n);
    if (at.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)&at;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        l->port = ntohs(v6->sin6_port);
        is_here = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        snprintf(l->address, sizeof l->address, "[%s]:%u", host, l->port);
    } else {
        const struct sockaddr_in *v4 = (const void *)&at;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        l->port = ntohs(v4->sin_port);
        is_here = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
        snprintf(l->address, sizeof l->address, "%s:%u", host, l->port);
    }
    l->reach = is_here ? LISTEN_HERE : LISTEN_NETWORK;
}

enum err listen_at(struct listening *l, const char *text)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    char host[64];
    char port[8];
    enum err e;

    TRY(address_read(text, host, port));
    if (getaddrinfo(host, port, &hints, &found))
        return fail(ERR_INVALID, "'%s' is no address or name of this machine", host);
    e = socket_open(found, text, &l->socket);
    freeaddrinfo(found);
    if (!e) describe(l);
    return e;
}
