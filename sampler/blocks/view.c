#include "sampler/blocks/view.h"

#include "sampler/simd.h"

enum { SMALL_MAX = 32, MEDIUM = 64, LARGE_FROM = 96 };

enum smp_status smp_view_check(const struct smp_image_spec *spec)
{
    const uint32_t low = spec->width < spec->height ? spec->width : spec->height;
    const uint32_t high = spec->width < spec->height ? spec->height : spec->width;

    if (spec->channels != 1 && spec->channels != 3)
        return smp_fail(SMP_INVALID, "images of %u channels; 1 (grey) or 3 (colour) are known",
                        spec->channels);
    if (low < SMP_PHOTO_SIDE_MIN || high > SMP_PHOTO_SIDE_MAX)
        return smp_fail(SMP_INVALID,
                        "images of %ux%u pixels; a side must have %d to %d, resize them first",
                        spec->width, spec->height, SMP_PHOTO_SIDE_MIN, SMP_PHOTO_SIDE_MAX);
    return SMP_OK;
}

/* Thumbnails below 96 pixels hold nothing that 128 would show: local descriptors then see 64. */
struct smp_view_shape smp_view_shape_of(const struct smp_image_spec *spec)
{
    const size_t side = spec->width < spec->height ? spec->width : spec->height;

    return (struct smp_view_shape){
        .channels = spec->channels,
        .large = side >= LARGE_FROM ? SMP_PHOTO_SIDE : MEDIUM,
        .medium = MEDIUM,
        .small = side >= SMALL_MAX ? SMALL_MAX : side & ~(size_t)1,
    };
}

static size_t planes_floats(size_t channels, size_t side)
{
    return channels * side * side;
}

/* Resizing goes through one plane that is as wide as the result and as high as the input. */
size_t smp_view_floats(const struct smp_view_shape *shape)
{
    return planes_floats(shape->channels, shape->large + shape->small) * 2 +
           planes_floats(shape->channels, shape->large) +
           planes_floats(shape->channels, shape->medium) +
           (size_t)SMP_PHOTO_SIDE_MAX * (SMP_PHOTO_SIDE + SMP_PHOTO_SIDE_MAX);
}

/* -- resizing one line ------------------------------------------------------------------------ */

/* Where output i of n_out lies on a line of n_in: samples first.. with these weights. */
struct span {
    size_t first, n;
    float head, body, tail; /* weight of the first, of those between, of the last */
};

static struct span span_shrink(size_t i, size_t n_in, size_t n_out)
{
    const size_t from = i * n_in, to = from + n_in; /* in units of 1/n_out of a sample */
    const size_t first = from / n_out, last = (to - 1) / n_out;
    const float unit = 1.0f / (float)n_in;
    struct span s = {.first = first, .n = last - first + 1, .body = (float)n_out * unit};

    s.head = (float)((first + 1) * n_out - from) * unit;
    s.tail = (float)(to - last * n_out) * unit;
    if (s.n == 1) s.head = 1;
    return s;
}

static struct span span_grow(size_t i, size_t n_in, size_t n_out)
{
    const size_t at = (2 * i + 1) * n_in; /* position + 1/2, in units of 1/(2 n_out) */
    size_t first;
    float share;

    if (at <= n_out) return (struct span){.first = 0, .n = 1, .head = 1};
    first = (at - n_out) / (2 * n_out);
    if (first + 1 >= n_in) return (struct span){.first = n_in - 1, .n = 1, .head = 1};
    share = (float)(at - n_out - first * 2 * n_out) / (float)(2 * n_out);
    return (struct span){.first = first, .n = 2, .head = 1 - share, .tail = share};
}

/* One line, n_in samples `step` apart, to n_out samples `step_out` apart. */
static void resize_line(const float *in, size_t step, size_t n_in, float *out, size_t step_out,
                        size_t n_out)
{
    for (size_t i = 0; i < n_out; i++) {
        const struct span s =
            n_in > n_out ? span_shrink(i, n_in, n_out) : span_grow(i, n_in, n_out);
        float sum = s.head * in[s.first * step];
        for (size_t j = 1; j + 1 < s.n; j++)
            sum += s.body * in[(s.first + j) * step];
        if (s.n > 1) sum += s.tail * in[(s.first + s.n - 1) * step];
        out[i * step_out] = sum;
    }
}

static void resize_plane(const float *in, size_t width, size_t height, float *between,
                         float *out, size_t side)
{
    for (size_t y = 0; y < height; y++)
        resize_line(in + y * width, 1, width, between + y * side, 1, side);
    for (size_t x = 0; x < side; x++)
        resize_line(between + x, side, height, out + x, side, side);
}

/* The same for the common case: half the side, the mean of four. */
SMP_KERNEL
static void halve_plane(const float *restrict in, size_t side, float *restrict out)
{
    const size_t half = side / 2;

    for (size_t y = 0; y < half; y++) {
        const float *a = in + 2 * y * side, *b = a + side;
        for (size_t x = 0; x < half; x++)
            out[y * half + x] = 0.25f * ((a[2 * x] + a[2 * x + 1]) + (b[2 * x] + b[2 * x + 1]));
    }
}

static void shrink_planes(const float *in, size_t channels, size_t side, float *between,
                          float *out, size_t side_out)
{
    for (size_t c = 0; c < channels; c++) {
        const float *from = in + c * side * side;
        float *to = out + c * side_out * side_out;
        if (side == 2 * side_out) {
            halve_plane(from, side, to);
        } else {
            resize_plane(from, side, side, between, to, side_out);
        }
    }
}

/* -- the view --------------------------------------------------------------------------------- */

SMP_KERNEL
static void take_channel(const uint8_t *restrict pixels, size_t n, size_t channels,
                         float *restrict plane)
{
    for (size_t i = 0; i < n; i++)
        plane[i] = (float)pixels[i * channels] * (1.0f / 255.0f);
}

static void interleave(const float *planes, size_t channels, size_t n, uint8_t *out)
{
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < n; i++)
            out[i * channels + c] = (uint8_t)(planes[c * n + i] * 255.0f + 0.5f);
}

void smp_view_make(const struct smp_view_shape *shape, const struct smp_image_spec *spec,
                   const uint8_t *pixels, float *memory, struct smp_view *out)
{
    const size_t c = shape->channels, n = (size_t)spec->width * spec->height;
    float *large = memory, *medium = large + planes_floats(c, shape->large);
    float *small = medium + planes_floats(c, shape->medium);
    uint8_t *small_u8 = (uint8_t *)(small + planes_floats(c, shape->small));
    float *plane = small + 2 * planes_floats(c, shape->small), *between = plane + n;

    for (size_t i = 0; i < c; i++) {
        float *to = large + i * shape->large * shape->large;
        float *small_to = small + i * shape->small * shape->small;
        const int as_it_is = spec->width == shape->large && spec->height == shape->large;
        take_channel(pixels + i, n, c, as_it_is ? to : plane);
        if (as_it_is) continue;
        resize_plane(plane, spec->width, spec->height, between, to, shape->large);
        resize_plane(plane, spec->width, spec->height, between, small_to, shape->small);
    }
    if (shape->medium == shape->large) {
        medium = large;
    } else {
        shrink_planes(large, c, shape->large, between, medium, shape->medium);
    }
    if (shape->small == SMALL_MAX)
        shrink_planes(medium, c, shape->medium, between, small, shape->small);
    interleave(small, c, shape->small * shape->small, small_u8);
    *out = (struct smp_view){*shape, large, medium, small_u8};
}
