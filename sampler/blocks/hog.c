#include "sampler/blocks/hog.h"

#include "sampler/blocks/orient.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    SIDE = 64,                   /* of the medium view */
    BLOCKS = SIDE / 2,           /* blocks of 2x2 pixels along a side */
    CELL = 4,                    /* blocks along the side of a cell */
    CELLS = BLOCKS / CELL,       /* cells along a side */
    SIGNED = 16,                 /* directions of the full circle */
    UNSIGNED = SIGNED / 2,       /* of the half circle */
    NUMBERS = SIGNED + UNSIGNED, /* of a cell */
    COLUMNS = CELLS / 2          /* kept, after folding left and right together */
};

static const float CEILING = 0.3f, FLOOR = 1e-2f;

size_t smp_hog_size(void)
{
    return (size_t)2 * SMP_OUTLINES * CELLS * COLUMNS * NUMBERS;
}

size_t smp_hog_work(void)
{
    return BLOCKS * BLOCKS * SIGNED + CELLS * CELLS * NUMBERS + CELLS * CELLS;
}

/* cells (CELLS, CELLS, NUMBERS): mean gradient energy by direction. */
static void fill_cells(const float *blocks, float *cells)
{
    const float unit = 1.0f / (CELL * CELL * 4);

    memset(cells, 0, (size_t)CELLS * CELLS * NUMBERS * sizeof *cells);
    for (size_t y = 0; y < BLOCKS; y++) {
        for (size_t x = 0; x < BLOCKS; x++) {
            const float *from = blocks + (y * BLOCKS + x) * SIGNED;
            float *to = cells + (y / CELL * CELLS + x / CELL) * NUMBERS;
            for (size_t b = 0; b < SIGNED; b++) {
                to[b] += from[b] * unit;
                to[SIGNED + b % UNSIGNED] += from[b] * unit;
            }
        }
    }
}

static size_t clamp(size_t i, size_t step_back)
{
    const size_t at = i < step_back ? 0 : i - step_back;

    return at < CELLS ? at : CELLS - 1;
}

/* Squares of the unsigned directions over the 3x3 cells around (x, y); cells beyond the border
 * repeat those at it. */
static float neighbourhood(const float *cells, size_t y, size_t x)
{
    float sum = 0;

    for (size_t dy = 0; dy < 3; dy++) {
        for (size_t dx = 0; dx < 3; dx++) {
            const float *cell = cells + (clamp(y + dy, 1) * CELLS + clamp(x + dx, 1)) * NUMBERS;
            for (size_t b = SIGNED; b < NUMBERS; b++)
                sum += cell[b] * cell[b];
        }
    }
    return sum;
}

static float normalised(float x, float unit)
{
    const float share = x * unit;

    return sqrtf(share < CEILING ? share : CEILING);
}

/* Where direction b points in the mirror. */
static size_t mirrored(size_t b)
{
    if (b < SIGNED) return (SIGNED / 2 + SIGNED - b) % SIGNED;
    return SIGNED + (UNSIGNED - (b - SIGNED)) % UNSIGNED;
}

/* mean (CELLS, COLUMNS, NUMBERS) <- the mean of cells and their mirror images; difference, likewise,
 * <- half of what they differ by, weighted. */
static void fold(const float *cells, const float *unit, float weight, float *mean,
                 float *difference)
{
    for (size_t y = 0; y < CELLS; y++) {
        for (size_t x = 0; x < COLUMNS; x++) {
            const size_t i = y * CELLS + x;
            const size_t j = y * CELLS + CELLS - 1 - x;
            const size_t at = (y * COLUMNS + x) * NUMBERS;
            for (size_t b = 0; b < NUMBERS; b++) {
                const float own = normalised(cells[i * NUMBERS + b], unit[i]);
                const float other = normalised(cells[j * NUMBERS + mirrored(b)], unit[j]);
                mean[at + b] = 0.5f * (own + other);
                difference[at + b] = 0.5f * weight * (own - other);
            }
        }
    }
}

void smp_hog_encode(const struct smp_view *view, float weight, float *work, float *out)
{
    const size_t each = (size_t)CELLS * COLUMNS * NUMBERS;
    float *blocks = work;
    float *cells = blocks + (size_t)BLOCKS * BLOCKS * SIGNED;
    float *unit = cells + (size_t)CELLS * CELLS * NUMBERS;
    float *difference = out + SMP_OUTLINES * each;

    assert(view->shape.medium == SIDE);
    for (size_t o = 0; o < SMP_OUTLINES; o++) {
        smp_orientations(view->outline[o], view->shape.channels, SIDE, SIGNED, blocks);
        fill_cells(blocks, cells);
        for (size_t i = 0; i < (size_t)CELLS * CELLS; i++)
            unit[i] = 1 / (sqrtf(neighbourhood(cells, i / CELLS, i % CELLS)) + FLOOR);
        fold(cells, unit, weight, out + o * each, difference + o * each);
    }
}
