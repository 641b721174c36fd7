/* check - a project's examples looked over before anything learns from them.
 *
 *     json_t *found;
 *     TRY(check_examples(run, project_id, &found));          // json_decref(found) when done
 *
 * found: {"seq": ledger number, "data": {..}, "shortcuts": [..], "expectations": [..], "stop": null or "sentence",
 *         "alarms": [..]}: check_report.h, check_shortcuts.h. Alarms are what is wrong, in words, the same as a training gives:
 *     {"kind": "shortcut", "feature", "class", "right", "model", "sentence", "advice"}
 *     {"kind": "expectation", "feature": "side_min", "then", "sentence"}
 *     {"kind": "blank" | "unread" | "odd_sizes" | "odd_lengths", "n", "sentence"}
 *     {"kind": "batch", "sentence"}
 * A training stops with `stop` when that is no null (check_stops). Deterministic: the same items, labels and
 * encoder give the same object, for any number of threads. 750 photos: docs/teach.md. */
#ifndef EXEMPLAR_JOBS_CHECK_H
#define EXEMPLAR_JOBS_CHECK_H

#include "base/err.h"
#include "base/json.h"

struct check_data;
struct job_run;

enum err check_examples(struct job_run *run, int64_t project_id, json_t **found) MUST_USE;

/* The same of what was gathered already; into the object `found`. */
enum err check_gathered(struct job_run *run, struct check_data *d, json_t *found) MUST_USE;

/* ERR_CONFLICT with the sentence when an expectation of the project that is to stop a training is not met. */
enum err check_stops(const json_t *found) MUST_USE;

/* For a training: looks, stops, and gives the alarms, a list of which the caller has one reference. */
enum err check_before_training(struct job_run *run, int64_t project_id,
                               json_t **alarms) MUST_USE;

#endif
