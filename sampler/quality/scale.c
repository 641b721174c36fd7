#include "sampler/quality/scale.h"

#include <math.h>

static enum smp_status check_values(const struct smp_agreement_in *in)
{
    for (size_t c = 0; in->value && c < in->answers.n_classes; c++) {
        if (!isfinite(in->value[c]))
            return smp_fail(SMP_INVALID, "class %zu has no finite value", c);
        if (in->scale == SMP_RATIO && in->value[c] < 0)
            return smp_fail(SMP_INVALID,
                            "class %zu is worth %g; a ratio scale has no negative values", c,
                            in->value[c]);
    }
    return SMP_OK;
}

static enum smp_status check_distances(const struct smp_agreement_in *in)
{
    const size_t k = in->answers.n_classes;

    if (!in->distance) return smp_fail(SMP_INVALID, "this scale needs a table of distances");
    for (size_t c = 0; c < k; c++) {
        if (in->distance[c * k + c] != 0)
            return smp_fail(SMP_INVALID, "class %zu is %g from itself, not 0", c,
                            in->distance[c * k + c]);
        for (size_t other = 0; other < c; other++) {
            const double d = in->distance[c * k + other];
            if (!(d >= 0) || !isfinite(d) || d != in->distance[other * k + c])
                return smp_fail(SMP_INVALID,
                                "the distance of classes %zu and %zu must be one number, "
                                "0 or more, in both places",
                                other, c);
        }
    }
    return SMP_OK;
}

enum smp_status smp_scale_check(const struct smp_agreement_in *in)
{
    const bool tabled = in->scale == SMP_RATIO || in->scale == SMP_DISTANCE;

    if (tabled && in->answers.n_classes > SMP_SCALE_CLASSES_MAX)
        return smp_fail(SMP_INVALID,
                        "%zu different answers; a scale with its own distances takes %d",
                        in->answers.n_classes, SMP_SCALE_CLASSES_MAX);
    if (in->scale == SMP_DISTANCE) return check_distances(in);
    return check_values(in);
}

double smp_scale_value(const struct smp_agreement_in *in, size_t c)
{
    return in->value ? in->value[c] : (double)c;
}

double smp_scale_distance(const struct smp_agreement_in *in, size_t c, size_t k)
{
    const double a = smp_scale_value(in, c);
    const double b = smp_scale_value(in, k);
    const double apart = a - b;

    if (c == k) return 0;
    switch (in->scale) {
    case SMP_INTERVAL:
        return apart * apart;
    case SMP_RATIO:
        return a + b > 0 ? apart / (a + b) * (apart / (a + b)) : 0;
    case SMP_DISTANCE:
        return in->distance[c * in->answers.n_classes + k];
    case SMP_NOMINAL:
    case SMP_ORDINAL:
        break;
    }
    return 1;
}

double smp_scale_weight(const struct smp_agreement_in *in, size_t c, size_t k)
{
    if (in->scale == SMP_ORDINAL) return c > k ? (double)(c - k) : (double)(k - c);
    return smp_scale_distance(in, c, k);
}
