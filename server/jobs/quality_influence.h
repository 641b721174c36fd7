/* quality_influence - what each person's labels change in the model, by the items drawn at random.
 *
 *     TRY(quality_influence(&with, store, arena, project_id, &d, body));
 *
 * Of the first question, which must be a single choice, on the active encoder's latents, for the fifty
 * people with most labels that are not in quarantine (sampler/quality/influence.h). Adds to `body`
 * {"question","n_drawn","people":[{"user","n","with","without","difference","error"}]}. ERR_INVALID
 * with a sentence when it cannot be told: several answers, no latents, fewer than 20 drawn items. */
#ifndef EXEMPLAR_JOBS_QUALITY_INFLUENCE_H
#define EXEMPLAR_JOBS_QUALITY_INFLUENCE_H

#include "jobs/quality_question.h"

enum { QUALITY_INFLUENCE_PEOPLE = 50, QUALITY_INFLUENCE_DRAWN = 20 };

enum err quality_influence(const struct quality_with *with, struct store *s, struct arena *a,
                           int64_t project_id, const struct quality_data *d,
                           json_t *body) MUST_USE;

#endif
