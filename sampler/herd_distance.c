#include "sampler/herd_distance.h"

#include "sampler/gemm.h"
#include "sampler/simd.h"

/* Squared distances come as |a|^2 + |b|^2 - 2ab in f32; below this share of |a|^2 + |b|^2 what is
 * left is rounding, and the two are equal. */
static const float SAME = 2e-6f;

SMP_KERNEL
static float squares_of(const float *restrict x, size_t n)
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

SMP_KERNEL
static void turn_to_distances(float *restrict product, const float *restrict norm, float one,
                              size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const float both = one + norm[j];
        const float d2 = both - 2 * product[j];
        product[j] = d2 > SAME * both ? d2 : 0;
    }
}

/* Kernels are local to their file: not every compiler lets another one call them. */
float smp_herd_squares(const float *restrict x, size_t n)
{
    return squares_of(x, n);
}

void smp_to_distances(float *restrict product, const float *restrict norm, float one, size_t n)
{
    turn_to_distances(product, norm, one, n);
}

void smp_herd_distances(const struct smp_herd *h, const float *from, const float *norms,
                        size_t n_from, float *distance)
{
    smp_gemm_steady(n_from, h->m, h->d, from, h->packed, distance);
    for (size_t i = 0; i < n_from; i++)
        smp_to_distances(distance + i * h->m, h->norm, norms[i], h->m);
}

void smp_lower(float *restrict least, const float *restrict x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        least[j] = x[j] < least[j] ? x[j] : least[j];
}
