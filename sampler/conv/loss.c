#include "sampler/conv/loss.h"

#include "sampler/simd.h"

#include <math.h>

static const float PIXEL = 1.0f / 255;

/* One row of pixels; the sum of squares in 16 lanes, added in order. */
SMP_KERNEL
static float row_error(const float *restrict y, const uint8_t *restrict pixels, size_t n,
                       float weight, float *restrict dy)
{
    float lanes[SMP_LANES] = {0};
    float sum = 0;
    size_t i = 0;

    for (; i + SMP_LANES <= n; i += SMP_LANES) {
        for (size_t j = 0; j < SMP_LANES; j++) {
            const float off = y[i + j] - (float)pixels[i + j] * PIXEL;
            lanes[j] += off * off;
            dy[i + j] = weight * off;
        }
    }
    for (; i < n; i++) {
        const float off = y[i] - (float)pixels[i] * PIXEL;
        sum += off * off;
        dy[i] = weight * off;
    }
    for (size_t j = 0; j < SMP_LANES; j++)
        sum += lanes[j];
    return sum;
}

double smp_loss_reconstruction(const struct smp_loss_planes *planes, size_t n, const float *y,
                               const uint8_t *const *pixels, float weight, float *dy)
{
    const struct smp_plane *value = planes->value;
    const size_t row = value->w * value->c;
    const size_t numbers = value->h * row;
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const float *y_image = y + i * smp_plane_floats(value);
        float *dy_image = dy + i * smp_plane_floats(planes->slope);
        for (size_t h = 0; h < value->h; h++)
            sum += (double)row_error(y_image + smp_plane_offset(value, h, 0),
                                     pixels[i] + h * row, row, 2 * weight / (float)numbers,
                                     dy_image + smp_plane_offset(planes->slope, h, 0));
    }
    return sum / (double)numbers;
}

static double one_target(const float *y, const float *t, size_t k, float weight, float *dy)
{
    double high = (double)y[0];
    double total = 0;
    double loss = 0;
    double mass = 0;

    for (size_t j = 1; j < k; j++)
        high = fmax(high, (double)y[j]);
    for (size_t j = 0; j < k; j++)
        total += exp((double)y[j] - high);
    for (size_t j = 0; j < k; j++) {
        loss += (double)t[j] * (high + log(total) - (double)y[j]);
        mass += (double)t[j];
    }
    for (size_t j = 0; j < k; j++) {
        const double share = exp((double)y[j] - high) / total;
        dy[j] = weight * (float)(share * mass - (double)t[j]);
    }
    return loss;
}

double smp_loss_targets(const struct smp_loss_planes *planes, size_t n, const float *y,
                        const float *const *targets, float weight, float *dy)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += one_target(
            y + i * smp_plane_floats(planes->value) + smp_plane_offset(planes->value, 0, 0),
            targets[i], planes->value->c, weight,
            dy + i * smp_plane_floats(planes->slope) + smp_plane_offset(planes->slope, 0, 0));
    return sum;
}
