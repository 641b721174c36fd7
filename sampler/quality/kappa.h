/* kappa - Cohen's, of one table.
 *
 *     const double table[] = {88, 14, 18,  10, 40, 10,  2, 6, 12};     // rows: one, columns: the other
 *     double work[4 * 3];
 *     struct smp_kappa k = smp_kappa(table, 3, NULL, work);            // k.kappa = 0.492
 *
 * Source: Cohen, Educ. Psychol. Meas. 20 (1960); weighted: Psychological Bulletin 70 (1968); the large
 * sample's standard error: Fleiss, Cohen & Everitt, Psychological Bulletin 72 (1969). */
#ifndef SAMPLER_QUALITY_KAPPA_H
#define SAMPLER_QUALITY_KAPPA_H

#include <stddef.h>

struct smp_kappa {
    double observed; /* share of disagreement, weighted when there are weights */
    double expected; /* the same by chance */
    double kappa;    /* 1 - observed / expected; NaN when nothing is expected */
    double error;    /* standard error, for many items; NaN likewise */
};

/* table (k, k): how often one said the row's class and the other the column's. disagreement (k, k): how
 * bad that is, 0 on the diagonal; NULL: 1 off it. work (4 k) is workspace. */
struct smp_kappa smp_kappa(const double *table, size_t k, const double *disagreement,
                           double *work);

#endif
