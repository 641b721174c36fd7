/* product_kernel - the tiles of product.h, compiled once for each kind of processor.
 *
 * The including file defines, before it includes this one:
 *     SMP_PRODUCT_NAME(f)   the name of f for this processor
 *     SMP_TILE_LANES        floats of a register: 16, 8 or 4
 *     SMP_TILE_WIDE         1 where there are 32 registers (tiles of 6 x 4, 8 x 2 and 8 x 1
 *                           registers), else 0 (6 x 2 and 6 x 1)
 * Vectors are the compilers' own extension. */
#include "sampler/conv/product_variants.h"

#include <string.h>

typedef float vector __attribute__((vector_size(4 * SMP_TILE_LANES)));
typedef float vector_at __attribute__((vector_size(4 * SMP_TILE_LANES), aligned(4), may_alias));
typedef int32_t vector_bits __attribute__((vector_size(4 * SMP_TILE_LANES)));

#define SMP_INLINE static inline __attribute__((always_inline))

enum {
    LANES = SMP_TILE_LANES,
    TILE_ROWS_MAX = 8,
    TILE_VECTORS_MAX = 4,
    ROWS_RESIDENT = 96, /* rows of dy, 64 columns of each: half of the first-level cache */
    K_RESIDENT = 640    /* rows of a panel of w: a sixth of a second-level cache of 1 MiB */
};

SMP_INLINE vector load(const float *x)
{
    return *(const vector_at *)x;
}

SMP_INLINE void store(float *x, vector v)
{
    *(vector_at *)x = v;
}

/* v where of > 0, else 0. */
SMP_INLINE vector keep_positive(vector v, vector of)
{
    const vector zero = {0};

    return (vector)((vector_bits)v & (of > zero));
}

/* The first `n` lanes; all when there are fewer. */
SMP_INLINE void store_some(float *x, vector v, size_t n)
{
    if (n >= LANES)
        store(x, v);
    else
        memcpy(x, &v, n * sizeof *x);
}

/* -- y = rows(x) w ---------------------------------------------------------------------------- */

/* One tile of y: where its rows begin and end, and which segments are summed in this round. */
struct tile {
    const float *x[TILE_ROWS_MAX];
    float *y[TILE_ROWS_MAX];
    const float *keep[TILE_ROWS_MAX];
    const float *w;
    size_t width; /* of the panel */
    size_t first_column, columns;
    size_t first_segment, end_segment;
};

/* Columns of y that vector v of the tile still has; 0 in the padding of w. */
SMP_INLINE size_t columns_left(const struct tile *t, size_t v)
{
    return t->columns > v * LANES ? t->columns - v * LANES : 0;
}

SMP_INLINE vector start_of(const struct smp_product *p, const struct tile *t, size_t r,
                           size_t v)
{
    const size_t column = v * LANES;
    vector zero = {0};

    if (t->first_segment) {
        const size_t left = columns_left(t, v);
        vector so_far = {0};
        if (left >= LANES) return load(t->y[r] + column);
        memcpy(&so_far, t->y[r] + column, left * sizeof(float));
        return so_far;
    }
    return p->bias ? load(p->bias + t->first_column + column) : zero;
}

SMP_INLINE void finish(const struct smp_product *p, const struct tile *t, size_t r, size_t v,
                       vector sum)
{
    const size_t column = v * LANES;

    if (t->end_segment == p->rows->n_segments) {
        if (p->activation == SMP_RELU) sum = keep_positive(sum, sum);
        if (p->keep) sum = keep_positive(sum, load(t->keep[r] + column));
    }
    store_some(t->y[r] + column, sum, columns_left(t, v));
}

SMP_INLINE void product_tile(const size_t n_rows, const size_t n_vectors,
                             const struct smp_product *p, const struct tile *t)
{
    vector sum[TILE_ROWS_MAX][TILE_VECTORS_MAX];
    const float *x[TILE_ROWS_MAX];
    const float *w = t->w;

    for (size_t r = 0; r < n_rows; r++) {
        x[r] = t->x[r];
        for (size_t v = 0; v < n_vectors; v++)
            sum[r][v] = start_of(p, t, r, v);
    }
    for (size_t s = t->first_segment; s < t->end_segment; s++) {
        const size_t begin = p->rows->segments[s].offset;
        const size_t end = begin + p->rows->segments[s].length;
        for (size_t j = begin; j < end; j++, w += t->width) {
            vector wide[TILE_VECTORS_MAX];
            for (size_t v = 0; v < n_vectors; v++)
                wide[v] = load(w + v * LANES);
            for (size_t r = 0; r < n_rows; r++)
                for (size_t v = 0; v < n_vectors; v++)
                    sum[r][v] += x[r][j] * wide[v];
        }
    }
    for (size_t r = 0; r < n_rows; r++)
        for (size_t v = 0; v < n_vectors; v++)
            finish(p, t, r, v, sum[r][v]);
}

