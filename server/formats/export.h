/* export - a project's current labels as a file, pulled piece by piece.
 *
 *     struct export *x;
 *     struct buf piece;                                       // maximum: what one piece may hold
 *     TRY(export_open(&x, store, project_id, &(struct export_options){.format = EXPORT_JSONL}));
 *     do {
 *         buf_clear(&piece);
 *         e = export_next(x, &piece);                         // size 0: the end
 *         if (!e) e = send(piece.data, piece.size);
 *     } while (!e && piece.size);
 *     export_close(x);
 *
 * One row per current label (one person's answer to one item), in the order of the ledger, so
 * equal ledgers give equal bytes. Memory does not grow with the number of labels. All of it is one
 * steady look at the store (store_look), whatever is labelled meanwhile.
 *
 * jsonl   {"answer","annotator","at","elapsed_ms","hash","id","item","kind","meta","path",
 *         "question_version","receipt","seal","seq","text" (texts only),"values"}, keys sorted.
 * csv     RFC 4180, UTF-8, LF: item,path,kind,text,answer, one column per question of today by its name,
 *         annotator,at,seq,id,question_version,elapsed_ms,hash,receipt,seal. Several classes of one
 *         answer are a JSON list in their cell, the receipt is a JSON object. Cells are exact;
 *         `cells = CSV_GUARDED` defuses spreadsheet formulas and so alters data (csv.h).
 * imagefolder  a zip (stored, not compressed) as torchvision's ImageFolder and Hugging Face
 *         `datasets` read it, by the first question:
 *             train/CLASS/ITEM-name.ext   the original bytes of each image with one agreed class
 *             labels.csv                  every label, as the csv form above
 *             notes.json                  {"exported","left_out":{"several classes","no
 *                                         agreement","flagged","rejected","open"},"folders":{CLASS:FOLDER}}
 *         The table lies outside train/ and is not called metadata.*, because `datasets` drops
 *         folder labels when it finds such a file beside images. A class whose name cannot be a
 *         folder gets one that can, and notes.json says which. Images keep their EXIF tag: a
 *         reader that ignores it sees them as the camera stored them.
 *
 * Of a frozen data set (`dataset` set), jsonl and csv: one row per item, ids ascending:
 * jsonl   {"hash","item","kind","meta","part","path","seal","text" (texts only),"values"}
 * csv     item,path,kind,text,part, one column per question of then by its name, hash,seal
 *
 * Each row's seal proves it, and row 1's carries the ledger's signed head: domain/seal.h; checked by
 * export_check.h.
 *
 * Errors: ERR_INVALID (imagefolder of a text project), ERR_NOT_FOUND, ERR_CORRUPT (an original or
 * the signing key is missing). Threads: one at a time, with the store it was given. */
#ifndef EXEMPLAR_FORMATS_EXPORT_H
#define EXEMPLAR_FORMATS_EXPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "formats/csv.h"

#include <stdint.h>

struct dataset;
struct store;
struct export;

enum export_format { EXPORT_JSONL, EXPORT_CSV, EXPORT_IMAGEFOLDER };

/* "jsonl", "csv" or "imagefolder"; ERR_INVALID names the three. */
enum err export_format_parse(enum export_format *f, const char *name) MUST_USE;

const char *export_format_name(enum export_format f);

/* "application/jsonl", "text/csv; charset=utf-8" or "application/zip"; "jsonl", "csv" or "zip". */
const char *export_mime(enum export_format f);
const char *export_extension(enum export_format f);

struct export_options {
    enum export_format format;
    enum csv_cells cells;
    const char *data_folder;       /* where media/ lies; imagefolder only */
    const struct dataset *dataset; /* frozen, copied; NULL: the current labels */
    unsigned parts;                /* of the data set: bit 1 << part each */
};

enum err export_open(struct export **out, struct store *s, int64_t project_id,
                     const struct export_options *options) MUST_USE;
enum err export_next(struct export *x, struct buf *piece) MUST_USE;
void export_close(struct export *x); /* NULL is fine */

/* The imagefolder as a folder instead of a zip; `out` is made and must be empty or new. */
enum err export_folder(struct store *s, int64_t project_id,
                       const struct export_options *options, const char *out) MUST_USE;

#endif
