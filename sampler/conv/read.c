#include "sampler/conv/net.h"
#include "sampler/conv/noise.h"
#include "sampler/threads.h"

#include <assert.h>
#include <string.h>

double smp_conv_loss(const struct smp_conv *net)
{
    return net->loss;
}

size_t smp_conv_n_layers(const struct smp_conv *net)
{
    return net->n_layers;
}

size_t smp_conv_layer_find(const struct smp_conv *net, const char *name)
{
    size_t i = 0;

    while (i < net->n_layers && strcmp(net->names[i], name) != 0)
        i++;
    return i;
}

size_t smp_conv_layer_floats(const struct smp_conv *net, size_t layer)
{
    const struct smp_plane *out = &net->stages[layer].out;

    return out->h * out->w * out->c;
}

struct smp_conv_spec smp_conv_spec_of(const struct smp_conv *net)
{
    return (struct smp_conv_spec){.height = (uint32_t)net->input.h,
                                  .width = (uint32_t)net->input.w,
                                  .channels = (uint32_t)net->input.c,
                                  .layers = net->layers,
                                  .n_layers = net->n_layers};
}

struct reading {
    const struct smp_conv *net;
    size_t layer, n, chunk;
    const uint8_t *pixels; /* or, when NULL, */
    const float *floats;
    float *out;
    struct smp_net_planes planes[SMP_THREADS_MAX];
};

/* The inner part of one image's plane. */
static void copy_inner(const struct smp_plane *plane, const float *x, float *out)
{
    const size_t row = plane->w * plane->c;

    for (size_t h = 0; h < plane->h; h++)
        memcpy(out + h * row, x + smp_plane_offset(plane, h, 0), row * sizeof *out);
}

/* The other way: one image's numbers into its plane. */
static void fill_inner(const struct smp_plane *plane, const float *from, float *x)
{
    const size_t row = plane->w * plane->c;

    for (size_t h = 0; h < plane->h; h++)
        memcpy(x + smp_plane_offset(plane, h, 0), from + h * row, row * sizeof *x);
}

static void fill_input(const struct reading *r, size_t i, float *x)
{
    const struct smp_plane *in = &r->net->input;
    const size_t numbers = in->h * in->w * in->c;

    if (r->pixels)
        smp_noise_none(r->pixels + i * numbers, in, x);
    else
        fill_inner(in, r->floats + i * numbers, x);
}

static void read_chunk(void *ctx, size_t piece, unsigned thread)
{
    struct reading *r = ctx;
    struct smp_net_planes *p = &r->planes[thread];
    const struct smp_plane *in = &r->net->input;
    const struct smp_plane *out = &r->net->stages[r->layer].out;
    const size_t floats = smp_conv_layer_floats(r->net, r->layer);
    const size_t first = piece * r->chunk;
    const size_t n = r->n - first < r->chunk ? r->n - first : r->chunk;

    for (size_t i = 0; i < n; i++)
        fill_input(r, first + i, p->value[0] + i * smp_plane_floats(in));
    smp_net_forward(r->net, p, n, r->layer);
    for (size_t i = 0; i < n; i++)
        copy_inner(out, p->value[r->layer + 1] + i * smp_plane_floats(out),
                   r->out + (first + i) * floats);
}

static enum smp_status read_all(struct reading *r, unsigned n_threads)
{
    const size_t pieces = (r->n + r->chunk - 1) / r->chunk;
    const unsigned threads = smp_threads(n_threads);
    enum smp_status e = SMP_OK;

    assert(r->layer < r->net->n_layers);
    for (unsigned i = 0; !e && i < threads && i < pieces; i++)
        e = smp_net_planes_new(r->net, r->chunk, SMP_NET_READ, &r->planes[i]);
    if (!e) smp_parallel(threads, pieces, read_chunk, r);
    for (unsigned i = 0; i < threads; i++)
        smp_net_planes_free(&r->planes[i]);
    return e;
}

/* NOLINTBEGIN(readability-non-const-parameter): kept in a struct and written through it */
enum smp_status smp_conv_read(const struct smp_conv *net, size_t layer, const uint8_t *pixels,
                              size_t n, unsigned n_threads, float *out)
{
    struct reading r = {.net = net,
                        .layer = layer,
                        .n = n,
                        .chunk = smp_net_chunk(net),
                        .pixels = pixels,
                        .out = out};

    return read_all(&r, n_threads);
}

enum smp_status smp_conv_read_floats(const struct smp_conv *net, size_t layer, const float *x,
                                     size_t n, unsigned n_threads, float *out)
/* NOLINTEND(readability-non-const-parameter) */
{
    struct reading r = {.net = net,
                        .layer = layer,
                        .n = n,
                        .chunk = smp_net_chunk(net),
                        .floats = x,
                        .out = out};

    return read_all(&r, n_threads);
}

struct smp_conv_weights smp_conv_weights(const struct smp_conv *net, size_t layer)
{
    const struct smp_stage *s = &net->stages[layer];

    assert(layer < net->n_layers && !s->up);
    return (struct smp_conv_weights){.shape = s->shape,
                                     .activation = s->layer.activation,
                                     .weights = net->parameters + s->weights_at,
                                     .bias = net->parameters + s->bias_at};
}

enum smp_status smp_conv_changed(const struct smp_conv *net, smp_conv_change *change,
                                 struct smp_conv **out)
{
    const struct smp_conv_spec spec = smp_conv_spec_of(net);

    SMP_TRY(smp_net_new(&spec, out));
    (*out)->loss = net->loss;
    memcpy((*out)->parameters, net->parameters, net->n_parameters * sizeof *net->parameters);
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct smp_stage *s = &net->stages[i];
        change((*out)->parameters + s->weights_at, s->n_weights / s->shape.out_c,
               s->shape.out_c);
    }
    smp_net_pack(*out, 1);
    return SMP_OK;
}
