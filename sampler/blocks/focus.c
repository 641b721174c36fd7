#include "sampler/blocks/focus.h"

#include "sampler/blocks/orient.h"
#include "sampler/simd.h"

#include <assert.h>
#include <math.h>

static const float MARGIN = 0.08f, MARGIN_PX = 2.0f / 128; /* of the box; of the photo */
static const float SIDE_MIN = 0.25f; /* of the photo: no box is narrower */

struct edges {
    double total;
    float column[SMP_ORIENT_SIDE_MAX], row[SMP_ORIENT_SIDE_MAX];
};

SMP_KERNEL
static void keep_above(const float *restrict length2, size_t n, float mean,
                       float *restrict column, float *restrict row_sum)
{
    float lane[SMP_LANES] = {0};
    float sum = 0;

    for (size_t i = 0; i < n; i++) {
        const float x = sqrtf(length2[i]) - mean;
        const float above = x > 0 ? x : 0;
        column[i] += above;
        lane[i % SMP_LANES] += above;
    }
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    *row_sum = sum;
}

/* What exceeds the mean gradient length, summed over columns and rows. */
static void find_edges(const float *planes, size_t channels, size_t side, struct edges *e)
{
    float length2[SMP_ORIENT_SIDE_MAX];
    double mean = 0;

    memset(e, 0, sizeof *e);
    for (size_t y = 1; y + 1 < side; y++) {
        smp_gradient_lengths(planes, channels, side, y, length2);
        for (size_t x = 1; x + 1 < side; x++)
            mean += (double)sqrtf(length2[x]);
    }
    mean /= (double)((side - 2) * (side - 2));
    for (size_t y = 1; y + 1 < side; y++) {
        smp_gradient_lengths(planes, channels, side, y, length2);
        keep_above(length2 + 1, side - 2, (float)mean, e->column + 1, &e->row[y]);
        e->total += (double)e->row[y];
    }
}

/* The first and last place between which all but `share` at either end lies, with the margin. */
static void middle(const float *mass, size_t n, double total, float share, float *low,
                   float *high)
{
    const double leave = (double)share * total;
    const float last = (float)(n - 1);
    double sum;
    size_t from = 0;
    size_t to = n - 1;
    float centre;
    float half;

    sum = (double)mass[0];
    while (from + 1 < n && sum <= leave)
        sum += (double)mass[++from];
    sum = (double)mass[n - 1];
    while (to > 0 && sum <= leave)
        sum += (double)mass[--to];
    centre = 0.5f * ((float)from + (float)to);
    half = 0.5f * fabsf((float)to - (float)from);
    half += 2 * half * MARGIN + MARGIN_PX * (float)n;
    half = fmaxf(half, 0.5f * SIDE_MIN * last);
    *low = fmaxf(0, centre - half);
    *high = fminf(last, centre + half);
}

void smp_focus_boxes(const float *planes, size_t channels, size_t side, const float *share,
                     size_t n_boxes, struct smp_box *box)
{
    const float last = (float)(side - 1);
    struct edges e;

    assert(side >= 4 && side <= SMP_ORIENT_SIDE_MAX);
    find_edges(planes, channels, side, &e);
    for (size_t i = 0; i < n_boxes; i++) {
        box[i] = (struct smp_box){0, last, 0, last};
        if (!(e.total > 0)) continue;
        middle(e.column, side, e.total, share[i], &box[i].left, &box[i].right);
        middle(e.row, side, e.total, share[i], &box[i].top, &box[i].bottom);
    }
}

/* Where output i of n lies: between sample `at` and the next, `share` of the way. */
static size_t place(float low, float high, size_t i, size_t n, float *share)
{
    const float x = low + (high - low) * (float)i / (float)(n - 1);
    size_t at = (size_t)x;

    if (at > n - 2) at = n - 2;
    *share = x - (float)at;
    return at;
}

SMP_KERNEL
static void mix_rows(const float *restrict a, const float *restrict b, float share, size_t n,
                     float *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] + share * (b[i] - a[i]);
}

void smp_focus_crop(const float *planes, size_t channels, size_t side,
                    const struct smp_box *box, float *out)
{
    float row[SMP_ORIENT_SIDE_MAX];
    float share[SMP_ORIENT_SIDE_MAX];
    float down;
    size_t at[SMP_ORIENT_SIDE_MAX];

    assert(side >= 4 && side <= SMP_ORIENT_SIDE_MAX);
    for (size_t x = 0; x < side; x++)
        at[x] = place(box->left, box->right, x, side, &share[x]);
    for (size_t c = 0; c < channels; c++) {
        const float *plane = planes + c * side * side;
        for (size_t y = 0; y < side; y++, out += side) {
            const size_t above = place(box->top, box->bottom, y, side, &down);
            mix_rows(plane + above * side, plane + (above + 1) * side, down, side, row);
            for (size_t x = 0; x < side; x++)
                out[x] = row[at[x]] + share[x] * (row[at[x] + 1] - row[at[x]]);
        }
    }
}
