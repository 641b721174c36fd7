/* audit_rows - the audit log as a file, pulled piece by piece, oldest row first.
 *
 *     struct audit_rows x = {.project_id = 0, .format = AUDIT_JSONL};
 *     do {
 *         buf_clear(&piece);
 *         e = audit_rows_next(&x, store, &piece);         // size 0: the end
 *         ...
 *     } while (!e && piece.size);
 *
 * jsonl   {"action","at","details","hash","project","seq","signature","subject","token","user","via"}
 *         a line; project, subject and user are {"id","name"} (subject {"id","kind","name"}) or null.
 * csv     RFC 4180, UTF-8, LF: seq,at,user,user_name,via,token,action,project,project_name,subject,
 *         subject_id,subject_name,details,hash,signature. Cells that a spreadsheet would run are
 *         defused (csv.h): names are typed by people, and this file is for reading.
 *
 * Rows never change, so no steady look is needed: a row that is added meanwhile comes too.
 * Errors: those of store, ERR_TOO_LARGE. Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_AUDIT_ROWS_H
#define EXEMPLAR_FORMATS_AUDIT_ROWS_H

#include "base/buf.h"
#include "store/audit.h"

enum audit_format { AUDIT_JSONL, AUDIT_CSV };

struct audit_rows {
    int64_t project_id; /* 0: all */
    enum audit_format format;
    int64_t after; /* the last row given */
    int begun;     /* the header was given */
};

enum err audit_rows_next(struct audit_rows *x, struct store *s, struct buf *piece) MUST_USE;

/* One row as a line of the jsonl form, without its line end. */
enum err audit_row_write(struct buf *b, struct arena *a, const struct audit_row *r) MUST_USE;

#endif
