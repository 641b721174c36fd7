#include "formats/table.h"

#include "formats/csv.h"
#include "formats/jsonl.h"
#include "media/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NOTE_MAX = 200 };

struct table {
    struct csv *csv; /* one of these two */
    struct jsonl *jsonl;
    const struct source_params *params;
    char **columns; /* CSV: their names, which are all different */
    size_t n_columns;
    size_t text_column;
    struct buf first; /* without a header: the first record again, its fields 0-terminated */
    bool first_pending;
    int64_t first_line;
    char note[NOTE_MAX];
};

static const char *const TEXT_NAMES[] = {"text",   "sentence", "comment", "content", "body",
                                         "review", "message",  "tweet",   "question"};

static size_t column_find(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (!strcmp(t->columns[i], name)) return i;
    for (size_t i = 0; i < t->n_columns; i++)
        if (!strcasecmp(t->columns[i], name)) return i;
    return t->n_columns;
}

/* "a, b, c" of the column names, as far as they fit. */
static void columns_text(const struct table *t, char *text, size_t room)
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < t->n_columns && at < room; i++) {
        int n = snprintf(text + at, room - at, "%s%.60s", i ? ", " : "", t->columns[i]);

        at += n > 0 ? (size_t)n : 0;
    }
}

static enum err text_column_choose(struct table *t)
{
    const char *asked = t->params->text_column;
    char names[400];

    columns_text(t, names, sizeof names);
    if (asked) {
        t->text_column = column_find(t, asked);
        if (t->text_column < t->n_columns) return OK;
        return fail(ERR_INVALID, "there is no column '%.100s'; it has: %s", asked, names);
    }
    for (size_t i = 0; i < sizeof TEXT_NAMES / sizeof *TEXT_NAMES; i++) {
        t->text_column = column_find(t, TEXT_NAMES[i]);
        if (t->text_column < t->n_columns) return OK;
    }
    t->text_column = 0;
    if (t->n_columns == 1) return OK;
    return fail(ERR_INVALID,
                "which column holds the text? It has: %s. Name one as the text column", names);
}

static bool name_is_taken(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (!strcmp(t->columns[i], name)) return true;
    return false;
}

/* The header's name, or "column 3" where it has none (as tables written by pandas do), made
 * different from those before it. */
static enum err column_add(struct table *t, const char *name, size_t n)
{
    char *made = NULL;

    for (int copy = 1; !made; copy++) {
        int bad = copy == 1 && n ? asprintf(&made, "%.*s", (int)(n < 200 ? n : 200), name)
                  : n ? asprintf(&made, "%.*s (%d)", (int)(n < 200 ? n : 200), name, copy)
                  : copy == 1 ? asprintf(&made, "column %zu", t->n_columns + 1)
                              : asprintf(&made, "column %zu (%d)", t->n_columns + 1, copy);

        if (bad < 0) return fail_nomem();
        if (!name_is_taken(t, made)) break;
        free(made);
        made = NULL;
    }
    t->columns[t->n_columns++] = made;
    return OK;
}

static enum err first_keep(struct table *t, const struct csv_row *row)
{
    t->first_line = row->line;
    t->first_pending = true;
    for (size_t i = 0; i < row->n_fields; i++)
        TRY(buf_add(&t->first, row->fields[i].text, row->fields[i].n + 1));
    return OK;
}

static enum err columns_read(struct table *t)
{
    struct csv_row row;

    TRY(csv_next(t->csv, &row));
    if (!row.n_fields) return fail(ERR_INVALID, "the table is empty");
    t->n_columns = 0;
    t->columns = calloc(row.n_fields, sizeof *t->columns);
    NEED(t->columns);
    for (size_t i = 0; i < row.n_fields; i++) {
        char number[24];

        snprintf(number, sizeof number, "%zu", i + 1);
        if (t->params->header == SOURCE_NO_HEADER)
            TRY(column_add(t, number, strlen(number)));
        else
            TRY(column_add(t, row.fields[i].text, row.fields[i].n));
    }
    if (t->params->header == SOURCE_NO_HEADER) TRY(first_keep(t, &row));
    return text_column_choose(t);
}

static void note_write(struct table *t)
{
    char delimiter = csv_delimiter(t->csv);
    const char *separated = delimiter == ';'    ? ", separated by semicolons"
                            : delimiter == '\t' ? ", separated by tabs"
                                                : "";

    if (t->n_columns == 1) return;
    snprintf(t->note, sizeof t->note, "text from column '%.100s'%s", t->columns[t->text_column],
             separated);
}

static enum err csv_begin(struct table *t, const struct stream *in, enum kind kind)
{
    TRY(csv_open(&t->csv, in, &t->params->limits.csv, kind == KIND_TSV ? '\t' : 0));
    TRY(columns_read(t));
    note_write(t);
    return OK;
}

