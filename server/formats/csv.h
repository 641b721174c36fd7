/* csv - records of a CSV or TSV file, read one at a time and written.
 *
 *     struct csv *c;
 *     struct csv_row row;
 *     TRY(csv_open(&c, &in, &CSV_LIMITS_DEFAULT, 0));        // 0: find the delimiter in line 1
 *     while (!(e = csv_next(c, &row)) && row.n_fields) use(row.fields[0].text, row.line);
 *     csv_close(c);
 *
 * Read: RFC 4180 with LF, CRLF or CR line ends, line breaks inside quotes, doubled quotes, a
 * UTF-8 byte order mark; a quote inside an unquoted field is an ordinary character. Empty lines
 * are passed over. With the tab as delimiter a record is one line, and a field is unquoted only
 * when it starts and ends with a quote and doubles those between (text/tab-separated-values
 * knows no quoting, spreadsheets do).
 * The delimiter is never guessed beyond this: the one of , ; TAB that stands most often outside
 * quotes in the first record; the comma when none does.
 *
 * csv_next() answering ERR_INVALID or ERR_TOO_LARGE refuses one record (text behind a closing
 * quote, NUL, bytes that are not UTF-8, beyond a limit): the sentence has the line, and the next
 * call goes on behind it. ERR_IO and ERR_NOMEM end the reading. Fields are valid until the next
 * call. Threads: one at a time. Sources: RFC 4180, IANA text/tab-separated-values. */
#ifndef EXEMPLAR_FORMATS_CSV_H
#define EXEMPLAR_FORMATS_CSV_H

#include "base/buf.h"
#include "base/err.h"
#include "formats/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv;

struct csv_limits {
    size_t row_max_bytes; /* of one record */
    size_t columns_max;
};
extern const struct csv_limits CSV_LIMITS_DEFAULT; /* 4 MiB, 1,000 columns */

struct csv_field {
    const char *text; /* UTF-8 without NUL, a 0 byte behind it */
    size_t n;
};

struct csv_row {
    const struct csv_field *fields;
    size_t n_fields; /* 0: the end of the file */
    int64_t line;    /* on which the record starts, from 1 */
};

/* ERR_INVALID when the file starts with a UTF-16 mark. */
enum err csv_open(struct csv **out, const struct stream *in, const struct csv_limits *limits,
                  char delimiter) MUST_USE;
void csv_close(struct csv *c); /* NULL is fine */

char csv_delimiter(const struct csv *c);

enum err csv_next(struct csv *c, struct csv_row *row) MUST_USE;

/* How a cell is written. A spreadsheet runs a cell that starts with = + - @ TAB or CR as a
 * formula; CSV_GUARDED puts ' before such text, which changes the data, so it is for people who
 * open the file in a spreadsheet and never the default. */
enum csv_cells { CSV_EXACT, CSV_GUARDED };

/* Whether csv_add_field puts ' before this text. */
bool csv_is_guarded(const char *text, size_t n, enum csv_cells cells);

/* Appends one field, quoted when it must be. The caller writes the commas and the line end. */
enum err csv_add_field(struct buf *b, const char *text, size_t n,
                       enum csv_cells cells) MUST_USE;

#endif
