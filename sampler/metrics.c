#include "sampler/metrics.h"

#include <assert.h>
#include <math.h>

void smp_argmax(const float *p, size_t n, size_t n_classes, int32_t *guess)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = p + i * n_classes;
        size_t best = 0;
        for (size_t c = 1; c < n_classes; c++)
            if (row[c] > row[best]) best = c;
        guess[i] = (int32_t)best;
    }
}

double smp_accuracy(const int32_t *guess, const int32_t *truth, size_t n)
{
    size_t right = 0;

    for (size_t i = 0; i < n; i++)
        right += guess[i] == truth[i];
    return n ? (double)right / (double)n : 0;
}

double smp_macro_f1(const int32_t *guess, const int32_t *truth, size_t n, size_t n_classes)
{
    double sum = 0;
    size_t n_seen = 0;

    for (size_t c = 0; c < n_classes; c++) {
        size_t both = 0;
        size_t either = 0; /* either: counts of guess plus counts of truth */
        for (size_t i = 0; i < n; i++) {
            const int g = guess[i] == (int32_t)c;
            const int t = truth[i] == (int32_t)c;
            both += (size_t)(g & t);
            either += (size_t)(g + t);
        }
        if (!either) continue;
        sum += 2 * (double)both / (double)either;
        n_seen++;
    }
    return n_seen ? sum / (double)n_seen : 0;
}

double smp_aulc(const double *labels, const double *accuracy, size_t n)
{
    double area = 0;

    assert(n > 0);
    if (n == 1) return accuracy[0];
    for (size_t i = 1; i < n; i++)
        area += (log(labels[i]) - log(labels[i - 1])) * (accuracy[i] + accuracy[i - 1]) / 2;
    return area / (log(labels[n - 1]) - log(labels[0]));
}
