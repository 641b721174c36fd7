/* watch - what an endpoint was asked in a day, against what its model was taught and the days before.
 *
 * The job "watch" {"endpoint", "day"} reads the day's sample (seen.h) and writes one report of it, which
 * replaces an earlier one of the same day:
 *
 *     {"seen": 500, "unknown": 12, "confidence": 0.91, "confidence_sd": 0.1, "classes": {"shoe": 300},
 *      "drift": {"p": 0.0005, "share": 0.08, "reference": 500, "stream": 480}    or null: too few
 *      "audit": {"checked": 20, "wrong": 1},
 *      "features": {"compared": 14, "different": 0},
 *      "queued": [item, ...], "alarms": [{"kind", "sentence"}]}
 *
 *   drift       the latents of the day against those of the items that taught the model, by their energy
 *               distance (sampler/drift.h). Alarm at p <= 0.001, by chance once in 1,000 days, and a
 *               share of WATCH_SHARE at least: with many inputs any difference is certain, and a small one
 *               is no news. What was taught may have been chosen, so a difference is no fault as such.
 *   unknown, classes, confidence
 *               against up to seven days before it with the same model: alarm beyond 4 standard errors
 *               and 5 percentage points.
 *   audit       answers given alone that people checked that day. The class itself goes back to people by
 *               domain/desk.h; here it is an alarm when more than half as many again were wrong.
 *   features    latents as computed for an answer, against those that were encoded for training of the
 *               same item: alarm when one bit differs.
 *
 * The inputs that carry a drift most, of those that are kept, go to the front of people's queue, up to
 * WATCH_QUEUED. Costs about half a second of a processor. Threads: a job's. */
#ifndef EXEMPLAR_JOBS_WATCH_H
#define EXEMPLAR_JOBS_WATCH_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

enum { WATCH_QUEUED = 20, WATCH_PRIORITY = 7, WATCH_BEFORE = 7, WATCH_DAYS = 400 };
#define WATCH_SHARE 0.02

struct job_run;
struct job;

/* Queues it for one endpoint and day; `project_id` is the endpoint's. In a write transaction. */
enum err watch_queue(struct store *s, struct arena *a, int64_t endpoint_id, int64_t project_id,
                     int64_t day, struct job *j) MUST_USE;

/* Queues those of yesterday that are missing. */
enum err watch_queue_missing(struct store *s, struct arena *a, int64_t now_ms) MUST_USE;

enum err watch_run(struct job_run *run) MUST_USE;

#endif
