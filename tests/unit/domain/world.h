/* world - a data folder with a project, items and people, for tests of the domain. */
#ifndef EXEMPLAR_TESTS_WORLD_H
#define EXEMPLAR_TESTS_WORLD_H

#include "base/json.h"
#include "domain/item.h"
#include "domain/label.h"
#include "domain/project.h"
#include "domain/queue.h"
#include "unit/store/folder.h"

#define NOW ((int64_t)1800000000000)

struct world {
    struct folder folder;
    struct store *s;
    struct arena a;
    struct project p;
    int64_t user[20]; /* ids of people */
    int64_t first;    /* id of the first item; the others follow */
    int64_t n_items;
};

/* A project that asks {"class": a | b | c}, of that overlap, with n texts and 20 people. */
void world_new(struct world *w, int64_t n_items, int64_t overlap);
void world_free(struct world *w);
void world_add_items(struct world *w, int64_t n);

/* A label as a client would send it: a new id, {"class": name} (NULL: {}), no lease. */
struct label_new world_label(struct world *w, int64_t item, int64_t user, enum answer answer,
                             const char *class_name);
/* Submits it and returns its ledger number. */
int64_t world_submit(struct world *w, int64_t item, int64_t user, enum answer answer,
                     const char *class_name);
enum err world_try(struct world *w, const struct label_new *n);

struct item world_item(struct world *w, int64_t item);
struct project_counts world_counts(struct world *w);

/* One lease for a person, and its item; id 0 when there is none. */
struct lease world_lease(struct world *w, int64_t user, int64_t now_ms);

/* Publishes a round with these items, best first. */
void world_round(struct world *w, const int64_t *items, size_t n);

/* The number of problems that verify finds, the first in `first` (400 bytes, may be NULL). */
int64_t world_verify(struct world *w, char *first);

#endif
