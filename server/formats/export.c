#include "formats/export.h"

#include "base/arena.h"
#include "base/file.h"
#include "formats/dataset_rows.h"
#include "formats/folder.h"
#include "formats/imagefolder.h"
#include "formats/label_rows.h"
#include "formats/zip.h"
#include "store/project.h"
#include "store/store.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *mime, *extension;
} FORMATS[] = {
    [EXPORT_JSONL] = {"jsonl",       "application/jsonl",       "jsonl"},
    [EXPORT_CSV] = {"csv",         "text/csv; charset=utf-8", "csv"  },
    [EXPORT_IMAGEFOLDER] = {"imagefolder", "application/zip",         "zip"  },
};

enum err export_format_parse(enum export_format *f, const char *name)
{
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (!strcmp(name, FORMATS[i].name)) {
            *f = (enum export_format)i;
            return OK;
        }
    return fail(ERR_INVALID, "there is no format '%.40s'; choose jsonl, csv or imagefolder",
                name);
}

const char *export_format_name(enum export_format f)
{
    return FORMATS[f].name;
}

const char *export_mime(enum export_format f)
{
    return FORMATS[f].mime;
}

const char *export_extension(enum export_format f)
{
    return FORMATS[f].extension;
}

struct export
{
    struct store *store;
    bool looking;                 /* a look at the store is open */
    struct label_rows *rows;      /* jsonl, csv */
    struct dataset_rows *dataset; /* of a data set */
    struct imagefolder *folder;
    struct zip *zip;
    struct buf piece; /* of a file on its way into the zip */
    bool in_file;
    bool ended;
    int64_t at_ms; /* of the zip's entries: one time, so that equal labels give equal bytes */
};

static enum err folder_begin(struct export *x, int64_t project_id,
                             const struct export_options *options)
{
    struct arena a;
    struct project p;
    enum err e;

    arena_init(&a, 16 * MIB);
    e = store_project_get(x->store, &a, project_id, &p);
    x->at_ms = p.created_at;
    arena_free(&a);
    if (!e) e = imagefolder_open(&x->folder, x->store, project_id, options);
    return e;
}

static enum err begin(struct export *x, int64_t project_id,
                      const struct export_options *options)
{
    TRY(store_look(x->store));
    x->looking = true;
    if (options->dataset) return dataset_rows_open(&x->dataset, x->store, options);
    if (options->format != EXPORT_IMAGEFOLDER)
        return label_rows_open(&x->rows, x->store, project_id, options->format, options->cells);
    TRY(folder_begin(x, project_id, options));
    return zip_open(&x->zip, NULL);
}

enum err export_open(struct export **out, struct store *s, int64_t project_id,
                     const struct export_options *options)
{
    struct export *x = calloc(1, sizeof *x);
    enum err e;

    *out = NULL;
    NEED(x);
    x->store = s;
    buf_init(&x->piece, 512 * MIB);
    e = begin(x, project_id, options);
    if (e)
        export_close(x);
    else
        *out = x;
    return e;
}

void export_close(struct export *x)
{
    if (!x) return;
    zip_close(x->zip);
    imagefolder_close(x->folder);
    label_rows_close(x->rows);
    dataset_rows_close(x->dataset);
    /* Only reading was done: there is nothing to lose. */
    if (x->looking && store_look_end(x->store, OK)) x->looking = false;
    buf_free(&x->piece);
    free(x);
}

/* The next file's header, or the archive's end. */
static enum err zip_next(struct export *x)
{
    const char *path;
    int64_t size;

    TRY(imagefolder_next(x->folder, &path));
    if (!path) {
        x->ended = true;
        return zip_end(x->zip);
    }
    x->in_file = true;
    size = imagefolder_size(x->folder);
    return zip_begin(x->zip, path, size, !strncmp(path, "train/", 6) ? ZIP_STORED : ZIP_PACKED,
                     x->at_ms);
}

static enum err zip_step(struct export *x)
{
    if (!x->in_file) return zip_next(x);
    buf_clear(&x->piece);
    TRY(imagefolder_read(x->folder, &x->piece));
    x->in_file = x->piece.size > 0;
    return x->in_file ? zip_add(x->zip, x->piece.data, x->piece.size) : OK;
}

enum err export_next(struct export *x, struct buf *piece)
{
    if (x->rows) return label_rows_next(x->rows, piece);
    if (x->dataset) return dataset_rows_next(x->dataset, piece);
    zip_turn(x->zip, piece);
    while (!x->ended && !piece->size) /* the packer may keep what it is given for a while */
        TRY(zip_step(x));
    return OK;
}

static enum err folder_is_free(const char *out)
{
    struct folder *f;
    struct folder_file file;
    enum err e;

    if (!file_exists(out)) return folder_make(out);
    TRY(folder_open(&f, out));
    e = folder_next(f, &file);
    folder_close(f);
    if (e || !file.path) return e;
    return fail(ERR_CONFLICT, "%s is not empty; name a new folder", out);
}

static enum err file_copy(struct imagefolder *f, const char *path, struct buf *piece)
{
    FILE *file;
    enum err e = OK;
    char folder[PATH_MAX];

    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    TRY(folder_make(folder));
    file = fopen(path, "wxe");
    if (!file) return fail(ERR_IO, "%s: %m", path);
    do {
        buf_clear(piece);
        e = imagefolder_read(f, piece);
        if (!e && fwrite(piece->data, 1, piece->size, file) != piece->size)
            e = fail(ERR_IO, "%s: %m", path);
    } while (!e && piece->size);
    if (fclose(file) && !e) e = fail(ERR_IO, "%s: %m", path);
    return e;
}

static enum err files_copy(struct export *x, const char *out)
{
    const char *name;

    for (;;) {
        char path[PATH_MAX];

        TRY(imagefolder_next(x->folder, &name));
        if (!name) return file_flush(out);
        if ((size_t)snprintf(path, sizeof path, "%s/%s", out, name) >= sizeof path)
            return fail(ERR_INVALID, "%s: the path is too long", out);
        TRY(file_copy(x->folder, path, &x->piece));
    }
}

enum err export_folder(struct store *s, int64_t project_id,
                       const struct export_options *options, const char *out)
{
    struct export *x;
    enum err e;

    TRY(folder_is_free(out));
    TRY(export_open(&x, s, project_id, options));
    e = files_copy(x, out);
    export_close(x);
    return e;
}
