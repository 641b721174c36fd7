/* quality - the job that measures how good a project's labels are, and whose.
 *
 * Agreement of each question, what people mean together by three rules, and how each person answers,
 * of all current labels of one moment; people in quarantine are judged and judge nobody. The result is
 * one JSON object, kept with its ledger number in place of the last:
 *
 *     {"seq","rounds","level","seed","n_items","n_labels",
 *      "questions": [..quality_question.h..], "people": [..quality_people.h..]}
 *
 * People appear by id, so that an erased one has no name here. Deterministic: the same labels and seed
 * (the project's) give the same bytes, whatever the number of threads. Nothing is kept until all is
 * there; a stopped run starts again. 1,000,000 labels: docs/quality.md. */
#ifndef EXEMPLAR_JOBS_QUALITY_H
#define EXEMPLAR_JOBS_QUALITY_H

#include "base/arena.h"
#include "base/err.h"

struct job_run;

/* Influence is what each person's labels change in the model (quality_influence.h): minutes, where
 * agreement takes seconds, so it is asked for by itself. Its result lies beside the other. */
enum quality_measure { QUALITY_AGREEMENT, QUALITY_INFLUENCE };
const char *quality_measure_name(enum quality_measure m); /* "agreement", "influence" */

/* The job's params (JSON). NULL when out of memory. */
char *quality_params_write(struct arena *a, enum quality_measure m);

/* Runs the claimed job. ERR_CANCELLED when it was stopped. */
enum err quality_run(struct job_run *run) MUST_USE;

#endif
