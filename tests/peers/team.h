/* team - the real program on a data folder of its own, with people who label over HTTP.
 *
 *     struct team t;
 *     team_new(&t);
 *     p = team_project(&t, "p", 40);                        // texts, classes a and b
 *     item = team_lease(&t, &t.person[0], p);
 *     status = team_label(&t, &t.person[0], p, &(struct told){.item = item, .class = "a"});
 *     team_free(&t); */
#ifndef EXEMPLAR_TESTS_TEAM_H
#define EXEMPLAR_TESTS_TEAM_H

#include "base/uuid.h"
#include "fault/program.h"
#include "unit/store/folder.h"

#include <stdint.h>

enum { PEOPLE = 8 };

struct person {
    const struct team *team;
    char token[100];
};

struct team {
    struct folder folder; /* the data folder */
    char files[100];
    struct server server;
    struct person person[PEOPLE]; /* the first is a manager, the others annotators */
};

void team_new(struct team *t);
void team_free(struct team *t);

/* kill -9; then again on the same folder. */
void team_kill(struct team *t);
void team_start(struct team *t);

/* A project of n texts of about n_bytes, made by the command line beside the server. Its id. */
int64_t team_project(struct team *t, const char *name, int n, int n_bytes);
/* More of them, numbered from `from`. The time it took, ms. */
int64_t team_import(struct team *t, const char *name, int from, int n, int n_bytes);

/* The status; *reply (may be NULL) is a new reference. `path` lies below /api/v1; `body` is taken. */
int team_ask(const struct team *t, const struct person *who, const char *method,
             const char *path, json_t *body, json_t **reply);

/* Items of up to n new leases; how many there were. */
int team_lease(const struct team *t, const struct person *who, int64_t project, int n,
               int64_t *items);

/* A label that is sent, once or again. */
struct told {
    int64_t item;
    const char *class;
    char id[UUID_TEXT]; /* "": made at the first sending */
    int64_t seq;        /* as acknowledged; 0: not yet */
};
int team_label(const struct team *t, const struct person *who, int64_t project,
               struct told *told);

/* Current labels of a project, by the database. */
int64_t team_labels(const struct team *t, int64_t project);

/* A number in {"a": {"b": n}} of GET `path`. */
int64_t team_number(const struct team *t, const char *path, const char *a, const char *b);

#endif
