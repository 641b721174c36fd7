#include "sampler/conv/stage.h"

#include "sampler/simd.h"

#include <stdlib.h>

/* -- shape ------------------------------------------------------------------------------------ */

static enum smp_status refuse(const struct smp_conv_layer *l, const char *why)
{
    return smp_fail(SMP_INVALID, "layer \"%s\": %s", l->name, why);
}

static enum smp_status shape_conv(struct smp_stage *s, const struct smp_plane *in)
{
    const struct smp_conv_layer *l = &s->layer;
    const size_t border = 2 * (size_t)l->pad;

    if (!l->stride || l->stride > SMP_CONV_SIDE_MAX || !l->kernel_h ||
        l->kernel_h > SMP_CONV_SIDE_MAX || !l->kernel_w || l->kernel_w > SMP_CONV_SIDE_MAX)
        return refuse(l, "kernel and stride must be 1 to 512");
    if (l->pad >= l->kernel_h || l->pad >= l->kernel_w)
        return refuse(l, "pad must be smaller than the kernel");
    if (in->h + border < l->kernel_h || in->w + border < l->kernel_w)
        return refuse(l, "its kernel is larger than its padded input");
    s->shape = (struct smp_conv_shape){.in_h = in->h,
                                       .in_w = in->w,
                                       .in_c = in->c,
                                       .out_h = (in->h + border - l->kernel_h) / l->stride + 1,
                                       .out_w = (in->w + border - l->kernel_w) / l->stride + 1,
                                       .out_c = l->out,
                                       .kernel_h = l->kernel_h,
                                       .kernel_w = l->kernel_w,
                                       .stride_h = l->stride,
                                       .stride_w = l->stride,
                                       .pad = l->pad};
    return SMP_OK;
}

/* The convolution from (h stride, w stride, out) back to the input. */
static enum smp_status shape_up(struct smp_stage *s, const struct smp_plane *in)
{
    const struct smp_plane large = {
        .h = in->h * s->layer.stride, .w = in->w * s->layer.stride, .c = s->layer.out};

    if (large.h > SMP_CONV_SIDE_MAX || large.w > SMP_CONV_SIDE_MAX)
        return refuse(&s->layer, "its output has more than 512 pixels a side");
    SMP_TRY(shape_conv(s, &large));
    s->shape.out_c = in->c;
    if (s->shape.out_h != in->h || s->shape.out_w != in->w)
        return refuse(&s->layer, "2 pad - kernel + stride must be 0 or more, below the stride");
    return SMP_OK;
}

static void shape_whole(struct smp_stage *s, const struct smp_plane *plane, size_t out_c)
{
    s->shape = (struct smp_conv_shape){.in_h = plane->h,
                                       .in_w = plane->w,
                                       .in_c = plane->c,
                                       .out_h = 1,
                                       .out_w = 1,
                                       .out_c = out_c,
                                       .kernel_h = plane->h,
                                       .kernel_w = plane->w,
                                       .stride_h = plane->h,
                                       .stride_w = plane->w};
}

static enum smp_status shape_spread(struct smp_stage *s, const struct smp_plane *in)
{
    const struct smp_plane large = {
        .h = s->layer.kernel_h, .w = s->layer.kernel_w, .c = s->layer.out};

    if (in->h != 1 || in->w != 1) return refuse(&s->layer, "its input must be 1 by 1");
    if (!large.h || !large.w || large.h > SMP_CONV_SIDE_MAX || large.w > SMP_CONV_SIDE_MAX)
        return refuse(&s->layer, "its plane must have 1 to 512 pixels a side");
    shape_whole(s, &large, in->c);
    return SMP_OK;
}

static enum smp_status shape_of(struct smp_stage *s, const struct smp_plane *in)
{
    switch (s->layer.kind) {
    case SMP_LAYER_CONV:
        return shape_conv(s, in);
    case SMP_LAYER_CONV_UP:
        return shape_up(s, in);
    case SMP_LAYER_SPREAD:
        return shape_spread(s, in);
    case SMP_LAYER_DENSE:
        shape_whole(s, in, s->layer.out);
        return SMP_OK;
    }
    return refuse(&s->layer, "its kind is none of conv, conv up, dense and spread");
}

