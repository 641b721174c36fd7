#include "sampler/takeover.h"

#include <math.h>

static const double LESS[] = {0.125, 0.25}; /* of wrong_max */
static const double MORE[] = {2, 4, 8};
static const double THRESHOLDS[] = {0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8,
                                    0.75, 0.7,  0.65, 0.6,  0.55, 0.5, 0};
/* Where a sequence begins, 1 - so many times wrong_max. */
static const double STARTS[] = {1, 4};
static const double EVIDENCE = 20;         /* 1 / (1 - 0.95) */
static const double EVIDENCE_PASS = 40;    /* shared by two sequences */
static const double EVIDENCE_BROKE = 1000; /* 1,000 answers between false alarms, at least */

enum {
    N_LESS = sizeof LESS / sizeof *LESS,
    N_MORE = sizeof MORE / sizeof *MORE,
    N_STARTS = sizeof STARTS / sizeof *STARTS,
    HALVINGS = 60
};

/* Evidence of k wrong in n that the rate is below `limit`; rises with it. */
static double evidence(size_t n, size_t k, double limit)
{
    double sum = 0;

    for (size_t i = 0; i < N_LESS; i++) {
        const double each = log1p(-LESS[i] * limit) - log1p(-limit);
        sum += pow(LESS[i], (double)k) * exp((double)(n - k) * each);
    }
    return sum / N_LESS;
}

double smp_wrong_high(size_t n, size_t k)
{
    double low = 0;
    double high = 1;

    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        *(evidence(n, k, middle) >= EVIDENCE ? &high : &low) = middle;
    }
    return high;
}

/* Further right answers until the evidence suffices. */
static size_t needed(size_t n, size_t k, double limit)
{
    size_t low = 0;
    size_t high = 1;

    if (evidence(n, k, limit) >= EVIDENCE_PASS) return 0;
    while (evidence(n + high, k, limit) < EVIDENCE_PASS)
        high *= 2;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        *(evidence(n + middle, k, limit) >= EVIDENCE_PASS ? &high : &low) = middle;
    }
    return high;
}

static void count(const struct smp_takeover_in *in, double threshold, struct smp_takeover *at)
{
    *at = (struct smp_takeover){.threshold = threshold};
    for (size_t i = 0; i < in->n; i++) {
        if ((double)in->confidence[i] < threshold) continue;
        at->n++;
        at->n_wrong += !in->right[i];
    }
    at->n_needed = needed(at->n, at->n_wrong, in->wrong_max);
    at->ready = at->n_needed == 0;
}

/* From this threshold downward as long as they pass. */
static void descend(const struct smp_takeover_in *in, double start, struct smp_takeover *out)
{
    struct smp_takeover at;

    count(in, start, out);
    at = *out;
    for (const double *t = THRESHOLDS; at.ready && *t > 0; t++) {
        if (*t >= start) continue;
        count(in, *t, &at);
        if (at.ready) *out = at;
    }
}

void smp_takeover(const struct smp_takeover_in *in, struct smp_takeover *out)
{
    for (size_t i = 0; i < N_STARTS; i++) {
        struct smp_takeover at;
        descend(in, fmax(1 - STARTS[i] * in->wrong_max, 0.5), &at);
        if (i == 0 || at.n_needed < out->n_needed ||
            (at.ready && at.threshold < out->threshold))
            *out = at;
    }
    out->wrong_high = smp_wrong_high(out->n, out->n_wrong);
}

bool smp_wrong_broke(const uint8_t *right, size_t n, double wrong_max)
{
    double logs[N_MORE] = {0};

    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < N_MORE; j++) {
            const double rate = fmin(MORE[j] * wrong_max, 0.9);
            const double step =
                right[i] ? log1p(-rate) - log1p(-wrong_max) : log(rate / wrong_max);
            logs[j] = fmax(logs[j], 0) + step; /* it may have gone bad only now */
            sum += exp(logs[j]) / N_MORE;
        }
        if (sum >= EVIDENCE_BROKE) return true;
    }
    return false;
}
