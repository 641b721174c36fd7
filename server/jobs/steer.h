/* steer - the job behind assignments and priorities (domain/steer.h): it looks at a project's items
 * in order of id and writes down those that match, or takes an ended assignment's items away.
 * 2,000 items a step, each step one transaction of the writer; after a stop it goes on behind the
 * last step. Fits the table of jobs/run.c. */
#ifndef EXEMPLAR_JOBS_STEER_H
#define EXEMPLAR_JOBS_STEER_H

#include "jobs/run.h"

enum err steer_run(struct job_run *run) MUST_USE;

#endif
