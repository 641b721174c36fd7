#include "formats/project_archive.h"

#include "base/file.h"
#include "base/json.h"
#include "formats/media_file.h"
#include "store/copy.h"
#include "store/encoder.h"
#include "store/item.h"
#include "store/model.h"
#include "store/project.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024, NAME = 200 };

struct pack {
    struct store *s;
    int64_t project_id;
    struct archive *tar;
    struct arena a; /* of the whole */
    struct hash_state hash;
    struct hash_state own; /* of the entry that is being written */
    const struct archive_watch *watch;
    struct archive_sums *sums;
};

void archive_hash_entry(struct hash_state *all, const char *name, uint64_t size,
                        const struct hash *own)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(size >> (56 - 8 * i));
    hash_add(all, name, strlen(name) + 1);
    hash_add(all, bytes, sizeof bytes);
    hash_add(all, own->bytes, sizeof own->bytes);
}

static enum err fail_tar(const struct pack *p)
{
    const char *why = archive_error_string(p->tar);
    return fail(ERR_IO, "the archive cannot be written: %s", why ? why : "no reason given");
}

static void tell(const struct pack *p, const char *what, int64_t done)
{
    if (p->watch->progress) p->watch->progress(p->watch->context, what, done);
}

static void entry_end(struct pack *p, const char *name, uint64_t size)
{
    struct hash own;

    hash_end(&p->own, &own);
    archive_hash_entry(&p->hash, name, size, &own);
}

/* Nothing of the machine or the moment goes into a header. */
static enum err entry_begin(struct pack *p, const char *name, uint64_t size)
{
    struct archive_entry *entry = archive_entry_new();
    int code;

    NEED(entry);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_entry_set_mtime(entry, 0, 0);
    code = archive_write_header(p->tar, entry);
    archive_entry_free(entry);
    if (code != ARCHIVE_OK) return fail_tar(p);
    hash_init(&p->own);
    return OK;
}

static enum err entry_bytes(struct pack *p, const void *bytes, size_t n)
{
    hash_add(&p->own, bytes, n);
    return archive_write_data(p->tar, bytes, n) == (la_ssize_t)n ? OK : fail_tar(p);
}

static enum err entry_whole(struct pack *p, const char *name, const struct buf *b)
{
    TRY(entry_begin(p, name, b->size));
    TRY(entry_bytes(p, b->data, b->size));
    entry_end(p, name, b->size);
    return OK;
}

static enum err bytes_bring(struct pack *p, int fd, const char *path, uint64_t size)
{
    char block[BLOCK];

    while (size) {
        ssize_t n = read(fd, block, size < sizeof block ? size : sizeof block);
        if (n < 0) return fail(ERR_IO, "%s: %m", path);
        if (!n) return fail(ERR_CORRUPT, "%s is shorter than it should be", path);
        TRY(entry_bytes(p, block, (size_t)n));
        size -= (uint64_t)n;
    }
    return OK;
}

/* The first `size` bytes of the file; all of it when `size` is negative. */
static enum err file_bring(struct pack *p, const char *name, int64_t size)
{
    char path[PATH_MAX];
    struct stat st;
    enum err e;
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", store_folder(p->s), name) >= (int)sizeof path)
        return fail(ERR_INVALID, "path too long: %.200s", store_folder(p->s));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(ERR_CORRUPT, "%s: %m; `exemplar doctor` may know more", path);
    e = fstat(fd, &st) ? fail(ERR_IO, "%s: %m", path) : OK;
    if (!e && size < 0) size = st.st_size;
    if (!e) e = entry_begin(p, name, (uint64_t)size);
    if (!e) e = bytes_bring(p, fd, path, (uint64_t)size);
    if (!e) entry_end(p, name, (uint64_t)size);
    close(fd);
    p->sums->n_files++;
    return e;
}

/* The rows until about 8 MiB are full; *more 0 when those were the last. */
static void piece_read(struct pack *p, struct copy_rows *rows, struct buf *b, int *more)
{
    do {
        *more = copy_next(rows, b);
        p->sums->n_rows += *more;
    } while (*more && b->size < ARCHIVE_PIECE);
}

