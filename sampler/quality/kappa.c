#include "sampler/quality/kappa.h"

#include <math.h>
#include <string.h>

/* Shares of each class, and the mean disagreement of a class with all that the other said. */
struct margins {
    double *row, *column;                 /* (k) */
    double *against_column, *against_row; /* (k) of each row's class; of each column's */
};

static double weight_of(const double *disagreement, size_t k, size_t i, size_t j)
{
    return disagreement ? disagreement[i * k + j] : (double)(i != j);
}

static struct margins margins_of(const double *table, size_t k, const double *disagreement,
                                 double n, double *work)
{
    struct margins m = {work, work + k, work + 2 * k, work + 3 * k};

    memset(work, 0, 4 * k * sizeof *work);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            m.row[i] += table[i * k + j] / n;
            m.column[j] += table[i * k + j] / n;
        }
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            const double v = weight_of(disagreement, k, i, j);
            m.against_column[i] += v * m.column[j];
            m.against_row[j] += v * m.row[i];
        }
    }
    return m;
}

struct smp_kappa smp_kappa(const double *table, size_t k, const double *disagreement,
                           double *work)
{
    const double undefined = (double)NAN;
    struct smp_kappa got = {.kappa = undefined, .error = undefined};
    struct margins m;
    double n = 0;
    double sum = 0;

    for (size_t i = 0; i < k * k; i++)
        n += table[i];
    if (!(n > 0)) return (struct smp_kappa){undefined, undefined, undefined, undefined};
    m = margins_of(table, k, disagreement, n, work);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++)
            got.observed += table[i * k + j] / n * weight_of(disagreement, k, i, j);
        got.expected += m.row[i] * m.against_column[i];
    }
    if (!(got.expected > 0)) return got;
    got.kappa = 1 - got.observed / got.expected;
    /* The paper's formula 8, told in disagreement: the delta method. */
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            const double term = weight_of(disagreement, k, i, j) -
                                (1 - got.kappa) * (m.against_column[i] + m.against_row[j]);
            sum += table[i * k + j] / n * term * term;
        }
    }
    sum -= got.observed * got.observed;
    got.error = sqrt(fmax(sum, 0) / n) / got.expected;
    return got;
}
