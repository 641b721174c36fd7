/* gate - asks a candidate, and the version that is live, about all of today's honest items, and lets
 * the gate of the endpoint judge (domain/gate.h).
 *
 *     params = gate_params_write(a, &(struct gate_params){endpoint.id, model.id, GATE_ONLY});
 *     ... a job of kind "gate" ...                              // its message is the verdict's sentence
 *
 * The items go the way they would go at the endpoint: from their stored bytes through each version's own
 * predictor. Left out are honest items that are near duplicates of what taught either version: the groups
 * may have been found after it was trained. With GATE_AND_PUBLISH a version that passes is published at
 * once, in the transaction that keeps the verdict. Another publication meanwhile ends the job
 * (ERR_CONFLICT): the comparison was with what is not live any more. Begun anew after a stop. */
#ifndef EXEMPLAR_JOBS_GATE_H
#define EXEMPLAR_JOBS_GATE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct job_run;

enum gate_then { GATE_ONLY, GATE_AND_PUBLISH };

struct gate_params {
    int64_t endpoint_id, model_id;
    enum gate_then then;
};
char *gate_params_write(struct arena *a, const struct gate_params *p); /* NULL: out of memory */

enum err gate_run(struct job_run *run) MUST_USE;

#endif
