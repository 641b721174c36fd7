#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err fail_system(const char *what, const char *path)
{
    return fail(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s %s: %m", what, path);
}

static enum err read_all(struct buf *b, int fd, const char *path)
{
    for (;;) {
        ssize_t n;
        size_t want = b->max - b->size < 65536 ? b->max - b->size : 65536;
        char past_end;

        if (!want) { /* full: only an end of file is still right */
            n = read(fd, &past_end, 1);
            if (n > 0)
                return fail(ERR_TOO_LARGE, "%s is larger than the limit of %zu bytes", path,
                            b->max);
        } else {
            TRY(buf_reserve(b, want));
            n = read(fd, b->data + b->size, want);
        }
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_system("cannot read", path);
        if (n == 0) return OK;
        b->size += (size_t)n;
        b->data[b->size] = '\0';
    }
}

enum err file_read(struct buf *b, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err e;

    if (fd < 0) return fail_system("cannot open", path);
    e = read_all(b, fd, path);
    close(fd);
    return e;
}

static enum err write_all(int fd, const char *bytes, size_t n, const char *path)
{
    while (n) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_system("cannot write", path);
        bytes += done;
        n -= (size_t)done;
    }
    return OK;
}

enum durability { SOON, NOW };

static enum err write_temporary(const char *temporary, const void *bytes, size_t n,
                                enum durability when)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    enum err e;

    if (fd < 0) return fail_system("cannot create", temporary);
    e = write_all(fd, bytes, n, temporary);
    if (!e && when == NOW && fsync(fd)) e = fail_system("cannot flush", temporary);
    if (close(fd) && !e) e = fail_system("cannot close", temporary);
    return e;
}

static enum err flush_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd;
    int bad;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
             slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail_system("cannot open", folder);
    bad = fsync(fd);
    close(fd);
    return bad ? fail_system("cannot flush", folder) : OK;
}

static enum err write_whole(const char *path, const void *bytes, size_t n, enum durability when)
{
    char temporary[PATH_MAX];
    enum err e;

    /* The thread's number keeps two writers of one path apart. */
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, gettid()) >=
        sizeof temporary)
        return fail(ERR_INVALID, "path too long: %.200s", path);
    e = write_temporary(temporary, bytes, n, when);
    if (!e && rename(temporary, path)) e = fail_system("cannot rename to", path);
    if (e) unlink(temporary);
    return e;
}

enum err file_write(const char *path, const void *bytes, size_t n)
{
    TRY(write_whole(path, bytes, n, NOW));
    return flush_folder_of(path);
}

enum err file_write_soon(const char *path, const void *bytes, size_t n)
{
    return write_whole(path, bytes, n, SOON);
}

enum err file_flush(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int bad;

    if (fd < 0) return fail_system("cannot open", folder);
    bad = syncfs(fd);
    close(fd);
    return bad ? fail_system("cannot flush", folder) : OK;
}

enum err folder_make(const char *path)
{
    char part[PATH_MAX];

    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return fail(ERR_INVALID, "path too long: %.200s", path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/') continue;
        *p = '\0';
        if (mkdir(part, 0700) && errno != EEXIST)
            return fail_system("cannot make folder", part);
        *p = '/';
    }
    if (mkdir(part, 0700) && errno != EEXIST) return fail_system("cannot make folder", part);
    return OK;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool part_is_bad(const char *part, size_t n)
{
    return n == 0 || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.');
}

enum err path_is_inside(const char *path)
{
    const char *part = path;

    for (const char *p = path;; p++) {
        if (*p == '\\' || (*p && (unsigned char)*p < 0x20) || *p == 0x7f)
            return fail(ERR_INVALID, "a path may not hold a backslash or a control character");
        if (*p && *p != '/') continue;
        if (part_is_bad(part, (size_t)(p - part)))
            return fail(ERR_INVALID, "the path leaves its folder or has an empty part: %.200s",
                        path);
        if (!*p) return OK;
        part = p + 1;
    }
}
