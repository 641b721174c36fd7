#include "sampler/blocks/fisher.h"

#include "sampler/blocks/sides.h"
#include "sampler/gemm.h"
#include "sampler/rng.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    REGIONS = SMP_BANDS + 1, /* the whole, and the bands */
    SAMPLE = 40000,          /* descriptors that axes and mixture are learned from */
    AT_ONCE = 64,            /* photos between two reports */
    STREAM_DESCRIPTORS = 0x66697368
};

/* By kind of descriptor. Where a texture lies says nothing about which it is, so textures have one
 * region, the whole. */
static const struct recipe {
    size_t axes, components, regions;
} RECIPES[] = {
    [SMP_SHAPES] = {96, 64, REGIONS},
    [SMP_TEXTURES] = {64, 64, 1      },
    [SMP_COLOURS] = {48, 32, REGIONS},
};

/* -- learning --------------------------------------------------------------------------------- */

struct sampling {
    const struct smp_photos *photos;
    enum smp_descriptor_kind kind;
    struct smp_view_shape shape;
    size_t per_photo; /* descriptors kept of each */
    size_t first;     /* of the photos at hand */
    float *work;
    size_t work_each;
    float *x; /* (n * per_photo, size) */
};

/* Descriptors of one photo, evenly drawn by the photo's own random numbers. */
static void sample_photo(void *ctx, size_t piece, unsigned thread)
{
    const struct sampling *s = ctx;
    const size_t i = s->first + piece;
    const size_t size = smp_descriptor_size(s->kind);
    const size_t bytes = smp_image_bytes(&s->photos->spec);
    float *strip = s->work + thread * s->work_each;
    float *memory = strip + SMP_STRIP_MAX * size;
    float *maps = memory + smp_view_floats(&s->shape);
    float *spare = maps;
    float *out = s->x + i * s->per_photo * size;
    size_t left = smp_descriptors_per_photo(s->kind, s->shape.large);
    size_t need = s->per_photo;
    struct smp_descriptor_map map;
    struct smp_view view;
    struct smp_rng rng;

    smp_rng_seed(&rng, s->photos->seed, STREAM_DESCRIPTORS + (uint64_t)i);
    smp_view_make(&s->shape, s->photos->pixels + i * bytes, memory, spare, &view);
    smp_descriptors_prepare(s->kind, &view, maps, &map);
    for (size_t scale = 0; scale < map.n_scales; scale++) {
        for (size_t band = 0; band < SMP_BANDS; band++) {
            const size_t n = smp_descriptors_strip(&map, scale, band, strip);
            for (size_t j = 0; j < n; j++, left--) {
                if (smp_rng_below(&rng, left) >= need) continue;
                memcpy(out, strip + j * size, size * sizeof *out);
                out += size;
                need--;
            }
        }
    }
}

static enum smp_status sample_descriptors(struct sampling *s, size_t *rows)
{
    const size_t all = smp_descriptors_per_photo(s->kind, s->shape.large);
    const size_t size = smp_descriptor_size(s->kind);
    const size_t wish = (SAMPLE + s->photos->n - 1) / s->photos->n;

    s->per_photo = wish < all ? wish : all;
    *rows = s->per_photo * s->photos->n;
    s->work_each = SMP_STRIP_MAX * size + smp_view_floats(&s->shape) +
                   smp_view_spare(&s->shape) + smp_descriptors_work(s->shape.large);
    s->work = malloc(smp_threads(s->photos->n_threads) * s->work_each * sizeof(float));
    s->x = malloc(*rows * size * sizeof(float));
    if (!s->work || !s->x) return smp_fail_nomem();
    for (s->first = 0; s->first < s->photos->n; s->first += AT_ONCE) {
        const size_t left = s->photos->n - s->first;
        SMP_TRY(smp_report(s->photos->progress, 0.2 * (double)s->first / (double)s->photos->n,
                           "drawing descriptors"));
        smp_parallel(s->photos->n_threads, left < AT_ONCE ? left : AT_ONCE, sample_photo, s);
    }
    return SMP_OK;
}

static enum smp_status learn_mixture(const struct smp_photos *photos, struct smp_fisher *f,
                                     const float *descriptors, size_t rows)
{
    const size_t d = f->axes.n;
    float *y = malloc(rows * d * sizeof(float));
    float *x = malloc(rows * 2 * d * sizeof(float));
    struct smp_part part = {photos->progress, 0.2, 1, "learning a mixture"};
    const struct smp_progress progress = smp_part_progress(&part);
    struct smp_mixture_in in = {.x = x,
                                .n = rows,
                                .d = d,
                                .n_even = f->axes.n_even,
                                .k = RECIPES[f->kind].components,
                                .seed = photos->seed,
                                .n_threads = photos->n_threads,
                                .progress = &progress};
    enum smp_status e;

    if (!x || !y) {
        e = smp_fail_nomem();
        goto out;
    }
    smp_axes_apply(&f->axes, descriptors, rows, y);
    smp_mixture_rows(y, rows, d, x);
    e = smp_mixture_learn(&in, &f->mixture);
out:
    free(x);
    free(y);
    return e;
}

