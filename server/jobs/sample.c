#include "jobs/sample.h"

#include "base/file.h"
#include "domain/project.h"
#include "jobs/import.h"
#include "jobs/run.h"
#include "media/image.h"
#include "sampler/rng.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const SAMPLE_SHAPES[SAMPLE_CLASSES] = {"circle", "square", "triangle", "star"};
const char *const SAMPLE_TOPICS[SAMPLE_CLASSES] = {"weather", "food", "sport", "travel"};

enum { SIDE = 128, FINE = 3, JPEG_QUALITY = 90, STRIPES = 3 };

struct colour {
    float rgb[3];
};

/* One drawing: a shape before a shaded, striped ground, under noise. */
struct drawing {
    int shape;
    float x, y, radius, angle; /* in pixels, radians */
    struct colour fill, ground_top, ground_bottom;
    struct {
        float slope, offset, half_width;
        struct colour colour;
    } stripes[STRIPES];
    float noise;
};

static float between(struct smp_rng *rng, float low, float high)
{
    return low + (high - low) * (float)smp_rng_unit(rng);
}

static struct colour colour_draw(struct smp_rng *rng)
{
    struct colour c;

    for (int k = 0; k < 3; k++)
        c.rgb[k] = between(rng, 20, 235);
    return c;
}

static float distance(const struct colour *a, const struct colour *b)
{
    float sum = 0;

    for (int k = 0; k < 3; k++)
        sum += (a->rgb[k] - b->rgb[k]) * (a->rgb[k] - b->rgb[k]);
    return sqrtf(sum);
}

static struct drawing drawing_make(uint64_t seed, size_t i)
{
    struct smp_rng rng;
    struct drawing d = {0};

    smp_rng_seed(&rng, seed, i);
    d.shape = (int)smp_rng_below(&rng, SAMPLE_CLASSES);
    d.radius = between(&rng, 18, 46);
    d.x = between(&rng, d.radius, SIDE - d.radius);
    d.y = between(&rng, d.radius, SIDE - d.radius);
    d.angle = between(&rng, 0, 2 * (float)M_PI);
    d.ground_top = colour_draw(&rng);
    d.ground_bottom = colour_draw(&rng);
    do /* a shape that a person can see */
        d.fill = colour_draw(&rng);
    while (distance(&d.fill, &d.ground_top) < 90 || distance(&d.fill, &d.ground_bottom) < 90);
    for (int k = 0; k < STRIPES; k++) {
        d.stripes[k].slope = between(&rng, -2, 2);
        d.stripes[k].offset = between(&rng, -SIDE, 2 * SIDE);
        d.stripes[k].half_width = between(&rng, 1, 4);
        d.stripes[k].colour = colour_draw(&rng);
    }
    d.noise = between(&rng, 2, 18);
    return d;
}

/* Is (u,v), in units of the radius with the shape upright at 0, inside? */
static bool is_inside(int shape, float u, float v)
{
    float r = sqrtf(u * u + v * v);
    float turn;

    switch (shape) {
    case 0:
        return r <= 0.9f;
    case 1:
        return fabsf(u) <= 0.75f && fabsf(v) <= 0.75f;
    case 2: /* three half planes at 120 degrees, inner radius one half */
        return v <= 0.5f && 0.866f * u - 0.5f * v <= 0.5f && -0.866f * u - 0.5f * v <= 0.5f;
    default: /* five points: the border runs straight from radius 1 to 0.4 and back each 72 degrees */
        turn = fabsf(remainderf(atan2f(u, -v), 2 * (float)M_PI / 5));
        return r * (cosf(turn) +
                    sinf(turn) * (1 - 0.4f * cosf(0.6283f)) / (0.4f * sinf(0.6283f))) <=
               1;
    }
}

