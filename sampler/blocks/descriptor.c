#include "sampler/blocks/descriptor.h"

#include "sampler/blocks/orient.h"
#include "sampler/simd.h"

#include <assert.h>
#include <math.h>

enum {
    LANES = 8,   /* numbers of a map at one place, of either kind */
    CELLS = 4,   /* cells along a side of a patch */
    STEP = 2,    /* blocks from a descriptor to the next: 4 pixels */
    COLOURS = 6, /* means and deviations of a cell */
    BLOCK_PX = 2
};

/* Sides of the cells, in blocks, at a view of 128 pixels; a view of 64 has the smaller ones only. */
static const struct recipe {
    size_t numbers; /* of a cell */
    size_t n_scales;
    size_t cell[SMP_SCALES_MAX];
} RECIPES[] = {
    [SMP_SHAPES] = {LANES,   3, {3, 6, 9}},
    [SMP_TEXTURES] = {LANES,   2, {2, 4}   },
    [SMP_COLOURS] = {COLOURS, 2, {3, 6}   },
};

/* Scales whose patches fit into a view of so many blocks twice over; at least the first. */
static size_t scales_at(enum smp_descriptor_kind kind, size_t side_blocks)
{
    const struct recipe *r = &RECIPES[kind];
    size_t n = 1;

    while (n < r->n_scales && (CELLS + 1) * r->cell[n] <= side_blocks)
        n++;
    return n;
}

size_t smp_descriptor_size(enum smp_descriptor_kind kind)
{
    return (size_t)CELLS * CELLS * RECIPES[kind].numbers;
}

size_t smp_descriptor_mirror(enum smp_descriptor_kind kind, size_t i)
{
    const size_t per_cell = RECIPES[kind].numbers;
    const size_t cell = i / per_cell;
    const size_t number = i % per_cell;
    const size_t row = cell / CELLS;
    const size_t column = CELLS - 1 - cell % CELLS;
    const size_t turned = kind == SMP_COLOURS ? number : (LANES / 2 + LANES - number) % LANES;

    return (row * CELLS + column) * per_cell + turned;
}

/* Descriptors along a side: the first patch begins at 0, the last ends at most at the border. */
static size_t along_side(size_t side_blocks, size_t cell)
{
    return (side_blocks - CELLS * cell) / STEP + 1;
}

size_t smp_descriptors_per_photo(enum smp_descriptor_kind kind, size_t side_px)
{
    const size_t side = side_px / BLOCK_PX;
    const size_t n_scales = scales_at(kind, side);
    size_t n = 0;

    for (size_t s = 0; s < n_scales; s++) {
        const size_t along = along_side(side, RECIPES[kind].cell[s]);
        n += along * along;
    }
    return n;
}

size_t smp_descriptors_work(size_t side_px)
{
    const size_t blocks = side_px / BLOCK_PX;

    return blocks * blocks * LANES * (2 + SMP_SCALES_MAX);
}

/* Sums over 2x2 pixels of the opponent colours and their squares; lanes 6 and 7 stay 0. The
 * colours are brightness, red-green and yellow-blue, the latter two at twice their usual weight:
 * they vary less. */
static void opponent_blocks(const float *planes, size_t side, float *blocks)
{
    const float *red = planes;
    const float *green = red + side * side;
    const float *blue = green + side * side;
    const size_t half = side / BLOCK_PX;

    memset(blocks, 0, half * half * LANES * sizeof *blocks);
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++) {
            const size_t i = y * side + x;
            const float colour[3] = {(red[i] + green[i] + blue[i]) * (1.0f / 3),
                                     red[i] - green[i], 0.5f * (red[i] + green[i]) - blue[i]};
            float *to = blocks + (y / BLOCK_PX * half + x / BLOCK_PX) * LANES;
            for (size_t c = 0; c < 3; c++) {
                to[c] += colour[c];
                to[3 + c] += colour[c] * colour[c];
            }
        }
    }
}

