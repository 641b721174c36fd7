/* conv - small convolutional networks: described by a table, trained on pixels, read at any layer.
 *
 *     static const struct smp_conv_layer LAYERS[] = {
 *         // name     kind                out  kernel  stride  pad  activation
 *         {"conv1",   SMP_LAYER_CONV,     32,  3, 3,   2,      1,   SMP_RELU},
 *         {"conv2",   SMP_LAYER_CONV,     64,  3, 3,   2,      1,   SMP_RELU},
 *         {"latent",  SMP_LAYER_DENSE,    64,  0, 0,   0,      0,   SMP_LINEAR},
 *         {"spread",  SMP_LAYER_SPREAD,   64,  7, 7,   0,      0,   SMP_RELU},
 *         {"up1",     SMP_LAYER_CONV_UP,  32,  3, 3,   2,      1,   SMP_RELU},
 *         {"out",     SMP_LAYER_CONV_UP,  1,   3, 3,   2,      1,   SMP_LINEAR},
 *     };
 *     struct smp_conv_spec spec = {28, 28, 1, LAYERS, 6};
 *     struct smp_conv_training in = {.spec = spec, .n = n_items, .fetch = fetch, .ctx = job,
 *         .aim = SMP_CONV_RECONSTRUCT, .noise = {.blank = 0.2f}, .epochs = 10,
 *         .batch = 256, .rate = 2e-3f, .seed = 1, .n_threads = 2};
 *     SMP_TRY(smp_conv_train(&in, &net));
 *     size_t layer = smp_conv_layer_find(net, "latent");
 *     float z[64 * smp_conv_layer_floats(net, layer)];
 *     SMP_TRY(smp_conv_read(net, layer, pixels, 64, 2, z));
 *
 * Layers, input (h, w, c):
 *     CONV     (h, w, c) -> ((h + 2 pad - kernel) / stride + 1, ..., out)
 *     CONV_UP  (h, w, c) -> (h stride, w stride, out), the adjoint of the CONV that leads back;
 *              0 <= 2 pad - kernel + stride < stride
 *     DENSE    (h, w, c) -> (1, 1, out); kernel, stride and pad are not read
 *     SPREAD   (1, 1, c) -> (kernel_h, kernel_w, out), a dense layer onto a plane
 * all with one bias for each output channel (SPREAD too: one for each of `out`), then nothing or
 * ReLU. Pixels enter as u8 / 255. RECONSTRUCTION is the mean squared error against the pixels
 * without noise; TARGETS is cross-entropy of the softmax against (out) shares that sum to 1, hard
 * or soft, so that a small network can be distilled from a slow model.
 *
 * Training: Adam (Kingma & Ba 2015), a one-cycle rate (Smith & Topin 2017): up to `rate` over the
 * first 30 % of the steps, down to nothing after, both by cosine. Every image is fetched once and
 * kept: n * height * width * channels bytes. Beside these: about 6 floats for each parameter, one
 * more for each 32 images of a batch, and at most 32 MiB for each thread.
 *
 * A batch is cut into shares of 32 images; each share sums its gradient in a fixed order, and the
 * shares are added in order. So equal input and seed give the same bits for any number of threads
 * on one kind of processor; across processors, equal up to rounding.
 *
 * A network is immutable: any number of threads may read it at once. */
#ifndef SAMPLER_CONV_CONV_H
#define SAMPLER_CONV_CONV_H

#include "sampler/conv/gather.h"
#include "sampler/conv/product.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SMP_CONV_LAYERS_MAX = 16,
    SMP_CONV_NAME_MAX = 16,    /* bytes of a layer's name, with its final zero */
    SMP_CONV_SIDE_MAX = 512,   /* pixels */
    SMP_CONV_OUT_MAX = 1024,   /* channels of a layer */
    SMP_CONV_BATCH_MAX = 4096, /* images of a step */
    SMP_CONV_SHARE = 32,       /* images whose gradients are summed together */
    SMP_CONV_PARAMETERS_MAX = 50 * 1000 * 1000
};

enum smp_layer_kind { SMP_LAYER_CONV, SMP_LAYER_CONV_UP, SMP_LAYER_DENSE, SMP_LAYER_SPREAD };

