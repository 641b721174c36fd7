#include "media/facts.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 256, NEAR_LEVELS = 8, SIDE_MAX = FACTS_SIDE };
static const double BLANK = 0.99;

/* The small picture as levels of luma. */
struct plane {
    uint8_t luma[SIDE_MAX * SIDE_MAX];
    uint32_t width, height;
};

/* ITU-R BT.601 in 16-bit fixed point. */
static uint8_t luma_of(const uint8_t *p, int channels)
{
    if (channels == 1) return p[0];
    return (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16);
}

static void plane_make(struct plane *to, const struct image *im)
{
    const size_t n = (size_t)im->width * im->height;

    *to = (struct plane){.width = im->width, .height = im->height};
    for (size_t i = 0; i < n; i++)
        to->luma[i] = luma_of(im->pixels + i * (size_t)im->channels, im->channels);
}

/* Sums of numbers, for their mean and spread. */
struct sums {
    double n, sum, squares;
};

static void sums_add(struct sums *s, double x)
{
    s->n++;
    s->sum += x;
    s->squares += x * x;
}

static double mean_of(const struct sums *s)
{
    return s->n > 0 ? s->sum / s->n : 0;
}

static double spread_of(const struct sums *s)
{
    const double mean = mean_of(s);
    const double variance = s->n > 0 ? s->squares / s->n - mean * mean : 0;

    return variance > 0 ? sqrt(variance) : 0;
}

static double flat_of(const struct plane *p)
{
    const size_t n = (size_t)p->width * p->height;
    size_t count[LEVELS] = {0};
    size_t below = 0;
    size_t near = 0;
    int median = 0;

    for (size_t i = 0; i < n; i++)
        count[p->luma[i]]++;
    while (2 * (below + count[median]) < n)
        below += count[median++];
    for (int k = median - NEAR_LEVELS; k <= median + NEAR_LEVELS; k++)
        near += k >= 0 && k < LEVELS ? count[k] : 0;
    return (double)near / (double)n;
}

static double colour_of(const struct image *im)
{
    const size_t n = (size_t)im->width * im->height;
    struct sums rg = {0};
    struct sums yb = {0};

    if (im->channels == 1) return 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = im->pixels + 3 * i;

        sums_add(&rg, p[0] - p[1]);
        sums_add(&yb, 0.5 * (p[0] + p[1]) - p[2]);
    }
    return (hypot(spread_of(&rg), spread_of(&yb)) + 0.3 * hypot(mean_of(&rg), mean_of(&yb))) /
           255;
}

static uint32_t part_of(uint32_t side, uint32_t percent)
{
    const uint32_t n = side * percent / 100;

    return n ? n : 1;
}

static void levels_find(struct picture_facts *f, const struct plane *p)
{
    const uint32_t rim_x = part_of(p->width, 4);
    const uint32_t rim_y = part_of(p->height, 4);
    struct sums all = {0};
    struct sums rim = {0};

    for (uint32_t y = 0; y < p->height; y++)
        for (uint32_t x = 0; x < p->width; x++) {
            const double level = p->luma[(size_t)y * p->width + x] / 255.0;

            sums_add(&all, level);
            if (x < rim_x || y < rim_y || x >= p->width - rim_x || y >= p->height - rim_y)
                sums_add(&rim, level);
        }
    f->brightness = mean_of(&all);
    f->contrast = spread_of(&all);
    f->rim = mean_of(&rim);
    f->rim_spread = spread_of(&rim);
}

static void corners_find(struct picture_facts *f, const struct plane *p)
{
    const uint32_t w = p->width / 8 ? p->width / 8 : 1;
    const uint32_t h = p->height / 8 ? p->height / 8 : 1;

    for (int k = 0; k < 4; k++) {
        const uint32_t left = k % 2 ? p->width - w : 0;
        const uint32_t top = k / 2 ? p->height - h : 0;
        struct sums s = {0};

        for (uint32_t y = top; y < top + h; y++)
            for (uint32_t x = left; x < left + w; x++)
                sums_add(&s, p->luma[(size_t)y * p->width + x] / 255.0);
        f->corner[k] = mean_of(&s);
    }
}

enum err picture_facts(struct picture_facts *f, const struct image *im)
{
    struct image small;
    struct plane plane;

    *f = (struct picture_facts){0};
    TRY(image_fit(&small, im, FACTS_SIDE));
    plane_make(&plane, &small);
    levels_find(f, &plane);
    corners_find(f, &plane);
    f->flat = flat_of(&plane);
    f->colour = colour_of(&small);
    image_free(&small);
    return OK;
}

bool picture_is_blank(const struct picture_facts *f)
{
    return f->flat >= BLANK;
}
