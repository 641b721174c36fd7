/* import - files become items.
 *
 *     struct import_params p = {.paths = paths, .n_paths = 1, .labels_from = IMPORT_NO_LABELS};
 *     char *params = import_params_write(&arena, &p);       // what job_add() stores
 *
 * The job reads its source (formats/source.h) in batches of at most 128 pictures, 256 texts or
 * 64 MiB. A batch is decoded on all processors; its media files are written and flushed; then ONE
 * writer task commits its items, its report rows and the cursor together. So a `kill -9` leaves
 * whole items and a cursor that fits them, and the next run goes on behind it.
 *
 * A picture is taken when it decodes completely within the limits; its original bytes are kept
 * under media/ab/HASH, with HASH.256.jpg when it is larger than 320 px or no browser shows it,
 * and HASH.view.jpg (at most 2048 px a side) when it is larger than that or no browser shows it.
 * A text is taken when it is UTF-8 (or UTF-16 with its mark), not blank and within the limit.
 * What equals an item of the project is a duplicate and names that item. */
#ifndef EXEMPLAR_JOBS_IMPORT_H
#define EXEMPLAR_JOBS_IMPORT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job_run;

enum import_labels {
    IMPORT_NO_LABELS,
    IMPORT_LABELS_FROM_FOLDER, /* the name of the last folder of each path is its class */
    IMPORT_LABELS_OF_ONE_CLASS /* import_params.class_name is the class of all */
};

/* What to do with a folder that is not a class of the first question. */
enum import_classes {
    IMPORT_KNOWN_CLASSES, /* import the item without a label, and say so in the report */
    IMPORT_ADD_CLASSES    /* add the class to the question */
};

enum import_header { IMPORT_HEADER, IMPORT_NO_HEADER }; /* of CSV and TSV files */

struct import_params {
    const char *const *paths; /* files and folders, absolute */
    size_t n_paths;
    enum import_labels labels_from;
    enum import_classes classes;
    enum import_header header;
    const char *class_name;  /* of IMPORT_LABELS_OF_ONE_CLASS, else NULL */
    const char *text_column; /* NULL: found by its name */
    const char *uploaded;    /* the folder uploads/JOB, deleted when the job has ended; NULL for
                                paths of the user's own */
};

/* As the job row keeps them (JSON). NULL when out of memory. */
char *import_params_write(struct arena *a, const struct import_params *p);
enum err import_params_read(struct arena *a, struct import_params *p,
                            const char *json) MUST_USE;

/* Runs or resumes the claimed job. ERR_CANCELLED when it was stopped. */
enum err import_run(struct job_run *run) MUST_USE;

/* The same, with what to import given instead of read from the job: for jobs that make their own
 * files first. */
enum err import_from(struct job_run *run, const struct import_params *p) MUST_USE;

/* The end of an import job: the folder its upload lay in goes. Logs what cannot be removed. */
void import_forget_upload(struct job_run *run);

/* Removes a folder below DATA/uploads/, and nothing that lies elsewhere. */
void import_remove_upload(const char *data_folder, const char *upload);

#endif
