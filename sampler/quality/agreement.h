/* agreement - do people who see the same item give the same answer, and more often than by chance?
 *
 *     struct smp_agreement_in in = {.answers = answers, .scale = SMP_NOMINAL,
 *                                   .bootstrap = {.rounds = 1000, .seed = 1, .n_threads = 2}};
 *     SMP_TRY(smp_agreement(&in, &all, classes));        // all.alpha.value, .low, .high
 *     SMP_TRY(smp_agreement_pairs(&in, 5, &pairs, &n));  // Cohen's kappa; free(pairs)
 *
 * percent   how often two people drawn from an item's agree, the mean over items (Fleiss's P)
 * fleiss    Fleiss' kappa: (percent - chance) / (1 - chance), chance the sum of the classes' squared
 *           shares. Items may have different numbers of answers (Fleiss wants one number; every item
 *           counts alike here).
 * alpha     Krippendorff's: 1 - observed / expected disagreement, with the scale's distance. An item
 *           counts by its answers, small samples are corrected for.
 * Items with fewer than two answers tell nothing and are left out everywhere.
 *
 * For each class, against all others: positive, the chance that a second person says the class when
 * one does (specific agreement); Fleiss' kappa of the class; alpha.
 *
 * For each pair of people: percent and Cohen's kappa over the items both answered; weighted (Cohen
 * 1968) for all scales but the nominal: ordinal by steps between classes, interval and ratio by that
 * scale's distance.
 *
 * 1,000,000 answers: figures in docs/quality.md. Items that nobody could tell apart (the same answers,
 * whoever gave them) are kept once with their number, so rounds cost little. Permuting items or people
 * changes no bit, for any number of threads.
 * Sources: Fleiss, Psychological Bulletin 76 (1971); Krippendorff, "Computing Krippendorff's
 * Alpha-Reliability" (2011); Cohen, Educ. Psychol. Meas. 20 (1960), Psychological Bulletin 70 (1968);
 * Cicchetti & Feinstein, J. Clin. Epidemiol. 43 (1990). */
#ifndef SAMPLER_QUALITY_AGREEMENT_H
#define SAMPLER_QUALITY_AGREEMENT_H

#include "sampler/quality/answers.h"
#include "sampler/quality/estimate.h"

/* How far two answers are apart, squared. */
enum smp_scale {
    SMP_NOMINAL,  /* the same or not */
    SMP_ORDINAL,  /* the answers given between them, classes being in order */
    SMP_INTERVAL, /* (a - b)^2 of the classes' values */
    SMP_RATIO,    /* ((a - b) / (a + b))^2, values not negative */
    SMP_DISTANCE  /* the caller's table */
};

/* Above it, scales that need a table of distances are refused. */
enum { SMP_SCALE_CLASSES_MAX = 1000 };

struct smp_agreement_in {
    struct smp_answers answers; /* one of each person about an item */
    enum smp_scale scale;
    const double *value; /* (n_classes), finite, for interval and ratio; NULL: 0, 1, 2 .. */
    const double
        *distance; /* (n_classes, n_classes), symmetric, 0 on the diagonal, not negative */
    struct smp_bootstrap bootstrap;
};

struct smp_agreement {
    size_t n_items;   /* with two answers or more */
    size_t n_answers; /* about those */
    size_t n_kinds;   /* of items that can be told apart by their answers */
    struct smp_estimate percent, fleiss, alpha;
};

struct smp_class_agreement {
    size_t n_answers; /* that said the class, about items with two or more */
    struct smp_estimate positive, fleiss, alpha;
};

/* classes (n_classes) or NULL. SMP_INVALID: an answer out of range, two answers of one person about an
 * item, a scale's table that is not one. */
enum smp_status smp_agreement(const struct smp_agreement_in *in, struct smp_agreement *all,
                              struct smp_class_agreement *classes) SMP_MUST_USE;

struct smp_pair {
    uint32_t a, b; /* people, a < b */
    size_t n_items;
    struct smp_estimate percent, kappa;
};

/* All pairs with at least min_items items in common, by a, then b; `*pairs` is free()d by the caller.
 * Time grows with the number of pairs of answers to the same item, memory with the answers. */
enum smp_status smp_agreement_pairs(const struct smp_agreement_in *in, size_t min_items,
                                    struct smp_pair **pairs, size_t *n_pairs) SMP_MUST_USE;

#endif
