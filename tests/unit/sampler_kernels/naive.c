#include "unit/sampler_kernels/naive.h"

#include <stdbool.h>
#include <string.h>

/* One place where an input number, a weight and an output number meet. */
struct meeting {
    size_t x, w, y;
};

/* False outside the image. */
static bool meet(const struct smp_conv_shape *s, const size_t at[6], struct meeting *m)
{
    const size_t row = at[0] * s->stride_h + at[2], column = at[1] * s->stride_w + at[3];

    if (row < s->pad || column < s->pad) return false;
    if (row - s->pad >= s->in_h || column - s->pad >= s->in_w) return false;
    m->x = ((row - s->pad) * s->in_w + column - s->pad) * s->in_c + at[4];
    m->w = ((at[2] * s->kernel_w + at[3]) * s->in_c + at[4]) * s->out_c + at[5];
    m->y = (at[0] * s->out_w + at[1]) * s->out_c + at[5];
    return true;
}

/* Counts `at` up through (out_h, out_w, kernel_h, kernel_w, in_c, out_c). */
static bool next(const struct smp_conv_shape *s, size_t at[6])
{
    const size_t size[6] = {s->out_h, s->out_w, s->kernel_h, s->kernel_w, s->in_c, s->out_c};

    for (size_t i = 6; i-- > 0;) {
        if (++at[i] < size[i]) return true;
        at[i] = 0;
    }
    return false;
}

void naive_conv(const struct smp_conv_shape *s, const float *x, const float *w, float *y)
{
    size_t at[6] = {0};
    struct meeting m;

    memset(y, 0, s->out_h * s->out_w * s->out_c * sizeof *y);
    do {
        if (meet(s, at, &m)) y[m.y] += x[m.x] * w[m.w];
    } while (next(s, at));
}

void naive_conv_adjoint(const struct smp_conv_shape *s, const float *y, const float *w,
                        float *x)
{
    size_t at[6] = {0};
    struct meeting m;

    memset(x, 0, s->in_h * s->in_w * s->in_c * sizeof *x);
    do {
        if (meet(s, at, &m)) x[m.x] += y[m.y] * w[m.w];
    } while (next(s, at));
}

void fill_numbers(float *x, size_t n, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;

    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) / 8388608.0f - 1;
    }
}
