#include "sampler/blocks/view.h"

#include "sampler/blocks/focus.h"
#include "sampler/simd.h"

enum { SMALL_MAX = 32, MEDIUM = 64, LARGE_FROM = 96, FOCUS = 1 };

/* Of the edges, left out on each side. Best single box on photos of clothes: 0.05 of 0.02..0.1;
 * gradient histograms gain another 2 points from seeing all three. */
static const float LEFT_OUT[SMP_OUTLINES] = {0.02f, 0.05f, 0.1f};

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
        .width = spec->width,
        .height = spec->height,
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

size_t smp_view_floats(const struct smp_view_shape *shape)
{
    const size_t c = shape->channels;

    return 2 * planes_floats(c, shape->large) + SMP_OUTLINES * planes_floats(c, shape->medium) +
           2 * planes_floats(c, shape->small);
}

/* Resizing goes through a plane of the input and one as high as it and as wide as the result; the
 * outlines through a crop. */
size_t smp_view_spare(const struct smp_view_shape *shape)
{
    const size_t resizing = shape->height * (shape->width + shape->large);
    const size_t cropping = planes_floats(shape->channels, shape->large);

    return resizing > cropping ? resizing : cropping;
}

/* -- resizing one line ------------------------------------------------------------------------ */

/* Where output i of n_out lies on a line of n_in: samples first.. with these weights. */
struct span {
    size_t first, n;
    float head, body, tail; /* weight of the first, of those between, of the last */
};

static struct span span_shrink(size_t i, size_t n_in, size_t n_out)
{
    const size_t from = i * n_in;
    const size_t to = from + n_in; /* in units of 1/n_out of a sample */
    const size_t first = from / n_out;
    const size_t last = (to - 1) / n_out;
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
        const float *a = in + 2 * y * side;
        const float *b = a + side;
        for (size_t x = 0; x < half; x++)
            out[y * half + x] = 0.25f * ((a[2 * x] + a[2 * x + 1]) + (b[2 * x] + b[2 * x + 1]));
    }
}

/* To the same side, or to half of it. */
static void shrink_planes(const float *in, size_t channels, size_t side, float *out,
                          size_t side_out)
{
    for (size_t c = 0; c < channels; c++) {
        const float *from = in + c * side * side;
        float *to = out + c * side_out * side_out;
        if (side == side_out) {
            memcpy(to, from, side * side * sizeof *to);
        } else {
            halve_plane(from, side, to);
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

/* One channel of a photo that has the frame's size already: halved twice, it is the small one. */
static void take_canonical(float *frame, float *small, float *spare)
{
    halve_plane(frame, SMP_PHOTO_SIDE, spare);
    halve_plane(spare, SMP_PHOTO_SIDE / 2, small);
}

static void make_frame(const struct smp_view_shape *shape, const uint8_t *pixels, float *frame,
                       float *small, float *spare)
{
    const size_t n = shape->width * shape->height;
    const int canonical = shape->width == SMP_PHOTO_SIDE && shape->height == SMP_PHOTO_SIDE;

    for (size_t i = 0; i < shape->channels; i++) {
        float *to = frame + i * shape->large * shape->large;
        float *small_to = small + i * shape->small * shape->small;
        take_channel(pixels + i, n, shape->channels, canonical ? to : spare);
        if (canonical) {
            take_canonical(to, small_to, spare);
        } else {
            resize_plane(spare, shape->width, shape->height, spare + n, to, shape->large);
            resize_plane(spare, shape->width, shape->height, spare + n, small_to, shape->small);
        }
    }
}

static void make_outlines(const struct smp_view_shape *shape, const float *frame, float *focus,
                          float *outlines, float *spare)
{
    const size_t c = shape->channels;
    const size_t side = shape->large;
    struct smp_box box[SMP_OUTLINES];

    smp_focus_boxes(frame, c, side, LEFT_OUT, SMP_OUTLINES, box);
    for (size_t i = 0; i < SMP_OUTLINES; i++) {
        float *crop = i == FOCUS ? focus : spare;
        smp_focus_crop(frame, c, side, &box[i], crop);
        shrink_planes(crop, c, side, outlines + i * planes_floats(c, shape->medium),
                      shape->medium);
    }
}

void smp_view_make(const struct smp_view_shape *shape, const uint8_t *pixels, float *memory,
                   float *spare, struct smp_view *out)
{
    const size_t c = shape->channels;
    float *frame = memory;
    float *focus = frame + planes_floats(c, shape->large);
    float *outlines = focus + planes_floats(c, shape->large);
    float *small = outlines + SMP_OUTLINES * planes_floats(c, shape->medium);
    uint8_t *small_u8 = (uint8_t *)(small + planes_floats(c, shape->small));

    make_frame(shape, pixels, frame, small, spare);
    make_outlines(shape, frame, focus, outlines, spare);
    interleave(small, c, shape->small * shape->small, small_u8);
    *out =
        (struct smp_view){.shape = *shape, .frame = frame, .focus = focus, .small = small_u8};
    for (size_t i = 0; i < SMP_OUTLINES; i++)
        out->outline[i] = outlines + i * planes_floats(c, shape->medium);
}
