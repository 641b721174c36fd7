#include "sampler/sparse.h"

#include "sampler/simd.h"
#include "sampler/threads.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 256 };

enum smp_status smp_half_new(struct smp_half *h, size_t rows, size_t entries)
{
    *h = (struct smp_half){
        .start = calloc(rows + 1, sizeof *h->start),
        .column = malloc((entries + 1) * sizeof *h->column),
        .value = malloc((entries + 1) * sizeof *h->value),
    };
    if (h->start && h->column && h->value) return SMP_OK;
    free(h->start);
    free(h->column);
    free(h->value);
    *h = (struct smp_half){0};
    return smp_fail_nomem();
}

static void half_free(struct smp_half *h)
{
    free(h->start);
    free(h->column);
    free(h->value);
}

void smp_sparse_free(struct smp_sparse *m)
{
    half_free(&m->by_row);
    half_free(&m->by_column);
    *m = (struct smp_sparse){0};
}

enum smp_status smp_sparse_finish(struct smp_sparse *m)
{
    const struct smp_half *from = &m->by_row;
    const size_t entries = from->start[m->rows];
    struct smp_half *to = &m->by_column;

    SMP_TRY(smp_half_new(to, m->cols, entries));
    for (size_t e = 0; e < entries; e++)
        to->start[from->column[e] + 1]++;
    for (size_t c = 0; c < m->cols; c++)
        to->start[c + 1] += to->start[c];
    for (size_t r = 0; r < m->rows; r++) {
        for (size_t e = from->start[r]; e < from->start[r + 1]; e++) {
            const size_t slot = to->start[from->column[e]]++;
            to->column[slot] = (uint32_t)r;
            to->value[slot] = from->value[e];
        }
    }
    /* Filling moved every start to its row's end, which is the next row's start. */
    memmove(to->start + 1, to->start, m->cols * sizeof *to->start);
    to->start[0] = 0;
    return SMP_OK;
}

struct sparse_product {
    const struct smp_half *half;
    size_t rows, k;
    const float *x;
    float *y;
};

SMP_KERNEL
static void add_feature(float *restrict y, const float *restrict x, float scale, size_t k)
{
    for (size_t i = 0; i < k; i++)
        y[i] += scale * x[i];
}

static void product_block(void *ctx, size_t piece, unsigned thread)
{
    const struct sparse_product *p = ctx;
    const size_t first = piece * BLOCK_ROWS;
    const size_t end = first + BLOCK_ROWS < p->rows ? first + BLOCK_ROWS : p->rows;

    (void)thread;
    memset(p->y + first * p->k, 0, (end - first) * p->k * sizeof *p->y);
    for (size_t r = first; r < end; r++)
        for (size_t e = p->half->start[r]; e < p->half->start[r + 1]; e++)
            add_feature(p->y + r * p->k, p->x + p->half->column[e] * p->k, p->half->value[e],
                        p->k);
}

static void apply(const void *ctx, const float *q, size_t k, float *y)
{
    const struct smp_sparse *m = ctx;
    struct sparse_product p = {.half = &m->by_row, .rows = m->rows, .k = k, .x = q};

    p.y = y;
    smp_parallel(m->n_threads, (m->rows + BLOCK_ROWS - 1) / BLOCK_ROWS, product_block, &p);
}

static void apply_t(const void *ctx, const float *y, size_t k, float *q)
{
    const struct smp_sparse *m = ctx;
    struct sparse_product p = {.half = &m->by_column, .rows = m->cols, .k = k, .x = y};

    p.y = q;
    smp_parallel(m->n_threads, (m->cols + BLOCK_ROWS - 1) / BLOCK_ROWS, product_block, &p);
}

struct smp_operator smp_sparse_operator(const struct smp_sparse *m)
{
    return (struct smp_operator){
        .rows = m->rows, .cols = m->cols, .apply = apply, .apply_t = apply_t, .ctx = m};
}
