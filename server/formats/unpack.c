#include "formats/unpack.h"

#include "base/arena.h"
#include "base/file.h"
#include "formats/name.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct unpack_limits UNPACK_LIMITS_DEFAULT = {
    .entries_max = 1000000,
    .bytes_max = 64 * GIB,
    .ratio_max = 200,
    .ratio_from = 32 * MIB,
};

enum { BLOCK = 64 * 1024 };

struct unpack {
    struct archive *archive;
    struct unpack_limits limits;
    enum unpack_form form;
    uint64_t packed_bytes; /* of the whole file */
    uint64_t entries;
    uint64_t expanded;  /* bytes of the entries before this one, and read of this one */
    uint64_t announced; /* what this entry's header says it holds, not yet in `expanded` */
    bool at_end;
    struct stream stream;
    char name[UNPACK_NAME_MAX];
};

static enum err fail_archive(struct archive *a)
{
    const char *why = archive_error_string(a);

    return fail(ERR_INVALID, "the archive is damaged: %s", why ? why : "it cannot be read");
}

static enum err expanded_check(const struct unpack *u, uint64_t expanded)
{
    if (expanded > u->limits.bytes_max)
        return fail(ERR_TOO_LARGE,
                    "the archive holds more than the limit of %llu bytes when unpacked",
                    (unsigned long long)u->limits.bytes_max);
    if (expanded > u->limits.ratio_from && expanded / u->limits.ratio_max > u->packed_bytes)
        return fail(
            ERR_TOO_LARGE,
            "the archive grows more than %llu times when unpacked, which only a bomb does",
            (unsigned long long)u->limits.ratio_max);
    return OK;
}

static enum err read_entry(void *context, void *room, size_t n, size_t *got)
{
    struct unpack *u = context;
    la_ssize_t done = archive_read_data(u->archive, room, n);

    if (done == ARCHIVE_RETRY) done = archive_read_data(u->archive, room, n);
    if (done < 0) {
        /* One bad entry (a wrong checksum) leaves the others readable, a cut archive does not. */
        u->at_end = done == ARCHIVE_FATAL;
        return fail_archive(u->archive);
    }
    *got = (size_t)done;
    u->expanded += (uint64_t)done;
    u->announced -= (uint64_t)done < u->announced ? (uint64_t)done : u->announced;
    return expanded_check(u, u->expanded);
}

static void formats_support(struct archive *a, enum unpack_form form)
{
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    if (form == UNPACK_ONE_FILE) {
        archive_read_support_format_raw(a);
        return;
    }
    archive_read_support_format_zip(a);
    archive_read_support_format_tar(a);
}

enum err unpack_open(struct unpack **out, int fd, enum unpack_form form,
                     const struct unpack_limits *limits)
{
    struct unpack *u = calloc(1, sizeof *u);
    struct stat found;

    *out = NULL;
    NEED(u);
    u->limits = *limits;
    u->form = form;
    u->stream = (struct stream){.read = read_entry, .context = u};
    u->packed_bytes = fstat(fd, &found) ? 0 : (uint64_t)found.st_size;
    u->archive = archive_read_new();
    if (!u->archive) {
        unpack_close(u);
        return fail_nomem();
    }
    formats_support(u->archive, form);
    if (archive_read_open_fd(u->archive, fd, BLOCK) != ARCHIVE_OK) {
        enum err e = fail_archive(u->archive);

        unpack_close(u);
        return e;
    }
    *out = u;
    return OK;
}

void unpack_close(struct unpack *u)
{
    if (!u) return;
    if (u->archive) archive_read_free(u->archive);
    free(u);
}

const char *unpack_name(char name[UNPACK_NAME_MAX], const char *raw)
{
    while (raw[0] == '.' && raw[1] == '/')
        raw += 2;
    if (!name_to_utf8(name, UNPACK_NAME_MAX, raw))
        return "its name is longer than the limit of 4,095 bytes";
    if (path_is_inside(name))
        return "its name would leave the folder it is unpacked to, or holds characters no "
               "file name should";
    if (name[1] == ':') return "its name starts with a drive letter";
    return NULL;
}

static const char *entry_problem(struct archive_entry *found)
{
    if (archive_entry_hardlink(found) || archive_entry_symlink(found))
        return "a link in an archive is not followed";
    if (archive_entry_is_encrypted(found))
        return "encrypted; unpack the archive with its password first";
    if (archive_entry_filetype(found) != AE_IFREG && archive_entry_filetype(found) != 0)
        return "neither a file nor a folder";
    return NULL;
}

static const char *raw_name(struct archive_entry *found)
{
    const char *name = archive_entry_pathname_utf8(found);

    if (!name) name = archive_entry_pathname(found);
    return name ? name : "";
}

static enum err entry_count(struct unpack *u, struct archive_entry *found)
{
    if (++u->entries > u->limits.entries_max)
        return fail(ERR_TOO_LARGE, "the archive has more than the limit of %llu entries",
                    (unsigned long long)u->limits.entries_max);
    u->announced = archive_entry_size_is_set(found) && archive_entry_size(found) > 0
                       ? (uint64_t)archive_entry_size(found)
                       : 0;
    return OK;
}

/* Skipping costs the unpacking of what is skipped, so it counts before it is done. */
static enum err skip_check(struct unpack *u)
{
    u->expanded += u->announced;
    u->announced = 0;
    return expanded_check(u, u->expanded);
}

enum err unpack_next(struct unpack *u, struct unpack_entry *entry)
{
    struct archive_entry *found;
    int r;

    *entry = (struct unpack_entry){0};
    do {
        if (u->at_end) return OK;
        TRY(skip_check(u));
        r = archive_read_next_header(u->archive, &found);
        if (r == ARCHIVE_EOF) {
            u->at_end = true;
            return OK;
        }
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) return fail_archive(u->archive);
        TRY(entry_count(u, found));
    } while (archive_entry_filetype(found) == AE_IFDIR);
    entry->name = u->name;
    entry->problem = unpack_name(u->name, raw_name(found));
    if (!entry->problem && u->form == UNPACK_ARCHIVE) entry->problem = entry_problem(found);
    return OK;
}

const struct stream *unpack_stream(const struct unpack *u)
{
    return &u->stream;
}
