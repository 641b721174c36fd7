/* threads - fixed pieces of work, shared out over however many threads there are.
 *
 *     smp_parallel(n_threads, n_blocks, encode_block, &job);
 *
 * `work` is called once for each piece 0..n_pieces-1, in no order, possibly at once on several
 * threads. What a piece computes may depend on its number only, never on the thread; sums over
 * pieces are stored by piece and added in order afterwards. So results have the same bits for any
 * number of threads. `thread` (0..n_threads-1) chooses a workspace. Plain pthreads, started and
 * joined here: about 30 microseconds each, nothing spins, nothing is left behind. If a thread cannot
 * be started the others do its share. */
#ifndef SAMPLER_THREADS_H
#define SAMPLER_THREADS_H

#include <stddef.h>

enum { SMP_THREADS_MAX = 64 };

/* 1..SMP_THREADS_MAX: what a caller's n_threads stands for. */
unsigned smp_threads(unsigned n_threads);

typedef void smp_work(void *ctx, size_t piece, unsigned thread);

void smp_parallel(unsigned n_threads, size_t n_pieces, smp_work *work, void *ctx);

#endif
