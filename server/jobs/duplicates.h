/* duplicates - finds items that are the same again, and stores them as groups (domain/group.h).
 *
 *     char *params = "{}";  job kind "duplicates"                   // queued after each encode
 *
 * First every item without a print gets one (sampler/quality/prints.h), 512 at a time; a stopped job
 * goes on behind the last. Then all prints of the project are compared: exact, 64 + 12 bytes an
 * item, 25 s of processor time for a million. The new grouping is written in small
 * transactions, becomes the one in use at once, and then the older ones go. */
#ifndef EXEMPLAR_JOBS_DUPLICATES_H
#define EXEMPLAR_JOBS_DUPLICATES_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct job_run;
struct store;

/* Runs or resumes the claimed job. ERR_CANCELLED when it was stopped. */
enum err duplicates_run(struct job_run *run) MUST_USE;

/* Queues one for a project, inside a transaction. Once, however often it is asked for. */
enum err duplicates_queue(struct store *s, struct arena *a, int64_t project_id,
                          int64_t user_id) MUST_USE;

#endif
