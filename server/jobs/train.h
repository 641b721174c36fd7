/* train - a new encoder from a project's own items.
 *
 *     TRY(train_encoder(run, &project, TRAIN_FROM_ALL, &row, &enc));  // smp_encoder_free(enc) when done
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

/* TRAIN_FROM_FEW: from TRAIN_FEW pictures at most, which takes a second or two; texts are quick anyhow.
 * The row says how many it knows, so that it is outgrown as soon as there are twice as many. */
enum train_from { TRAIN_FROM_ALL, TRAIN_FROM_FEW };
enum { TRAIN_FEW = 16 };

enum err train_encoder(struct job_run *run, const struct project *p, enum train_from from,
                       struct encoder *row, struct smp_encoder **enc) MUST_USE;

#endif
