/* take - makes the small model of a version that leaves the house in its stead (domain/student.h).
 *
 * Job kind "take", params {"model": id}. The version answers all items there are, labelled or not, up to
 * 20,000, drawn by its seed; from these answers the small model learns. Of an item that taught the version
 * itself the label counts half. Left out are honest items, which measure, and every tenth of the others (500
 * at most), on which it is asked how often it says what its teacher says. The file is made again when asked
 * again: the same version and items give the same bytes.
 *
 * Facts, for either way of keeping its weights:
 *     {"sentence", "accuracy", "interval": [low, high], "n", "source": "honest",     with 20 honest items
 *      "agreement": {"share", "n"},                                                  when some were held out
 *      "version", "taught_on"}
 * An accuracy is the small model's own, on the honest items of the version's data set, never its
 * teacher's; with fewer than 20 there is none, and the sentence says so. */
#ifndef EXEMPLAR_JOBS_TAKE_H
#define EXEMPLAR_JOBS_TAKE_H

#include "base/err.h"
#include "domain/model.h"
#include "domain/student.h"
#include "formats/take.h"

struct job_run;

enum err take_run(struct job_run *run) MUST_USE;

/* Queues it, or gives the same job that is queued. ERR_CONFLICT unless the version is trained. */
enum err take_begin(struct store *s, struct arena *a, const struct model *m, int64_t user_id,
                    int64_t now_ms, struct job *j) MUST_USE;

/* Appends the small model of a version as a file for other programs. ERR_NOT_FOUND: it is not made yet. */
enum err take_render(struct buf *out, struct store *s, struct arena *a, const char *data_folder,
                     const struct model *m, enum take_form form,
                     enum student_weights weights) MUST_USE;

#endif
