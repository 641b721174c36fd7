#include "sampler/head.h"

#include "sampler/bytes.h"
#include "sampler/gemm.h"
#include "sampler/head_loss.h"
#include "sampler/threads.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_ROWS = 256, /* rows scored by one product */
    STEPS_MAX = 200,
    MANY_CLASSES = 20,
    CLASSES_MAX = 100000,
    DIM_MAX = 4096
};

static const double C_FEW_CLASSES = 0.1, C_MANY_CLASSES = 1;
static const double GRADIENT_MAX = 1e-3;

/* Classes 0..n_classes-1; `fitted` of them have a row of weights, the others a constant. */
struct smp_head {
    enum smp_link link;
    size_t d, n_classes, n_fitted;
    uint32_t *class; /* (n_fitted) ascending: the class of each row of weights */
    float *weights;  /* (n_fitted, d) */
    float *packed;   /* the same, as smp_gemm_steady reads them */
    float *bias;     /* (n_fitted) */
    float *constant; /* (n_classes) the probability of a class that is not fitted */
    uint64_t hash;
};

void smp_head_free(struct smp_head *head)
{
    if (!head) return;
    free(head->class);
    free(head->weights);
    free(head->packed);
    free(head->bias);
    free(head->constant);
    free(head);
}

size_t smp_head_dim(const struct smp_head *head)
{
    return head->d;
}

size_t smp_head_classes(const struct smp_head *head)
{
    return head->n_classes;
}

bool smp_head_is_trained(const struct smp_head *head)
{
    return head->n_fitted >= (head->link == SMP_SOFTMAX ? 2 : 1);
}

uint64_t smp_head_hash(const struct smp_head *head)
{
    return head->hash;
}

/* -- fitting ---------------------------------------------------------------------------------- */

enum smp_status smp_labels_check(const struct smp_labels *l, size_t n)
{
    if (!l->n) return smp_fail(SMP_INVALID, "a model needs at least one label");
    assert(l->row && !l->y == !!l->y_nc);
    if (!l->n_classes || l->n_classes > CLASSES_MAX)
        return smp_fail(SMP_INVALID, "a model can tell 1 to %d classes apart, not %zu",
                        CLASSES_MAX, l->n_classes);
    for (size_t i = 0; i < l->n; i++) {
        if (l->row[i] >= n)
            return smp_fail(SMP_INVALID, "label %zu is of row %zu, but the pool has %zu rows",
                            i, l->row[i], n);
        if (l->y && (l->y[i] < 0 || (size_t)l->y[i] >= l->n_classes))
            return smp_fail(SMP_INVALID, "label %zu has class %d, but there are %zu classes", i,
                            l->y[i], l->n_classes);
    }
    return SMP_OK;
}

void smp_count_yes(const struct smp_labels *l, size_t *yes)
{
    memset(yes, 0, l->n_classes * sizeof *yes);
    for (size_t i = 0; i < l->n; i++) {
        if (l->y)
            yes[l->y[i]]++;
        else
            for (size_t c = 0; c < l->n_classes; c++)
                yes[c] += smp_says_yes(l, i, c);
    }
}

static bool is_fitted(const struct smp_labels *l, size_t yes)
{
    return yes > 0 && (l->y || yes < l->n);
}

/* What a class without weights always gets. */
static float constant_of(const struct smp_labels *l, size_t yes)
{
    if (!yes || l->y) return 0;
    return (float)((double)(yes + 1) / (double)(l->n + 2));
}

static struct smp_head *head_new(enum smp_link link, size_t d, size_t n_classes,
                                 size_t n_fitted)
{
    struct smp_head *h = calloc(1, sizeof *h);

    if (!h) return NULL;
    h->link = link;
    h->d = d;
    h->n_classes = n_classes;
    h->n_fitted = n_fitted;
    h->class = calloc(n_fitted + 1, sizeof *h->class);
    h->weights = calloc(n_fitted * d + 1, sizeof *h->weights);
    h->bias = calloc(n_fitted + 1, sizeof *h->bias);
    h->constant = calloc(n_classes + 1, sizeof *h->constant);
    if (h->class && h->weights && h->bias && h->constant) return h;
    smp_head_free(h);
    return NULL;
}

/* What the loss reads, in one place to free. */
struct fit {
    struct smp_loss loss;
    float *x;
    uint32_t *target;
    uint8_t *target_nk;
    float *weight;
    double *parameters;
    size_t *yes;
};

