#include "sampler/model/kinds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 256 }; /* seen through the kernels at a time */

static const float FLOOR = 1e-4f;

/* Measured on the photo blocks: they want the freer head at any number of classes. The latent keeps
 * the head's own rule (0). */
static const double C_BLOCK = 1, C_LATENT = 0;

struct smp_fitted {
    enum smp_member_kind kind;
    struct smp_rbf rbf; /* of SMP_MEMBER_RBF: what the head reads */
    struct smp_mlp net; /* of SMP_MEMBER_MLP: its hidden layer */
    struct smp_head *head;
};

void smp_fitted_free(struct smp_fitted *f)
{
    if (!f) return;
    smp_rbf_free(&f->rbf);
    smp_mlp_free(&f->net);
    smp_head_free(f->head);
    free(f);
}

bool smp_fitted_is_trained(const struct smp_fitted *f)
{
    return smp_head_is_trained(f->head);
}

size_t smp_fitted_dim(const struct smp_fitted *f)
{
    if (f->kind == SMP_MEMBER_RBF) return f->rbf.d;
    return f->kind == SMP_MEMBER_MLP ? f->net.layer[0].in : smp_head_dim(f->head);
}

size_t smp_fitted_classes(const struct smp_fitted *f)
{
    return smp_head_classes(f->head);
}

enum smp_status smp_gather_labelled(const struct smp_member_in *in, float *x)
{
    SMP_TRY(smp_labels_check(&in->labels, in->n));
    for (size_t i = 0; i < in->labels.n; i++) {
        const float *row = in->z + in->labels.row[i] * in->d;
        for (size_t j = 0; j < in->d; j++)
            if (!(fabsf(row[j]) <= SMP_LATENT_MAX))
                return smp_fail(
                    SMP_INVALID,
                    "the features of row %zu hold %g, which no encoder gives; encode it again",
                    in->labels.row[i], (double)row[j]);
        memcpy(x + i * in->d, row, in->d * sizeof *x);
    }
    return SMP_OK;
}

double smp_variance(const float *x, size_t n, size_t d)
{
    double total = 0;

    for (size_t j = 0; j < d; j++) {
        double mean = 0;
        double square = 0;
        for (size_t i = 0; i < n; i++)
            mean += (double)x[i * d + j] / (double)n;
        for (size_t i = 0; i < n; i++) {
            const double off = (double)x[i * d + j] - mean;
            square += off * off;
        }
        total += square / (double)n;
    }
    return total;
}

static enum smp_status linear_fit(const struct smp_member_in *in, struct smp_head **out)
{
    const struct smp_head_in head = {.z = in->z,
                                     .n = in->n,
                                     .d = in->d,
                                     .labels = in->labels,
                                     .c = in->is_latent ? C_LATENT : C_BLOCK,
                                     .n_threads = in->n_threads};

    return smp_head_fit(&head, out);
}

enum smp_status smp_fitted_new(const struct smp_member_in *in, struct smp_fitted **out)
{
    struct smp_fitted *f = calloc(1, sizeof *f);
    enum smp_status e;

    *out = NULL;
    if (!f) return smp_fail_nomem();
    f->kind = in->kind;
    switch (in->kind) {
    case SMP_MEMBER_LINEAR:
        e = linear_fit(in, &f->head);
        break;
    case SMP_MEMBER_MEAN:
        e = smp_mean_fit(in, &f->head);
        break;
    case SMP_MEMBER_RBF:
        e = smp_rbf_fit(in, &f->rbf, &f->head);
        break;
    case SMP_MEMBER_MLP:
        e = smp_mlp_member_fit(in, &f->net, &f->head);
        break;
    default:
        e = smp_fail(SMP_INVALID, "a member of kind \"%s\" cannot be fitted",
                     smp_member_kind_name(in->kind));
    }
    if (e) {
        smp_fitted_free(f);
        return e;
    }
    *out = f;
    return SMP_OK;
}

