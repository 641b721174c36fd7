/* traits - measures what can be said of items without knowing what they show (media/facts.h), once each.
 *
 *     TRY(traits_fill(run, &project));                   // every item that has no row yet, by id
 *
 * Part of the job that encodes, so that it is there when it is asked for; jobs that read it fill what is
 * missing first. Pictures are decoded at an eighth to full size, at least 128 pixels a side where the file has
 * them: the same bytes give the same numbers, whoever asks. A picture that cannot be read any more gets a
 * row that says so. 1.5 ms for a phone's photo of 500 x 500 on one core. */
#ifndef EXEMPLAR_JOBS_TRAITS_H
#define EXEMPLAR_JOBS_TRAITS_H

#include "store/project.h"

struct job_run;

/* ERR_CANCELLED when the job was stopped: what is committed stays, and it goes on from there. */
enum err traits_fill(struct job_run *run, const struct project *p) MUST_USE;

#endif