enum smp_status smp_fisher_learn(const struct smp_photos *photos, enum smp_descriptor_kind kind,
                                 struct smp_fisher *out)
{
    struct sampling s = {
        .photos = photos, .kind = kind, .shape = smp_view_shape_of(&photos->spec)};
    struct smp_fisher f = {.kind = kind, .sides = photos->sides};
    size_t rows = 0;
    enum smp_status e = sample_descriptors(&s, &rows);

    if (!e) e = smp_axes_learn(kind, s.x, rows, RECIPES[kind].axes, &f.axes);
    if (!e) e = learn_mixture(photos, &f, s.x, rows);
    free(s.work);
    free(s.x);
    if (e) {
        smp_fisher_free(&f);
        return e;
    }
    *out = f;
    return SMP_OK;
}

void smp_fisher_free(struct smp_fisher *f)
{
    smp_axes_free(&f->axes);
    smp_mixture_free(&f->mixture);
}

/* -- encoding --------------------------------------------------------------------------------- */

static size_t region_size(const struct smp_fisher *f)
{
    return 2 * f->mixture.k *
           f->mixture.d; /* mean and difference: k/2 pairs, 2d numbers each */
}

size_t smp_fisher_size(const struct smp_fisher *f)
{
    return RECIPES[f->kind].regions * region_size(f);
}

/* Sums of one region: how many descriptors, how much of each component, and q^T x. */
struct sums {
    float n;
    float *count; /* (k) */
    float *sum;   /* (k,2d) */
};

static size_t sums_floats(const struct smp_mixture *m)
{
    return m->k + m->k * 2 * m->d;
}

size_t smp_fisher_work(const struct smp_fisher *f, size_t side_px)
{
    const size_t k = f->mixture.k;
    const size_t d = f->mixture.d;
    const size_t strip = SMP_STRIP_MAX * (f->axes.size + 3 * d + k);

    return smp_descriptors_work(side_px) + strip + 4 * k * d +
           REGIONS * sums_floats(&f->mixture);
}

SMP_KERNEL
static void add_to(float *restrict to, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += x[i];
}

/* Cuts a thread's workspace; everything is as long as smp_fisher_work() says. */
struct desk {
    float *maps;        /* smp_descriptors_work() */
    float *descriptors; /* (strip, size) */
    float *y, *x, *q;   /* (strip, d), (strip, 2d), (strip, k) */
    float *strip_sum;   /* (k,2d) */
    float *g;           /* (2,k,d) */
    struct sums region[REGIONS];
};

static void desk_cut(struct desk *t, const struct smp_fisher *f, size_t side_px, float *work)
{
    const size_t k = f->mixture.k;
    const size_t d = f->mixture.d;

    t->maps = work;
    t->descriptors = t->maps + smp_descriptors_work(side_px);
    t->y = t->descriptors + SMP_STRIP_MAX * f->axes.size;
    t->x = t->y + SMP_STRIP_MAX * d;
    t->q = t->x + (size_t)SMP_STRIP_MAX * 2 * d;
    t->strip_sum = t->q + SMP_STRIP_MAX * k;
    t->g = t->strip_sum + 2 * k * d;
    for (size_t r = 0; r < REGIONS; r++) {
        float *at = t->g + 2 * k * d + r * sums_floats(&f->mixture);
        t->region[r] = (struct sums){.count = at, .sum = at + k};
        memset(at, 0, sums_floats(&f->mixture) * sizeof *at);
    }
}

/* Adds the sums of the strip on the desk to those of its band. */
static void add_strip(const struct smp_fisher *f, struct desk *t, size_t n, struct sums *band)
{
    const struct smp_mixture *m = &f->mixture;

    smp_axes_apply(&f->axes, t->descriptors, n, t->y);
    smp_mixture_rows(t->y, n, m->d, t->x);
    smp_mixture_shares(m, t->x, n, t->q);
    smp_gemm((struct smp_gemm_shape){SMP_TN, m->k, 2 * m->d, n}, t->q, t->x, t->strip_sum);
    add_to(band->sum, t->strip_sum, 2 * m->k * m->d);
    for (size_t i = 0; i < n; i++)
        add_to(band->count, t->q + i * m->k, m->k);
    band->n += (float)n;
}

