/* program - the real binary as a test's child: run to its end, or started, asked over HTTP and
 * killed. The binary is $EXEMPLAR_PROGRAM. */
#ifndef EXEMPLAR_TESTS_PROGRAM_H
#define EXEMPLAR_TESTS_PROGRAM_H

#include "base/buf.h"
#include "base/json.h"

#include <sys/types.h>

/* The arguments, NULL last; the exit code is returned, -1 when a signal ended it. stdout is put
 * in `out` (NULL: thrown away), `in` is given as stdin (NULL: none). */
int program_run(struct buf *out, const char *in, const char *const *args);
#define RUN(...) program_run(NULL, NULL, (const char *const[]){__VA_ARGS__, NULL})

/* Started and not waited for. */
pid_t program_start(const char *const *args, int *out_fd);

/* kill -9 and wait. 1: it was still running. */
int program_kill(pid_t pid);

struct server {
    pid_t pid;
    int port;
    char link[100]; /* of the first administrator, "" when there is none */
};
/* `exemplar serve` on a free port; waits for the line that says where it is. */
void server_start(struct server *s, const char *data_folder);
void server_kill(struct server *s); /* kill -9 */
int server_stop(struct server *s);  /* SIGTERM; its exit code */

/* One request on a connection of its own. Status 0: the connection broke before a whole answer
 * came. *reply is a new reference, NULL when the body is no JSON. */
int http_ask(int port, const char *token, const char *method, const char *path,
             const json_t *body, json_t **reply);

#endif