/* -- dw += rows(x)^T dy ----------------------------------------------------------------------- */

/* Rows of x and dy that pass together, and the corner of dw that they are added to. */
struct corner {
    const float *x[ROWS_RESIDENT];
    const float *dy[ROWS_RESIDENT];
    size_t n_rows;
    size_t offset, column; /* of the corner, in a row of x and of dy */
    float *dw;
};

SMP_INLINE void weights_tile(const size_t n_k, const size_t n_vectors,
                             const struct smp_weights *p, const struct corner *c)
{
    vector sum[TILE_ROWS_MAX][TILE_VECTORS_MAX];

    for (size_t k = 0; k < n_k; k++)
        for (size_t v = 0; v < n_vectors; v++)
            sum[k][v] = load(c->dw + k * p->n + v * LANES);
    for (size_t r = 0; r < c->n_rows; r++) {
        const float *x = c->x[r] + c->offset, *dy = c->dy[r] + c->column;
        vector wide[TILE_VECTORS_MAX];
        for (size_t v = 0; v < n_vectors; v++)
            wide[v] = load(dy + v * LANES);
        for (size_t k = 0; k < n_k; k++)
            for (size_t v = 0; v < n_vectors; v++)
                sum[k][v] += x[k] * wide[v];
    }
    for (size_t k = 0; k < n_k; k++)
        for (size_t v = 0; v < n_vectors; v++)
            store(c->dw + k * p->n + v * LANES, sum[k][v]);
}

/* The last columns, when they are no whole vector. */
static void weights_edge(const struct smp_weights *p, const struct corner *c, size_t n_k)
{
    const size_t bytes = (p->n - c->column) * sizeof(float);

    for (size_t k = 0; k < n_k; k++) {
        vector sum = {0};
        memcpy(&sum, c->dw + k * p->n, bytes);
        for (size_t r = 0; r < c->n_rows; r++)
            sum += c->x[r][c->offset + k] * load(c->dy[r] + c->column);
        memcpy(c->dw + k * p->n, &sum, bytes);
    }
}

/* -- the tiles -------------------------------------------------------------------------------- */

#define SMP_TILE(rows, vectors)                                                                \
    static void product_##rows##_##vectors(const struct smp_product *p, const struct tile *t)  \
    {                                                                                          \
        product_tile(rows, vectors, p, t);                                                     \
    }                                                                                          \
    static void weights_##rows##_##vectors(const struct smp_weights *p,                        \
                                           const struct corner *c)                             \
    {                                                                                          \
        weights_tile(rows, vectors, p, c);                                                     \
    }

SMP_TILE(1, 1)
SMP_TILE(2, 1)
SMP_TILE(3, 1)
SMP_TILE(4, 1)
SMP_TILE(5, 1)
SMP_TILE(6, 1)
SMP_TILE(1, 2)
SMP_TILE(2, 2)
SMP_TILE(3, 2)
SMP_TILE(4, 2)
SMP_TILE(5, 2)
SMP_TILE(6, 2)
#if SMP_TILE_WIDE
SMP_TILE(7, 1)
SMP_TILE(8, 1)
SMP_TILE(7, 2)
SMP_TILE(8, 2)
SMP_TILE(1, 4)
SMP_TILE(2, 4)
SMP_TILE(3, 4)
SMP_TILE(4, 4)
SMP_TILE(5, 4)
SMP_TILE(6, 4)
#define SMP_TALL(kind, vectors) , kind##_7_##vectors, kind##_8_##vectors
#else
#define SMP_TALL(kind, vectors)
#endif

/* The functions for 1, 2, ... rows. */
#define SMP_TILES(kind, vectors)                                                               \
    {                                                                                          \
        kind##_1_##vectors, kind##_2_##vectors, kind##_3_##vectors, kind##_4_##vectors,        \
            kind##_5_##vectors, kind##_6_##vectors SMP_TALL(kind, vectors)                     \
    }

/* By vectors: how many rows at most, and the functions. */
static const struct {
    size_t rows;
    void (*product[TILE_ROWS_MAX])(const struct smp_product *p, const struct tile *t);
    void (*weights[TILE_ROWS_MAX])(const struct smp_weights *p, const struct corner *c);
} TILES[TILE_VECTORS_MAX + 1] = {
    [1] = {SMP_TILE_WIDE ? 8 : 6, SMP_TILES(product, 1), SMP_TILES(weights, 1)},
    [2] = {SMP_TILE_WIDE ? 8 : 6, SMP_TILES(product, 2), SMP_TILES(weights, 2)},
#if SMP_TILE_WIDE
#undef SMP_TALL
#define SMP_TALL(kind, vectors)
    [4] = {6,                     SMP_TILES(product, 4), SMP_TILES(weights, 4)},
#endif
};

