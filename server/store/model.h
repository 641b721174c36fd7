/* store/model - rows of the versions of projects' classifiers. Rules: domain/model.h. */
#ifndef EXEMPLAR_STORE_MODEL_H
#define EXEMPLAR_STORE_MODEL_H

#include "base/hash.h"
#include "store/store.h"

enum model_state { MODEL_TRAINING, MODEL_TRAINED, MODEL_FAILED };

/* What an accuracy was measured on: domain/model.h. */
enum accuracy_source { ACCURACY_NONE, ACCURACY_HONEST, ACCURACY_EXAMPLES };

struct model {
    int64_t id, project_id;
    int64_t version; /* 1, 2, 3 in its project */
    const char *name;
    const char *question;
    int64_t dataset_id;
    int64_t encoder_id; /* 0: not known yet */
    int64_t seed;
    int64_t threads;     /* this and the next seven: once trained */
    const char *program; /* "0.1.0"; "" before */
    const char *recipe;  /* JSON (domain/recipe.h); NULL before */
    const char *classes; /* JSON, a list of names in the order of the answers */
    int64_t n_taught;    /* items it learned from */
    struct hash hash;    /* of its file */
    int64_t n_bytes;
    double seconds; /* of the fit itself */
    enum model_state state;
    const char *why; /* what a failed one failed of; NULL */
    enum accuracy_source source;
    double accuracy, accuracy_low, accuracy_high; /* 0 without a source */
    int64_t accuracy_n;
    const char *report; /* JSON; NULL: none yet */
    int64_t user_id;    /* 0: the program, or the command line */
    int64_t job_id;
    int64_t created_at, trained_at;
};

const char *model_state_name(enum model_state state); /* "training", ... */
/* "honest", "examples"; NULL for none. */
const char *accuracy_source_name(enum accuracy_source source);

/* project_id, name, question, dataset_id, seed, user_id, job_id and created_at of `m`, in training; sets
 * its id and version. */
enum err store_model_add(struct store *s, struct model *m) MUST_USE;
enum err store_model_get(struct store *s, struct arena *a, int64_t id,
                         struct model *m) MUST_USE;
/* By its number in the project; id 0 when there is none. */
enum err store_model_find(struct store *s, struct arena *a, int64_t project_id, int64_t version,
                          struct model *m) MUST_USE;
/* Newest first, those before version `before` (0: from the newest), at most `limit`. */
enum err store_model_list(struct store *s, struct arena *a, int64_t project_id, int64_t before,
                          size_t limit, struct model **list, size_t *n) MUST_USE;
/* The newest that is trained, or in training; id 0 when there is none. */
enum err store_model_last(struct store *s, struct arena *a, int64_t project_id,
                          enum model_state state, struct model *m) MUST_USE;
/* Those taught by a data set, newest first, 1,000 at most. */
enum err store_model_of_dataset(struct store *s, struct arena *a, int64_t dataset_id,
                                struct model **list, size_t *n) MUST_USE;

/* The job that trains it, once there is one. */
enum err store_model_job(struct store *s, int64_t id, int64_t job_id) MUST_USE;
/* The end of a training: state, why, and all that a trained one has. Refused afterwards. */
enum err store_model_end(struct store *s, const struct model *m) MUST_USE;
/* source, accuracy and its bounds, accuracy_n and report: measured again at any time. */
enum err store_model_measure(struct store *s, const struct model *m) MUST_USE;

#endif
