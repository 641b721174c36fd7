/* store/job - rows of jobs and their reports, and the locks that say who is alive.
 * Rules: domain/job.h. */
#ifndef EXEMPLAR_STORE_JOB_H
#define EXEMPLAR_STORE_JOB_H

#include "store/store.h"

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_STATES };
enum job_outcome { ROW_IMPORTED, ROW_DUPLICATE, ROW_REFUSED, ROW_ANY };

struct job {
    int64_t id;
    int64_t project_id; /* 0: none */
    const char *kind;   /* "import", "sample", "encode", "duplicates", "second-look", "steer" */
    enum job_state state;
    const char *params; /* JSON object */
    const char *cursor; /* JSON; NULL: from the start */
    int64_t done;
    int64_t total;       /* -1: not known yet */
    const char *what;    /* of what: "images decoded"; "" at first */
    const char *message; /* one sentence; NULL: none */
    int64_t imported, duplicate, refused;
    int cancel;      /* 1: asked for */
    int64_t user_id; /* 0: the program itself */
    int64_t created_at;
    int64_t started_at, finished_at; /* 0: not yet */
    int64_t not_before;
};

struct job_row {
    int64_t row;
    const char *path;
    enum job_outcome outcome;
    int64_t item_id;    /* 0: none */
    const char *reason; /* NULL: none */
};

const char *job_state_name(enum job_state state);
const char *job_outcome_name(enum job_outcome o); /* "imported", "duplicate", "refused" */
enum err job_outcome_read(enum job_outcome *o, const char *text) MUST_USE;

/* Sets j->id. */
enum err store_job_add(struct store *s, struct job *j) MUST_USE;
enum err store_job_get(struct store *s, struct arena *a, int64_t id, struct job *j) MUST_USE;
/* Newest first. */
enum err store_job_list(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                        struct job **jobs, size_t *n) MUST_USE;
/* The same of all projects that this person is a member of; an administrator's are all. */
enum err store_job_list_of(struct store *s, struct arena *a, int64_t user_id, size_t limit,
                           struct job **jobs, size_t *n) MUST_USE;
/* In order of id. */
enum err store_job_in_state(struct store *s, struct arena *a, enum job_state state,
                            struct job **jobs, size_t *n) MUST_USE; /* queued or running */
/* state, message, cursor, done, total, what, imported, duplicate, refused, cancel, started_at,
 * finished_at, not_before as in `j`. */
enum err store_job_update(struct store *s, const struct job *j) MUST_USE;
enum err store_job_cancel_asked(struct store *s, int64_t id, int *asked) MUST_USE;

/* Replaces the row of the same number: going on after a stop repeats some. */
enum err store_job_row_set(struct store *s, int64_t job_id, const struct job_row *r) MUST_USE;
/* In order of row, after `after`; imported rows are read from the items. */
enum err store_job_rows(struct store *s, struct arena *a, int64_t job_id,
                        enum job_outcome outcome, int64_t after, size_t limit,
                        struct job_row **rows, size_t *n) MUST_USE;

/* A running job holds byte `id` of DATA/jobs.lock, so that whether its process lives is asked
 * of the kernel, not of a clock. ERR_BUSY when somebody holds it. Closing the descriptor, or
 * the end of the process in any manner, gives it back. */
enum err job_lock_take(const char *data_folder, int64_t job_id, int *descriptor) MUST_USE;
void job_lock_drop(int descriptor); /* -1 is fine */

#endif
