#include "formats/source.h"

#include "base/arena.h"
#include "formats/folder.h"
#include "formats/kind.h"
#include "formats/name.h"
#include "formats/stream.h"
#include "formats/table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct source_limits SOURCE_LIMITS_DEFAULT = {
    .picture_max_bytes = 64 * MIB,
    .text_max_bytes = 1 * MIB,
    .meta_max_bytes = 64 * KIB,
    .csv = {.row_max_bytes = 4 * MIB, .columns_max = 1000},
    .unpack = { .entries_max = 1000000,
            .bytes_max = 64 * GIB,
            .ratio_max = 200,
            .ratio_from = 32 * MIB},
};

enum { SHOWN_MAX = 2 * PATH_MAX, NOTES_MAX = 1000 };

/* A stream whose first bytes were looked at and are still to be given. */
struct peeked {
    struct stream in;
    char head[KIND_HEAD];
    size_t n_head;
    size_t given;
};

/* Where the reading stands: a path, in it perhaps a folder, in that a file, in that perhaps an
 * archive, in that perhaps a table. The innermost that is open gives the next entry. */
struct source {
    struct source_params params;
    size_t next_path;
    struct folder *folder;
    int fd; /* of the open file, -1 */
    struct unpack *unpack;
    struct table *table;
    struct peeked peeked;
    char file[SHOWN_MAX];   /* the open file, as it is shown */
    char prefix[SHOWN_MAX]; /* before the names of an archive's entries: "" or "sub/a.zip/" */
    char shown[SHOWN_MAX];  /* what is being read in it, as it is shown */
    bool one_file;          /* the archive is one compressed file */
    int64_t row;
    int64_t rows_before; /* when the path, archive or table was opened: did it give any? */
    int64_t table_before;
    char skipped_path[SHOWN_MAX];
    struct buf notes;
};

void source_entry_free(struct source_entry *entry)
{
    free(entry->path);
    free(entry->reason);
    buf_free(&entry->bytes);
    json_decref(entry->meta);
    *entry = (struct source_entry){0};
}

/* Is the next entry one that an earlier run dealt with? */
static bool is_skipping(const struct source *s)
{
    return s->row < s->params.skip;
}

/* Counts the entry and gives it its path; drops it again while skipping. */
static enum err emit(struct source *s, struct source_entry *entry, enum source_kind kind,
                     const char *path)
{
    char text[SHOWN_MAX];

    entry->row = ++s->row;
    if (s->row <= s->params.skip) {
        if (s->row == s->params.skip) name_to_utf8(s->skipped_path, SHOWN_MAX, path);
        source_entry_free(entry);
        return OK;
    }
    name_to_utf8(text, sizeof text, path);
    entry->path = strdup(text);
    NEED(entry->path);
    entry->kind = kind;
    return OK;
}

static enum err refuse(struct source *s, struct source_entry *entry, const char *path,
                       const char *reason)
{
    char *kept = strdup(reason);

    NEED(kept);
    source_entry_free(entry);
    entry->reason = kept;
    return emit(s, entry, SOURCE_REFUSED, path);
}

/* The code `e` of this entry becomes its refusal; only the want of memory goes on upward. */
static enum err refuse_failed(struct source *s, struct source_entry *entry, const char *path,
                              enum err e)
{
    return e == ERR_NOMEM ? e : refuse(s, entry, path, err_message());
}

static enum err peeked_read(void *context, void *room, size_t n, size_t *got)
{
    struct peeked *p = context;
    size_t left = p->n_head - p->given;
    enum err e;

    if (left) {
        *got = left < n ? left : n;
        memcpy(room, p->head + p->given, *got);
        p->given += *got;
        return OK;
    }
    e = p->in.read(p->in.context, room, n, got);
    /* One code for "there is no more to be had", so that a reader of rows knows it from a fault
     * of one row. */
    return e && e != ERR_NOMEM ? fail_in(ERR_IO, "while reading") : e;
}

static enum err peek(struct peeked *p, const struct stream *in)
{
    size_t got = 1;

    *p = (struct peeked){.in = *in};
    while (got && p->n_head < KIND_HEAD) {
        TRY(in->read(in->context, p->head + p->n_head, KIND_HEAD - p->n_head, &got));
        p->n_head += got;
    }
    return OK;
}

static enum err whole_read(struct source *s, struct source_entry *entry, size_t max)
{
    const struct stream in = {.read = peeked_read, .context = &s->peeked};
    enum err e;