enum smp_status smp_stage_shape(struct smp_stage *s, const struct smp_conv_layer *layer,
                                const struct smp_plane *in)
{
    *s = (struct smp_stage){.layer = *layer,
                            .up = layer->kind == SMP_LAYER_CONV_UP ||
                                  layer->kind == SMP_LAYER_SPREAD};
    if (!layer->out || layer->out > SMP_CONV_OUT_MAX)
        return refuse(layer, "it must have 1 to 1024 channels");
    if (layer->activation != SMP_LINEAR && layer->activation != SMP_RELU)
        return refuse(layer, "its activation is neither linear nor ReLU");
    SMP_TRY(shape_of(s, in));
    s->in = (struct smp_plane){.h = in->h, .w = in->w, .c = in->c};
    s->out = (struct smp_plane){.h = s->up ? s->shape.in_h : s->shape.out_h,
                                .w = s->up ? s->shape.in_w : s->shape.out_w,
                                .c = layer->out};
    s->in_slope = s->in;
    s->out_slope = s->out;
    s->n_adjoint = s->shape.stride_h * s->shape.stride_w;
    s->n_weights = s->shape.kernel_h * s->shape.kernel_w * s->shape.in_c * s->shape.out_c;
    s->n_bias = layer->out;
    return SMP_OK;
}

void smp_stage_borders(struct smp_stage *s)
{
    smp_gather_patches_border(&s->shape, s->up ? &s->out_slope : &s->in);
    smp_gather_adjoint_border(&s->shape, s->up ? &s->in : &s->out_slope);
}

/* -- memory ----------------------------------------------------------------------------------- */

static enum smp_status init_adjoint(struct smp_stage *s, const struct smp_gather_planes *planes)
{
    s->adjoint = calloc(s->n_adjoint, sizeof *s->adjoint);
    if (!s->adjoint) return smp_fail_nomem();
    for (size_t i = 0; i < s->n_adjoint; i++) {
        SMP_TRY(smp_gather_adjoint(&s->shape, planes, i / s->shape.stride_w,
                                   i % s->shape.stride_w, &s->adjoint[i]));
        s->n_packed += smp_product_packed(s->adjoint[i].k, s->shape.in_c);
    }
    return SMP_OK;
}

enum smp_status smp_stage_init(struct smp_stage *s)
{
    const struct smp_gather_planes forward = {
        .x = &s->in, .y = &s->out, .other = &s->out_slope};
    const struct smp_gather_planes backward = {
        .x = &s->out_slope, .y = &s->in_slope, .other = &s->in};

    SMP_TRY(smp_gather_patches(&s->shape, s->up ? &backward : &forward, &s->patches));
    s->n_packed =
        smp_product_packed(s->patches.k, s->shape.out_c) + smp_product_padded(s->n_bias);
    return init_adjoint(s, s->up ? &forward : &backward);
}

void smp_stage_free(struct smp_stage *s)
{
    smp_gather_free(&s->patches);
    for (size_t i = 0; s->adjoint && i < s->n_adjoint; i++)
        smp_gather_free(&s->adjoint[i]);
    free(s->adjoint);
    *s = (struct smp_stage){0};
}

/* -- packing ---------------------------------------------------------------------------------- */

static size_t bias_packed_at(const struct smp_stage *s)
{
    return s->packed_at + smp_product_packed(s->patches.k, s->shape.out_c);
}

static void pack_patches(const struct smp_stage *s, const float *parameters, float *packed)
{
    const float *w = parameters + s->weights_at;
    const size_t n = s->shape.out_c;
    const size_t k = s->patches.k;

    for (size_t row = 0; row < k; row++) {
        for (size_t first = 0; first < n; first += SMP_PRODUCT_PANEL) {
            const size_t end = first + SMP_PRODUCT_PANEL < n ? first + SMP_PRODUCT_PANEL : n;
            float *to = packed + s->packed_at + smp_product_at(k, n, row, first);
            for (size_t j = first; j < end; j++)
                to[j - first] = w[row * n + j];
        }
    }
    for (size_t j = 0; j < s->n_bias; j++)
        packed[bias_packed_at(s) + j] = parameters[s->bias_at + j];
}

/* One tap: out_c rows of in_c, transposed. */
static void pack_tap(const struct smp_stage *s, const float *w, size_t k, size_t k_all,
                     float *to)
{
    const size_t n = s->shape.in_c;
    const size_t out = s->shape.out_c;

    for (size_t c = 0; c < n; c++)
        for (size_t o = 0; o < out; o++)
            to[smp_product_at(k_all, n, k + o, c)] = w[c * out + o];
}

