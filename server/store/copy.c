#include "store/copy.h"

#include "base/hash.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

/* In an order in which a row comes after those that it names, as far as there is one. The rows of
 * each in the order of their keys: equal projects give equal lines. */
static const struct {
    const char *name, *rows;
} TABLES[] = {
  /* clang-format off */
    {"user", "SELECT id, name, created_at, service, erased_at FROM user WHERE kind = 'person' AND id IN ("
             "SELECT user_id FROM ledger WHERE project_id = :project "
             "UNION SELECT user_id FROM member WHERE project_id = :project "
             "UNION SELECT user_id FROM member_count WHERE project_id = :project "
             "UNION SELECT user_id FROM walk WHERE project_id = :project "
             "UNION SELECT user_id FROM comment WHERE project_id = :project "
             "UNION SELECT closed_by FROM comment WHERE project_id = :project "
             "UNION SELECT user_id FROM assignment WHERE project_id = :project "
             "UNION SELECT user_id FROM returned WHERE project_id = :project "
             "UNION SELECT user_id FROM quarantine WHERE project_id = :project "
             "UNION SELECT user_id FROM saved_view WHERE project_id = :project "
             "UNION SELECT user_id FROM bulk WHERE project_id = :project "
             "UNION SELECT user_id FROM look_kept WHERE project_id = :project "
             "UNION SELECT user_id FROM dataset WHERE project_id = :project "
             "UNION SELECT u.user_id FROM dataset_use u JOIN dataset d ON d.id = u.dataset_id "
             "WHERE d.project_id = :project "
             "UNION SELECT user_id FROM model WHERE project_id = :project "
             "UNION SELECT user_id FROM purpose WHERE project_id = :project) ORDER BY id"},
    {"project", "SELECT * FROM project WHERE id = :project"},
    {"item", "SELECT * FROM item WHERE project_id = :project ORDER BY id"},
    {"item_text", "SELECT t.* FROM item i JOIN item_text t ON t.item_id = i.id "
                  "WHERE i.project_id = :project ORDER BY i.id"},
    {COPY_LEDGER, "SELECT seq, at, kind, item_id, user_id, client_id, body FROM ledger "
                  "WHERE project_id = :project ORDER BY seq"},
    {"question_set", "SELECT * FROM question_set WHERE project_id = :project ORDER BY version"},
    {"encoder", "SELECT * FROM encoder WHERE project_id = :project ORDER BY id"},
    {"recipe", "SELECT * FROM recipe WHERE project_id = :project ORDER BY id"},
    {"judgement", "SELECT * FROM judgement WHERE project_id = :project ORDER BY id"},
    {"round", "SELECT * FROM round WHERE project_id = :project ORDER BY id"},
    {"pick", "SELECT * FROM pick WHERE project_id = :project ORDER BY id"},
    {"label", "SELECT * FROM label WHERE project_id = :project ORDER BY item_id, user_id"},
    {"decision", "SELECT * FROM decision WHERE project_id = :project ORDER BY item_id"},
    {"returned", "SELECT * FROM returned WHERE project_id = :project ORDER BY seq"},
    {"gold", "SELECT * FROM gold WHERE project_id = :project ORDER BY item_id"},
    {"again", "SELECT * FROM again WHERE project_id = :project ORDER BY seq"},
    {"quarantine", "SELECT * FROM quarantine WHERE project_id = :project ORDER BY seq"},
    {"comment", "SELECT * FROM comment WHERE project_id = :project ORDER BY id"},
    {"member", "SELECT * FROM member WHERE project_id = :project ORDER BY user_id"},
    {"walk", "SELECT * FROM walk WHERE project_id = :project ORDER BY user_id, track"},
    {"assignment", "SELECT * FROM assignment WHERE project_id = :project ORDER BY id"},
    {"assigned", "SELECT x.* FROM assignment a JOIN assigned x ON x.assignment_id = a.id "
                 "WHERE a.project_id = :project ORDER BY a.id, x.item_id"},
    {"assigned_count",
     "SELECT x.* FROM assignment a JOIN assigned_count x ON x.assignment_id = a.id "
     "WHERE a.project_id = :project ORDER BY a.id, x.user_id"},
    {"item_print", "SELECT * FROM item_print WHERE project_id = :project ORDER BY item_id"},
    {"grouping", "SELECT * FROM grouping WHERE project_id = :project ORDER BY id"},
    {"item_group", "SELECT x.* FROM grouping g JOIN item_group x ON x.grouping_id = g.id "
                   "WHERE g.project_id = :project ORDER BY g.id, x.item_id"},
    {"look", "SELECT * FROM look WHERE project_id = :project ORDER BY id"},
    {"look_entry", "SELECT x.* FROM look l JOIN look_entry x ON x.look_id = l.id "
                   "WHERE l.project_id = :project ORDER BY x.id"},
    {"look_item", "SELECT x.* FROM look l JOIN look_entry y ON y.look_id = l.id "
                  "JOIN look_item x ON x.entry_id = y.id "
                  "WHERE l.project_id = :project ORDER BY x.entry_id, x.item_id"},
    {"look_kept", "SELECT * FROM look_kept WHERE project_id = :project "
                  "ORDER BY item_id, kind, question"},
    {"saved_view", "SELECT * FROM saved_view WHERE project_id = :project ORDER BY id"},
    {"bulk", "SELECT * FROM bulk WHERE project_id = :project ORDER BY id"},
    {"bulk_item", "SELECT x.* FROM bulk b JOIN bulk_item x ON x.bulk_id = b.id "
                  "WHERE b.project_id = :project ORDER BY b.id, x.item_id"},
    {"quality", "SELECT * FROM quality WHERE project_id = :project ORDER BY kind"},
    {"dataset", "SELECT * FROM dataset WHERE project_id = :project ORDER BY id"},
    {"dataset_item", "SELECT x.* FROM dataset d JOIN dataset_item x ON x.dataset_id = d.id "
     "WHERE d.project_id = :project ORDER BY d.id, x.item_id"},
    {"dataset_use", "SELECT x.* FROM dataset d JOIN dataset_use x ON x.dataset_id = d.id "
     "WHERE d.project_id = :project ORDER BY x.id"},
    {"model", "SELECT * FROM model WHERE project_id = :project ORDER BY id"},
    {"purpose", "SELECT * FROM purpose WHERE project_id = :project"},
    {"project_count", "SELECT * FROM project_count WHERE project_id = :project"},
    {"member_count", "SELECT * FROM member_count WHERE project_id = :project ORDER BY user_id"},
    {"facet_key", "SELECT * FROM facet_key WHERE project_id = :project ORDER BY kind, key"},
    {"facet", "SELECT * FROM facet WHERE project_id = :project ORDER BY kind, key, value"},
    {"item_class", "SELECT * FROM item_class WHERE project_id = :project "
                   "ORDER BY question, class, item_id, user_id"},
    {"class_count", "SELECT * FROM class_count WHERE project_id = :project "
     "ORDER BY question, class"},
  /* clang-format on */
};
enum { TABLES_N = sizeof TABLES / sizeof *TABLES };

