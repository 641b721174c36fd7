#include "sampler/quality/prints.h"

#include "sampler/quality/duplicates.h"
#include "sampler/tokens.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)SMP_PRINT == (int)SMP_WAVES, "a number for each wave");

/* Measured where prints.h says; copies at half the size, darker, saved as poor JPEGs reach 0.99. */
const float SMP_ALIKE_PICTURES = 0.985f;
/* One word of thirty changed; of short texts, only case and punctuation. */
const float SMP_ALIKE_TEXTS = 0.95f;

/* A wave of one grey level of 255 is 16 * 16: waves below two levels are noise of the file format. */
static const double PLAIN = 2 * 256;

/* Scaled so that the largest fills a byte. */
static void print_of(const double wave[SMP_PRINT], struct smp_print *to)
{
    double most = 0;

    for (size_t i = 0; i < SMP_PRINT; i++)
        most = fmax(most, fabs(wave[i]));
    for (size_t i = 0; i < SMP_PRINT; i++)
        to->wave[i] = most > 0 ? (int8_t)lrint(127 * wave[i] / most) : 0;
}

void smp_picture_print(const uint8_t *grey, size_t width, size_t height, struct smp_print *to)
{
    double wave[SMP_PRINT];
    double square = 0;

    smp_picture_waves(grey, width, height, wave);
    for (size_t i = 0; i < SMP_PRINT; i++)
        square += wave[i] * wave[i];
    if (square < PLAIN * PLAIN) memset(wave, 0, sizeof wave);
    print_of(wave, to);
}

struct sums {
    double wave[SMP_PRINT];
    uint64_t last; /* token; 0: none yet */
};

/* A hash's bits are its signs. It is mixed once more, because a pair's is a plain function of two. */
static void add_hash(struct sums *s, uint64_t hash)
{
    uint64_t x = hash + 0x9e3779b97f4a7c15u; /* splitmix64 */

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    for (size_t i = 0; i < SMP_PRINT; i++)
        s->wave[i] += (x >> i & 1) != 0 ? 1 : -1;
}

static void add_token(void *ctx, uint64_t hash)
{
    struct sums *s = ctx;

    add_hash(s, hash);
    if (s->last) add_hash(s, smp_token_pair(s->last, hash));
    s->last = hash;
}

void smp_text_print(const char *text, size_t n_bytes, struct smp_print *to)
{
    struct sums s = {.last = 0};
    const struct smp_token_sink sink = {.token = add_token, .ctx = &s};

    smp_tokenise(text, n_bytes, &sink);
    print_of(s.wave, to);
}

static int32_t product(const struct smp_print *a, const struct smp_print *b)
{
    int32_t sum = 0;

    for (size_t i = 0; i < SMP_PRINT; i++)
        sum += a->wave[i] * b->wave[i];
    return sum;
}

float smp_print_likeness(const struct smp_print *a, const struct smp_print *b)
{
    const double lengths = sqrt((double)product(a, a)) * sqrt((double)product(b, b));

    return lengths > 0 ? (float)(product(a, b) / lengths) : 0;
}

static bool agrees(const void *ctx, size_t i, size_t j)
{
    const struct smp_prints_in *in = ctx;

    return smp_print_likeness(&in->print[i], &in->print[j]) >= in->alike;
}

static uint64_t hash_of(const struct smp_print *p)
{
    double wave[SMP_PRINT];

    for (size_t i = 0; i < SMP_PRINT; i++)
        wave[i] = p->wave[i];
    return smp_waves_hash(wave);
}

enum smp_status smp_near_prints(const struct smp_prints_in *in, uint32_t *group,
                                size_t *n_groups)
{
    uint64_t *hash = malloc((in->n + 1) * sizeof *hash);
    uint8_t *skip = malloc(in->n + 1);
    const struct smp_near_in near = {.hash = hash,
                                     .n = in->n,
                                     .radius = SMP_PRINT_RADIUS,
                                     .n_threads = in->n_threads,
                                     .skip = skip,
                                     .agrees = agrees,
                                     .ctx = in};
    enum smp_status e = hash && skip ? SMP_OK : smp_fail_nomem();

    for (size_t i = 0; !e && i < in->n; i++) {
        hash[i] = hash_of(&in->print[i]);
        skip[i] = product(&in->print[i], &in->print[i]) == 0;
    }
    if (!e) e = smp_near_hashes(&near, group, n_groups);
    free(hash);
    free(skip);
    return e;
}
