#include "formats/csv.h"

#include "base/arena.h"
#include "media/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const struct csv_limits CSV_LIMITS_DEFAULT = {.row_max_bytes = 4 * MIB, .columns_max = 1000};

enum { INPUT_ROOM = 64 * 1024, END = -1 };

struct csv {
    struct stream in;
    struct csv_limits limits;
    char delimiter;
    unsigned char *input; /* INPUT_ROOM bytes, those from `at` to `end` not used yet */
    size_t at, end;
    bool ended;          /* the stream gave its last byte */
    bool after_cr;       /* a following LF belongs to that CR */
    enum err broken;     /* the stream failed: nothing more can be read */
    int64_t line;        /* of the next byte */
    int64_t record_line; /* of the record being read */
    struct buf row;      /* the fields' bytes, a 0 behind each */
    size_t *starts;      /* (columns_max + 1) offsets into row */
    struct csv_field *fields;
    size_t n_fields;
    const char *problem; /* of this record, NULL so far */
    enum err problem_code;
};

static enum err input_fill(struct csv *c)
{
    size_t got = 0;
    enum err e;

    if (c->ended || c->broken) return c->broken;
    if (c->at) {
        memmove(c->input, c->input + c->at, c->end - c->at);
        c->end -= c->at;
        c->at = 0;
    }
    e = c->in.read(c->in.context, c->input + c->end, INPUT_ROOM - c->end, &got);
    c->broken = e;
    c->ended = !got;
    c->end += got;
    return e;
}

static int byte_peek(struct csv *c)
{
    if (c->at == c->end && (input_fill(c) || c->at == c->end)) return END;
    return c->input[c->at];
}

/* Takes the byte last peeked at, and counts lines: LF, CRLF and CR each end one. */
static void byte_take(struct csv *c)
{
    int byte = c->input[c->at++];

    if (byte == '\r' || (byte == '\n' && !c->after_cr)) c->line++;
    c->after_cr = byte == '\r';
}

static void refuse(struct csv *c, enum err code, const char *problem)
{
    if (c->problem) return; /* the first fault of a record is the one to tell */
    c->problem = problem;
    c->problem_code = code;
}

static void put(struct csv *c, int byte)
{
    char one = (char)byte;

    if (!byte) refuse(c, ERR_INVALID, "holds a NUL byte, so it is not a text file");
    if (c->problem) return; /* the rest of a refused record is read but not kept */
    if (buf_add(&c->row, &one, 1)) refuse(c, ERR_TOO_LARGE, "row_max_bytes");
}

static void field_start(struct csv *c)
{
    c->starts[c->n_fields] = c->row.size;
}

static void field_end(struct csv *c)
{
    if (c->n_fields == c->limits.columns_max) {
        refuse(c, ERR_TOO_LARGE, "columns_max");
        return;
    }
    if (!c->problem && buf_add(&c->row, "", 1)) refuse(c, ERR_TOO_LARGE, "row_max_bytes");
    c->n_fields++;
    field_start(c);
}

static bool is_line_end(int byte)
{
    return byte == '\n' || byte == '\r' || byte == END;
}

/* From behind the opening quote to behind the closing one. */
static void read_quoted(struct csv *c)
{
    for (;;) {
        int byte = byte_peek(c);

        if (byte == END) {
            refuse(c, ERR_INVALID, "opens a quote that is never closed");
            return;
        }
        byte_take(c);
        if (byte != '"') {
            put(c, byte);
            continue;
        }
        if (byte_peek(c) != '"') return;
        byte_take(c);
        put(c, '"');
    }
}

static void read_field(struct csv *c)
{
    bool quoted = byte_peek(c) == '"' && c->delimiter != '\t';

    if (quoted) {
        byte_take(c);
        read_quoted(c);
    }
    for (;;) {
        int byte = byte_peek(c);

        if (byte == c->delimiter || is_line_end(byte)) return;
        byte_take(c);
        if (quoted) refuse(c, ERR_INVALID, "has text behind a closing quote");
        put(c, byte);
    }
}

static void line_end_take(struct csv *c)
{
    int byte = byte_peek(c);

    if (byte == END) return;
    byte_take(c);
    if (byte == '\r' && byte_peek(c) == '\n') byte_take(c);
}

static void read_record(struct csv *c)
{
    buf_clear(&c->row);
    c->n_fields = 0;
    c->problem = NULL;
    c->record_line = c->line;
    field_start(c);
    for (;;) {
        read_field(c);
        field_end(c);
        if (byte_peek(c) != c->delimiter) break;
        byte_take(c);
    }
    line_end_take(c);
}

/* In place, for the tab-separated form: "a ""b""" becomes a "b". Anything else stays. */
static size_t unquote(char *text, size_t n)
{
    size_t to = 0;

    if (n < 2 || text[0] != '"' || text[n - 1] != '"') return n;
    for (size_t i = 1; i + 1 < n; i++) {
        if (text[i] == '"' && (text[i + 1] != '"' || ++i + 1 == n)) return n;
    }
    for (size_t i = 1; i + 1 < n; i++) {
        text[to++] = text[i];
        if (text[i] == '"') i++;
    }
    text[to] = '\0';
    return to;
}

