#include "sampler/blocks/mirror.h"

#include "sampler/gemm.h"
#include "sampler/linalg.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What learning needs besides its result: all in double, all of descriptor size. */
struct workshop {
    enum smp_descriptor_kind kind;
    size_t size, n_even;
    double *mean;       /* (size) */
    double *covariance; /* (size, size) */
    double *symmetric;  /* (size, size): covariance in the basis of even and odd pairs */
    double *basis;      /* (size, size): that basis, even rows first */
    double *vectors, *values;
    float *centred, *block;
};

static void workshop_free(struct workshop *w)
{
    free(w->mean);
    free(w->covariance);
    free(w->symmetric);
    free(w->basis);
    free(w->vectors);
    free(w->values);
    free(w->centred);
    free(w->block);
}

static enum smp_status workshop_new(struct workshop *w, size_t rows)
{
    const size_t n2 = w->size * w->size * sizeof(double);

    w->mean = calloc(w->size, sizeof(double));
    w->covariance = calloc(1, n2);
    w->symmetric = calloc(1, n2);
    w->basis = calloc(1, n2);
    w->vectors = calloc(1, n2);
    w->values = calloc(w->size, sizeof(double));
    w->centred = malloc(rows * w->size * sizeof(float));
    w->block = malloc(n2);
    if (w->mean && w->covariance && w->symmetric && w->basis && w->vectors && w->values &&
        w->centred && w->block)
        return SMP_OK;
    return smp_fail_nomem();
}

/* The mean and covariance of the descriptors and of their mirror images. */
static void moments(struct workshop *w, const float *x, size_t rows)
{
    const size_t d = w->size;

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < d; j++)
            w->mean[j] += (double)x[i * d + j] / (double)rows;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < d; j++)
            w->centred[i * d + j] = x[i * d + j] - (float)w->mean[j];
    smp_gram(w->centred, rows, d, w->block, w->covariance);
    for (size_t j = 0; j < d; j++) {
        const size_t m = smp_descriptor_mirror(w->kind, j);
        if (m > j) w->mean[j] = w->mean[m] = (w->mean[j] + w->mean[m]) / 2;
    }
}

/* Rows: (e_i + e_mirror(i)) / sqrt 2, or e_i where the mirror leaves a number in its place, then
 * (e_i - e_mirror(i)) / sqrt 2. */
static void pair_basis(struct workshop *w)
{
    const double half = sqrt(0.5);
    size_t row = 0;

    for (size_t i = 0; i < w->size; i++) {
        const size_t m = smp_descriptor_mirror(w->kind, i);
        if (m < i) continue;
        w->basis[row * w->size + i] = m == i ? 1 : half;
        if (m != i) w->basis[row * w->size + m] = half;
        row++;
    }
    w->n_even = row;
    for (size_t i = 0; i < w->size; i++) {
        const size_t m = smp_descriptor_mirror(w->kind, i);
        if (m <= i) continue;
        w->basis[row * w->size + i] = half;
        w->basis[row * w->size + m] = -half;
        row++;
    }
}

/* symmetric = basis covariance basis^T. Its even-odd corner, which the mirrored descriptors cancel,
 * is never read. A row of the basis has one or two numbers, so this is quick as it is. */
static void change_basis(struct workshop *w)
{
    const size_t d = w->size;
    double *half = w->vectors;

    for (size_t i = 0; i < d; i++)
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < d && w->basis[i * d + k] != 0; j++)
                half[i * d + j] += w->basis[i * d + k] * w->covariance[k * d + j];
    for (size_t i = 0; i < d; i++)
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < d && w->basis[i * d + k] != 0; j++)
                w->symmetric[j * d + i] += half[j * d + k] * w->basis[i * d + k];
}

/* Eigenvectors of the n x n corner at `first`, written back in descriptor coordinates over the
 * rows first.. of `basis`; values (n). */
static enum smp_status corner_axes(struct workshop *w, size_t first, size_t n)
{
    const size_t d = w->size;
    double *corner;
    double *axes;

