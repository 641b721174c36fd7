/* evaluate - measures a version of a project's classifier, and keeps the account with it.
 *
 *     TRY(evaluate_model(run, &m, predictor, NULL));  // at the end of a training: m.report, m.accuracy, ..
 *     TRY(evaluate_queue(s, a, &m, user_id, &job));   // kind "evaluate": again, on today's honest items
 *
 * Which items it is asked about: evaluate_rows.h. What comes out is domain/report.h's object, and beside it
 *     "at", "ledger_seq"     when, and by which labels
 *     "honest"               {"n","new","related","enough"}: honest items it may be asked about; of those, of
 *                            classes it was never taught; left out because a near duplicate taught it; how many
 *                            suffice
 *     "suspects"             [{"item","given","suggested","reason","near"}] labels that look wrong (doubts.h), at
 *                            most EVALUATE_SUSPECTS; "n_suspects" how many labels are wrong, as estimated
 * The same labels, version and seed give the same account, whatever the number of threads. */
#ifndef EXEMPLAR_JOBS_EVALUATE_H
#define EXEMPLAR_JOBS_EVALUATE_H

#include "domain/model.h"

struct job_run;
struct evaluation_held;

enum { EVALUATE_SUSPECTS = 40, EVALUATE_SUSPECTS_LABELS = 5000 };

/* Sets m's source, accuracy with its bounds, accuracy_n and report (in run->arena); stores nothing. `held`:
 * what the training's own folds said, so that they need not be made again; or NULL. */
enum err evaluate_model(struct job_run *run, struct model *m, const struct predictor *p,
                        const struct evaluation_held *held) MUST_USE;

/* Queues one, once however often it is asked for. ERR_CONFLICT unless the version is trained. */
enum err evaluate_queue(struct store *s, struct arena *a, const struct model *m,
                        int64_t user_id, struct job *j) MUST_USE;
/* The job's params, for who adds it otherwise. NULL when out of memory. */
char *evaluate_params_write(struct arena *a, const struct model *m);

/* Runs the claimed job and stores what was measured. */
enum err evaluate_run(struct job_run *run) MUST_USE;

#endif
