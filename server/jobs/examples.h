/* examples - a few files that somebody brings as examples of one class, taken in at once.
 *
 *     struct examples *x;
 *     struct examples_new n = {.project_id = p, .user_id = u, .request = uuid, .class_name = "shoe",
 *                              .upload = folder, .path = folder, .data_folder = dir, .threads = 2};
 *     TRY(examples_prepare(s, a, &n, &x));               // read, decoded, media files on the disk
 *     TRY(api_write(q, examples_store, x));              // items and labels in ONE transaction
 *     ... x->example[i].outcome, .seq, .reason ...
 *     examples_free(x);                                  // and the upload
 *
 * The short way beside the import job (import.h), for what is small enough to be waited for: at most
 * EXAMPLES_PICTURES_MAX pictures or EXAMPLES_TEXTS_MAX texts. Files are read as an import reads them,
 * tables and archives too; one bad one is refused with its sentence and the others go on. The items'
 * metadata say which burst they are of, if any. New items are encoded soon after. */
#ifndef EXEMPLAR_JOBS_EXAMPLES_H
#define EXEMPLAR_JOBS_EXAMPLES_H

#include "base/arena.h"
#include "base/uuid.h"
#include "domain/example.h"
#include "jobs/prepare.h"

enum { EXAMPLES_PICTURES_MAX = 100, EXAMPLES_TEXTS_MAX = 1000, BURST_BYTES_MAX = 64 };

struct examples_new {
    int64_t project_id, user_id;
    struct uuid request;     /* made by the client: a retry brings the same */
    const char *class_name;  /* of the project's only question */
    const char *burst;       /* NULL: not of a burst or a video */
    const char *text_column; /* of tables; NULL: found by its name */
    int64_t elapsed_ms;      /* that the person spent on each */
    const char *path;        /* the file, or the folder of files */
    const char *data_folder;
    int threads;
};

struct example_row {
    struct prepared prepared; /* .reason: why it is refused, else "" */
    struct uuid id;           /* of its label */
    struct example_given given;
};

struct examples {
    struct examples_new new;
    struct arena *arena;
    struct example_row *example; /* (n) in the order of the source */
    size_t n;
    size_t n_new_items;
};

/* Reads only. ERR_INVALID: no such class, or nothing to read. ERR_TOO_LARGE: too many. `a` must outlive
 * what it makes. */
enum err examples_prepare(struct store *s, struct arena *a, const struct examples_new *n,
                          struct examples **out) MUST_USE;

/* A task of the writer; may be run again after it failed. */
enum err examples_store(struct store *s, void *context) MUST_USE;

void examples_free(struct examples *x); /* NULL is fine */

#endif