    assert(n > 0); /* half of the descriptor is even, half odd */
    corner = calloc(n * n + n * d, sizeof *corner);
    if (!corner) return smp_fail_nomem();
    axes = corner + n * n;
    for (size_t i = 0; i < n; i++)
        memcpy(corner + i * n, w->symmetric + (first + i) * d + first, n * sizeof *corner);
    smp_eigen_psd(corner, n, w->values + first, w->vectors);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < d; j++)
                axes[i * d + j] += w->vectors[i * n + k] * w->basis[(first + k) * d + j];
    memcpy(w->basis + first * d, axes, n * d * sizeof *axes);
    free(corner);
    return SMP_OK;
}

/* How many even and odd axes are among the `wish` of largest variance. */
static void choose(const struct workshop *w, size_t wish, size_t *n_even, size_t *n_odd)
{
    const double floor =
        1e-9 * fmax(w->values[0], w->n_even < w->size ? w->values[w->n_even] : 0);

    *n_even = *n_odd = 0;
    while (*n_even + *n_odd < wish) {
        const double even = *n_even < w->n_even ? w->values[*n_even] : 0;
        const double odd = w->n_even + *n_odd < w->size ? w->values[w->n_even + *n_odd] : 0;
        if (even <= floor && odd <= floor) return;
        if (even >= odd) {
            ++*n_even;
        } else {
            ++*n_odd;
        }
    }
}

static enum smp_status keep_axes(const struct workshop *w, size_t wish, struct smp_axes *out)
{
    size_t n_even;
    size_t n_odd;

    choose(w, wish, &n_even, &n_odd);
    *out = (struct smp_axes){.size = w->size, .n = n_even + n_odd, .n_even = n_even};
    if (!out->n) out->n = out->n_even = 1; /* flat photos only: one silent axis */
    out->v = malloc(out->n * w->size * sizeof(float));
    out->bias = malloc(out->n * sizeof(float));
    if (!out->v || !out->bias) {
        smp_axes_free(out);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < out->n; i++) {
        const double *axis =
            w->basis + (i < out->n_even ? i : w->n_even + i - out->n_even) * w->size;
        double bias = 0;
        for (size_t j = 0; j < w->size; j++) {
            out->v[i * w->size + j] = (float)axis[j];
            bias -= axis[j] * w->mean[j];
        }
        out->bias[i] = i < out->n_even ? (float)bias : 0;
    }
    return SMP_OK;
}

enum smp_status smp_axes_learn(enum smp_descriptor_kind kind, const float *x, size_t rows,
                               size_t wish, struct smp_axes *out)
{
    struct workshop w = {.kind = kind, .size = smp_descriptor_size(kind)};
    enum smp_status e = workshop_new(&w, rows);

    if (e) goto out;
    moments(&w, x, rows);
    pair_basis(&w);
    change_basis(&w);
    e = corner_axes(&w, 0, w.n_even);
    if (!e) e = corner_axes(&w, w.n_even, w.size - w.n_even);
    if (!e) e = keep_axes(&w, wish, out);
out:
    workshop_free(&w);
    return e;
}

void smp_axes_free(struct smp_axes *a)
{
    free(a->v);
    free(a->bias);
    *a = (struct smp_axes){0};
}

void smp_axes_apply(const struct smp_axes *a, const float *x, size_t rows, float *y)
{
    smp_gemm((struct smp_gemm_shape){SMP_NT, rows, a->n, a->size}, x, a->v, y);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < a->n; j++)
            y[i * a->n + j] += a->bias[j];
}

void smp_axes_put(const struct smp_axes *a, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)a->n);
    smp_put_u32(w, (uint32_t)a->n_even);
    smp_put_floats(w, a->v, a->n * a->size);
    smp_put_floats(w, a->bias, a->n);
}

enum smp_status smp_axes_take(struct smp_reader *r, struct smp_axes *a)
{
    const size_t size = a->size;
    const size_t n = smp_take_u32(r);
    const size_t n_even = smp_take_u32(r);

    if (r->failed || n < 1 || n > size || n_even > n)
        return smp_fail(SMP_CORRUPT, "%zu axes of descriptors of %zu numbers", n, size);
    a->n = n;
    a->n_even = n_even;
    a->v = smp_take_floats(r, n * size);
    a->bias = smp_take_floats(r, n);
    if (a->v && a->bias) return SMP_OK;
    smp_axes_free(a);
    return smp_fail(SMP_CORRUPT, "the axes of the descriptors are cut short");
}
