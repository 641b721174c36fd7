/* Reading seals back, and saying what does not fit. The form: seal.h. */
#include "domain/seal_form.h"

#include "domain/ledger_keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum signature_kind { UNSIGNED, ROWS, END };

struct entry {
    int64_t row, line;
    uint32_t signature; /* its place in signatures, when kind says so */
    uint8_t kind;
    uint8_t changed;
    uint8_t tag[SEAL_TAG]; /* as the seal says */
};

struct signature {
    uint8_t bytes[SIGNATURE_BYTES];
};

struct seal_check {
    uint8_t public_half[32];
    struct hash header;
    const struct seal_report *report;
    struct seal_sums sums;
    struct hash start;
    uint8_t told_key[32];  /* the key that row 1 names */
    struct entry *entries; /* in the file's order, then by row */
    size_t n, room;
    struct signature *signatures;
    size_t n_signatures, signatures_room;
};

static void problem(struct seal_check *c, int64_t row, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void problem(struct seal_check *c, int64_t row, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->sums.n_problems++;
    c->report->problem(c->report->context, row, text);
}

enum err seal_check_open(struct seal_check **out, const uint8_t public_half[32],
                         const struct hash *header, const struct seal_report *report)
{
    struct seal_check *c = calloc(1, sizeof *c);

    *out = NULL;
    NEED(c);
    memcpy(c->public_half, public_half, sizeof c->public_half);
    if (header) c->header = *header;
    c->report = report;
    *out = c;
    return OK;
}

void seal_check_close(struct seal_check *c)
{
    if (!c) return;
    free(c->entries);
    free(c->signatures);
    free(c);
}

/* The next word, up to a space, moved over; its length, 0 at the end or when longer than `max`. */
static size_t word(const char **at, char *text, size_t max)
{
    size_t n = strcspn(*at, " ");

    if (n > max) return 0;
    memcpy(text, *at, n);
    text[n] = '\0';
    *at += n + ((*at)[n] == ' ');
    return n;
}

static int number_word(const char **at, int64_t *value)
{
    char text[21];
    char *end;

    if (!word(at, text, 20) || text[0] < '0' || text[0] > '9') return 0;
    *value = strtoll(text, &end, 10);
    return !*end;
}

static int hex_word(const char **at, void *bytes, size_t n)
{
    char text[SIGNATURE_HEX];

    return word(at, text, 2 * n) == 2 * n && hex_read(bytes, n, text) == OK;
}

static int plain_word(const char **at, const char *expected)
{
    char text[16];

    return word(at, text, 15) && !strcmp(text, expected);
}

/* "head SEQ AT HASH SIGNATURE key PUBLIC about ABOUT" */
static int read_start(struct seal_check *c, const char **at)
{
    const char *words = *at;
    struct seal_sums *m = &c->sums;
    size_t n;

    if (!plain_word(at, "head") || !number_word(at, &m->head.seq) ||
        !number_word(at, &m->head.at) || !hex_word(at, m->head_hash.bytes, HASH_BYTES) ||
        !hex_word(at, m->head.signature, SIGNATURE_BYTES) || !plain_word(at, "key") ||
        !hex_word(at, c->told_key, sizeof c->told_key) || !plain_word(at, "about") ||
        !word(at, m->about, SEAL_ABOUT_MAX)) {
        m->head.seq = 0;
        return 0;
    }
    memcpy(m->head.public_key, c->told_key, sizeof c->told_key);
    n = (size_t)(*at - words);
    if (words[n - 1] == ' ') n--;
    seal_start(&c->start, words, n, &c->header);
    return 1;
}

static enum err signature_add(struct seal_check *c, const struct signature *s)
{
    if (c->n_signatures == c->signatures_room) {
        size_t room = 2 * c->signatures_room + 64;
        struct signature *more = realloc(c->signatures, room * sizeof *more);
        NEED(more);
        c->signatures = more;
        c->signatures_room = room;
    }
    c->signatures[c->n_signatures++] = *s;
    return OK;
}

static enum err entry_add(struct seal_check *c, const struct entry *e)
{
    if (c->n == c->room) {
        size_t room = 2 * c->room + 256;
        struct entry *more = realloc(c->entries, room * sizeof *more);
        NEED(more);
        c->entries = more;
        c->room = room;
    }
    c->entries[c->n++] = *e;
    return OK;
}

/* The words after the tag. 0: not as this program writes them. */
static int read_rest(struct seal_check *c, const char *at, struct entry *e,
                     struct signature *signature)
{
    char kind[8];

    if (e->row == 1 && !c->sums.head.seq && !read_start(c, &at)) return 0;
    if (!*at) return 1;
    if (!word(&at, kind, 7)) return 0;
    e->kind = !strcmp(kind, "rows") ? ROWS : !strcmp(kind, "end") ? END : UNSIGNED;
    return e->kind != UNSIGNED && hex_word(&at, signature->bytes, SIGNATURE_BYTES) && !*at;
}

enum err seal_check_row(struct seal_check *c, int64_t line, const char *text,
                        const struct hash *content)
{
    struct entry e = {.line = line};
    struct signature signature;
    const char *at = text ? text : "";

    c->sums.n_rows++;
    if (!number_word(&at, &e.row) || e.row < 1 || !hex_word(&at, e.tag, SEAL_TAG) ||
        !read_rest(c, at, &e, &signature)) {
        problem(c, 0, "line %" PRId64 ": the row has no seal of ours: it was added", line);
        return OK;
    }
    e.changed = memcmp(e.tag, content->bytes, SEAL_TAG) != 0;
    e.signature = (uint32_t)c->n_signatures;
    if (e.kind != UNSIGNED) TRY(signature_add(c, &signature));
    return entry_add(c, &e);
}

static int by_row(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->changed != y->changed) return x->changed - y->changed;
    return (x->line > y->line) - (x->line < y->line);
}

