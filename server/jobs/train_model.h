/* train_model - teaches a version of a classifier that was begun (domain/model.h).
 *
 * Job kind "train", params {"model": id}. In order, each done once however often the job is stopped:
 *   latents      the project's encoder is learned if there is none, items without a latent get one
 *   duplicates   looked for if items came since (they must not lie on both sides)
 *   data set     frozen: the examples as of the moment it was asked for, honest items apart
 *   recipe       that of an earlier version with the same data set, encoder and seed; else that of the last
 *                version on this encoder; chosen anew by cross-validation on what teaches when the
 *                labels have grown by a quarter since (smp_recipe_is_due)
 *   fit          and what the examples' own folds say: grouped cross-validation
 *   unknown      the limit beyond which an item is none of the classes (sampler/unknown.h)
 *   file         durable before the row says trained
 *   accuracy     on the honest items (at least HONEST_ENOUGH of them; that is a use of the data set's locked
 *                part, and kept as such), else by the cross-validation; Wilson's 95 % interval
 *
 * The same data set, encoder, recipe and seed give the same bytes on any number of threads. A job that fails
 * or is cancelled leaves the version as failed, with its sentence. */
#ifndef EXEMPLAR_JOBS_TRAIN_MODEL_H
#define EXEMPLAR_JOBS_TRAIN_MODEL_H

#include "base/err.h"

struct job_run;

enum err train_model_run(struct job_run *run) MUST_USE;

/* The end of a job that did not train. */
void train_model_forget(struct job_run *run);

#endif
