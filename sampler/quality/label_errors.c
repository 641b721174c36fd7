#include "sampler/quality/label_errors.h"

#include <math.h>
#include <stdlib.h>

static enum smp_status check(const struct smp_labels_in *in)
{
    const size_t k = in->n_classes;

    if (!in->n || k < 2)
        return smp_fail(SMP_INVALID, "%zu labels of %zu classes: nothing to compare", in->n, k);
    for (size_t i = 0; i < in->n; i++) {
        if (in->given[i] < 0 || (size_t)in->given[i] >= k)
            return smp_fail(SMP_INVALID, "row %zu is labelled %d, of %zu classes", i,
                            in->given[i], k);
        for (size_t c = 0; c < k; c++)
            if (!(in->p[i * k + c] >= 0 && in->p[i * k + c] <= 1.001f))
                return smp_fail(SMP_INVALID, "row %zu gives class %zu a probability of %g", i,
                                c, (double)in->p[i * k + c]);
    }
    return SMP_OK;
}

static void find_thresholds(const struct smp_labels_in *in, size_t *count, double *threshold)
{
    const size_t k = in->n_classes;

    for (size_t c = 0; c < k; c++) {
        threshold[c] = 0;
        count[c] = 0;
    }
    for (size_t i = 0; i < in->n; i++) {
        threshold[in->given[i]] += (double)in->p[i * k + (size_t)in->given[i]];
        count[in->given[i]]++;
    }
    for (size_t c = 0; c < k; c++)
        threshold[c] = count[c] ? threshold[c] / (double)count[c] : (double)NAN;
}

/* The class an item is confidently of, or -1. The slack is that of float probabilities: an item whose
 * p is exactly the mean of equal ones is of its class. */
static int32_t confident_class(const float *p, const double *threshold, size_t k)
{
    int32_t best = -1;

    for (size_t c = 0; c < k; c++)
        if ((double)p[c] >= threshold[c] - 1e-6 && (best < 0 || p[c] > p[best]))
            best = (int32_t)c;
    return best;
}

static int32_t best_other(const float *p, size_t k, int32_t given)
{
    int32_t best = given ? 0 : 1;

    for (size_t c = 0; c < k; c++)
        if ((int32_t)c != given && p[c] > p[best]) best = (int32_t)c;
    return best;
}

static void judge_rows(const struct smp_labels_in *in, struct smp_label_errors *out)
{
    const size_t k = in->n_classes;

    for (size_t i = 0; i < in->n; i++) {
        const float *p = in->p + i * k;
        const int32_t given = in->given[i];
        const int32_t sure = confident_class(p, out->threshold, k);
        const int32_t other = best_other(p, k, given);
        if (sure >= 0) out->joint[(size_t)given * k + (size_t)sure]++;
        out->suspect[i] = (struct smp_suspect){.row = i,
                                               .margin = p[given] - p[other],
                                               .suggested = other,
                                               .confident = sure >= 0 && sure != given};
    }
}

/* Rows scaled to the labels given; a row that nothing was confident of is taken as right. */
static void calibrate(const struct smp_labels_in *in, const size_t *count, double *joint)
{
    const size_t k = in->n_classes;

    for (size_t g = 0; g < k; g++) {
        double sum = 0;
        for (size_t c = 0; c < k; c++)
            sum += joint[g * k + c];
        if (!(sum > 0)) {
            joint[g * k + g] = 1;
            sum = 1;
        }
        for (size_t c = 0; c < k; c++)
            joint[g * k + c] *= (double)count[g] / sum / (double)in->n;
    }
}

static int by_margin(const void *a, const void *b)
{
    const struct smp_suspect *x = a;
    const struct smp_suspect *y = b;

    if (x->margin != y->margin) return x->margin < y->margin ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void learn(const struct smp_labels_in *in, size_t *count, struct smp_label_errors *out)
{
    double right = 0;

    find_thresholds(in, count, out->threshold);
    judge_rows(in, out);
    calibrate(in, count, out->joint);
    for (size_t c = 0; c < in->n_classes; c++)
        right += out->joint[c * in->n_classes + c];
    out->n_errors = (size_t)lround(fmax(1 - right, 0) * (double)in->n);
    qsort(out->suspect, in->n, sizeof *out->suspect, by_margin);
}

enum smp_status smp_label_errors(const struct smp_labels_in *in, struct smp_label_errors *out)
{
    const size_t k = in->n_classes;
    size_t *count;

    SMP_TRY(check(in));
    *out = (struct smp_label_errors){.n = in->n,
                                     .n_classes = k,
                                     .suspect = malloc(in->n * sizeof *out->suspect),
                                     .threshold = malloc(k * sizeof *out->threshold),
                                     .joint = calloc(k * k, sizeof *out->joint)};
    count = malloc(k * sizeof *count);
    if (!out->suspect || !out->threshold || !out->joint || !count) {
        smp_label_errors_free(out);
        free(count);
        return smp_fail_nomem();
    }
    learn(in, count, out);
    free(count);
    return SMP_OK;
}

void smp_label_errors_free(struct smp_label_errors *found)
{
    free(found->suspect);
    free(found->threshold);
    free(found->joint);
    *found = (struct smp_label_errors){0};
}

struct smp_ranking smp_rank_figures(const struct smp_suspect *ranked, size_t n,
                                    const uint8_t *is_wrong)
{
    struct smp_ranking r = {0};
    size_t seen = 0;
    double before = 0; /* right ones that stand before a wrong one, summed */

    for (size_t i = 0; i < n; i++)
        r.n_wrong += is_wrong[ranked[i].row] != 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_wrong[ranked[i].row]) continue;
        seen++;
        if (i < r.n_wrong) r.precision_at_n += 1;
        r.average_precision += (double)seen / (double)(i + 1);
        before += (double)(i + 1 - seen);
    }
    if (!r.n_wrong) return (struct smp_ranking){0, (double)NAN, (double)NAN, (double)NAN};
    r.precision_at_n /= (double)r.n_wrong;
    r.average_precision /= (double)r.n_wrong;
    r.auroc = r.n_wrong < n ? 1 - before / ((double)r.n_wrong * (double)(n - r.n_wrong))
                            : (double)NAN;
    return r;
}
