#include "sampler/herd.h"

#include "sampler/bytes.h"
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
    ASKED_MAX = 128, /* rows that the bandwidth is measured at; their median is steady to 3 % */
    HUGE_PAGE = 2 << 20,
    NEIGHBOUR_LARGE = 60,
    NEIGHBOUR_SMALL = 6,
    NEIGHBOURS_OF = 6000 /* the 60th of 6,000: 1 % */
};

/* Squared distances come as |a|^2 + |b|^2 - 2ab in f32; below this share of |a|^2 + |b|^2 what is
 * left is rounding, and the two are equal. */
static const float SAME = 2e-6f;

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

/* -- distances -------------------------------------------------------------------------------- */

SMP_KERNEL
static float sum_of_squares(const float *restrict x, size_t n)
{
    float lane[SMP_LANES] = {0};
    float sum = 0;
    size_t i = 0;

    for (; i + SMP_LANES <= n; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] += x[i + l] * x[i + l];
    for (; i < n; i++)
        lane[0] += x[i] * x[i];
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    return sum;
}

/* products (n) -> squared distances between a point of norm `one` and those of `norm` (n). */
SMP_KERNEL
static void to_distances(float *restrict product, const float *restrict norm, float one,
                         size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const float both = one + norm[j];
        const float d2 = both - 2 * product[j];
        product[j] = d2 > SAME * both ? d2 : 0;
    }
}

/* distance (rows, m) <- from the rows of `from` to all candidates. */
static void distances(const struct smp_herd *h, const float *from, const float *norms,
                      size_t n_from, float *distance)
{
    smp_gemm_steady(n_from, h->m, h->d, from, h->packed, distance);
    for (size_t i = 0; i < n_from; i++)
        to_distances(distance + i * h->m, h->norm, norms[i], h->m);
}

SMP_KERNEL
static void to_kernel(float *restrict distance, float scale, size_t n)
{
    for (size_t j = 0; j < n; j++)
        distance[j] = smp_exp_negative(distance[j] * scale);
}

static void lower(float *restrict least, const float *restrict x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        least[j] = x[j] < least[j] ? x[j] : least[j];
}

static void raise(float *restrict most, const float *restrict x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        most[j] = x[j] > most[j] ? x[j] : most[j];
}

/* -- bandwidth -------------------------------------------------------------------------------- */

struct asked {
    uint64_t key;
    size_t i;
};

