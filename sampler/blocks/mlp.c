#include "sampler/blocks/mlp.h"

#include "sampler/gemm.h"
#include "sampler/rng.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_PIECE = 32,    /* rows of the batch that go forward and back together */
    WEIGHTS_PIECE = 64, /* rows of a layer's weights that move together */
    WIDTH_MAX = 1 << 16,
    STREAM_WEIGHTS = 0x6e657477
};

static const float BETA1 = 0.9f, BETA2 = 0.999f, EPSILON = 1e-8f; /* Adam's usual */

/* -- the net ---------------------------------------------------------------------------------- */

static enum smp_status layer_new(struct smp_mlp_layer *l, size_t in, size_t out)
{
    *l = (struct smp_mlp_layer){.in = in, .out = out};
    l->w = calloc(out * in, sizeof(float));
    l->b = calloc(out, sizeof(float));
    return l->w && l->b ? SMP_OK : smp_fail_nomem();
}

enum smp_status smp_mlp_new(struct smp_mlp *net, const size_t *width, size_t n_layers,
                            uint64_t seed)
{
    enum smp_status e = SMP_OK;
    struct smp_rng rng;

    assert(n_layers >= 1 && n_layers <= SMP_MLP_LAYERS_MAX);
    *net = (struct smp_mlp){.n_layers = n_layers};
    smp_rng_seed(&rng, seed, STREAM_WEIGHTS);
    for (size_t l = 0; l < n_layers && !e; l++) {
        struct smp_mlp_layer *layer = &net->layer[l];
        const double bound = 1 / sqrt((double)width[l]);
        e = layer_new(layer, width[l], width[l + 1]);
        for (size_t i = 0; i < layer->out * layer->in && !e; i++)
            layer->w[i] = (float)((2 * smp_rng_unit(&rng) - 1) * bound);
    }
    if (e) smp_mlp_free(net);
    return e;
}

void smp_mlp_free(struct smp_mlp *net)
{
    for (size_t l = 0; l < net->n_layers; l++) {
        free(net->layer[l].w);
        free(net->layer[l].b);
    }
    *net = (struct smp_mlp){0};
}

static int cuts_at_zero(const struct smp_mlp *net, size_t l)
{
    return l % 2 == 0 && l + 1 < net->n_layers;
}

SMP_KERNEL
static void add_bias(float *restrict y, const float *restrict b, size_t n, float lowest)
{
    for (size_t i = 0; i < n; i++) {
        const float x = y[i] + b[i];
        y[i] = x > lowest ? x : lowest;
    }
}

void smp_mlp_forward(const struct smp_mlp *net, size_t l, const float *x, size_t rows, float *y)
{
    const struct smp_mlp_layer *layer = &net->layer[l];
    const float lowest = cuts_at_zero(net, l) ? 0 : -INFINITY;

    smp_gemm((struct smp_gemm_shape){SMP_NT, rows, layer->out, layer->in}, x, layer->w, y);
    for (size_t i = 0; i < rows; i++)
        add_bias(y + i * layer->out, layer->b, layer->out, lowest);
}

void smp_mlp_backward(const struct smp_mlp *net, size_t l, const float *dy, const float *x,
                      size_t rows, float *dx)
{
    const struct smp_mlp_layer *layer = &net->layer[l];

    smp_gemm((struct smp_gemm_shape){SMP_NN, rows, layer->in, layer->out}, dy, layer->w, dx);
    if (l == 0 || !cuts_at_zero(net, l - 1)) return;
    for (size_t i = 0; i < rows * layer->in; i++)
        dx[i] = x[i] > 0 ? dx[i] : 0;
}

/* -- training --------------------------------------------------------------------------------- */

static size_t widest(const struct smp_mlp *net)
{
    size_t n = 0;

    for (size_t l = 0; l < net->n_layers; l++)
        n = net->layer[l].in > n ? net->layer[l].in : n;
    return n;
}

static size_t piece_floats(const struct smp_mlp_trainer *t)
{
    return WEIGHTS_PIECE * (t->rows + widest(t->net) + 1);
}

enum smp_status smp_mlp_trainer_new(struct smp_mlp_trainer *t, struct smp_mlp *net, size_t rows,
                                    unsigned n_threads)
{
    const size_t last = net->n_layers - 1;
    bool complete = true;

    *t =
        (struct smp_mlp_trainer){.net = net, .rows = rows, .n_threads = smp_threads(n_threads)};
    t->input = calloc(rows * net->layer[0].in, sizeof(float));
    t->target = calloc(rows * net->layer[last].out, sizeof(float));
    t->row_loss = calloc(rows, sizeof(float));
    t->work = calloc(t->n_threads * piece_floats(t), sizeof(float));
    for (size_t l = 0; l < net->n_layers; l++) {
        const struct smp_mlp_layer *layer = &net->layer[l];
        const size_t n = layer->out * (layer->in + 1);
        t->a[l] = calloc(rows * layer->out, sizeof(float));
        t->delta[l] = calloc(rows * layer->out, sizeof(float));
        t->m[l] = calloc(n, sizeof(float));
        t->v[l] = calloc(n, sizeof(float));
        complete = complete && t->a[l] && t->delta[l] && t->m[l] && t->v[l];
    }
    if (complete && t->input && t->target && t->row_loss && t->work) return SMP_OK;
    smp_mlp_trainer_free(t);
    return smp_fail_nomem();
}

