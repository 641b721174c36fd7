#include "formats/label_rows.h"

#include "base/clock.h"
#include "base/json.h"
#include "domain/label.h"
#include "domain/project.h"
#include "domain/queue.h"
#include "formats/sealed_rows.h"
#include "store/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, BESIDE_VALUES = 13 /* columns beside those of the questions */ };

struct label_rows {
    struct store *store;
    struct project project;
    struct arena lasting; /* the project and its questions */
    struct arena page;
    struct questions *questions; /* as they are now: CSV's columns */
    enum export_format format;
    struct sealed_rows *out;
    int64_t after;
    bool begun;
    bool ended;
};

/* A label with all that its row tells. Lives as long as the page. */
struct row {
    const struct label_full *full;
    struct item item;
    const char *text; /* NULL for a picture */
    size_t n_text;
    char at[CLOCK_TEXT];
    char hash[HASH_HEX];
    char id[UUID_TEXT];
};

static enum err row_fill(struct label_rows *r, const struct label_full *full, struct row *row)
{
    *row = (struct row){.full = full};
    TRY(store_item_get(r->store, &r->page, full->label.item_id, &row->item));
    if (r->project.kind == PROJECT_TEXT)
        TRY(store_item_text(r->store, &r->page, row->item.id, &row->text, &row->n_text));
    clock_format(row->at, full->label.at);
    hash_hex(row->hash, &row->item.hash);
    uuid_write(row->id, &full->label.client_id);
    return OK;
}

/* A reference of its own; null where there is none. */
static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *parsed(const char *text)
{
    json_t *value;

    return json_read(&value, text, strlen(text)) ? NULL : value;
}

static json_t *receipt_of(const struct row *row)
{
    return row->full->pick.id ? pick_receipt(&row->full->pick) : json_null();
}

static enum err jsonl_add_row(struct label_rows *r, const struct row *row,
                              enum seal_place place, struct buf *piece)
{
    const struct label *l = &row->full->label;
    json_t *o = json_object();
    int bad = 0;
    enum err e;

    bad |= json_object_set_new(o, "item", json_integer(l->item_id));
    bad |= json_object_set_new(o, "path", json_string(row->item.path));
    bad |= json_object_set_new(o, "kind", json_string(project_kind_name(r->project.kind)));
    bad |= json_object_set_new(o, "answer", json_string(answer_name(l->answer)));
    bad |= json_object_set_new(o, "values", parsed(l->values));
    bad |= json_object_set_new(o, "annotator", text_or_null(row->full->user_name));
    bad |= json_object_set_new(o, "at", json_string(row->at));
    bad |= json_object_set_new(o, "seq", json_integer(l->seq));
    bad |= json_object_set_new(o, "id", json_string(row->id));
    bad |= json_object_set_new(o, "question_version", json_integer(l->question_version));
    bad |= json_object_set_new(o, "elapsed_ms", json_integer(l->elapsed_ms));
    bad |= json_object_set_new(o, "hash", json_string(row->hash));
    bad |= json_object_set_new(o, "meta", parsed(row->item.meta));
    bad |= json_object_set_new(o, "receipt", receipt_of(row));
    if (row->text) bad |= json_object_set_new(o, "text", json_stringn(row->text, row->n_text));
    e = bad ? fail_nomem() : sealed_rows_json(r->out, piece, o, place);
    json_decref(o);
    return e;
}

/* Texts of a row to come: every column but the seal's. */
struct columns {
    const char **text;
    size_t n;
};

static enum err columns_new(struct label_rows *r, struct columns *c)
{
    *c = (struct columns){0};
    c->text = arena_array(&r->page, r->questions->n + BESIDE_VALUES, sizeof *c->text);
    NEED(c->text);
    return OK;
}

static void add_texts(struct columns *c, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        c->text[c->n++] = texts[i];
}

/* "a", or ["a","b"] when the question takes several. */
static enum err add_value(struct label_rows *r, struct columns *c, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text)
        text = arena_strdup(&r->page, text);
    else if (value)
        text = json_write(&r->page, value);
    if (value) NEED(text);
    c->text[c->n++] = text;
    return OK;
}

static enum err add_values(struct label_rows *r, struct columns *c, const char *values)
{
    json_t *object = parsed(values);
    enum err e = object ? OK : fail_nomem();

    for (size_t i = 0; i < r->questions->n && !e; i++)
        e = add_value(r, c, json_object_get(object, r->questions->question[i].name));
    json_decref(object);
    return e;
}

