#include "sampler/blocks/codes.h"

#include "sampler/encoder.h"
#include "sampler/gemm.h"
#include "sampler/rng.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HIDDEN = 512,
    BATCH = 128,
    STEPS_MIN = 200,
    STEPS_MAX = 1500,
    EPOCHS = 100,
    REPORT_EVERY = 25,
    ENCODE_ROWS = 64,
    STREAM_NOISE = 0x6e6f6973
};

static const double HIDE = 0.3;
static const float RATE = 1e-3f;

/* -- learning --------------------------------------------------------------------------------- */

/* One row of the batch: a photo drawn with its own random numbers, and the same with a third of its
 * numbers hidden and the others raised to keep the mean. */
static void draw_row(const struct smp_coder_in *in, size_t draw, float *shown, float *target)
{
    const uint64_t hide = (uint64_t)(HIDE * 65536);
    const float raise = (float)(1 / (1 - HIDE));
    struct smp_rng rng;
    uint64_t bits = 0;

    smp_rng_seed(&rng, in->seed, STREAM_NOISE + (uint64_t)draw);
    memcpy(target, in->x + smp_rng_below(&rng, in->n) * in->d, in->d * sizeof *target);
    for (size_t j = 0; j < in->d; j++, bits >>= 16) {
        if (j % 4 == 0) bits = smp_rng_u64(&rng);
        shown[j] = (bits & 0xffff) < hide ? 0 : target[j] * raise;
    }
}

/* A hundred looks at each photo: with twice as many the codes separate no better, and a small pool is
 * learned by heart, so that every new photo looks strange. */
static size_t steps_for(size_t n)
{
    const size_t steps = n * EPOCHS / BATCH;

    if (steps < STEPS_MIN) return STEPS_MIN;
    return steps < STEPS_MAX ? steps : STEPS_MAX;
}

static enum smp_status train(const struct smp_coder_in *in, struct smp_mlp *net)
{
    const size_t steps = steps_for(in->n);
    struct smp_mlp_trainer t;
    enum smp_status e = smp_mlp_trainer_new(&t, net, BATCH, in->n_threads);

    if (e) return e;
    for (size_t step = 0; step < steps && !e; step++) {
        const float left = 1 - (float)step / (float)steps;
        for (size_t i = 0; i < BATCH; i++)
            draw_row(in, step * BATCH + i, t.input + i * in->d, t.target + i * in->d);
        smp_mlp_trainer_step(&t, RATE * left);
        if (step % REPORT_EVERY == 0)
            e = smp_report(in->progress, (double)step / (double)steps,
                           "learning codes of photos");
    }
    smp_mlp_trainer_free(&t);
    return e;
}

static enum smp_status pack_weights(struct smp_coder *c)
{
    for (size_t l = 0; l < c->net.n_layers; l++) {
        const struct smp_mlp_layer *layer = &c->net.layer[l];
        c->packed[l] = malloc(smp_packed_floats(layer->out, layer->in) * sizeof(float));
        if (!c->packed[l]) return smp_fail_nomem();
        smp_pack(layer->w, layer->out, layer->in, c->packed[l]);
    }
    return SMP_OK;
}

/* The codes' mean and isotropic scale over the pool. */
static enum smp_status normalise(const struct smp_coder_in *in, struct smp_coder *c)
{
    const size_t k = smp_coder_dim(c);
    float *z = malloc(in->n * k * sizeof *z);
    double variance = 0;
    enum smp_status e = z ? SMP_OK : smp_fail_nomem();

    c->unit = 1;
    if (!e) e = smp_coder_encode(c, in->x, in->n, in->n_threads, z, NULL);
    for (size_t j = 0; j < k && !e; j++) {
        double sum = 0;
        double squares = 0;
        for (size_t i = 0; i < in->n; i++) {
            sum += (double)z[i * k + j];
            squares += (double)z[i * k + j] * (double)z[i * k + j];
        }
        sum /= (double)in->n;
        c->centre[j] = (float)sum;
        variance += fmax(squares / (double)in->n - sum * sum, 0) / (double)k;
    }
    if (!e && variance > 0) c->unit = (float)(1 / sqrt(variance));
    free(z);
    return e;
}

enum smp_status smp_coder_learn(const struct smp_coder_in *in, struct smp_coder *out)
{
    const size_t width[] = {in->d, HIDDEN, SMP_CODE_DIM, HIDDEN, in->d};
    struct smp_coder c = {.unit = 1};
    enum smp_status e;

    if (!in->n) return smp_fail(SMP_INVALID, "codes need at least one photo to learn from");
    SMP_TRY(smp_mlp_new(&c.net, width, SMP_MLP_LAYERS_MAX, in->seed));
    c.centre = calloc(SMP_CODE_DIM, sizeof(float));
    e = c.centre ? train(in, &c.net) : smp_fail_nomem();
    if (!e) e = pack_weights(&c);
    if (!e) e = normalise(in, &c);
    if (e) {
        smp_coder_free(&c);
        return e;
    }
    *out = c;
    return SMP_OK;
}

