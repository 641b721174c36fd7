/* check_shortcuts - what beside the point gives a class away, of a project's examples.
 *
 *     TRY(check_shortcuts(run, &d, list, &n_rings));
 *
 * Appends one object for each fact that was looked at, those that ring first:
 *     {"feature": "folder", "class": "coat", "rings": true, "skill": 0.96, "right": 0.98, "model": 0.97, "p": 0.005,
 *      "sentence": "..", "advice": ".."}
 * `right` is balanced accuracy of the class against the rest, (1 + skill) / 2, where 0.5 is chance; `model`
 * likewise, of a classifier on the latents that had not seen the item, null without latents.
 *
 * Facts of pictures: size, shape (width by height), format, file size, brightness, contrast, colour, rim, each
 * corner, camera, time taken, folder; of texts: length, punctuation, capitals, lines, script, folder; of
 * both: metadata columns of few values. A part of a path that is the item's own class is where the label came from
 * and is left out, and so is a column that says just what the class says. When an item was brought in is no
 * fact: who shows one class after the other would be told off for it. At most EXAMPLES_MAX examples, drawn by the
 * project's seed. */
#ifndef EXEMPLAR_JOBS_CHECK_SHORTCUTS_H
#define EXEMPLAR_JOBS_CHECK_SHORTCUTS_H

#include "base/json.h"
#include "jobs/check_gather.h"

enum { CHECK_EXAMPLES_MAX = 3000 };

enum err check_shortcuts(struct job_run *run, struct check_data *d, json_t *list,
                         size_t *n_rings) MUST_USE;

#endif