static enum err add_receipt(struct label_rows *r, struct columns *c, const struct row *row)
{
    json_t *receipt = row->full->pick.id ? pick_receipt(&row->full->pick) : NULL;
    const char *text = receipt ? json_write(&r->page, receipt) : "";

    json_decref(receipt);
    NEED(text);
    c->text[c->n++] = text;
    return OK;
}

static const char *number(struct label_rows *r, int64_t value)
{
    const char *text = arena_printf(&r->page, "%lld", (long long)value);

    return text ? text : "";
}

static enum err csv_add_row(struct label_rows *r, const struct row *row, enum seal_place place,
                            struct buf *piece)
{
    const struct label *l = &row->full->label;
    const char *const before[] = {number(r, l->item_id), row->item.path,
                                  project_kind_name(r->project.kind), row->text,
                                  answer_name(l->answer)};
    const char *const after[] = {row->full->user_name,
                                 row->at,
                                 number(r, l->seq),
                                 row->id,
                                 number(r, l->question_version),
                                 number(r, l->elapsed_ms),
                                 row->hash};
    struct columns c;

    TRY(columns_new(r, &c));
    add_texts(&c, before, sizeof before / sizeof *before);
    TRY(add_values(r, &c, l->values));
    add_texts(&c, after, sizeof after / sizeof *after);
    TRY(add_receipt(r, &c, row));
    return sealed_rows_cells(r->out, piece, c.text, c.n, place);
}

static enum err csv_add_header(struct label_rows *r, struct buf *piece)
{
    static const char *const BEFORE[] = {"item", "path", "kind", "text", "answer"};
    static const char *const AFTER[] = {"annotator",        "at",         "seq",  "id",
                                        "question_version", "elapsed_ms", "hash", "receipt"};
    struct columns c;

    TRY(columns_new(r, &c));
    add_texts(&c, BEFORE, sizeof BEFORE / sizeof *BEFORE);
    for (size_t i = 0; i < r->questions->n; i++)
        c.text[c.n++] = r->questions->question[i].name;
    add_texts(&c, AFTER, sizeof AFTER / sizeof *AFTER);
    return sealed_rows_header(r->out, piece, c.text, c.n);
}

/* One label more than the page is read: the last row has to know that it is. */
static enum err page_add(struct label_rows *r, struct buf *piece)
{
    struct label_full *labels;
    size_t n;

    TRY(label_list(r->store, &r->page, r->project.id, r->after, PAGE + 1, &labels, &n));
    r->ended = n <= PAGE;
    n = r->ended ? n : PAGE;
    for (size_t i = 0; i < n; i++) {
        enum seal_place place = r->ended && i + 1 == n ? SEAL_LAST : SEAL_MORE;
        struct row row;

        TRY(row_fill(r, &labels[i], &row));
        TRY(r->format == EXPORT_CSV ? csv_add_row(r, &row, place, piece)
                                    : jsonl_add_row(r, &row, place, piece));
        r->after = labels[i].label.seq;
    }
    return OK;
}

enum err label_rows_next(struct label_rows *r, struct buf *piece)
{
    enum err e = OK;

    if (!r->begun && r->format == EXPORT_CSV) e = csv_add_header(r, piece);
    r->begun = true;
    if (!e && !r->ended) e = page_add(r, piece);
    arena_free(&r->page);
    return e;
}

static enum err begin(struct label_rows *r, int64_t project_id, enum csv_cells cells)
{
    char about[SEAL_ABOUT_MAX];

    TRY(store_project_get(r->store, &r->lasting, project_id, &r->project));
    TRY(questions_parse(&r->lasting, r->project.questions, &r->questions));
    snprintf(about, sizeof about, "labels/%lld", (long long)project_id);
    return sealed_rows_open(&r->out, r->store, about, r->format, cells);
}

enum err label_rows_open(struct label_rows **out, struct store *s, int64_t project_id,
                         enum export_format format, enum csv_cells cells)
{
    struct label_rows *r = calloc(1, sizeof *r);
    enum err e;

    *out = NULL;
    NEED(r);
    r->store = s;
    r->format = format;
    arena_init(&r->lasting, 16 * MIB);
    arena_init(&r->page, 1 * GIB);
    e = begin(r, project_id, cells);
    if (e)
        label_rows_close(r);
    else
        *out = r;
    return e;
}

void label_rows_close(struct label_rows *r)
{
    if (!r) return;
    sealed_rows_close(r->out);
    arena_free(&r->page);
    arena_free(&r->lasting);
    free(r);
}
