#include "formats/imagefolder.h"

#include "base/file.h"
#include "base/json.h"
#include "domain/label.h"
#include "domain/project.h"
#include "formats/label_rows.h"
#include "formats/media_file.h"
#include "formats/name.h"
#include "formats/source.h"
#include "store/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, PATH_ROOM = 1024, NAME_ROOM = 200 };
static const size_t PIECE = 256 * KIB;

/* What becomes of an item. */
enum fate { EXPORTED, SEVERAL_CLASSES, NO_AGREEMENT, FATES };

enum part { PICTURES, TABLE, NOTES, END };

struct imagefolder {
    struct store *store;
    const char *data_folder;
    struct arena lasting;
    struct arena page;
    struct project project;
    struct questions *questions;
    char (*folders)[NAME_ROOM]; /* (classes of the first question) */
    int64_t fates[FATES];
    enum part part;
    struct item *items; /* of the page */
    size_t n_items, next_item;
    int64_t after;
    struct buf bytes; /* of the picture, or the notes */
    size_t given;     /* of them */
    struct label_rows *rows;
    enum csv_cells cells;
    char path[PATH_ROOM];
};

static bool folder_is_taken(const struct imagefolder *f, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(f->folders[i], name)) return true; /* some disks do not tell A from a */
    return false;
}

/* A folder for each class: its name where that can be one, else something close to it. */
static enum err folders_name(struct imagefolder *f)
{
    const struct question *q = &f->questions->question[0];

    f->folders = arena_array(&f->lasting, q->n_classes, sizeof *f->folders);
    NEED(f->folders);
    for (size_t i = 0; i < q->n_classes; i++) {
        char name[NAME_ROOM - 20];

        name_to_file(name, sizeof name, q->classes[i].name);
        snprintf(f->folders[i], NAME_ROOM, "%s", name);
        for (int copy = 2; folder_is_taken(f, i, f->folders[i]); copy++)
            snprintf(f->folders[i], NAME_ROOM, "%s-%d", name, copy);
    }
    return OK;
}

static enum err begin(struct imagefolder *f, int64_t project_id)
{
    TRY(store_project_get(f->store, &f->lasting, project_id, &f->project));
    if (f->project.kind != PROJECT_IMAGE)
        return fail(ERR_INVALID, "imagefolder is for pictures; this project holds texts, so "
                                 "export it as jsonl or csv");
    TRY(questions_parse(&f->lasting, f->project.questions, &f->questions));
    TRY(folders_name(f));
    return label_rows_open(&f->rows, f->store, project_id, EXPORT_CSV, f->cells);
}

enum err imagefolder_open(struct imagefolder **out, struct store *s, int64_t project_id,
                          const struct export_options *options)
{
    struct imagefolder *f = calloc(1, sizeof *f);
    enum err e;

    *out = NULL;
    NEED(f);
    f->store = s;
    f->data_folder = options->data_folder;
    f->cells = options->cells;
    arena_init(&f->lasting, 16 * MIB);
    arena_init(&f->page, 64 * MIB);
    buf_init(&f->bytes, SOURCE_LIMITS_DEFAULT.picture_max_bytes);
    e = begin(f, project_id);
    if (e)
        imagefolder_close(f);
    else
        *out = f;
    return e;
}

void imagefolder_close(struct imagefolder *f)
{
    if (!f) return;
    label_rows_close(f->rows);
    buf_free(&f->bytes);
    arena_free(&f->page);
    arena_free(&f->lasting);
    free(f);
}

/* How many classes of the first question an answer names. */
static size_t classes_named(const struct imagefolder *f, const char *values)
{
    json_t *object;
    const json_t *value;
    size_t n = 0;

    if (json_read(&object, values, strlen(values))) return 0;
    value = json_object_get(object, f->questions->question[0].name);
    n = json_is_array(value) ? json_array_size(value) : json_is_string(value);
    json_decref(object);
    return n;
}

/* The class that most people chose. A tie, and an answer of several classes, is no folder. */
static enum err item_judge(struct imagefolder *f, int64_t item_id, enum fate *fate,
                           size_t *chosen)
{
    size_t n_classes = f->questions->question[0].n_classes;
    int *votes = arena_array(&f->page, n_classes, sizeof *votes);
    struct label *labels;
    size_t n;
    int ties = 0;

    NEED(votes);
    *chosen = 0;
    TRY(store_label_of_item(f->store, &f->page, item_id, &labels, &n));
    for (size_t i = 0; i < n; i++) {
        int class = values_class(f->questions, labels[i].values);

        if (labels[i].answer != ANSWER_ACCEPT) continue;
        if (classes_named(f, labels[i].values) != 1) {
            *fate = SEVERAL_CLASSES;
            return OK;
        }
        if (class >= 0) votes[class]++;
    }
    for (size_t c = 1; c < n_classes; c++) {
        ties = votes[c] == votes[*chosen] ? ties + 1 : votes[c] > votes[*chosen] ? 0 : ties;
        if (votes[c] > votes[*chosen]) *chosen = c;
    }
    *fate = votes[*chosen] && !ties ? EXPORTED : NO_AGREEMENT;
    return OK;
}