static void fit_free(struct fit *f)
{
    smp_loss_end(&f->loss);
    free(f->x);
    free(f->target);
    free(f->target_nk);
    free(f->weight);
    free(f->parameters);
    free(f->yes);
}

static enum smp_status fit_new(struct fit *f, const struct smp_labels *l, size_t d, size_t k)
{
    f->x = malloc(l->n * d * sizeof *f->x);
    f->target = calloc(l->n, sizeof *f->target);
    f->target_nk = calloc(l->y ? 1 : l->n * k + 1, 1);
    f->weight = calloc(2 * k + 1, sizeof *f->weight);
    f->parameters = calloc(k * (d + 1) + 1, sizeof *f->parameters);
    if (f->x && f->target && f->target_nk && f->weight && f->parameters) return SMP_OK;
    return smp_fail_nomem();
}

/* Balanced: every class weighs the same, however many labels it has; likewise yes and no. */
static void set_weights(struct fit *f, const struct smp_labels *l, const struct smp_head *h)
{
    for (size_t j = 0; j < h->n_fitted; j++) {
        const double n = (double)l->n;
        const double yes = (double)f->yes[h->class[j]];
        if (l->y) {
            f->weight[j] = (float)(n / ((double)h->n_fitted * yes));
        } else {
            f->weight[j] = (float)(n / (2 * (n - yes)));
            f->weight[h->n_fitted + j] = (float)(n / (2 * yes));
        }
    }
}

static size_t place_of(const struct smp_head *h, size_t class)
{
    for (size_t j = 0; j < h->n_fitted; j++)
        if (h->class[j] == class) return j;
    return SIZE_MAX;
}

static void set_targets(struct fit *f, const struct smp_labels *l, const struct smp_head *h)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->y)
            f->target[i] = (uint32_t)place_of(h, (size_t)l->y[i]);
        else
            for (size_t j = 0; j < h->n_fitted; j++)
                f->target_nk[i * h->n_fitted + j] = smp_says_yes(l, i, h->class[j]);
    }
}

/* A warm start: the weights of the classes that both heads know. */
static void set_start(struct fit *f, const struct smp_head *warm, const struct smp_head *h)
{
    if (!warm || warm->d != h->d || warm->link != h->link) return;
    for (size_t j = 0; j < h->n_fitted; j++) {
        const size_t from = place_of(warm, h->class[j]);
        if (from == SIZE_MAX) continue;
        for (size_t i = 0; i < h->d; i++)
            f->parameters[j * h->d + i] = (double)warm->weights[from * h->d + i];
        f->parameters[h->n_fitted * h->d + j] = (double)warm->bias[from];
    }
}

/* Once the weights stand: how they are multiplied, and what they are called. */
static enum smp_status pack(struct smp_head *h)
{
    h->packed = malloc((smp_packed_floats(h->n_fitted, h->d) + 1) * sizeof *h->packed);
    if (!h->packed) return smp_fail_nomem();
    smp_pack(h->weights, h->n_fitted, h->d, h->packed);
    return SMP_OK;
}

static enum smp_status finish(struct smp_head *h)
{
    uint8_t *bytes;
    size_t n;

    SMP_TRY(pack(h));
    SMP_TRY(smp_head_save(h, &bytes, &n));
    h->hash = smp_fnv(bytes, n);
    free(bytes);
    return SMP_OK;
}

static enum smp_status gather(const struct smp_head_in *in, float *x)
{
    for (size_t i = 0; i < in->labels.n; i++) {
        const float *row = in->z + in->labels.row[i] * in->d;
        for (size_t j = 0; j < in->d; j++)
            if (!(fabsf(row[j]) <= SMP_LATENT_MAX))
                return smp_fail(
                    SMP_INVALID,
                    "the latent of row %zu holds %g, which no encoder gives; encode it again",
                    in->labels.row[i], (double)row[j]);
        memcpy(x + i * in->d, row, in->d * sizeof *x);
    }
    return SMP_OK;
}

static enum smp_status minimise(const struct smp_head_in *in, struct fit *f, struct smp_head *h)
{
    const struct smp_lbfgs_rule rule = {STEPS_MAX, GRADIENT_MAX};
    const size_t k = h->n_fitted;
    struct smp_function function = {k * (h->d + 1), smp_loss_value, &f->loss};