    if (is_skipping(s)) return emit(s, entry, SOURCE_FILE, s->shown);
    buf_init(&entry->bytes, max);
    e = stream_read_all(&entry->bytes, &in);
    if (e) return refuse_failed(s, entry, s->shown, e);
    return emit(s, entry, SOURCE_FILE, s->shown);
}

static void note(struct source *s, const char *text)
{
    if (text[0] && s->notes.size + strlen(text) + strlen(s->shown) + 8 < s->notes.max &&
        buf_printf(&s->notes, "%s%s: %s", s->notes.size ? "; " : "", s->shown, text))
        buf_clear(&s->notes);
}

static enum err table_begin(struct source *s, struct source_entry *entry, enum kind kind)
{
    const struct stream in = {.read = peeked_read, .context = &s->peeked};
    enum err e = table_open(&s->table, &in, kind, &s->params);

    if (e) return refuse_failed(s, entry, s->shown, e);
    s->table_before = s->row;
    note(s, table_note(s->table));
    return OK;
}

static enum err archive_begin(struct source *s, struct source_entry *entry, enum kind kind)
{
    enum unpack_form form = kind == KIND_COMPRESSED ? UNPACK_ONE_FILE : UNPACK_ARCHIVE;
    enum err e;

    if (s->unpack)
        return refuse(s, entry, s->shown,
                      "an archive inside an archive is not opened; unpack the outer one first");
    if (lseek(s->fd, 0, SEEK_SET) < 0)
        return refuse(s, entry, s->shown, "cannot be read twice");
    e = unpack_open(&s->unpack, s->fd, form, &s->params.limits.unpack);
    if (e) return refuse_failed(s, entry, s->shown, e);
    s->rows_before = s->row;
    s->one_file = form == UNPACK_ONE_FILE;
    if (s->folder)
        snprintf(s->prefix, SHOWN_MAX, "%.*s/", PATH_MAX, s->file);
    else
        s->prefix[0] = '\0';
    return OK;
}

/* What the open bytes named s->shown are, and the first entry out of them if they are one. */
static enum err content_begin(struct source *s, struct source_entry *entry,
                              const struct stream *in)
{
    enum err e = peek(&s->peeked, in);
    enum kind kind;

    if (e) return refuse_failed(s, entry, s->shown, e);
    kind = kind_of(s->shown, s->peeked.head, s->peeked.n_head);
    if (kind_problem(kind)) return refuse(s, entry, s->shown, kind_problem(kind));
    switch (kind) {
    case KIND_ARCHIVE:
    case KIND_COMPRESSED:
        return archive_begin(s, entry, kind);
    case KIND_PICTURE:
        if (s->params.want != SOURCE_PICTURES)
            return refuse(s, entry, s->shown, "a picture, but this project holds texts");
        return whole_read(s, entry, s->params.limits.picture_max_bytes);
    default:
        break;
    }
    if (s->params.want != SOURCE_TEXTS)
        return refuse(s, entry, s->shown, "a text, but this project holds pictures");
    if (kind != KIND_TEXT) return table_begin(s, entry, kind);
    /* UTF-16 takes up to two bytes where UTF-8 takes one, and a mark. */
    return whole_read(s, entry, 2 * s->params.limits.text_max_bytes + 2);
}

static enum err table_step(struct source *s, struct source_entry *entry)
{
    struct table_row row;
    char path[SHOWN_MAX];
    enum err e = table_next(s->table, &row);

    snprintf(path, sizeof path, "%.*s:%lld", SHOWN_MAX - 32, s->shown, (long long)row.line);
    if (e == ERR_INVALID || e == ERR_TOO_LARGE) return refuse(s, entry, path, err_message());
    if (e || !row.text.data) {
        table_close(s->table);
        s->table = NULL;
        if (e) return refuse_failed(s, entry, path, e);
        if (s->row == s->table_before)
            return refuse(s, entry, s->shown, "the table has no rows");
        return OK;
    }
    entry->bytes = row.text;
    entry->meta = row.meta;
    return emit(s, entry, SOURCE_ROW, path);
}

static void archive_close(struct source *s)
{
    unpack_close(s->unpack);
    s->unpack = NULL;
}

/* "reviews.csv" for "reviews.csv.gz". */
static void packed_name(char *shown, const char *file)
{
    char *dot;

    snprintf(shown, SHOWN_MAX, "%s", file);
    dot = strrchr(shown, '.');
    if (dot && dot != shown) *dot = '\0';
}

