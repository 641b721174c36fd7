/* shortcut_cells - inside shortcut: facts cut into cells, and what cells say of classes. */
#ifndef SAMPLER_CHECK_SHORTCUT_CELLS_H
#define SAMPLER_CHECK_SHORTCUT_CELLS_H

#include "sampler/check/shortcut.h"

enum { CELLS_OF_NUMBER = 12, CELLS_OF_WORD = 24, CELLS_MAX = 26, SHORTCUT_FOLDS = 5 };

/* cell (n) <- 0..CELLS_MAX-1; gives the number of cells. `sorted` (n) is workspace. */
size_t shortcut_cells(const struct smp_side *side, size_t n, uint8_t *cell, double *sorted);

struct shortcut_table {
    const uint8_t *cell; /* (n) */
    const uint8_t *fold; /* (n) */
    const int32_t *y;    /* (n) negative: left out */
    size_t n, n_classes, n_cells;
    double *
        count; /* (SHORTCUT_FOLDS + 1, n_cells + 1, n_classes) workspace, the last all together */
};

/* j (n_classes) <- Youden's J of each class against the rest, out of fold; 0 for classes without items. */
void shortcut_judge(const struct shortcut_table *t, double *j);

/* The same of answers given one by one; total (n_classes) is workspace. */
void shortcut_judge_answers(const int32_t *said, const int32_t *y, size_t n, size_t n_classes,
                            double *j, double *total);

#endif