void smp_coder_free(struct smp_coder *c)
{
    smp_mlp_free(&c->net);
    for (size_t l = 0; l < SMP_MLP_LAYERS_MAX; l++)
        free(c->packed[l]);
    free(c->centre);
    *c = (struct smp_coder){0};
}

size_t smp_coder_dim(const struct smp_coder *c)
{
    return c->net.layer[1].out;
}

/* -- encoding --------------------------------------------------------------------------------- */

struct encode {
    const struct smp_coder *c;
    const float *x;
    size_t n;
    float *z, *error;
    float *work;
    size_t work_each;
};

static float share_missed(const float *x, const float *y, size_t d)
{
    double energy = 0;
    double missed = 0;

    for (size_t j = 0; j < d; j++) {
        const double miss = (double)x[j] - (double)y[j];
        energy += (double)x[j] * (double)x[j];
        missed += miss * miss;
    }
    if (!(energy > 0)) return 0;
    return missed < energy ? (float)(missed / energy) : 1;
}

/* As smp_mlp_forward, summed in one order wherever a row stands. */
static void forward(const struct smp_coder *c, size_t l, const float *x, size_t rows, float *y)
{
    const struct smp_mlp_layer *layer = &c->net.layer[l];

    smp_gemm_steady(rows, layer->out, layer->in, x, c->packed[l], y);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < layer->out; j++) {
            const float sum = y[i * layer->out + j] + layer->b[j];
            y[i * layer->out + j] = l % 2 == 0 && sum < 0 ? 0 : sum;
        }
    }
}

static void encode_rows(void *ctx, size_t piece, unsigned thread)
{
    const struct encode *job = ctx;
    const struct smp_mlp *net = &job->c->net;
    const size_t d = net->layer[0].in;
    const size_t h = net->layer[0].out;
    const size_t k = net->layer[1].out;
    const size_t first = piece * ENCODE_ROWS;
    const size_t rows = job->n - first < ENCODE_ROWS ? job->n - first : ENCODE_ROWS;
    const float *x = job->x + first * d;
    float *hidden = job->work + thread * job->work_each;
    float *code = hidden + ENCODE_ROWS * h;
    float *back = code + ENCODE_ROWS * k;

    forward(job->c, 0, x, rows, hidden);
    forward(job->c, 1, hidden, rows, code);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < k; j++)
            job->z[(first + i) * k + j] = (code[i * k + j] - job->c->centre[j]) * job->c->unit;
    if (!job->error) return;
    forward(job->c, 2, code, rows, hidden);
    forward(job->c, 3, hidden, rows, back);
    for (size_t i = 0; i < rows; i++)
        job->error[first + i] = share_missed(x + i * d, back + i * d, d);
}

enum smp_status smp_coder_encode(const struct smp_coder *c, const float *x, size_t n,
                                 unsigned n_threads, float *z, float *error)
{
    const struct smp_mlp_layer *l = c->net.layer;
    struct encode job = {.c = c, .x = x, .n = n};

    job.z = z;
    job.error = error;
    job.work_each = ENCODE_ROWS * (l[0].in + l[0].out + l[1].out);
    job.work = malloc(smp_threads(n_threads) * job.work_each * sizeof(float));
    if (!job.work) return smp_fail_nomem();
    smp_parallel(n_threads, (n + ENCODE_ROWS - 1) / ENCODE_ROWS, encode_rows, &job);
    free(job.work);
    return SMP_OK;
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_coder_put(const struct smp_coder *c, struct smp_writer *w)
{
    smp_mlp_put(&c->net, w);
    smp_put_floats(w, c->centre, smp_coder_dim(c));
    smp_put_floats(w, &c->unit, 1);
}

static int is_coder_of(const struct smp_mlp *net, size_t d)
{
    return net->n_layers == SMP_MLP_LAYERS_MAX && net->layer[0].in == d &&
           net->layer[3].out == d && net->layer[2].out == net->layer[0].out &&
           net->layer[1].out <= SMP_DIM_MAX;
}

enum smp_status smp_coder_take(struct smp_reader *r, size_t d, struct smp_coder *c)
{
    float *unit = NULL;

    *c = (struct smp_coder){0};
    SMP_TRY(smp_mlp_take(r, &c->net));
    if (is_coder_of(&c->net, d)) {
        c->centre = smp_take_floats(r, smp_coder_dim(c));
        unit = smp_take_floats(r, 1);
    }
    if (!c->centre || !unit || r->failed || !(*unit > 0)) {
        free(unit);
        smp_coder_free(c);
        return smp_fail(SMP_CORRUPT, "the autoencoder over the blocks is damaged or of others");
    }
    c->unit = *unit;
    free(unit);
    return pack_weights(c);
}
