/* advise - the job that looks a project's examples over and says what to do next.
 *
 * The result is one JSON object, kept with its ledger number in place of the last: what jobs/check.h finds, and
 *     "curve": null or what the next examples should buy (advise_curve.h),
 *     "advice": what to do next, in sentences (advise_words.h).
 * Deterministic: the same items, labels and encoder give the same bytes, whatever the number of threads.
 * Nothing is kept until all is there; a stopped run starts again. */
#ifndef EXEMPLAR_JOBS_ADVISE_H
#define EXEMPLAR_JOBS_ADVISE_H

#include "base/err.h"

struct job_run;

/* Runs the claimed job. ERR_CANCELLED when it was stopped. */
enum err advise_run(struct job_run *run) MUST_USE;

#endif
