#include "sampler/blocks/fusion.h"

#include "sampler/metrics.h"
#include "sampler/rng.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 5, PICKS = 20, STREAM_FOLDS = 0x666f6c64, ROUNDS_TEMPERATURE = 30 };

static const double C = 1;
static const float FLOOR = 1e-4f; /* one head's certainty must not silence all others */

/* What all blocks start with, in picks, at five labels a class; it falls with the labels. */
static const double PRIOR_PICKS = 20, PRIOR_LABELS = 5;

void smp_fusion_equal(size_t n_blocks, struct smp_mix *mix)
{
    assert(n_blocks && n_blocks <= SMP_FUSION_MAX);
    *mix = (struct smp_mix){.n_blocks = n_blocks, .temperature = 1};
    for (size_t b = 0; b < n_blocks; b++)
        mix->weight[b] = 1.0f / (float)n_blocks;
}

/* -- cross-validation ------------------------------------------------------------------------- */

/* Held-out logarithms of probabilities, and what is needed to judge them. */
struct held_out {
    const struct smp_fusion_in *in;
    uint8_t *fold;           /* (n) of each label */
    float *log_p;            /* (blocks, n, classes) */
    double *row_weight;      /* (n): 1 / labels of its class, over the classes seen; sum 1 */
    float *mixed;            /* (n, classes): weighted sum of log_p so far */
    double *scaled;          /* (classes) */
    enum smp_status *status; /* (blocks * FOLDS) */
};

static void held_out_free(struct held_out *h)
{
    free(h->fold);
    free(h->log_p);
    free(h->row_weight);
    free(h->mixed);
    free(h->scaled);
    free(h->status);
}

static enum smp_status held_out_new(struct held_out *h)
{
    const struct smp_labels *l = &h->in->labels;

    h->fold = malloc(l->n);
    h->log_p = malloc(h->in->n_blocks * l->n * l->n_classes * sizeof(float));
    h->row_weight = malloc(l->n * sizeof(double));
    h->mixed = calloc(l->n * l->n_classes, sizeof(float));
    h->scaled = malloc(l->n_classes * sizeof(double));
    h->status = calloc(h->in->n_blocks * FOLDS, sizeof *h->status);
    if (h->fold && h->log_p && h->row_weight && h->mixed && h->scaled && h->status)
        return SMP_OK;
    return smp_fail_nomem();
}

/* Deals each class's labels, shuffled, over the folds, going on where the last class ended. */
static enum smp_status deal_folds(struct held_out *h)
{
    const struct smp_labels *l = &h->in->labels;
    size_t *order = malloc(l->n * sizeof *order);
    size_t *count = calloc(l->n_classes, sizeof *count);
    size_t next = 0;
    size_t seen = 0;
    struct smp_rng rng;

    if (!order || !count) {
        free(order);
        free(count);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < l->n; i++) {
        order[i] = i;
        seen += !count[l->y[i]]++;
    }
    smp_rng_seed(&rng, h->in->seed, STREAM_FOLDS);
    smp_rng_shuffle(&rng, order, l->n);
    for (size_t c = 0; c < l->n_classes; c++)
        for (size_t i = 0; i < l->n; i++)
            if ((size_t)l->y[order[i]] == c) h->fold[order[i]] = (uint8_t)(next++ % FOLDS);
    for (size_t i = 0; i < l->n; i++)
        h->row_weight[i] = 1.0 / ((double)seen * (double)count[l->y[i]]);
    free(order);
    free(count);
    return SMP_OK;
}

struct part {
    size_t *row;
    int32_t *y;
    size_t n;
};

static void take_part(const struct held_out *h, size_t fold, bool held, struct part *part)
{
    const struct smp_labels *l = &h->in->labels;

    part->n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if ((h->fold[i] == fold) != held) continue;
        part->row[part->n] = l->row[i];
        part->y[part->n++] = l->y[i];
    }
}

/* Puts the held-out rows' probabilities where they belong, as logarithms. */
static void keep_logs(const struct held_out *h, size_t block, size_t fold, const float *p)
{
    const struct smp_labels *l = &h->in->labels;
    const size_t n_classes = l->n_classes;

    for (size_t i = 0; i < l->n; i++) {
        if (h->fold[i] != fold) continue;
        for (size_t c = 0; c < n_classes; c++)
            h->log_p[(block * l->n + i) * n_classes + c] = logf(*p++ + FLOOR);
    }
}

static enum smp_status fit_fold(struct held_out *h, size_t block, size_t fold)
{
    const struct smp_labels *l = &h->in->labels;
    struct part part = {.row = malloc(l->n * sizeof(size_t)),
                        .y = malloc(l->n * sizeof(int32_t))};
    float *p = malloc(l->n * l->n_classes * sizeof *p);
    struct smp_head_in in = {.z = h->in->z[block],
                             .n = h->in->n,
                             .d = h->in->d[block],
                             .c = h->in->c > 0 ? h->in->c : C,
                             .n_threads = 1};
    struct smp_head *head = NULL;
    enum smp_status e = SMP_OK;

