#include "sampler/herd_distance.h"

#include "sampler/gemm.h"
#include "sampler/linalg.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    BLOCK = 64, /* rows of the kernel made at once: 64 x 4,000 floats stay in the L2 cache */
    HUGE_PAGE = 2 << 20
};

/* The kernel is the one large array; in small pages a fifth of a pick would be page faults. */
static float *new_kernel(size_t n)
{
    void *kernel;

    if (posix_memalign(&kernel, HUGE_PAGE, n * sizeof(float) + 1)) return NULL;
    madvise(kernel, n * sizeof(float), MADV_HUGEPAGE); /* a wish: nothing depends on it */
    return kernel;
}

enum smp_status smp_herd_new(struct smp_herd *h, size_t m, size_t d, unsigned n_threads)
{
    *h = (struct smp_herd){
        .m = m,
        .d = d,
        .n_threads = smp_threads(n_threads),
        .x = malloc(m * d * sizeof(float)),
        .norm = calloc(m, sizeof(float)),
        .cover = calloc(m, sizeof(float)),
        .weight = calloc(m, sizeof(float)),
        .packed = malloc((smp_packed_floats(m, d) + 1) * sizeof(float)),
        .kernel = new_kernel(m * m),
        .gain = calloc(m, sizeof(float)),
        .stamp = calloc(m, sizeof(size_t)),
        .heap = calloc(m, sizeof(size_t)),
        .place = calloc(m, sizeof(size_t)),
    };
    if (!h->x || !h->norm || !h->cover || !h->weight || !h->packed || !h->kernel || !h->gain ||
        !h->stamp || !h->heap || !h->place) {
        smp_herd_free(h);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < m; i++)
        h->weight[i] = 1;
    return SMP_OK;
}

void smp_herd_free(struct smp_herd *h)
{
    free(h->x);
    free(h->norm);
    free(h->cover);
    free(h->weight);
    free(h->packed);
    free(h->kernel);
    free(h->gain);
    free(h->stamp);
    free(h->heap);
    free(h->place);
    *h = (struct smp_herd){0};
}

/* -- kernels ---------------------------------------------------------------------------------- */

SMP_KERNEL
static void to_kernel(float *restrict distance, float scale, size_t n)
{
    for (size_t j = 0; j < n; j++)
        distance[j] = smp_exp_negative(distance[j] * scale);
}

static void raise(float *restrict most, const float *restrict x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        most[j] = x[j] > most[j] ? x[j] : most[j];
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* -- covering --------------------------------------------------------------------------------- */

struct covering {
    struct smp_herd *h;
    const float *by, *norm;
    size_t n;
    float *nearest; /* (m) squared distances */
    float *work;    /* (threads, BLOCK, BLOCK) */
};

/* The nearest of the covering rows, for one block of candidates. */
static void nearest_block(void *ctx, size_t piece, unsigned thread)
{
    const struct covering *job = ctx;
    const struct smp_herd *h = job->h;
    const size_t first = piece * BLOCK;
    const size_t m = at_most(h->m - first, BLOCK);
    float *distance = job->work + (size_t)thread * BLOCK * BLOCK;
    float *nearest = job->nearest + first;

    for (size_t j = 0; j < m; j++)
        nearest[j] = FLT_MAX;
    for (size_t row = 0; row < job->n; row += BLOCK) {
        const size_t rows = at_most(job->n - row, BLOCK);
        smp_gemm((struct smp_gemm_shape){SMP_NT, rows, m, h->d}, job->by + row * h->d,
                 h->x + first * h->d, distance);
        for (size_t i = 0; i < rows; i++) {
            smp_to_distances(distance + i * m, h->norm + first, job->norm[row + i], m);
            smp_lower(nearest, distance + i * m, m);
        }
    }
}

enum smp_status smp_herd_cover(struct smp_herd *h, const float *by, size_t n, float h2)
{
    const size_t blocks = (h->m + BLOCK - 1) / BLOCK;
    float *norm;
    float *work;

    if (!n) return SMP_OK;
    norm = malloc(n * sizeof *norm);
    work = malloc(((size_t)h->n_threads * BLOCK * BLOCK + h->m) * sizeof *work);
    if (!norm || !work) {
        free(norm);
        free(work);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < n; i++)
        norm[i] = smp_herd_squares(by + i * h->d, h->d);
    struct covering job = {h, by, norm, n, work + (size_t)h->n_threads * BLOCK * BLOCK, work};
    smp_parallel(h->n_threads, blocks, nearest_block, &job);
    to_kernel(job.nearest, -1 / h2, h->m);
    raise(h->cover, job.nearest, h->m);
    free(norm);
    free(work);
    return SMP_OK;
}

/* -- gains and the lazy queue ----------------------------------------------------------------- */

SMP_KERNEL
static float gain_of(const float *restrict kernel, const float *restrict cover,
                     const float *restrict weight, size_t n)
{
    float lane[SMP_LANES] = {0};
    float sum = 0;
    size_t j = 0;

    for (; j + SMP_LANES <= n; j += SMP_LANES) {
        for (size_t l = 0; l < SMP_LANES; l++) {
            const float more = kernel[j + l] - cover[j + l];
            lane[l] += more > 0 ? weight[j + l] * more : 0;
        }
    }
    for (; j < n; j++) {
        const float more = kernel[j] - cover[j];
        lane[0] += more > 0 ? weight[j] * more : 0;
    }
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    return sum;
}

/* What one row, of this weight and covered so far, adds to the gains of n others. */
SMP_KERNEL
static void add_gains(float *restrict gain, const float *restrict kernel, float cover,
                      float weight, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const float more = kernel[j] - cover;
        gain[j] += weight * (more > 0 ? more : 0);
    }
}

