#include "sampler/bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "model files are written as memory lies");

enum { VERSION = 1, HEADER_BYTES = 24, CHECKSUM_BYTES = 8, LENGTH_OFFSET = 16 };

static const char MAGIC[8] = {'E', 'X', 'M', 'P', 'L', 'S', 'M', 'P'};

uint64_t smp_fnv_more(uint64_t h, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < n; i++)
        h = (h ^ at[i]) * 0x100000001b3u;
    return h;
}

uint64_t smp_fnv(const void *bytes, size_t n)
{
    return smp_fnv_more(0xcbf29ce484222325u, bytes, n);
}

/* -- halves ----------------------------------------------------------------------------------- */

static uint32_t bits_of(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* |x| <= 1, to the nearest; ties to even. Below 2^-14 a half counts steps of 2^-24. */
static uint16_t half_of(float x)
{
    const uint32_t bits = bits_of(x);
    const uint32_t sign = bits >> 16 & 0x8000;
    const uint32_t size = bits & 0x7fffffff;

    if (size < bits_of(0x1p-14f)) /* adding 0.5 leaves the steps in the lowest bits */
        return (uint16_t)(sign | (bits_of(float_of(size) + 0.5f) - bits_of(0.5f)));
    return (uint16_t)(sign | ((size - (112u << 23) + 0xfff + (size >> 13 & 1)) >> 13));
}

static float float_of_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t size = half & 0x7fff;

    if (size < 0x400) return float_of(sign | bits_of((float)size * 0x1p-24f));
    return float_of(sign | ((size << 13) + (112u << 23)));
}

static float largest_of(const float *x, size_t n)
{
    float largest = 0;

    for (size_t i = 0; i < n; i++)
        largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
    return largest;
}

void smp_round_to_halves(float *x, size_t n)
{
    const float largest = largest_of(x, n);

    for (size_t i = 0; i < n && largest > 0; i++)
        x[i] = float_of_half(half_of(x[i] / largest)) * largest;
}

/* -- writing ---------------------------------------------------------------------------------- */

static bool make_room(struct smp_writer *w, size_t n)
{
    size_t room = w->room ? w->room : 4096;
    uint8_t *grown;

    if (w->failed) return false;
    if (w->room - w->n >= n) return true;
    while (room - w->n < n) {
        if (room > SIZE_MAX / 2) goto failed;
        room *= 2;
    }
    grown = realloc(w->bytes, room);
    if (!grown) goto failed;
    w->bytes = grown;
    w->room = room;
    return true;
failed:
    w->failed = true;
    return false;
}

void smp_put_bytes(struct smp_writer *w, const void *x, size_t n)
{
    if (!n || !make_room(w, n)) return;
    memcpy(w->bytes + w->n, x, n);
    w->n += n;
}

void smp_put_u32(struct smp_writer *w, uint32_t x)
{
    smp_put_bytes(w, &x, sizeof x);
}

void smp_put_u64(struct smp_writer *w, uint64_t x)
{
    smp_put_bytes(w, &x, sizeof x);
}

void smp_put_f64(struct smp_writer *w, double x)
{
    smp_put_bytes(w, &x, sizeof x);
}

void smp_put_u32s(struct smp_writer *w, const uint32_t *x, size_t n)
{
    smp_put_bytes(w, x, n * sizeof *x);
}

void smp_put_u64s(struct smp_writer *w, const uint64_t *x, size_t n)
{
    smp_put_bytes(w, x, n * sizeof *x);
}

void smp_put_floats(struct smp_writer *w, const float *x, size_t n)
{
    smp_put_bytes(w, x, n * sizeof *x);
}

void smp_put_halves(struct smp_writer *w, const float *x, size_t n)
{
    const float largest = largest_of(x, n);

    smp_put_floats(w, &largest, 1);
    if (!make_room(w, n * sizeof(uint16_t))) return;
    for (size_t i = 0; i < n; i++) {
        const uint16_t half = largest > 0 ? half_of(x[i] / largest) : 0;
        memcpy(w->bytes + w->n, &half, sizeof half);
        w->n += sizeof half;
    }
}

void smp_writer_start(struct smp_writer *w, enum smp_content content)
{
    *w = (struct smp_writer){0};
    smp_put_bytes(w, MAGIC, sizeof MAGIC);
    smp_put_u32(w, VERSION);
    smp_put_u32(w, (uint32_t)content);
    smp_put_u64(w, 0); /* the length, once known */
}

