/* Resizing in whole numbers, one input row at a time: exact, so the same on every machine.
 *
 * Along one side of n pixels made into m, output pixel i is a weighted mean of a span of inputs.
 * Shrinking: it covers [i n, (i+1) n) where input pixel j covers [j m, (j+1) m); the weights are
 * the overlaps and add up to n. Growing: the two inputs whose centres lie around its own centre,
 * weights by distance in units of 1 / (2 m), which add up to 2 m. */
#include "media/image_codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct span {
    uint32_t first, n;                  /* inputs first .. first + n - 1 */
    uint32_t w_first, w_middle, w_last; /* w_last is unused when n is 1 */
};

struct axis {
    struct span *spans; /* (n_out) */
    uint64_t total;     /* of the weights of each span */
};

static struct span span_shrinking(uint32_t i, uint32_t n_in, uint32_t n_out)
{
    uint64_t from = (uint64_t)i * n_in;
    uint64_t to = from + n_in;
    uint32_t first = (uint32_t)(from / n_out);
    uint32_t last = (uint32_t)((to - 1) / n_out);

    if (first == last) return (struct span){first, 1, n_in, 0, 0};
    return (struct span){
        .first = first,
        .n = last - first + 1,
        .w_first = (uint32_t)(((uint64_t)first + 1) * n_out - from),
        .w_middle = n_out,
        .w_last = (uint32_t)(to - (uint64_t)last * n_out),
    };
}

static struct span span_growing(uint32_t i, uint32_t n_in, uint32_t n_out)
{
    /* (i + 1/2) n_in / n_out - 1/2, times 2 n_out */
    int64_t centre = (2 * (int64_t)i + 1) * n_in - n_out;
    uint32_t total = 2 * n_out;
    uint32_t first = centre < 0 ? 0 : (uint32_t)(centre / total);
    uint32_t beyond = centre < 0 ? 0 : (uint32_t)(centre % total);

    if (!beyond || first + 1 >= n_in) return (struct span){first, 1, total, 0, 0};
    return (struct span){first, 2, total - beyond, 0, beyond};
}

static enum err axis_make(struct axis *axis, uint32_t n_in, uint32_t n_out)
{
    axis->total = n_in >= n_out ? n_in : 2 * (uint64_t)n_out;
    axis->spans = calloc(n_out, sizeof *axis->spans);
    NEED(axis->spans);
    for (uint32_t i = 0; i < n_out; i++)
        axis->spans[i] =
            n_in >= n_out ? span_shrinking(i, n_in, n_out) : span_growing(i, n_in, n_out);
    return OK;
}

/* sums (n_out, channels) = weighted sums over one input row (n_in, channels). */
static void sum_row(uint64_t *sums, const uint8_t *row, const struct axis *x, uint32_t n_out,
                    size_t channels)
{
    for (uint32_t i = 0; i < n_out; i++) {
        const struct span *s = &x->spans[i];
        const uint8_t *p = row + (size_t)s->first * channels;

        for (size_t c = 0; c < channels; c++) {
            uint64_t middle = 0;

            for (uint32_t j = 1; j + 1 < s->n; j++)
                middle += p[j * channels + c];
            sums[i * channels + c] = (uint64_t)p[c] * s->w_first + middle * s->w_middle;
            if (s->n > 1)
                sums[i * channels + c] += (uint64_t)p[(s->n - 1) * channels + c] * s->w_last;
        }
    }
}

struct resizer {
    const struct image *in;
    uint32_t width;
    struct axis x, y;
    size_t n_row;       /* width * channels */
    uint64_t *memory;   /* three rows of n_row */
    uint64_t *sums[2];  /* of input rows known[0] and known[1]; even rows in the first */
    int64_t known[2];   /* neighbours share a row, so that each is summed once */
    uint64_t *weighted; /* of the output row in progress */
};

static const uint64_t *row_sums(struct resizer *r, uint32_t y)
{
    size_t slot = y & 1;

    if (r->known[slot] != y) {
        sum_row(r->sums[slot],
                r->in->pixels + (size_t)y * r->in->width * (size_t)r->in->channels, &r->x,
                r->width, (size_t)r->in->channels);
        r->known[slot] = y;
    }
    return r->sums[slot];
}

static void make_row(struct resizer *r, uint8_t *to, const struct span *s)
{
    uint64_t total = r->x.total * r->y.total;

    memset(r->weighted, 0, r->n_row * sizeof *r->weighted);
    for (uint32_t j = 0; j < s->n; j++) {
        const uint64_t *sums = row_sums(r, s->first + j);
        uint64_t weight = j == 0 ? s->w_first : j + 1 == s->n ? s->w_last : s->w_middle;

        for (size_t i = 0; i < r->n_row; i++)
            r->weighted[i] += weight * sums[i];
    }
    for (size_t i = 0; i < r->n_row; i++)
        to[i] = (uint8_t)((r->weighted[i] + total / 2) / total);
}

/* 2^31 - 1 keeps twice a side within 32 bits; 256 times both totals must stay within 64. */
static enum err check_sides(const struct image *in, uint32_t width, uint32_t height)
{
    uint64_t longest_x = in->width > width ? in->width : width;
    uint64_t longest_y = in->height > height ? in->height : height;
    uint64_t n;

    if (longest_x > INT32_MAX || longest_y > INT32_MAX ||
        __builtin_mul_overflow(4 * longest_x * longest_y, 256, &n))
        return fail(ERR_TOO_LARGE, "%u x %u pixels cannot be resized to %u x %u", in->width,
                    in->height, width, height);
    return OK;
}

static enum err make_rows(struct resizer *r, struct image *out, uint32_t height)
{
    TRY(axis_make(&r->x, r->in->width, r->width));
    TRY(axis_make(&r->y, r->in->height, height));
    r->memory = calloc(3 * r->n_row, sizeof *r->memory);
    NEED(r->memory);
    r->sums[0] = r->memory;
    r->sums[1] = r->memory + r->n_row;
    r->weighted = r->memory + 2 * r->n_row;
    TRY(image_new(out, r->width, height, r->in->channels, 1));
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): image_resize() frees what r holds */
    for (uint32_t y = 0; y < height; y++)
        make_row(r, out->pixels + y * r->n_row, &r->y.spans[y]);
    return OK;
}

enum err image_resize(struct image *out, const struct image *in, uint32_t width,
                      uint32_t height)
{
    struct resizer r = {
        .in = in,
        .width = width,
        .n_row = (size_t)width * (size_t)in->channels,
        .known = {-1, -1},
    };
    enum err e;

    assert(in->pixels && width && height);
    *out = (struct image){0};
    TRY(check_sides(in, width, height));
    e = make_rows(&r, out, height);
    free(r.x.spans);
    free(r.y.spans);
    free(r.memory);
    return e;
}

static uint32_t scaled(uint32_t side, uint32_t longer, uint32_t max_side)
{
    uint64_t n = ((uint64_t)side * max_side + longer / 2) / longer;

    return n ? (uint32_t)n : 1;
}

enum err image_fit(struct image *out, const struct image *in, uint32_t max_side)
{
    uint32_t longer = in->width > in->height ? in->width : in->height;

    assert(max_side);
    if (longer <= max_side) return image_resize(out, in, in->width, in->height);
    return image_resize(out, in, scaled(in->width, longer, max_side),
                        scaled(in->height, longer, max_side));
}
