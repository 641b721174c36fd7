/* label_errors - which labels look wrong: confident learning.
 *
 *     // p (n, k): what a model says of each item that was NOT trained on it: out_of_fold.h
 *     struct smp_labels_in in = {.p = p, .given = given, .n = n, .n_classes = k};
 *     SMP_TRY(smp_label_errors(&in, &found));
 *     found.suspect[0 .. found.n_errors - 1]        // worth a second look, the likeliest first
 *     smp_label_errors_free(&found);
 *
 * A class's threshold is the mean probability that its own items are given. An item counts as
 * confidently of class j when p_j reaches j's threshold (the largest, of several); the table of given
 * against confident classes, its rows scaled to the numbers of labels given, estimates the joint
 * distribution of given and true classes. What lies off its diagonal is how many labels are wrong.
 *
 * All items are ranked, lowest first, by the margin p(given) - max p(other), -1..1: items whose label
 * the model would not give come first. Ties: by row.
 *
 * Source: Northcutt, Jiang & Chuang, "Confident Learning" (JAIR 70, 2021); "prune by noise rate" there
 * removes by the joint's cells, the margin ranks within. */
#ifndef SAMPLER_QUALITY_LABEL_ERRORS_H
#define SAMPLER_QUALITY_LABEL_ERRORS_H

#include "sampler/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smp_labels_in {
    const float *p;       /* (n, k) rows sum to 1 */
    const int32_t *given; /* (n) 0..k-1 */
    size_t n, n_classes;
};

struct smp_suspect {
    size_t row;
    float margin;      /* p(given) - max p(other) */
    int32_t suggested; /* the most probable other class; the lowest on a tie */
    bool confident;    /* the item lies off the diagonal of the table */
};

struct smp_label_errors {
    size_t n, n_classes;
    struct smp_suspect *suspect; /* (n) all items, the likeliest errors first */
    size_t n_errors;             /* how many labels are wrong, as the joint says, rounded */
    double *threshold;           /* (k) NaN for a class that no label is of */
    double *joint;               /* (k given, k true) sums to 1 */
};

/* SMP_INVALID: nothing given, a class out of range, a probability that is none. */
enum smp_status smp_label_errors(const struct smp_labels_in *in,
                                 struct smp_label_errors *out) SMP_MUST_USE;
void smp_label_errors_free(struct smp_label_errors *found);

/* How good a ranking is, once the truth is known. */
struct smp_ranking {
    size_t n_wrong;           /* labels that are wrong */
    double precision_at_n;    /* of the first n_wrong, the share that is */
    double average_precision; /* mean over the wrong ones of the precision where each stands */
    double auroc;             /* chance that a wrong one stands before a right one */
};

/* is_wrong (n) by row. NaN where there is no wrong, or no right one. */
struct smp_ranking smp_rank_figures(const struct smp_suspect *ranked, size_t n,
                                    const uint8_t *is_wrong);

#endif