static int by_key(const void *a, const void *b)
{
    const struct asked *x = a;
    const struct asked *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

static int by_value(const void *a, const void *b)
{
    const float *x = a;
    const float *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The k-th smallest of x (n), 0-based, by quickselect; x is reordered. */
static float select_kth(float *x, size_t n, size_t k)
{
    size_t low = 0;
    size_t high = n - 1;

    while (low < high) {
        const float pivot = x[low + (high - low) / 2];
        size_t i = low;
        size_t j = high;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j) break;
            const float kept = x[i];
            x[i++] = x[j];
            x[j--] = kept;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[k];
}

enum { GROUP = 16 };

/* Moves the numbers that may be among the k + 1 smallest of x (n) to its front, and returns how many.
 * Every number belongs to a group of GROUP; the k-th smallest of the groups' least
 * bounds the k-th smallest of all, and few lie below it. A loop without branches over most of x,
 * where quickselect guesses wrong at every other number. */
static size_t keep_small(float *x, size_t n, size_t k, float *least)
{
    const size_t groups = n / GROUP;
    size_t kept = 0;
    float bound;

    if (groups <= k) return n;
    for (size_t g = 0; g < groups; g++)
        least[g] = x[g];
    for (size_t row = 1; row < GROUP; row++)
        lower(least, x + row * groups, groups);
    bound = select_kth(least, groups, k);
    for (size_t i = 0; i < n; i++) {
        const float value = x[i];
        x[kept] = value;
        kept += value <= bound;
    }
    return kept;
}

struct measure {
    const struct smp_herd *h;
    const struct asked *asked;
    size_t n_asked, near, nearest;
    float *large, *small; /* (n_asked) */
    float *work;          /* (threads, 2 m) */
};

static void measure_one(void *ctx, size_t piece, unsigned thread)
{
    const struct measure *job = ctx;
    const struct smp_herd *h = job->h;
    const size_t i = job->asked[piece].i;
    float *distance = job->work + (size_t)2 * thread * h->m;
    size_t n;

    distances(h, h->x + i * h->d, h->norm + i, 1, distance);
    n = keep_small(distance, h->m, job->near, distance + h->m);
    /* Index 0 is the row itself, so index k is the k-th neighbour; and what is nearer than it now
     * stands before it. */
    job->large[piece] = select_kth(distance, n, job->near);
    job->small[piece] = select_kth(distance, job->near + 1, job->nearest);
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The neighbour among m candidates that stands for the `wanted`-th among min(n_pool, 6000). */
static size_t neighbour(size_t wanted, size_t m, size_t n_pool, size_t share)
{
    const size_t of = at_most(n_pool, NEIGHBOURS_OF);
    size_t k = m < of ? (wanted * m + of / 2) / of : wanted;

    k = at_most(k, m / share);
    if (k < 1) k = 1;
    return at_most(k, m - 1);
}

static float median(float *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return x[n / 2];
}

static void choose_asked(const struct smp_herd *h, struct asked *asked)
{
    for (size_t i = 0; i < h->m; i++) {
        /* 32 bytes of a latent tell rows apart well enough, and are soon read. */
        const size_t n = at_most(h->d, 8);
        asked[i] = (struct asked){smp_fnv(h->x + i * h->d, n * sizeof(float)), i};
    }
    qsort(asked, h->m, sizeof *asked, by_key);
}

enum smp_status smp_herd_measure(struct smp_herd *h, size_t n_pool, struct smp_bandwidth *out)
{
    const size_t n = at_most(h->m, ASKED_MAX);
    struct asked *asked = malloc(h->m * sizeof *asked);
    float *values = malloc((2 * n + (size_t)2 * h->n_threads * h->m) * sizeof *values);
    struct measure job = {.h = h, .asked = asked, .n_asked = n, .large = values};
    float least;
    float norms = 0;
    enum smp_status e = SMP_OK;

    if (!asked || !values) {
        e = smp_fail_nomem();
        goto out;
    }
    job.small = values + n;
    job.work = values + 2 * n;
    job.near = neighbour(NEIGHBOUR_LARGE, h->m, n_pool, 10);
    job.nearest = neighbour(NEIGHBOUR_SMALL, h->m, n_pool, 100);
    for (size_t i = 0; i < h->m; i++) {
        h->norm[i] = sum_of_squares(h->x + i * h->d, h->d);
        norms += h->norm[i] / (float)h->m;
    }
    smp_pack(h->x, h->m, h->d, h->packed);
    choose_asked(h, asked);
    smp_parallel(h->n_threads, n, measure_one, &job);
    /* Where most are equal, any distance at all is far. */
    least = norms > 0 ? 1e-5f * norms : 1;
    out->large = fmaxf(median(job.large, n), least);
    out->small = fmaxf(median(job.small, n), least);
out:
    free(asked);
    free(values);
    return e;
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
            to_distances(distance + i * m, h->norm + first, job->norm[row + i], m);
            lower(nearest, distance + i * m, m);
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
        norm[i] = sum_of_squares(by + i * h->d, h->d);
    struct covering job = {h, by, norm, n, work + (size_t)h->n_threads * BLOCK * BLOCK, work};
    smp_parallel(h->n_threads, blocks, nearest_block, &job);
    to_kernel(job.nearest, -1 / h2, h->m);
    raise(h->cover, job.nearest, h->m);
    free(norm);
    free(work);
    return SMP_OK;
}

struct least {
    const float *x, *norm;
    size_t n, d;
    float *least; /* (pieces) */
    float *work;  /* (threads, BLOCK, BLOCK) */
};

static void least_block(void *ctx, size_t piece, unsigned thread)
{
    const struct least *job = ctx;
    const size_t first = piece * BLOCK;
    const size_t m = at_most(job->n - first, BLOCK);
    float *distance = job->work + (size_t)thread * BLOCK * BLOCK;
    float found = FLT_MAX;

    for (size_t row = first; row < job->n; row += BLOCK) {
        const size_t rows = at_most(job->n - row, BLOCK);
        smp_gemm((struct smp_gemm_shape){SMP_NT, m, rows, job->d}, job->x + first * job->d,
                 job->x + row * job->d, distance);
        for (size_t i = 0; i < m; i++) {
            to_distances(distance + i * rows, job->norm + row, job->norm[first + i], rows);
            for (size_t j = row == first ? i + 1 : 0; j < rows; j++)
                if (distance[i * rows + j] < found) found = distance[i * rows + j];
        }
    }
    job->least[piece] = found;
}

enum smp_status smp_least_distance2(const float *x, size_t n, size_t d, unsigned n_threads,
                                    float *out)
{
    const size_t blocks = (n + BLOCK - 1) / BLOCK;
    const size_t work = (size_t)smp_threads(n_threads) * BLOCK * BLOCK;
    float *all = malloc((n + blocks + work) * sizeof *all);
    struct least job = {.x = x, .norm = all, .n = n, .d = d};

    if (!all) return smp_fail_nomem();
    job.least = all + n;
    job.work = all + n + blocks;
    for (size_t i = 0; i < n; i++)
        all[i] = sum_of_squares(x + i * d, d);
    smp_parallel(n_threads, blocks, least_block, &job);
    *out = FLT_MAX;
    for (size_t b = 0; b < blocks; b++)
        *out = fminf(*out, job.least[b]);
    free(all);
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
        to_distances(kernel, h->norm + first, h->norm[row], n);
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
    const float norm = sum_of_squares(x, h->d);

    for (size_t first = 0; first < h->m; first += BLOCK) {
        const size_t m = at_most(h->m - first, BLOCK);
        smp_gemm((struct smp_gemm_shape){SMP_NT, 1, m, h->d}, x, h->x + first * h->d, block);
        to_distances(block, h->norm + first, norm, m);
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
