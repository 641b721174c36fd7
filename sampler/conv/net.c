#include "sampler/conv/net.h"

#include "sampler/rng.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_WEIGHTS = 0x636f6e76,
    CHUNK_FLOATS = 1 << 23, /* 32 MiB of planes: the dense layers want many images */
    IMAGE_FLOATS_MAX = 64 * 1024 * 1024 /* 256 MiB for one image */
};

/* -- making ----------------------------------------------------------------------------------- */

static enum smp_status check_spec(const struct smp_conv_spec *spec)
{
    if (!spec->height || !spec->width || spec->height > SMP_CONV_SIDE_MAX ||
        spec->width > SMP_CONV_SIDE_MAX)
        return smp_fail(SMP_INVALID,
                        "a network reads images of 1 to %d pixels a side, not %ux%u",
                        SMP_CONV_SIDE_MAX, spec->width, spec->height);
    if (!spec->channels || spec->channels > 4)
        return smp_fail(SMP_INVALID, "a network reads images of 1 to 4 channels, not %u",
                        spec->channels);
    if (!spec->n_layers || spec->n_layers > SMP_CONV_LAYERS_MAX)
        return smp_fail(SMP_INVALID, "a network has 1 to %d layers, not %zu",
                        SMP_CONV_LAYERS_MAX, spec->n_layers);
    for (size_t i = 0; i < spec->n_layers; i++)
        if (strlen(spec->layers[i].name) >= SMP_CONV_NAME_MAX)
            return smp_fail(SMP_INVALID, "layer %zu: its name has more than %d bytes", i + 1,
                            SMP_CONV_NAME_MAX - 1);
    return SMP_OK;
}

/* Neighbours share a plane: the reader of a plane sets its border. */
static void share_borders(struct smp_conv *net)
{
    for (size_t i = 0; i < net->n_layers; i++)
        smp_stage_borders(&net->stages[i]);
    net->input = net->stages[0].in;
    for (size_t i = 1; i < net->n_layers; i++) {
        net->stages[i - 1].out = net->stages[i].in;
        net->stages[i].in_slope = net->stages[i - 1].out_slope;
    }
}

static enum smp_status shape_stages(struct smp_conv *net, const struct smp_conv_spec *spec)
{
    struct smp_plane plane = {.h = spec->height, .w = spec->width, .c = spec->channels};

    for (size_t i = 0; i < net->n_layers; i++) {
        struct smp_stage *s = &net->stages[i];
        memcpy(net->names[i], spec->layers[i].name, strlen(spec->layers[i].name) + 1);
        net->layers[i] = spec->layers[i];
        net->layers[i].name = net->names[i];
        SMP_TRY(smp_stage_shape(s, &net->layers[i], &plane));
        plane = s->out;
        s->weights_at = net->n_parameters;
        s->bias_at = s->weights_at + s->n_weights;
        net->n_parameters = s->bias_at + s->n_bias;
        if (net->n_parameters > SMP_CONV_PARAMETERS_MAX)
            return smp_fail(SMP_INVALID,
                            "layer \"%s\": with it the network has more than %d "
                            "parameters",
                            s->layer.name, SMP_CONV_PARAMETERS_MAX);
    }
    share_borders(net);
    if (smp_net_planes_floats(net, 1, SMP_NET_TRAIN) > IMAGE_FLOATS_MAX)
        return smp_fail(SMP_INVALID,
                        "the network's planes take more than 256 MiB for one image");
    return SMP_OK;
}

static enum smp_status allocate(struct smp_conv *net)
{
    size_t bytes;

    for (size_t i = 0; i < net->n_layers; i++) {
        SMP_TRY(smp_stage_init(&net->stages[i]));
        net->stages[i].packed_at = net->n_packed;
        net->n_packed += net->stages[i].n_packed;
    }
    bytes = (net->n_packed * sizeof(float) + 63) / 64 * 64;
    net->parameters = calloc(net->n_parameters, sizeof(float));
    net->packed = aligned_alloc(64, bytes);
    if (!net->parameters || !net->packed) return smp_fail_nomem();
    memset(net->packed, 0, bytes);
    return SMP_OK;
}

enum smp_status smp_net_parameters(const struct smp_conv_spec *spec, size_t *n)
{
    struct smp_conv net = {.n_layers = spec->n_layers};

    SMP_TRY(check_spec(spec));
    SMP_TRY(shape_stages(&net, spec));
    *n = net.n_parameters;
    return SMP_OK;
}

enum smp_status smp_net_new(const struct smp_conv_spec *spec, struct smp_conv **out)
{
    struct smp_conv *net;
    enum smp_status e;

    SMP_TRY(check_spec(spec));
    net = calloc(1, sizeof *net);
    if (!net) return smp_fail_nomem();
    net->n_layers = spec->n_layers;
    e = shape_stages(net, spec);
    if (!e) e = allocate(net);
    if (e) {
        smp_conv_free(net);
        return e;
    }
    *out = net;
    return SMP_OK;
}