static float coverage(const struct drawing *d, int x, int y)
{
    float c = cosf(d->angle);
    float s = sinf(d->angle);
    int n = 0;

    for (int k = 0; k < FINE * FINE; k++) {
        const int row = k / FINE;
        float down = (float)row;
        float dx = ((float)x + ((float)(k % FINE) + 0.5f) / FINE - d->x) / d->radius;
        float dy = ((float)y + (down + 0.5f) / FINE - d->y) / d->radius;

        n += is_inside(d->shape, c * dx + s * dy, c * dy - s * dx);
    }
    return (float)n / (FINE * FINE);
}

static void pixel_draw(const struct drawing *d, struct smp_rng *noise, int x, int y,
                       uint8_t *rgb)
{
    float down = (float)y / (SIDE - 1);
    float inside = coverage(d, x, y);

    for (int k = 0; k < 3; k++) {
        float value = d->ground_top.rgb[k] * (1 - down) + d->ground_bottom.rgb[k] * down;

        for (int i = 0; i < STRIPES; i++)
            if (fabsf((float)y - d->stripes[i].slope * (float)x - d->stripes[i].offset) <=
                d->stripes[i].half_width * sqrtf(1 + d->stripes[i].slope * d->stripes[i].slope))
                value = d->stripes[i].colour.rgb[k];
        value += inside * (d->fill.rgb[k] - value);
        value += d->noise * (float)smp_rng_normal(noise);
        rgb[k] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

enum err sample_picture(struct buf *jpeg, uint64_t seed, size_t i, int *class_index)
{
    struct drawing d = drawing_make(seed, i);
    struct image im = {.width = SIDE, .height = SIDE, .channels = 3};
    struct smp_rng noise;
    enum err e;

    *class_index = d.shape;
    im.pixels = malloc((size_t)SIDE * SIDE * 3);
    NEED(im.pixels);
    smp_rng_seed(&noise, ~seed, i); /* a stream beside the drawing's */
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            pixel_draw(&d, &noise, x, y, im.pixels + (size_t)3 * (size_t)(y * SIDE + x));
    e = image_encode_jpeg(jpeg, &im, JPEG_QUALITY);
    image_free(&im);
    return e;
}

enum { PARTS = 4, CHOICES = 8 };

/* A sentence is one choice of each part: 4,096 different ones for a topic. */
static const char *const PHRASES[SAMPLE_CLASSES][PARTS][CHOICES] = {
    {{"This morning", "Over the hills", "Along the coast", "After the storm", "By midnight",
      "Since Tuesday", "In the valley", "Towards evening"},
     {"heavy rain", "thick fog", "a cold north wind", "wet snow", "bright sunshine", "hail",
      "a warm drizzle", "the first frost"},
     {"covered the fields", "moved slowly inland", "kept falling for hours",
      "cleared without warning", "surprised the forecasters", "made the roads slippery",
      "reached the lower villages", "lasted longer than usual"},
     {"and the temperature dropped.", "while clouds gathered in the west.",
      "before the sky turned blue.", "and the barometer kept sinking.",
      "until the wind turned.", "with gusts up to sixty.", "and puddles froze overnight.",
      "as the forecast had said."}                                    },
    {{"My grandmother", "The new bakery", "A small kitchen", "Our neighbour", "The chef",
      "This recipe", "The market stall", "Her cookbook"},
     {"slowly simmers", "serves", "recommends", "seasons", "bakes", "slices", "tastes",
      "fills the table with"},
     {"a lentil soup", "sourdough bread", "roasted peppers", "a plum cake", "fresh pasta",
      "smoked fish", "a mushroom stew", "pickled onions"},
     {"with plenty of garlic.", "and a pinch of salt.", "in brown butter.",
      "until the crust is golden.", "with lemon and thyme.", "for a hungry table.",
      "over a low flame.", "and nobody leaves a crumb."}              },
    {{"The goalkeeper", "Our young striker", "The home team", "A tired runner", "The captain",
      "The visiting club", "Their coach", "The relay squad"},
     {"won", "lost", "nearly missed", "celebrated", "fought for", "turned around", "controlled",
      "opened"},
     {"the cup final", "a close match", "the second half", "the last lap",
      "the penalty shoot-out", "the derby", "the opening game", "the long sprint"},
     {"in front of a full stadium.", "with two minutes to play.", "after an early red card.",
      "and broke the season's record.", "despite an injury.", "by a single point.",
      "and climbed to the top of the table.", "while the crowd sang."}},
    {{"The night train", "A crowded ferry", "Our hostel", "The old tram", "The airport bus",
      "Her suitcase", "A friendly guide", "The mountain road"},
     {"brought us to", "was waiting near", "left from", "passed by", "took us from",
      "got lost around", "ended at", "led towards"},
     {"the harbour", "the border", "a quiet island", "the old town", "platform seven",
      "the lighthouse", "the main station", "a seaside village"},
     {"just before sunrise.", "with a map nobody could read.",
      "and our tickets were checked twice.", "two hours behind schedule.",
      "on the third day of the journey.", "for half the usual fare.",
      "with our passports in a drawer.", "after a delay at customs."} },
};

enum err sample_sentence(struct buf *text, uint64_t seed, size_t i, int *class_index)
{
    const size_t n_all = (size_t)CHOICES * CHOICES * CHOICES * CHOICES;
    /* An odd step goes around all 4,096 before it repeats one. */
    size_t place =
        (size_t)(seed % n_all + (i / SAMPLE_CLASSES) * (2 * (seed / n_all % 512) + 1213)) %
        n_all;

    *class_index = (int)((i + seed) % SAMPLE_CLASSES);
    for (int part = 0; part < PARTS; part++) {
        TRY(buf_adds(text, part ? " " : ""));
        TRY(buf_adds(text, PHRASES[*class_index][part][place % CHOICES]));
        place /= CHOICES;
    }
    return OK;
}

static enum err pictures_write(struct job_run *run, const char *folder, uint64_t seed)
{
    struct buf jpeg;
    enum err e = OK;

    buf_init(&jpeg, MIB);
    for (size_t i = 0; i < SAMPLE_PICTURES && !e; i++) {
        char path[PATH_MAX + 40];
        int unused;

        buf_clear(&jpeg);
        snprintf(path, sizeof path, "%s/picture-%03zu.jpg", folder, i + 1);
        e = run_progress(run, (int64_t)i, SAMPLE_PICTURES, "pictures drawn");
        if (!e) e = sample_picture(&jpeg, seed, i, &unused);
        if (!e) e = file_write_soon(path, jpeg.data, jpeg.size);
    }
    buf_free(&jpeg);
    return e;
}

static enum err sentences_write(const char *folder, uint64_t seed)
{
    struct buf csv;
    char path[PATH_MAX + 40];
    enum err e;

    buf_init(&csv, MIB);
    snprintf(path, sizeof path, "%s/sentences.tsv", folder);
    e = buf_adds(&csv, "text\n");
    for (size_t i = 0; i < SAMPLE_SENTENCES && !e; i++) {
        int unused;

        e = sample_sentence(&csv, seed, i, &unused);
        if (!e) e = buf_adds(&csv, "\n");
    }
    if (!e) e = file_write_soon(path, csv.data, csv.size);
    buf_free(&csv);
    return e;
}

static void folder_of(char path[PATH_MAX], const struct job_run *run)
{
    snprintf(path, PATH_MAX, "%s/uploads/sample-%lld", run->folder,
             (long long)run->claim.job.id);
}

void sample_forget(struct job_run *run)
{
    char folder[PATH_MAX];

    folder_of(folder, run);
    if (file_exists(folder)) import_remove_upload(run->folder, folder);
}

enum err sample_run(struct job_run *run)
{
    char folder[PATH_MAX];
    const char *paths[] = {folder};
    const struct import_params params = {.paths = paths, .n_paths = 1};
    struct project p;
    uint64_t seed;

    TRY(store_project_get(run->store, &run->arena, run->claim.job.project_id, &p));
    seed = (uint64_t)p.seed;
    folder_of(folder, run);
    TRY(folder_make(folder));
    TRY(p.kind == PROJECT_IMAGE ? pictures_write(run, folder, seed)
                                : sentences_write(folder, seed));
    return import_from(run, &params);
}
