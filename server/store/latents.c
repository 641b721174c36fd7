#include "store/latents.h"

#include "base/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "latent files are mapped as they are");

static enum err path_of(char path[PATH_MAX], const char *data_folder, int64_t encoder_id,
                        const char *ending)
{
    int n =
        snprintf(path, PATH_MAX, "%s/latents/%" PRId64 ".%s", data_folder, encoder_id, ending);
    return n < PATH_MAX ? OK : fail(ERR_INVALID, "path too long: %.200s", data_folder);
}

static enum err map_file(const void **bytes, const char *path, size_t size)
{
    struct stat st;
    void *map;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) return fail(ERR_CORRUPT, "cannot open the latents in %s: %m", path);
    if (fstat(fd, &st) || (size_t)st.st_size < size) {
        close(fd);
        return fail(ERR_CORRUPT,
                    "%s is cut short: %zu bytes of latents are missing; encode again", path,
                    size - (size_t)st.st_size);
    }
    map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) return fail(ERR_IO, "cannot map %s: %m", path);
    *bytes = map;
    return OK;
}

/* "z" for the latent, "1.z", "2.z", ... for the other parts. */
static enum err part_path(char path[PATH_MAX], const char *data_folder, int64_t encoder_id,
                          size_t part)
{
    char ending[24] = "z";

    if (part) snprintf(ending, sizeof ending, "%zu.z", part);
    return path_of(path, data_folder, encoder_id, ending);
}

static enum err map_parts(struct smp_features *f, const char *data_folder, int64_t encoder_id)
{
    char path[PATH_MAX];
    const void *bytes = NULL;

    for (size_t p = 0; p < f->n_parts; p++) {
        TRY(part_path(path, data_folder, encoder_id, p));
        TRY(map_file(&bytes, path, f->n * f->d[p] * sizeof(float)));
        f->part[p] = bytes;
    }
    return OK;
}

static enum err map_named(const void **bytes, const char *data_folder, int64_t encoder_id,
                          const char *ending, size_t size)
{
    char path[PATH_MAX];

    TRY(path_of(path, data_folder, encoder_id, ending));
    return map_file(bytes, path, size);
}

static enum err map_all(struct latents *l, const char *data_folder, int64_t encoder_id,
                        const struct latents_shape *shape)
{
    const size_t n = l->features.n;
    const void *bytes = NULL;

    TRY(map_parts(&l->features, data_folder, encoder_id));
    if (shape->has_errors)
        TRY(map_named(&bytes, data_folder, encoder_id, "error", n * sizeof *l->error));
    l->error = bytes;
    TRY(map_named(&bytes, data_folder, encoder_id, "items", n * sizeof *l->items));
    l->items = bytes;
    return OK;
}

enum err latents_map(struct latents *l, const char *data_folder, int64_t encoder_id, size_t n,
                     const struct latents_shape *shape)
{
    enum err e;

    *l = (struct latents){
        .features = {.n = n, .n_parts = shape->n_parts}
    };
    memcpy(l->features.d, shape->d, sizeof shape->d);
    if (!n) return OK;
    e = map_all(l, data_folder, encoder_id, shape);
    if (e) latents_unmap(l);
    return e;
}

static void unmap(const void *bytes, size_t size)
{
    if (bytes) munmap((void *)bytes, size);
}

void latents_unmap(struct latents *l)
{
    const struct smp_features *f = &l->features;

    for (size_t p = 0; p < f->n_parts; p++)
        unmap(f->part[p], f->n * f->d[p] * sizeof(float));
    unmap(l->error, f->n * sizeof *l->error);
    unmap(l->items, f->n * sizeof *l->items);
    *l = (struct latents){.features = {.n = 0}};
}

static enum err write_at(int fd, const char *path, const char *bytes, size_t n, off_t at)
{
    while (n) {
        ssize_t done = pwrite(fd, bytes, n, at);
        if (done < 0) return fail(ERR_IO, "cannot write %s: %m", path);
        bytes += done;
        n -= (size_t)done;
        at += done;
    }
    return OK;
}

static enum err append(const char *path, size_t from, const void *bytes, size_t n)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;
    enum err e = OK;

    if (fd < 0) return fail(ERR_IO, "cannot open %s: %m", path);
    if (fstat(fd, &st))
        e = fail(ERR_IO, "cannot look at %s: %m", path);
    else if ((size_t)st.st_size < from)
        e = fail(ERR_CORRUPT, "%s is cut short: it has %jd of %zu bytes; encode again", path,
                 (intmax_t)st.st_size, from);
    else if ((size_t)st.st_size > from && ftruncate(fd, (off_t)from))
        e = fail(ERR_IO, "cannot cut %s: %m", path);
    if (!e) e = write_at(fd, path, bytes, n, (off_t)from);
    if (!e && fsync(fd)) e = fail(ERR_IO, "cannot flush %s: %m", path);
    if (close(fd) && !e) e = fail(ERR_IO, "cannot close %s: %m", path);
    return e;
}

/* The names of new files must be on the disk too. */
static enum err flush_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int bad;

    if (fd < 0) return fail(ERR_IO, "cannot open %s: %m", folder);
    bad = fsync(fd);
    close(fd);
    return bad ? fail(ERR_IO, "cannot flush %s: %m", folder) : OK;
}

static enum err write_all(const char *data_folder, int64_t encoder_id, size_t from,
                          const struct latents_rows *rows, const struct latents_shape *shape)
{
    char path[PATH_MAX];

    for (size_t p = 0; p < shape->n_parts; p++) {
        const size_t row = shape->d[p] * sizeof(float);

        TRY(part_path(path, data_folder, encoder_id, p));
        TRY(append(path, from * row, rows->part[p], rows->n * row));
    }
    if (shape->has_errors) {
        TRY(path_of(path, data_folder, encoder_id, "error"));
        TRY(append(path, from * sizeof(float), rows->error, rows->n * sizeof(float)));
    }
    TRY(path_of(path, data_folder, encoder_id, "items"));
    return append(path, from * sizeof(int64_t), rows->items, rows->n * sizeof(int64_t));
}

enum err latents_write(const char *data_folder, int64_t encoder_id, size_t from,
                       const struct latents_rows *rows, const struct latents_shape *shape)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/latents", data_folder) >= (int)sizeof path)
        return fail(ERR_INVALID, "path too long: %.200s", data_folder);
    TRY(folder_make(path));
    TRY(write_all(data_folder, encoder_id, from, rows, shape));
    return from ? OK : flush_folder(path);
}
