#include "formats/against_ledger.h"

#include "base/clock.h"
#include "base/uuid.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct numbers {
    int64_t *at;
    size_t n, room;
};

struct against {
    struct store *store;
    const struct seal_report *report;
    struct arena row;
    struct numbers told; /* ledger numbers of the file's rows */
    struct numbers due;  /* of the labels that were current then */
    int64_t n_problems;
};

static void problem(struct against *x, int64_t seq, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void problem(struct against *x, int64_t seq, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    x->n_problems++;
    x->report->problem(x->report->context, seq, text);
}

static enum err number_add(struct numbers *l, int64_t n)
{
    if (l->n == l->room) {
        size_t room = 2 * l->room + 256;
        int64_t *more = realloc(l->at, room * sizeof *more);
        NEED(more);
        l->at = more;
        l->room = room;
    }
    l->at[l->n++] = n;
    return OK;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

enum err against_open(struct against **out, struct store *s, const struct seal_report *report)
{
    struct against *x = calloc(1, sizeof *x);

    *out = NULL;
    NEED(x);
    x->store = s;
    x->report = report;
    arena_init(&x->row, 64 * MIB);
    *out = x;
    return OK;
}

void against_close(struct against *x)
{
    if (!x) return;
    arena_free(&x->row);
    free(x->told.at);
    free(x->due.at);
    free(x);
}

int64_t against_problems(const struct against *x)
{
    return x->n_problems;
}

/* A value as a cell of a table has it: a text is itself, anything else its JSON; "" for none. */
static const char *as_text(struct against *x, const json_t *value)
{
    const char *text;

    if (!value || json_is_null(value)) return "";
    text = json_is_string(value) ? json_string_value(value) : json_write(&x->row, value);
    return text ? text : "";
}

static bool says(struct against *x, const json_t *row, const char *key, const char *expected)
{
    return !strcmp(as_text(x, json_object_get(row, key)), expected);
}

static bool says_number(struct against *x, const json_t *row, const char *key, int64_t expected)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, expected);
    return says(x, row, key, text);
}

/* Of a table only the questions of its columns can be compared, and a guarded cell has a ' more. */
static bool says_values(struct against *x, const json_t *row, const json_t *values,
                        bool is_table)
{
    const json_t *told = json_object_get(row, "values");
    const char *question;
    json_t *cell;

    if (!is_table) return json_equal((json_t *)told, (json_t *)values);
    json_object_foreach((json_t *)told, question, cell)
    {
        const char *expected = as_text(x, json_object_get(values, question));
        const char *text = json_string_value(cell);
        if (strcmp(text, expected) != 0 && (text[0] != '\'' || strcmp(text + 1, expected) != 0))
            return false;
    }
    return true;
}

static bool says_receipt(struct against *x, const json_t *row, const json_t *body)
{
    const char *text = as_text(x, json_object_get(row, "receipt"));
    char hex[HASH_HEX];
    struct hash h;

    if (!text[0]) return json_is_null(json_object_get(body, "receipt_hash"));
    hash_of(&h, text, strlen(text));
    hash_hex(hex, &h);
    return !strcmp(hex, as_text(x, json_object_get(body, "receipt_hash")));
}

/* The first field that does not say what the event says, NULL when all do. */
static const char *first_difference(struct against *x, const json_t *row, bool is_table,
                                    const struct ledger_row *e, const json_t *body)
{
    char id[UUID_TEXT];
    char at[CLOCK_TEXT];

    uuid_write(id, &e->client_id);
    clock_format(at, e->at);
    if (!says_number(x, row, "item", e->item_id)) return "item";
    if (!says(x, row, "answer", as_text(x, json_object_get(body, "answer")))) return "answer";
    if (!says_values(x, row, json_object_get(body, "values"), is_table)) return "values";
    if (!says(x, row, "id", id)) return "id";
    if (!says(x, row, "at", at)) return "at";
    if (!says(x, row, "hash", as_text(x, json_object_get(body, "item_hash")))) return "hash";
    if (!says(x, row, "question_version",
              as_text(x, json_object_get(body, "question_version"))))
        return "question_version";
    if (!says(x, row, "elapsed_ms", as_text(x, json_object_get(body, "elapsed_ms"))))
        return "elapsed_ms";
    return says_receipt(x, row, body) ? NULL : "receipt";
}