static const struct {
    const char *name, *why;
} LEFT_OUT[] = {
    {"invitation",      "of the folder's accounts, and secret"                 },
    {"session",         "of the folder's accounts, and secret"                 },
    {"token",           "of the folder's accounts, and secret"                 },
    {"identity",        "of the folder's accounts"                             },
    {"lease",           "of people at work at that moment"                     },
    {"job",             "work of this machine, with its paths"                 },
    {"job_row",         "of jobs"                                              },
    {"ledger_head",     "signatures by the folder's own key: made anew"        },
    {"audit",           "what was done to the folder, not to the project"      },
    {"desk",            "of this server's endpoints"                           },
    {"asked",           "of this server's callers: the answers are labels"     },
    {"asked_count",     "of what they asked"                                   },
    {"earned",          "by a model at an endpoint of this server"             },
    {"hook",            "of this server's endpoints, and secret"               },
    {"seen",            "a sample of what was asked of this server's endpoints"},
    {"watch",           "of this server's endpoints"                           },
    {"delivery",        "to webhooks"                                          },
    {"endpoint",        "an address of this server, and what answers there"    },
    {"gate",            "of endpoints"                                         },
    {"publication",     "of endpoints"                                         },
    {"endpoint_day",    "of endpoints"                                         },
    {"item_search",     "an index: made again from the items"                  },
    {"trait",           "measured again from the items"                        },
    {"advice",          "found again from the labels"                          },
    {"sqlite_sequence", "the database's own: set by the rows that come in"     },
};

#define INDEX_AGAIN                                                                            \
    "INSERT INTO item_search (rowid, words, tags) SELECT i.id, "                               \
    "search_words(t.body, i.path, i.meta), search_tags(i.project_id, i.path, i.meta) "         \
    "FROM item i LEFT JOIN item_text t ON t.item_id = i.id ORDER BY i.id"

/* Items and labels remember a job and a lease that stayed behind; no new one may be taken for it.
 */
#define AFTER_JOBS                                                                             \
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'job', coalesce(max(job_id), 0) FROM "     \
    "(SELECT max(job_id) AS job_id FROM item UNION ALL SELECT max(job_id) FROM model)"