enum smp_status smp_writer_finish(struct smp_writer *w, uint8_t **bytes, size_t *n)
{
    if (!w->failed) {
        const uint64_t length = w->n - HEADER_BYTES;
        memcpy(w->bytes + LENGTH_OFFSET, &length, sizeof length);
        smp_put_u64(w, smp_fnv(w->bytes, w->n));
    }
    if (w->failed) {
        free(w->bytes);
        return smp_fail_nomem();
    }
    *bytes = w->bytes;
    *n = w->n;
    return SMP_OK;
}

/* -- reading ---------------------------------------------------------------------------------- */

enum smp_status smp_reader_start(struct smp_reader *r, const uint8_t *bytes, size_t n,
                                 enum smp_content *content)
{
    uint32_t version;
    uint32_t kind;
    uint64_t length;
    uint64_t checksum;

    if (n < HEADER_BYTES + CHECKSUM_BYTES || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
        return smp_fail(SMP_CORRUPT, "this is not a model file of Exemplar");
    *r = (struct smp_reader){.at = bytes + sizeof MAGIC, .left = n - sizeof MAGIC};
    version = smp_take_u32(r);
    kind = smp_take_u32(r);
    length = smp_take_u64(r);
    if (version != VERSION)
        return smp_fail(SMP_CORRUPT, "the model file has version %u; this program reads %d",
                        version, VERSION);
    if (length != n - HEADER_BYTES - CHECKSUM_BYTES)
        return smp_fail(
            SMP_CORRUPT,
            "the model file is cut or grown: it names %llu bytes of content and has %zu",
            (unsigned long long)length, n - HEADER_BYTES - CHECKSUM_BYTES);
    memcpy(&checksum, bytes + n - CHECKSUM_BYTES, sizeof checksum);
    if (checksum != smp_fnv(bytes, n - CHECKSUM_BYTES))
        return smp_fail(SMP_CORRUPT, "the model file is damaged: its checksum does not match");
    r->left = (size_t)length;
    *content = (enum smp_content)kind;
    return SMP_OK;
}

void smp_take_bytes(struct smp_reader *r, void *x, size_t n)
{
    if (r->failed || n > r->left) {
        r->failed = true;
        memset(x, 0, n);
        return;
    }
    if (n) memcpy(x, r->at, n);
    r->at += n;
    r->left -= n;
}

uint32_t smp_take_u32(struct smp_reader *r)
{
    uint32_t x;

    smp_take_bytes(r, &x, sizeof x);
    return x;
}

uint64_t smp_take_u64(struct smp_reader *r)
{
    uint64_t x;

    smp_take_bytes(r, &x, sizeof x);
    return x;
}

double smp_take_f64(struct smp_reader *r)
{
    double x;

    smp_take_bytes(r, &x, sizeof x);
    if (!isfinite(x)) r->failed = true;
    return x;
}

static void *take_array(struct smp_reader *r, size_t n, size_t each)
{
    void *x;

    if (r->failed || n > r->left / each) {
        r->failed = true;
        return NULL;
    }
    x = calloc(n + 1, each); /* + 1: an empty array is not a failure */
    if (!x) {
        r->failed = true;
        return NULL;
    }
    smp_take_bytes(r, x, n * each);
    return x;
}

void *smp_take_blob(struct smp_reader *r, size_t n)
{
    return take_array(r, n, 1);
}

uint32_t *smp_take_u32s(struct smp_reader *r, size_t n)
{
    return take_array(r, n, sizeof(uint32_t));
}

uint64_t *smp_take_u64s(struct smp_reader *r, size_t n)
{
    return take_array(r, n, sizeof(uint64_t));
}

float *smp_take_floats(struct smp_reader *r, size_t n)
{
    float *x = take_array(r, n, sizeof(float));

    for (size_t i = 0; x && i < n; i++)
        if (!isfinite(x[i])) r->failed = true;
    return x;
}

float *smp_take_halves(struct smp_reader *r, size_t n)
{
    float largest;
    float *x;

    smp_take_bytes(r, &largest, sizeof largest);
    if (!isfinite(largest) || n > r->left / sizeof(uint16_t)) r->failed = true;
    x = r->failed ? NULL : malloc((n + 1) * sizeof *x);
    if (!x) {
        r->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        uint16_t half;
        memcpy(&half, r->at + i * sizeof half, sizeof half);
        if ((half & 0x7fff) > 0x3c00) r->failed = true; /* a share is at most 1 */
        x[i] = float_of_half(half) * largest;
    }
    r->at += n * sizeof(uint16_t);
    r->left -= n * sizeof(uint16_t);
    return x;
}

enum smp_status smp_reader_finish(const struct smp_reader *r)
{
    if (r->failed)
        return smp_fail(SMP_CORRUPT, "the model file holds a number out of its range");
    if (r->left) return smp_fail(SMP_CORRUPT, "the model file has %zu bytes too many", r->left);
    return SMP_OK;
}