/* Rows out of order: those outside a longest ascending sequence (Fredman 1975), so that one row
 * that was moved is one row named, wherever it went. */
static enum err check_order(struct seal_check *c)
{
    size_t *tail = malloc((c->n + 1) * sizeof *tail);
    size_t *before = malloc((c->n + 1) * sizeof *before);
    size_t length = 0;
    size_t next;

    if (!tail || !before) {
        free(tail);
        free(before);
        return fail_nomem();
    }
    for (size_t i = 0; i < c->n; i++) {
        size_t low = 0;
        size_t high = length;
        while (low < high) {
            const size_t mid = low + (high - low) / 2;
            if (c->entries[tail[mid]].row <= c->entries[i].row)
                low = mid + 1;
            else
                high = mid;
        }
        before[i] = low ? tail[low - 1] : SIZE_MAX;
        tail[low] = i;
        length += low == length;
    }
    next = length ? tail[length - 1] : SIZE_MAX;
    for (size_t i = c->n; i-- > 0;) {
        if (i == next)
            next = before[i];
        else
            problem(c, c->entries[i].row,
                    "row %" PRId64 " was moved: it stands on line %" PRId64, c->entries[i].row,
                    c->entries[i].line);
    }
    free(tail);
    free(before);
    return OK;
}

/* Names changed rows and those that stand there twice; leaves one entry for each row. */
static void check_rows(struct seal_check *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct entry *e = &c->entries[i];
        if (kept && c->entries[kept - 1].row == e->row) {
            problem(c, e->row,
                    "row %" PRId64 " stands twice, on lines %" PRId64 " and %" PRId64
                    ": one was added",
                    e->row, c->entries[kept - 1].line, e->line);
            continue;
        }
        if (e->changed)
            problem(c, e->row, "row %" PRId64 " (line %" PRId64 ") was changed", e->row,
                    e->line);
        c->entries[kept++] = *e;
    }
    c->n = kept;
}