static enum err fields_point(struct csv *c)
{
    for (size_t i = 0; i < c->n_fields; i++) {
        char *text = c->row.data + c->starts[i];
        size_t n = c->starts[i + 1] - c->starts[i] - 1;

        if (text_check(NULL, text, n))
            return fail_in(ERR_INVALID, "line %lld, column %zu", (long long)c->record_line,
                           i + 1);
        if (c->delimiter == '\t') n = unquote(text, n);
        c->fields[i] = (struct csv_field){.text = text, .n = n};
    }
    return OK;
}

static enum err fail_record(const struct csv *c)
{
    long long line = (long long)c->record_line;

    if (c->problem_code == ERR_TOO_LARGE && !strcmp(c->problem, "columns_max"))
        return fail(ERR_TOO_LARGE, "line %lld: more than the limit of %zu columns", line,
                    c->limits.columns_max);
    if (c->problem_code == ERR_TOO_LARGE)
        return fail(ERR_TOO_LARGE, "line %lld: the row is larger than the limit of %zu bytes",
                    line, c->limits.row_max_bytes);
    return fail(c->problem_code, "line %lld: the row %s", line, c->problem);
}

enum err csv_next(struct csv *c, struct csv_row *row)
{
    *row = (struct csv_row){.line = c->line};
    while (is_line_end(byte_peek(c)) && byte_peek(c) != END)
        line_end_take(c); /* empty lines */
    if (c->broken) return c->broken;
    if (byte_peek(c) == END) return OK;
    read_record(c);
    row->line = c->record_line;
    if (c->broken) return c->broken;
    if (c->problem) return fail_record(c);
    TRY(fields_point(c));
    row->fields = c->fields;
    row->n_fields = c->n_fields;
    return OK;
}

/* Counts the three delimiters outside quotes up to the end of the first record, as far as it
 * lies in the first INPUT_ROOM bytes. */
static char delimiter_find(const struct csv *c)
{
    static const char CHOICES[] = {',', ';', '\t'};
    size_t seen[3] = {0};
    size_t best = 0;
    bool quoted = false;

    for (size_t i = c->at; i < c->end; i++) {
        if (c->input[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if (c->input[i] == '\n' || c->input[i] == '\r') break;
        for (size_t k = 0; k < 3; k++)
            if (c->input[i] == (unsigned char)CHOICES[k]) seen[k]++;
    }
    for (size_t k = 1; k < 3; k++)
        if (seen[k] > seen[best]) best = k;
    return CHOICES[best];
}

static enum err input_begin(struct csv *c, char delimiter)
{
    while (c->end < INPUT_ROOM && !c->ended)
        TRY(input_fill(c));
    if (c->end >= 2 && (!memcmp(c->input, "\xff\xfe", 2) || !memcmp(c->input, "\xfe\xff", 2)))
        return fail(ERR_INVALID, "the file is UTF-16; save it as \"CSV UTF-8\"");
    if (c->end >= 3 && !memcmp(c->input, "\xef\xbb\xbf", 3)) c->at = 3;
    c->delimiter = delimiter ? delimiter : delimiter_find(c);
    return OK;
}

enum err csv_open(struct csv **out, const struct stream *in, const struct csv_limits *limits,
                  char delimiter)
{
    struct csv *c = calloc(1, sizeof *c);
    enum err e;

    *out = NULL;
    NEED(c);
    c->in = *in;
    c->limits = *limits;
    c->line = 1;
    buf_init(&c->row, limits->row_max_bytes);
    c->input = calloc(1, INPUT_ROOM);
    c->starts = calloc(limits->columns_max + 1, sizeof *c->starts);
    c->fields = calloc(limits->columns_max, sizeof *c->fields);
    e = c->input && c->starts && c->fields ? input_begin(c, delimiter) : fail_nomem();
    if (e)
        csv_close(c);
    else
        *out = c;
    return e;
}

void csv_close(struct csv *c)
{
    if (!c) return;
    buf_free(&c->row);
    free(c->input);
    free(c->starts);
    free(c->fields);
    free(c);
}

char csv_delimiter(const struct csv *c)
{
    return c->delimiter;
}

static bool needs_quotes(const char *text, size_t n)
{
    static const char MARK[] = "\xef\xbb\xbf"; /* first in a file, it is no text */

    for (size_t i = 0; i < n; i++)
        if (text[i] == '"' || text[i] == ',' || text[i] == '\n' || text[i] == '\r') return true;
    if (n >= 3 && !memcmp(text, MARK, 3)) return true;
    return n && (text[0] == ' ' || text[n - 1] == ' '); /* some readers trim */
}

bool csv_is_guarded(const char *text, size_t n, enum csv_cells cells)
{
    return cells == CSV_GUARDED && n && text[0] && strchr("=+-@\t\r", text[0]);
}

enum err csv_add_field(struct buf *b, const char *text, size_t n, enum csv_cells cells)
{
    bool guarded = csv_is_guarded(text, n, cells);

    if (!guarded && !needs_quotes(text, n)) return buf_add(b, text, n);
    TRY(buf_adds(b, guarded ? "\"'" : "\""));
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"') TRY(buf_add(b, "\"", 1));
        TRY(buf_add(b, text + i, 1));
    }
    return buf_add(b, "\"", 1);
}
