/* net - a network's stages in a row, its parameters, and the planes between them.
 *
 * All parameters are one allocation, of which every stage has views (weights_at, bias_at); so are
 * the packed ones and each thread's planes. Planes hold a chunk of images; plane 0 is the input,
 * plane l + 1 what stage l makes. Borders are zeroed once and never written. */
#ifndef SAMPLER_CONV_NET_H
#define SAMPLER_CONV_NET_H

#include "sampler/conv/conv.h"
#include "sampler/conv/stage.h"

struct smp_conv {
    size_t n_layers;
    struct smp_stage stages[SMP_CONV_LAYERS_MAX];
    struct smp_conv_layer layers[SMP_CONV_LAYERS_MAX];
    char names[SMP_CONV_LAYERS_MAX][SMP_CONV_NAME_MAX];
    struct smp_plane input;
    size_t n_parameters, n_packed;
    float *parameters;
    float *packed; /* 64-byte aligned */
    double loss;
};

/* Views of one thread's planes; `slope` only for training. */
struct smp_net_planes {
    float *memory;
    float *value[SMP_CONV_LAYERS_MAX + 1];
    float *slope[SMP_CONV_LAYERS_MAX + 1]; /* [0] is NULL */
};

enum smp_net_use { SMP_NET_READ, SMP_NET_TRAIN };

/* Shapes, gathers and memory; parameters are 0. smp_conv_free releases it. */
enum smp_status smp_net_new(const struct smp_conv_spec *spec,
                            struct smp_conv **out) SMP_MUST_USE;

/* How many parameters the layers need, without making anything. */
enum smp_status smp_net_parameters(const struct smp_conv_spec *spec, size_t *n) SMP_MUST_USE;

/* Weights normal with the variance of He et al. 2015 (2 / inputs before a ReLU, 1 / inputs before
 * nothing), biases 0. */
void smp_net_start(struct smp_conv *net, uint64_t seed);

/* Packs the parameters for the products. */
void smp_net_pack(struct smp_conv *net, unsigned n_threads);

/* Images that one thread takes at once: about 32 MiB of planes, at most a share. */
size_t smp_net_chunk(const struct smp_conv *net);

/* Floats of the planes for n images; their making and release. */
size_t smp_net_planes_floats(const struct smp_conv *net, size_t n, enum smp_net_use use);
enum smp_status smp_net_planes_new(const struct smp_conv *net, size_t n, enum smp_net_use use,
                                   struct smp_net_planes *p) SMP_MUST_USE;
void smp_net_planes_free(struct smp_net_planes *p);

/* value[0] -> value[last + 1], n images; kernels. */
void smp_net_forward(const struct smp_conv *net, struct smp_net_planes *p, size_t n,
                     size_t last);

/* slope[n_layers] -> slope[1], and gradient (n_parameters) added to. */
void smp_net_backward(const struct smp_conv *net, struct smp_net_planes *p, size_t n,
                      float *gradient);

#endif
