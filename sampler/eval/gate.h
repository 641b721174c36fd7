/* gate - may the new model take the old one's place? Go, no-go, or "so many more labels to tell".
 *
 *     struct smp_paired t = smp_paired_count(live_right, new_right, n);     // on the same honest items
 *     struct smp_gate g = smp_gate_decide(&t, &(struct smp_gate_rule){.look = 1});
 *     if (g.verdict == SMP_MORE) ...                                        // g.needs more honest labels
 *
 * The rule. The new model is worse beyond noise when the interval of the difference (paired.h) lies
 * below 0: no-go. It is not worse when the interval lies above -margin: go. Otherwise the items do not
 * tell, and how many more would, with the chance `power` if the two go on as they did, is said. `margin`
 * is the loss the owner would not mind; with a margin of 0 only a better model passes.
 *
 * Asking again after more labels is a new chance to be lucky. So look k has the share 1 / (k (k + 1)) of
 * alpha; the shares of all looks sum to 1, and a model that is worse by the margin or more passes with at
 * most the chance alpha whenever one looks and stops (Bonferroni). The first look's interval is then the
 * usual 95 % one. Looks at fewer than SMP_GATE_ITEMS_MIN items let nothing pass and need not be counted.
 *
 * A floor is the same for one share: "at least 80 % of shoes are found", by Clopper and Pearson's bounds.
 *
 * False go's measured over 200 simulated runs: tests/unit/sampler_eval/test_gate.c. Needed numbers:
 * Lachenbruch & Lynch, Statistics in Medicine 17 (1998), by the normal approximation. Pure; any thread. */
#ifndef SAMPLER_EVAL_GATE_H
#define SAMPLER_EVAL_GATE_H

#include "sampler/eval/paired.h"

enum smp_verdict { SMP_GO, SMP_NO_GO, SMP_MORE };

/* "go", "no-go", "more". */
const char *smp_verdict_name(enum smp_verdict verdict);

/* Fewer items than this never tell; more than SMP_GATE_NEEDS_MAX are never asked for. */
enum { SMP_GATE_ITEMS_MIN = 20, SMP_GATE_NEEDS_MAX = 1000000 };

struct smp_gate_rule {
    double margin; /* of accuracy, 0..1: 0.05 is usual; tells sooner the larger it is */
    double alpha; /* chance to let a model pass that is worse by the margin; 0 counts as 0.05 */
    double power; /* chance that `needs` labels do tell; 0 counts as 0.8 */
    size_t look; /* 1: these two are compared for the first time, 2: again, ..; 0 counts as 1 */
};

struct smp_gate {
    enum smp_verdict verdict;
    size_t n;          /* items compared on */
    double difference; /* accuracy of the new one minus the old one's; 0 without items */
    double low, high;  /* its interval at `level` */
    double level;      /* 0.95 at the first look of the usual alpha */
    struct smp_mcnemar test;
    size_t needs; /* SMP_MORE: about how many more items would tell; else 0 */
};

struct smp_gate smp_gate_decide(const struct smp_paired *t, const struct smp_gate_rule *rule);

/* One share against a floor, 0..1: go when its lower bound reaches the floor, no-go when its upper bound
 * does not. `margin` is not read; `difference` is the share minus the floor, low and high are its bounds
 * likewise; `test` is not set. */
struct smp_gate smp_gate_floor(size_t yes, size_t n, double floor,
                               const struct smp_gate_rule *rule);

/* The chance that n items let a model pass whose true difference is `difference`, when the two disagree
 * (one right, one wrong) about the share `apart` of items. Normal approximation. */
double smp_gate_power(size_t n, double apart, double difference,
                      const struct smp_gate_rule *rule);

#endif
