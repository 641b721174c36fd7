#include "jobs/quality_json.h"

#include <math.h>

json_t *quality_real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *quality_estimate(const struct smp_estimate *e)
{
    return json_pack("{s:o,s:o,s:o,s:o}", "value", quality_real(e->value), "low",
                     quality_real(e->low), "high", quality_real(e->high), "error",
                     quality_real(e->error));
}

json_t *quality_share(const struct smp_share *s)
{
    return json_pack("{s:o,s:o,s:o,s:I}", "value", quality_real(s->value), "low",
                     quality_real(s->low), "high", quality_real(s->high), "n",
                     (json_int_t)s->n);
}

json_t *quality_middle(const struct smp_middle *m)
{
    return json_pack("{s:o,s:o,s:o,s:I}", "value", quality_real(m->value), "low",
                     quality_real(m->low), "high", quality_real(m->high), "n",
                     (json_int_t)m->n);
}

enum err quality_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) ? fail_nomem() : OK;
}

enum err quality_append(json_t *list, json_t *value)
{
    return json_array_append_new(list, value) ? fail_nomem() : OK;
}
