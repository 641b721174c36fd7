#include "store/latents.h"

#include "base/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
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

enum err latents_map(struct latents *l, const char *data_folder, int64_t encoder_id, size_t n,
                     size_t dim)
{
    char path[PATH_MAX];
    const void *z = NULL;
    const void *items = NULL;
    enum err e;

    *l = (struct latents){.n = n, .dim = dim};
    if (!n || !dim) return OK;
    TRY(path_of(path, data_folder, encoder_id, "z"));
    TRY(map_file(&z, path, n * dim * sizeof(float)));
    l->z = z;
    e = path_of(path, data_folder, encoder_id, "items");
    if (!e) e = map_file(&items, path, n * sizeof(int64_t));
    if (e)
        latents_unmap(l);
    else
        l->items = items;
    return e;
}

void latents_unmap(struct latents *l)
{
    if (l->z) munmap((void *)l->z, l->n * l->dim * sizeof *l->z);
    if (l->items) munmap((void *)l->items, l->n * sizeof *l->items);
    *l = (struct latents){.n = 0};
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

enum err latents_write(const char *data_folder, int64_t encoder_id, size_t from, const float *z,
                       const int64_t *items, size_t n, size_t dim)
{
    char path[PATH_MAX];
    size_t row = dim * sizeof *z;

    if (snprintf(path, sizeof path, "%s/latents", data_folder) >= (int)sizeof path)
        return fail(ERR_INVALID, "path too long: %.200s", data_folder);
    TRY(folder_make(path));
    TRY(path_of(path, data_folder, encoder_id, "z"));
    TRY(append(path, from * row, z, n * row));
    TRY(path_of(path, data_folder, encoder_id, "items"));
    TRY(append(path, from * sizeof *items, items, n * sizeof *items));
    if (from) return OK;
    snprintf(path, sizeof path, "%.4000s/latents", data_folder);
    return flush_folder(path);
}
