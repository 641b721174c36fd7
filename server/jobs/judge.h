/* judge - is picking doing worse than chance would have? Asked in the background, answered by the
 * labels of items that were drawn at random (sampler/honest.h).
 *
 *     TRY(judge_project(s, writer, project_id, 1, &progress, &judged));
 *
 * Of the first question, whose labels are taken in the order in which they came; labels whose item
 * nobody picked (imported ones, say) are no evidence. From twenty drawn labels on, then with every
 * quarter more of them; the last answer for an encoder is in force: while picking is losing, half of
 * each round is drawn at random (smp_honest_explore). The round records its share, so that it comes out
 * the same again. */
#ifndef EXEMPLAR_JOBS_JUDGE_H
#define EXEMPLAR_JOBS_JUDGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct smp_progress;
struct store;
struct writer;

/* *judged: whether there is a new judgement. `progress` may be NULL; when it says no, ERR_CANCELLED
 * and nothing is kept: it is due again. */
enum err judge_project(struct store *s, struct writer *w, int64_t project_id, int threads,
                       const struct smp_progress *progress, bool *judged) MUST_USE;

/* The share of random picks that the project's next round is to have. */
enum err judge_explore(struct store *s, int64_t project_id, int64_t encoder_id, double asked,
                       double *explore) MUST_USE;

#endif
