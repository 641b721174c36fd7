#include "sampler/eval/slices.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static double log_choose(size_t n, size_t k)
{
    int sign;

    return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
           lgamma_r((double)(n - k) + 1, &sign);
}

double smp_slice_worse(size_t right_in, size_t in, size_t right_all, size_t all)
{
    const size_t wrong_all = all - right_all;
    const size_t least = in > wrong_all ? in - wrong_all : 0;
    const double whole = log_choose(all, in);
    double sum = 0;

    assert(right_in <= in && in <= all && right_all <= all && in - right_in <= wrong_all);
    if (in == all) return 1;
    for (size_t k = least; k <= right_in; k++)
        sum += exp(log_choose(right_all, k) + log_choose(wrong_all, in - k) - whole);
    return fmin(sum, 1);
}

struct ranked {
    double p;
    size_t at;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;

    if (a->p != b->p) return a->p < b->p ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

enum smp_status smp_holm(double *p, size_t n)
{
    struct ranked *order = calloc(n + 1, sizeof *order);
    double largest = 0;

    if (!order) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++)
        order[i] = (struct ranked){p[i], i};
    qsort(order, n, sizeof *order, by_p);
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fmin((double)(n - i) * order[i].p, 1));
        p[order[i].at] = largest;
    }
    free(order);
    return SMP_OK;
}
