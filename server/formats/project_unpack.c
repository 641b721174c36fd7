#include "formats/project_archive.h"

#include "base/file.h"
#include "base/json.h"
#include "domain/ledger.h"
#include "formats/media_file.h"
#include "formats/unpack.h"
#include "store/copy.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024, NAME = 200, LEDGER_COLUMNS = 7, HEAD_MAX = 64 * 1024 };

/* As large as a project may be. Ours are not compressed; one that was, by hand, is read too, but
 * for a bomb. */
static const struct unpack_limits LIMITS = {
    .entries_max = 100000000,
    .bytes_max = GIB * 64 * 1024,
    .ratio_max = 200,
    .ratio_from = 256 * MIB,
};

struct restore {
    const char *folder; /* that is being made */
    struct store *s;
    struct unpack *in;
    struct hash_state hash;
    int64_t seq; /* of the last event */
    size_t table;
    int64_t schema; /* that its rows fit */
    bool has_end;
    const struct archive_watch *watch;
    struct archive_sums *sums;
};

static enum err whole_read(struct restore *r, const char *name, struct buf *b)
{
    enum err e = stream_read_all(b, unpack_stream(r->in));
    struct hash own;

    if (e) return fail_in(e, "%s", name);
    hash_of(&own, b->data, b->size);
    archive_hash_entry(&r->hash, name, b->size, &own);
    return OK;
}

static enum err head_check(struct restore *r, const json_t *head)
{
    const char *format;

    TRY(json_text(head, "format", 1, 100, &format));
    TRY(json_int(head, "schema", 1, INT32_MAX, &r->schema));
    TRY(json_int(head, "project", 1, INT64_MAX, &r->sums->project_id));
    if (!strcmp(format, PROJECT_ARCHIVE)) return OK;
    return fail(ERR_INVALID, "its format is \"%.50s\" and not \"" PROJECT_ARCHIVE "\"", format);
}

static enum err head_parse(struct restore *r, const char *name, struct buf *b)
{
    json_t *head;
    enum err e;

    TRY(whole_read(r, name, b));
    TRY(json_read(&head, b->data ? b->data : "", b->size));
    e = head_check(r, head);
    json_decref(head);
    return e;
}

/* Before anything is made: most files that are given by mistake end here. */
static enum err head_read(struct restore *r)
{
    struct unpack_entry entry;
    struct buf b;
    enum err e;

    TRY(unpack_next(r->in, &entry));
    if (!entry.name || entry.problem || strcmp(entry.name, "project.json") != 0)
        return fail(ERR_INVALID, "it does not begin with project.json: it is no archive of a "
                                 "project");
    buf_init(&b, HEAD_MAX);
    e = head_parse(r, entry.name, &b);
    buf_free(&b);
    return e;
}

static enum err schema_check(struct restore *r)
{
    int64_t ours;

    TRY(copy_schema(r->s, &ours));
    if (ours == r->schema) return OK;
    return fail(ERR_CONFLICT,
                "it is of version %" PRId64 " of the database and this program of version "
                "%" PRId64 ": use the program that it was made with, then bring its folder "
                "up to date",
                r->schema, ours);
}

static enum err end_read(struct restore *r, struct buf *b)
{
    const char *hex;
    struct hash hash;
    json_t *end;
    enum err e;

    hash_end(&r->hash, &r->sums->hash);
    TRY(stream_read_all(b, unpack_stream(r->in)));
    TRY(json_read(&end, b->data ? b->data : "", b->size));
    e = json_text(end, "hash", HASH_HEX - 1, HASH_HEX - 1, &hex);
    if (!e) e = hash_from_hex(&hash, hex);
    json_decref(end);
    if (e) return e;
    if (!hash_equal(&hash, &r->sums->hash))
        return fail(ERR_INVALID, "what it holds is not what was put into it: it was changed");
    r->has_end = true;
    return OK;
}

