#include "sampler/gemm.h"

#include "sampler/gemm_serial.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

enum { BLOCK_ROWS = 256 };

/* Rows first..first+rows-1 of c. */
static void product_rows(const struct smp_gemm_shape *s, const float *a, const float *b,
                         float *c, size_t first, size_t rows)
{
    const size_t ld_a = s->kind == SMP_TN ? s->m : s->k;
    const size_t ld_b = s->kind == SMP_NT ? s->k : s->n;
    const float *a_rows = a + (s->kind == SMP_TN ? first : first * ld_a);

    if (!rows || !s->n) return;
    if (!s->k) {
        memset(c + first * s->n, 0, rows * s->n * sizeof *c);
        return;
    }
    assert(s->m <= INT_MAX && s->n <= INT_MAX && s->k <= INT_MAX);
    smp_gemm_serial(&(struct smp_serial_product){
        {s->kind, rows, s->n, s->k},
        a_rows, b, c + first * s->n, ld_a, ld_b, s->n
    });
}

void smp_gemm(struct smp_gemm_shape shape, const float *a, const float *b, float *c)
{
    product_rows(&shape, a, b, c, 0, shape.m);
}

struct product {
    const struct smp_gemm_shape *shape;
    const float *a, *b;
    float *c;
};

static void product_block(void *ctx, size_t piece, unsigned thread)
{
    const struct product *p = ctx;
    const size_t first = piece * BLOCK_ROWS;
    const size_t left = p->shape->m - first;

    (void)thread;
    product_rows(p->shape, p->a, p->b, p->c, first, left < BLOCK_ROWS ? left : BLOCK_ROWS);
}

void smp_gemm_threads(unsigned n_threads, struct smp_gemm_shape shape, const float *a,
                      const float *b, float *c)
{
    struct product p = {.shape = &shape, .a = a, .b = b};

    p.c = c;
    smp_parallel(n_threads, (shape.m + BLOCK_ROWS - 1) / BLOCK_ROWS, product_block, &p);
}

void smp_gemm_naive(struct smp_gemm_shape shape, const float *a, const float *b, float *c)
{
    for (size_t i = 0; i < shape.m; i++) {
        for (size_t j = 0; j < shape.n; j++) {
            double sum = 0;
            for (size_t l = 0; l < shape.k; l++) {
                const float x = shape.kind == SMP_TN ? a[l * shape.m + i] : a[i * shape.k + l];
                const float y = shape.kind == SMP_NT ? b[j * shape.k + l] : b[l * shape.n + j];
                sum += (double)x * (double)y;
            }
            c[i * shape.n + j] = (float)sum;
        }
    }
}

/* -- the steady product ----------------------------------------------------------------------- */

enum { TILE_ROWS = 4, NARROW_ROWS = 8, VECTORS = SMP_PANEL / SMP_LANES };

/* Where the second, third and fourth vector of a row begin. */
static const size_t V1 = SMP_LANES, V2 = (size_t)2 * SMP_LANES, V3 = (size_t)3 * SMP_LANES;

_Static_assert(VECTORS == 4, "the tiles below hold four vectors a row");

typedef float lanes __attribute__((vector_size(SMP_LANES * sizeof(float))));
/* The same, read straight from a float array wherever it stands. */
typedef float loose_lanes
    __attribute__((vector_size(SMP_LANES * sizeof(float)), aligned(4), may_alias));

#define LANES_AT(x)       (*(loose_lanes *)(x))
#define CONST_LANES_AT(x) (*(const loose_lanes *)(x))

size_t smp_packed_floats(size_t n, size_t k)
{
    return (n + SMP_PANEL - 1) / SMP_PANEL * SMP_PANEL * k;
}

void smp_pack(const float *b, size_t n, size_t k, float *packed)
{
    memset(packed, 0, smp_packed_floats(n, k) * sizeof *packed);
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < k; l++)
            packed[j / SMP_PANEL * SMP_PANEL * k + l * SMP_PANEL + j % SMP_PANEL] =
                b[j * k + l];
}

/* One row of a against one panel. */
SMP_KERNEL
static void steady_row(const float *a, const float *panel, size_t k, float *out)
{
    lanes s0 = {0};
    lanes s1 = {0};
    lanes s2 = {0};
    lanes s3 = {0};

    for (size_t l = 0; l < k; l++, panel += SMP_PANEL) {
        s0 += a[l] * CONST_LANES_AT(panel);
        s1 += a[l] * CONST_LANES_AT(panel + V1);
        s2 += a[l] * CONST_LANES_AT(panel + V2);
        s3 += a[l] * CONST_LANES_AT(panel + V3);
    }
    LANES_AT(out) = s0;
    LANES_AT(out + V1) = s1;
    LANES_AT(out + V2) = s2;
    LANES_AT(out + V3) = s3;
}

