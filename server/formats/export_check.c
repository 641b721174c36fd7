#include "formats/export_check.h"

#include "formats/against_dataset.h"
#include "formats/against_ledger.h"
#include "formats/csv.h"
#include "formats/jsonl.h"
#include "formats/kind.h"
#include "formats/name.h"
#include "formats/source.h"
#include "store/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a file may hold: the number of a project or of a data set follows. */
static const char LABELS[] = "labels/";
static const char DATASET[] = "dataset/";

struct check {
    const struct export_check_params *p;
    struct seal_report report;
    struct seal_check *seals;
    struct against *ledger; /* NULL: by the key alone; likewise the next */
    struct against_dataset *dataset;
    struct arena row;
    char **columns; /* of a table: copies of its header's cells */
    size_t n_columns;
    size_t at_seal; /* the column of the seals */
};

/* A line that cannot be read is a problem of that line; what else failed ends the check. */
static enum err unreadable(struct check *c, enum err e, int64_t line)
{
    if (e != ERR_INVALID && e != ERR_TOO_LARGE) return e;
    return seal_check_row(c->seals, line, NULL, &(struct hash){{0}});
}

/* Beside what the folder holds: rows of labels have their ledger number, those of data sets none. */
static enum err beside(struct check *c, int64_t line, const json_t *row, bool is_table)
{
    if (!c->ledger) return OK;
    if (!json_object_get(row, "seq"))
        return against_dataset_row(c->dataset, line, row, is_table);
    return against_row(c->ledger, line, row, is_table);
}

static enum err json_row(struct check *c, int64_t line, json_t *row)
{
    struct hash content;

    if (!json_is_object(row)) return seal_check_row(c->seals, line, NULL, &(struct hash){{0}});
    TRY(seal_json(&content, &c->row, row));
    TRY(seal_check_row(c->seals, line, json_string_value(json_object_get(row, "seal")),
                       &content));
    return beside(c, line, row, false);
}

static enum err jsonl_rows(struct check *c, struct jsonl *j)
{
    struct jsonl_line line;
    enum err e;

    for (;;) {
        e = jsonl_next(j, &line);
        if (e) {
            TRY(unreadable(c, e, line.line));
            continue;
        }
        if (!line.value) return OK;
        e = json_row(c, line.line, line.value);
        json_decref(line.value);
        arena_free(&c->row);
        if (e) return e;
    }
}

static enum err check_jsonl(struct check *c, const struct stream *in)
{
    struct jsonl *j;
    enum err e;

    TRY(seal_check_open(&c->seals, c->p->public_half, NULL, &c->report));
    TRY(jsonl_open(&j, in, 64 * MIB));
    e = jsonl_rows(c, j);
    jsonl_close(j);
    return e;
}

/* The columns that every table of labels has; the others are questions. */
static bool is_question(const char *column)
{
    static const char *const OURS[] = {
        "item",       "path", "kind",    "text", "answer",
        "annotator",  "at",   "seq",     "id",   "question_version",
        "elapsed_ms", "hash", "receipt", "part", "seal"};

    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
        if (!strcmp(column, OURS[i])) return false;
    return true;
}

/* The row as an object of texts, the answers under "values". A question may be named as one of our
 * columns: the first one of a name is kept, and that is not compared then. */
static json_t *table_row(const struct check *c, const struct csv_row *row)
{
    json_t *o = json_object();
    json_t *values = json_object();
    int bad = !o || json_object_set_new(o, "values", values);

    for (size_t i = 0; i < row->n_fields && i < c->n_columns && !bad; i++) {
        json_t *to = is_question(c->columns[i]) ? values : o;
        if (!json_object_get(to, c->columns[i]))
            bad |= json_object_set_new(to, c->columns[i],
                                       json_stringn(row->fields[i].text, row->fields[i].n));
    }
    if (!bad) return o;
    json_decref(o);
    return NULL;
}

static enum err cells_hash(struct check *c, const struct csv_row *row, struct hash *content)
{
    struct seal_cell *cells = arena_array(&c->row, row->n_fields, sizeof *cells);
    size_t n = 0;

    NEED(cells);
    for (size_t i = 0; i < row->n_fields; i++)
        if (i != c->at_seal)
            cells[n++] = (struct seal_cell){row->fields[i].text, row->fields[i].n};
    seal_cells(content, cells, n);
    return OK;
}

static enum err csv_row(struct check *c, const struct csv_row *row)
{
    struct hash content;
    json_t *o;
    enum err e;

    TRY(cells_hash(c, row, &content));
    TRY(seal_check_row(c->seals, row->line,
                       c->at_seal < row->n_fields ? row->fields[c->at_seal].text : NULL,
                       &content));
    if (!c->ledger) return OK;
    o = table_row(c, row);
    NEED(o);
    e = beside(c, row->line, o, true);
    json_decref(o);
    return e;
}

