/* run - one claimed job while it is worked on: what it may use, how it reports and is stopped.
 *
 *     struct job_run run = {.store = s, .writer = w, .folder = dir, .threads = 2};
 *     TRY(run_claim_next(&run));                 // run.job.id 0: nothing to do
 *     e = run_work(&run);                        // import, encode or sample, then the last state
 *     run_close(&run);
 *
 * Everything is committed by the writer; `store` is for reading (and for the latents' own rows).
 * A job is asked to stop in two ways: by its row (then it ends as cancelled) and by `stop` (the
 * program ends: it goes back to queued). Threads: the job's own. */
#ifndef EXEMPLAR_JOBS_RUN_H
#define EXEMPLAR_JOBS_RUN_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/job.h"
#include "store/writer.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { RUN_MESSAGE = 1024, RUN_WHAT = 80 };

/* Jobs of one lane run one after the other, beside those of the other. */
enum run_lane { RUN_INTAKE, RUN_LEARN, RUN_LANES };

struct job_run {
    struct store *store;
    struct writer *writer;
    const char *folder;                                /* the data folder */
    int threads;                                       /* processors to use, at least 1 */
    const atomic_bool *stop;                           /* NULL: never */
    void (*watch)(void *context, const struct job *j); /* at each report; NULL: nobody */
    void *watch_context;

    enum run_lane lane; /* for run_claim_next() */
    struct arena arena; /* lives as long as the claim */
    struct job_claimed claim;
    char message[RUN_MESSAGE]; /* what the job says at its end, one sentence */
    char what[RUN_WHAT];       /* what claim.job.what points to */
    int64_t reported_ticks;
};

/* The oldest of the lane that is due. */
enum err run_claim_next(struct job_run *run) MUST_USE;

/* Adds `j` (params and kind must outlive the run) and claims it at once, so that a server on the
 * same folder cannot take it. claim.job.id 0: an equal one is running elsewhere. */
enum err run_claim_new(struct job_run *run, struct job *j, enum job_adding adding) MUST_USE;

/* A given queued job. claim.job.id 0: somebody else has it. */
enum err run_claim_job(struct job_run *run, int64_t job_id) MUST_USE;

/* Does the job and moves it to where it belongs. The job's own failure is in its row and is
 * returned too. */
enum err run_work(struct job_run *run) MUST_USE;

void run_close(struct job_run *run);

/* ERR_CANCELLED when the job should stop. Copies `what`; writes the row at most four times a
 * second. */
enum err run_progress(struct job_run *run, int64_t done, int64_t total,
                      const char *what) MUST_USE;

/* Is the program ending? To be asked at every border. */
bool run_should_stop(const struct job_run *run);

#endif
