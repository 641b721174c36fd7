#include "sampler/linalg.h"

#include "sampler/gemm.h"
#include "sampler/rng.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SWEEPS_MAX = 40, /* Jacobi needs 6 to 10 */
    ORTHO_BLOCK = 32,
    GRAM_ROWS = 1024,
    OVERSAMPLE = 16 /* Halko et al. use 5 to 10; more is cheap beside the products */
};

static const double JACOBI_EPSILON =
    1e-14;                               /* angle between two rows below which they are left */
static const double RANK_EPSILON = 1e-5; /* what f32 products can tell from nothing */

/* -- small symmetric matrices ------------------------------------------------------------- */

SMP_KERNEL
static void dots(const double *restrict x, const double *restrict y, size_t n, double out[3])
{
    double xx[8] = {0};
    double yy[8] = {0};
    double xy[8] = {0};
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        for (size_t l = 0; l < 8; l++) {
            xx[l] += x[i + l] * x[i + l];
            yy[l] += y[i + l] * y[i + l];
            xy[l] += x[i + l] * y[i + l];
        }
    }
    for (; i < n; i++) {
        xx[0] += x[i] * x[i];
        yy[0] += y[i] * y[i];
        xy[0] += x[i] * y[i];
    }
    out[0] = out[1] = out[2] = 0;
    for (size_t l = 0; l < 8; l++) {
        out[0] += xx[l];
        out[1] += yy[l];
        out[2] += xy[l];
    }
}

SMP_KERNEL
static void rotate(double *restrict x, double *restrict y, size_t n, double c, double s)
{
    for (size_t i = 0; i < n; i++) {
        const double xi = x[i];
        const double yi = y[i];
        x[i] = c * xi - s * yi;
        y[i] = s * xi + c * yi;
    }
}

/* Turns rows p and q of w, and of v with them, until they are orthogonal. True if it had to. */
static bool turn_pair(double *wp, double *wq, double *vp, double *vq, size_t n)
{
    double d[3];
    double zeta;
    double t;
    double c;

    dots(wp, wq, n, d);
    if (fabs(d[2]) <= JACOBI_EPSILON * sqrt(d[0] * d[1]) || d[2] == 0) return false;
    zeta = (d[1] - d[0]) / (2 * d[2]);
    t = (zeta >= 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    c = 1 / sqrt(1 + t * t);
    rotate(wp, wq, n, c, c * t);
    rotate(vp, vq, n, c, c * t);
    return true;
}

/* Fixes the sign, which the mathematics leaves open. */
static void point_up(double *v, size_t n)
{
    size_t largest = 0;

    for (size_t i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[largest])) largest = i;
    if (v[largest] >= 0) return;
    for (size_t i = 0; i < n; i++)
        v[i] = -v[i];
}

static void swap_rows(double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

void smp_eigen_psd(double *a, size_t n, double *w, double *v)
{
    bool turned = true;

    for (size_t i = 0; i < n * n; i++)
        v[i] = i / n == i % n;
    /* Row i of the working matrix stays v_i A; when all are orthogonal the v_i are eigenvectors. */
    for (int sweep = 0; sweep < SWEEPS_MAX && turned; sweep++) {
        turned = false;
        for (size_t p = 0; p + 1 < n; p++)
            for (size_t q = p + 1; q < n; q++)
                turned |= turn_pair(a + p * n, a + q * n, v + p * n, v + q * n, n);
    }
    for (size_t i = 0; i < n; i++) {
        double d[3];
        dots(a + i * n, v + i * n, n, d);
        w[i] = d[2] > 0 ? d[2] : 0;
    }
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < n; j++)
            if (w[j] > w[best]) best = j;
        swap_rows(w + i, w + best, 1);
        if (best != i) swap_rows(v + i * n, v + best * n, n);
        point_up(v + i * n, n);
    }
}

/* -- large ones ------------------------------------------------------------------------------ */

typedef float lanes __attribute__((vector_size(SMP_LANES * sizeof(float))));
typedef float loose_lanes
    __attribute__((vector_size(SMP_LANES * sizeof(float)), aligned(4), may_alias));

_Static_assert(SMP_LANES == 16, "a square is turned in four steps");