static void pack_adjoint(const struct smp_stage *s, const float *parameters, size_t which,
                         float *packed)
{
    const struct smp_gather *g = &s->adjoint[which];
    float *to = packed + bias_packed_at(s) + smp_product_padded(s->n_bias);

    for (size_t i = 0; i < which; i++)
        to += smp_product_packed(s->adjoint[i].k, s->shape.in_c);
    for (size_t k = 0; k < g->k; k += s->shape.out_c) {
        const struct smp_tap tap = smp_gather_tap(&s->shape, g, k, 0);
        pack_tap(s, parameters + s->weights_at + tap.row * s->shape.out_c, k, g->k, to);
    }
}

size_t smp_stage_pieces(const struct smp_stage *s)
{
    return 1 + s->n_adjoint;
}

void smp_stage_pack(const struct smp_stage *s, const float *parameters, size_t piece,
                    float *packed)
{
    if (piece)
        pack_adjoint(s, parameters, piece - 1, packed);
    else
        pack_patches(s, parameters, packed);
}

/* -- forward and backward --------------------------------------------------------------------- */

/* One product by patches, or one for each of the adjoint's gathers. */
static void run_patches(const struct smp_stage *s, const float *packed, struct smp_product *p)
{
    p->rows = &s->patches;
    p->w = packed + s->packed_at;
    p->n = s->shape.out_c;
    smp_product_run(p);
}

static void run_adjoint(const struct smp_stage *s, const float *packed, struct smp_product *p)
{
    p->w = packed + bias_packed_at(s) + smp_product_padded(s->n_bias);
    p->n = s->shape.in_c;
    for (size_t i = 0; i < s->n_adjoint; i++) {
        p->rows = &s->adjoint[i];
        smp_product_run(p);
        p->w += smp_product_packed(p->rows->k, p->n);
    }
}

/* NOLINTBEGIN(readability-non-const-parameter): kept in a struct and written through it */
void smp_stage_forward(const struct smp_stage *s, const float *packed, size_t n, const float *x,
                       float *y)
/* NOLINTEND(readability-non-const-parameter) */
{
    struct smp_product p = {.n_images = n,
                            .x = x,
                            .x_floats = smp_plane_floats(&s->in),
                            .bias = packed + bias_packed_at(s),
                            .activation = s->layer.activation,
                            .y = y,
                            .y_floats = smp_plane_floats(&s->out)};

    if (s->up)
        run_adjoint(s, packed, &p);
    else
        run_patches(s, packed, &p);
}

static void backward_input(const struct smp_stage *s, const struct smp_backward *b)
{
    struct smp_product p = {.n_images = b->n,
                            .x = b->dy,
                            .x_floats = smp_plane_floats(&s->out_slope),
                            .y = b->dx,
                            .y_floats = smp_plane_floats(&s->in_slope),
                            .keep = b->before == SMP_RELU ? b->x : NULL,
                            .keep_floats = smp_plane_floats(&s->in)};

    if (s->up)
        run_patches(s, b->packed, &p);
    else
        run_adjoint(s, b->packed, &p);
}

static void backward_weights(const struct smp_stage *s, const struct smp_backward *b)
{
    const size_t in = smp_plane_floats(&s->in);
    const size_t slope = smp_plane_floats(&s->out_slope);
    const struct smp_weights w = {.rows = &s->patches,
                                  .n_images = b->n,
                                  .x = s->up ? b->dy : b->x,
                                  .x_floats = s->up ? slope : in,
                                  .dy = s->up ? b->x : b->dy,
                                  .dy_floats = s->up ? in : slope,
                                  .dy_row = s->patches.other_row,
                                  .n = s->shape.out_c,
                                  .dw = b->gradient + s->weights_at};

    smp_product_weights(&w);
}

/* One row of pixels onto the channels' sums. */
SMP_KERNEL
static void add_pixels(const float *restrict dy, size_t n, size_t channels, float *restrict sum)
{
    for (size_t j = 0; j < n; j += channels)
        for (size_t c = 0; c < channels; c++)
            sum[c] += dy[j + c];
}

static void backward_bias(const struct smp_stage *s, const struct smp_backward *b)
{
    const size_t stride = smp_plane_floats(&s->out_slope);
    const size_t row = s->out_slope.w * s->n_bias;

    for (size_t i = 0; i < b->n; i++)
        for (size_t h = 0; h < s->out_slope.h; h++)
            add_pixels(b->dy + i * stride + smp_plane_offset(&s->out_slope, h, 0), row,
                       s->n_bias, b->gradient + s->bias_at);
}

void smp_stage_backward(const struct smp_stage *s, const struct smp_backward *b)
{
    backward_weights(s, b);
    backward_bias(s, b);
    if (b->dx) backward_input(s, b);
}