static enum err archive_step(struct source *s, struct source_entry *entry)
{
    struct unpack_entry found;
    enum err e = unpack_next(s->unpack, &found);

    if (e || !found.name) {
        archive_close(s);
        if (e) return refuse_failed(s, entry, s->file, e);
        if (s->row == s->rows_before)
            return refuse(s, entry, s->file, "the archive holds no files");
        return OK;
    }
    if (kind_is_hidden(found.name)) return OK;
    if (s->one_file)
        packed_name(s->shown, s->file);
    else
        snprintf(s->shown, SHOWN_MAX, "%.*s%.*s", PATH_MAX, s->prefix, PATH_MAX - 1,
                 found.name);
    if (found.problem) return refuse(s, entry, s->shown, found.problem);
    return content_begin(s, entry, unpack_stream(s->unpack));
}

static void file_close(struct source *s)
{
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
}

static enum err file_begin(struct source *s, struct source_entry *entry, const char *full,
                           const char *shown)
{
    struct stream in = {.read = stream_read_fd, .context = &s->fd};
    struct stat found;

    snprintf(s->file, SHOWN_MAX, "%s", shown);
    snprintf(s->shown, SHOWN_MAX, "%s", shown);
    /* O_NONBLOCK: a pipe that took the file's place must not hold the import up. */
    s->fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0) return refuse_failed(s, entry, shown, fail(ERR_IO, "cannot be opened: %m"));
    if (fstat(s->fd, &found) || !S_ISREG(found.st_mode))
        return refuse(s, entry, shown, "neither a file nor a folder");
    return content_begin(s, entry, &in);
}

static enum err folder_step(struct source *s, struct source_entry *entry)
{
    const char *root = s->params.paths[s->next_path - 1];
    struct folder_file file;
    enum err e = folder_next(s->folder, &file);

    if (e || !file.path) {
        folder_close(s->folder);
        s->folder = NULL;
        if (e) return refuse_failed(s, entry, root, e);
        if (s->row == s->rows_before)
            return refuse(s, entry, root, "the folder holds no files");
        return OK;
    }
    if (file.problem) return refuse(s, entry, file.path, file.problem);
    return file_begin(s, entry, file.full, file.path);
}

static enum err path_step(struct source *s, struct source_entry *entry)
{
    const char *path = s->params.paths[s->next_path++];
    struct stat found;
    enum err e;

    if (stat(path, &found))
        return refuse_failed(s, entry, path, fail(ERR_IO, "cannot be read: %m"));
    if (!S_ISDIR(found.st_mode)) return file_begin(s, entry, path, name_base(path));
    s->rows_before = s->row;
    e = folder_open(&s->folder, path);
    return e ? refuse_failed(s, entry, path, e) : OK;
}

static enum err step(struct source *s, struct source_entry *entry)
{
    if (s->table) return table_step(s, entry);
    if (s->unpack) return archive_step(s, entry);
    file_close(s);
    return s->folder ? folder_step(s, entry) : path_step(s, entry);
}

enum err source_next(struct source *s, struct source_entry *entry)
{
    *entry = (struct source_entry){0};
    while (!entry->kind) {
        enum err e;

        if (!s->table && !s->unpack && !s->folder && s->next_path == s->params.n_paths)
            return OK;
        e = step(s, entry);
        if (e) {
            source_entry_free(entry);
            return e;
        }
    }
    return OK;
}

enum err source_open(struct source **out, const struct source_params *params)
{
    struct source *s;

    *out = NULL;
    for (size_t i = 0; i < params->n_paths; i++)
        if (access(params->paths[i], R_OK))
            return fail(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %m", params->paths[i]);
    s = calloc(1, sizeof *s);
    NEED(s);
    s->params = *params;
    s->fd = -1;
    buf_init(&s->notes, NOTES_MAX);
    *out = s;
    return OK;
}

void source_close(struct source *s)
{
    if (!s) return;
    table_close(s->table);
    unpack_close(s->unpack);
    folder_close(s->folder);
    file_close(s);
    buf_free(&s->notes);
    free(s);
}

const char *source_notes(const struct source *s)
{
    return s->notes.data ? s->notes.data : "";
}

const char *source_skipped_path(const struct source *s)
{
    return s->skipped_path[0] ? s->skipped_path : NULL;
}
