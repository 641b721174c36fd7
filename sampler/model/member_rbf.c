#include "sampler/model/kernel.h"
#include "sampler/model/kinds.h"

#include "sampler/gemm.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANDMARKS_MAX = 1024, STREAM_LANDMARKS = 0x72626600, CHUNK_ROWS = 256 };

/* The head's strength, and the width: e^-1 at the distance of two labelled items, on average. Best of
 * 10, 30, 100, 1000 and of widths 0.5 to 4 times the variance on Fashion-MNIST, photos and texts;
 * many classes want the freer head, as they do without kernels. */
static const double C_FEW_CLASSES = 100, C_MANY_CLASSES = 1000, WIDTH = 2;
enum { MANY_CLASSES = 20 };

/* Added to every item's kernel with itself: items alike would otherwise leave pivots that are rounding
 * of f32, and features that are nothing but. */
static const float JITTER = 1e-3f;

void smp_rbf_free(struct smp_rbf *rbf)
{
    free(rbf->landmark);
    free(rbf->square);
    *rbf = (struct smp_rbf){0};
}

static struct smp_kernel kernel_of(const struct smp_rbf *rbf)
{
    return (struct smp_kernel){.landmark = rbf->landmark,
                               .square = rbf->square,
                               .m = rbf->m,
                               .d = rbf->d,
                               .gamma = rbf->gamma};
}

void smp_rbf_see(const struct smp_rbf *rbf, const float *x, size_t n, float *square, float *k)
{
    const struct smp_kernel kernel = kernel_of(rbf);

    smp_squares(x, n, rbf->d, square);
    smp_kernel_rows(&kernel, x, square, n, k);
}

/* All labelled rows, or as many as there is room for, by seed. */
static enum smp_status choose_landmarks(struct smp_rbf *rbf, const struct smp_member_in *in,
                                        const float *x)
{
    const size_t n = in->labels.n;
    const size_t max = LANDMARKS_MAX;
    const size_t d = in->d;
    const double variance = smp_variance(x, n, d);
    size_t *at;

    rbf->d = d;
    rbf->m = n < max ? n : max;
    rbf->gamma = (float)(1 / (WIDTH * (variance > 0 ? variance : 1)));
    rbf->landmark = malloc(rbf->m * d * sizeof *rbf->landmark);
    rbf->square = malloc(rbf->m * sizeof *rbf->square);
    at = malloc(rbf->m * sizeof *at);
    if (!rbf->landmark || !rbf->square || !at) {
        free(at);
        return smp_fail_nomem();
    }
    if (n <= max) {
        memcpy(rbf->landmark, x, n * d * sizeof *x);
    } else {
        struct smp_rng rng;
        smp_rng_seed(&rng, in->seed, STREAM_LANDMARKS);
        smp_rng_subset(&rng, n, rbf->m, at);
        for (size_t i = 0; i < rbf->m; i++)
            memcpy(rbf->landmark + i * d, x + at[i] * d, d * sizeof *x);
    }
    smp_squares(rbf->landmark, rbf->m, d, rbf->square);
    free(at);
    return SMP_OK;
}

struct room {
    float *x, *lower, *inverse, *phi, *square, *weights;
    size_t *row;
};

static void room_free(struct room *r)
{
    free(r->x);
    free(r->lower);
    free(r->inverse);
    free(r->phi);
    free(r->square);
    free(r->weights);
    free(r->row);
}

/* phi (n, m) <- what the labelled rows look like: rows of L for landmarks, K L^-T for others. */
static enum smp_status look(const struct smp_rbf *rbf, size_t n, struct room *r)
{
    const size_t m = rbf->m;
    float *k;

    smp_rbf_see(rbf, rbf->landmark, m, r->square, r->lower);
    for (size_t i = 0; i < m; i++)
        r->lower[i * m + i] += JITTER;
    SMP_TRY(smp_cholesky(r->lower, m, JITTER / 2));
    smp_lower_inverse(r->lower, m, r->inverse);
    if (n == m) {
        memcpy(r->phi, r->lower, m * m * sizeof *r->phi);
        return SMP_OK;
    }
    k = malloc(CHUNK_ROWS * m * sizeof *k);
    if (!k) return smp_fail_nomem();
    for (size_t i = 0; i < n; i += CHUNK_ROWS) {
        const size_t rows = n - i < CHUNK_ROWS ? n - i : CHUNK_ROWS;
        smp_rbf_see(rbf, r->x + i * rbf->d, rows, r->square, k);
        smp_gemm((struct smp_gemm_shape){SMP_NT, rows, m, m}, k, r->inverse, r->phi + i * m);
    }
    free(k);
    return SMP_OK;
}

