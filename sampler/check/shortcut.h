/* shortcut - can the class be told from facts that have nothing to do with it?
 *
 * A model takes the easiest road. When all coats were photographed with one camera, or carry a mark in a
 * corner, it learns the camera or the mark, scores well on examples that share it, and fails on all
 * others. So before anything is taught: how well do size, brightness, the rim, the folder, the length of a
 * text tell the class, each alone?
 *
 *     struct smp_shortcut_in in = {.side = side, .n_sides = 14, .y = y, .group = group, .n = n,
 *                                  .n_classes = 2, .model = said, .seed = 1};
 *     SMP_TRY(smp_shortcut(&in, found));                     // found (n_sides), in the order of `side`
 *     if (found[0].rings) ... found[0].skill, found[0].class
 *
 * Each side fact is cut into cells: a number at its quantiles (at most 12, sqrt(n)), a word by its 24 most
 * frequent values; not known is a cell of its own. Over five folds of equal class shares, groups kept whole,
 * a cell says a class when the class is more frequent there than the mean of the others, every class
 * weighing the same. The measure is Youden's J of each class against the rest: how often the cell says it
 * for items of the class, less how often for others; 0 is chance, 1 is always right, and balanced accuracy
 * of the one against the rest is (1 + J) / 2. Smoothing pulls rare cells to "no idea".
 *
 * Luck: the classes are dealt anew to the groups `rounds` times, and the largest of all measures, each by its own
 * spread under luck, is kept of each time. p is the share of times in which that largest one reached this
 * measure: corrected for the number of facts and classes at once, whatever hangs together with what
 * (Westfall & Young 1993, "Resampling-based multiple testing", step-down's first step).
 *
 * It rings when three things hold of a fact and a class: p <= SMP_SHORTCUT_P; J >= SMP_SHORTCUT_LEAST; and J comes
 * near to what the model reaches (`model`, its out-of-fold answers): a share SMP_SHORTCUT_NEAR of it. Honest
 * facts tell something too (a trouser is narrow, so its rim is dark): what is alarming is that one of them would do.
 *
 * Deterministic for any number of threads; memory: rounds * n_sides * n_classes doubles. */
#ifndef SAMPLER_CHECK_SHORTCUT_H
#define SAMPLER_CHECK_SHORTCUT_H

#include "sampler/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SMP_SHORTCUT_SIDES_MAX = 64, SMP_SHORTCUT_ROUNDS = 199, SMP_SHORTCUT_CLASS_LEAST = 5 };
#define SMP_SHORTCUT_P     0.01
#define SMP_SHORTCUT_LEAST 0.6
#define SMP_SHORTCUT_NEAR  0.85

/* One fact of every item: a number or a word. */
struct smp_side {
    const double *number; /* (n); NaN: not known; or NULL */
    const uint32_t
        *word; /* (n) any numbers that stand for words; SMP_SIDE_UNKNOWN: not known; or NULL */
};
#define SMP_SIDE_UNKNOWN UINT32_MAX

struct smp_shortcut_in {
    const struct smp_side *side; /* (n_sides) at most SMP_SHORTCUT_SIDES_MAX */
    size_t n_sides;
    const int32_t *y;      /* (n) classes 0..n_classes-1 */
    const uint64_t *group; /* (n) keys of items that must not be parted, or NULL */
    size_t n, n_classes;
    const int32_t
        *model; /* (n) what the model says of items it had not seen, or NULL: compared with 1 */
    size_t rounds; /* of luck; 0 counts as SMP_SHORTCUT_ROUNDS */
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* Of one fact: the class that it tells best. */
struct smp_shortcut {
    int32_t class
        ; /* -1: no class has SMP_SHORTCUT_CLASS_LEAST items, or the fact is the same for all */
    double skill; /* J */
    double model; /* the model's J of that class; NaN without a model */
    double p;     /* share of luck that does as well, 1 / (rounds + 1) at least */
    bool rings;
};

/* SMP_INVALID without items, with too many facts, or a class out of range. Classes with fewer than
 * SMP_SHORTCUT_CLASS_LEAST items count among the others only; with fewer than two such classes nothing is
 * found: class -1, skill 0, p 1. */
enum smp_status smp_shortcut(const struct smp_shortcut_in *in,
                             struct smp_shortcut *found) SMP_MUST_USE;

#endif
