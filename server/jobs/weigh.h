/* weigh - chooses how a project's classifiers are mixed, by cross-validation, in the background.
 *
 *     TRY(weigh_project(s, writer, project_id, 1, &progress, &n_chosen));
 *
 * A question's recipe is chosen again whenever smp_recipe_is_due() says so: from about ten labels a
 * class on, then with every quarter more. Takes seconds to minutes; nobody waits for it: rankings go on
 * with the recipe that is in use. Nothing is kept until a choice is whole, so one that was cut off is
 * simply due again. */
#ifndef EXEMPLAR_JOBS_WEIGH_H
#define EXEMPLAR_JOBS_WEIGH_H

#include "base/err.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

struct store;
struct writer;

/* *n_chosen: questions that have a new recipe. ERR_CANCELLED when `progress` says to stop; it may be
 * NULL. */
enum err weigh_project(struct store *s, struct writer *w, int64_t project_id, int threads,
                       const struct smp_progress *progress, size_t *n_chosen) MUST_USE;

#endif