    SMP_TRY(fit_new(f, &in->labels, h->d, k));
    SMP_TRY(gather(in, f->x));
    set_weights(f, &in->labels, h);
    set_targets(f, &in->labels, h);
    set_start(f, in->warm, h);
    f->loss = (struct smp_loss){.x = f->x,
                                .n = in->labels.n,
                                .d = h->d,
                                .k = k,
                                .link = h->link,
                                .target = f->target,
                                .target_nk = f->target_nk,
                                .weight = f->weight,
                                .c = in->c,
                                .n_threads = in->n_threads};
    if (f->loss.c <= 0) f->loss.c = k > MANY_CLASSES ? C_MANY_CLASSES : C_FEW_CLASSES;
    SMP_TRY(smp_loss_begin(&f->loss));
    SMP_TRY(smp_lbfgs(&function, &rule, f->parameters));
    for (size_t i = 0; i < k * h->d; i++)
        h->weights[i] = (float)f->parameters[i];
    for (size_t j = 0; j < k; j++)
        h->bias[j] = (float)f->parameters[k * h->d + j];
    return SMP_OK;
}

enum smp_status smp_head_fit(const struct smp_head_in *in, struct smp_head **out)
{
    const struct smp_labels *l = &in->labels;
    struct fit f = {0};
    struct smp_head *h = NULL;
    size_t n_fitted = 0;
    enum smp_status e;

    *out = NULL;
    SMP_TRY(smp_labels_check(l, in->n));
    if (!in->d || in->d > DIM_MAX)
        return smp_fail(SMP_INVALID, "latents have 1 to %d numbers, not %zu", DIM_MAX, in->d);
    f.yes = calloc(l->n_classes, sizeof *f.yes);
    if (!f.yes) return smp_fail_nomem();
    smp_count_yes(l, f.yes);
    for (size_t c = 0; c < l->n_classes; c++)
        n_fitted += is_fitted(l, f.yes[c]);
    h = head_new(l->y ? SMP_SOFTMAX : SMP_SIGMOID, in->d, l->n_classes, n_fitted);
    if (!h) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t c = 0, j = 0; c < l->n_classes; c++) {
        if (is_fitted(l, f.yes[c])) h->class[j++] = (uint32_t)c;
        h->constant[c] = constant_of(l, f.yes[c]);
    }
    e = smp_head_is_trained(h) ? minimise(in, &f, h) : SMP_OK;
    if (!e) e = finish(h);
out:
    fit_free(&f);
    if (e) {
        smp_head_free(h);
        return e;
    }
    *out = h;
    return SMP_OK;
}

struct smp_head_parts smp_head_take_apart(const struct smp_head *head)
{
    return (struct smp_head_parts){.link = head->link,
                                   .d = head->d,
                                   .n_classes = head->n_classes,
                                   .n_fitted = head->n_fitted,
                                   .class = head->class,
                                   .weights = head->weights,
                                   .bias = head->bias,
                                   .constant = head->constant};
}

enum smp_status smp_head_assemble(const struct smp_head_parts *parts, struct smp_head **out)
{
    struct smp_head *h = head_new(parts->link, parts->d, parts->n_classes, parts->n_fitted);
    const size_t k = parts->n_fitted;
    enum smp_status e;

    *out = NULL;
    if (!h) return smp_fail_nomem();
    memcpy(h->class, parts->class, k * sizeof *h->class);
    memcpy(h->weights, parts->weights, k * parts->d * sizeof *h->weights);
    memcpy(h->bias, parts->bias, k * sizeof *h->bias);
    memcpy(h->constant, parts->constant, parts->n_classes * sizeof *h->constant);
    e = finish(h);
    if (e) {
        smp_head_free(h);
        return e;
    }
    *out = h;
    return SMP_OK;
}

/* -- predicting ------------------------------------------------------------------------------- */

struct predict {
    const struct smp_head *h;
    const float *z;
    const size_t *row; /* NULL: rows 0..n-1 */
    size_t n;
    float *p, *work; /* work: (threads, BLOCK_ROWS, d + n_fitted) */
};

/* p (n_classes) <- the fitted probabilities where they belong, constants elsewhere. */
static void spread(const struct smp_head *h, const float *fitted, float *p)
{
    memcpy(p, h->constant, h->n_classes * sizeof *p);
    for (size_t j = 0; j < h->n_fitted; j++)
        p[h->class[j]] = fitted[j];
}

static bool are_in_a_row(const size_t *row, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (row[i] != row[0] + i) return false;
    return true;
}

