/* simd - plain loops, compiled once for each kind of processor.
 *
 * SMP_KERNEL before a function makes the compiler emit it for AVX-512, AVX2 and the baseline, and
 * choose when the program starts. The loops stay plain C; sums keep their written order (16 lanes,
 * then the lanes in order), so a result depends on the processor's kind only, by rounding. Off
 * under sanitizers, whose run-time is not up yet when the choice is made. */
#ifndef SAMPLER_SIMD_H
#define SAMPLER_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SMP_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMP_SANITIZED 1
#endif

#if defined(__x86_64__) && !defined(SMP_SANITIZED)
#define SMP_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SMP_KERNEL
#endif

enum { SMP_LANES = 16 };

/* e^x for -1e6 <= x <= 0, to 2e-7 of the value; 0 below -88. Cephes' expf polynomial (Moshier),
 * written without a choice, so that a loop over it becomes vector code: gcc turns `x < c ? c : x` into
 * two paths here, and then leaves the loop alone. */
static inline float smp_exp_negative(float x)
{
    const float scaled = x * 1.44269504088896341f;
    const int32_t whole = (int32_t)(scaled - 0.5f); /* rounds to nearest for what is <= 0 */
    const int32_t exponent = whole + 127;
    const uint32_t bits = ((uint32_t)exponent << 23) & (0 - (uint32_t)(exponent > 0));
    const float n = (float)whole;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    float power;

    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

#endif
