/* workshop - a data folder, its writer, a project and a folder of files, for tests of jobs. */
#ifndef EXEMPLAR_TESTS_WORKSHOP_H
#define EXEMPLAR_TESTS_WORKSHOP_H

#include "domain/project.h"
#include "jobs/import.h"
#include "jobs/run.h"
#include "unit/store/folder.h"

struct workshop {
    struct folder folder;
    char files[100]; /* where workshop_put writes */
    struct store *store;
    struct writer *writer;
    struct arena arena;
    struct project project;
    struct job job;          /* the last one done, as it ended */
    int64_t stop_after_done; /* the job is stopped when it says so many are done; 0: never */
    atomic_bool stop;
};

/* A project of that kind that asks for one of the classes (a NULL ends them). */
void workshop_new(struct workshop *w, enum project_kind kind, const char *const *classes);
void workshop_free(struct workshop *w);

void workshop_put(const struct workshop *w, const char *name, const void *bytes, size_t n);
/* A JPEG of that size, different for each seed. */
void workshop_put_picture(const struct workshop *w, const char *name, uint32_t width,
                          uint32_t height, uint64_t seed);

/* Adds or goes on with an equal job and runs it; its row is in w->job. */
enum err workshop_job(struct workshop *w, const char *kind, const char *params);
/* Imports the folder of files, or what `p` says (paths are filled in when it has none). */
enum err workshop_import(struct workshop *w, struct import_params *p);

/* "row path" of each item, a line each, in the arena. */
const char *workshop_items(struct workshop *w);

#endif
