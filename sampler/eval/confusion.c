#include "sampler/eval/confusion.h"

#include <math.h>
#include <string.h>

void smp_confusion(const int32_t *truth, const int32_t *guess, size_t n, size_t k,
                   size_t *table)
{
    memset(table, 0, k * k * sizeof *table);
    for (size_t i = 0; i < n; i++)
        if (truth[i] >= 0 && guess[i] >= 0) table[(size_t)truth[i] * k + (size_t)guess[i]]++;
}

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : (double)NAN;
}

void smp_class_figures(const size_t *table, size_t k, double level,
                       struct smp_class_figures *figures)
{
    for (size_t c = 0; c < k; c++) {
        struct smp_class_figures *f = &figures[c];
        *f = (struct smp_class_figures){.n_right = table[c * k + c]};
        for (size_t other = 0; other < k; other++) {
            f->n_truth += table[c * k + other];
            f->n_guess += table[other * k + c];
        }
        f->precision = share(f->n_right, f->n_guess);
        f->recall = share(f->n_right, f->n_truth);
        f->f1 = share(2 * f->n_right, f->n_truth + f->n_guess);
        f->precision_in = smp_wilson(f->n_right, f->n_guess, level);
        f->recall_in = smp_wilson(f->n_right, f->n_truth, level);
    }
}
