#include "sampler/check/shortcut_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- cells of numbers ------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The cuts between cells: quantiles of the known numbers, equal ones once. */
static size_t cuts_find(double *known, size_t n, double *cut)
{
    const size_t root = (size_t)sqrt((double)n);
    const size_t cells = root > CELLS_OF_NUMBER ? CELLS_OF_NUMBER : root < 2 ? 2 : root;
    size_t k = 0;

    qsort(known, n, sizeof *known, by_number);
    for (size_t i = 1; n && i < cells; i++) {
        const size_t at = i * n / cells;
        const double x = known[at];

        if (x > known[0] && (!k || x > cut[k - 1])) cut[k++] = x;
    }
    /* two values, one of them rare (a mark on a few): quantiles miss it, the largest cut does not */
    if (n && !k && known[n - 1] > known[0]) cut[k++] = known[n - 1];
    return k;
}

static size_t cells_of_numbers(const double *x, size_t n, uint8_t *cell, double *known)
{
    double cut[CELLS_OF_NUMBER];
    size_t n_known = 0;
    size_t k;

    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) known[n_known++] = x[i];
    k = cuts_find(known, n_known, cut);
    for (size_t i = 0; i < n; i++) {
        size_t c = 0;

        while (c < k && x[i] >= cut[c])
            c++;
        cell[i] = (uint8_t)(isfinite(x[i]) ? c : k + 1);
    }
    return k + 1 + (n_known < n);
}

/* -- cells of words --------------------------------------------------------------------------- */

static int by_word(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

struct frequent {
    uint32_t word;
    size_t n;
};

/* Keeps the most frequent words, of equally frequent ones the lower. */
static void frequent_put(struct frequent *top, size_t *n_top, struct frequent f)
{
    size_t at = *n_top;

    while (at > 0 && top[at - 1].n < f.n)
        at--;
    if (at == CELLS_OF_WORD) return;
    if (*n_top < CELLS_OF_WORD) (*n_top)++;
    memmove(top + at + 1, top + at, (*n_top - at - 1) * sizeof *top);
    top[at] = f;
}

static size_t cells_of_words(const uint32_t *x, size_t n, uint8_t *cell, uint32_t *sorted)
{
    struct frequent top[CELLS_OF_WORD];
    size_t n_top = 0;

    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_word);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && sorted[to] == sorted[from];)
            to++;
        if (sorted[from] != SMP_SIDE_UNKNOWN)
            frequent_put(top, &n_top, (struct frequent){sorted[from], to - from});
    }
    for (size_t i = 0; i < n; i++) {
        size_t c = 0;

        while (c < n_top && top[c].word != x[i])
            c++;
        cell[i] = (uint8_t)(x[i] == SMP_SIDE_UNKNOWN ? n_top + 1 : c);
    }
    return n_top + 2;
}

/* One cell when the fact is the same for all. */
static size_t cells_differ(uint8_t *cell, size_t n, size_t n_cells)
{
    for (size_t i = 1; i < n; i++)
        if (cell[i] != cell[0]) return n_cells;
    memset(cell, 0, n);
    return 1;
}

size_t shortcut_cells(const struct smp_side *side, size_t n, uint8_t *cell, double *sorted)
{
    const size_t n_cells =
        side->number ? cells_of_numbers(side->number, n, cell, sorted)
                     : cells_of_words(side->word, n, cell, (uint32_t *)(void *)sorted);

    return cells_differ(cell, n, n_cells);
}

/* -- what cells say --------------------------------------------------------------------------- */

static double *of_fold(const struct shortcut_table *t, size_t fold)
{
    return t->count + fold * (t->n_cells + 1) * t->n_classes;
}

/* Each fold's counts of every cell and class, and behind the cells those of each class. */
static void count_all(const struct shortcut_table *t)
{
    const size_t size = (t->n_cells + 1) * t->n_classes;
    double *all = of_fold(t, SHORTCUT_FOLDS);

    memset(t->count, 0, (SHORTCUT_FOLDS + 1) * size * sizeof *t->count);
    for (size_t i = 0; i < t->n; i++) {
        double *fold = of_fold(t, t->fold[i]);

        if (t->y[i] < 0) continue;
        fold[t->cell[i] * t->n_classes + (size_t)t->y[i]]++;
        fold[t->n_cells * t->n_classes + (size_t)t->y[i]]++;
    }
    for (size_t f = 0; f < SHORTCUT_FOLDS; f++)
        for (size_t k = 0; k < size; k++)
            all[k] += of_fold(t, f)[k];
}

