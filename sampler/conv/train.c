#include "sampler/conv/adam.h"
#include "sampler/conv/loss.h"
#include "sampler/conv/net.h"
#include "sampler/conv/noise.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_ORDER = 0x6f726472,
    STREAM_NOISE = 0x6e6f6973,
    ADAM_BLOCK = 32768,
    REPORTS = 500
};

struct trainer {
    const struct smp_conv_training *in;
    struct smp_conv *net;
    unsigned n_threads;
    size_t image_bytes, n_targets;
    uint8_t *pixels; /* (n, image_bytes) */
    float *targets;  /* (n, n_targets) */
    size_t *order;   /* (n) */
    struct smp_net_planes planes[SMP_THREADS_MAX];
    float *shares; /* (n_shares, n_parameters) gradients */
    double *share_loss;
    float *mean, *square;
    size_t batch, n_shares, chunk;
    size_t step, n_steps;
    const size_t *items; /* (batch) of this step */
};

/* -- one step --------------------------------------------------------------------------------- */

/* Images first..first+n-1 of the batch into plane 0. Each has a generator of its own. */
static void fill_input(const struct trainer *t, struct smp_net_planes *p, size_t first,
                       size_t n)
{
    const size_t floats = smp_plane_floats(&t->net->input);

    for (size_t i = 0; i < n; i++) {
        const size_t item = t->items[first + i];
        struct smp_rng rng;
        smp_rng_seed(&rng, t->in->seed ^ STREAM_NOISE, t->step * t->batch + first + i);
        smp_noise_add(t->pixels + item * t->image_bytes, &t->net->input, &t->in->noise, &rng,
                      p->value[0] + i * floats);
    }
}

static double chunk_loss(const struct trainer *t, struct smp_net_planes *p, size_t first,
                         size_t n)
{
    const struct smp_stage *last = &t->net->stages[t->net->n_layers - 1];
    const struct smp_loss_planes planes = {&last->out, &last->out_slope};
    const float weight = 1 / (float)t->batch;
    const uint8_t *pixels[SMP_CONV_SHARE];
    const float *targets[SMP_CONV_SHARE];

    for (size_t i = 0; i < n; i++) {
        pixels[i] = t->pixels + t->items[first + i] * t->image_bytes;
        targets[i] = t->targets + t->items[first + i] * t->n_targets;
    }
    if (t->in->aim == SMP_CONV_TARGETS)
        return smp_loss_targets(&planes, n, p->value[t->net->n_layers], targets, weight,
                                p->slope[t->net->n_layers]);
    return smp_loss_reconstruction(&planes, n, p->value[t->net->n_layers], pixels, weight,
                                   p->slope[t->net->n_layers]);
}

/* One share's gradient, chunk after chunk. */
static void run_share(void *ctx, size_t share, unsigned thread)
{
    struct trainer *t = ctx;
    struct smp_net_planes *p = &t->planes[thread];
    float *gradient = t->shares + share * t->net->n_parameters;
    const size_t begin = share * SMP_CONV_SHARE;
    const size_t end = begin + SMP_CONV_SHARE < t->batch ? begin + SMP_CONV_SHARE : t->batch;

    memset(gradient, 0, t->net->n_parameters * sizeof *gradient);
    t->share_loss[share] = 0;
    for (size_t first = begin; first < end; first += t->chunk) {
        const size_t n = end - first < t->chunk ? end - first : t->chunk;
        fill_input(t, p, first, n);
        smp_net_forward(t->net, p, n, t->net->n_layers - 1);
        t->share_loss[share] += chunk_loss(t, p, first, n);
        smp_net_backward(t->net, p, n, gradient);
    }
}

static void run_adam(void *ctx, size_t piece, unsigned thread)
{
    const struct trainer *t = ctx;
    const size_t first = piece * ADAM_BLOCK;
    const size_t n = t->net->n_parameters;
    const struct smp_adam a = {.parameters = t->net->parameters,
                               .mean = t->mean,
                               .square = t->square,
                               .shares = t->shares,
                               .n = n,
                               .n_shares = t->n_shares,
                               .step = t->step,
                               .rate = smp_adam_rate((double)t->in->rate, t->step, t->n_steps)};

    (void)thread;
    smp_adam_step(&a, first, n - first < ADAM_BLOCK ? n - first : ADAM_BLOCK);
}

/* Returns the mean loss of the batch. */
static double run_step(struct trainer *t)
{
    double sum = 0;

    t->step++;
    smp_parallel(t->n_threads, t->n_shares, run_share, t);
    smp_parallel(t->n_threads, (t->net->n_parameters + ADAM_BLOCK - 1) / ADAM_BLOCK, run_adam,
                 t);
    smp_net_pack(t->net, t->n_threads);
    for (size_t i = 0; i < t->n_shares; i++)
        sum += t->share_loss[i];
    return sum / (double)t->batch;
}

/* -- all steps -------------------------------------------------------------------------------- */

static enum smp_status run_epoch(struct trainer *t, struct smp_rng *rng)
{
    const size_t steps = t->in->n / t->batch;
    const size_t every = t->n_steps / REPORTS + 1;
    double sum = 0;

    smp_rng_shuffle(rng, t->order, t->in->n);
    for (size_t i = 0; i < steps; i++) {
        t->items = t->order + i * t->batch;
        sum += run_step(t);
        if (t->step % every == 0)
            SMP_TRY(smp_report(t->in->progress, (double)t->step / (double)t->n_steps,
                               "training the network"));
    }
    t->net->loss = sum / (double)steps;
    if (!isfinite(t->net->loss))
        return smp_fail(SMP_INVALID, "training left the numbers: a rate of %g is too high",
                        (double)t->in->rate);
    return SMP_OK;
}