/* Four rows of a against one panel: 16 sums that stay in registers. out (4, SMP_PANEL). */
SMP_KERNEL
static void steady_tile(const float *a, const float *panel, size_t k, float *out)
{
    lanes s00 = {0};
    lanes s01 = {0};
    lanes s02 = {0};
    lanes s03 = {0};
    lanes s10 = {0};
    lanes s11 = {0};
    lanes s12 = {0};
    lanes s13 = {0};
    lanes s20 = {0};
    lanes s21 = {0};
    lanes s22 = {0};
    lanes s23 = {0};
    lanes s30 = {0};
    lanes s31 = {0};
    lanes s32 = {0};
    lanes s33 = {0};

    for (size_t l = 0; l < k; l++, panel += SMP_PANEL) {
        const lanes y0 = CONST_LANES_AT(panel);
        const lanes y1 = CONST_LANES_AT(panel + V1);
        const lanes y2 = CONST_LANES_AT(panel + V2);
        const lanes y3 = CONST_LANES_AT(panel + V3);
        const float x0 = a[l];
        const float x1 = a[k + l];
        const float x2 = a[2 * k + l];
        const float x3 = a[3 * k + l];
        s00 += x0 * y0, s01 += x0 * y1, s02 += x0 * y2, s03 += x0 * y3;
        s10 += x1 * y0, s11 += x1 * y1, s12 += x1 * y2, s13 += x1 * y3;
        s20 += x2 * y0, s21 += x2 * y1, s22 += x2 * y2, s23 += x2 * y3;
        s30 += x3 * y0, s31 += x3 * y1, s32 += x3 * y2, s33 += x3 * y3;
    }
    const lanes all[TILE_ROWS * VECTORS] = {s00, s01, s02, s03, s10, s11, s12, s13,
                                            s20, s21, s22, s23, s30, s31, s32, s33};
    memcpy(out, all, sizeof all);
}

/* Eight rows of a against the first vector of a panel: as many sums as two multipliers keep in flight.
 * out (8, SMP_LANES). */
SMP_KERNEL
static void steady_narrow(const float *a, const float *panel, size_t k, float *out)
{
    lanes s0 = {0};
    lanes s1 = {0};
    lanes s2 = {0};
    lanes s3 = {0};
    lanes s4 = {0};
    lanes s5 = {0};
    lanes s6 = {0};
    lanes s7 = {0};

    for (size_t l = 0; l < k; l++, panel += SMP_PANEL) {
        const lanes y = CONST_LANES_AT(panel);
        s0 += a[l] * y, s1 += a[k + l] * y, s2 += a[2 * k + l] * y, s3 += a[3 * k + l] * y;
        s4 += a[4 * k + l] * y, s5 += a[5 * k + l] * y;
        s6 += a[6 * k + l] * y, s7 += a[7 * k + l] * y;
    }
    const lanes all[NARROW_ROWS] = {s0, s1, s2, s3, s4, s5, s6, s7};
    memcpy(out, all, sizeof all);
}

/* The rows that fill tall tiles of a panel with one vector's columns at most; returns their number. */
static size_t narrow_rows(size_t m, size_t n, size_t k, const float *a, const float *panel,
                          float *c)
{
    float tile[NARROW_ROWS * SMP_LANES];
    size_t i = 0;

    for (; i + NARROW_ROWS <= m; i += NARROW_ROWS) {
        steady_narrow(a + i * k, panel, k, tile);
        for (size_t p = 0; p < NARROW_ROWS; p++)
            memcpy(c + (i + p) * n, tile + p * SMP_LANES, (n % SMP_PANEL) * sizeof *c);
    }
    return i;
}

void smp_gemm_steady(size_t m, size_t n, size_t k, const float *a, const float *packed,
                     float *c)
{
    float tile[TILE_ROWS * SMP_PANEL];

    for (size_t j = 0; j < n; j += SMP_PANEL, packed += SMP_PANEL * k) {
        const size_t width = n - j < SMP_PANEL ? n - j : SMP_PANEL;
        for (size_t i = width <= SMP_LANES ? narrow_rows(m, n, k, a, packed, c + j) : 0;
             i < m;) {
            const size_t rows = m - i < TILE_ROWS ? 1 : TILE_ROWS;
            if (rows == TILE_ROWS)
                steady_tile(a + i * k, packed, k, tile);
            else
                steady_row(a + i * k, packed, k, tile);
            for (size_t p = 0; p < rows; p++, i++)
                memcpy(c + i * n + j, tile + p * SMP_PANEL, width * sizeof *c);
        }
    }
}