/* The next event, and before it one that stands for each of another project. */
static enum err event_append(struct restore *r, const struct ledger_event *event, int64_t seq,
                             int64_t at)
{
    static const struct ledger_event ELSEWHERE = {.kind = "elsewhere", .body = "{}"};

    if (seq <= r->seq || seq > ARCHIVE_SEQ_MAX)
        return fail(ERR_INVALID, "ledger no. %" PRId64 " does not come after %" PRId64, seq,
                    r->seq);
    while (r->seq + 1 < seq)
        TRY(ledger_append(r->s, &ELSEWHERE, at, &r->seq));
    return ledger_append(r->s, event, at, &r->seq);
}

static enum err uuid_take(const json_t *value, struct uuid *id, const struct uuid **which)
{
    const char *hex = json_string_value(json_object_get(value, "hex"));

    *which = NULL;
    if (json_is_null(value)) return OK;
    if (!hex || hex_read(id->bytes, sizeof id->bytes, hex))
        return fail(ERR_INVALID, "a client's id has to be 16 bytes");
    *which = id;
    return OK;
}

/* seq, at, kind, item_id, user_id, client_id, body: as store/copy.c reads them. */
static enum err event_take(struct restore *r, const json_t *row)
{
    const json_t *seq = json_array_get(row, 0);
    const json_t *at = json_array_get(row, 1);
    struct ledger_event e = {
        .kind = json_string_value(json_array_get(row, 2)),
        .project_id = r->sums->project_id,
        .item_id = json_integer_value(json_array_get(row, 3)),
        .user_id = json_integer_value(json_array_get(row, 4)),
        .body = json_string_value(json_array_get(row, 6)),
    };
    struct uuid id;

    if (json_array_size(row) != LEDGER_COLUMNS || !json_is_integer(seq) ||
        !json_is_integer(at) || !e.kind || !e.body)
        return fail(ERR_INVALID, "an event of the ledger is not whole");
    TRY(uuid_take(json_array_get(row, 5), &id, &e.client_id));
    return event_append(r, &e, json_integer_value(seq), json_integer_value(at));
}

static enum err row_take(struct restore *r, struct copy_writer *w, const char *line, size_t n)
{
    json_t *row;
    enum err e;

    TRY(json_read(&row, line, n));
    if (!json_is_array(row))
        e = fail(ERR_INVALID, "a row is no list");
    else
        e = w->statement ? copy_write(w, row) : event_take(r, row);
    json_decref(row);
    r->sums->n_rows++;
    return e;
}

static enum err columns_check(struct restore *r, const char *line, size_t n)
{
    struct buf ours;
    enum err e;

    buf_init(&ours, 64 * KIB);
    e = copy_columns(r->s, r->table, &ours);
    if (!e && (ours.size != n || memcmp(ours.data, line, n) != 0))
        e = fail(ERR_INVALID, "its columns are not those of this program");
    buf_free(&ours);
    return e;
}

/* Every line of a piece, the columns first. */
static enum err lines_take(struct restore *r, struct copy_writer *w, const struct buf *b)
{
    const char *at = b->data;
    const char *end = b->data ? b->data + b->size : NULL;

    for (int64_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        enum err e;
        if (!stop) return fail(ERR_INVALID, "its last line has no end");
        e = number == 1 ? columns_check(r, at, (size_t)(stop - at))
                        : row_take(r, w, at, (size_t)(stop - at));
        if (e) return fail_in(e, "line %" PRId64, number);
        at = stop + 1;
    }
    return OK;
}

static enum err piece_take(struct restore *r, const struct buf *b)
{
    struct copy_writer w = {0};
    bool is_ledger = !strcmp(copy_name(r->table), COPY_LEDGER);
    enum err e = is_ledger ? OK : copy_writer_open(&w, r->s, r->table);

    if (!e) e = lines_take(r, &w, b);
    copy_writer_close(&w);
    return e;
}

/* Tables come in their order, so that one cannot come twice, or the rows of one be split. */
static enum err table_find(struct restore *r, const char *name)
{
    size_t n = strcspn(name, "/");
    size_t t = r->table;

    while (t < copy_tables() &&
           (strlen(copy_name(t)) != n || strncmp(copy_name(t), name, n) != 0))
        t++;
    if (t == copy_tables())
        return fail(ERR_INVALID, "there is no table of this name, or it stands out of order");
    r->table = t;
    return OK;
}