void smp_mlp_trainer_free(struct smp_mlp_trainer *t)
{
    free(t->input);
    free(t->target);
    free(t->row_loss);
    free(t->work);
    for (size_t l = 0; l < SMP_MLP_LAYERS_MAX; l++) {
        free(t->a[l]);
        free(t->delta[l]);
        free(t->m[l]);
        free(t->v[l]);
    }
    *t = (struct smp_mlp_trainer){0};
}

/* delta (n) <- derivative of the mean square by the output; returns the row's sum of squares. */
SMP_KERNEL
static float square_loss(const float *restrict y, const float *restrict target, size_t n,
                         float unit, float *restrict delta)
{
    float lane[SMP_LANES] = {0};
    float sum = 0;

    for (size_t i = 0; i < n; i++) {
        const float miss = y[i] - target[i];
        delta[i] = 2 * unit * miss;
        lane[i % SMP_LANES] += miss * miss;
    }
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    return sum;
}

/* delta (n) <- derivative of the row's -log p, times `unit`; returns -log p. */
static float softmax_loss(const float *y, const float *target, size_t n, float unit,
                          float *delta)
{
    float high = y[0];
    float sum = 0;
    float loss = 0;

    assert(n > 0); /* so that sum is at least one */
    for (size_t i = 1; i < n; i++)
        high = y[i] > high ? y[i] : high;
    for (size_t i = 0; i < n; i++) {
        const float off = y[i] - high;
        sum += delta[i] = off > -88 ? smp_exp_negative(off) : 0;
    }
    for (size_t i = 0; i < n; i++) {
        loss -= target[i] * (y[i] - high);
        delta[i] = unit * (delta[i] / sum - target[i]);
    }
    return loss + logf(sum);
}

static float sigmoid_loss(const float *y, const float *target, const float *weight, size_t n,
                          float unit, float *delta)
{
    float loss = 0;

    for (size_t i = 0; i < n; i++) {
        const float w = weight[(target[i] > 0 ? n : 0) + i];
        const float wrong = target[i] > 0 ? -y[i] : y[i];
        const float t = fabsf(y[i]) < 88 ? smp_exp_negative(-fabsf(y[i])) : 0;
        const float p = y[i] >= 0 ? 1 / (1 + t) : t / (1 + t);
        loss += w * ((wrong > 0 ? wrong : 0) + log1pf(t));
        delta[i] = unit * w * (p - target[i]);
    }
    return loss;
}

/* What row i says of its target. */
static float row_loss(const struct smp_mlp_trainer *t, size_t i)
{
    const size_t last = t->net->n_layers - 1;
    const size_t d = t->net->layer[last].out;
    const float *y = t->a[last] + i * d;
    const float *target = t->target + i * d;
    float *delta = t->delta[last] + i * d;
    const float row = 1 / (float)t->rows;

    if (t->loss == SMP_MLP_SOFTMAX) return softmax_loss(y, target, d, row, delta);
    if (t->loss == SMP_MLP_SIGMOID) return sigmoid_loss(y, target, t->weight, d, row, delta);
    return square_loss(y, target, d, row / (float)d, delta);
}

static void forward_and_back(void *ctx, size_t piece, unsigned thread)
{
    struct smp_mlp_trainer *t = ctx;
    const struct smp_mlp *net = t->net;
    const size_t first = piece * ROWS_PIECE;
    const size_t last = net->n_layers - 1;
    const size_t rows = t->rows - first < ROWS_PIECE ? t->rows - first : ROWS_PIECE;

    (void)thread;
    for (size_t l = 0; l <= last; l++) {
        const float *below = l ? t->a[l - 1] : t->input;
        smp_mlp_forward(net, l, below + first * net->layer[l].in, rows,
                        t->a[l] + first * net->layer[l].out);
    }
    for (size_t i = first; i < first + rows; i++)
        t->row_loss[i] = row_loss(t, i);
    for (size_t l = last; l > 0; l--)
        smp_mlp_backward(net, l, t->delta[l] + first * net->layer[l].out,
                         t->a[l - 1] + first * net->layer[l].in, rows,
                         t->delta[l - 1] + first * net->layer[l].in);
}

double smp_mlp_trainer_differentiate(struct smp_mlp_trainer *t)
{
    const size_t d = t->loss == SMP_MLP_SQUARES ? t->net->layer[t->net->n_layers - 1].out : 1;
    const double n = (double)t->rows * (double)d;
    double loss = 0;

    smp_parallel(t->n_threads, (t->rows + ROWS_PIECE - 1) / ROWS_PIECE, forward_and_back, t);
    for (size_t i = 0; i < t->rows; i++)
        loss += (double)t->row_loss[i];
    return loss / n;
}