void smp_conv_free(struct smp_conv *net)
{
    if (!net) return;
    for (size_t i = 0; i < net->n_layers; i++)
        smp_stage_free(&net->stages[i]);
    free(net->parameters);
    free(net->packed);
    free(net);
}

/* -- parameters ------------------------------------------------------------------------------- */

void smp_net_start(struct smp_conv *net, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, STREAM_WEIGHTS);
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct smp_stage *s = &net->stages[i];
        const struct smp_conv_shape *c = &s->shape;
        const size_t taps = c->kernel_h * c->kernel_w;
        const double inputs =
            s->up ? (double)(taps * c->out_c) / (double)s->n_adjoint : (double)(taps * c->in_c);
        const double gain = s->layer.activation == SMP_RELU ? 2 : 1;
        const double sd = sqrt(gain / inputs);
        for (size_t j = 0; j < s->n_weights; j++)
            net->parameters[s->weights_at + j] = (float)(sd * smp_rng_normal(&rng));
    }
}

static void pack_piece(void *ctx, size_t piece, unsigned thread)
{
    struct smp_conv *net = ctx;

    (void)thread;
    for (size_t i = 0; i < net->n_layers; i++) {
        const size_t pieces = smp_stage_pieces(&net->stages[i]);
        if (piece < pieces) {
            smp_stage_pack(&net->stages[i], net->parameters, piece, net->packed);
            return;
        }
        piece -= pieces;
    }
}

void smp_net_pack(struct smp_conv *net, unsigned n_threads)
{
    size_t pieces = 0;

    for (size_t i = 0; i < net->n_layers; i++)
        pieces += smp_stage_pieces(&net->stages[i]);
    smp_parallel(n_threads, pieces, pack_piece, net);
}

/* -- planes ----------------------------------------------------------------------------------- */

static size_t chunk_floats(const struct smp_plane *p, size_t n)
{
    /* Whole cache lines, so that every plane begins on one. */
    return (n * smp_plane_floats(p) + SMP_PRODUCT_SLACK + 15) / 16 * 16;
}

size_t smp_net_planes_floats(const struct smp_conv *net, size_t n, enum smp_net_use use)
{
    size_t floats = chunk_floats(&net->input, n);

    for (size_t i = 0; i < net->n_layers; i++) {
        floats += chunk_floats(&net->stages[i].out, n);
        if (use == SMP_NET_TRAIN) floats += chunk_floats(&net->stages[i].out_slope, n);
    }
    return floats;
}

size_t smp_net_chunk(const struct smp_conv *net)
{
    const size_t n = CHUNK_FLOATS / smp_net_planes_floats(net, 1, SMP_NET_TRAIN);

    if (n < 1) return 1;
    return n < SMP_CONV_SHARE ? n : SMP_CONV_SHARE;
}

enum smp_status smp_net_planes_new(const struct smp_conv *net, size_t n, enum smp_net_use use,
                                   struct smp_net_planes *p)
{
    const size_t bytes = smp_net_planes_floats(net, n, use) * sizeof(float);
    float *at = aligned_alloc(64, bytes);

    *p = (struct smp_net_planes){.memory = at};
    if (!at) return smp_fail_nomem();
    memset(at, 0, bytes);
    p->value[0] = at;
    at += chunk_floats(&net->input, n);
    for (size_t i = 0; i < net->n_layers; i++) {
        p->value[i + 1] = at;
        at += chunk_floats(&net->stages[i].out, n);
        if (use != SMP_NET_TRAIN) continue;
        p->slope[i + 1] = at;
        at += chunk_floats(&net->stages[i].out_slope, n);
    }
    return SMP_OK;
}

void smp_net_planes_free(struct smp_net_planes *p)
{
    free(p->memory);
    *p = (struct smp_net_planes){0};
}

/* -- running ---------------------------------------------------------------------------------- */

void smp_net_forward(const struct smp_conv *net, struct smp_net_planes *p, size_t n,
                     size_t last)
{
    for (size_t i = 0; i <= last; i++)
        smp_stage_forward(&net->stages[i], net->packed, n, p->value[i], p->value[i + 1]);
}

/* NOLINTBEGIN(readability-non-const-parameter): kept in a struct and written through it */
void smp_net_backward(const struct smp_conv *net, struct smp_net_planes *p, size_t n,
                      float *gradient)
/* NOLINTEND(readability-non-const-parameter) */
{
    for (size_t i = net->n_layers; i-- > 0;) {
        const struct smp_backward b = {.packed = net->packed,
                                       .n = n,
                                       .x = p->value[i],
                                       .dy = p->slope[i + 1],
                                       .dx = p->slope[i],
                                       .before = i ? net->layers[i - 1].activation : SMP_LINEAR,
                                       .gradient = gradient};
        smp_stage_backward(&net->stages[i], &b);
    }
}
