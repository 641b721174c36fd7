/* check_gather - a project's items and answers as the checks before a training take them.
 *
 *     TRY(check_gather(run, project_id, &d));
 *     d.item[d.example[i]].y                             // the class of example i
 *     check_free(&d);
 *
 * An example is an item whose accepted answer to the first question is one of its classes; a question of
 * several answers has none. Items come with what was measured of them (jobs/traits.h), which is filled
 * first. Words (formats, scripts, cameras, folders) are numbers into one list. Memory: 150 bytes an item, and
 * the metadata of the examples. */
#ifndef EXEMPLAR_JOBS_CHECK_GATHER_H
#define EXEMPLAR_JOBS_CHECK_GATHER_H

#include "domain/encoder.h"
#include "domain/group.h"
#include "domain/question.h"
#include "store/project.h"
#include "store/trait.h"

struct job_run;

#define CHECK_NONE     UINT32_MAX /* no such word */
#define CHECK_NO_ROW   SIZE_MAX   /* no latent yet */
#define CHECK_NO_CLASS (-1)

/* Different words, each once. */
struct check_words {
    const char **word; /* (n) */
    size_t n, room;
    uint32_t *bucket; /* (n_buckets) 1 more than a word's number; 0: none */
    size_t n_buckets;
};

struct check_item {
    int64_t id, job_id, created_at, n_bytes, taken_min;
    int32_t y; /* class, or CHECK_NO_CLASS */
    int is_read;
    uint32_t width, height, n_chars, n_words, n_lines;
    uint32_t format, script, camera; /* words or CHECK_NONE */
    const char *path, *meta;         /* of examples; else NULL */
    float look[TRAIT_LOOKS];         /* NaN: not known */
    float punctuation, capitals;     /* likewise */
};

struct check_data {
    struct project project;
    const struct question *question; /* the first */
    int64_t seq;                     /* answers up to this ledger number */
    struct arena arena;
    struct check_words words;
    struct check_item *item; /* (n) by id */
    size_t n, room;
    size_t *example; /* (n_examples) places in item, ascending */
    size_t n_examples;
    size_t *of_class; /* (question->n_classes) examples of each */
    uint64_t *group;  /* (n_examples) keys of near duplicates */
    size_t *row;      /* (n_examples) of the latents, or CHECK_NO_ROW */
    struct encoder_latents latents;
    int32_t *
        said; /* (n_examples) what a model that had not seen it says, -1: none does; NULL: not asked */
};

enum err check_gather(struct job_run *run, int64_t project_id, struct check_data *d) MUST_USE;
void check_free(struct check_data *d);

/* The number of a word, added when it is new. `text` is copied; NULL is CHECK_NONE. */
enum err check_word(struct check_data *d, const char *text, uint32_t *number) MUST_USE;

/* A picture of one tone, or a text without a letter. */
int check_is_blank(const struct check_data *d, const struct check_item *i);

#endif
