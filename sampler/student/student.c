#include "sampler/student/student.h"

#include "sampler/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How it is taught: so many sightings in all, as many of each picture, but SIGHTINGS_EACH at most; all
 * of them seen EPOCHS times. docs/teach.md has what was tried. */
enum { SIGHTINGS = 24000, SIGHTINGS_EACH = 32, EPOCHS = 8, BATCH = 64 };
static const float RATE = 1e-3f, BLANK = 0.05f;

/* The least share of a side that a sighting shows, and how many of a hundred are mixed. */
static const double ZOOM_MIN = 0.75;
enum { MIXED = 50 };

struct school {
    const struct smp_student_in *in;
    struct smp_image_spec spec; /* as the student sees them */
    size_t each;                /* bytes of such a picture */
    uint8_t *small;             /* (n, each) */
    uint8_t *other;             /* room for one more */
    uint8_t *large;             /* one picture as it is given */
    float *p;                   /* (n, n_classes) */
    struct smp_rng rng;
};

struct smp_image_spec smp_student_spec(const struct smp_image_spec *pictures)
{
    struct smp_image_spec spec = *pictures;

    if (spec.width > SMP_IMAGE_SIDE || spec.height > SMP_IMAGE_SIDE)
        spec.width = spec.height = SMP_STUDENT_SIDE;
    return spec;
}

/* The mean of the block that falls on one number, rounded. */
static uint8_t block_mean(const struct smp_image_spec *from, const uint8_t *at, uint32_t tall,
                          uint32_t wide)
{
    uint32_t sum = tall * wide / 2;

    assert(tall && wide);
    for (uint32_t y = 0; y < tall; y++)
        for (uint32_t x = 0; x < wide; x++)
            sum += at[((size_t)y * from->width + x) * from->channels];
    return (uint8_t)(sum / (tall * wide));
}

void smp_student_shrink(const struct smp_image_spec *from, const uint8_t *pixels,
                        uint8_t *small)
{
    const struct smp_image_spec to = smp_student_spec(from);
    const uint32_t tall = from->height / to.height;
    const uint32_t wide = from->width / to.width;

    for (uint32_t y = 0; y < to.height; y++)
        for (uint32_t x = 0; x < to.width; x++)
            for (uint32_t c = 0; c < to.channels; c++)
                *small++ = block_mean(
                    from,
                    pixels + ((size_t)y * tall * from->width + (size_t)x * wide) * to.channels +
                        c,
                    tall, wide);
}

/* -- views ------------------------------------------------------------------------------------ */

/* Where a view's numbers come from, along one side: from `start`, `step` apart. */
struct sight {
    double start, step;
};

static struct sight look(struct smp_rng *rng, uint32_t side, double zoom, bool mirrored)
{
    const double wide = zoom * side;
    const double start = smp_rng_unit(rng) * (side - wide);

    if (mirrored) return (struct sight){start + wide - 0.5 - zoom / 2, -zoom};
    return (struct sight){start + zoom / 2 - 0.5, zoom};
}

/* The two neighbours of a place, and the share of the second. */
struct between {
    size_t a, b;
    double share;
};

static struct between place(const struct sight *s, uint32_t i, uint32_t side)
{
    const double at = fmin(fmax(s->start + s->step * i, 0), side - 1);
    const size_t a = (size_t)at;

    return (struct between){a, a + 1 < side ? a + 1 : a, at - (double)a};
}

/* to <- a part of `from`, by bilinear interpolation. */
static void view(struct school *s, const uint8_t *from, uint8_t *to)
{
    const double zoom = ZOOM_MIN + (1 - ZOOM_MIN) * smp_rng_unit(&s->rng);
    const bool mirrored = smp_rng_below(&s->rng, 2);
    const struct sight down = look(&s->rng, s->spec.height, zoom, false);
    const struct sight across = look(&s->rng, s->spec.width, zoom, mirrored);
    const size_t channels = s->spec.channels;
    const size_t line = s->spec.width * channels;

    for (uint32_t y = 0; y < s->spec.height; y++) {
        const struct between v = place(&down, y, s->spec.height);
        for (uint32_t x = 0; x < s->spec.width; x++) {
            const struct between h = place(&across, x, s->spec.width);
            for (size_t c = 0; c < channels; c++) {
                const double top = from[v.a * line + h.a * channels + c] * (1 - h.share) +
                                   from[v.a * line + h.b * channels + c] * h.share;
                const double low = from[v.b * line + h.a * channels + c] * (1 - h.share) +
                                   from[v.b * line + h.b * channels + c] * h.share;
                *to++ = (uint8_t)(top + (low - top) * v.share + 0.5);
            }
        }
    }
}

static void mix(struct school *s, double share, const uint8_t *with, const float *p_with,
                uint8_t *pixels, float *p)
{
    for (size_t i = 0; i < s->each; i++)
        pixels[i] = (uint8_t)(pixels[i] * share + with[i] * (1 - share) + 0.5);
    for (size_t c = 0; c < s->in->n_classes; c++)
        p[c] = (float)((double)p[c] * share + (double)p_with[c] * (1 - share));
}

