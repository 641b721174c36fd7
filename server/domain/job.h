/* job - long work that is seen, stopped and taken up again.
 *
 *     queued -> running -> done | failed | cancelled
 *        ^         |
 *        +---------+  its process died, or it stopped to go on later
 *     queued -> cancelled
 *
 *     TRY(job_add(s, a, &j, JOB_MERGE, now));
 *     TRY(job_claim(s, a, kinds, n_kinds, now, &claim));        // claim.job.id 0: nothing to do
 *     ... work; every second or so:
 *     TRY(job_progress(s, &claim.job));                         // ERR_CANCELLED when asked to stop
 *     TRY(job_move(s, &claim.job, JOB_DONE, "12 items imported", now));
 *     job_unclaim(&claim);
 *
 * Whoever claims a job holds a lock of the kernel on it, so that a job whose process died is
 * known by its free lock, and any process may put it back. Work must be repeatable from
 * job.cursor. Any process may add; a server and a command share the jobs of one folder. */
#ifndef EXEMPLAR_DOMAIN_JOB_H
#define EXEMPLAR_DOMAIN_JOB_H

#include "store/job.h"

enum job_adding { JOB_NEW, JOB_MERGE };

/* Queues project_id, kind, params, user_id and not_before of `j`, and reads it back into `j`.
 * JOB_MERGE: if one of the same project, kind and params is queued already, that one is
 * given (with the earlier not_before of the two). */
enum err job_add(struct store *s, struct arena *a, struct job *j, enum job_adding adding,
                 int64_t now_ms) MUST_USE;

struct job_claimed {
    struct job job; /* id 0: nothing to do */
    int lock;       /* a descriptor */
};
/* The oldest queued job of one of the kinds whose not_before has come becomes running, held by
 * this process. Two claimers never get the same. */
enum err job_claim(struct store *s, struct arena *a, const char *const *kinds, size_t n_kinds,
                   int64_t now_ms, struct job_claimed *claim) MUST_USE;
/* A given job, for a command that adds one and does it itself. id 0 if somebody else has it. */
enum err job_claim_one(struct store *s, struct arena *a, int64_t id, int64_t now_ms,
                       struct job_claimed *claim) MUST_USE;
void job_unclaim(struct job_claimed *claim); /* gives the lock back; after job_move */

/* Writes done, total, what, cursor, message and the three counts of a running job.
 * ERR_CANCELLED when somebody asked it to stop (what was given is written all the same). */
enum err job_progress(struct store *s, const struct job *j) MUST_USE;

/* To another state, with a sentence (NULL: keep), and what job_progress writes. Only as the
 * picture above allows; else ERR_CONFLICT. Sets j->state, started_at and finished_at. */
enum err job_move(struct store *s, struct job *j, enum job_state to, const char *message,
                  int64_t now_ms) MUST_USE;

/* A queued job is cancelled at once, a running one is asked to stop. ERR_CONFLICT: it has
 * ended. Gives the job as it then is. */
enum err job_cancel(struct store *s, struct arena *a, int64_t id, int64_t now_ms,
                    struct job *j) MUST_USE;

/* Running jobs whose process is gone go back to queued (or cancelled, if that was asked). */
enum err job_requeue_dead(struct store *s, struct arena *a, int64_t now_ms,
                          int64_t *n) MUST_USE;

/* The report of an import: one row that made no item of its own. Imported rows need none. */
enum err job_report(struct store *s, int64_t job_id, const struct job_row *r) MUST_USE;

#endif
