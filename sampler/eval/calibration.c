#include "sampler/eval/calibration.h"

#include <math.h>

/* Sums while bins fill. */
struct sums {
    double sure[SMP_CALIBRATION_BINS];
    double squares;      /* of sure - right */
    double over, spread; /* of Spiegelhalter's statistic */
};

static void add(struct smp_calibration *out, struct sums *s, double p, int right)
{
    size_t b = (size_t)(p * SMP_CALIBRATION_BINS);
    const double off = p - (right ? 1 : 0);

    if (b >= SMP_CALIBRATION_BINS) b = SMP_CALIBRATION_BINS - 1;
    out->bin[b].n++;
    out->bin[b].n_right += right ? 1 : 0;
    s->sure[b] += p;
    s->squares += off * off;
    s->over += off * (2 * p - 1);
    s->spread += (1 - 2 * p) * (1 - 2 * p) * p * (1 - p);
}

void smp_calibration(const float *sure, const uint8_t *right, size_t n,
                     struct smp_calibration *out)
{
    struct sums s = {0};
    double all_sure = 0;
    size_t all_right = 0;

    *out = (struct smp_calibration){.n = n};
    for (size_t i = 0; i < n; i++)
        add(out, &s, (double)sure[i], right[i]);
    for (size_t b = 0; b < SMP_CALIBRATION_BINS; b++) {
        struct smp_calibration_bin *bin = &out->bin[b];
        const double size = (double)bin->n;
        bin->sure = bin->n ? s.sure[b] / size : (double)NAN;
        bin->right = bin->n ? (double)bin->n_right / size : (double)NAN;
        bin->right_in = smp_wilson(bin->n_right, bin->n, 0.95);
        if (bin->n) out->expected_error += size / (double)n * fabs(bin->sure - bin->right);
        all_sure += s.sure[b];
        all_right += bin->n_right;
    }
    out->sure = n ? all_sure / (double)n : (double)NAN;
    out->right = n ? (double)all_right / (double)n : (double)NAN;
    out->brier = n ? s.squares / (double)n : (double)NAN;
    if (s.spread > 0) out->z = s.over / sqrt(s.spread);
}
