#include "scenes.h"

#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>

struct figure {
    int kind;
    double x, y, radius;
};

static int inside(const struct figure *f, double x, double y)
{
    const double dx = fabs(x - f->x), dy = fabs(y - f->y);

    if (dx > f->radius || dy > f->radius) return 0;
    if (f->kind == 0) return dx * dx + dy * dy < f->radius * f->radius;
    if (f->kind == 1) return dx < f->radius / 4 || dy < f->radius / 4;
    return (int)((y - f->y + f->radius) * 3 / f->radius) % 2 == 0;
}

void scene_make(const struct smp_image_spec *spec, int figure, uint64_t seed, uint8_t *pixels)
{
    struct figure f = {.kind = figure};
    double ink[3], paper[3];
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 77);
    f.x = (0.35 + 0.3 * smp_rng_unit(&rng)) * spec->width;
    f.y = (0.35 + 0.3 * smp_rng_unit(&rng)) * spec->height;
    f.radius = (0.2 + 0.1 * smp_rng_unit(&rng)) * spec->width;
    for (size_t c = 0; c < 3; c++) {
        ink[c] = 20 + 80 * smp_rng_unit(&rng);
        paper[c] = 140 + 90 * smp_rng_unit(&rng);
    }
    for (size_t y = 0; y < spec->height; y++) {
        for (size_t x = 0; x < spec->width; x++) {
            const double *colour = inside(&f, (double)x, (double)y) ? ink : paper;
            for (size_t c = 0; c < spec->channels; c++)
                *pixels++ = (uint8_t)(colour[c] + 16 * smp_rng_unit(&rng));
        }
    }
}

uint8_t *scenes_make(const struct smp_image_spec *spec, size_t n, uint64_t seed)
{
    const size_t bytes = (size_t)spec->width * spec->height * spec->channels;
    uint8_t *pixels = malloc(n * bytes);

    assert_non_null(pixels);
    for (size_t i = 0; i < n; i++)
        scene_make(spec, (int)(i % SCENE_FIGURES), seed * 1000 + i, pixels + i * bytes);
    return pixels;
}

void scene_mirror(const struct smp_image_spec *spec, const uint8_t *pixels, uint8_t *out)
{
    const size_t w = spec->width, c = spec->channels;

    for (size_t y = 0; y < spec->height; y++)
        for (size_t x = 0; x < w; x++)
            for (size_t i = 0; i < c; i++)
                out[(y * w + x) * c + i] = pixels[(y * w + w - 1 - x) * c + i];
}
