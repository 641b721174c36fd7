/* judge - whether a project's picking is losing against chance, by the labels that chance chose.
 *
 * The labels of the first question, in the order in which they came, go to the sampler's honest set
 * (sampler/honest.h); while picking is losing a round draws at least half of its picks at random. The
 * round keeps the share it used, so a replay needs no judge. */
#ifndef EXEMPLAR_JOBS_JUDGE_H
#define EXEMPLAR_JOBS_JUDGE_H

#include "jobs/teach.h"
#include "sampler/honest.h"
#include "store/store.h"

/* Labels whose item has no pick (imported ones, say) are no evidence and left out. */
enum err judge_picking(struct store *s, struct arena *a, int64_t project_id,
                       const struct teaching *t, const struct latents *l, int threads,
                       struct smp_honest *verdict) MUST_USE;

#endif
