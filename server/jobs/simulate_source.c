#include "jobs/simulate_source.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "formats/folder.h"
#include "formats/kind.h"
#include "formats/table.h"
#include "media/image.h"
#include "media/text.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPLIT = 5, LABEL_MAX = 200 }; /* one item in five is tested on */

static const char IMAGES[] = "-images-idx3-ubyte";
static const char LABELS[] = "-labels-idx1-ubyte";

struct reading {
    struct sim_data *data;
    const struct sim_source *from;
    enum sim_part part;
};

bool sim_is_folder(const char *path)
{
    struct stat found;

    return !stat(path, &found) && S_ISDIR(found.st_mode);
}

const char *sim_last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* -- items ------------------------------------------------------------------------------------ */

static void refuse(struct sim_data *d, const char *what, const char *why)
{
    if (!d->n_refused++) snprintf(d->refused, sizeof d->refused, "%.100s: %.190s", what, why);
}

static enum err class_find(struct reading *r, const char *name, int32_t *class)
{
    struct sim_data *d = r->data;

    for (size_t c = 0; c < d->n_classes; c++) {
        if (strcmp(d->class_name[c], name) != 0) continue;
        *class = (int32_t)c;
        return OK;
    }
    if (r->part == SIM_TO_TEST)
        return fail(
            ERR_INVALID,
            "the test set has a class '%.100s' that the pool has not; their labels must "
            "be of one kind",
            name);
    if (d->n_classes == SIM_CLASSES_MAX)
        return fail(ERR_TOO_LARGE,
                    "there are more than the limit of %d classes; is that the column or folder "
                    "of the labels?",
                    SIM_CLASSES_MAX);
    d->class_name[d->n_classes] = arena_strdup(&d->arena, name);
    NEED(d->class_name[d->n_classes]);
    *class = (int32_t)d->n_classes++;
    return OK;
}

/* `content` decides on which side of the split it falls. */
static enum err item_add(struct reading *r, struct sim_item item, const char *class,
                         const void *content, size_t n)
{
    struct sim_data *d = r->data;
    struct hash h;

    TRY(class_find(r, class, &item.class));
    hash_of(&h, content, n);
    item.is_test =
        r->part == SIM_TO_TEST || (r->part == SIM_TO_BOTH && h.bytes[0] % SPLIT == 0);
    if (d->n_items == d->room) {
        const size_t room = d->room ? 2 * d->room : 1024;
        struct sim_item *more = realloc(d->item, room * sizeof *more);

        NEED(more);
        d->item = more;
        d->room = room;
    }
    d->item[d->n_items++] = item;
    return OK;
}

/* Is an item of this kind wanted? The first decides when nobody asked. */
static bool kind_fits(struct sim_data *d, enum sim_kind kind)
{
    if (d->kind == SIM_ANY) d->kind = kind;
    return d->kind == kind;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isspace((unsigned char)text[i])) return false;
    return true;
}

static enum err text_add(struct reading *r, const char *text, size_t n, const char *class)
{
    struct sim_item item = {.n_bytes = n};

    item.text = arena_copy(&r->data->arena, text, n);
    NEED(item.text);
    return item_add(r, item, class, text, n);
}

/* -- a folder of classes ---------------------------------------------------------------------- */

/* The last folder of a path; false when it lies in none. */
static bool class_of(char class[LABEL_MAX], const char *path)
{
    const char *end = strrchr(path, '/');
    const char *from = end;

    if (!end) return false;
    while (from > path && from[-1] != '/')
        from--;
    return (size_t)snprintf(class, LABEL_MAX, "%.*s", (int)(end - from), from) < LABEL_MAX;
}

static enum err picture_add(struct reading *r, const struct folder_file *f,
                            const struct buf *bytes, const char *class)
{
    struct image_info info;
    struct sim_item item;

    if (image_probe(&info, bytes->data, bytes->size, NULL)) {
        refuse(r->data, f->path, err_message());
        return OK;
    }
    item = (struct sim_item){.width = info.width, .height = info.height};
    item.path = arena_strdup(&r->data->arena, f->full);
    NEED(item.path);
    return item_add(r, item, class, bytes->data, bytes->size);
}

