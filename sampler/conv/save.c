#include "sampler/bytes.h"
#include "sampler/conv/net.h"

#include <math.h>

/* height, width, channels, n_layers; each layer: name (16 bytes), kind, out, kernel_h, kernel_w,
 * stride, pad, activation; loss f64; n_parameters u64; parameters f32. */

void smp_conv_put(const struct smp_conv *net, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)net->input.h);
    smp_put_u32(w, (uint32_t)net->input.w);
    smp_put_u32(w, (uint32_t)net->input.c);
    smp_put_u32(w, (uint32_t)net->n_layers);
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct smp_conv_layer *l = &net->layers[i];
        smp_put_bytes(w, net->names[i], SMP_CONV_NAME_MAX);
        smp_put_u32(w, (uint32_t)l->kind);
        smp_put_u32(w, l->out);
        smp_put_u32(w, l->kernel_h);
        smp_put_u32(w, l->kernel_w);
        smp_put_u32(w, l->stride);
        smp_put_u32(w, l->pad);
        smp_put_u32(w, (uint32_t)l->activation);
    }
    smp_put_f64(w, net->loss);
    smp_put_u64(w, net->n_parameters);
    smp_put_floats(w, net->parameters, net->n_parameters);
}

static void take_layer(struct smp_reader *r, char *name, struct smp_conv_layer *l)
{
    smp_take_bytes(r, name, SMP_CONV_NAME_MAX);
    name[SMP_CONV_NAME_MAX - 1] = 0;
    l->name = name;
    l->kind = (enum smp_layer_kind)smp_take_u32(r);
    l->out = smp_take_u32(r);
    l->kernel_h = smp_take_u32(r);
    l->kernel_w = smp_take_u32(r);
    l->stride = smp_take_u32(r);
    l->pad = smp_take_u32(r);
    l->activation = (enum smp_activation)smp_take_u32(r);
}

static enum smp_status take_spec(struct smp_reader *r, char (*names)[SMP_CONV_NAME_MAX],
                                 struct smp_conv_layer *layers, struct smp_conv_spec *spec)
{
    spec->height = smp_take_u32(r);
    spec->width = smp_take_u32(r);
    spec->channels = smp_take_u32(r);
    spec->n_layers = smp_take_u32(r);
    spec->layers = layers;
    if (r->failed || spec->n_layers > SMP_CONV_LAYERS_MAX)
        return smp_fail(SMP_CORRUPT, "the model file's network has more than %d layers",
                        SMP_CONV_LAYERS_MAX);
    for (size_t i = 0; i < spec->n_layers; i++)
        take_layer(r, names[i], &layers[i]);
    return SMP_OK;
}

/* The parameters must be as many as the layers need, and be there, before anything is made. */
static enum smp_status check_size(const struct smp_reader *r, const struct smp_conv_spec *spec,
                                  uint64_t n)
{
    size_t need;

    if (smp_net_parameters(spec, &need))
        return smp_fail(SMP_CORRUPT, "the model file's network does not fit together");
    if (r->failed || n != need || need > r->left / sizeof(float))
        return smp_fail(SMP_CORRUPT,
                        "the model file's network needs %zu parameters; it names %llu and has "
                        "%zu bytes of them",
                        need, (unsigned long long)n, r->left);
    return SMP_OK;
}

enum smp_status smp_conv_take(struct smp_reader *r, struct smp_conv **net)
{
    char names[SMP_CONV_LAYERS_MAX][SMP_CONV_NAME_MAX];
    struct smp_conv_layer layers[SMP_CONV_LAYERS_MAX];
    struct smp_conv_spec spec;
    double loss;
    uint64_t n;

    SMP_TRY(take_spec(r, names, layers, &spec));
    loss = smp_take_f64(r);
    n = smp_take_u64(r);
    SMP_TRY(check_size(r, &spec, n));
    SMP_TRY(smp_net_new(&spec, net));
    smp_take_bytes(r, (*net)->parameters, (size_t)n * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        if (isfinite((*net)->parameters[i])) continue;
        smp_conv_free(*net);
        return smp_fail(SMP_CORRUPT, "parameter %zu of the model file's network is no number",
                        i);
    }
    (*net)->loss = loss;
    smp_net_pack(*net, 1);
    return SMP_OK;
}