static enum err table_take(struct restore *r, const char *name, struct buf *b)
{
    enum err e;

    TRY(table_find(r, name + strlen("tables/")));
    TRY(whole_read(r, name, b));
    e = piece_take(r, b);
    if (e) return fail_in(e, "%s", name);
    if (r->watch->progress)
        r->watch->progress(r->watch->context, copy_name(r->table), r->sums->n_rows);
    return OK;
}

/* media/ab/HASH and its renditions: a file is what its name says, to the letter. */
static bool is_media(const char *name, struct hash *hash, bool *is_original)
{
    char hex[HASH_HEX];
    char path[PATH_MAX];

    if (strlen(name) < 9 + HASH_HEX - 1) return false;
    memcpy(hex, name + 9, HASH_HEX - 1);
    hex[HASH_HEX - 1] = 0;
    if (hash_from_hex(hash, hex)) return false;
    for (enum media_file which = MEDIA_ORIGINAL; which <= MEDIA_VIEW; which++) {
        media_file_path(path, ".", hash, which);
        *is_original = which == MEDIA_ORIGINAL;
        if (!strcmp(path + 2, name)) return true;
    }
    return false;
}

/* models/encoder-7.bin, models/model-7.bin, latents/7.z, latents/7.2.z, latents/7.error, latents/7.items */
static bool is_of_encoder(const char *name)
{
    static const char *const FILES[] = {"models/encoder-", "models/model-"};
    static const char *const ENDINGS[] = {".z", ".error", ".items"};
    const char *at;

    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const size_t n = strlen(FILES[i]);

        if (strncmp(name, FILES[i], n) != 0) continue;
        at = name + n + strspn(name + n, "0123456789");
        return at > name + n && !strcmp(at, ".bin");
    }
    if (strncmp(name, "latents/", 8) != 0) return false;
    at = name + 8 + strspn(name + 8, "0123456789");
    if (at == name + 8) return false;
    if (*at == '.' && strspn(at + 1, "0123456789") == 1) at += 2;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (!strcmp(at, ENDINGS[i])) return true;
    return false;
}

static enum err blocks_write(struct restore *r, int fd, struct hash_state *own, uint64_t *size)
{
    char block[BLOCK];
    size_t n;

    *size = 0;
    for (;;) {
        const struct stream *in = unpack_stream(r->in);
        TRY(in->read(in->context, block, sizeof block, &n));
        if (!n) return OK;
        hash_add(own, block, n);
        *size += n;
        if (write(fd, block, n) != (ssize_t)n) return fail(ERR_IO, "it cannot be written: %m");
    }
}

static enum err file_write_here(struct restore *r, const char *name, struct hash *own)
{
    char path[PATH_MAX];
    struct hash_state state;
    uint64_t size;
    enum err e;
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", r->folder, name) >= (int)sizeof path)
        return fail(ERR_INVALID, "path too long: %.200s", r->folder);
    *strrchr(path, '/') = 0;
    TRY(folder_make(path));
    path[strlen(path)] = '/';
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return fail(ERR_INVALID, "it is there twice, or cannot be made: %m");
    hash_init(&state);
    e = blocks_write(r, fd, &state, &size);
    if (close(fd) && !e) e = fail(ERR_IO, "it cannot be written: %m");
    if (e) return e;
    hash_end(&state, own);
    archive_hash_entry(&r->hash, name, size, own);
    return OK;
}

static enum err file_take(struct restore *r, const char *name)
{
    struct hash named;
    struct hash own;
    bool is_original = false;
    bool is_of_media = is_media(name, &named, &is_original);
    enum err e;

    if (!is_of_media && !is_of_encoder(name))
        return fail(ERR_INVALID, "%.200s: no file of an archive has this name", name);
    e = file_write_here(r, name, &own);
    if (!e && is_original && !hash_equal(&named, &own))
        e = fail(ERR_INVALID, "its bytes are not those that its name says");
    r->sums->n_files++;
    return e ? fail_in(e, "%.200s", name) : OK;
}

static enum err entry_take(struct restore *r, const char *name)
{
    bool is_table = !strncmp(name, "tables/", 7);
    struct buf b;
    enum err e;

