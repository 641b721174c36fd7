/* shortcut_luck - inside shortcut: how well facts tell classes, and how well they would by luck. */
#ifndef SAMPLER_CHECK_SHORTCUT_LUCK_H
#define SAMPLER_CHECK_SHORTCUT_LUCK_H

#include "sampler/check/shortcut_cells.h"

struct shortcut_luck {
    const struct smp_shortcut_in *in;
    const int32_t *y; /* (in->n) */
    const uint8_t *fold;
    uint8_t *cell; /* (n_sides, n), written here */
    size_t n_classes, n_told;
    size_t n_cells[SMP_SHORTCUT_SIDES_MAX];
    size_t n_rounds;
    uint32_t *unit; /* (n) which group an item is of */
    size_t n_units;
    uint32_t *first; /* (n_units) an item of each */
    double *by_luck; /* (n_rounds, n_sides, n_classes) */
    double *p;       /* (n_sides, n_classes) */
};

/* Writes cell, p and j (n_sides, n_classes). */
enum smp_status shortcut_luck(struct shortcut_luck *l, double *j) SMP_MUST_USE;
void shortcut_luck_free(struct shortcut_luck *l);

#endif