static enum smp_status run_epochs(struct trainer *t)
{
    struct smp_rng rng;

    smp_net_start(t->net, t->in->seed);
    smp_net_pack(t->net, t->n_threads);
    smp_rng_seed(&rng, t->in->seed, STREAM_ORDER);
    for (size_t i = 0; i < t->in->n; i++)
        t->order[i] = i;
    for (size_t epoch = 0; epoch < t->in->epochs; epoch++)
        SMP_TRY(run_epoch(t, &rng));
    return SMP_OK;
}

static enum smp_status fetch_all(struct trainer *t)
{
    for (size_t i = 0; i < t->in->n; i++)
        SMP_TRY(t->in->fetch(t->in->ctx, i, t->pixels + i * t->image_bytes,
                             t->targets + i * t->n_targets));
    return SMP_OK;
}

/* -- making ----------------------------------------------------------------------------------- */

static enum smp_status check_training(const struct smp_conv_training *in)
{
    if (!in->n)
        return smp_fail(SMP_INVALID, "a network needs at least one image to learn from");
    if (!in->epochs) return smp_fail(SMP_INVALID, "epochs must be 1 or more");
    if (!in->batch || in->batch > SMP_CONV_BATCH_MAX)
        return smp_fail(SMP_INVALID, "a batch has 1 to %d images, not %zu", SMP_CONV_BATCH_MAX,
                        in->batch);
    if (!(in->rate > 0 && in->rate <= 1))
        return smp_fail(SMP_INVALID, "the rate must be above 0 and at most 1");
    if (!(in->noise.blank >= 0 && in->noise.blank < 1) ||
        !(in->noise.sd >= 0 && in->noise.sd <= 1))
        return smp_fail(SMP_INVALID, "noise: blank must be 0 to below 1, sd 0 to 1");
    return SMP_OK;
}

/* The last layer against what the loss compares it with. */
static enum smp_status check_output(const struct smp_conv *net,
                                    const struct smp_conv_training *in)
{
    const struct smp_stage *last = &net->stages[net->n_layers - 1];
    const struct smp_plane *out = &last->out;

    if (last->layer.activation != SMP_LINEAR)
        return smp_fail(SMP_INVALID, "layer \"%s\": the last layer must be linear",
                        last->layer.name);
    if (in->aim == SMP_CONV_TARGETS && (out->h != 1 || out->w != 1))
        return smp_fail(SMP_INVALID, "layer \"%s\": to learn targets its output must be 1 by 1",
                        last->layer.name);
    if (in->aim == SMP_CONV_RECONSTRUCT &&
        (out->h != in->spec.height || out->w != in->spec.width || out->c != in->spec.channels))
        return smp_fail(SMP_INVALID,
                        "layer \"%s\": it makes %zux%zux%zu of an image of %ux%ux%u; to "
                        "reconstruct it they must be equal",
                        last->layer.name, out->h, out->w, out->c, in->spec.height,
                        in->spec.width, in->spec.channels);
    return SMP_OK;
}

static enum smp_status trainer_new(struct trainer *t)
{
    const struct smp_conv *net = t->net;
    const size_t n = t->in->n;

    t->n_threads = smp_threads(t->in->n_threads);
    t->image_bytes = net->input.h * net->input.w * net->input.c;
    t->n_targets = t->in->aim == SMP_CONV_TARGETS ? net->stages[net->n_layers - 1].n_bias : 0;
    t->batch = t->in->batch < n ? t->in->batch : n;
    t->n_shares = (t->batch + SMP_CONV_SHARE - 1) / SMP_CONV_SHARE;
    t->chunk = smp_net_chunk(net);
    t->n_steps = n / t->batch * t->in->epochs;
    t->pixels = calloc(n, t->image_bytes);
    t->targets = calloc(n * t->n_targets + 1, sizeof(float));
    t->order = calloc(n, sizeof *t->order);
    t->shares = calloc(t->n_shares * net->n_parameters, sizeof(float));
    t->share_loss = calloc(t->n_shares, sizeof(double));
    t->mean = calloc(net->n_parameters, sizeof(float));
    t->square = calloc(net->n_parameters, sizeof(float));
    if (!t->pixels || !t->targets || !t->order || !t->shares || !t->share_loss || !t->mean ||
        !t->square)
        return smp_fail_nomem();
    if (t->n_threads > t->n_shares) t->n_threads = (unsigned)t->n_shares;
    for (unsigned i = 0; i < t->n_threads; i++)
        SMP_TRY(smp_net_planes_new(net, t->chunk, SMP_NET_TRAIN, &t->planes[i]));
    return SMP_OK;
}

static void trainer_free(struct trainer *t)
{
    free(t->pixels);
    free(t->targets);
    free(t->order);
    free(t->shares);
    free(t->share_loss);
    free(t->mean);
    free(t->square);
    for (unsigned i = 0; i < SMP_THREADS_MAX; i++)
        smp_net_planes_free(&t->planes[i]);
}

enum smp_status smp_conv_train(const struct smp_conv_training *in, struct smp_conv **net)
{
    struct trainer t = {.in = in};
    enum smp_status e;

    SMP_TRY(check_training(in));
    SMP_TRY(smp_net_new(&in->spec, &t.net));
    e = check_output(t.net, in);
    if (!e) e = trainer_new(&t);
    if (!e) e = fetch_all(&t);
    if (!e) e = run_epochs(&t);
    trainer_free(&t);
    if (e) {
        smp_conv_free(t.net);
        return e;
    }
    *net = t.net;
    return SMP_OK;
}
