#include "jobs/canonical.h"

#include "base/file.h"
#include "base/pool.h"
#include "formats/media_file.h"
#include "formats/source.h"
#include "media/image.h"

#include <stdio.h>
#include <string.h>

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