/* Rows first.. of the kernel, from their own column on, and the same mirrored below the diagonal;
 * and, while they are near, the gains: their own from these columns, and what they add to those
 * of the columns beyond the block. */
static void kernel_block(void *ctx, size_t piece, unsigned thread)
{
    struct smp_herd *h = ctx;
    const size_t first = piece * BLOCK;
    const size_t rows = at_most(h->m - first, BLOCK);
    const size_t beyond = first + rows;
    const size_t n = h->m - first;
    float *block = h->work + (size_t)thread * BLOCK * h->m;
    float *added = h->added + piece * h->m;

    smp_gemm_steady(rows, n, h->d, h->x + first * h->d, h->packed + first * h->d, block);
    memset(added, 0, h->m * sizeof *added);
    for (size_t i = 0; i < rows; i++) {
        float *kernel = block + i * n;
        const size_t row = first + i;
        smp_to_distances(kernel, h->norm + first, h->norm[row], n);
        to_kernel(kernel, -1 / h->h2, n);
        memcpy(h->kernel + row * h->m + first, kernel, n * sizeof *kernel);
        h->gain[row] = gain_of(kernel, h->cover + first, h->weight + first, n);
        add_gains(added + beyond, kernel + rows, h->cover[row], h->weight[row], h->m - beyond);
    }
    smp_transpose_part(block + rows, n, rows, h->m - beyond, h->kernel + beyond * h->m + first,
                       h->m);
}

/* First gains: what every block found, and a little more. The sums' order is not that of gain_of, so
 * they are only bounds; who comes to the top of the queue is asked again. */
static void bound_gains(struct smp_herd *h, size_t blocks)
{
    const float rounding = 1 + 2.4e-7f * (float)(h->m + blocks);

    for (size_t piece = 0; piece < blocks; piece++)
        for (size_t i = 0; i < h->m; i++)
            h->gain[i] += h->added[piece * h->m + i];
    for (size_t i = 0; i < h->m; i++) {
        h->gain[i] *= rounding;
        h->stamp[i] = SIZE_MAX;
    }
}

/* Larger gain first; on a tie the lower index. */
static bool before(const struct smp_herd *h, size_t a, size_t b)
{
    return h->gain[a] != h->gain[b] ? h->gain[a] > h->gain[b] : a < b;
}

static void put_at(struct smp_herd *h, size_t place, size_t i)
{
    h->heap[place] = i;
    h->place[i] = place;
}

static void sink(struct smp_herd *h, size_t place)
{
    const size_t i = h->heap[place];

    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= h->n_heap) break;
        if (child + 1 < h->n_heap && before(h, h->heap[child + 1], h->heap[child])) child++;
        if (!before(h, h->heap[child], i)) break;
        put_at(h, place, h->heap[child]);
        place = child;
    }
    put_at(h, place, i);
}

static void rise(struct smp_herd *h, size_t place)
{
    const size_t i = h->heap[place];

    while (place) {
        const size_t parent = (place - 1) / 2;
        if (!before(h, i, h->heap[parent])) break;
        put_at(h, place, h->heap[parent]);
        place = parent;
    }
    put_at(h, place, i);
}

enum smp_status smp_herd_start(struct smp_herd *h, float h2)
{
    const size_t blocks = (h->m + BLOCK - 1) / BLOCK;

    h->h2 = h2;
    h->work = malloc((h->n_threads * (size_t)BLOCK + blocks) * h->m * sizeof *h->work);
    if (!h->work) return smp_fail_nomem();
    h->added = h->work + (size_t)h->n_threads * BLOCK * h->m;
    smp_parallel(h->n_threads, blocks, kernel_block, h);
    bound_gains(h, blocks);
    free(h->work);
    h->work = h->added = NULL;
    h->n_heap = h->m;
    for (size_t i = 0; i < h->m; i++)
        put_at(h, i, i);
    for (size_t place = h->m / 2; place-- > 0;)
        sink(h, place);
    return SMP_OK;
}

size_t smp_herd_best(struct smp_herd *h)
{
    while (h->n_heap) {
        const size_t i = h->heap[0];
        if (h->stamp[i] == h->n_covers) return i;
        h->gain[i] = gain_of(h->kernel + i * h->m, h->cover, h->weight, h->m);
        h->stamp[i] = h->n_covers;
        sink(h, 0);
    }
    return SIZE_MAX;
}

static void remove_from_heap(struct smp_herd *h, size_t i)
{
    const size_t place = h->place[i];
    const size_t last = h->heap[--h->n_heap];

    h->place[i] = SIZE_MAX;
    if (last == i) return;
    put_at(h, place, last);
    sink(h, place);
    rise(h, h->place[last]);
}

void smp_herd_take(struct smp_herd *h, size_t i)
{
    remove_from_heap(h, i);
    raise(h->cover, h->kernel + i * h->m, h->m);
    h->n_covers++;
}

void smp_herd_take_outside(struct smp_herd *h, const float *x)
{
    float block[BLOCK];
    const float norm = smp_herd_squares(x, h->d);

    for (size_t first = 0; first < h->m; first += BLOCK) {
        const size_t m = at_most(h->m - first, BLOCK);
        smp_gemm((struct smp_gemm_shape){SMP_NT, 1, m, h->d}, x, h->x + first * h->d, block);
        smp_to_distances(block, h->norm + first, norm, m);
        to_kernel(block, -1 / h->h2, m);
        raise(h->cover + first, block, m);
    }
    h->n_covers++;
}

size_t smp_herd_alike(const struct smp_herd *h, size_t i)
{
    const float *kernel = h->kernel + i * h->m;
    size_t n = 0;

    for (size_t j = 0; j < h->m; j++)
        n += kernel[j] >= 0.5f && kernel[j] > h->cover[j];
    return n ? n : 1;
}
