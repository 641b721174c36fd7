#include "sampler/conv/gather.h"

#include <assert.h>
#include <stdlib.h>

size_t smp_plane_floats(const struct smp_plane *p)
{
    return (p->lo + p->h + p->hi) * (p->lo + p->w + p->hi) * p->c;
}

/* Row and column count from the border's corner here. */
static size_t padded_offset(const struct smp_plane *p, size_t row, size_t column)
{
    return (row * (p->lo + p->w + p->hi) + column) * p->c;
}

size_t smp_plane_offset(const struct smp_plane *p, size_t row, size_t column)
{
    return padded_offset(p, row + p->lo, column + p->lo);
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t beyond(size_t end, size_t size)
{
    return end > size ? end - size : 0;
}

void smp_gather_patches_border(const struct smp_conv_shape *s, struct smp_plane *x)
{
    const size_t end_h = (s->out_h - 1) * s->stride_h + s->kernel_h;
    const size_t end_w = (s->out_w - 1) * s->stride_w + s->kernel_w;

    x->lo = most(x->lo, s->pad);
    x->hi = most(x->hi, beyond(end_h, s->in_h + s->pad));
    x->hi = most(x->hi, beyond(end_w, s->in_w + s->pad));
}

/* How many taps of one axis have this remainder. */
static size_t taps_of(size_t kernel, size_t stride, size_t remainder)
{
    return kernel > remainder ? (kernel - remainder - 1) / stride + 1 : 0;
}

/* The first pixel of one axis that has this remainder: (pixel + pad) % stride. */
static size_t first_of(size_t pad, size_t stride, size_t remainder)
{
    return (remainder + stride - pad % stride) % stride;
}

static size_t count_of(size_t size, size_t stride, size_t first)
{
    return size > first ? (size - first - 1) / stride + 1 : 0;
}

void smp_gather_adjoint_border(const struct smp_conv_shape *s, struct smp_plane *x)
{
    const size_t end_h = (s->in_h - 1 + s->pad) / s->stride_h + 1;
    const size_t end_w = (s->in_w - 1 + s->pad) / s->stride_w + 1;

    /* Pixel `first` of a remainder meets outputs (first + pad) / stride - taps + 1 and later. */
    for (size_t r = 0; r < s->stride_h; r++)
        x->lo =
            most(x->lo, beyond(taps_of(s->kernel_h, s->stride_h, r),
                               (first_of(s->pad, s->stride_h, r) + s->pad) / s->stride_h + 1));
    for (size_t r = 0; r < s->stride_w; r++)
        x->lo =
            most(x->lo, beyond(taps_of(s->kernel_w, s->stride_w, r),
                               (first_of(s->pad, s->stride_w, r) + s->pad) / s->stride_w + 1));
    x->hi = most(x->hi, beyond(end_h, s->out_h));
    x->hi = most(x->hi, beyond(end_w, s->out_w));
}

static enum smp_status gather_new(struct smp_gather *g)
{
    g->segments = calloc(g->n_segments + 1, sizeof *g->segments);
    g->x_row = calloc(g->rows + 1, sizeof *g->x_row);
    g->y_row = calloc(g->rows + 1, sizeof *g->y_row);
    g->other_row = calloc(g->rows + 1, sizeof *g->other_row);
    return g->segments && g->x_row && g->y_row && g->other_row ? SMP_OK : smp_fail_nomem();
}

void smp_gather_free(struct smp_gather *g)
{
    free(g->segments);
    free(g->x_row);
    free(g->y_row);
    free(g->other_row);
    *g = (struct smp_gather){0};
}

static void fill_segments(struct smp_gather *g, const struct smp_plane *x, size_t length)
{
    for (size_t i = 0; i < g->n_segments; i++)
        g->segments[i] = (struct smp_segment){.offset = (uint32_t)padded_offset(x, i, 0),
                                              .length = (uint32_t)length};
}

enum smp_status smp_gather_patches(const struct smp_conv_shape *s,
                                   const struct smp_gather_planes *p, struct smp_gather *g)
{
    *g = (struct smp_gather){.rows = s->out_h * s->out_w,
                             .k = s->kernel_h * s->kernel_w * s->in_c,
                             .n_segments = s->kernel_h};
    SMP_TRY(gather_new(g));
    fill_segments(g, p->x, s->kernel_w * s->in_c);
    for (size_t r = 0; r < g->rows; r++) {
        const size_t i = r / s->out_w;
        const size_t j = r % s->out_w;
        g->x_row[r] = (uint32_t)padded_offset(p->x, i * s->stride_h + p->x->lo - s->pad,
                                              j * s->stride_w + p->x->lo - s->pad);
        g->y_row[r] = (uint32_t)smp_plane_offset(p->y, i, j);
        g->other_row[r] = (uint32_t)smp_plane_offset(p->other, i, j);
    }
    return SMP_OK;
}

enum smp_status smp_gather_adjoint(const struct smp_conv_shape *s,
                                   const struct smp_gather_planes *p, size_t tap_h,
                                   size_t tap_w, struct smp_gather *g)
{
    const size_t taps_h = taps_of(s->kernel_h, s->stride_h, tap_h);
    const size_t taps_w = taps_of(s->kernel_w, s->stride_w, tap_w);
    const size_t first_h = first_of(s->pad, s->stride_h, tap_h);
    const size_t first_w = first_of(s->pad, s->stride_w, tap_w);
    size_t r = 0;

    *g = (struct smp_gather){.rows = count_of(s->in_h, s->stride_h, first_h) *
                                     count_of(s->in_w, s->stride_w, first_w),
                             .k = taps_h * taps_w * s->out_c,
                             .n_segments = taps_w ? taps_h : 0,
                             .tap_h = tap_h,
                             .tap_w = tap_w};
    SMP_TRY(gather_new(g));
    fill_segments(g, p->x, taps_w * s->out_c);
    for (size_t i = first_h; i < s->in_h; i += s->stride_h) {
        for (size_t j = first_w; j < s->in_w; j += s->stride_w, r++) {
            if (g->n_segments)
                g->x_row[r] = (uint32_t)padded_offset(
                    p->x, (i + s->pad) / s->stride_h + p->x->lo + 1 - taps_h,
                    (j + s->pad) / s->stride_w + p->x->lo + 1 - taps_w);
            g->y_row[r] = (uint32_t)smp_plane_offset(p->y, i, j);
            g->other_row[r] = (uint32_t)smp_plane_offset(p->other, i, j);
        }
    }
    assert(r == g->rows);
    return SMP_OK;
}

struct smp_tap smp_gather_tap(const struct smp_conv_shape *s, const struct smp_gather *g,
                              size_t k, size_t c)
{
    const size_t taps_h = taps_of(s->kernel_h, s->stride_h, g->tap_h);
    const size_t taps_w = taps_of(s->kernel_w, s->stride_w, g->tap_w);
    const size_t column = k % s->out_c;
    const size_t tap = k / s->out_c;
    size_t tap_h;
    size_t tap_w;

    assert(taps_w > 0); /* or there would be no k */
    /* Outputs ascend along a segment, so the taps that reach them descend. */
    tap_h = g->tap_h + (taps_h - 1 - tap / taps_w) * s->stride_h;
    tap_w = g->tap_w + (taps_w - 1 - tap % taps_w) * s->stride_w;
    return (struct smp_tap){.row = (tap_h * s->kernel_w + tap_w) * s->in_c + c,
                            .column = column};
}
