/* seal - what lets a file that left the house prove itself with the public key alone.
 *
 *     TRY(seal_open(&x, store, about, &header));             // inside the look that is exported
 *     for each row, in order:
 *         seal_json(&content, row);                          // or seal_cells()
 *         seal_row(x, &content, SEAL_MORE, text);            // `text` goes into the row as "seal"
 *     seal_close(x);
 *
 * Every row carries a field (a column) "seal", so that any reader of the format reads the file as
 * before. Its text, words separated by single spaces:
 *     row 1          1 TAG head SEQ AT HASH SIGNATURE key PUBLIC about ABOUT
 *     each 64th row  N TAG rows SIGNATURE
 *     the last row   N TAG end SIGNATURE         (after the words of row 1, if it is that too)
 *     others         N TAG
 * N counts rows from 1. TAG is the first 16 bytes of BLAKE2b-256 over the row's content: of JSON
 * 'j' and the object without "seal", compact with sorted keys; of a table 'c' and each cell but the
 * seal's as 8 bytes length (big-endian) and its text. So the tag survives another writer's spaces,
 * order of keys and quotes. HEAD is the ledger's signed head that the file was made at
 * (domain/ledger.h). ABOUT is a word for what the file holds ("labels/3", "files/3", "dataset/HASH").
 * START is BLAKE2b-256 over "exemplar export 1\n", row 1's words from "head" on up to ABOUT, and the
 * 32 bytes of `header` (of a table the content of its header row, else zeroes). A signature is
 * Ed25519 by the ledger's key over
 *     "exemplar rows 1\n" or "exemplar end 1\n\n" (16 bytes), START, N (8 bytes), BLAKE2b-256 of the
 *     tags of the rows after the last signature up to N
 *
 * What it proves and what not: docs/decisions, "Exports prove themselves". An export without rows
 * has no seal. Threads: one at a time. Sources: RFC 7693, RFC 8032. */
#ifndef EXEMPLAR_DOMAIN_SEAL_H
#define EXEMPLAR_DOMAIN_SEAL_H

#include "base/hash.h"
#include "base/json.h"
#include "store/ledger.h"

enum { SEAL_RUN = 64, SEAL_ABOUT_MAX = 130, SEAL_TEXT_MAX = 900 };

struct seal;
enum seal_place { SEAL_MORE, SEAL_LAST };

/* Reads the last head and the signing key of the store's folder. ERR_CORRUPT: the key is missing.
 * `header`: NULL for zeroes. `about`: no spaces, up to SEAL_ABOUT_MAX bytes. */
enum err seal_open(struct seal **out, struct store *s, const char *about,
                   const struct hash *header) MUST_USE;
void seal_close(struct seal *x); /* NULL is fine */
void seal_row(struct seal *x, const struct hash *content, enum seal_place place,
              char text[SEAL_TEXT_MAX]);

/* The content of a row: of an object, whose "seal" is passed over; of cells of a table. */
enum err seal_json(struct hash *content, struct arena *a, json_t *row) MUST_USE;
struct seal_cell {
    const char *text;
    size_t n;
};
void seal_cells(struct hash *content, const struct seal_cell *cells, size_t n);

/* What is found, a sentence each; `row` as it was counted at the export, 0: none. */
struct seal_report {
    void (*problem)(void *context, int64_t row, const char *sentence);
    void *context;
};
struct seal_sums {
    int64_t n_rows, n_proved; /* rows read; rows whose content a signature covers */
    int64_t n_problems;
    struct ledger_head head; /* seq 0: the file tells none */
    struct hash head_hash;   /* of the ledger's row head.seq */
    char about[SEAL_ABOUT_MAX + 1];
};

/* Checks the rows of a file in the order they stand in it. Memory: 48 bytes a row.
 *     TRY(seal_check_open(&c, public_half, &header, report));
 *     TRY(seal_check_row(c, line, seal_text_or_NULL, &content));   // each row
 *     TRY(seal_check_end(c, &sums));                               // names what does not fit
 *     seal_check_close(c); */
struct seal_check;
enum err seal_check_open(struct seal_check **out, const uint8_t public_half[32],
                         const struct hash *header, const struct seal_report *report) MUST_USE;
enum err seal_check_row(struct seal_check *c, int64_t line, const char *text,
                        const struct hash *content) MUST_USE;
enum err seal_check_end(struct seal_check *c, struct seal_sums *sums) MUST_USE;
void seal_check_close(struct seal_check *c); /* NULL is fine */

#endif
