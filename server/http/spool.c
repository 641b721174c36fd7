#include "http/spool.h"

#include "base/file.h"
#include "base/hash.h"
#include "http/multipart.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WRITE_BYTES =
        256 * 1024,      /* parts come in pieces of some hundred bytes; the disk wants more */
    NUMBERED_MAX = 1000, /* files of one name */
    SWEEP_FILES = 16,    /* descriptors that removing a folder may use */
};

static const char HALF[] = "half-"; /* the folder's name until the upload is whole */

struct spool {
    struct spool_config config;
    struct multipart multipart;
    bool is_multipart;
    char folder[PATH_MAX];
    char path[PATH_MAX]; /* of the file being written, or the last one */
    int fd;              /* -1: none open */
    uint64_t n_bytes;
    unsigned n_files;
    size_t used;
    char buffer[WRITE_BYTES];
};

/* What a raw body is called when the client does not say. */
static const struct {
    const char *type;
    const char *name;
} NAMES[] = {
    {"application/zip",           "upload.zip"   },
    {"application/x-tar",         "upload.tar"   },
    {"application/gzip",          "upload.tar.gz"},
    {"text/csv",                  "upload.csv"   },
    {"text/tab-separated-values", "upload.tsv"   },
    {"application/jsonl",         "upload.jsonl" },
    {"application/x-ndjson",      "upload.jsonl" },
    {"text/plain",                "upload.txt"   },
    {"image/jpeg",                "upload.jpg"   },
    {"image/png",                 "upload.png"   },
    {"image/webp",                "upload.webp"  },
};

static enum err name_for(const char *type, const char **name)
{
    size_t n = strcspn(type, "; \t");

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strlen(NAMES[i].type) != n || strncasecmp(NAMES[i].type, type, n) != 0) continue;
        *name = NAMES[i].name;
        return OK;
    }
    return fail(ERR_INVALID,
                "Content-Type '%.100s': expected multipart/form-data, or one file as "
                "application/zip, application/x-tar, application/gzip, text/csv, "
                "text/tab-separated-values, application/jsonl, text/plain, image/jpeg, "
                "image/png or image/webp",
                type);
}

static enum err flush(struct spool *s)
{
    for (size_t at = 0; at < s->used;) {
        ssize_t n = write(s->fd, s->buffer + at, s->used - at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(ERR_IO, "the upload cannot be stored: %m");
        at += (size_t)n;
    }
    s->used = 0;
    return OK;
}

static enum err file_end(void *context)
{
    struct spool *s = context;
    enum err e = OK;

    if (s->fd < 0) return OK;
    e = flush(s);
    if (close(s->fd) && !e) e = fail(ERR_IO, "the upload cannot be stored: %m");
    s->fd = -1;
    return e;
}

/* The folders of a relative path below the spool's own. */
static enum err folders_make(struct spool *s, const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t n = strlen(s->folder);

    if (!slash) return OK;
    memcpy(s->path, s->folder, n);
    memcpy(s->path + n, "/", 1);
    memcpy(s->path + n + 1, name, (size_t)(slash - name)); /* file_make() saw that it fits */
    s->path[n + 1 + (size_t)(slash - name)] = '\0';
    return folder_make(s->path);
}

static enum err name_too_long(const char *name)
{
    return fail(ERR_INVALID, "the file name '%.100s...' is too long", name);
}

/* "a.jpg", then "a-2.jpg", "a-3.jpg" ... */
static enum err path_numbered(struct spool *s, const char *name, int number)
{
    const char *dot = strrchr(name, '.');
    const char *slash = strrchr(name, '/');
    int n;

    if (!dot || dot == name || (slash && dot <= slash + 1)) dot = name + strlen(name);
    if (number == 1)
        n = snprintf(s->path, sizeof s->path, "%s/%s", s->folder, name);
    else
        n = snprintf(s->path, sizeof s->path, "%s/%.*s-%d%s", s->folder, (int)(dot - name),
                     name, number, dot);
    return n > 0 && (size_t)n < sizeof s->path ? OK : name_too_long(name);
}

static enum err file_make(struct spool *s, const char *name)
{
    if (strlen(s->folder) + strlen(name) + 2 > sizeof s->path) return name_too_long(name);
    TRY(folders_make(s, name));
    for (int number = 1; number <= NUMBERED_MAX; number++) {
        TRY(path_numbered(s, name, number));
        s->fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (s->fd >= 0) return OK;
        if (errno == ENAMETOOLONG) return name_too_long(name);
        if (errno != EEXIST) return fail(ERR_IO, "the upload cannot be stored: %m");
    }
    return fail(ERR_INVALID, "more than the limit of %d files are called '%.200s'",
                NUMBERED_MAX, name);
}

static enum err file_begin(void *context, const char *name)
{
    struct spool *s = context;

