#include "sampler/quality/people.h"

#include <math.h>
#include <stdlib.h>

static const double Z = 1.959963984540054; /* the normal distribution's 97.5 % point */

/* The answers by item: of item i those at order[start[i]] up to order[start[i + 1]]. */
struct by_item {
    uint32_t *start, *order;
    uint32_t *votes; /* (n_classes) of the item at hand, else all 0 */
};

static void by_item_free(struct by_item *b)
{
    free(b->start);
    free(b->order);
    free(b->votes);
}

static enum smp_status check(const struct smp_answers *in)
{
    if (in->n > SMP_ANSWERS_MAX || in->n_items > SMP_ANSWERS_MAX)
        return smp_fail(SMP_INVALID, "%zu answers about %zu items: at most %u of each", in->n,
                        in->n_items, SMP_ANSWERS_MAX);
    for (size_t i = 0; i < in->n; i++)
        if (in->item[i] >= in->n_items || in->person[i] >= in->n_people ||
            in->answer[i] >= in->n_classes)
            return smp_fail(SMP_INVALID, "answer %zu is out of range", i);
    return SMP_OK;
}

static enum smp_status by_item_new(const struct smp_answers *in, struct by_item *b)
{
    b->start = calloc(in->n_items + 2, sizeof *b->start);
    b->order = calloc(in->n + 1, sizeof *b->order);
    b->votes = calloc(in->n_classes + 1, sizeof *b->votes);
    if (!b->start || !b->order || !b->votes) return smp_fail_nomem();
    for (size_t i = 0; i < in->n; i++)
        b->start[in->item[i] + 2]++;
    for (size_t i = 2; i < in->n_items + 2; i++)
        b->start[i] += b->start[i - 1];
    for (size_t i = 0; i < in->n; i++)
        b->order[b->start[in->item[i] + 1]++] = (uint32_t)i;
    return SMP_OK;
}

/* What the votes that are left say of answer `own`, of the item with those answers. */
static enum smp_outcome judge(const struct smp_answers *in, const struct by_item *b,
                              const uint32_t *answers, size_t n, uint32_t own)
{
    uint32_t most = 0;
    uint32_t best = own;
    int tied = 0;

    for (size_t j = 0; j < n; j++) {
        const uint32_t c = in->answer[answers[j]];

        if (b->votes[c] < most || (b->votes[c] == most && c == best)) continue;
        tied = b->votes[c] == most;
        most = b->votes[c];
        best = c;
    }
    if (!most || tied) return SMP_UNJUDGED;
    return best == own ? SMP_AGREES : SMP_DIFFERS;
}

static void judge_item(const struct smp_answers *in, const uint8_t *left_out, struct by_item *b,
                       size_t item, int8_t *outcome)
{
    const uint32_t *answers = b->order + b->start[item];
    const size_t n = b->start[item + 1] - b->start[item];

    for (size_t j = 0; j < n; j++)
        if (!left_out || !left_out[in->person[answers[j]]]) b->votes[in->answer[answers[j]]]++;
    for (size_t j = 0; j < n; j++) {
        const uint32_t own = in->answer[answers[j]];
        const uint32_t counts = !left_out || !left_out[in->person[answers[j]]];

        b->votes[own] -= counts;
        outcome[answers[j]] = (int8_t)judge(in, b, answers, n, own);
        b->votes[own] += counts;
    }
    for (size_t j = 0; j < n; j++)
        b->votes[in->answer[answers[j]]] = 0;
}

enum smp_status smp_with_others(const struct smp_answers *in, const uint8_t *left_out,
                                int8_t *outcome)
{
    struct by_item b = {.start = NULL};
    enum smp_status e;

    SMP_TRY(check(in));
    e = by_item_new(in, &b);
    for (size_t i = 0; i < in->n_items && !e; i++)
        judge_item(in, left_out, &b, i, outcome);
    by_item_free(&b);
    return e;
}

struct smp_share smp_share_of(size_t yes, size_t n)
{
    const double size = (double)n;
    const double p = (double)yes / size;
    const double middle = (p + Z * Z / (2 * size)) / (1 + Z * Z / size);
    const double half =
        Z / (1 + Z * Z / size) * sqrt(p * (1 - p) / size + Z * Z / (4 * size * size));

    if (!n) return (struct smp_share){0, (double)NAN, (double)NAN, (double)NAN};
    return (struct smp_share){n, p, fmax(middle - half, 0), fmin(middle + half, 1)};
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

/* Ranks n / 2 -+ z sqrt(n) / 2, rounded up, counted from 1. */
struct smp_middle smp_middle_of(double *x, size_t n)
{
    const double reach = Z * sqrt((double)n) / 2;
    const double low = ceil((double)n / 2 - reach);
    const double high = ceil((double)n / 2 + reach);

    if (!n) return (struct smp_middle){0, (double)NAN, (double)NAN, (double)NAN};
    qsort(x, n, sizeof *x, ascending);
    return (struct smp_middle){.n = n,
                               .value = (x[(n - 1) / 2] + x[n / 2]) / 2,
                               .low = x[low < 1 ? 0 : (size_t)low - 1],
                               .high = x[high > (double)n ? n - 1 : (size_t)high - 1]};
}

double smp_trend(const size_t *yes, const size_t *n, const double *score, size_t n_groups)
{
    double total = 0;
    double right = 0;
    double mean = 0;
    double with = 0;
    double spread = 0;
    double p;

    for (size_t i = 0; i < n_groups; i++) {
        total += (double)n[i];
        right += (double)yes[i];
        mean += (double)n[i] * score[i];
    }
    p = right / total;
    mean /= total;
    for (size_t i = 0; i < n_groups; i++) {
        with += ((double)yes[i] - (double)n[i] * p) * (score[i] - mean);
        spread += (double)n[i] * (score[i] - mean) * (score[i] - mean);
    }
    spread *= p * (1 - p);
    return spread > 0 ? with / sqrt(spread) : (double)NAN;
}
