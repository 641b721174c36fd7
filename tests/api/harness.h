/* harness - a real server on a free port of this machine, on a folder of its own.
 *
 *     struct harness h;
 *     harness_start(&h, &(struct http_config){0});
 *     ... h.port; h.people[ROLE_MANAGER].token ...
 *     harness_stop(&h);
 *
 * One person of each role exists, named as the role, with the password "correct horse", a token
 * and a session. Anything that fails ends the program with a sentence. */
#ifndef EXEMPLAR_TESTS_HARNESS_H
#define EXEMPLAR_TESTS_HARNESS_H

#include "client.h"

#include "base/hash.h"
#include "http/server.h"
#include "store/user.h"

#include <stdint.h>

enum { ROLES = ROLE_ADMIN + 1 };

#define PASSWORD "correct horse"

struct person {
    int64_t id;
    char token[SECRET_TEXT];
    char session[SECRET_TEXT];
};

struct harness {
    char folder[64];
    struct writer *writer;
    struct jobs *jobs;
    struct post *post;
    struct http *http;
    uint16_t port;
    struct person people[ROLES];
};

/* `config`: limits, TLS and hosts; the rest is filled in. */
void harness_start(struct harness *h, const struct http_config *config);

/* The same with nobody in it, as after an installation. */
void harness_start_empty(struct harness *h, const struct http_config *config);
void harness_stop(struct harness *h); /* and removes the folder */

/* Stops only the server, keeping the folder; http is then NULL. */
void harness_stop_http(struct harness *h);

/* "Authorization: Bearer ...\r\n", in memory of this thread; valid until the next two calls. */
const char *bearer(const struct harness *h, enum role role);
/* The cookie and X-Exemplar. */
const char *cookie(const struct harness *h, enum role role);

/* Asks as this role; the answer's JSON is compared by nobody. Returns its status. */
int ask(const struct harness *h, enum role role, const char *method, const char *path,
        const char *body, struct got *a);

/* A text project of `n` items, made without HTTP: labelling can begin at once. Its id. */
int64_t harness_project(struct harness *h, const char *name, int n_items);

#endif