/* A chunk of rows at a time, through the kernels or the hidden layer. */
static enum smp_status predict_through(const struct smp_fitted *f, const float *z,
                                       const size_t *row, size_t n_rows, float *p)
{
    const size_t d = smp_fitted_dim(f);
    const size_t m = smp_head_dim(f->head);
    const size_t k = smp_head_classes(f->head);
    float *x = malloc(CHUNK_ROWS * (d + m + 1) * sizeof *x);
    float *seen = x + CHUNK_ROWS * d;
    float *square = seen + CHUNK_ROWS * m;
    enum smp_status e = x ? SMP_OK : smp_fail_nomem();

    for (size_t i = 0; i < n_rows && !e; i += CHUNK_ROWS) {
        const size_t n = n_rows - i < CHUNK_ROWS ? n_rows - i : CHUNK_ROWS;
        for (size_t j = 0; j < n; j++)
            memcpy(x + j * d, z + (row ? row[i + j] : i + j) * d, d * sizeof *x);
        if (f->kind == SMP_MEMBER_RBF)
            smp_rbf_see(&f->rbf, x, n, square, seen);
        else
            smp_hidden_see(&f->net, x, n, seen);
        e = smp_head_predict(f->head, seen, n, 1, p + i * k);
    }
    free(x);
    return e;
}

enum smp_status smp_fitted_predict(const struct smp_fitted *f, const float *z,
                                   const size_t *row, size_t n_rows, float *p)
{
    if (f->kind == SMP_MEMBER_RBF || f->kind == SMP_MEMBER_MLP)
        return predict_through(f, z, row, n_rows, p);
    return smp_head_predict_rows(f->head, z, row, n_rows, 1, p);
}

/* -- bytes: the kind, what the head sees through, the head's own file --------------------------- */

enum smp_status smp_fitted_put(const struct smp_fitted *f, struct smp_writer *w)
{
    uint8_t *bytes;
    size_t n;

    SMP_TRY(smp_head_save(f->head, &bytes, &n));
    smp_put_u32(w, (uint32_t)f->kind);
    if (f->kind == SMP_MEMBER_RBF) smp_rbf_put(&f->rbf, w);
    if (f->kind == SMP_MEMBER_MLP) smp_mlp_put(&f->net, w);
    smp_put_u64(w, n);
    smp_put_bytes(w, bytes, n);
    free(bytes);
    return SMP_OK;
}

static enum smp_status take_head(struct smp_reader *r, struct smp_head **out)
{
    const uint64_t n = smp_take_u64(r);

    if (r->failed || n > r->left)
        return smp_fail(SMP_CORRUPT, "a member of a classifier is damaged or cut short");
    SMP_TRY(smp_head_load(r->at, (size_t)n, out));
    r->at += n;
    r->left -= (size_t)n;
    return SMP_OK;
}

/* What the head sees through gives as many numbers as it reads. */
static bool fits(const struct smp_fitted *f)
{
    const size_t m = smp_head_dim(f->head);

    if (f->kind == SMP_MEMBER_RBF) return f->rbf.m == m;
    return f->kind != SMP_MEMBER_MLP || (f->net.n_layers == 1 && f->net.layer[0].out == m);
}

enum smp_status smp_fitted_take(struct smp_reader *r, struct smp_fitted **out)
{
    const uint32_t kind = smp_take_u32(r);
    struct smp_fitted *f = NULL;
    enum smp_status e = SMP_OK;

    *out = NULL;
    if (r->failed || kind >= SMP_MEMBER_KINDS)
        return smp_fail(SMP_CORRUPT, "a member of a classifier is damaged or cut short");
    f = calloc(1, sizeof *f);
    if (!f) return smp_fail_nomem();
    f->kind = (enum smp_member_kind)kind;
    if (f->kind == SMP_MEMBER_RBF) e = smp_rbf_take(r, &f->rbf);
    if (f->kind == SMP_MEMBER_MLP) e = smp_mlp_take(r, &f->net);
    if (!e) e = take_head(r, &f->head);
    if (!e && !fits(f))
        e = smp_fail(SMP_CORRUPT, "the head of a member reads %zu numbers, and gets others",
                     smp_head_dim(f->head));
    if (e) {
        smp_fitted_free(f);
        return e;
    }
    *out = f;
    return SMP_OK;
}

/* -- sentences and evidence ------------------------------------------------------------------- */

struct smp_told smp_told_here(enum smp_status code)
{
    struct smp_told told = {.code = code};

    if (code) snprintf(told.sentence, sizeof told.sentence, "%s", smp_message());
    return told;
}

enum smp_status smp_tell(const struct smp_told *told)
{
    return told->code ? smp_fail(told->code, "%s", told->sentence) : SMP_OK;
}

void smp_evidence_one(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = logf(x[i] + FLOOR);
}

void smp_evidence_several(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = logf((x[i] + FLOOR) / (1 - x[i] + FLOOR));
}
