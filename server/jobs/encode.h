/* encode - a latent for every item.
 *
 * The first run trains an autoencoder on the project's own items, without labels; later runs
 * encode what was added, and train again when the project has twice the items the encoder
 * learned from, when its latents come without parts (from before there were any), or when asked to.
 * The seed comes from the project, so the same items give the same encoder. The encoder's file is
 * durable before any latent of it is; latents are appended 512 at a time, and a stopped run goes on
 * behind the last. */
#ifndef EXEMPLAR_JOBS_ENCODE_H
#define EXEMPLAR_JOBS_ENCODE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct job_run;
struct store;

/* ENCODE_SOON: as when due; but a project's first encoder of pictures learns from a few of them only, so
 * that somebody who watches has one within seconds, and the next one is learned from all at once. */
enum encode_training { ENCODE_WHEN_DUE, ENCODE_RETRAIN, ENCODE_SOON };

/* The job's params (JSON). NULL when out of memory. */
char *encode_params_write(struct arena *a, enum encode_training training);

/* Queues one for a project whose items have grown and wait for it (ENCODE_SOON) or not, to begin in `delay_ms` so that others may join it;
 * inside a transaction, once, however often it is asked for. */
enum err encode_queue(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                      enum encode_training training, int64_t delay_ms) MUST_USE;

/* Runs or resumes the claimed job. ERR_CANCELLED when it was stopped. */
enum err encode_run(struct job_run *run) MUST_USE;

#endif