/* Of two rows, the columns whose number lacks the bit `half` from both, or those that have it. */
#define WITHOUT_EIGHT(a, b)                                                                    \
    __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define WITH_EIGHT(a, b)                                                                       \
    __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define WITHOUT_FOUR(a, b)                                                                     \
    __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define WITH_FOUR(a, b)                                                                        \
    __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define WITHOUT_TWO(a, b)                                                                      \
    __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define WITH_TWO(a, b)                                                                         \
    __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define WITHOUT_ONE(a, b)                                                                      \
    __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define WITH_ONE(a, b)                                                                         \
    __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)

/* One step of turning a square: rows `half` apart exchange the columns `half` apart. */
#define EXCHANGE(row, half, without, with)                                                     \
    for (size_t k = 0; k < SMP_LANES; k++)                                                     \
        if (!(k & (half))) {                                                                   \
            const lanes upper = (row)[k];                                                      \
            const lanes lower = (row)[k + (half)];                                             \
            (row)[k] = without(upper, lower);                                                  \
            (row)[k + (half)] = with(upper, lower);                                            \
        }

/* to (16, 16) <- from (16, 16), transposed; rows are ld_to and ld_from numbers apart. */
SMP_KERNEL
static void turn_square(const float *restrict from, size_t ld_from, float *restrict to,
                        size_t ld_to)
{
    lanes row[SMP_LANES];

    for (size_t k = 0; k < SMP_LANES; k++)
        row[k] = *(const loose_lanes *)(from + k * ld_from);
    EXCHANGE(row, 8, WITHOUT_EIGHT, WITH_EIGHT)
    EXCHANGE(row, 4, WITHOUT_FOUR, WITH_FOUR)
    EXCHANGE(row, 2, WITHOUT_TWO, WITH_TWO)
    EXCHANGE(row, 1, WITHOUT_ONE, WITH_ONE)
    for (size_t k = 0; k < SMP_LANES; k++)
        *(loose_lanes *)(to + k * ld_to) = row[k];
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* In squares, because columns that lie far apart push each other out of the first-level cache. */
void smp_transpose_part(const float *from, size_t ld_from, size_t m, size_t n, float *to,
                        size_t ld_to)
{
    for (size_t j = 0; j < n; j += SMP_LANES)
        for (size_t i = 0; i < m; i += SMP_LANES) {
            if (i + SMP_LANES <= m && j + SMP_LANES <= n) {
                turn_square(from + i * ld_from + j, ld_from, to + j * ld_to + i, ld_to);
                continue;
            }
            for (size_t l = j; l < lesser(n, j + SMP_LANES); l++)
                for (size_t k = i; k < lesser(m, i + SMP_LANES); k++)
                    to[l * ld_to + k] = from[k * ld_from + l];
        }
}

void smp_transpose(const float *from, size_t m, size_t n, float *to)
{
    smp_transpose_part(from, n, m, n, to, m);
}

SMP_KERNEL
static double dot_double(const float *restrict x, const float *restrict y, size_t n)
{
    double lane[SMP_LANES] = {0};
    double sum = 0;
    size_t i = 0;

    for (; i + SMP_LANES <= n; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] += (double)x[i + l] * (double)y[i + l];
    for (; i < n; i++)
        lane[0] += (double)x[i] * (double)y[i];
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    return sum;
}

SMP_KERNEL
static void subtract_scaled(float *restrict x, const float *restrict y, size_t n, float scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] -= scale * y[i];
}

static void scale_row(float *x, size_t n, float scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= scale;
}

/* Rows of one block against each other; `before` holds their squared lengths at the start. */
static void orthonormalise_block(float *q, size_t k, size_t n, const double *before)
{
    for (size_t i = 0; i < k; i++) {
        float *row = q + i * n;
        double length2;

        for (int twice = 0; twice < 2; twice++)
            for (size_t j = 0; j < i; j++)
                subtract_scaled(row, q + j * n, n, (float)dot_double(row, q + j * n, n));
        length2 = dot_double(row, row, n);
        /* 1e-10: what is left of a dependent row after f32 cancellation, squared. */
        if (length2 <= 1e-10 * before[i] || length2 <= 0)
            memset(row, 0, n * sizeof *row);
        else
            scale_row(row, n, (float)(1 / sqrt(length2)));
    }
}

