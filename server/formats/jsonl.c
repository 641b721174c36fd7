#include "formats/jsonl.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_ROOM = 64 * 1024 };

struct jsonl {
    struct stream in;
    struct buf text; /* the line read so far */
    char *input;     /* INPUT_ROOM bytes, those from `at` to `end` not used yet */
    size_t at, end;
    bool ended;
    enum err broken; /* the stream failed: nothing more can be read */
    int64_t line;    /* of the next line */
};

static enum err input_fill(struct jsonl *j)
{
    if (j->broken) return j->broken;
    j->at = j->end = 0;
    j->broken = j->in.read(j->in.context, j->input, INPUT_ROOM, &j->end);
    j->ended = !j->end;
    return j->broken;
}

/* Reads to behind the next LF. *too_long: the line was passed over, not kept. */
static enum err line_read(struct jsonl *j, bool *too_long)
{
    bool more = true;

    buf_clear(&j->text);
    *too_long = false;
    while (more) {
        const char *from;
        const char *lf;
        size_t n;

        if (j->at == j->end) TRY(input_fill(j));
        if (j->ended) return OK;
        from = j->input + j->at;
        lf = memchr(from, '\n', j->end - j->at);
        n = lf ? (size_t)(lf - from) : j->end - j->at;
        j->at += lf ? n + 1 : n;
        more = !lf;
        if (*too_long) continue;
        if (n > j->text.max - j->text.size)
            *too_long = true;
        else
            TRY(buf_add(&j->text, from, n));
    }
    return OK;
}

static bool is_empty(const struct buf *text)
{
    for (size_t i = 0; i < text->size; i++)
        if (!strchr(" \t\r", text->data[i]) || !text->data[i]) return false;
    return true;
}

enum err jsonl_next(struct jsonl *j, struct jsonl_line *line)
{
    bool too_long;
    const char *bytes;
    size_t n;

    do {
        *line = (struct jsonl_line){.line = j->line};
        if (j->ended) return OK;
        TRY(line_read(j, &too_long));
        j->line++;
    } while (!too_long && is_empty(&j->text));
    if (too_long)
        return fail(ERR_TOO_LARGE, "line %lld is longer than the limit of %zu bytes",
                    (long long)line->line, j->text.max);
    bytes = j->text.data;
    n = j->text.size;
    if (line->line == 1 && n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
        bytes += 3;
        n -= 3;
    }
    if (json_read(&line->value, bytes, n)) {
        line->value = NULL;
        return fail_in(ERR_INVALID, "line %lld", (long long)line->line);
    }
    return OK;
}

enum err jsonl_open(struct jsonl **out, const struct stream *in, size_t line_max_bytes)
{
    struct jsonl *j = calloc(1, sizeof *j);

    *out = NULL;
    NEED(j);
    j->in = *in;
    j->line = 1;
    buf_init(&j->text, line_max_bytes);
    j->input = malloc(INPUT_ROOM);
    if (!j->input) {
        jsonl_close(j);
        return fail_nomem();
    }
    *out = j;
    return OK;
}

void jsonl_close(struct jsonl *j)
{
    if (!j) return;
    buf_free(&j->text);
    free(j->input);
    free(j);
}

enum err jsonl_add(struct buf *b, const json_t *value)
{
    struct arena a;
    char *text;
    enum err e;

    arena_init(&a, b->max);
    text = json_write(&a, value);
    e = text ? buf_adds(b, text) : fail_nomem();
    if (!e) e = buf_add(b, "\n", 1);
    arena_free(&a);
    return e;
}