    if (!part.row || !part.y || !p) {
        e = smp_fail_nomem();
        goto out;
    }
    take_part(h, fold, false, &part);
    in.labels = (struct smp_labels){
        .row = part.row, .y = part.y, .n = part.n, .n_classes = l->n_classes};
    e = smp_head_fit(&in, &head);
    if (e) goto out;
    take_part(h, fold, true, &part);
    e = smp_head_predict_rows(head, in.z, part.row, part.n, 1, p);
    if (!e) keep_logs(h, block, fold, p);
out:
    smp_head_free(head);
    free(part.row);
    free(part.y);
    free(p);
    return e;
}

static void fit_piece(void *ctx, size_t piece, unsigned thread)
{
    struct held_out *h = ctx;

    (void)thread;
    h->status[piece] = fit_fold(h, piece / FOLDS, piece % FOLDS);
}

/* Every block on every fold. The sentence of a failure stays with the thread it happened on, so it
 * is said again. */
static enum smp_status fit_folds(struct held_out *h)
{
    const size_t n = h->in->n_blocks * FOLDS;

    smp_parallel(h->in->n_threads, n, fit_piece, h);
    for (size_t i = 0; i < n; i++)
        if (h->status[i] == SMP_NOMEM) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++)
        if (h->status[i])
            return smp_fail(h->status[i], "block %zu could not be cross-validated", i / FOLDS);
    return SMP_OK;
}

/* -- weights ---------------------------------------------------------------------------------- */

/* Mean of -log p(truth), p = softmax(scale * (mixed + log_p of a block)). */
static double surprise(const struct held_out *h, const float *add, double scale)
{
    const struct smp_labels *l = &h->in->labels;
    const size_t n_classes = l->n_classes;
    double sum = 0;

    for (size_t i = 0; i < l->n; i++) {
        const float *m = h->mixed + i * n_classes;
        const float *a = add ? add + i * n_classes : NULL;
        double high = -HUGE_VAL;
        double total = 0;
        for (size_t c = 0; c < n_classes; c++) {
            h->scaled[c] = scale * ((double)m[c] + (a ? (double)a[c] : 0));
            high = fmax(high, h->scaled[c]);
        }
        for (size_t c = 0; c < n_classes; c++)
            total += exp(h->scaled[c] - high);
        /* at least 1, which cppcheck does not see: the highest of them gives it */
        // cppcheck-suppress invalidFunctionArg
        sum += h->row_weight[i] * (high + log(total) - h->scaled[l->y[i]]);
    }
    return sum;
}

static void add_block(struct held_out *h, size_t block, double weight)
{
    const size_t n = h->in->labels.n * h->in->labels.n_classes;

    for (size_t i = 0; i < n; i++)
        h->mixed[i] += (float)weight * h->log_p[block * n + i];
}

/* The scale that makes the held-out answers most probable, for sums of weight `total`: golden
 * section over 1/4..16 of the mean, in its logarithm. */
static double best_scale(const struct held_out *h, double total)
{
    const double golden = 0.6180339887498949;
    double low = log(0.25 / total);
    double high = log(16 / total);

    for (int i = 0; i < ROUNDS_TEMPERATURE; i++) {
        const double a = high - golden * (high - low);
        const double b = low + golden * (high - low);
        if (surprise(h, NULL, exp(a)) < surprise(h, NULL, exp(b))) {
            high = b;
        } else {
            low = a;
        }
    }
    return exp((low + high) / 2);
}

static size_t best_block(const struct held_out *h, double scale)
{
    const size_t n = h->in->labels.n * h->in->labels.n_classes;
    double best = HUGE_VAL;
    size_t pick = 0;

    for (size_t b = 0; b < h->in->n_blocks; b++) {
        const double s = surprise(h, h->log_p + b * n, scale);
        if (s >= best) continue;
        best = s;
        pick = b;
    }
    return pick;
}

static double held_out_accuracy(const struct held_out *h)
{
    const struct smp_labels *l = &h->in->labels;
    size_t right = 0;

    for (size_t i = 0; i < l->n; i++) {
        int32_t guess;
        smp_argmax(h->mixed + i * l->n_classes, 1, l->n_classes, &guess);
        right += guess == l->y[i];
    }
    return (double)right / (double)l->n;
}

static size_t classes_seen(const struct smp_labels *l, size_t *fewest)
{
    size_t seen = 0;

    *fewest = SIZE_MAX;
    for (size_t c = 0; c < l->n_classes; c++) {
        size_t n = 0;
        for (size_t i = 0; i < l->n; i++)
            n += (size_t)l->y[i] == c;
        seen += n > 0;
        if (n && n < *fewest) *fewest = n;
    }
    return seen;
}