struct projected {
    float *q;          /* (b, n) the block */
    const float *done; /* (j, n) */
    const float *p;    /* (b, j) */
    size_t n, j;
};

/* One row of the block minus its part along the rows that are done. */
static void subtract_projection(void *ctx, size_t row, unsigned thread)
{
    const struct projected *p = ctx;

    (void)thread;
    for (size_t l = 0; l < p->j; l++)
        subtract_scaled(p->q + row * p->n, p->done + l * p->n, p->n, p->p[row * p->j + l]);
}

void smp_orthonormalise(float *q, size_t k, size_t n, unsigned n_threads, float *projection)
{
    for (size_t first = 0; first < k; first += ORTHO_BLOCK) {
        const size_t b = k - first < ORTHO_BLOCK ? k - first : ORTHO_BLOCK;
        float *block = q + first * n;
        struct projected p = {block, q, projection, n, first};
        double before[ORTHO_BLOCK];

        for (size_t i = 0; i < b; i++)
            before[i] = dot_double(block + i * n, block + i * n, n);
        for (int twice = 0; twice < 2 && first; twice++) {
            smp_gemm((struct smp_gemm_shape){SMP_NT, b, first, n}, block, q, projection);
            smp_parallel(n_threads, b, subtract_projection, &p);
        }
        orthonormalise_block(block, b, n, before);
    }
}

void smp_gram(const float *y, size_t rows, size_t k, float *block, double *g)
{
    memset(g, 0, k * k * sizeof *g);
    for (size_t first = 0; first < rows; first += GRAM_ROWS) {
        const size_t m = rows - first < GRAM_ROWS ? rows - first : GRAM_ROWS;
        smp_gemm((struct smp_gemm_shape){SMP_TN, k, k, m}, y + first * k, y + first * k, block);
        for (size_t i = 0; i < k * k; i++)
            g[i] += (double)block[i];
    }
}

/* Workspace of one smp_svd; p = the working width. */
struct svd_work {
    float *q, *qt;          /* (cols,p), (p,cols) */
    float *y;               /* (rows,p) */
    float *block;           /* (p, max(p, 32)) */
    double *gram, *w, *vec; /* (p,p), (p), (p,p) */
    float *turn;            /* (p,p) eigenvectors as f32 */
};

static void svd_work_free(struct svd_work *k)
{
    free(k->q);
    free(k->qt);
    free(k->y);
    free(k->block);
    free(k->gram);
    free(k->w);
    free(k->vec);
    free(k->turn);
}

static bool svd_work_new(struct svd_work *k, size_t rows, size_t cols, size_t p)
{
    *k = (struct svd_work){
        .q = calloc(cols * p, sizeof(float)),
        .qt = calloc(cols * p, sizeof(float)),
        .y = calloc(rows * p, sizeof(float)),
        .block = calloc(p * (p > ORTHO_BLOCK ? p : ORTHO_BLOCK), sizeof(float)),
        .gram = calloc(p * p, sizeof(double)),
        .w = calloc(p, sizeof(double)),
        .vec = calloc(p * p, sizeof(double)),
        .turn = calloc(p * p, sizeof(float)),
    };
    return k->q && k->qt && k->y && k->block && k->gram && k->w && k->vec && k->turn;
}

static void orthonormalise_columns(float *x, size_t n, size_t p, unsigned n_threads,
                                   float *turned, float *block)
{
    smp_transpose(x, n, p, turned);
    smp_orthonormalise(turned, p, n, n_threads, block);
    smp_transpose(turned, p, n, x);
}