void smp_mlp_trainer_gradient(const struct smp_mlp_trainer *t, size_t l, size_t first,
                              size_t rows, float *work, float *gw, float *gb)
{
    const struct smp_mlp_layer *layer = &t->net->layer[l];
    const float *below = l ? t->a[l - 1] : t->input;

    memset(gb, 0, rows * sizeof *gb);
    for (size_t i = 0; i < t->rows; i++) {
        const float *from = t->delta[l] + i * layer->out + first;
        for (size_t j = 0; j < rows; j++) {
            work[i * rows + j] = from[j];
            gb[j] += from[j];
        }
    }
    smp_gemm((struct smp_gemm_shape){SMP_TN, rows, layer->in, t->rows}, work, below, gw);
}

struct adam {
    float rate, unit1, unit2; /* the rate, and what undoes the means' start at 0 */
};

SMP_KERNEL
static void adam(float *restrict w, const float *restrict g, float *restrict m,
                 float *restrict v, size_t n, struct adam by)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = BETA1 * m[i] + (1 - BETA1) * g[i];
        v[i] = BETA2 * v[i] + (1 - BETA2) * g[i] * g[i];
        w[i] -= by.rate * (m[i] * by.unit1) / (sqrtf(v[i] * by.unit2) + EPSILON);
    }
}

struct move {
    struct smp_mlp_trainer *t;
    struct adam by;
};

/* The pieces of all layers, one after the other. */
static void move_weights(void *ctx, size_t piece, unsigned thread)
{
    const struct move *move = ctx;
    struct smp_mlp_trainer *t = move->t;
    size_t l = 0;
    size_t first;

    for (;; l++) {
        const size_t pieces = (t->net->layer[l].out + WEIGHTS_PIECE - 1) / WEIGHTS_PIECE;
        if (piece < pieces) break;
        piece -= pieces;
    }
    first = piece * WEIGHTS_PIECE;
    {
        struct smp_mlp_layer *layer = &t->net->layer[l];
        const size_t left = layer->out - first;
        const size_t all = layer->out * layer->in;
        const size_t rows = left < WEIGHTS_PIECE ? left : WEIGHTS_PIECE;
        float *work = t->work + thread * piece_floats(t);
        float *gw = work + rows * t->rows;
        float *gb = gw + rows * layer->in;
        smp_mlp_trainer_gradient(t, l, first, rows, work, gw, gb);
        adam(layer->w + first * layer->in, gw, t->m[l] + first * layer->in,
             t->v[l] + first * layer->in, rows * layer->in, move->by);
        adam(layer->b + first, gb, t->m[l] + all + first, t->v[l] + all + first, rows,
             move->by);
    }
}

double smp_mlp_trainer_step(struct smp_mlp_trainer *t, float rate)
{
    const double loss = smp_mlp_trainer_differentiate(t);
    struct move move = {.t = t, .by.rate = rate};
    size_t pieces = 0;

    t->step++;
    move.by.unit1 = (float)(1 / (1 - pow((double)BETA1, (double)t->step)));
    move.by.unit2 = (float)(1 / (1 - pow((double)BETA2, (double)t->step)));
    for (size_t l = 0; l < t->net->n_layers; l++)
        pieces += (t->net->layer[l].out + WEIGHTS_PIECE - 1) / WEIGHTS_PIECE;
    smp_parallel(t->n_threads, pieces, move_weights, &move);
    return loss;
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_mlp_put(const struct smp_mlp *net, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)net->n_layers);
    smp_put_u32(w, (uint32_t)net->layer[0].in);
    for (size_t l = 0; l < net->n_layers; l++) {
        smp_put_u32(w, (uint32_t)net->layer[l].out);
        smp_put_floats(w, net->layer[l].w, net->layer[l].out * net->layer[l].in);
        smp_put_floats(w, net->layer[l].b, net->layer[l].out);
    }
}

enum smp_status smp_mlp_take(struct smp_reader *r, struct smp_mlp *net)
{
    const size_t n_layers = smp_take_u32(r);
    size_t in = smp_take_u32(r);

    *net = (struct smp_mlp){0};
    if (r->failed || n_layers < 1 || n_layers > SMP_MLP_LAYERS_MAX || !in || in > WIDTH_MAX)
        return smp_fail(SMP_CORRUPT, "a net of %zu layers over %zu numbers", n_layers, in);
    net->n_layers = n_layers;
    for (size_t l = 0; l < n_layers; l++) {
        const size_t out = smp_take_u32(r);
        net->layer[l] = (struct smp_mlp_layer){.in = in, .out = out};
        if (!r->failed && out && out <= WIDTH_MAX) {
            net->layer[l].w = smp_take_floats(r, out * in);
            net->layer[l].b = smp_take_floats(r, out);
        }
        if (!net->layer[l].w || !net->layer[l].b || r->failed) {
            smp_mlp_free(net);
            return smp_fail(SMP_CORRUPT, "layer %zu of a net is damaged or cut short", l);
        }
        in = out;
    }
    return SMP_OK;
}