    if (r->has_end) return fail(ERR_INVALID, "%.200s stands behind its end", name);
    if (!is_table && strcmp(name, "end.json") != 0) return file_take(r, name);
    buf_init(&b, ARCHIVE_PIECE_MAX);
    e = is_table ? table_take(r, name, &b) : end_read(r, &b);
    buf_free(&b);
    return e;
}

static enum err entries_take(struct restore *r)
{
    struct unpack_entry entry;

    for (;;) {
        TRY(unpack_next(r->in, &entry));
        if (!entry.name) break;
        if (entry.problem) return fail(ERR_INVALID, "%.200s: %s", entry.name, entry.problem);
        TRY(entry_take(r, entry.name));
    }
    if (!r->has_end) return fail(ERR_INVALID, "its end is missing: it was cut off");
    return OK;
}

static enum err rows_take(struct restore *r)
{
    TRY(schema_check(r));
    TRY(copy_is_empty(r->s));
    TRY(copy_begin(r->s));
    TRY(entries_take(r));
    return copy_end(r->s);
}

struct finding {
    char first[500];
};

static void problem_keep(void *context, int64_t seq, const char *sentence)
{
    struct finding *f = context;

    if (f->first[0]) return;
    if (seq)
        snprintf(f->first, sizeof f->first, "ledger no. %" PRId64 ": %s", seq, sentence);
    else
        snprintf(f->first, sizeof f->first, "%s", sentence);
}

/* What an archive says of labels and counts has to follow from its events. */
static enum err verify(struct restore *r)
{
    struct finding found = {""};
    struct ledger_report report = {.problem = problem_keep, .context = &found};
    struct ledger_sums sums;

    TRY(ledger_verify(r->s, &report, &sums));
    if (!sums.n_problems) return OK;
    return fail(ERR_INVALID, "what it says does not hold together (%" PRId64 " problems): %s",
                sums.n_problems, found.first);
}

static enum err into_folder(struct restore *r)
{
    enum err e;

    TRY(store_open(&r->s, r->folder, STORE_WRITE));
    e = store_begin(r->s);
    if (!e) e = store_end(r->s, rows_take(r));
    if (!e) e = verify(r);
    store_close(r->s);
    return e ? e : file_flush(r->folder);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

/* Beside the folder it is to be, and renamed at the end: whole, or not there. */
static enum err unpack_beside(struct restore *r, const char *data_folder)
{
    char beside[PATH_MAX];
    char database[PATH_MAX];
    enum err e;

    if (snprintf(beside, sizeof beside, "%s.restoring", data_folder) >= (int)sizeof beside)
        return fail(ERR_INVALID, "path too long: %.200s", data_folder);
    if (file_exists(beside))
        return fail(
            ERR_CONFLICT,
            "%s is there: another restore is at work, or was cut off; remove it if none is",
            beside);
    if (snprintf(database, sizeof database, "%s/exemplar.db", data_folder) <
            (int)sizeof database &&
        file_exists(database))
        return fail(ERR_CONFLICT, "%s is a data folder already; name one that is not there",
                    data_folder);
    r->folder = beside;
    e = folder_make(beside);
    if (!e) e = into_folder(r);
    if (!e && rename(beside, data_folder))
        e = fail(ERR_CONFLICT, "%s is there already; name a folder that is not", data_folder);
    r->folder = NULL; /* its name ends here */
    if (!e) return OK;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): only FTW_CHDIR would touch what threads share */
    nftw(beside, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return e;
}

enum err project_unpack(const char *path, const char *data_folder,
                        const struct archive_watch *watch, struct archive_sums *sums)
{
    struct restore r = {.watch = watch, .sums = sums};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err e;

    *sums = (struct archive_sums){0};
    if (fd < 0) return fail(ERR_NOT_FOUND, "%s: %m", path);
    hash_init(&r.hash);
    e = unpack_open(&r.in, fd, UNPACK_ARCHIVE, &LIMITS);
    if (!e) e = head_read(&r);
    if (!e) e = unpack_beside(&r, data_folder);
    unpack_close(r.in);
    close(fd);
    return e;
}