static const char *ending_of(const char *format)
{
    if (!strcmp(format, "image/png")) return "png";
    return !strcmp(format, "image/webp") ? "webp" : "jpg";
}

static enum err picture_open(struct imagefolder *f, const struct item *i, size_t class_index)
{
    char original[PATH_MAX];
    char name[NAME_ROOM / 2];
    char *dot;

    name_to_file(name, sizeof name, name_base(i->path));
    dot = strrchr(name, '.');
    if (dot) *dot = '\0';
    snprintf(f->path, PATH_ROOM, "train/%s/%lld-%s.%s", f->folders[class_index],
             (long long)i->id, name, ending_of(i->format));
    media_file_path(original, f->data_folder, &i->hash, MEDIA_ORIGINAL);
    buf_clear(&f->bytes);
    f->given = 0;
    if (file_read(&f->bytes, original))
        return fail_in(ERR_CORRUPT, "the picture of item %lld", (long long)i->id);
    return OK;
}

static enum err page_turn(struct imagefolder *f)
{
    arena_free(&f->page);
    f->next_item = 0;
    TRY(store_item_list_in_state(f->store, &f->page, f->project.id, ITEM_LABELLED, f->after,
                                 PAGE, &f->items, &f->n_items));
    if (f->n_items) f->after = f->items[f->n_items - 1].id;
    return OK;
}

/* *found: a picture is open; otherwise there are no more. */
static enum err picture_next(struct imagefolder *f, bool *found)
{
    *found = false;
    while (!*found) {
        enum fate fate;
        size_t class_index;
        const struct item *i;

        if (f->next_item == f->n_items) TRY(page_turn(f));
        if (!f->n_items) return OK;
        i = &f->items[f->next_item++];
        TRY(item_judge(f, i->id, &fate, &class_index));
        f->fates[fate]++;
        if (fate != EXPORTED) continue;
        TRY(picture_open(f, i, class_index));
        *found = true;
    }
    return OK;
}

static enum err notes_write(struct imagefolder *f)
{
    const struct question *q = &f->questions->question[0];
    struct project_counts counts;
    json_t *folders = json_object();
    json_t *notes;
    char *text;

    for (size_t i = 0; i < q->n_classes; i++)
        json_object_set_new(folders, q->classes[i].name, json_string(f->folders[i]));
    TRY(store_project_counts(f->store, f->project.id, &counts));
    notes = json_pack("{s:s, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:o}", "project",
                      f->project.name, "exported", (json_int_t)f->fates[EXPORTED], "left_out",
                      "several classes", (json_int_t)f->fates[SEVERAL_CLASSES], "no agreement",
                      (json_int_t)f->fates[NO_AGREEMENT], "flagged", (json_int_t)counts.flagged,
                      "rejected", (json_int_t)counts.rejected, "open", (json_int_t)counts.open,
                      "folders", folders);
    NEED(notes);
    text = json_write(&f->page, notes);
    json_decref(notes);
    NEED(text);
    buf_clear(&f->bytes);
    f->given = 0;
    TRY(buf_adds(&f->bytes, text));
    return buf_adds(&f->bytes, "\n");
}

enum err imagefolder_next(struct imagefolder *f, const char **path)
{
    bool found;

    *path = f->path;
    if (f->part == PICTURES) {
        TRY(picture_next(f, &found));
        if (found) return OK;
    }
    if (f->part != END) f->part++;
    if (f->part == TABLE) {
        snprintf(f->path, PATH_ROOM, "labels.csv");
        return OK;
    }
    if (f->part == NOTES) {
        snprintf(f->path, PATH_ROOM, "notes.json");
        return notes_write(f);
    }
    *path = NULL;
    return OK;
}

int64_t imagefolder_size(const struct imagefolder *f)
{
    return f->part == TABLE ? -1 : (int64_t)f->bytes.size;
}

enum err imagefolder_read(struct imagefolder *f, struct buf *piece)
{
    size_t n = f->bytes.size - f->given < PIECE ? f->bytes.size - f->given : PIECE;

    if (f->part == TABLE) return label_rows_next(f->rows, piece);
    if (!n) return OK;
    TRY(buf_add(piece, f->bytes.data + f->given, n));
    f->given += n;
    return OK;
}
