#include "formats/against_dataset.h"

#include "store/dataset.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 16 };

/* A row of the file: what it says of its item, as a digest. */
struct told {
    int64_t item_id, line;
    uint8_t digest[DIGEST];
};

struct against_dataset {
    struct store *store;
    const struct seal_report *report;
    struct arena row;
    struct told *told;
    size_t n, room, at; /* at: while the data set is walked */
    json_t *columns; /* of a table: its questions, in the values of its first row; else NULL */
    unsigned parts;
    int64_t n_problems;
};

static void problem(struct against_dataset *x, int64_t row, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void problem(struct against_dataset *x, int64_t row, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    x->n_problems++;
    x->report->problem(x->report->context, row, text);
}

enum err against_dataset_open(struct against_dataset **out, struct store *s,
                              const struct seal_report *report)
{
    struct against_dataset *x = calloc(1, sizeof *x);

    *out = NULL;
    NEED(x);
    x->store = s;
    x->report = report;
    arena_init(&x->row, 64 * MIB);
    *out = x;
    return OK;
}

void against_dataset_close(struct against_dataset *x)
{
    if (!x) return;
    json_decref(x->columns);
    arena_free(&x->row);
    free(x->told);
    free(x);
}

/* Of a part, the values and the content's hash. */
static enum err digest(struct against_dataset *x, const char *part, const json_t *values,
                       const char *hash, uint8_t out[DIGEST])
{
    const char *text = json_write(&x->row, values);
    struct hash_state state;
    struct hash h;

    NEED(text);
    hash_init(&state);
    hash_add(&state, part, strlen(part) + 1);
    hash_add(&state, text, strlen(text) + 1);
    hash_add(&state, hash, strlen(hash));
    hash_end(&state, &h);
    memcpy(out, h.bytes, DIGEST);
    return OK;
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text ? text : "";
}

static enum err room_for_one(struct against_dataset *x)
{
    const size_t room = 2 * x->room + 256;
    struct told *more;

    if (x->n < x->room) return OK;
    more = realloc(x->told, room * sizeof *more);
    NEED(more);
    x->told = more;
    x->room = room;
    return OK;
}

enum err against_dataset_row(struct against_dataset *x, int64_t line, const json_t *row,
                             bool is_table)
{
    json_t *values = json_object_get(row, "values");
    const json_t *item = json_object_get(row, "item");
    struct told t = {.line = line};
    enum err e;

    if (is_table && !x->columns) x->columns = json_incref(values);
    t.item_id = json_is_integer(item) ? json_integer_value(item)
                                      : strtoll(text_of(row, "item"), NULL, 10);
    TRY(room_for_one(x));
    e = digest(x, text_of(row, "part"), values, text_of(row, "hash"), t.digest);
    arena_free(&x->row);
    if (!e) x->told[x->n++] = t;
    return e;
}

static int by_item(const void *a, const void *b)
{
    const struct told *x = a;
    const struct told *y = b;

    if (x->item_id != y->item_id) return x->item_id < y->item_id ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* The values as a table has them: a text for each of its columns. */
static enum err as_cells(struct against_dataset *x, json_t **values)
{
    json_t *cells = json_object();
    const char *question;
    json_t *unused;
    int bad = !cells;

    json_object_foreach(x->columns, question, unused)
    {
        const json_t *value = json_object_get(*values, question);
        const char *text = json_string_value(value);
        if (!text) text = value ? json_write(&x->row, value) : "";
        bad |= !text || json_object_set_new(cells, question, json_string(text ? text : ""));
    }
    json_decref(*values);
    *values = cells;
    return bad ? fail_nomem() : OK;
}

static enum err expected_of(struct against_dataset *x, const struct dataset_item *i,
                            const struct hash *content, uint8_t out[DIGEST])
{
    char hash[HASH_HEX];
    json_t *values;
    enum err e;

    hash_hex(hash, content);
    TRY(json_read(&values, i->values, strlen(i->values)));
    e = x->columns ? as_cells(x, &values) : OK;
    if (!e) e = digest(x, dataset_part_name(i->part), values, hash, out);
    json_decref(values);
    return e;
}

static void added(struct against_dataset *x, const struct told *t)
{
    problem(x, 0,
            "line %" PRId64 ": item %" PRId64 " is not in these parts of the data set, or "
            "stands twice: the row was added",
            t->line, t->item_id);
}

static enum err compare(void *context, const struct dataset_item *i, const struct hash *content)
{
    struct against_dataset *x = context;
    uint8_t expected[DIGEST];

    if (!(x->parts >> i->part & 1)) return OK;
    while (x->at < x->n && x->told[x->at].item_id < i->item_id)
        added(x, &x->told[x->at++]);
    if (x->at == x->n || x->told[x->at].item_id != i->item_id) {
        problem(x, 0, "item %" PRId64 " of the data set is missing in the file", i->item_id);
        return OK;
    }
    arena_free(&x->row);
    TRY(expected_of(x, i, content, expected));
    if (memcmp(expected, x->told[x->at].digest, DIGEST) != 0)
        problem(x, 0,
                "line %" PRId64 ": item %" PRId64 " has another part, answer or hash in "
                "the data set: the row was changed",
                x->told[x->at].line, i->item_id);
    x->at++;
    return OK;
}

/* "dataset/ID/HASH/train+validation" */
static enum err find(struct against_dataset *x, const char *about, struct dataset *d,
                     int *found)
{
    char *end;
    const int64_t id = strtoll(about + strlen("dataset/"), &end, 10);
    char hash[HASH_HEX];
    enum err e = store_dataset_get(x->store, &x->row, id, d);

    *found = 0;
    if (e && e != ERR_NOT_FOUND) return e;
    hash_hex(hash, &d->hash);
    *found = !e && *end == '/' && !strncmp(end + 1, hash, HASH_HEX - 1);
    for (int p = 0; p < PARTS && *found; p++)
        if (strstr(end + HASH_HEX, dataset_part_name((enum dataset_part)p)))
            x->parts |= 1U << p;
    if (!*found)
        problem(x, 0,
                "this data folder holds no data set %" PRId64 " with the hash that the file "
                "was sealed with",
                id);
    return OK;
}

enum err against_dataset_end(struct against_dataset *x, const char *about, int64_t *n_problems)
{
    struct dataset d;
    int found;

    TRY(find(x, about, &d, &found));
    if (x->n) qsort(x->told, x->n, sizeof *x->told, by_item);
    if (found) TRY(store_dataset_walk(x->store, d.id, compare, x));
    while (found && x->at < x->n)
        added(x, &x->told[x->at++]);
    *n_problems += x->n_problems;
    return OK;
}
