/* train - a new encoder from a project's own items.
 *
 *     TRY(train_encoder(run, &project, &row, &enc));     // smp_encoder_free(enc) when done
 *
 * Draws at most smp_image_fit_max() pictures or SMP_TEXT_FIT_MAX texts by the project's seed, so
 * memory and time do not grow with the project beyond that. When it returns, the encoder's file
 * models/encoder-ID.bin is durable and its row says what it is. */
#ifndef EXEMPLAR_JOBS_TRAIN_H
#define EXEMPLAR_JOBS_TRAIN_H

#include "domain/encoder.h"
#include "domain/project.h"
#include "jobs/run.h"
#include "sampler/encoder.h"

enum err train_encoder(struct job_run *run, const struct project *p, struct encoder *row,
                       struct smp_encoder **enc) MUST_USE;

#endif
