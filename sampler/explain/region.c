#include "sampler/explain/region.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nearer to 0 or 1 than this a probability made of floats is rounding. */
static const double SURE = 1e-6;

float smp_log_odds(float p)
{
    const double within = fmin(fmax((double)p, SURE), 1 - SURE);

    return (float)log(within / (1 - within));
}

/* What is covered: rows top..bottom-1, columns left..right-1. */
struct window {
    uint32_t top, bottom, left, right;
};

struct finding {
    const struct smp_region_in *in;
    struct smp_region *out;
    size_t down, across; /* windows */
    uint8_t mean[3];
};

static size_t cells(uint32_t side)
{
    const size_t most = side / 2;

    return most < SMP_REGION_GRID ? (most ? most : 1) : SMP_REGION_GRID;
}

static size_t windows(size_t n_cells)
{
    return n_cells > 1 ? n_cells - 1 : 1;
}

/* Where cell i of n begins. */
static uint32_t edge(uint32_t side, size_t i, size_t n)
{
    return (uint32_t)(side * i / n);
}

static size_t end_of(size_t at, size_t n)
{
    return at + 2 < n ? at + 2 : n;
}

static struct window window_at(const struct finding *f, size_t y, size_t x)
{
    const struct smp_image_spec *spec = &f->in->spec;
    const size_t rows = f->out->rows;
    const size_t columns = f->out->columns;

    return (struct window){
        edge(spec->height, y, rows), edge(spec->height, end_of(y, rows), rows),
        edge(spec->width, x, columns), edge(spec->width, end_of(x, columns), columns)};
}

static void mean_colour(struct finding *f)
{
    const struct smp_image_spec *spec = &f->in->spec;
    const size_t n = (size_t)spec->width * spec->height;

    assert(n);
    for (size_t c = 0; c < spec->channels; c++) {
        uint64_t sum = n / 2;
        for (size_t i = 0; i < n; i++)
            sum += f->in->pixels[i * spec->channels + c];
        f->mean[c] = (uint8_t)(sum / n);
    }
}

static void cover(const struct finding *f, const struct window *w, uint8_t *pixels)
{
    const struct smp_image_spec *spec = &f->in->spec;

    for (size_t y = w->top; y < w->bottom; y++)
        for (size_t x = w->left; x < w->right; x++)
            memcpy(pixels + (y * spec->width + x) * spec->channels, f->mean, spec->channels);
}

/* pixels: the whole picture, then one for each window. */
static void make_pictures(const struct finding *f, uint8_t *pixels)
{
    const size_t each = smp_image_bytes(&f->in->spec);

    memcpy(pixels, f->in->pixels, each);
    for (size_t y = 0; y < f->down; y++)
        for (size_t x = 0; x < f->across; x++) {
            const struct window w = window_at(f, y, x);
            pixels += each;
            memcpy(pixels, f->in->pixels, each);
            cover(f, &w, pixels);
        }
}

/* Each cell's mean over the windows that cover it; p (1 + windows, n_classes). */
static void weigh(const struct finding *f, const float *p)
{
    struct smp_region *out = f->out;
    const size_t k = f->in->n_classes;
    size_t covered[SMP_REGION_GRID * SMP_REGION_GRID] = {0};

    out->p = p[f->in->class];
    for (size_t w = 0; w < f->down * f->across; w++) {
        const size_t top = w / f->across;
        const size_t left = w % f->across;
        const float lost = smp_log_odds(out->p) - smp_log_odds(p[(w + 1) * k + f->in->class]);
        for (size_t y = top; y < end_of(top, out->rows); y++)
            for (size_t x = left; x < end_of(left, out->columns); x++) {
                out->weight[y * out->columns + x] += lost;
                covered[y * out->columns + x]++;
            }
    }
    for (size_t i = 0; i < out->rows * out->columns; i++)
        out->weight[i] /= (float)covered[i];
}

enum smp_status smp_region_find(const struct smp_region_in *in, struct smp_region *out)
{
    struct finding f = {.in = in, .out = out};
    uint8_t *pixels;
    float *p;
    size_t n;
    enum smp_status e;

    *out =
        (struct smp_region){.rows = cells(in->spec.height), .columns = cells(in->spec.width)};
    f.down = windows(out->rows);
    f.across = windows(out->columns);
    n = 1 + f.down * f.across;
    pixels = malloc(n * smp_image_bytes(&in->spec));
    p = malloc(n * in->n_classes * sizeof *p);
    e = pixels && p ? SMP_OK : smp_fail_nomem();
    if (!e) {
        mean_colour(&f);
        make_pictures(&f, pixels);
        e = in->predict(in->ctx, pixels, n, p);
    }
    if (!e) weigh(&f, p);
    free(pixels);
    free(p);
    return e;
}
