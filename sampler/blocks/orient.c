#include "sampler/blocks/orient.h"

#include "sampler/simd.h"

#include <assert.h>
#include <math.h>

struct gradient_row {
    float x[SMP_ORIENT_SIDE_MAX], y[SMP_ORIENT_SIDE_MAX];
    float length2[SMP_ORIENT_SIDE_MAX];
};

/* Keeps, for each pixel of a row, the longest gradient seen so far. `row` is the plane's row,
 * `above` and `below` its neighbours (both `row` at the border, which makes gy 0). */
SMP_KERNEL
static void keep_longest(const float *restrict row, const float *restrict above,
                         const float *restrict below, size_t n, struct gradient_row *restrict g)
{
    for (size_t i = 1; i + 1 < n; i++) {
        const float gx = row[i + 1] - row[i - 1];
        const float gy = below[i] - above[i];
        const float l = gx * gx + gy * gy;
        const float old = g->length2[i];
        g->x[i] = l > old ? gx : g->x[i];
        g->y[i] = l > old ? gy : g->y[i];
        g->length2[i] = l > old ? l : old;
    }
    for (size_t i = 0; i < n; i += n - 1) {
        const float gy = below[i] - above[i];
        const float l = gy * gy;
        if (l <= g->length2[i]) continue;
        g->x[i] = 0;
        g->y[i] = gy;
        g->length2[i] = l;
    }
}

/* atan(r) for 0 <= r <= 1, to 2e-6. Abramowitz & Stegun 4.4.49 (Hastings 1955). */
static inline float arc_tangent(float r)
{
    const float s = r * r;
    float p = 0.0028662257f;

    p = p * s - 0.0161657367f;
    p = p * s + 0.0429096138f;
    p = p * s - 0.0752896400f;
    p = p * s + 0.1065626393f;
    p = p * s - 0.1420889944f;
    p = p * s + 0.1999355085f;
    p = p * s - 0.3333314528f;
    return r + r * s * p;
}

/* Lengths, and angles as a number of bins 0 <= t < n_bins. */
SMP_KERNEL
static void to_polar(const struct gradient_row *restrict g, size_t n, float n_bins,
                     float *restrict length, float *restrict angle)
{
    const float half_pi = 1.57079632679f;
    const float pi = 3.14159265359f;
    const float per_radian = n_bins / (2 * pi);

    for (size_t i = 0; i < n; i++) {
        const float ax = fabsf(g->x[i]);
        const float ay = fabsf(g->y[i]);
        const float high = ax > ay ? ax : ay;
        const float low = ax > ay ? ay : ax;
        float a = arc_tangent(low / (high + 1e-20f));
        float t;
        a = ax > ay ? a : half_pi - a;
        a = g->x[i] < 0 ? pi - a : a;
        a = g->y[i] < 0 ? -a : a;
        t = a * per_radian;
        angle[i] = t < 0 ? t + n_bins : t;
        length[i] = sqrtf(g->length2[i]);
    }
}

/* Adds a row of pixels to the row of 2x2 blocks that it belongs to. */
static void add_row(const float *length, const float *angle, size_t n, size_t n_bins,
                    float *blocks)
{
    for (size_t i = 0; i < n; i++) {
        float *block = blocks + i / 2 * n_bins;
        size_t low = (size_t)angle[i];
        size_t high;
        const float share = angle[i] - (float)low;
        low = low >= n_bins ? 0 : low; /* rounding can make t = n_bins */
        high = low + 1 == n_bins ? 0 : low + 1;
        block[low] += length[i] * (1 - share);
        block[high] += length[i] * share;
    }
}

static void row_gradients(const float *planes, size_t channels, size_t side, size_t y,
                          struct gradient_row *g)
{
    const int border = y == 0 || y + 1 == side;

    memset(g, 0, sizeof *g);
    for (size_t c = 0; c < channels; c++) {
        const float *row = planes + (c * side + y) * side;
        keep_longest(row, border ? row : row - side, border ? row : row + side, side, g);
    }
}

void smp_gradient_lengths(const float *planes, size_t channels, size_t side, size_t y,
                          float *length2)
{
    struct gradient_row g;

    assert(side <= SMP_ORIENT_SIDE_MAX && side >= 4);
    row_gradients(planes, channels, side, y, &g);
    memcpy(length2, g.length2, side * sizeof *length2);
}

void smp_orientations(const float *planes, size_t channels, size_t side, size_t n_bins,
                      float *blocks)
{
    float length[SMP_ORIENT_SIDE_MAX];
    float angle[SMP_ORIENT_SIDE_MAX];
    struct gradient_row g;

    assert(side <= SMP_ORIENT_SIDE_MAX && side >= 4 && n_bins <= SMP_ORIENT_BINS_MAX);
    memset(blocks, 0, side / 2 * (side / 2) * n_bins * sizeof *blocks);
    for (size_t y = 0; y < side; y++) {
        row_gradients(planes, channels, side, y, &g);
        to_polar(&g, side, (float)n_bins, length, angle);
        add_row(length, angle, side, n_bins, blocks + y / 2 * (side / 2) * n_bins);
    }
}

/* out (n) <- the sum of `terms` rows of n, each `step` after the last. */
SMP_KERNEL
static void add_shifted(const float *restrict in, size_t n, size_t step, size_t terms,
                        float *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
    for (size_t t = 1; t < terms; t++)
        for (size_t i = 0; i < n; i++)
            out[i] += in[t * step + i];
}

void smp_cell_sums(const float *blocks, size_t side, size_t lanes, size_t cell, float *work,
                   float *cells)
{
    const size_t left = side - cell + 1;

    for (size_t y = 0; y < left; y++)
        add_shifted(blocks + y * side * lanes, side * lanes, side * lanes, cell,
                    work + y * side * lanes);
    for (size_t y = 0; y < left; y++)
        add_shifted(work + y * side * lanes, left * lanes, lanes, cell,
                    cells + y * left * lanes);
}
