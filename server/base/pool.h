/* pool - the same task for n things, on a few threads.
 *
 *     pool_run(2, n, decode_one, &batch);     // decode_one(&batch, 0) ... decode_one(&batch, n
 * - 1)
 *
 * Returns when all are done. The caller works too, so 1 thread starts none. Tasks run in any
 * order and must not touch each other's results; each keeps its own error (err_message() is per
 * thread, so a task that fails copies the sentence into its own row). */
#ifndef EXEMPLAR_BASE_POOL_H
#define EXEMPLAR_BASE_POOL_H

#include <stddef.h>

typedef void (*pool_task)(void *context, size_t i);

void pool_run(int n_threads, size_t n, pool_task task, void *context);

/* Processors this process may use, at least 1. */
int pool_processors(void);

#endif