void smp_descriptors_prepare(enum smp_descriptor_kind kind, const struct smp_view *view,
                             float *work, struct smp_descriptor_map *map)
{
    const size_t side = view->shape.large / BLOCK_PX;
    const size_t n = side * side * LANES;
    float *blocks = work;
    float *rows = work + n;

    *map = (struct smp_descriptor_map){.kind = kind, .side = side};
    map->n_scales = scales_at(kind, side);
    if (kind == SMP_COLOURS) {
        assert(view->shape.channels == 3);
        opponent_blocks(view->frame, view->shape.large, blocks);
    } else {
        smp_orientations(kind == SMP_SHAPES ? view->focus : view->frame, view->shape.channels,
                         view->shape.large, LANES, blocks);
    }
    for (size_t s = 0; s < map->n_scales; s++) {
        float *cells = work + (2 + s) * n;
        map->cell[s] = RECIPES[kind].cell[s];
        smp_cell_sums(blocks, side, LANES, map->cell[s], rows, cells);
        map->cells[s] = cells;
    }
}

/* RootSIFT. The constant added to the length, 5 % of a cell's side in pixels, keeps flat patches
 * small instead of turning their noise into edges; 0.2 is Lowe's ceiling. */
SMP_KERNEL
static void root_sift(float *restrict d, float side_px)
{
    const size_t n = (size_t)CELLS * CELLS * LANES;
    float lane[SMP_LANES] = {0};
    float length2 = 0;
    float sum = 0;
    float scale;

    for (size_t i = 0; i < n; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] += d[i + l] * d[i + l];
    for (size_t l = 0; l < SMP_LANES; l++) {
        length2 += lane[l];
        lane[l] = 0;
    }
    scale = 1 / (sqrtf(length2) + 0.05f * side_px);
    for (size_t i = 0; i < n; i += SMP_LANES) {
        for (size_t l = 0; l < SMP_LANES; l++) {
            const float x = d[i + l] * scale;
            d[i + l] = x < 0.2f ? x : 0.2f;
            lane[l] += d[i + l];
        }
    }
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    scale = 1 / (sum + 1e-6f);
    for (size_t i = 0; i < n; i++)
        d[i] = sqrtf(d[i] * scale);
}

static void gradient_descriptor(const float *cells, size_t row, size_t cell, float *out)
{
    for (size_t y = 0; y < CELLS; y++)
        for (size_t x = 0; x < CELLS; x++)
            memcpy(out + (y * CELLS + x) * LANES, cells + (y * row + x) * cell * LANES,
                   LANES * sizeof *out);
    root_sift(out, (float)(cell * BLOCK_PX));
}

static void colour_descriptor(const float *cells, size_t row, size_t cell, float *out)
{
    const float unit = 1.0f / (float)(cell * cell * BLOCK_PX * BLOCK_PX);

    for (size_t y = 0; y < CELLS; y++) {
        for (size_t x = 0; x < CELLS; x++, out += COLOURS) {
            const float *sum = cells + (y * row + x) * cell * LANES;
            for (size_t c = 0; c < 3; c++) {
                const float mean = sum[c] * unit;
                const float spread = sum[3 + c] * unit - mean * mean;
                out[c] = mean;
                out[3 + c] = spread > 0 ? sqrtf(spread) : 0;
            }
        }
    }
}

size_t smp_descriptors_strip(const struct smp_descriptor_map *map, size_t scale, size_t band,
                             float *out)
{
    const size_t cell = map->cell[scale];
    const size_t row = map->side - cell + 1;
    const size_t along = along_side(map->side, cell);
    const size_t size = smp_descriptor_size(map->kind);
    const size_t first = band * along / SMP_BANDS;
    const size_t end = (band + 1) * along / SMP_BANDS;

    assert((end - first) * along <= SMP_STRIP_MAX);
    for (size_t y = first; y < end; y++) {
        for (size_t x = 0; x < along; x++, out += size) {
            const float *at = map->cells[scale] + (y * STEP * row + x * STEP) * LANES;
            if (map->kind == SMP_COLOURS) {
                colour_descriptor(at, row, cell, out);
            } else {
                gradient_descriptor(at, row, cell, out);
            }
        }
    }
    return (end - first) * along;
}
