#include "sampler/conv/noise.h"

#include "sampler/simd.h"

static const float PIXEL = 1.0f / 255;

SMP_KERNEL
static void row_of(const uint8_t *restrict pixels, size_t n, float *restrict x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)pixels[i] * PIXEL;
}

void smp_noise_none(const uint8_t *pixels, const struct smp_plane *plane, float *x)
{
    const size_t row = plane->w * plane->c;

    for (size_t h = 0; h < plane->h; h++)
        row_of(pixels + h * row, row, x + smp_plane_offset(plane, h, 0));
}

/* Four pixels for each random number: 16 bits decide about one. */
static void blank_row(float *x, const struct smp_plane *plane, float share, struct smp_rng *rng)
{
    const uint64_t below = (uint64_t)(share * 65536);
    uint64_t bits = 0;

    for (size_t i = 0; i < plane->w; i++, bits >>= 16) {
        if (i % 4 == 0) bits = smp_rng_u64(rng);
        if ((bits & 0xffff) >= below) continue;
        for (size_t c = 0; c < plane->c; c++)
            x[i * plane->c + c] = 0;
    }
}

/* Mean 0, variance 1: four times 16 bits, whose sum has variance 4 * 2^32 / 12. */
static float nearly_normal(struct smp_rng *rng)
{
    const uint64_t r = smp_rng_u64(rng);
    const int64_t sum =
        (int64_t)((r & 0xffff) + (r >> 16 & 0xffff) + (r >> 32 & 0xffff) + (r >> 48)) -
        (int64_t)2 * 65535;

    return (float)sum * (1.7320508f / 65536);
}

void smp_noise_add(const uint8_t *pixels, const struct smp_plane *plane,
                   const struct smp_conv_noise *noise, struct smp_rng *rng, float *x)
{
    const size_t row = plane->w * plane->c;

    smp_noise_none(pixels, plane, x);
    for (size_t h = 0; h < plane->h; h++) {
        float *at = x + smp_plane_offset(plane, h, 0);
        if (noise->blank > 0) blank_row(at, plane, noise->blank, rng);
        for (size_t i = 0; noise->sd > 0 && i < row; i++)
            at[i] += noise->sd * nearly_normal(rng);
    }
}