static void missing(struct seal_check *c, int64_t from, int64_t to)
{
    if (from > to) return;
    if (from == to)
        problem(c, from, "row %" PRId64 " is missing", from);
    else
        problem(c, from, "rows %" PRId64 " to %" PRId64 " are missing", from, to);
}

/* The rows are in order and each there once. */
static void check_gaps(struct seal_check *c)
{
    int64_t last = 0;

    for (size_t i = 0; i < c->n; i++) {
        missing(c, last + 1, c->entries[i].row - 1);
        last = c->entries[i].row;
    }
    if (c->entries[c->n - 1].kind != END)
        problem(c, last, "the file ends early: every row after row %" PRId64 " is missing",
                last);
}

static int run_is_signed(const struct seal_check *c, size_t from, size_t to)
{
    const struct entry *last = &c->entries[to - 1];
    struct hash_state h;
    struct hash tags;
    struct seal_signed what;

    hash_init(&h);
    for (size_t i = from; i < to; i++)
        hash_add(&h, c->entries[i].tag, SEAL_TAG);
    hash_end(&h, &tags);
    seal_signed_bytes(&what, last->kind == END ? SEAL_LAST : SEAL_MORE, &c->start, last->row,
                      &tags);
    return sign_is_valid(c->signatures[last->signature].bytes, c->public_half, what.bytes,
                         sizeof what.bytes);
}

/* One run of rows under one signature. */
static void check_run(struct seal_check *c, size_t from, size_t to)
{
    const struct entry *last = &c->entries[to - 1];
    const int64_t first_row = (last->row - 1) / SEAL_RUN * SEAL_RUN + 1;
    const int whole =
        last->kind != UNSIGNED && (int64_t)(to - from) == last->row - first_row + 1;

    if (whole && run_is_signed(c, from, to)) {
        for (size_t i = from; i < to; i++)
            c->sums.n_proved += !c->entries[i].changed;
        return;
    }
    if (whole)
        problem(c, first_row,
                "rows %" PRId64 " to %" PRId64
                " carry seals that the key did not sign: at least "
                "one of them was changed or added by somebody else",
                first_row, last->row);
    else
        problem(c, first_row,
                "rows %" PRId64 " to %" PRId64
                ": those that are there cannot be proved by the key "
                "alone, since their run is not whole",
                first_row, last->row);
}

static void check_runs(struct seal_check *c)
{
    size_t from = 0;

    for (size_t i = 0; i < c->n; i++) {
        const int64_t run = (c->entries[i].row - 1) / SEAL_RUN;
        if (i + 1 < c->n && (c->entries[i + 1].row - 1) / SEAL_RUN == run) continue;
        check_run(c, from, i + 1);
        from = i + 1;
    }
}

/* 1 if what row 1 says can be the start of all signatures. */
static int check_head(struct seal_check *c)
{
    struct seal_sums *m = &c->sums;

    if (!m->head.seq) {
        problem(c, 1,
                "row 1, which carries the signed head, is missing: without it the key proves "
                "nothing of the others");
        return 0;
    }
    if (memcmp(c->told_key, c->public_half, sizeof c->told_key) != 0) {
        problem(c, 1,
                "the file was sealed with another key than the one given: it is not from "
                "this ledger, or was made anew by somebody else");
        return 0;
    }
    if (ledger_head_is_valid(&m->head, &m->head_hash, c->public_half)) return 1;
    problem(c, 1,
            "the signature of the ledger's head no. %" PRId64 " does not fit: row 1's seal "
            "was changed",
            m->head.seq);
    return 0;
}

enum err seal_check_end(struct seal_check *c, struct seal_sums *sums)
{
    if (c->n) {
        TRY(check_order(c));
        qsort(c->entries, c->n, sizeof *c->entries, by_row);
        check_rows(c);
        check_gaps(c);
        if (check_head(c)) check_runs(c);
    }
    *sums = c->sums;
    return OK;
}