static void predict_block(void *ctx, size_t block, unsigned thread)
{
    const struct predict *job = ctx;
    const struct smp_head *h = job->h;
    const size_t first = block * BLOCK_ROWS;
    const size_t k = h->n_fitted;
    const size_t m = job->n - first < BLOCK_ROWS ? job->n - first : BLOCK_ROWS;
    float *gathered = job->work + (size_t)thread * BLOCK_ROWS * (h->d + k);
    float *scores = gathered + BLOCK_ROWS * h->d;
    const float *x = job->z + first * h->d;

    if (job->row && are_in_a_row(job->row + first, m)) {
        x = job->z + job->row[first] * h->d;
    } else if (job->row) {
        for (size_t i = 0; i < m; i++)
            memcpy(gathered + i * h->d, job->z + job->row[first + i] * h->d,
                   h->d * sizeof *gathered);
        x = gathered;
    }
    smp_gemm_steady(m, k, h->d, x, h->packed, scores);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++)
            scores[i * k + j] += h->bias[j];
    smp_link_apply(h->link, scores, m, k);
    for (size_t i = 0; i < m; i++)
        spread(h, scores + i * k, job->p + (first + i) * h->n_classes);
}

enum smp_status smp_head_predict_rows(const struct smp_head *head, const float *z,
                                      const size_t *row, size_t n_rows, unsigned n_threads,
                                      float *p)
{
    struct predict job = {.h = head, .z = z, .row = row, .n = n_rows};
    const size_t each = BLOCK_ROWS * (head->d + head->n_fitted);

    job.p = p;
    job.work = malloc(smp_threads(n_threads) * each * sizeof *job.work);
    if (!job.work) return smp_fail_nomem();
    smp_parallel(n_threads, (n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS, predict_block, &job);
    free(job.work);
    return SMP_OK;
}

enum smp_status smp_head_predict(const struct smp_head *head, const float *x, size_t n,
                                 unsigned n_threads, float *p)
{
    return smp_head_predict_rows(head, x, NULL, n, n_threads, p);
}

/* -- the file --------------------------------------------------------------------------------- */

enum smp_status smp_head_save(const struct smp_head *head, uint8_t **bytes, size_t *n_bytes)
{
    struct smp_writer w;

    smp_writer_start(&w, SMP_CONTENT_HEAD);
    smp_put_u32(&w, (uint32_t)head->link);
    smp_put_u32(&w, (uint32_t)head->d);
    smp_put_u32(&w, (uint32_t)head->n_classes);
    smp_put_u32(&w, (uint32_t)head->n_fitted);
    smp_put_u32s(&w, head->class, head->n_fitted);
    smp_put_floats(&w, head->weights, head->n_fitted * head->d);
    smp_put_floats(&w, head->bias, head->n_fitted);
    smp_put_floats(&w, head->constant, head->n_classes);
    return smp_writer_finish(&w, bytes, n_bytes);
}

static void take_head(struct smp_reader *r, struct smp_head *h)
{
    const uint32_t link = smp_take_u32(r);

    h->d = smp_take_u32(r);
    h->n_classes = smp_take_u32(r);
    h->n_fitted = smp_take_u32(r);
    if (link > SMP_SIGMOID || !h->d || h->d > DIM_MAX || !h->n_classes ||
        h->n_classes > CLASSES_MAX || h->n_fitted > h->n_classes) {
        r->failed = true;
        return;
    }
    h->link = (enum smp_link)link;
    h->class = smp_take_u32s(r, h->n_fitted);
    h->weights = smp_take_floats(r, h->n_fitted * h->d);
    h->bias = smp_take_floats(r, h->n_fitted);
    h->constant = smp_take_floats(r, h->n_classes);
    for (size_t j = 0; !r->failed && j < h->n_fitted; j++)
        if (h->class[j] >= h->n_classes || (j && h->class[j] <= h->class[j - 1]))
            r->failed = true;
}

enum smp_status smp_head_load(const uint8_t *bytes, size_t n_bytes, struct smp_head **out)
{
    struct smp_reader r;
    enum smp_content content;
    struct smp_head *h;
    enum smp_status e;

    *out = NULL;
    SMP_TRY(smp_reader_start(&r, bytes, n_bytes, &content));
    if (content != SMP_CONTENT_HEAD)
        return smp_fail(SMP_CORRUPT, "the model file holds no classifier (content %d)",
                        (int)content);
    h = calloc(1, sizeof *h);
    if (!h) return smp_fail_nomem();
    take_head(&r, h);
    e = smp_reader_finish(&r);
    if (!e) e = pack(h);
    if (e) {
        smp_head_free(h);
        return e;
    }
    h->hash = smp_fnv(bytes, n_bytes);
    *out = h;
    return SMP_OK;
}