/* How likely a cell is for class c by all folds but one. One imagined item of the class is spread over
 * the cells as all items are, `usual` of it in this cell, so that rare cells say little. */
static double likely(const struct shortcut_table *t, size_t fold, size_t cell, size_t c,
                     double usual)
{
    const size_t at = cell * t->n_classes + c;
    const size_t total = t->n_cells * t->n_classes + c;
    const double n = of_fold(t, SHORTCUT_FOLDS)[total] - of_fold(t, fold)[total];

    if (!(n > 0)) return -1;
    return (of_fold(t, SHORTCUT_FOLDS)[at] - of_fold(t, fold)[at] + usual) / (n + 1);
}

static double usual_of(const struct shortcut_table *t, size_t fold, size_t cell)
{
    double here = 0;
    double n = 0;

    for (size_t c = 0; c < t->n_classes; c++) {
        const size_t at = cell * t->n_classes + c;
        const size_t total = t->n_cells * t->n_classes + c;

        here += of_fold(t, SHORTCUT_FOLDS)[at] - of_fold(t, fold)[at];
        n += of_fold(t, SHORTCUT_FOLDS)[total] - of_fold(t, fold)[total];
    }
    return n > 0 ? here / n : 0;
}

/* Is class c likelier here than the mean of the others? A half where it is just as likely. */
static double says(double l, double others)
{
    if (l > others * (1 + 1e-9)) return 1;
    return l < others * (1 - 1e-9) ? 0 : 0.5;
}

/* Adds what the held-out items of one cell and fold bring to every class's J. */
static void cell_judge(const struct shortcut_table *t, size_t fold, size_t cell, double *j)
{
    const double *held = of_fold(t, fold) + cell * t->n_classes;
    const double *total = of_fold(t, SHORTCUT_FOLDS) + t->n_cells * t->n_classes;
    const double usual = usual_of(t, fold, cell);
    double sum = 0;
    double shares = 0;
    size_t n_there = 0;

    for (size_t c = 0; c < t->n_classes; c++) {
        const double l = likely(t, fold, cell, c, usual);

        if (l < 0) continue;
        sum += l;
        n_there++;
        shares += held[c] / total[c];
    }
    for (size_t c = 0; c < t->n_classes && n_there > 1; c++) {
        const double l = likely(t, fold, cell, c, usual);
        const double rest = (double)(n_there - 1);

        if (l < 0) continue;
        j[c] += says(l, (sum - l) / rest) *
                (held[c] / total[c] - (shares - held[c] / total[c]) / rest);
    }
}

void shortcut_judge(const struct shortcut_table *t, double *j)
{
    count_all(t);
    for (size_t c = 0; c < t->n_classes; c++)
        j[c] = 0;
    for (size_t fold = 0; fold < SHORTCUT_FOLDS; fold++)
        for (size_t cell = 0; cell < t->n_cells; cell++)
            cell_judge(t, fold, cell, j);
}

void shortcut_judge_answers(const int32_t *said, const int32_t *y, size_t n, size_t n_classes,
                            double *j, double *total)
{
    size_t n_there = 0;

    for (size_t c = 0; c < n_classes; c++)
        j[c] = total[c] = 0;
    for (size_t i = 0; i < n; i++)
        if (y[i] >= 0) total[y[i]]++;
    for (size_t c = 0; c < n_classes; c++)
        n_there += total[c] > 0;
    for (size_t i = 0; i < n && n_there > 1; i++) {
        if (y[i] < 0 || said[i] < 0) continue;
        if (said[i] == y[i])
            j[y[i]] += 1 / total[y[i]];
        else
            j[said[i]] -= 1 / total[y[i]] / (double)(n_there - 1);
    }
}
