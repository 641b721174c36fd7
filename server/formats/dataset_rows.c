#include "formats/dataset_rows.h"

#include "base/json.h"
#include "domain/question.h"
#include "formats/sealed_rows.h"
#include "store/dataset.h"
#include "store/item.h"
#include "store/project.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, BESIDE_VALUES = 6 /* columns beside those of the questions */ };

struct dataset_rows {
    struct store *store;
    struct arena lasting, page;
    struct project project;
    struct questions *questions; /* as of the data set's ledger number */
    struct sealed_rows *out;
    int64_t dataset_id;
    unsigned parts;
    enum export_format format;
    int64_t after;
    bool begun, ended;
};

/* "dataset/ID/HASH/train+validation" */
static void about_write(const struct export_options *options, char about[SEAL_ABOUT_MAX + 1])
{
    const struct dataset *d = options->dataset;
    char hash[HASH_HEX];
    char parts[40] = "";
    size_t n = 0;

    hash_hex(hash, &d->hash);
    for (int p = 0; p < PARTS; p++) {
        if (!(options->parts >> p & 1)) continue;
        n += (size_t)snprintf(parts + n, sizeof parts - n, "%s%s", n ? "+" : "",
                              dataset_part_name((enum dataset_part)p));
    }
    snprintf(about, SEAL_ABOUT_MAX + 1, "dataset/%" PRId64 "/%.64s/%.32s", d->id, hash, parts);
}

static enum err begin(struct dataset_rows *r, const struct export_options *options)
{
    const struct dataset *d = options->dataset;
    char about[SEAL_ABOUT_MAX + 1];
    const char *body;
    int64_t version;

    if (options->format == EXPORT_IMAGEFOLDER)
        return fail(ERR_INVALID, "a data set is exported as jsonl or csv");
    TRY(store_project_get(r->store, &r->lasting, d->project_id, &r->project));
    TRY(store_questions_as_of(r->store, &r->lasting, d->project_id, d->ledger_seq, &version,
                              &body));
    TRY(questions_parse(&r->lasting, body, &r->questions));
    about_write(options, about);
    return sealed_rows_open(&r->out, r->store, about, options->format, options->cells);
}

enum err dataset_rows_open(struct dataset_rows **out, struct store *s,
                           const struct export_options *options)
{
    struct dataset_rows *r = calloc(1, sizeof *r);
    enum err e;

    *out = NULL;
    NEED(r);
    r->store = s;
    r->dataset_id = options->dataset->id;
    r->parts = options->parts;
    r->format = options->format;
    arena_init(&r->lasting, 16 * MIB);
    arena_init(&r->page, 1 * GIB);
    e = begin(r, options);
    if (e)
        dataset_rows_close(r);
    else
        *out = r;
    return e;
}

void dataset_rows_close(struct dataset_rows *r)
{
    if (!r) return;
    sealed_rows_close(r->out);
    arena_free(&r->page);
    arena_free(&r->lasting);
    free(r);
}

struct row {
    const struct dataset_item *of;
    struct item item;
    const char *text; /* NULL for a picture */
    size_t n_text;
    char hash[HASH_HEX];
    json_t *values;
};

static enum err jsonl_add_row(struct dataset_rows *r, const struct row *row,
                              enum seal_place place, struct buf *piece)
{
    json_t *meta;
    json_t *o;
    enum err e;

    TRY(json_read(&meta, row->item.meta, strlen(row->item.meta)));
    o = json_pack("{s:s, s:I, s:s, s:o, s:s, s:s, s:O}", "hash", row->hash, "item",
                  (json_int_t)row->item.id, "kind", project_kind_name(r->project.kind), "meta",
                  meta, "part", dataset_part_name(row->of->part), "path", row->item.path,
                  "values", row->values);
    if (o && row->text &&
        json_object_set_new(o, "text", json_stringn(row->text, row->n_text))) {
        json_decref(o);
        return fail_nomem();
    }
    e = o ? sealed_rows_json(r->out, piece, o, place) : fail_nomem();
    json_decref(o);
    return e;
}

/* "a", or ["a","b"] when the question takes several; NULL for none. */
static enum err cell_of(struct dataset_rows *r, const json_t *value, const char **cell)
{
    *cell = json_string_value(value);
    if (*cell || !value) return OK;
    *cell = json_write(&r->page, value);
    NEED(*cell);
    return OK;
}

static enum err csv_add_row(struct dataset_rows *r, const struct row *row,
                            enum seal_place place, struct buf *piece)
{
    const size_t n_questions = r->questions->n;
    const char **cells = arena_array(&r->page, n_questions + BESIDE_VALUES, sizeof *cells);
    const char *id = arena_printf(&r->page, "%" PRId64, row->item.id);

    NEED(cells);
    NEED(id);
    cells[0] = id;
    cells[1] = row->item.path;
    cells[2] = project_kind_name(r->project.kind);
    cells[3] = row->text;
    cells[4] = dataset_part_name(row->of->part);
    for (size_t i = 0; i < n_questions; i++)
        TRY(cell_of(r, json_object_get(row->values, r->questions->question[i].name),
                    &cells[5 + i]));
    cells[5 + n_questions] = row->hash;
    return sealed_rows_cells(r->out, piece, cells, n_questions + BESIDE_VALUES, place);
}

static enum err csv_add_header(struct dataset_rows *r, struct buf *piece)
{
    static const char *const BEFORE[] = {"item", "path", "kind", "text", "part"};
    const size_t n_questions = r->questions->n;
    const char **cells = arena_array(&r->page, n_questions + BESIDE_VALUES, sizeof *cells);

    NEED(cells);
    memcpy(cells, BEFORE, sizeof BEFORE);
    for (size_t i = 0; i < n_questions; i++)
        cells[5 + i] = r->questions->question[i].name;
    cells[5 + n_questions] = "hash";
    return sealed_rows_header(r->out, piece, cells, n_questions + BESIDE_VALUES);
}

static enum err row_add(struct dataset_rows *r, const struct dataset_item *of,
                        enum seal_place place, struct buf *piece)
{
    struct row row = {.of = of};
    enum err e;

    TRY(store_item_get(r->store, &r->page, of->item_id, &row.item));
    if (r->project.kind == PROJECT_TEXT)
        TRY(store_item_text(r->store, &r->page, row.item.id, &row.text, &row.n_text));
    hash_hex(row.hash, &row.item.hash);
    TRY(json_read(&row.values, of->values, strlen(of->values)));
    e = r->format == EXPORT_CSV ? csv_add_row(r, &row, place, piece)
                                : jsonl_add_row(r, &row, place, piece);
    json_decref(row.values);
    return e;
}

/* One item more than the page is read: the last row has to know that it is. */
static enum err page_add(struct dataset_rows *r, struct buf *piece)
{
    struct dataset_item *items;
    size_t n;

    TRY(store_dataset_items(r->store, &r->page, r->dataset_id, r->parts, r->after, PAGE + 1,
                            &items, &n));
    r->ended = n <= PAGE;
    n = r->ended ? n : PAGE;
    for (size_t i = 0; i < n; i++) {
        TRY(row_add(r, &items[i], r->ended && i + 1 == n ? SEAL_LAST : SEAL_MORE, piece));
        r->after = items[i].item_id;
    }
    return OK;
}

enum err dataset_rows_next(struct dataset_rows *r, struct buf *piece)
{
    enum err e = OK;

    if (!r->begun && r->format == EXPORT_CSV) e = csv_add_header(r, piece);
    r->begun = true;
    if (!e && !r->ended) e = page_add(r, piece);
    arena_free(&r->page);
    return e;
}
