/* paired - two models asked about the same items: which is right more often?
 *
 *     struct smp_paired t = smp_paired_count(was_right, is_right, n);   // lost 2, won 9
 *     struct smp_mcnemar m = smp_mcnemar(&t);                           // p 0.065: might be luck
 *     struct smp_interval d = smp_paired_interval(&t, 0.95);            // of new minus old
 *
 * Only items about which one is right and the other wrong tell the two apart. McNemar's test asks how
 * likely so uneven a split of them were if both were as good: `p` exactly, and so cautiously; `mid_p` counts
 * the split that was seen by half, and is closer to its level (Fagerland, Lydersen & Laake, BMC Medical
 * Research Methodology 13:91, 2013). The interval is Tango's: differences that the score test would not
 * refuse; it holds its level for few items, and when nothing was won or lost.
 *
 * For scores that are no yes or no (the logarithm of a probability), the bootstrap over items.
 * Sources: McNemar, Psychometrika 12 (1947), 153-157; Tango, Statistics in Medicine 17 (1998), 891-908.
 * Pure; any thread. */
#ifndef SAMPLER_EVAL_PAIRED_H
#define SAMPLER_EVAL_PAIRED_H

#include "sampler/eval/interval.h"
#include "sampler/quality/estimate.h"

struct smp_paired {
    size_t both, neither; /* items that both have right, or wrong */
    size_t won;           /* the old one wrong, the new one right */
    size_t lost;          /* the old one right, the new one wrong */
};

/* was_right, is_right (n): not 0 where the old one, and the new one, are right. */
struct smp_paired smp_paired_count(const uint8_t *was_right, const uint8_t *is_right, size_t n);

static inline size_t smp_paired_items(const struct smp_paired *t)
{
    return t->both + t->neither + t->won + t->lost;
}

struct smp_mcnemar {
    double p, mid_p; /* of the two-sided test; 1 when nothing was won or lost */
};
struct smp_mcnemar smp_mcnemar(const struct smp_paired *t);

/* Of the difference (won - lost) / items; -1 to 1 without items. */
struct smp_interval smp_paired_interval(const struct smp_paired *t, double level);

/* mean(now) - mean(then), scores (n) of the same items; items are drawn again, whole. SMP_INVALID
 * without items, with more than 4,294,967,295, or as smp_bootstrap_check. */
enum smp_status smp_paired_bootstrap(const double *then, const double *now, size_t n,
                                     const struct smp_bootstrap *how,
                                     struct smp_estimate *difference) SMP_MUST_USE;

#endif