struct smp_conv_layer {
    const char *name;
    enum smp_layer_kind kind;
    uint32_t out;
    uint32_t kernel_h, kernel_w, stride, pad;
    enum smp_activation activation;
};

struct smp_conv_spec {
    uint32_t height, width, channels;
    const struct smp_conv_layer *layers;
    size_t n_layers;
};

enum smp_conv_aim { SMP_CONV_RECONSTRUCT, SMP_CONV_TARGETS };

/* What is done to the input in training, afresh each time an image is seen. */
struct smp_conv_noise {
    float blank; /* share of the pixels set to 0, all channels of a pixel together */
    float sd;    /* of what is added to every number; pixels are 0 to 1 */
};

struct smp_conv_training {
    struct smp_conv_spec spec;
    size_t n;
    /* Writes item i's pixels (height, width, channels) and, for SMP_CONV_TARGETS, its (out)
     * targets. Called on the calling thread, once for each i, ascending, before training begins.
     * Anything but SMP_OK ends the training with that code. */
    enum smp_status (*fetch)(void *ctx, size_t i, uint8_t *pixels, float *targets);
    void *ctx;
    enum smp_conv_aim aim;
    struct smp_conv_noise noise;
    size_t epochs, batch; /* the last images of an epoch that do not fill a batch wait */
    float rate;           /* the highest rate of Adam */
    uint64_t seed;
    unsigned n_threads;                  /* 0 counts as 1 */
    const struct smp_progress *progress; /* may be NULL */
};

struct smp_conv;

/* SMP_INVALID names the layer that does not fit. smp_conv_free(NULL) is fine. */
enum smp_status smp_conv_train(const struct smp_conv_training *in,
                               struct smp_conv **net) SMP_MUST_USE;
void smp_conv_free(struct smp_conv *net);

/* Mean loss of the last epoch's steps, as trained: with noise. */
double smp_conv_loss(const struct smp_conv *net);

size_t smp_conv_n_layers(const struct smp_conv *net);

/* The layer of that name; smp_conv_n_layers() if there is none. */
size_t smp_conv_layer_find(const struct smp_conv *net, const char *name);

/* Numbers that a layer makes of an image, (h, w, out). */
size_t smp_conv_layer_floats(const struct smp_conv *net, size_t layer);

/* out (n, floats): what `layer` makes, after its activation, of n images without noise (n, height,
 * width, channels). An image's numbers do not depend on the others. SMP_NOMEM only. */
enum smp_status smp_conv_read(const struct smp_conv *net, size_t layer, const uint8_t *pixels,
                              size_t n, unsigned n_threads, float *out) SMP_MUST_USE;

/* The same of numbers that lie between the steps of a pixel: x (n, height, width, channels), 0 black
 * to 1 white, as an average over an area makes them. */
enum smp_status smp_conv_read_floats(const struct smp_conv *net, size_t layer, const float *x,
                                     size_t n, unsigned n_threads, float *out) SMP_MUST_USE;

/* A layer's numbers as they lie in the network, valid as long as it is: weights (kernel_h * kernel_w *
 * in_c, out_c), rows by tap, then by channel; bias (out_c). For a CONV or DENSE layer; a DENSE one is
 * the kernel that covers its whole input. */
struct smp_conv_weights {
    struct smp_conv_shape shape;
    enum smp_activation activation;
    const float *weights, *bias;
};
struct smp_conv_weights smp_conv_weights(const struct smp_conv *net, size_t layer);

/* A copy whose weights (not the biases) are those that `change` makes of them: called for each layer
 * with its weights (rows, columns), to be changed in place. */
typedef void smp_conv_change(float *weights, size_t rows, size_t columns);
enum smp_status smp_conv_changed(const struct smp_conv *net, smp_conv_change *change,
                                 struct smp_conv **out) SMP_MUST_USE;

/* The spec, with the layers as the network keeps them. */
struct smp_conv_spec smp_conv_spec_of(const struct smp_conv *net);

struct smp_writer;
struct smp_reader;

/* As a part of a model file (bytes.h). Taking checks every number; a network that is not refused
 * is safe to read. */
void smp_conv_put(const struct smp_conv *net, struct smp_writer *w);
enum smp_status smp_conv_take(struct smp_reader *r, struct smp_conv **net) SMP_MUST_USE;

#endif