static enum err header_keep(struct check *c, const struct csv_row *row)
{
    struct hash header;

    c->columns = calloc(row->n_fields, sizeof *c->columns);
    NEED(c->columns);
    c->at_seal = row->n_fields;
    for (size_t i = 0; i < row->n_fields; i++) {
        c->columns[c->n_columns++] = strdup(row->fields[i].text);
        NEED(c->columns[i]);
        if (!strcmp(row->fields[i].text, "seal")) c->at_seal = i;
    }
    if (c->at_seal == row->n_fields)
        return fail(ERR_INVALID, "no column is named 'seal': this is no sealed export of ours");
    TRY(cells_hash(c, row, &header));
    return seal_check_open(&c->seals, c->p->public_half, &header, &c->report);
}

static enum err csv_rows(struct check *c, struct csv *csv)
{
    struct csv_row row;
    enum err e;

    TRY(csv_next(csv, &row));
    if (!row.n_fields) return fail(ERR_INVALID, "the file is empty");
    TRY(header_keep(c, &row));
    for (;;) {
        arena_free(&c->row);
        e = csv_next(csv, &row);
        if (e) {
            TRY(unreadable(c, e, row.line));
            continue;
        }
        if (!row.n_fields) return OK;
        TRY(csv_row(c, &row));
    }
}

static enum err check_csv(struct check *c, const struct stream *in)
{
    struct csv_limits limits = CSV_LIMITS_DEFAULT;
    struct csv *csv;
    enum err e;

    limits.row_max_bytes = 64 * MIB;
    TRY(csv_open(&csv, in, &limits, ','));
    e = csv_rows(c, csv);
    csv_close(csv);
    return e;
}

static enum err check_rows(struct check *c, int fd, const char *path)
{
    struct stream in = {stream_read_fd, &fd};
    char head[KIND_HEAD];
    ssize_t n = pread(fd, head, sizeof head, 0);
    enum kind kind;

    if (n < 0) return fail(ERR_IO, "%s: %m", path);
    if (n == 0)
        return fail(
            ERR_INVALID,
            "%s: is empty: an export without labels has no seal to check; if labels were "
            "exported, export them again",
            path);
    kind = kind_of(path, head, (size_t)n);
    if (kind == KIND_JSONL) return check_jsonl(c, &in);
    if (kind == KIND_CSV) return check_csv(c, &in);
    return fail(ERR_INVALID,
                "only exports named .jsonl or .csv can be checked; of a folder or a zip, "
                "check its labels.csv");
}

/* What the file lacks, once its head is known to be the ledger's. */
static enum err check_whole(struct check *c, struct seal_sums *sums)
{
    int holds;

    TRY(seal_check_end(c->seals, sums));
    if (!c->ledger) return OK;
    TRY(against_head(c->ledger, sums, &holds));
    if (holds && !strncmp(sums->about, LABELS, strlen(LABELS)))
        TRY(against_end(c->ledger, strtoll(sums->about + strlen(LABELS), NULL, 10),
                        sums->head.seq));
    if (holds && !strncmp(sums->about, DATASET, strlen(DATASET)))
        TRY(against_dataset_end(c->dataset, sums->about, &sums->n_problems));
    sums->n_problems += against_problems(c->ledger);
    return OK;
}

static enum err check_all(struct check *c, int fd, const char *path, struct seal_sums *sums)
{
    if (c->p->store) {
        TRY(against_open(&c->ledger, c->p->store, &c->report));
        TRY(against_dataset_open(&c->dataset, c->p->store, &c->report));
    }
    TRY(check_rows(c, fd, path));
    return check_whole(c, sums);
}

static void check_free(struct check *c)
{
    for (size_t i = 0; i < c->n_columns; i++)
        free(c->columns[i]);
    free(c->columns);
    against_close(c->ledger);
    against_dataset_close(c->dataset);
    seal_check_close(c->seals);
    arena_free(&c->row);
}

enum err export_check(const char *path, const struct export_check_params *p,
                      struct seal_sums *sums)
{
    struct check c = {
        .p = p, .report = {p->problem, p->context}
    };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err e = OK;

    *sums = (struct seal_sums){0};
    if (fd < 0) return fail(ERR_IO, "%s: %m", path);
    arena_init(&c.row, 256 * MIB);
    if (p->store) e = store_look(p->store);
    if (!e) {
        e = check_all(&c, fd, path, sums);
        if (e) e = fail_in(e, "%s", path);
        if (p->store) e = store_look_end(p->store, e);
    }
    check_free(&c);
    close(fd);
    return e;
}