/* Sighting i: of picture i % n; the first of each as it is, later ones a part of it, every other mixed. */
static enum smp_status sight_of(void *ctx, size_t i, uint8_t *pixels, float *p)
{
    struct school *s = ctx;
    const size_t n = s->in->n;
    const size_t k = s->in->n_classes;

    memcpy(p, s->p + i % n * k, k * sizeof *p);
    if (i < n) {
        memcpy(pixels, s->small + i * s->each, s->each);
        return SMP_OK;
    }
    view(s, s->small + i % n * s->each, pixels);
    if (smp_rng_below(&s->rng, 100) < MIXED) {
        const size_t with = smp_rng_below(&s->rng, n);
        const double share = smp_rng_unit(&s->rng);
        view(s, s->small + with * s->each, s->other);
        mix(s, share, s->other, s->p + with * k, pixels, p);
    }
    return SMP_OK;
}

/* -- learning --------------------------------------------------------------------------------- */

static enum smp_status gather(struct school *s)
{
    const struct smp_student_in *in = s->in;

    for (size_t i = 0; i < in->n; i++) {
        SMP_TRY(in->fetch(in->ctx, i, s->large, s->p + i * in->n_classes));
        smp_student_shrink(&in->spec, s->large, s->small + i * s->each);
    }
    return SMP_OK;
}

static size_t sightings_of(size_t n)
{
    const size_t each = (SIGHTINGS + n - 1) / n;

    return n * (each < SIGHTINGS_EACH ? each : SIGHTINGS_EACH);
}

static enum smp_status train(struct school *s, struct smp_conv **net)
{
    const uint32_t third = s->spec.width > SMP_IMAGE_SIDE ? 2 : 1; /* stride */
    const struct smp_conv_layer layer[] = {
        {"conv1",  SMP_LAYER_CONV,  32,                         3, 3, 2,     1, SMP_RELU  },
        {"conv2",  SMP_LAYER_CONV,  64,                         3, 3, 2,     1, SMP_RELU  },
        {"conv3",  SMP_LAYER_CONV,  96,                         3, 3, third, 1, SMP_RELU  },
        {"conv4",  SMP_LAYER_CONV,  128,                        3, 3, 2,     1, SMP_RELU  },
        {"hidden", SMP_LAYER_DENSE, 128,                        0, 0, 0,     0, SMP_RELU  },
        {"scores", SMP_LAYER_DENSE, (uint32_t)s->in->n_classes, 0, 0, 0,     0, SMP_LINEAR},
    };
    const size_t n = sightings_of(s->in->n);
    const struct smp_conv_training in = {
        .spec = {s->spec.height,    s->spec.width, s->spec.channels, layer,
                 sizeof layer / sizeof *layer},
        .n = n,
        .fetch = sight_of,
        .ctx = s,
        .aim = SMP_CONV_TARGETS,
        .noise = {.blank = BLANK},
        .epochs = EPOCHS,
        .batch = n < BATCH ? n : BATCH,
        .rate = RATE,
        .seed = s->in->seed,
        .n_threads = s->in->n_threads,
        .progress = s->in->progress
    };

    return smp_conv_train(&in, net);
}

static bool is_canonical(const struct smp_image_spec *spec)
{
    const struct smp_image_spec to = smp_student_spec(spec);

    return (spec->channels == 1 || spec->channels == 3) && to.width && to.height &&
           spec->width % to.width == 0 && spec->height % to.height == 0 &&
           to.width >= SMP_IMAGE_SIDE_MIN && to.height >= SMP_IMAGE_SIDE_MIN;
}

static enum smp_status check(const struct smp_student_in *in)
{
    if (!in->n || in->n > SMP_STUDENT_PICTURES_MAX)
        return smp_fail(SMP_INVALID, "a small network learns from 1 to %d pictures, not %zu",
                        SMP_STUDENT_PICTURES_MAX, in->n);
    if (!in->n_classes || in->n_classes > SMP_STUDENT_CLASSES_MAX)
        return smp_fail(SMP_INVALID, "a small network tells 1 to %d classes apart, not %zu",
                        SMP_STUDENT_CLASSES_MAX, in->n_classes);
    if (is_canonical(&in->spec)) return SMP_OK;
    return smp_fail(SMP_INVALID, "a small network cannot be shown pictures of %ux%u",
                    in->spec.width, in->spec.height);
}

enum smp_status smp_student_learn(const struct smp_student_in *in, struct smp_conv **net)
{
    struct school s = {.in = in, .spec = smp_student_spec(&in->spec)};
    enum smp_status e;

    *net = NULL;
    SMP_TRY(check(in));
    s.each = smp_image_bytes(&s.spec);
    s.small = malloc(in->n * s.each);
    s.other = malloc(s.each);
    s.large = malloc(smp_image_bytes(&in->spec));
    s.p = malloc(in->n * in->n_classes * sizeof *s.p);
    smp_rng_seed(&s.rng, in->seed, 1);
    e = s.small && s.other && s.large && s.p ? gather(&s) : smp_fail_nomem();
    if (!e) e = train(&s, net);
    free(s.small);
    free(s.other);
    free(s.large);
    free(s.p);
    return e;
}