/* The head on rows of L, said of kernels: a = L^-T w. */
static enum smp_status say_of_kernels(const struct smp_head *on_rows, struct room *r,
                                      struct smp_head **out)
{
    struct smp_head_parts parts = smp_head_take_apart(on_rows);
    const size_t m = parts.d;
    const size_t k = parts.n_fitted;

    r->weights = malloc((k * m + 1) * sizeof *r->weights);
    if (!r->weights) return smp_fail_nomem();
    smp_gemm((struct smp_gemm_shape){SMP_NN, k, m, m}, parts.weights, r->inverse, r->weights);
    parts.weights = r->weights;
    return smp_head_assemble(&parts, out);
}

enum smp_status smp_rbf_fit(const struct smp_member_in *in, struct smp_rbf *rbf,
                            struct smp_head **out)
{
    const size_t n = in->labels.n;
    const size_t d = in->d;
    struct smp_head_in head = {.n = n,
                               .labels = in->labels,
                               .c = in->labels.n_classes > MANY_CLASSES ? C_MANY_CLASSES
                                                                        : C_FEW_CLASSES,
                               .n_threads = in->n_threads};
    struct smp_head *on_rows = NULL;
    struct room r = {.x = malloc((n * d + 1) * sizeof(float)),
                     .row = malloc((n + 1) * sizeof(size_t))};
    enum smp_status e = r.x && r.row ? smp_gather_labelled(in, r.x) : smp_fail_nomem();

    if (!e) e = choose_landmarks(rbf, in, r.x);
    if (e) goto out;
    r.lower = malloc(rbf->m * rbf->m * sizeof(float));
    r.inverse = malloc(rbf->m * rbf->m * sizeof(float));
    r.phi = malloc(n * rbf->m * sizeof(float));
    r.square = malloc((n + CHUNK_ROWS) * sizeof(float));
    e = r.lower && r.inverse && r.phi && r.square ? look(rbf, n, &r) : smp_fail_nomem();
    if (e) goto out;
    for (size_t i = 0; i < n; i++)
        r.row[i] = i;
    head.z = r.phi;
    head.d = rbf->m;
    head.labels.row = r.row;
    e = smp_head_fit(&head, &on_rows);
    if (!e) e = say_of_kernels(on_rows, &r, out);
out:
    smp_head_free(on_rows);
    room_free(&r);
    return e;
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_rbf_put(const struct smp_rbf *rbf, struct smp_writer *w)
{
    smp_put_u32(w, (uint32_t)rbf->m);
    smp_put_u32(w, (uint32_t)rbf->d);
    smp_put_floats(w, &rbf->gamma, 1);
    smp_put_floats(w, rbf->landmark, rbf->m * rbf->d);
}

enum smp_status smp_rbf_take(struct smp_reader *r, struct smp_rbf *rbf)
{
    float *gamma;

    *rbf = (struct smp_rbf){.m = smp_take_u32(r), .d = smp_take_u32(r)};
    gamma = smp_take_floats(r, 1);
    rbf->gamma = gamma ? *gamma : 0;
    free(gamma);
    if (rbf->m && rbf->m <= LANDMARKS_MAX && rbf->d && rbf->gamma > 0)
        rbf->landmark = smp_take_floats(r, rbf->m * rbf->d);
    if (!rbf->landmark || r->failed)
        return smp_fail(SMP_CORRUPT, "the kernels of a classifier are damaged or cut short");
    rbf->square = malloc(rbf->m * sizeof *rbf->square);
    if (!rbf->square) return smp_fail_nomem();
    smp_squares(rbf->landmark, rbf->m, rbf->d, rbf->square);
    return SMP_OK;
}
