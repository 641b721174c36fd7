/* worker - runs the long work beside the server.
 *
 *     struct jobs *jobs;
 *     TRY(jobs_start(&jobs, data_folder, writer, 0));
 *     ...  job_add(...) in a writer task, then  jobs_wake(jobs);
 *     ...  label stored                         jobs_queue_touched(jobs, project_id);
 *     jobs_stop(jobs);                          // before writer_stop
 *
 * Two threads claim and run jobs, oldest first: one brings items in (import, sample), the other
 * learns (encode), so that nobody's pictures wait for somebody else's encoder. A third one, alone
 * with its own store, ranks, so that a queue never waits for either; a fourth one, likewise alone,
 * chooses how classifiers are mixed, asks whether picking is worth it (jobs/weigh.h, jobs/judge.h) and
 * whether a look for wrong labels is due (domain/look.h), on
 * half of the processors, so that a ranking never
 * waits for that. The first asks every ten seconds whether an
 * endpoint is to be taught anew (jobs/retrain.h). A fifth makes the drafts of the teach pages (jobs/draft.h), at nice 5. The others run at low priority (nice 10), and everything they commit goes through the one
 * writer. At the start, jobs of a process that died go back to queued and are taken up where their
 * cursor stands; a choice that was cut off is made after the next round.
 *
 * A job that fails leaves its sentence in its row; the worker goes on with the next.
 * Threads: jobs_start and jobs_stop from one thread; the others from any, and they never wait. */
#ifndef EXEMPLAR_JOBS_WORKER_H
#define EXEMPLAR_JOBS_WORKER_H

#include "base/err.h"

#include <stdint.h>

struct drafts;
struct jobs;
struct writer;

/* `threads`: processors a job may use for decoding and arithmetic; 0 means all. */
enum err jobs_start(struct jobs **out, const char *data_folder, struct writer *w,
                    int threads) MUST_USE;

/* Running jobs stop at their next batch border and go back to queued. NULL is fine. */
void jobs_stop(struct jobs *j);

/* A job was added, or one that runs was asked to cancel. */
void jobs_wake(struct jobs *j);

/* The drafts of the teach pages; live as long as the jobs. */
struct drafts *jobs_drafts(struct jobs *j);

/* A label was stored or a lease taken: is a new round due? A draft of the project is. */
void jobs_queue_touched(struct jobs *j, int64_t project_id);

#endif
