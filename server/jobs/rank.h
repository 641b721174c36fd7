/* rank - a round of picks: latents and labels in, receipts into the queue.
 *
 * The round records everything its picks came from (encoder and number of latents, ledger
 * position, items then held, seed, settings), so rank_replay() can compute them again.
 * A round ranks 10 items below 100 labels, then 50, once for each person at work. */
#ifndef EXEMPLAR_JOBS_RANK_H
#define EXEMPLAR_JOBS_RANK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct smp_progress;
struct store;
struct writer;

/* How many items a round has for one person, once there are so many labels. */
size_t rank_batch(size_t n_labels);

/* Ranks and publishes one round of `n` picks (0: the rule above); *round_id is 0 when there is
 * nothing to pick from: no latents yet, or no free item. `threads` as in jobs_start(). `progress`
 * may be NULL; when it says no, ERR_CANCELLED, and no round. */
enum err rank_project(struct store *s, struct writer *w, int64_t project_id, size_t n,
                      int threads, const struct smp_progress *progress,
                      int64_t *round_id) MUST_USE;

/* Computes the round again; ERR_CORRUPT with a sentence naming the first pick that differs. */
enum err rank_replay(struct store *s, int64_t round_id) MUST_USE;

#endif
