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
    const uint8_t *pixels;
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

static void read_chunk(void *ctx, size_t piece, unsigned thread)
{
    struct reading *r = ctx;
    struct smp_net_planes *p = &r->planes[thread];
    const struct smp_plane *in = &r->net->input;
    const struct smp_plane *out = &r->net->stages[r->layer].out;
    const size_t image_bytes = in->h * in->w * in->c;
    const size_t floats = smp_conv_layer_floats(r->net, r->layer);
    const size_t first = piece * r->chunk;
    const size_t n = r->n - first < r->chunk ? r->n - first : r->chunk;

    for (size_t i = 0; i < n; i++)
        smp_noise_none(r->pixels + (first + i) * image_bytes, in,
                       p->value[0] + i * smp_plane_floats(in));
    smp_net_forward(r->net, p, n, r->layer);
    for (size_t i = 0; i < n; i++)
        copy_inner(out, p->value[r->layer + 1] + i * smp_plane_floats(out),
                   r->out + (first + i) * floats);
}

/* NOLINTBEGIN(readability-non-const-parameter): kept in a struct and written through it */
enum smp_status smp_conv_read(const struct smp_conv *net, size_t layer, const uint8_t *pixels,
                              size_t n, unsigned n_threads, float *out)
/* NOLINTEND(readability-non-const-parameter) */
{
    struct reading r = {.net = net,
                        .layer = layer,
                        .n = n,
                        .chunk = smp_net_chunk(net),
                        .pixels = pixels,
                        .out = out};
    const size_t pieces = (n + r.chunk - 1) / r.chunk;
    const unsigned threads = smp_threads(n_threads);
    enum smp_status e = SMP_OK;

    assert(layer < net->n_layers);
    for (unsigned i = 0; !e && i < threads && i < pieces; i++)
        e = smp_net_planes_new(net, r.chunk, SMP_NET_READ, &r.planes[i]);
    if (!e) smp_parallel(threads, pieces, read_chunk, &r);
    for (unsigned i = 0; i < threads; i++)
        smp_net_planes_free(&r.planes[i]);
    return e;
}