#define AFTER_LEASES                                                                           \
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'lease', coalesce(max(body ->> 'lease'), " \
    "0) FROM ledger WHERE kind = 'label'"

/* What is left to do when all rows are there. */
static const char *const FINISH[] = {INDEX_AGAIN, AFTER_JOBS, AFTER_LEASES};

size_t copy_tables(void)
{
    return TABLES_N;
}

const char *copy_name(size_t table)
{
    return TABLES[table].name;
}

const char *copy_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof LEFT_OUT / sizeof *LEFT_OUT; i++)
        if (!strcmp(LEFT_OUT[i].name, name)) return LEFT_OUT[i].why;
    return NULL;
}

static enum err prepare(struct store *s, const char *sql, sqlite3_stmt **q)
{
    int code = sqlite3_prepare_v2(s->db, sql, -1, q, NULL);

    return code ? fail_database(s, code, "preparing a copy") : OK;
}

/* One number, or -1 when it cannot be read. */
static int64_t number_of(struct store *s, const char *sql)
{
    sqlite3_stmt *q;
    int64_t value = -1;

    if (prepare(s, sql, &q)) return -1;
    if (sqlite3_step(q) == SQLITE_ROW) value = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return value;
}

enum err copy_schema(struct store *s, int64_t *version)
{
    *version = number_of(s, "PRAGMA user_version");
    return *version < 0 ? fail_database(s, SQLITE_IOERR, "reading its version") : OK;
}

enum err copy_columns(struct store *s, size_t table, struct buf *b)
{
    sqlite3_stmt *q;
    enum err e;

    TRY(prepare(s, TABLES[table].rows, &q));
    e = buf_adds(b, "[");
    for (int i = 0; i < sqlite3_column_count(q) && !e; i++) {
        const char *name = sqlite3_column_name(q, i);
        if (i) e = buf_adds(b, ",");
        if (!e) e = name ? json_add_text(b, name, strlen(name)) : fail_nomem();
    }
    sqlite3_finalize(q);
    return e ? e : buf_adds(b, "]");
}

enum err copy_open(struct copy_rows *r, struct store *s, size_t table, int64_t project_id)
{
    sqlite3_stmt *q;
    int code;

    *r = (struct copy_rows){.s = s};
    TRY(prepare(s, TABLES[table].rows, &q));
    r->statement = q;
    code = sqlite3_bind_int64(q, 1, project_id);
    return code ? fail_database(s, code, "reading a project's rows") : OK;
}

static enum err add_bytes(struct buf *b, const void *bytes, size_t n)
{
    TRY(buf_adds(b, "{\"hex\":\""));
    TRY(buf_reserve(b, 2 * n + 1));
    hex_of(b->data + b->size, bytes, n);
    b->size += 2 * n;
    return buf_adds(b, "\"}");
}

/* 17 digits give every double back; the point makes it one again. */
static enum err add_real(struct buf *b, double value)
{
    char text[40];

    snprintf(text, sizeof text, "%.17g", value);
    TRY(buf_adds(b, text));
    return strpbrk(text, ".en") ? OK : buf_adds(b, ".0");
}

static enum err add_value(struct buf *b, sqlite3_stmt *q, int i)
{
    switch (sqlite3_column_type(q, i)) {
    case SQLITE_INTEGER:
        return buf_printf(b, "%" PRId64, (int64_t)sqlite3_column_int64(q, i));
    case SQLITE_FLOAT:
        return add_real(b, sqlite3_column_double(q, i));
    case SQLITE_TEXT:
        return json_add_text(b, (const char *)sqlite3_column_text(q, i),
                             (size_t)sqlite3_column_bytes(q, i));
    case SQLITE_BLOB:
        return add_bytes(b, sqlite3_column_blob(q, i), (size_t)sqlite3_column_bytes(q, i));
    default:
        return buf_adds(b, "null");
    }
}

static enum err add_row(struct buf *b, sqlite3_stmt *q)
{
    for (int i = 0; i < sqlite3_column_count(q); i++) {
        TRY(buf_adds(b, i ? "," : "["));
        TRY(add_value(b, q, i));
    }
    return buf_adds(b, "]\n");
}

int copy_next(struct copy_rows *r, struct buf *b)
{
    int code;

    if (r->e) return 0;
    code = sqlite3_step(r->statement);
    if (code == SQLITE_ROW)
        r->e = add_row(b, r->statement);
    else if (code != SQLITE_DONE)
        r->e = fail_database(r->s, code, "reading a project's rows");
    return code == SQLITE_ROW && !r->e;
}

enum err copy_close(struct copy_rows *r)
{
    sqlite3_finalize(r->statement);
    r->statement = NULL;
    return r->e;
}

