/* find - which items are meant: a filter as the API, a saved view and a bulk action say it.
 *
 *     {"text": "red car", "state": "open", "folder": "camera-3", "meta": {"site": "7"},
 *      "class": "shoes", "question": "class", "person": 12}
 *
 * Every field may be missing; an item is meant if it fits all that are there. `class` means that
 * somebody's current label says so, with `person` that this person's does; without `question` it
 * is the project's first. How it is found: store/search.h. */
#ifndef EXEMPLAR_DOMAIN_FIND_H
#define EXEMPLAR_DOMAIN_FIND_H

#include "base/json.h"
#include "store/search.h"
#include "store/user.h"

enum { FIND_TEXT_BYTES_MAX = 1000 };

/* Sets project, state, text, folder, meta, person, question and class of *q, the rest to 0; texts
 * live as long as `filter` and the arena. ERR_INVALID names the field. ERR_NOT_FOUND: there is no
 * such project. */
enum err find_read(struct store *s, struct arena *a, int64_t project_id, const json_t *filter,
                   struct item_search *q) MUST_USE;

/* What this role in the project may ask for: an annotator by their own labels alone, and by class
 * therefore their own (ERR_DENIED else). */
enum err find_admit(struct item_search *q, const struct user *u, enum role role) MUST_USE;

#endif
