#include "domain/tally.h"

#include <string.h>

enum err tally_new(struct arena *a, const struct question *q, struct tally *t)
{
    *t = (struct tally){.q = q,
                        .votes = arena_array(a, q->n_classes, sizeof *t->votes),
                        .mark = arena_array(a, q->n_classes, sizeof *t->mark)};
    return t->votes && t->mark ? OK : fail_nomem();
}

void tally_clear(struct tally *t)
{
    t->n = 0;
    t->n_none = 0;
    memset(t->votes, 0, t->q->n_classes * sizeof *t->votes);
}

void tally_add(struct tally *t, const json_t *values, double weight)
{
    t->n += weight;
    if (!values || !values_marks(t->q, values, t->mark)) {
        t->n_none += weight;
        return;
    }
    for (size_t k = 0; k < t->q->n_classes; k++)
        if (t->mark[k]) t->votes[k] += weight;
}

int32_t tally_winner(const struct tally *t)
{
    double most = t->n_none;
    int32_t best = -1;

    for (size_t k = 0; k < t->q->n_classes; k++) {
        if (t->votes[k] < most) continue;
        best = t->votes[k] > most ? (int32_t)k : -1;
        most = t->votes[k];
    }
    return best;
}

int tally_majority(const struct tally *t, uint8_t *chosen)
{
    const double n = t->n - t->n_none;
    const int known = n > t->n_none;

    for (size_t k = 0; k < t->q->n_classes; k++)
        chosen[k] = known && 2 * t->votes[k] > n;
    return known;
}