/* The widest tile for what is left of a panel. */
static size_t vectors_of(size_t width)
{
    if (SMP_TILE_WIDE && width >= 4 * LANES) return 4;
    return width >= 2 * LANES ? 2 : 1;
}

/* All rows against one strip of columns and one round of segments. */
static void product_strip(const struct smp_product *p, struct tile *t, size_t n_vectors)
{
    const size_t at_once = TILES[n_vectors].rows, all = p->n_images * p->rows->rows;
    size_t image = 0, row = 0;

    for (size_t first = 0; first < all; first += at_once) {
        const size_t n = all - first < at_once ? all - first : at_once;
        for (size_t r = 0; r < n; r++) {
            t->x[r] = p->x + image * p->x_floats + p->rows->x_row[row];
            t->y[r] = p->y + image * p->y_floats + p->rows->y_row[row] + t->first_column;
            if (p->keep)
                t->keep[r] = p->keep + image * p->keep_floats + p->rows->other_row[row] +
                             t->first_column;
            if (++row == p->rows->rows) {
                row = 0;
                image++;
            }
        }
        TILES[n_vectors].product[n - 1](p, t);
    }
}

/* One round of segments: so many that their rows of w stay in the second-level cache while all
 * rows of x pass. Returns the number of k. */
static size_t next_round(const struct smp_product *p, struct tile *t)
{
    size_t k = 0;

    t->end_segment = t->first_segment;
    while (t->end_segment < p->rows->n_segments && (!k || k < K_RESIDENT))
        k += p->rows->segments[t->end_segment++].length;
    return k;
}

void SMP_PRODUCT_NAME(run)(const struct smp_product *p)
{
    const size_t padded = smp_product_padded(p->n);
    struct tile t = {0};

    for (size_t panel = 0; panel < padded; panel += SMP_PRODUCT_PANEL) {
        const float *w = p->w + panel * p->rows->k;
        t.width = padded - panel < SMP_PRODUCT_PANEL ? padded - panel : SMP_PRODUCT_PANEL;
        t.first_segment = 0;
        do {
            const size_t k = next_round(p, &t);
            for (size_t c = 0, vectors; c < t.width && panel + c < p->n; c += vectors * LANES) {
                vectors = vectors_of(t.width - c);
                t.w = w + c;
                t.first_column = panel + c;
                t.columns = p->n - t.first_column;
                product_strip(p, &t, vectors);
            }
            w += k * t.width;
            t.first_segment = t.end_segment;
        } while (t.first_segment < p->rows->n_segments);
    }
}

/* One corner of dw after another, below each other, in the rows of one segment. */
static void weights_segment(const struct smp_weights *p, struct corner *c, float *dw,
                            const struct smp_segment *s)
{
    const size_t left = p->n - c->column;
    const size_t vectors = left < LANES ? 0 : vectors_of(left);
    const size_t at_once = vectors ? TILES[vectors].rows : s->length;

    for (size_t k = 0; k < s->length; k += at_once) {
        const size_t n_k = s->length - k < at_once ? s->length - k : at_once;
        c->offset = s->offset + k;
        c->dw = dw + k * p->n;
        if (vectors)
            TILES[vectors].weights[n_k - 1](p, c);
        else
            weights_edge(p, c, n_k);
    }
}

/* The resident rows of c into all of dw. */
static void weights_rows(const struct smp_weights *p, struct corner *c)
{
    for (size_t column = 0; column < p->n;) {
        const size_t left = p->n - column;
        float *dw = p->dw + column;
        c->column = column;
        for (size_t s = 0; s < p->rows->n_segments; s++) {
            weights_segment(p, c, dw, &p->rows->segments[s]);
            dw += p->rows->segments[s].length * p->n;
        }
        column += left < LANES ? left : vectors_of(left) * LANES;
    }
}

void SMP_PRODUCT_NAME(weights)(const struct smp_weights *p)
{
    struct corner c;
    const size_t rows = p->rows->rows, all = p->n_images * rows;

    c.n_rows = 0;
    for (size_t i = 0; i < all; i++) {
        c.x[c.n_rows] = p->x + i / rows * p->x_floats + p->rows->x_row[i % rows];
        c.dy[c.n_rows] = p->dy + i / rows * p->dy_floats + p->dy_row[i % rows];
        if (++c.n_rows == ROWS_RESIDENT || i + 1 == all) {
            weights_rows(p, &c);
            c.n_rows = 0;
        }
    }
}
