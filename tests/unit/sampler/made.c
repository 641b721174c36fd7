#include "made.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void made_normal(float *x, size_t n, uint64_t seed)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)smp_rng_normal(&rng);
}

static size_t draw_class(struct smp_rng *rng, size_t n_classes)
{
    double total = 0, at;

    for (size_t c = 0; c < n_classes; c++)
        total += 1.0 / (double)(c + 1);
    at = smp_rng_unit(rng) * total;
    for (size_t c = 0; c < n_classes; c++) {
        at -= 1.0 / (double)(c + 1);
        if (at < 0) return c;
    }
    return n_classes - 1;
}

void made_blobs(const struct made_blobs *how, float *z, int32_t *y)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, how->seed, 1);
    for (size_t i = 0; i < how->n; i++) {
        const size_t c = draw_class(&rng, how->n_classes);
        for (size_t j = 0; j < how->d; j++)
            z[i * how->d + j] =
                (j == c % how->d ? 1.0f : 0.0f) + how->spread * (float)smp_rng_normal(&rng);
        y[i] = (int32_t)c;
    }
}

void made_picture(const struct smp_image_spec *spec, size_t i, uint64_t seed, uint8_t *pixels)
{
    static const double DX[4] = {1, 0, 0.7, 0.7}, DY[4] = {0, 1, 0.7, -0.7};
    const size_t kind = i % 4;
    struct smp_rng rng;
    double phase;

    smp_rng_seed(&rng, seed, 100 + i);
    phase = 6.28 * smp_rng_unit(&rng);
    for (uint32_t y = 0; y < spec->height; y++) {
        for (uint32_t x = 0; x < spec->width; x++) {
            const double wave = sin(phase + 0.9 * (DX[kind] * x + DY[kind] * y));
            for (uint32_t c = 0; c < spec->channels; c++) {
                const double hue = c == i / 4 % 3 ? 30 : 0;
                const double v = 110 + 70 * wave + hue + 8 * smp_rng_normal(&rng);
                *pixels++ = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
    }
}

enum smp_status made_fetch_picture(void *ctx, size_t i, uint8_t *pixels)
{
    made_picture(ctx, i, 1, pixels);
    return SMP_OK;
}

size_t made_sentence(size_t i, uint64_t seed, char *out)
{
    static const char *const WORDS[3][8] = {
        {"card", "payment", "bank",   "refund", "balance", "transfer", "cash",  "fee"    },
        {"goal", "match",   "team",   "league", "player",  "score",    "coach", "stadium"},
        {"oven", "flour",   "butter", "recipe", "sugar",   "bake",     "dough", "salt"   },
    };
    static const char *const GLUE[4] = {"the", "of my", "and a", "with this"};
    struct smp_rng rng;
    size_t n = 0;

    smp_rng_seed(&rng, seed, 200 + i);
    for (int w = 0; w < 6; w++)
        n += (size_t)snprintf(out + n, 200 - n, "%s %s ", GLUE[smp_rng_below(&rng, 4)],
                              WORDS[i % 3][smp_rng_below(&rng, 8)]);
    return n;
}

enum smp_status made_fetch_sentence(void *ctx, size_t i, const char **text, size_t *n_bytes)
{
    *n_bytes = made_sentence(i, 1, ctx);
    *text = ctx;
    return SMP_OK;
}
