/* queued - answering 202 with a job that was queued: {"job": JOB of openapi.json}. */
#ifndef EXEMPLAR_API_QUEUED_H
#define EXEMPLAR_API_QUEUED_H

#include "api/api.h"
#include "domain/job.h"

/* `j` was queued; the workers are told. */
enum err reply_job(struct reply *r, const struct job *j) MUST_USE;

/* Queues a job of the project in the path, and answers with it. `params` is JSON in the arena; NULL is
 * ERR_NOMEM. ERR_NOT_FOUND: no such project. */
enum err reply_queued(struct req *q, struct reply *r, const char *kind, const char *params,
                      enum job_adding adding) MUST_USE;

#endif
