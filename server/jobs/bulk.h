/* bulk - the job that does one action to many items, a step of them to a transaction, or undoes it.
 * What it does: domain/bulk.h. */
#ifndef EXEMPLAR_JOBS_BULK_H
#define EXEMPLAR_JOBS_BULK_H

#include "base/err.h"

struct job_run;

/* Runs the claimed job. ERR_CANCELLED when it was stopped: what was done so far stays, and can be
 * undone or gone on with. */
enum err bulk_run(struct job_run *run) MUST_USE;

#endif
