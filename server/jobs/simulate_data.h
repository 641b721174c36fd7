/* simulate_data - a labelled data set of a person's own, read as a pool and a test set.
 *
 *     struct sim_data d;
 *     TRY(sim_data_read(&d, &(struct sim_source){.path = "photos", .kind = SIM_ANY}));
 *     use(d.item[i].class, ...);         // the pool is item[0..n_pool), then n_test to test on
 *     sim_data_free(&d);
 *
 * What `path` may be
 *   a folder of folders: the last folder of a file's path is its class; pictures, or .txt files.
 *     With train/ (and test/) inside, those.
 *   NAME-images-idx3-ubyte[.gz] beside NAME-labels-idx1-ubyte[.gz], or a folder with such a pair
 *     named train. Classes are the label numbers.
 *   a table (.csv, .tsv, .jsonl): a column of texts, one of labels.
 * The test set: `test`, of the same form; else test/ beside train/, t10k-... beside train-...;
 * else every item whose content hashes to 0 of 5, so equal items are on one side and the split
 * is the same wherever and whenever it is made.
 *
 * What cannot be read is passed over and counted. The classes are those of the pool, in the order
 * of their names; a test item of another class is an error, because no pool could teach it.
 * Pictures in files stay there until they are encoded. */
#ifndef EXEMPLAR_JOBS_SIMULATE_DATA_H
#define EXEMPLAR_JOBS_SIMULATE_DATA_H

#include "base/arena.h"
#include "base/err.h"
#include "formats/idx.h"
#include "formats/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_CLASSES_MAX = 1000, SIM_NOTE = 300 };

enum sim_kind { SIM_ANY, SIM_IMAGE, SIM_TEXT };

struct sim_source {
    const char *path, *test; /* test NULL: as above */
    enum sim_kind kind;      /* SIM_ANY: what the first item is */
    const char *text_column, *label_column;
    enum source_header header;
};

struct sim_item {
    const char *path;      /* of a picture in a file, else NULL */
    const char *text;      /* of a text, else NULL */
    size_t n_bytes;        /* of the text */
    const uint8_t *pixels; /* of an IDX picture, grey (height, width), else NULL */
    uint32_t width, height;
    int32_t class;
    bool is_test;
};

struct sim_data {
    const char *name; /* the last part of `path` */
    enum sim_kind kind;
    struct sim_item *item; /* (n_pool + n_test) */
    size_t n_pool, n_test;
    const char **class_name; /* (n_classes) */
    size_t n_classes;
    size_t n_refused;
    char refused[SIM_NOTE]; /* why the first was, "" when none was */
    struct arena arena;     /* of paths, texts and names */
    struct idx idx[2];      /* pool, test */
    size_t n_items, room;   /* while it is read */
};

/* The arena and arrays are the data's; on failure nothing needs freeing. */
enum err sim_data_read(struct sim_data *d, const struct sim_source *from) MUST_USE;
void sim_data_free(struct sim_data *d); /* an empty one is fine */

#endif
