/* advise_curve - how accuracy grew with the examples so far, and what the next ones should buy.
 *
 *     TRY(advise_curve(run, &d, &curve));                // null when there are too few to tell
 *
 * {"points": [{"n", "accuracy"}], "now": {"n", "value", "low", "high"}, "next": {..}, "gain": {"value", "low", "high"}, "more": 50}
 *
 * Each fifth of the examples is held out once, near duplicates on one side; models are taught by nested parts of the rest,
 * growing by equal factors, with the recipe in use, and the curve of sampler/eval/curve.h goes through what they
 * got wrong. Of at most CHECK_EXAMPLES_MAX examples with latents; from ADVISE_LEAST on, with ten of two classes at least.
 * 25 models: 750 photos take 0.6 s of one core. */
#ifndef EXEMPLAR_JOBS_ADVISE_CURVE_H
#define EXEMPLAR_JOBS_ADVISE_CURVE_H

#include "base/json.h"
#include "jobs/check_gather.h"

enum { ADVISE_FOLDS = 5, ADVISE_LEAST = 40, ADVISE_MORE = 50, ADVISE_CLASS_LEAST = 10 };

struct advise_gain {
    int is_known;
    double now, gain, low, high; /* shares of items */
};

enum err advise_curve(struct job_run *run, struct check_data *d, json_t **curve,
                      struct advise_gain *gain) MUST_USE;

#endif
