#include "sampler/model/kinds.h"

#include "sampler/rng.h"

#include <stdlib.h>
#include <string.h>

enum {
    HIDDEN = 128,
    BATCH = 64,
    STEPS_MIN = 300,  /* 120 lose photos a point at 30 a class */
    STEPS_MAX = 8000, /* half a million rows: a second or two */
    EPOCHS = 20,      /* 40 and 80 are no better, and surer than they should be */
    STREAM_BATCH = 0x6d6c7062
};

/* A fifth of the numbers hidden: half of them cost photos two points. */
static const double HIDE = 0.2, RATE = 2e-3;

/* -- classes ---------------------------------------------------------------------------------- */

/* Which classes have an output, how often each says yes, and the constants of the others. */
struct outputs {
    size_t k;          /* outputs */
    uint32_t *class;   /* (k) ascending */
    float *constant;   /* (n_classes) */
    size_t *yes;       /* (n_classes) */
    float *weight;     /* (2, k) of a no, then of a yes */
    size_t *of, *from; /* one answer: labels in order of class, and where each output's begin */
};

static void outputs_free(struct outputs *o)
{
    free(o->class);
    free(o->constant);
    free(o->yes);
    free(o->weight);
    free(o->of);
    free(o->from);
}

static void sort_by_class(struct outputs *o, const struct smp_labels *l)
{
    size_t at = 0;

    for (size_t j = 0; j < o->k; j++) {
        o->from[j] = at;
        for (size_t i = 0; i < l->n; i++)
            if (l->y[i] == (int32_t)o->class[j]) o->of[at++] = i;
    }
    o->from[o->k] = at;
}

static enum smp_status outputs_new(struct outputs *o, const struct smp_labels *l)
{
    const size_t n_classes = l->n_classes;

    o->class = calloc(n_classes + 1, sizeof *o->class);
    o->constant = calloc(n_classes + 1, sizeof *o->constant);
    o->yes = calloc(n_classes + 1, sizeof *o->yes);
    o->weight = calloc(2 * n_classes + 1, sizeof *o->weight);
    o->of = calloc(l->n + 1, sizeof *o->of);
    o->from = calloc(n_classes + 1, sizeof *o->from);
    if (!o->class || !o->constant || !o->yes || !o->weight || !o->of || !o->from)
        return smp_fail_nomem();
    smp_count_yes(l, o->yes);
    for (size_t c = 0; c < n_classes; c++) {
        if (o->yes[c] && (l->y || o->yes[c] < l->n))
            o->class[o->k++] = (uint32_t)c;
        else if (o->yes[c])
            o->constant[c] = (float)((double)(l->n + 1) / (double)(l->n + 2));
    }
    for (size_t j = 0; j < o->k; j++) {
        const double n = (double)l->n;
        const double yes = (double)o->yes[o->class[j]];
        o->weight[j] = (float)(n / (2 * (n - yes + (yes >= n))));
        o->weight[o->k + j] = (float)(n / (2 * yes));
    }
    if (l->y) sort_by_class(o, l);
    return SMP_OK;
}

/* -- training --------------------------------------------------------------------------------- */

/* One answer: every class is drawn as often as any other. */
static size_t draw_label(const struct outputs *o, const struct smp_labels *l,
                         struct smp_rng *rng)
{
    size_t j;

    if (!l->y) return smp_rng_below(rng, l->n);
    j = smp_rng_below(rng, o->k);
    return o->of[o->from[j] + smp_rng_below(rng, o->from[j + 1] - o->from[j])];
}

/* A fifth of the numbers is hidden and the others raised, so that no few of them decide. */
static void hide(float *x, size_t d, struct smp_rng *rng)
{
    const uint64_t share = (uint64_t)(HIDE * 65536);
    const float raise = (float)(1 / (1 - HIDE));
    uint64_t bits = 0;

    for (size_t j = 0; j < d; j++, bits >>= 16) {
        if (j % 4 == 0) bits = smp_rng_u64(rng);
        x[j] = (bits & 0xffff) < share ? 0 : x[j] * raise;
    }
}

