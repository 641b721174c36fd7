#include "jobs/canonical.h"

#include "base/file.h"
#include "base/pool.h"
#include "formats/media_file.h"
#include "formats/source.h"
#include "media/image.h"

#include <stdio.h>
#include <string.h>

/* ITU-R BT.601 luma in 16-bit fixed point, as JPEG has it. */
static uint8_t luma(const uint8_t *rgb)
{
    return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

static void channels_match(uint8_t *to, int n_to, const uint8_t *from, int n_from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *pixel = from + i * (size_t)n_from;

        if (n_to == n_from)
            memcpy(to + i * (size_t)n_to, pixel, (size_t)n_to);
        else if (n_to == 1)
            to[i] = luma(pixel);
        else
            memset(to + i * 3, pixel[0], 3);
    }
}

enum err canonical_pixels(uint8_t *pixels, const struct smp_image_spec *spec, const void *bytes,
                          size_t n)
{
    uint32_t side = spec->width > spec->height ? spec->width : spec->height;
    struct image full;
    struct image small;
    enum err e;

    TRY(image_decode(&full, bytes, n, NULL, side));
    e = image_resize(&small, &full, spec->width, spec->height);
    image_free(&full);
    if (e) return e;
    channels_match(pixels, (int)spec->channels, small.pixels, small.channels,
                   (size_t)spec->width * spec->height);
    image_free(&small);
    return OK;
}

static enum err original_read(struct buf *b, const char *data_folder,
                              const struct canonical_task *t)
{
    char path[PATH_MAX];

    media_file_path(path, data_folder, &t->hash, MEDIA_ORIGINAL);
    buf_init(b, SOURCE_LIMITS_DEFAULT.picture_max_bytes);
    if (file_read(b, path)) return fail_in(ERR_CORRUPT, "item %lld", (long long)t->item_id);
    return OK;
}

struct reading {
    uint8_t *pixels;
    const struct smp_image_spec *spec;
    struct canonical_task *tasks;
    const char *data_folder;
};

static void read_one(void *context, size_t i)
{
    struct reading *r = context;
    struct canonical_task *t = &r->tasks[i];
    struct buf bytes;

    t->failed = original_read(&bytes, r->data_folder, t);
    if (!t->failed)
        t->failed = canonical_pixels(r->pixels + i * smp_image_bytes(r->spec), r->spec,
                                     bytes.data, bytes.size);
    if (t->failed) snprintf(t->sentence, sizeof t->sentence, "%s", err_message());
    buf_free(&bytes);
}

enum err canonical_read(uint8_t *pixels, const struct smp_image_spec *spec,
                        struct canonical_task *tasks, size_t n, const char *data_folder,
                        int threads)
{
    struct reading r = {.spec = spec, .tasks = tasks, .data_folder = data_folder};

    r.pixels = pixels;
    pool_run(threads, n, read_one, &r);
    for (size_t i = 0; i < n; i++)
        if (tasks[i].failed)
            return fail(tasks[i].failed, "item %lld: %s", (long long)tasks[i].item_id,
                        tasks[i].sentence);
    return OK;
}

static bool has_colour(const struct image *im)
{
    size_t n = (size_t)im->width * im->height;

    if (im->channels == 1) return false;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = im->pixels + 3 * i;

        if (p[0] != p[1] || p[1] != p[2]) return true;
    }
    return false;
}

enum err canonical_is_coloured(bool *yes, const void *bytes, size_t n)
{
    struct image im;

    TRY(image_decode(&im, bytes, n, NULL, SMP_IMAGE_SIDE));
    *yes = has_colour(&im);
    image_free(&im);
    return OK;
}

enum err canonical_any_colour(const struct canonical_task *tasks, size_t n,
                              const char *data_folder, int *yes)
{
    *yes = 0;
    for (size_t i = 0; i < n && !*yes; i++) {
        struct buf bytes;
        bool coloured = false;
        enum err e = original_read(&bytes, data_folder, &tasks[i]);

        if (!e) e = canonical_is_coloured(&coloured, bytes.data, bytes.size);
        buf_free(&bytes);
        if (e) return fail_in(e, "item %lld", (long long)tasks[i].item_id);
        *yes = coloured;
    }
    return OK;
}
