#include "formats/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

struct zip {
    struct archive *archive;
    struct buf *out;
    enum err failed; /* of the buffer, told to libarchive only as a failure */
};

static la_ssize_t write_piece(struct archive *a, void *context, const void *bytes, size_t n)
{
    struct zip *z = context;

    if (!z->out) return (la_ssize_t)n; /* thrown away half written */
    z->failed = buf_add(z->out, bytes, n);
    if (!z->failed) return (la_ssize_t)n;
    archive_set_error(a, -1, "%s", err_message());
    return -1;
}

static enum err fail_zip(const struct zip *z)
{
    const char *why = archive_error_string(z->archive);

    return fail(z->failed ? z->failed : ERR_IO, "the zip cannot be written: %s",
                why ? why : "?");
}

enum err zip_open(struct zip **z, struct buf *out)
{
    struct zip *made = calloc(1, sizeof *made);

    *z = NULL;
    NEED(made);
    made->out = out;
    made->archive = archive_write_new();
    if (!made->archive || archive_write_set_format_zip(made->archive) ||
        archive_write_set_bytes_per_block(made->archive, 0) ||
        archive_write_set_options(made->archive, "zip:hdrcharset=UTF-8") ||
        archive_write_open(made->archive, made, NULL, write_piece, NULL)) {
        enum err e = made->archive ? fail_zip(made) : fail_nomem();

        zip_close(made);
        return e;
    }
    *z = made;
    return OK;
}

void zip_turn(struct zip *z, struct buf *out)
{
    z->out = out;
}

enum err zip_begin(struct zip *z, const char *path, int64_t size, enum zip_packing packing,
                   int64_t at_ms)
{
    struct archive_entry *e = archive_entry_new();
    int r;

    NEED(e);
    archive_entry_set_pathname_utf8(e, path);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, at_ms / 1000, 0);
    if (size >= 0) archive_entry_set_size(e, size);
    if (packing == ZIP_STORED)
        archive_write_zip_set_compression_store(z->archive);
    else
        archive_write_zip_set_compression_deflate(z->archive);
    r = archive_write_header(z->archive, e);
    archive_entry_free(e);
    return r == ARCHIVE_OK ? OK : fail_zip(z);
}

enum err zip_add(struct zip *z, const void *bytes, size_t n)
{
    return archive_write_data(z->archive, bytes, n) == (la_ssize_t)n ? OK : fail_zip(z);
}

enum err zip_end(struct zip *z)
{
    return archive_write_close(z->archive) == ARCHIVE_OK ? OK : fail_zip(z);
}

void zip_close(struct zip *z)
{
    if (!z) return;
    z->out = NULL;
    if (z->archive) archive_write_free(z->archive);
    free(z);
}