static enum err text_file_add(struct reading *r, const struct folder_file *f,
                              const struct buf *bytes, const char *class)
{
    struct buf text;
    enum err e = OK;

    buf_init(&text, SOURCE_LIMITS_DEFAULT.text_max_bytes);
    if (text_decode(&text, bytes->data, bytes->size))
        refuse(r->data, f->path, err_message());
    else if (is_blank(text.data, text.size))
        refuse(r->data, f->path, "the text is empty");
    else
        e = text_add(r, text.data, text.size, class);
    buf_free(&text);
    return e;
}

static enum err file_add(struct reading *r, const struct folder_file *f,
                         const struct buf *bytes)
{
    const enum kind kind = kind_of(f->path, bytes->data ? bytes->data : "", bytes->size);
    const bool picture = kind == KIND_PICTURE;
    char class[LABEL_MAX];

    if (!picture && kind != KIND_TEXT)
        refuse(r->data, f->path,
               kind_problem(kind) ? kind_problem(kind) : "neither a picture nor a .txt file");
    else if (!class_of(class, f->path))
        refuse(r->data, f->path, "it lies in no folder that could be its class");
    else if (!kind_fits(r->data, picture ? SIM_IMAGE : SIM_TEXT))
        refuse(r->data, f->path, "pictures and texts are not replayed together");
    else
        return picture ? picture_add(r, f, bytes, class) : text_file_add(r, f, bytes, class);
    return OK;
}

static enum err folder_file_read(struct reading *r, const struct folder_file *f)
{
    struct buf bytes;
    enum err e = OK;

    if (f->problem) {
        refuse(r->data, f->path, f->problem);
        return OK;
    }
    buf_init(&bytes, SOURCE_LIMITS_DEFAULT.picture_max_bytes);
    if (file_read(&bytes, f->full))
        refuse(r->data, f->path, err_message());
    else
        e = file_add(r, f, &bytes);
    buf_free(&bytes);
    return e;
}

static enum err folder_read(struct reading *r, const char *path)
{
    struct folder *f;
    struct folder_file file;
    enum err e;

    TRY(folder_open(&f, path));
    while (!(e = folder_next(f, &file)) && file.path)
        if ((e = folder_file_read(r, &file))) break;
    folder_close(f);
    return e;
}

/* -- an IDX pair ------------------------------------------------------------------------------ */

static enum err idx_items_add(struct reading *r, const struct idx *images,
                              const struct idx *labels, const char *path)
{
    const size_t each = (size_t)images->width * images->height;

    if (images->n != labels->n)
        return fail(ERR_INVALID, "%s: %zu pictures, but %zu labels beside them", path,
                    images->n, labels->n);
    if (!kind_fits(r->data, SIM_IMAGE))
        return fail(ERR_INVALID, "%s holds pictures, but --kind asks for texts", path);
    for (size_t i = 0; i < images->n; i++) {
        const struct sim_item item = {.pixels = images->values + i * each,
                                      .width = images->width,
                                      .height = images->height};
        char class[8];

        snprintf(class, sizeof class, "%u", labels->values[i]);
        TRY(item_add(r, item, class, item.pixels, each));
    }
    return OK;
}

static enum err idx_pair_read(struct reading *r, const char *path)
{
    const char *at = strstr(path, IMAGES);
    const char *labels_path = arena_printf(&r->data->arena, "%.*s%s%s", (int)(at - path), path,
                                           LABELS, at + sizeof IMAGES - 1);
    struct idx *images = &r->data->idx[r->part == SIM_TO_TEST];
    struct idx labels;
    enum err e;

    NEED(labels_path);
    TRY(idx_read(images, path, IDX_IMAGES));
    TRY(idx_read(&labels, labels_path, IDX_LABELS));
    e = idx_items_add(r, images, &labels, path);
    idx_free(&labels);
    return e;
}

/* -- a table ---------------------------------------------------------------------------------- */