/* The same from the other side: y (rows,p) is sharpened by A A^T, and q follows at the end. */
static enum smp_status find_subspace_by_rows(const struct smp_operator *a,
                                             const struct smp_svd_plan *plan,
                                             struct svd_work *k, size_t p)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, plan->seed, 0x737664 /* "svd" */);
    for (size_t i = 0; i < a->rows * p; i++)
        k->q[i] = (float)smp_rng_normal(&rng); /* rows < cols: there is room */
    for (unsigned round = 0; round < plan->rounds; round++) {
        SMP_TRY(smp_report(plan->progress, plan->done, plan->what));
        a->apply_both(a->ctx, k->q, p, k->y);
        orthonormalise_columns(k->y, a->rows, p, plan->n_threads, k->qt, k->block);
        memcpy(k->q, k->y, a->rows * p * sizeof *k->q);
    }
    a->apply_t(a->ctx, k->y, p, k->q);
    orthonormalise_columns(k->q, a->cols, p, plan->n_threads, k->qt, k->block);
    return SMP_OK;
}

/* q (cols,p): an orthonormal basis of where A's leading right singular vectors lie. */
static enum smp_status find_subspace(const struct smp_operator *a,
                                     const struct smp_svd_plan *plan, struct svd_work *k,
                                     size_t p)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, plan->seed, 0x737664 /* "svd" */);
    for (size_t i = 0; i < a->cols * p; i++)
        k->q[i] = (float)smp_rng_normal(&rng);
    for (unsigned round = 0; round < plan->rounds; round++) {
        SMP_TRY(smp_report(plan->progress, plan->done, plan->what));
        a->apply(a->ctx, k->q, p, k->y);
        a->apply_t(a->ctx, k->y, p, k->q);
        orthonormalise_columns(k->q, a->cols, p, plan->n_threads, k->qt, k->block);
    }
    return SMP_OK;
}

/* Singular triples from the small problem (A q)^T (A q). */
static bool take_triples(const struct smp_operator *a, unsigned n_threads, struct svd_work *k,
                         size_t p, size_t wanted, struct smp_svd *out)
{
    size_t rank = 0;

    a->apply(a->ctx, k->q, p, k->y);
    smp_gram(k->y, a->rows, p, k->block, k->gram);
    smp_eigen_psd(k->gram, p, k->w, k->vec);
    while (rank < wanted && k->w[rank] > 0 && sqrt(k->w[rank]) > RANK_EPSILON * sqrt(k->w[0]))
        rank++;
    for (size_t i = 0; i < p * p; i++)
        k->turn[i] = (float)k->vec[i];
    *out = (struct smp_svd){
        .k = rank,
        .s = calloc(rank + 1, sizeof(double)),
        .v = calloc(rank * a->cols + 1, sizeof(float)),
        .us = calloc(rank * a->rows + 1, sizeof(float)),
    };
    if (!out->s || !out->v || !out->us) return false;
    for (size_t i = 0; i < rank; i++)
        out->s[i] = sqrt(k->w[i]);
    smp_transpose(k->q, a->cols, p, k->qt);
    smp_gemm_threads(n_threads, (struct smp_gemm_shape){SMP_NN, rank, a->cols, p}, k->turn,
                     k->qt, out->v);
    smp_gemm_threads(n_threads, (struct smp_gemm_shape){SMP_NT, a->rows, rank, p}, k->y,
                     k->turn, out->us);
    return true;
}

enum smp_status smp_svd(const struct smp_operator *a, const struct smp_svd_plan *plan,
                        struct smp_svd *out)
{
    const size_t smaller = a->rows < a->cols ? a->rows : a->cols;
    const size_t wanted = plan->k < smaller ? plan->k : smaller;
    const size_t p = wanted + OVERSAMPLE < smaller ? wanted + OVERSAMPLE : smaller;
    struct svd_work work;
    enum smp_status e;

    *out = (struct smp_svd){0};
    if (!svd_work_new(&work, a->rows, a->cols, p)) {
        e = smp_fail_nomem();
        goto out;
    }
    e = a->apply_both && a->rows <= a->cols ? find_subspace_by_rows(a, plan, &work, p)
                                            : find_subspace(a, plan, &work, p);
    if (!e && !take_triples(a, plan->n_threads, &work, p, wanted, out)) e = smp_fail_nomem();
out:
    svd_work_free(&work);
    if (e) smp_svd_free(out);
    return e;
}

void smp_svd_free(struct smp_svd *svd)
{
    free(svd->s);
    free(svd->v);
    free(svd->us);
    *svd = (struct smp_svd){0};
}
