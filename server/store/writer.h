/* writer - one thread that commits for everybody.
 *
 * An fsync costs the same for one label as for two hundred. Whoever wants to write submits a
 * task; the writer takes all that wait (up to 256), runs each in its own part of one
 * transaction, commits once, and only then tells each caller. No delay is added: a lone task
 * is committed at once, and while its fsync runs the next batch gathers.
 *
 *     static enum err add(struct store *s, void *context) { return label_submit(s, ...); }
 *     static void added(void *context, enum err e, const char *sentence) { resume(context); }
 *     TRY(writer_submit(w, add, &request, added));
 *
 * - A task that fails is undone alone; the others of its batch are kept.
 * - If the commit fails (disk full), every task of the batch gets that error: an OK is never
 *   reported for what is not on the disk.
 * - Tasks run in the order of their submission.
 * - A task longer than 20 ms holds everybody up: it is logged, and is its author's fault.
 * - The write-ahead log is copied back by a thread beside, when the writer is idle or at 32 MiB.
 *
 * Threads: submit and do from any; task and done run on the writer's thread. */
#ifndef EXEMPLAR_STORE_WRITER_H
#define EXEMPLAR_STORE_WRITER_H

#include "base/err.h"
#include "store/store.h"

struct writer;

enum { WRITER_QUEUE = 4096, WRITER_BATCH = 256, WRITER_LONG_TASK_MS = 20 };

typedef enum err (*writer_task)(struct store *s, void *context);

/* After the commit and its fsync, or the task's own failure. Must be quick, and must not call
 * writer_do. `sentence` is "" on OK, and valid during the call only. */
typedef void (*writer_done)(void *context, enum err e, const char *sentence);

/* Opens a writing store of its own on the folder. `first`, if not NULL, runs once on it before
 * any task (outside a transaction); its failure is writer_start's. */
enum err writer_start(struct writer **out, const char *data_folder, writer_task first,
                      void *context) MUST_USE;

/* Finishes what was submitted, then ends the thread. NULL is fine. */
void writer_stop(struct writer *w);

/* ERR_BUSY when 4096 tasks wait or the writer is stopping; then neither function is called. */
enum err writer_submit(struct writer *w, writer_task task, void *context,
                       writer_done done) MUST_USE;

/* Submits, waits, and returns the task's code with its sentence. For jobs and commands. */
enum err writer_do(struct writer *w, writer_task task, void *context) MUST_USE;

/* For /metrics. */
struct writer_numbers {
    uint64_t n_tasks, n_failed, n_batches, n_long;
    size_t n_waiting;
    int64_t commit_ms_sum; /* of all batches, fsync included */
};
void writer_numbers(struct writer *w, struct writer_numbers *n);

#endif
