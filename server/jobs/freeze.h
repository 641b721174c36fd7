/* freeze - fills a data set that was begun (domain/dataset.h), and freezes it.
 *
 * Job kind "freeze", params {"dataset": id}. Two passes over the answers as of the data set's ledger
 * number: the first takes what the query lets in and splits it, the second writes the rows, a few thousand
 * a commit, so that labelling goes on beside. Then one commit freezes it. Stopped, it starts anew; cancelled
 * or failed, the data set stays as failed, without rows. Memory: about 100 bytes an item, and 24 more with
 * "session".
 *
 * The datasheet (canonical JSON):
 *     {"question", "classes": [...], "counts": {"train": [n of each class, and n of no class], ...},
 *      "people": [{"user", "labels"}], "labels", "first_at", "last_at",
 *      "agreement": {"items", "unanimous", "support"},   of items with two people or more
 *      "groups": {"n", "largest", "moved"}, "drawn": {"random", "picked", "other"},
 *      "left_out": {"open", "flagged", "rejected", "undecided", "query"; with "honest" also
 *      "beside": kept together with an honest item}, "gaps": [sentences]} */
#ifndef EXEMPLAR_JOBS_FREEZE_H
#define EXEMPLAR_JOBS_FREEZE_H

#include "base/err.h"

#include <stdint.h>

struct job_run;

enum err freeze_run(struct job_run *run) MUST_USE;

/* The end of a freezing job that did not freeze: its rows go. */
void freeze_forget(struct job_run *run);

/* The same two for another job that needs a data set on its way (jobs/train_model.h). Nothing when it is
 * frozen already. */
enum err freeze_dataset(struct job_run *run, int64_t dataset_id) MUST_USE;
void freeze_forget_dataset(struct job_run *run, int64_t dataset_id);

#endif