static void fill_batch(struct smp_mlp_trainer *t, const struct smp_labels *l,
                       const struct outputs *o, const float *x, struct smp_rng *rng)
{
    const size_t d = t->net->layer[0].in;

    memset(t->target, 0, t->rows * o->k * sizeof *t->target);
    for (size_t i = 0; i < t->rows; i++) {
        const size_t label = draw_label(o, l, rng);
        memcpy(t->input + i * d, x + label * d, d * sizeof *x);
        hide(t->input + i * d, d, rng);
        for (size_t j = 0; j < o->k; j++)
            t->target[i * o->k + j] = l->y ? l->y[label] == (int32_t)o->class[j]
                                           : l->y_nc[label * l->n_classes + o->class[j]] != 0;
    }
}

static size_t steps_for(size_t n)
{
    const size_t steps = n * (size_t)EPOCHS / BATCH;

    if (steps < STEPS_MIN) return STEPS_MIN;
    return steps < STEPS_MAX ? steps : STEPS_MAX;
}

static enum smp_status train(const struct smp_member_in *in, const struct outputs *o,
                             const float *x, struct smp_mlp *net)
{
    const size_t steps = steps_for(in->labels.n);
    struct smp_mlp_trainer t;
    struct smp_rng rng;

    SMP_TRY(smp_mlp_trainer_new(&t, net, BATCH, 1));
    t.loss = in->labels.y ? SMP_MLP_SOFTMAX : SMP_MLP_SIGMOID;
    t.weight = o->weight;
    smp_rng_seed(&rng, in->seed, STREAM_BATCH);
    for (size_t step = 0; step < steps; step++) {
        fill_batch(&t, &in->labels, o, x, &rng);
        (void)smp_mlp_trainer_step(&t, (float)(RATE * (1 - (double)step / (double)steps)));
    }
    smp_mlp_trainer_free(&t);
    return SMP_OK;
}

/* The output layer as a head; the hidden one stays. */
static enum smp_status split(const struct smp_member_in *in, const struct outputs *o,
                             struct smp_mlp *net, struct smp_head **out)
{
    struct smp_mlp_layer *last = &net->layer[1];
    const struct smp_head_parts parts = {.link = in->labels.y ? SMP_SOFTMAX : SMP_SIGMOID,
                                         .d = HIDDEN,
                                         .n_classes = in->labels.n_classes,
                                         .n_fitted = o->k,
                                         .class = o->class,
                                         .weights = last->w,
                                         .bias = last->b,
                                         .constant = o->constant};

    SMP_TRY(smp_head_assemble(&parts, out));
    free(last->w);
    free(last->b);
    *last = (struct smp_mlp_layer){0};
    net->n_layers = 1;
    return SMP_OK;
}

enum smp_status smp_mlp_member_fit(const struct smp_member_in *in, struct smp_mlp *net,
                                   struct smp_head **out)
{
    struct outputs o = {0};
    float *x = malloc((in->labels.n * in->d + 1) * sizeof *x);
    enum smp_status e = x ? smp_gather_labelled(in, x) : smp_fail_nomem();

    if (!e) e = outputs_new(&o, &in->labels);
    if (!e) e = smp_mlp_new(net, (const size_t[]){in->d, HIDDEN, o.k ? o.k : 1}, 2, in->seed);
    if (!e && o.k) e = train(in, &o, x, net);
    if (!e) e = split(in, &o, net, out);
    outputs_free(&o);
    free(x);
    return e;
}

void smp_hidden_see(const struct smp_mlp *net, const float *x, size_t n, float *hidden)
{
    const size_t m = net->layer[0].out;

    smp_mlp_forward(net, 0, x, n, hidden);
    for (size_t i = 0; i < n * m; i++)
        hidden[i] = hidden[i] > 0 ? hidden[i] : 0;
}
