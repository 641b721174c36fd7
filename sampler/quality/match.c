#include "sampler/quality/match.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Rows and columns count from 1; column 0 is where the row that looks for a partner sits. There are at
 * least as many columns as rows. */
struct search {
    const struct smp_match_in *in;
    bool flipped; /* rows of the search are columns of the caller */
    size_t n, m;
    double *row, *column; /* (n + 1), (m + 1) potentials */
    double *least;        /* (m + 1) the least reduced cost to reach a column */
    size_t *owner;        /* (m + 1) the row of each column, 0: none */
    size_t *from;         /* (m + 1) the column before, on the path */
    bool *seen;           /* (m + 1) */
};

static double score_of(const struct search *s, size_t i, size_t j)
{
    const double score =
        s->flipped ? s->in->score[j * s->in->m + i] : s->in->score[i * s->in->m + j];

    return score >= s->in->threshold ? score : 0;
}

/* One more column is reached; gives it back. */
static size_t grow(struct search *s, size_t column)
{
    const size_t row = s->owner[column];
    double delta = HUGE_VAL;
    size_t nearest = 0;

    s->seen[column] = true;
    for (size_t j = 1; j <= s->m; j++) {
        if (s->seen[j]) continue;
        const double cost = -score_of(s, row - 1, j - 1) - s->row[row] - s->column[j];
        if (cost < s->least[j]) {
            s->least[j] = cost;
            s->from[j] = column;
        }
        if (s->least[j] < delta) {
            delta = s->least[j];
            nearest = j;
        }
    }
    for (size_t j = 0; j <= s->m; j++) {
        if (s->seen[j]) {
            s->row[s->owner[j]] += delta;
            s->column[j] -= delta;
        } else {
            s->least[j] -= delta;
        }
    }
    return nearest;
}

static void place_row(struct search *s, size_t row)
{
    size_t column = 0;

    s->owner[0] = row;
    for (size_t j = 0; j <= s->m; j++) {
        s->least[j] = HUGE_VAL;
        s->seen[j] = false;
    }
    do {
        column = grow(s, column);
    } while (s->owner[column]);
    while (column) {
        const size_t before = s->from[column];
        s->owner[column] = s->owner[before];
        column = before;
    }
}

static void tell(const struct search *s, int32_t *partner, double *sum)
{
    *sum = 0;
    for (size_t i = 0; i < s->in->n; i++)
        partner[i] = -1;
    for (size_t j = 1; j <= s->m; j++) {
        const size_t i = s->owner[j];
        if (!i) continue;
        const double score = score_of(s, i - 1, j - 1);
        if (!(score > 0)) continue;
        *sum += score;
        if (s->flipped)
            partner[j - 1] = (int32_t)(i - 1);
        else
            partner[i - 1] = (int32_t)(j - 1);
    }
}

static enum smp_status check(const struct smp_match_in *in)
{
    if (in->n > SMP_MATCH_MAX || in->m > SMP_MATCH_MAX)
        return smp_fail(SMP_INVALID, "%zu and %zu shapes to match; at most %d", in->n, in->m,
                        SMP_MATCH_MAX);
    for (size_t i = 0; i < in->n * in->m; i++)
        if (!(in->score[i] >= 0) || !isfinite(in->score[i]))
            return smp_fail(SMP_INVALID, "shapes %zu and %zu score %g; 0 or more is wanted",
                            i / in->m, i % in->m, in->score[i]);
    return SMP_OK;
}

enum smp_status smp_match(const struct smp_match_in *in, int32_t *partner, double *sum)
{
    const bool flipped = in->n > in->m;
    struct search s = {.in = in,
                       .flipped = flipped,
                       .n = flipped ? in->m : in->n,
                       .m = flipped ? in->n : in->m};
    const size_t places = s.n + s.m + 2;
    double *numbers = NULL;
    double unwanted;
    enum smp_status e = check(in);

    if (!e) {
        numbers = calloc(3 * places, sizeof *numbers);
        s.owner = calloc(2 * places, sizeof *s.owner);
        s.seen = calloc(places, sizeof *s.seen);
        if (!numbers || !s.owner || !s.seen) e = smp_fail_nomem();
    }
    if (!e) {
        s.row = numbers;
        s.column = numbers + places;
        s.least = numbers + 2 * places;
        s.from = s.owner + places;
        for (size_t row = 1; row <= s.n; row++)
            place_row(&s, row);
        tell(&s, partner, sum ? sum : &unwanted);
    }
    free(numbers);
    free(s.owner);
    free(s.seen);
    return e;
}

enum smp_status smp_match_f1(const struct smp_match_in *in, double *f1)
{
    int32_t *partner;
    enum smp_status e;

    if (!(in->n + in->m)) {
        *f1 = 1;
        return SMP_OK;
    }
    partner = malloc((in->n + 1) * sizeof *partner);
    if (!partner) return smp_fail_nomem();
    e = smp_match(in, partner, f1);
    if (!e) *f1 = 2 * *f1 / (double)(in->n + in->m);
    free(partner);
    return e;
}