static enum err compare(struct against *x, int64_t line, const json_t *row, bool is_table,
                        const struct ledger_row *e)
{
    const char *field;
    json_t *body;

    if (json_read(&body, e->body, e->n_body))
        return fail(ERR_CORRUPT, "the content of ledger no. %" PRId64 " cannot be read",
                    e->seq);
    field = first_difference(x, row, is_table, e, body);
    json_decref(body);
    if (field)
        problem(x, e->seq,
                "line %" PRId64 ": '%s' is not what ledger no. %" PRId64
                " says: the row was changed",
                line, field, e->seq);
    return OK;
}

enum err against_row(struct against *x, int64_t line, const json_t *row, bool is_table)
{
    struct ledger_row e;
    int64_t seq;
    enum err got;

    arena_free(&x->row);
    seq = strtoll(as_text(x, json_object_get(row, "seq")), NULL, 10);
    got = store_ledger_get(x->store, &x->row, seq, &e);
    if (got && got != ERR_NOT_FOUND) return got;
    if (got || strcmp(e.kind, "label") != 0) {
        problem(x, 0,
                "line %" PRId64 ": no label of the ledger has its number %" PRId64
                ": the row was added, or its number changed",
                line, seq);
        return OK;
    }
    TRY(number_add(&x->told, seq));
    return compare(x, line, row, is_table, &e);
}

enum err against_head(struct against *x, const struct seal_sums *sums, int *holds)
{
    struct ledger_row r;
    enum err e;

    *holds = 0;
    if (!sums->head.seq) return OK;
    arena_free(&x->row);
    e = store_ledger_get(x->store, &x->row, sums->head.seq, &r);
    if (e && e != ERR_NOT_FOUND) return e;
    *holds = !e && hash_equal(&r.hash, &sums->head_hash);
    if (e)
        problem(x, sums->head.seq,
                "the file was sealed at ledger no. %" PRId64
                ", which this ledger does not have: "
                "its newest events were taken away, or this is an older copy",
                sums->head.seq);
    else if (!*holds)
        problem(x, sums->head.seq,
                "ledger no. %" PRId64
                " is not the one that the file was sealed at: the ledger was "
                "written anew since",
                sums->head.seq);
    return OK;
}

static enum err due_add(void *context, const struct ledger_row *r)
{
    struct against *x = context;

    return strcmp(r->kind, "label") != 0 ? OK : number_add(&x->due, r->seq);
}

static void sort(struct numbers *l)
{
    if (l->n) qsort(l->at, l->n, sizeof *l->at, by_number);
}

enum err against_end(struct against *x, int64_t project_id, int64_t head_seq)
{
    size_t t = 0;

    TRY(store_ledger_latest(x->store, project_id, head_seq, due_add, x));
    sort(&x->told);
    sort(&x->due);
    for (size_t d = 0; d < x->due.n; d++) {
        const int64_t seq = x->due.at[d];
        for (; t < x->told.n && x->told.at[t] < seq; t++)
            problem(x, x->told.at[t],
                    "ledger no. %" PRId64
                    " was no current label of this project then: its row was "
                    "added, or stands twice",
                    x->told.at[t]);
        if (t < x->told.n && x->told.at[t] == seq)
            t++;
        else
            problem(x, seq, "the label of ledger no. %" PRId64 " is missing in the file", seq);
    }
    for (; t < x->told.n; t++)
        problem(x, x->told.at[t],
                "ledger no. %" PRId64 " was no current label of this project then: its row was "
                "added, or stands twice",
                x->told.at[t]);
    return OK;
}