/* Greedy picks on top of the equal start, then the temperature. */
static void choose_weights(struct held_out *h, size_t seen, struct smp_mix *mix)
{
    const size_t n_blocks = h->in->n_blocks;
    const double per_class = (double)h->in->labels.n / (double)seen;
    const double prior = PRIOR_PICKS * PRIOR_LABELS / per_class / (double)n_blocks;
    double count[SMP_FUSION_MAX] = {0};
    double total = prior * (double)n_blocks;

    for (size_t b = 0; b < n_blocks; b++) {
        count[b] = prior;
        add_block(h, b, prior);
    }
    for (int i = 0; i < PICKS; i++) {
        const double scale = best_scale(h, total);
        const size_t b = best_block(h, scale * total / (total + 1));
        add_block(h, b, 1);
        count[b]++;
        total++;
    }
    for (size_t b = 0; b < n_blocks; b++)
        mix->weight[b] = (float)(count[b] / total);
    mix->temperature = (float)(best_scale(h, total) * total);
    mix->accuracy = (float)held_out_accuracy(h);
}

enum smp_status smp_fusion_weigh(const struct smp_fusion_in *in, struct smp_mix *mix)
{
    struct held_out h = {.in = in};
    size_t seen = 0;
    size_t fewest = 0;
    enum smp_status e;

    smp_fusion_equal(in->n_blocks, mix);
    if (!in->labels.n || in->labels.y_nc) return SMP_OK;
    seen = classes_seen(&in->labels, &fewest);
    if (seen < 2 || fewest < 2) return SMP_OK;
    e = held_out_new(&h);
    if (!e) e = deal_folds(&h);
    if (!e) e = fit_folds(&h);
    if (!e) choose_weights(&h, seen, mix);
    held_out_free(&h);
    return e;
}

/* -- the classifier --------------------------------------------------------------------------- */

struct smp_fusion {
    struct smp_mix mix;
    size_t n_classes;
    bool several; /* answers: each class is a question of its own */
    struct smp_head *head[SMP_FUSION_MAX];
};

void smp_fusion_free(struct smp_fusion *f)
{
    if (!f) return;
    for (size_t b = 0; b < f->mix.n_blocks; b++)
        smp_head_free(f->head[b]);
    free(f);
}

const struct smp_mix *smp_fusion_mix(const struct smp_fusion *f)
{
    return &f->mix;
}

enum smp_status smp_fusion_fit(const struct smp_fusion_in *in, const struct smp_mix *mix,
                               struct smp_fusion **out)
{
    struct smp_fusion *f = calloc(1, sizeof *f);
    enum smp_status e = SMP_OK;

    assert(mix->n_blocks == in->n_blocks);
    if (!f) return smp_fail_nomem();
    f->mix = *mix;
    f->n_classes = in->labels.n_classes;
    f->several = in->labels.y_nc != NULL;
    for (size_t b = 0; b < in->n_blocks && !e; b++) {
        const struct smp_head_in head = {.z = in->z[b],
                                         .n = in->n,
                                         .d = in->d[b],
                                         .labels = in->labels,
                                         .c = in->c > 0 ? in->c : C,
                                         .n_threads = in->n_threads};
        if (mix->weight[b] > 0) e = smp_head_fit(&head, &f->head[b]);
    }
    if (e) {
        smp_fusion_free(f);
        return e;
    }
    *out = f;
    return SMP_OK;
}

/* Logarithms to shares, over one class set; never all zero, the floor sees to it. */
static void to_shares(float *log_p, size_t n)
{
    float high = log_p[0];
    float sum = 0;

    for (size_t c = 1; c < n; c++)
        high = log_p[c] > high ? log_p[c] : high;
    for (size_t c = 0; c < n; c++)
        sum += log_p[c] = expf(log_p[c] - high);
    for (size_t c = 0; c < n; c++)
        log_p[c] /= sum;
}

static void add_logs(const struct smp_fusion *f, size_t block, const float *q, size_t n,
                     float *yes, float *no)
{
    const float weight = f->mix.weight[block] * f->mix.temperature;

    for (size_t i = 0; i < n; i++) {
        yes[i] += weight * logf(q[i] + FLOOR);
        if (f->several) no[i] += weight * logf(1 - q[i] + FLOOR);
    }
}

enum smp_status smp_fusion_predict(const struct smp_fusion *f, const float *const *z, size_t n,
                                   unsigned n_threads, float *p)
{
    const size_t all = n * f->n_classes;
    float *q = malloc(2 * all * sizeof *q + sizeof *q);
    float *no = q + all;
    enum smp_status e = q ? SMP_OK : smp_fail_nomem();

    if (e) return e;
    memset(p, 0, all * sizeof *p);
    memset(no, 0, all * sizeof *no);
    for (size_t b = 0; b < f->mix.n_blocks && !e; b++) {
        if (!f->head[b]) continue;
        e = smp_head_predict(f->head[b], z[b], n, n_threads, q);
        if (!e) add_logs(f, b, q, all, p, no);
    }
    for (size_t i = 0; i < n && !f->several; i++)
        to_shares(p + i * f->n_classes, f->n_classes);
    for (size_t i = 0; i < all && f->several; i++)
        p[i] = 1 / (1 + expf(no[i] - p[i]));
    free(q);
    return e;
}