static enum err piece_bring(struct pack *p, struct copy_rows *rows, size_t table, int number,
                            int *more)
{
    char name[NAME];
    struct buf b;
    enum err e;

    snprintf(name, sizeof name, "tables/%s/%06d.jsonl", copy_name(table), number);
    buf_init(&b, ARCHIVE_PIECE_MAX);
    e = copy_columns(p->s, table, &b);
    if (!e) e = buf_adds(&b, "\n");
    if (!e) piece_read(p, rows, &b, more);
    if (!e && !rows->e) e = entry_whole(p, name, &b);
    buf_free(&b);
    return e;
}

static enum err table_bring(struct pack *p, size_t table)
{
    struct copy_rows rows;
    int more = 1;
    enum err e;
    enum err closed;

    e = copy_open(&rows, p->s, table, p->project_id);
    for (int number = 1; more && !e && !rows.e; number++) {
        e = piece_bring(p, &rows, table, number, &more);
        tell(p, copy_name(table), p->sums->n_rows);
    }
    closed = copy_close(&rows);
    return e ? e : closed;
}

static enum err rendition_bring(struct pack *p, const struct item *i, enum media_file which)
{
    char path[PATH_MAX];

    media_file_path(path, ".", &i->hash, which);
    return file_bring(p, path + 2, -1);
}

/* A text is in its table; the bytes it came as are not kept beside it. */
static enum err media_bring(struct pack *p, const struct item *i)
{
    if (!i->width) return OK;
    TRY(rendition_bring(p, i, MEDIA_ORIGINAL));
    if (i->renditions & RENDITION_256) TRY(rendition_bring(p, i, MEDIA_256));
    return i->renditions & RENDITION_VIEW ? rendition_bring(p, i, MEDIA_VIEW) : OK;
}

static enum err all_media_bring(struct pack *p)
{
    int64_t after = 0;
    size_t n;

    do {
        struct item *items;
        struct arena a;
        enum err e;
        arena_init(&a, 256 * MIB);
        e = store_item_list(p->s, &a, p->project_id, after, 500, &items, &n);
        for (size_t i = 0; i < n && !e; i++)
            e = media_bring(p, &items[i]);
        if (!e && n) after = items[n - 1].id;
        arena_free(&a);
        if (e) return e;
        tell(p, "files", p->sums->n_files);
    } while (n);
    return OK;
}

static enum err latents_bring(struct pack *p, const struct encoder *e)
{
    char name[NAME];

    snprintf(name, sizeof name, "latents/%" PRId64 ".items", e->id);
    TRY(file_bring(p, name, e->n_rows * (int64_t)sizeof(int64_t)));
    snprintf(name, sizeof name, "latents/%" PRId64 ".z", e->id);
    TRY(file_bring(p, name, e->n_rows * e->dim * (int64_t)sizeof(float)));
    for (size_t k = 1; k < e->n_parts; k++) {
        snprintf(name, sizeof name, "latents/%" PRId64 ".%zu.z", e->id, k);
        TRY(file_bring(p, name, e->n_rows * e->part[k].dim * (int64_t)sizeof(float)));
    }
    if (!e->n_parts) return OK;
    snprintf(name, sizeof name, "latents/%" PRId64 ".error", e->id);
    return file_bring(p, name, e->n_rows * (int64_t)sizeof(float));
}

/* One in training has no file yet, and begins anew where it is unpacked. */
static enum err encoder_bring(struct pack *p, const struct encoder *e)
{
    char name[NAME];
    char path[PATH_MAX];

    snprintf(name, sizeof name, "models/encoder-%" PRId64 ".bin", e->id);
    snprintf(path, sizeof path, "%s/%s", store_folder(p->s), name);
    if (file_exists(path)) TRY(file_bring(p, name, -1));
    return e->n_rows ? latents_bring(p, e) : OK;
}

static enum err encoders_bring(struct pack *p)
{
    struct encoder *all;
    size_t n;

