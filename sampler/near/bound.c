#include "sampler/near/bound.h"

#include "sampler/simd.h"

#include <pthread.h>
#include <string.h>

enum { BLOCK = SMP_CODES_BLOCK, OFFSET = 128, AT_ONCE = 4 };

/* Distances are sums of at most 4096 squares in 16 lanes, each rounded: 16 times what that can
 * shift a distance by. */
static const float ROOM = 1 + 1e-4f;

/* |q_x - q_c|^2 = |q_x|^2 + |q_c|^2 - 2 q_x q_c, and the codes hold q_x + 128. */
static int32_t constant_of(const struct smp_code_row *center)
{
    return center->square + 2 * OFFSET * center->sum;
}

static void nearer_block(const int32_t *dot, const int32_t *square, const float *reach,
                         const float of[2], int32_t constant, uint16_t *mask)
{
    uint32_t bits = 0;

    for (uint32_t i = 0; i < BLOCK; i++) {
        const float apart = (float)(square[i] + constant - 2 * dot[i]) * of[0];
        const float limit = (reach[i] + of[1]) * ROOM;
        bits |= (uint32_t)(apart < limit * limit) << i;
    }
    *mask = (uint16_t)bits;
}

SMP_KERNEL
static void dots_plain(const uint8_t *code, const int8_t *q, size_t groups, int32_t *dot)
{
    int32_t sum[BLOCK] = {0};

    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < BLOCK; i++)
            for (size_t j = 0; j < 4; j++)
                sum[i] += code[(g * BLOCK + i) * 4 + j] * q[g * 4 + j];
    memcpy(dot, sum, sizeof sum);
}

void smp_bound_nearer_plain(const struct smp_codes *codes, const struct smp_code_row *center,
                            const float *reach, size_t first, size_t n_blocks, uint16_t *mask)
{
    const float of[2] = {codes->scale * codes->scale, center->error};
    const size_t block_bytes = codes->groups * BLOCK * 4;
    int32_t dot[BLOCK];

    for (size_t b = first; b < first + n_blocks; b++) {
        dots_plain(codes->code + b * block_bytes, center->q, codes->groups, dot);
        nearer_block(dot, codes->square + b * BLOCK, reach + b * BLOCK, of, constant_of(center),
                     mask + b - first);
    }
}

#ifdef __x86_64__
#include <immintrin.h>

#define SMP_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

SMP_VNNI
static inline __mmask16 nearer_vnni(__m512i dot, const int32_t *square, const float *reach,
                                    const float of[2], int32_t constant)
{
    const __m512i apart = _mm512_sub_epi32(
        _mm512_add_epi32(_mm512_loadu_si512(square), _mm512_set1_epi32(constant)),
        _mm512_slli_epi32(dot, 1));
    const __m512 limit = _mm512_mul_ps(
        _mm512_add_ps(_mm512_loadu_ps(reach), _mm512_set1_ps(of[1])), _mm512_set1_ps(ROOM));

    return _mm512_cmp_ps_mask(_mm512_mul_ps(_mm512_cvtepi32_ps(apart), _mm512_set1_ps(of[0])),
                              _mm512_mul_ps(limit, limit), _CMP_LT_OQ);
}

/* n blocks side by side, so that one sum's latency is hidden behind the others. */
SMP_VNNI
static inline void nearer_blocks(const struct smp_codes *codes,
                                 const struct smp_code_row *center, const float *reach,
                                 size_t block, const size_t n, uint16_t *mask)
{
    const float of[2] = {codes->scale * codes->scale, center->error};
    const size_t block_bytes = codes->groups * BLOCK * 4;
    const uint8_t *code = codes->code + block * block_bytes;
    __m512i dot[AT_ONCE];

    for (size_t i = 0; i < n; i++)
        dot[i] = _mm512_setzero_si512();
    for (size_t g = 0; g < codes->groups; g++) {
        int32_t four;
        memcpy(&four, center->q + g * 4, sizeof four);
        const __m512i q = _mm512_set1_epi32(four);
        for (size_t i = 0; i < n; i++)
            dot[i] = _mm512_dpbusd_epi32(
                dot[i], _mm512_load_si512(code + i * block_bytes + g * BLOCK * 4), q);
    }
    for (size_t i = 0; i < n; i++)
        mask[i] = (uint16_t)nearer_vnni(dot[i], codes->square + (block + i) * BLOCK,
                                        reach + (block + i) * BLOCK, of, constant_of(center));
}

SMP_VNNI
static void bound_vnni(const struct smp_codes *codes, const struct smp_code_row *center,
                       const float *reach, size_t first, size_t n_blocks, uint16_t *mask)
{
    size_t b = 0;

    for (; b + AT_ONCE <= n_blocks; b += AT_ONCE)
        nearer_blocks(codes, center, reach, first + b, AT_ONCE, mask + b);
    for (; b < n_blocks; b++)
        nearer_blocks(codes, center, reach, first + b, 1, mask + b);
}
#endif

typedef void bound_function(const struct smp_codes *codes, const struct smp_code_row *center,
                            const float *reach, size_t first, size_t n_blocks, uint16_t *mask);

static bound_function *chosen = smp_bound_nearer_plain;
static pthread_once_t chosen_once = PTHREAD_ONCE_INIT;

static void choose(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni"))
        chosen = bound_vnni;
#endif
}

void smp_bound_nearer(const struct smp_codes *codes, const struct smp_code_row *center,
                      const float *reach, size_t first, size_t n_blocks, uint16_t *mask)
{
    pthread_once(&chosen_once, choose);
    chosen(codes, center, reach, first, n_blocks, mask);
}
