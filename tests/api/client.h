/* client - a small HTTP/1.1 client for tests: one connection, kept open between requests.
 *
 *     struct client c;
 *     client_open(&c, port);
 *     client_send(&c, "POST", "/api/v1/projects", "Authorization: Bearer x\r\n", body, strlen(body));
 *     client_receive(&c, &r);
 *     assert_int_equal(r.status, 201);  ... r.body, header_of(&r, "ETag") ...
 *     got_free(&r);
 *     client_close(&c);
 *
 * A connection that the server closed is opened again by the next client_send. Failures of the
 * network are a test's failure: both return 0 when done, -1 when the connection broke. */
#ifndef EXEMPLAR_TESTS_CLIENT_H
#define EXEMPLAR_TESTS_CLIENT_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

struct client {
    uint16_t port;
    int fd; /* -1: closed */
    struct buf in;
    size_t at;   /* what of `in` has been read */
    int is_head; /* the last request was HEAD: its answer has no body */
};

struct got {
    int status;
    struct buf headers; /* as they came */
    struct buf body;
};

void client_open(struct client *c, uint16_t port);
void client_close(struct client *c);

/* `headers` are whole lines with CR LF, or NULL; Host and, with a body, Content-Length are added
 * unless given. `body` NULL: none. */
int client_send(struct client *c, const char *method, const char *path, const char *headers,
                const char *body, size_t n);
int client_receive(struct client *c, struct got *a);

/* Both at once. */
int client_ask(struct client *c, const char *method, const char *path, const char *headers,
               const char *body, struct got *a);

/* Bytes as they are; what the server says is read with client_receive. */
int client_write(struct client *c, const char *bytes, size_t n);

/* Reads until `words` have come in a body without end (events); -1 after timeout_ms. */
int client_wait_for(struct client *c, const char *words, int timeout_ms);

/* The value of a header, "" when it is not there; valid until the next call. */
const char *header_of(const struct got *a, const char *name);
void got_free(struct got *a);

#endif