static enum err run(struct store *s, const char *sql)
{
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return code ? fail_database(s, code, "bringing in a project") : OK;
}

enum err copy_is_empty(struct store *s)
{
    int64_t is_used =
        number_of(s, "SELECT EXISTS (SELECT 1 FROM user WHERE kind = 'person') "
                     "OR EXISTS (SELECT 1 FROM project) OR EXISTS (SELECT 1 FROM ledger)");

    if (is_used < 0) return fail_database(s, SQLITE_IOERR, "looking whether it is empty");
    if (!is_used) return OK;
    return fail(ERR_CONFLICT, "%s holds people or projects already", store_folder(s));
}

enum err copy_begin(struct store *s)
{
    int code = sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);

    if (code) return fail_database(s, code, "bringing in a project");
    return run(s, "PRAGMA defer_foreign_keys = ON");
}

enum err copy_end(struct store *s)
{
    for (size_t i = 0; i < sizeof FINISH / sizeof *FINISH; i++)
        TRY(run(s, FINISH[i]));
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    return OK;
}

static int bind_hex(sqlite3_stmt *q, int i, const json_t *value)
{
    const char *hex = json_string_value(json_object_get(value, "hex"));
    size_t n = hex ? strlen(hex) / 2 : 0;
    char *bytes = hex ? sqlite3_malloc64(n + 1) : NULL;

    if (!bytes) return SQLITE_MISMATCH;
    if (hex_read(bytes, n, hex)) {
        sqlite3_free(bytes);
        return SQLITE_MISMATCH;
    }
    return sqlite3_bind_blob64(q, i, bytes, n, sqlite3_free);
}

static int bind_value(sqlite3_stmt *q, int i, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        return sqlite3_bind_int64(q, i, json_integer_value(value));
    case JSON_REAL:
        return sqlite3_bind_double(q, i, json_real_value(value));
    case JSON_STRING:
        return sqlite3_bind_text64(q, i, json_string_value(value), json_string_length(value),
                                   SQLITE_TRANSIENT, SQLITE_UTF8);
    case JSON_NULL:
        return sqlite3_bind_null(q, i);
    default:
        return bind_hex(q, i, value);
    }
}

/* Of people only their name comes along: an account that cannot sign in until an administrator
 * makes a link for it. */
static const char PERSON[] =
    "INSERT INTO user (id, name, created_at, service, erased_at, disabled, role, kind) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?5 IS NOT NULL, 'annotator', 'person')";

/* The one place where SQL is put together: of a name from the list above and question marks. */
static enum err prepare_insert(struct store *s, size_t table, int n_columns, sqlite3_stmt **q)
{
    struct buf sql;
    enum err e;

    if (!strcmp(TABLES[table].name, "user")) return prepare(s, PERSON, q);
    buf_init(&sql, 4 * KIB);
    e = buf_printf(&sql, "INSERT INTO %s VALUES (?", TABLES[table].name);
    for (int i = 1; i < n_columns && !e; i++)
        e = buf_adds(&sql, ",?");
    if (!e) e = buf_adds(&sql, ")");
    if (!e) e = prepare(s, sql.data, q);
    buf_free(&sql);
    return e;
}

enum err copy_writer_open(struct copy_writer *w, struct store *s, size_t table)
{
    sqlite3_stmt *q;
    int n_columns;

    *w = (struct copy_writer){.s = s, .table = table};
    TRY(prepare(s, TABLES[table].rows, &q));
    n_columns = sqlite3_column_count(q);
    sqlite3_finalize(q);
    TRY(prepare_insert(s, table, n_columns, &q));
    w->statement = q;
    return OK;
}

void copy_writer_close(struct copy_writer *w)
{
    sqlite3_finalize(w->statement);
    w->statement = NULL;
}

static int insert(sqlite3_stmt *q, const json_t *row)
{
    int n = sqlite3_bind_parameter_count(q);
    int code = json_array_size(row) == (size_t)n ? SQLITE_OK : SQLITE_MISMATCH;

    for (int i = 0; i < n && !code; i++)
        code = bind_value(q, i + 1, json_array_get(row, (size_t)i));
    return code ? code : sqlite3_step(q);
}

enum err copy_write(struct copy_writer *w, const json_t *row)
{
    sqlite3_stmt *q = w->statement;
    int code = insert(q, row);

    sqlite3_reset(q);
    if (code == SQLITE_DONE) return OK;
    if ((code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR)
        return fail_database(w->s, code, "bringing in a project");
    return fail(ERR_INVALID, "a row of %s does not fit: %s", TABLES[w->table].name,
                code == SQLITE_MISMATCH ? "its values are not those of the columns"
                                        : sqlite3_errmsg(w->s->db));
}