/* The label of a row as a text: a string as it is, a number or truth value as JSON has it. */
static bool label_of(const struct reading *r, const struct table_row *row,
                     char label[LABEL_MAX])
{
    const json_t *value = json_object_get(row->meta, r->from->label_column);
    size_t n;

    if (json_is_string(value))
        return json_string_length(value) &&
               (size_t)snprintf(label, LABEL_MAX, "%s", json_string_value(value)) < LABEL_MAX;
    if (!json_is_integer(value) && !json_is_boolean(value)) return false;
    n = json_dumpb(value, label, LABEL_MAX - 1, JSON_ENCODE_ANY);
    label[n < LABEL_MAX ? n : 0] = '\0';
    return n && n < LABEL_MAX;
}

static enum err row_add(struct reading *r, const char *name, const struct table_row *row)
{
    char where[SIM_NOTE];
    char label[LABEL_MAX];

    snprintf(where, sizeof where, "%.200s line %lld", name, (long long)row->line);
    if (is_blank(row->text.data, row->text.size))
        refuse(r->data, where, "the text is empty");
    else if (!label_of(r, row, label))
        refuse(r->data, where,
               "there is no label of 1 to 199 bytes in the column --label-column names");
    else
        return text_add(r, row->text.data, row->text.size, label);
    return OK;
}

static enum err rows_read(struct reading *r, const char *path, struct table *t)
{
    for (;;) {
        struct table_row row;
        enum err e = table_next(t, &row);

        if (e == ERR_INVALID || e == ERR_TOO_LARGE) {
            refuse(r->data, sim_last_part(path), err_message());
            continue;
        }
        if (e || !row.text.data) return e;
        e = row_add(r, sim_last_part(path), &row);
        buf_free(&row.text);
        json_decref(row.meta);
        if (e) return e;
    }
}

static enum err table_read(struct reading *r, const char *path, enum kind kind, int fd)
{
    const struct source_params params = {.header = r->from->header,
                                         .text_column = r->from->text_column,
                                         .limits = SOURCE_LIMITS_DEFAULT};
    const struct stream in = {.read = stream_read_fd, .context = &fd};
    struct table *t;
    enum err e;

    if (!r->from->label_column)
        return fail(ERR_INVALID,
                    "%s is a table: --label-column must name the column that holds "
                    "the labels",
                    path);
    if (!kind_fits(r->data, SIM_TEXT))
        return fail(ERR_INVALID, "%s holds texts, but --kind asks for images", path);
    e = table_open(&t, &in, kind, &params);
    if (!e) {
        e = rows_read(r, path, t);
        table_close(t);
    }
    return e ? fail_in(e, "%s", path) : OK;
}

static enum err table_file_read(struct reading *r, const char *path)
{
    char head[KIND_HEAD];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    enum kind kind;
    enum err e;

    if (n < 0) {
        e = fail(fd < 0 ? ERR_NOT_FOUND : ERR_IO, "%s: %m", path);
        if (fd >= 0) close(fd);
        return e;
    }
    kind = kind_of(path, head, (size_t)n);
    if (kind == KIND_CSV || kind == KIND_TSV || kind == KIND_JSONL)
        e = table_read(r, path, kind, fd);
    else
        e = fail(
            ERR_INVALID,
            "%s: expected a folder of classes, an IDX pair (NAME-images-idx3-ubyte.gz), or "
            "a .csv, .tsv or .jsonl file",
            path);
    close(fd);
    return e;
}

/* -- the whole -------------------------------------------------------------------------------- */

enum err sim_source_read(struct sim_data *d, const struct sim_source *from, const char *path,
                         enum sim_part part)
{
    struct reading r = {.data = d, .from = from, .part = part};

    if (sim_is_folder(path)) return folder_read(&r, path);
    if (sim_is_idx(path)) return idx_pair_read(&r, path);
    return table_file_read(&r, path);
}

bool sim_is_idx(const char *path)
{
    return strstr(sim_last_part(path), IMAGES) != NULL;
}
