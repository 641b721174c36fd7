/* quality_json - the library's figures as JSON: {"value","low","high","error"|"n"}. What is not defined
 * is null. NULL when out of memory. */
#ifndef EXEMPLAR_JOBS_QUALITY_JSON_H
#define EXEMPLAR_JOBS_QUALITY_JSON_H

#include "base/err.h"
#include "base/json.h"
#include "sampler/quality/estimate.h"
#include "sampler/quality/people.h"

json_t *quality_real(double x); /* null when it is not a number */
json_t *quality_estimate(const struct smp_estimate *e);
json_t *quality_share(const struct smp_share *s);
json_t *quality_middle(const struct smp_middle *m);

/* Takes `value` over; ERR_NOMEM when it is NULL or has no room. */
enum err quality_put(json_t *object, const char *key, json_t *value) MUST_USE;
enum err quality_append(json_t *list, json_t *value) MUST_USE;

#endif
