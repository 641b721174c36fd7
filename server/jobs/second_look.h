/* second_look - finds labels that are worth looking at again (domain/look.h).
 *
 *     TRY(second_look_queue(s, a, project_id, user_id, &job));      // kind "second-look"
 *
 * Doubts: for each question of one answer, the answers of all items (domain/answer.h) with latents, at
 * most 50,000,000 / classes of them, the newest items; each item's probabilities come
 * from models that were taught by the others (5 folds, cut three times, once above 20,000 labels;
 * near duplicates in one fold). Confident learning says how many labels are wrong; so many
 * of the least likely ones are doubts, if another class is more likely than the one given and both
 * classes have LOOK_CLASS_MIN labels. Each names its six nearest labelled items.
 * Conflicts: groups of near duplicates (domain/group.h) whose answers to a question differ.
 *
 * What somebody kept and nothing has changed since is left out. At most LOOK_ENTRIES_MAX entries are
 * stored: conflicts first (facts before guesses), at most half of them. The same answers and the same
 * encoder give the same entries. */
#ifndef EXEMPLAR_JOBS_SECOND_LOOK_H
#define EXEMPLAR_JOBS_SECOND_LOOK_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct job;
struct job;
struct job;
struct job;
struct job;
struct job;
struct job;
struct job;
struct job;
struct job_run;
struct store;

enum err second_look_run(struct job_run *run) MUST_USE;

/* Queues one for a project, inside a transaction. Once, however often it is asked for; `j` is
 * then the one that waits already. */
enum err second_look_queue(struct store *s, struct arena *a, int64_t project_id,
                           int64_t user_id, struct job *j) MUST_USE;

#endif
