#include "formats/audit_rows.h"

#include "base/clock.h"
#include "base/json.h"
#include "formats/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 500 };

static json_t *id_or_null(int64_t id)
{
    return id ? json_integer(id) : json_null();
}

static json_t *named(int64_t id, const char *name)
{
    return id ? json_pack("{s:I, s:s?}", "id", (json_int_t)id, "name", name) : json_null();
}

static json_t *subject(const struct audit_row *r)
{
    if (!r->subject) return json_null();
    return json_pack("{s:o, s:s, s:s?}", "id", id_or_null(r->subject_id), "kind", r->subject,
                     "name", r->subject_name);
}

static json_t *row_json(const struct audit_row *r)
{
    char at[CLOCK_TEXT];
    char hash[HASH_HEX];
    char signature[2 * SIGNATURE_BYTES + 1];
    json_t *details;

    clock_format(at, r->at);
    hash_hex(hash, &r->hash);
    hex_of(signature, r->signature, sizeof r->signature);
    /* what somebody damaged is shown as the text it is */
    if (json_read(&details, r->details, strlen(r->details))) details = json_string(r->details);
    return json_pack("{s:I, s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:s}", "seq",
                     (json_int_t)r->seq, "at", at, "user", named(r->user_id, r->user_name),
                     "via", r->via, "token", id_or_null(r->token_id), "action", r->action,
                     "project", named(r->project_id, r->project_name), "subject", subject(r),
                     "details", details, "hash", hash, "signature", signature);
}

enum err audit_row_write(struct buf *b, struct arena *a, const struct audit_row *r)
{
    json_t *row = row_json(r);
    const char *text = row ? json_write(a, row) : NULL;

    json_decref(row);
    NEED(text);
    return buf_add(b, text, strlen(text));
}

static enum err cell(struct buf *b, const char *text, const char *end)
{
    if (text) TRY(csv_add_field(b, text, strlen(text), CSV_GUARDED));
    return buf_add(b, end, 1);
}

static enum err cell_id(struct buf *b, int64_t id)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, id);
    return cell(b, id ? text : NULL, ",");
}

static enum err csv_who(struct buf *b, const struct audit_row *r)
{
    char at[CLOCK_TEXT];

    clock_format(at, r->at);
    TRY(cell_id(b, r->seq));
    TRY(cell(b, at, ","));
    TRY(cell_id(b, r->user_id));
    TRY(cell(b, r->user_name, ","));
    TRY(cell(b, r->via, ","));
    return cell_id(b, r->token_id);
}

static enum err csv_what(struct buf *b, const struct audit_row *r)
{
    TRY(cell(b, r->action, ","));
    TRY(cell_id(b, r->project_id));
    TRY(cell(b, r->project_name, ","));
    TRY(cell(b, r->subject, ","));
    TRY(cell_id(b, r->subject_id));
    TRY(cell(b, r->subject_name, ","));
    return cell(b, r->details, ",");
}

static enum err csv_row(struct buf *b, const struct audit_row *r)
{
    char hash[HASH_HEX];
    char signature[2 * SIGNATURE_BYTES + 1];

    hash_hex(hash, &r->hash);
    hex_of(signature, r->signature, sizeof r->signature);
    TRY(csv_who(b, r));
    TRY(csv_what(b, r));
    TRY(cell(b, hash, ","));
    return cell(b, signature, "\n");
}

static enum err header(struct audit_rows *x, struct buf *piece)
{
    static const char HEADER[] =
        "seq,at,user,user_name,via,token,action,project,project_name,subject,subject_id,"
        "subject_name,details,hash,signature\n";

    if (x->begun || x->format != AUDIT_CSV) return OK;
    x->begun = 1;
    return buf_add(piece, HEADER, sizeof HEADER - 1);
}

static enum err line(struct buf *b, struct arena *a, const struct audit_row *r)
{
    TRY(audit_row_write(b, a, r));
    return buf_add(b, "\n", 1);
}

static enum err page(struct audit_rows *x, struct store *s, struct arena *a, struct buf *piece)
{
    struct audit_row *rows;
    size_t n;

    TRY(store_audit_list(s, a, x->project_id, x->after, PAGE, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(x->format == AUDIT_CSV ? csv_row(piece, &rows[i]) : line(piece, a, &rows[i]));
        x->after = rows[i].seq;
    }
    return OK;
}

enum err audit_rows_next(struct audit_rows *x, struct store *s, struct buf *piece)
{
    struct arena a;
    enum err e;

    TRY(header(x, piece));
    arena_init(&a, 64 * MIB);
    e = page(x, s, &a, piece);
    arena_free(&a);
    return e;
}
