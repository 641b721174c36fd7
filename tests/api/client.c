#include "client.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000, CHUNK_LINE_MAX = 32 }; /* ms: sanitizers are slow */

void client_open(struct client *c, uint16_t port)
{
    *c = (struct client){.port = port, .fd = -1};
    buf_init(&c->in, 256 * MIB);
}

void client_close(struct client *c)
{
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->at = 0;
    buf_free(&c->in);
}

static int dial(struct client *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(c->port)};
    int yes = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd >= 0 && !connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        return 0;
    }
    client_close(c);
    return -1;
}

/* The server may have closed a connection that was idle: seen before it is used again. */
static int is_closed(const struct client *c)
{
    char byte;
    return c->fd < 0 || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

int client_write(struct client *c, const char *bytes, size_t n)
{
    if (is_closed(c)) {
        client_close(c);
        if (dial(c)) return -1;
    }
    while (n) {
        ssize_t sent = send(c->fd, bytes, n, MSG_NOSIGNAL);
        /* A server that refuses a large body answers and closes before it was all sent: its
         * answer is there to be read. If it is not, the reading will say so. */
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return 0;
        if (sent <= 0) return -1;
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

int client_send(struct client *c, const char *method, const char *path, const char *headers,
                const char *body, size_t n)
{
    struct buf b;
    int e;

    c->is_head = !strcmp(method, "HEAD");
    buf_init(&b, 256 * MIB);
    if (!headers) headers = "";
    e = buf_printf(&b, "%s %s HTTP/1.1\r\n%s", method, path, headers) != OK;
    if (!strcasestr(headers, "Host:"))
        e |= buf_printf(&b, "Host: 127.0.0.1:%u\r\n", c->port) != OK;
    if (body && !strcasestr(headers, "Content-Length:") &&
        !strcasestr(headers, "Transfer-Encoding:"))
        e |= buf_printf(&b, "Content-Length: %zu\r\n", n) != OK;
    e |= buf_adds(&b, "\r\n") != OK;
    if (body) e |= buf_add(&b, body, n) != OK;
    if (!e) e = client_write(c, b.data, b.size);
    buf_free(&b);
    return e ? -1 : 0;
}

/* More bytes into `in`; -1 at the end, or when nothing comes. */
static int more(struct client *c, int timeout_ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    ssize_t n;

    if (c->fd < 0 || poll(&p, 1, timeout_ms) <= 0) return -1;
    if (buf_reserve(&c->in, 64 * KIB)) return -1;
    n = recv(c->fd, c->in.data + c->in.size, 64 * KIB, 0);
    if (n <= 0) return -1;
    c->in.size += (size_t)n;
    c->in.data[c->in.size] = '\0';
    return 0;
}

/* Moves n bytes into `to`; SIZE_MAX: all until the connection ends. */
static int take(struct client *c, struct buf *to, size_t n)
{
    while (c->in.size - c->at < n)
        if (more(c, PATIENCE_MS)) {
            if (n != SIZE_MAX) return -1;
            n = c->in.size - c->at;
        }
    if (buf_add(to, c->in.data + c->at, n)) return -1;
    c->at += n;
    return 0;
}

/* Moves everything up to and with `end` into `to`. */
static int take_until(struct client *c, struct buf *to, const char *end)
{
    const char *at;

    while (!c->in.data || !(at = strstr(c->in.data + c->at, end)))
        if (more(c, PATIENCE_MS)) return -1;
    return take(c, to, (size_t)(at - c->in.data) - c->at + strlen(end));
}

static int take_chunks(struct client *c, struct buf *to)
{
    for (;;) {
        struct buf line;
        size_t n;
        int e;

        buf_init(&line, CHUNK_LINE_MAX);
        e = take_until(c, &line, "\r\n");
        n = e ? 0 : strtoul(line.data, NULL, 16);
        buf_clear(&line);
        if (!e && n) e = take(c, to, n);
        if (!e) e = take_until(c, &line, "\r\n");
        buf_free(&line);
        if (e || !n) return e;
    }
}

const char *header_of(const struct got *a, const char *name)
{
    static _Thread_local char value[2000];
    const char *line = a->headers.data;
    size_t n = strlen(name);

    value[0] = '\0';
    while (line && (line = strstr(line, "\r\n"))) {
        line += 2;
        if (strncasecmp(line, name, n) != 0 || line[n] != ':') continue;
        line += n + 1 + strspn(line + n + 1, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\r"), line);
        break;
    }
    return value;
}

static int body_take(struct client *c, struct got *a)
{
    if (c->is_head || a->status == 204 || a->status == 304 || a->status == 100) return 0;
    if (!strcasecmp(header_of(a, "Transfer-Encoding"), "chunked"))
        return take_chunks(c, &a->body);
    if (*header_of(a, "Content-Length"))
        return take(c, &a->body, strtoul(header_of(a, "Content-Length"), NULL, 10));
    return take(c, &a->body, SIZE_MAX);
}

int client_receive(struct client *c, struct got *a)
{
    *a = (struct got){0};
    buf_init(&a->headers, 64 * KIB);
    buf_init(&a->body, 256 * MIB);
    do {
        buf_clear(&a->headers);
        if (take_until(c, &a->headers, "\r\n\r\n")) return -1;
        a->status = atoi(a->headers.data + strlen("HTTP/1.1 "));
    } while (a->status == 100);
    if (body_take(c, a)) return -1;
    if (c->at == c->in.size) {
        buf_clear(&c->in);
        c->at = 0;
    }
    if (!strcasecmp(header_of(a, "Connection"), "close")) client_close(c);
    return 0;
}

int client_ask(struct client *c, const char *method, const char *path, const char *headers,
               const char *body, struct got *a)
{
    if (client_send(c, method, path, headers, body, body ? strlen(body) : 0)) return -1;
    return client_receive(c, a);
}

int client_wait_for(struct client *c, const char *words, int timeout_ms)
{
    while (!c->in.data || !strstr(c->in.data + c->at, words))
        if (more(c, timeout_ms)) return -1;
    return 0;
}

void got_free(struct got *a)
{
    buf_free(&a->headers);
    buf_free(&a->body);
}
