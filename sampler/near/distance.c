#include "sampler/near/distance.h"

#include "sampler/simd.h"

typedef float lanes __attribute__((vector_size(4 * SMP_LANES)));
typedef float lanes_at __attribute__((vector_size(4 * SMP_LANES), aligned(4), may_alias));

#define SMP_INLINE static inline __attribute__((always_inline))

SMP_INLINE float sum_of(const lanes *all)
{
    float sum = 0;

    for (size_t i = 0; i < SMP_LANES; i++)
        sum += (*all)[i];
    return sum;
}

SMP_INLINE float dot(const float *a, const float *b, size_t d)
{
    lanes sum = {0};
    size_t i = 0;

    for (; i + SMP_LANES <= d; i += SMP_LANES)
        sum += *(const lanes_at *)(a + i) * *(const lanes_at *)(b + i);
    for (; i < d; i++)
        sum[i % SMP_LANES] += a[i] * b[i];
    return sum_of(&sum);
}

SMP_INLINE float square(const float *a, const float *b, size_t d)
{
    lanes sum = {0};
    size_t i = 0;

    for (; i + SMP_LANES <= d; i += SMP_LANES) {
        const lanes off = *(const lanes_at *)(a + i) - *(const lanes_at *)(b + i);
        sum += off * off;
    }
    for (; i < d; i++) {
        const float off = a[i] - b[i];
        sum[i % SMP_LANES] += off * off;
    }
    return sum_of(&sum);
}

SMP_KERNEL
static void rows_of(enum smp_near_measure measure, const float *q, const float *rows, size_t n,
                    size_t d, float *out)
{
    if (measure == SMP_NEAR_DOT)
        for (size_t i = 0; i < n; i++)
            out[i] = dot(q, rows + i * d, d);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = square(q, rows + i * d, d);
}

void smp_near_rows(enum smp_near_measure measure, const float *q, const float *rows, size_t n,
                   size_t d, float *out)
{
    rows_of(measure, q, rows, n, d, out);
}

float smp_near_dot(const float *a, const float *b, size_t d)
{
    float out;

    rows_of(SMP_NEAR_DOT, a, b, 1, d, &out);
    return out;
}

float smp_near_square(const float *a, const float *b, size_t d)
{
    float out;

    rows_of(SMP_NEAR_SQUARE, a, b, 1, d, &out);
    return out;
}