    if (!name || !*name) return OK; /* a field that is no file, or an empty file input */
    if (path_is_inside(name)) return fail_in(ERR_INVALID, "file name '%.200s'", name);
    if (s->n_files >= s->config.max_files)
        return fail(ERR_TOO_LARGE, "more than the limit of %u files in one upload; send a zip",
                    s->config.max_files);
    s->n_files++;
    return file_make(s, name);
}

static enum err file_bytes(void *context, const char *bytes, size_t n)
{
    struct spool *s = context;

    if (s->fd < 0) return OK;
    while (n) {
        size_t room = sizeof s->buffer - s->used;
        size_t take = n < room ? n : room;
        memcpy(s->buffer + s->used, bytes, take);
        s->used += take;
        bytes += take;
        n -= take;
        if (s->used == sizeof s->buffer) TRY(flush(s));
    }
    return OK;
}

static enum err folder_begin(struct spool *s)
{
    char random[17];
    uint64_t id = random_u64();

    hex_of(random, &id, sizeof id);
    snprintf(s->folder, sizeof s->folder, "%s/uploads/%s%s", s->config.data_folder, HALF,
             random);
    return folder_make(s->folder);
}

static enum err content_begin(struct spool *s)
{
    struct multipart_sink sink = {s, file_begin, file_bytes, file_end};
    const char *name = s->config.file_name;

    s->is_multipart = !strncasecmp(s->config.content_type, "multipart/", 10);
    if (s->is_multipart) return multipart_init(&s->multipart, s->config.content_type, &sink);
    if (!name) TRY(name_for(s->config.content_type, &name));
    return file_begin(s, name);
}

enum err spool_open(struct spool **out, const struct spool_config *config)
{
    struct spool *s = malloc(sizeof *s);
    enum err e;

    *out = NULL;
    NEED(s);
    s->config = *config;
    s->fd = -1;
    s->n_bytes = 0;
    s->n_files = 0;
    s->used = 0;
    e = folder_begin(s);
    if (!e) e = content_begin(s);
    if (e) {
        spool_close(s, SPOOL_REMOVE);
        return e;
    }
    *out = s;
    return OK;
}

enum err spool_push(struct spool *s, const char *bytes, size_t n)
{
    s->n_bytes += n;
    if (s->n_bytes > s->config.max_bytes)
        return fail(ERR_TOO_LARGE, "the upload is larger than the limit of %llu bytes",
                    (unsigned long long)s->config.max_bytes);
    return s->is_multipart ? multipart_push(&s->multipart, bytes, n) : file_bytes(s, bytes, n);
}

/* Gives the folder its name as a whole upload, so that a sweep lets it be. */
static enum err folder_end(struct spool *s)
{
    char whole[PATH_MAX];
    const char *half = strrchr(s->folder, '/') + 1;
    size_t at = (size_t)(half - s->folder);

    memcpy(whole, s->folder, at);
    snprintf(whole + at, sizeof whole - at, "%s", half + sizeof HALF - 1);
    if (rename(s->folder, whole)) return fail(ERR_IO, "rename %s: %m", s->folder);
    memmove(s->path + at, s->path + at + sizeof HALF - 1,
            strlen(s->path + at + sizeof HALF - 1) + 1);
    memcpy(s->folder, whole, sizeof whole);
    return OK;
}

enum err spool_end(struct spool *s)
{
    if (s->is_multipart)
        TRY(multipart_end(&s->multipart));
    else
        TRY(file_end(s));
    if (!s->n_files) return fail(ERR_INVALID, "the upload holds no file");
    return folder_end(s);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static void folder_remove(const char *path)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): only FTW_CHDIR would touch what threads share */
    nftw(path, remove_one, SWEEP_FILES, FTW_DEPTH | FTW_PHYS);
}

void spool_close(struct spool *s, enum spool_close what)
{
    if (!s) return;
    if (s->fd >= 0) close(s->fd);
    if (what == SPOOL_REMOVE) folder_remove(s->folder);
    free(s);
}

const char *spool_folder(const struct spool *s)
{
    return s->folder;
}

const char *spool_only(const struct spool *s)
{
    bool is_alone = s->n_files == 1 && !strchr(s->path + strlen(s->folder) + 1, '/');
    return is_alone ? s->path : NULL;
}

void spool_sweep(const char *data_folder)
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    snprintf(path, sizeof path, "%s/uploads", data_folder);
    folder = opendir(path);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): this stream is nobody else's */
    while (folder && (entry = readdir(folder))) {
        if (strncmp(entry->d_name, HALF, sizeof HALF - 1) != 0) continue;
        snprintf(path, sizeof path, "%s/uploads/%s", data_folder, entry->d_name);
        folder_remove(path);
    }
    if (folder) closedir(folder);
}
