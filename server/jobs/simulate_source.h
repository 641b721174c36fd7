/* simulate_source - one source of a labelled data set, read into it: a folder, an IDX pair, a table.
 *
 *     TRY(sim_source_read(&d, from, "photos/train", SIM_TO_POOL));
 *
 * The parts of simulate_data.h; what `path` may be is said there. */
#ifndef EXEMPLAR_JOBS_SIMULATE_SOURCE_H
#define EXEMPLAR_JOBS_SIMULATE_SOURCE_H

#include "jobs/simulate_data.h"

/* Where the items of one source go; BOTH: one in five, by its content, is tested on. */
enum sim_part { SIM_TO_POOL, SIM_TO_TEST, SIM_TO_BOTH };

/* Adds to the items and classes of `d`; what cannot be read is counted there. `from` says the kind
 * and a table's columns. */
enum err sim_source_read(struct sim_data *d, const struct sim_source *from, const char *path,
                         enum sim_part part) MUST_USE;

bool sim_is_folder(const char *path);
bool sim_is_idx(const char *path);           /* by its name */
const char *sim_last_part(const char *path); /* behind its last slash */

#endif
