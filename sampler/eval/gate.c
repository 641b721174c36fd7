#include "sampler/eval/gate.h"

#include <math.h>

const char *smp_verdict_name(enum smp_verdict verdict)
{
    static const char *const NAMES[] = {"go", "no-go", "more"};

    return NAMES[verdict];
}

/* What look k may spend: 1/2, 1/6, 1/12, .. of alpha, which sum to 1. */
static double alpha_of(const struct smp_gate_rule *rule, size_t look)
{
    const double k = look ? (double)look : 1;

    return (rule->alpha > 0 ? rule->alpha : 0.05) / (k * (k + 1));
}

static double power_of(const struct smp_gate_rule *rule)
{
    return rule->power > 0 ? rule->power : 0.8;
}

/* Items more than n, that n + more tell: whole tens, because it is an estimate. */
static size_t more_than(size_t n, double wanted)
{
    const double least = n < SMP_GATE_ITEMS_MIN ? (double)(SMP_GATE_ITEMS_MIN - n) : 10;
    const double more = ceil((wanted - (double)n) / 10) * 10;

    if (!(more < SMP_GATE_NEEDS_MAX)) return SMP_GATE_NEEDS_MAX;
    return (size_t)fmax(more, least);
}

/* How many items show a mean of -1, 0 and 1 with this variance to be `off` away from a bound. */
static double items_for(double variance, double off, double alpha, double power)
{
    const double z = smp_normal_quantile(1 - alpha) + smp_normal_quantile(power);

    return z * z * variance / (off * off);
}

/* The cheaper of showing that it passes, and that it is worse, were the truth what was seen. */
static size_t needs(const struct smp_paired *t, const struct smp_gate_rule *rule, double seen)
{
    const size_t n = smp_paired_items(t);
    /* As if they had disagreed on one of ten items before: with nothing won or lost so far the two are
     * not the same for sure, and without any items one must begin somewhere. */
    const double apart = ((double)(t->won + t->lost) + 1) / ((double)n + 10);
    const double variance = fmax(apart - seen * seen, 1 / ((double)n + 10));
    const double alpha = alpha_of(rule, rule->look + (rule->look ? 1 : 2));
    double wanted = (double)INFINITY;

    if (seen > -rule->margin)
        wanted = items_for(variance, seen + rule->margin, alpha, power_of(rule));
    if (seen < 0) wanted = fmin(wanted, items_for(variance, seen, alpha, power_of(rule)));
    return more_than(n, wanted);
}

struct smp_gate smp_gate_decide(const struct smp_paired *t, const struct smp_gate_rule *rule)
{
    const double level = 1 - 2 * alpha_of(rule, rule->look);
    const struct smp_interval d = smp_paired_interval(t, level);
    struct smp_gate g = {.verdict = SMP_MORE, .n = smp_paired_items(t), .low = d.low};

    g.high = d.high;
    g.level = level;
    g.test = smp_mcnemar(t);
    if (g.n) g.difference = ((double)t->won - (double)t->lost) / (double)g.n;
    if (g.n >= SMP_GATE_ITEMS_MIN && g.high < 0)
        g.verdict = SMP_NO_GO;
    else if (g.n >= SMP_GATE_ITEMS_MIN && g.low > -rule->margin)
        g.verdict = SMP_GO;
    else
        g.needs = needs(t, rule, g.difference);
    return g;
}

struct smp_gate smp_gate_floor(size_t yes, size_t n, double floor,
                               const struct smp_gate_rule *rule)
{
    const double level = 1 - 2 * alpha_of(rule, rule->look);
    const double alpha = alpha_of(rule, rule->look + (rule->look ? 1 : 2));
    const struct smp_interval s = smp_clopper_pearson(yes, n, level);
    const double share = ((double)yes + 0.5) / ((double)n + 1);
    struct smp_gate g = {.verdict = SMP_MORE, .n = n, .low = s.low - floor, .level = level};

    g.high = s.high - floor;
    g.test = (struct smp_mcnemar){1, 1};
    if (n) g.difference = (double)yes / (double)n - floor;
    if (g.high < 0)
        g.verdict = SMP_NO_GO;
    else if (g.low >= 0)
        g.verdict = SMP_GO;
    else
        g.needs = more_than(n, items_for(fmax(share * (1 - share), floor * (1 - floor)),
                                         share - floor, alpha, power_of(rule)));
    return g;
}

double smp_gate_power(size_t n, double apart, double difference,
                      const struct smp_gate_rule *rule)
{
    const double variance = apart - difference * difference;
    const double off = difference + rule->margin;

    if (n < SMP_GATE_ITEMS_MIN) return 0;
    if (!(variance > 0)) return off > 0;
    return smp_normal_below(off * sqrt((double)n / variance) -
                            smp_normal_quantile(1 - alpha_of(rule, rule->look)));
}
