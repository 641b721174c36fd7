/* simulate_latents - the features of a data set that is replayed, the latent first, by an encoder
 * learned from its pool just as a project's is from its items: same draw, same survey of sizes, same
 * seed rule. */
#ifndef EXEMPLAR_JOBS_SIMULATE_LATENTS_H
#define EXEMPLAR_JOBS_SIMULATE_LATENTS_H

#include "jobs/simulate_data.h"
#include "sampler/features.h"
#include "sampler/status.h"

enum { SIM_SUMMARY = 300 };

struct sim_latents {
    float *part[SMP_PARTS_MAX];     /* each (n_pool + n_test, d of it) */
    struct smp_features pool, test; /* rows of `part` */
    char encoder[SIM_SUMMARY];      /* name and summary */
};

/* `encoder`: "auto", or the name that the encoder the program chooses for such items must have;
 * another is ERR_INVALID, one that there is not before anything is learned. */
enum err sim_latents_make(struct sim_latents *l, const struct sim_data *d, const char *encoder,
                          int threads, const struct smp_progress *progress) MUST_USE;
void sim_latents_free(struct sim_latents *l);

#endif