    TRY(store_encoder_list(p->s, &p->a, p->project_id, &all, &n));
    for (size_t i = 0; i < n; i++)
        TRY(encoder_bring(p, &all[i]));
    return OK;
}

/* One in training has no file yet, and a failed one never had one. */
static enum err version_bring(struct pack *p, const struct model *m)
{
    char name[NAME];

    snprintf(name, sizeof name, "models/model-%" PRId64 ".bin", m->id);
    return m->state == MODEL_TRAINED ? file_bring(p, name, -1) : OK;
}

static enum err versions_bring(struct pack *p)
{
    struct model *all;
    int64_t before = 0;
    size_t n;

    do {
        TRY(store_model_list(p->s, &p->a, p->project_id, before, 500, &all, &n));
        for (size_t i = 0; i < n; i++)
            TRY(version_bring(p, &all[i]));
        if (n) before = all[n - 1].version;
    } while (n);
    return OK;
}

static enum err json_bring(struct pack *p, const char *name, json_t *object)
{
    struct buf b;
    char *text = object ? json_write(&p->a, object) : NULL;
    enum err e;

    json_decref(object);
    NEED(text);
    buf_init(&b, 64 * KIB);
    e = buf_printf(&b, "%s\n", text);
    if (!e) e = entry_whole(p, name, &b);
    buf_free(&b);
    return e;
}

static enum err head_bring(struct pack *p)
{
    struct project project;
    int64_t schema;

    TRY(store_project_get(p->s, &p->a, p->project_id, &project));
    TRY(copy_schema(p->s, &schema));
    return json_bring(p, "project.json",
                      json_pack("{s:s, s:s, s:I, s:I}", "format", PROJECT_ARCHIVE, "name",
                                project.name, "project", (json_int_t)p->project_id, "schema",
                                (json_int_t)schema));
}

static enum err end_bring(struct pack *p)
{
    char hex[HASH_HEX];

    hash_end(&p->hash, &p->sums->hash);
    hash_hex(hex, &p->sums->hash);
    return json_bring(p, "end.json", json_pack("{s:s}", "hash", hex));
}

static enum err all_bring(struct pack *p)
{
    TRY(head_bring(p));
    for (size_t t = 0; t < copy_tables(); t++)
        TRY(table_bring(p, t));
    TRY(all_media_bring(p));
    TRY(encoders_bring(p));
    TRY(versions_bring(p));
    return end_bring(p);
}

static enum err tar_write(struct pack *p, int fd)
{
    enum err e = OK;

    p->tar = archive_write_new();
    NEED(p->tar);
    if (archive_write_set_format_pax_restricted(p->tar) || archive_write_open_fd(p->tar, fd))
        e = fail_tar(p);
    if (!e) e = store_look(p->s);
    if (!e) e = store_look_end(p->s, all_bring(p));
    if (!e && archive_write_close(p->tar)) e = fail_tar(p);
    archive_write_free(p->tar);
    if (!e && fsync(fd)) e = fail(ERR_IO, "the archive cannot be written: %m");
    return e;
}

enum err project_pack(struct store *s, int64_t project_id, const char *path,
                      const struct archive_watch *watch, struct archive_sums *sums)
{
    struct pack p = {.s = s, .project_id = project_id, .watch = watch, .sums = sums};
    char passing[PATH_MAX];
    enum err e;
    int fd;

    *sums = (struct archive_sums){.project_id = project_id};
    if (snprintf(passing, sizeof passing, "%s.tmp", path) >= (int)sizeof passing)
        return fail(ERR_INVALID, "path too long: %.200s", path);
    fd = open(passing, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return fail(ERR_IO, "%s: %m", passing);
    arena_init(&p.a, 64 * MIB);
    hash_init(&p.hash);
    e = tar_write(&p, fd);
    arena_free(&p.a);
    close(fd);
    if (!e && rename(passing, path)) e = fail(ERR_IO, "%s: %m", path);
    if (e) unlink(passing);
    return e;
}
