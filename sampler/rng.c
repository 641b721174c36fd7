#include "sampler/rng.h"

#include <assert.h>
#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void smp_rng_seed(struct smp_rng *rng, uint64_t seed, uint64_t stream)
{
    /* The stream is mixed before it is added, so that (seed, stream) pairs that are near each
     * other, as (1, 2) and (2, 1), do not meet. */
    uint64_t mixed = stream;
    uint64_t state = seed ^ splitmix(&mixed);

    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix(&state);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t smp_rng_u64(struct smp_rng *rng)
{
    uint64_t *s = rng->s;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

size_t smp_rng_below(struct smp_rng *rng, size_t n)
{
    __extension__ typedef unsigned __int128 u128;
    u128 m;

    assert(n > 0);
    m = (u128)smp_rng_u64(rng) * n;
    if ((uint64_t)m < n) {
        const uint64_t reject_below = (0 - (uint64_t)n) % n;
        while ((uint64_t)m < reject_below)
            m = (u128)smp_rng_u64(rng) * n;
    }
    return (size_t)(m >> 64);
}

double smp_rng_unit(struct smp_rng *rng)
{
    return (double)(smp_rng_u64(rng) >> 11) * 0x1p-53;
}

double smp_rng_normal(struct smp_rng *rng)
{
    double x;
    double y;
    double r2;

    do {
        x = 2 * smp_rng_unit(rng) - 1;
        y = 2 * smp_rng_unit(rng) - 1;
        r2 = x * x + y * y;
    } while (r2 >= 1 || r2 == 0);
    return x * sqrt(-2 * log(r2) / r2);
}

void smp_rng_shuffle(struct smp_rng *rng, size_t *index, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = smp_rng_below(rng, i);
        const size_t kept = index[i - 1];
        index[i - 1] = index[j];
        index[j] = kept;
    }
}

void smp_rng_subset(struct smp_rng *rng, size_t n, size_t k, size_t *out)
{
    size_t found = 0;

    assert(k <= n);
    for (size_t i = 0; found < k; i++) {
        if (smp_rng_below(rng, n - i) < k - found) out[found++] = i;
    }
}