enum err table_open(struct table **out, const struct stream *in, enum kind kind,
                    const struct source_params *params)
{
    struct table *t = calloc(1, sizeof *t);
    enum err e;

    *out = NULL;
    NEED(t);
    t->params = params;
    buf_init(&t->first, params->limits.csv.row_max_bytes * 2);
    e = kind == KIND_JSONL ? jsonl_open(&t->jsonl, in, params->limits.csv.row_max_bytes)
                           : csv_begin(t, in, kind);
    if (e)
        table_close(t);
    else
        *out = t;
    return e;
}

void table_close(struct table *t)
{
    if (!t) return;
    csv_close(t->csv);
    jsonl_close(t->jsonl);
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->columns[i]);
    free(t->columns);
    buf_free(&t->first);
    free(t);
}

const char *table_note(const struct table *t)
{
    return t->note;
}

static enum err text_keep(struct table *t, struct table_row *row, const char *text, size_t n)
{
    long long line = (long long)row->line;

    if (n > t->params->limits.text_max_bytes)
        return fail(ERR_TOO_LARGE, "line %lld: the text is larger than the limit of %zu bytes",
                    line, t->params->limits.text_max_bytes);
    buf_init(&row->text, t->params->limits.text_max_bytes);
    return buf_add(&row->text, text, n);
}

static enum err meta_check(const struct table *t, const struct table_row *row)
{
    size_t n = row->meta ? json_dumpb(row->meta, NULL, 0, JSON_COMPACT) : 0;

    if (n <= t->params->limits.meta_max_bytes) return OK;
    return fail(ERR_TOO_LARGE,
                "line %lld: the other columns together are larger than the limit of %zu bytes",
                (long long)row->line, t->params->limits.meta_max_bytes);
}

static enum err meta_add(struct table_row *row, const char *key, const char *text, size_t n)
{
    if (!row->meta) row->meta = json_object();
    if (json_object_set_new(row->meta, key, json_stringn(text, n))) return fail_nomem();
    return OK;
}

static enum err fields_keep(struct table *t, struct table_row *row,
                            const struct csv_field *fields, size_t n_fields)
{
    if (n_fields != t->n_columns)
        return fail(ERR_INVALID, "line %lld has %zu columns, but the first line has %zu",
                    (long long)row->line, n_fields, t->n_columns);
    for (size_t i = 0; i < n_fields; i++) {
        if (i == t->text_column)
            TRY(text_keep(t, row, fields[i].text, fields[i].n));
        else
            TRY(meta_add(row, t->columns[i], fields[i].text, fields[i].n));
    }
    return OK;
}

static enum err first_again(struct table *t, struct table_row *row)
{
    const char *text = t->first.data;

    t->first_pending = false;
    row->line = t->first_line;
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t n = strlen(text);

        if (i == t->text_column)
            TRY(text_keep(t, row, text, n));
        else
            TRY(meta_add(row, t->columns[i], text, n));
        text += n + 1;
    }
    return OK;
}

static enum err csv_row_read(struct table *t, struct table_row *row)
{
    struct csv_row record;
    enum err e;

    if (t->first_pending) return first_again(t, row);
    e = csv_next(t->csv, &record);
    row->line = record.line;
    if (e || !record.n_fields) return e;
    return fields_keep(t, row, record.fields, record.n_fields);
}

static enum err object_keep(struct table *t, struct table_row *row, json_t *object)
{
    const char *key = t->params->text_column ? t->params->text_column : "text";
    const json_t *text = json_object_get(object, key);

    if (!json_is_string(text))
        return fail(ERR_INVALID, "line %lld: expected \"%.100s\" to be there and to be a text",
                    (long long)row->line, key);
    TRY(text_keep(t, row, json_string_value(text), json_string_length(text)));
    json_object_del(object, key);
    if (json_object_size(object)) row->meta = json_incref(object);
    return OK;
}

static enum err jsonl_row_read(struct table *t, struct table_row *row)
{
    struct jsonl_line line;
    enum err e = jsonl_next(t->jsonl, &line);

    row->line = line.line;
    if (e || !line.value) return e;
    if (json_is_string(line.value))
        e = text_keep(t, row, json_string_value(line.value), json_string_length(line.value));
    else if (json_is_object(line.value))
        e = object_keep(t, row, line.value);
    else
        e = fail(ERR_INVALID, "line %lld: expected a text or an object with a \"text\"",
                 (long long)row->line);
    json_decref(line.value);
    return e;
}

enum err table_next(struct table *t, struct table_row *row)
{
    enum err e;

    *row = (struct table_row){0};
    e = t->csv ? csv_row_read(t, row) : jsonl_row_read(t, row);
    if (!e) e = meta_check(t, row);
    if (e) {
        buf_free(&row->text);
        json_decref(row->meta);
        row->meta = NULL;
    }
    return e;
}