/* Gradients by the means and the variances of all components, g (2, k, d). */
SMP_KERNEL
static void gradients(const struct smp_mixture *m, const struct sums *s, float *restrict g)
{
    const size_t d = m->d;
    const size_t n = m->k * d;

    for (size_t c = 0; c < m->k; c++) {
        const float *restrict x = s->sum + c * 2 * d;
        const float *restrict mean = m->mean + c * d;
        const float *restrict variance = m->variance + c * d;
        const float unit = 1 / (s->n * sqrtf(m->weight[c]));
        const float count = s->count[c];
        for (size_t j = 0; j < d; j++) {
            const float first = x[j] - count * mean[j];
            const float second =
                x[d + j] - 2 * x[j] * mean[j] + count * (mean[j] * mean[j] - variance[j]);
            g[c * d + j] = unit * first / sqrtf(variance[j]);
            g[n + c * d + j] = unit * second / (variance[j] * 1.41421356f);
        }
    }
}

/* Signed square root; returns the sum of what is under the roots, the new length squared. */
SMP_KERNEL
static float power(float *restrict g, size_t n)
{
    const size_t whole = n - n % SMP_LANES;
    float lane[SMP_LANES] = {0};
    float length2 = 0;

    for (size_t i = 0; i < whole; i += SMP_LANES) {
        for (size_t l = 0; l < SMP_LANES; l++) {
            const float x = fabsf(g[i + l]);
            lane[l] += x;
            g[i + l] = copysignf(sqrtf(x), g[i + l]);
        }
    }
    for (size_t i = whole; i < n; i++) {
        length2 += fabsf(g[i]);
        g[i] = copysignf(sqrtf(fabsf(g[i])), g[i]);
    }
    for (size_t l = 0; l < SMP_LANES; l++)
        length2 += lane[l];
    return length2;
}

/* The mean of the region's vector and its mirror image's, one component of each pair; times root 2,
 * so that lengths stay comparable. `difference` gets what they differ by, likewise, weighted. */
static void fold(const struct smp_mixture *m, const float *g, float scale, float weight,
                 float *mean, float *difference)
{
    const size_t d = m->d;
    const size_t half = m->k / 2 * d;

    for (size_t part = 0; part < 2; part++) {
        for (size_t i = 0; i < half; i++) {
            const float a = g[part * 2 * half + i];
            const float b = g[part * 2 * half + half + i];
            const int odd = part == 0 && i % d >= m->n_even;
            const float other = odd ? -b : b;
            mean[part * half + i] = scale * (a + other);
            difference[part * half + i] = weight * scale * (a - other);
        }
    }
}

static void region_vector(const struct smp_fisher *f, const struct sums *s, float *g,
                          float *out)
{
    const struct smp_mixture *m = &f->mixture;
    float length2;

    gradients(m, s, g);
    length2 = power(g, 2 * m->k * m->d);
    fold(m, g, length2 > 0 ? sqrtf(0.5f / length2) : 0, smp_sides_weight(f->sides), out,
         out + m->k * m->d);
}

void smp_fisher_encode(const struct smp_fisher *f, const struct smp_view *view, float *work,
                       float *out)
{
    struct smp_descriptor_map map;
    struct desk t;
    struct sums *whole = &t.region[0];
    struct sums *bands = whole + 1;

    desk_cut(&t, f, view->shape.large, work);
    smp_descriptors_prepare(f->kind, view, t.maps, &map);
    for (size_t scale = 0; scale < map.n_scales; scale++) {
        for (size_t band = 0; band < SMP_BANDS; band++) {
            const size_t n = smp_descriptors_strip(&map, scale, band, t.descriptors);
            add_strip(f, &t, n, &bands[band]);
        }
    }
    for (size_t band = 0; band < SMP_BANDS; band++) {
        add_to(whole->count, bands[band].count, sums_floats(&f->mixture));
        whole->n += bands[band].n;
    }
    for (size_t r = 0; r < RECIPES[f->kind].regions; r++)
        region_vector(f, &t.region[r], t.g, out + r * region_size(f));
}

/* -- bytes ------------------------------------------------------------------------------------ */

void smp_fisher_put(const struct smp_fisher *f, struct smp_writer *w)
{
    smp_axes_put(&f->axes, w);
    smp_mixture_put(&f->mixture, w);
}

enum smp_status smp_fisher_take(struct smp_reader *r, struct smp_fisher *f)
{
    enum smp_status e;

    f->axes.size = smp_descriptor_size(f->kind);
    SMP_TRY(smp_axes_take(r, &f->axes));
    f->mixture.d = f->axes.n;
    f->mixture.n_even = f->axes.n_even;
    e = smp_mixture_take(r, &f->mixture);
    if (e) smp_axes_free(&f->axes);
    return e;
}
