/* export_check - is an exported file still what this ledger's key sealed?
 *
 *     struct export_check_params p = {.public_half = key, .problem = print};   // .store: and
 *     TRY(export_check(path, &p, &sums));                                      // the data folder
 *     if (sums.n_problems) ...
 *
 * JSON Lines and CSV as export.h writes them. By the key alone (domain/seal.h): each row that was
 * changed, is missing, was moved or added, a sentence each. With the data folder besides: that the
 * signed head lies in its ledger, that each row says what its ledger event says (answer, values,
 * item, content hash, receipt, times, versions), and which labels of that moment the file lacks.
 * OK when it could look at everything, whatever it found. Memory: 64 bytes a row.
 *
 * Errors: ERR_INVALID (no such kind of file; a line that cannot be read), ERR_IO. */
#ifndef EXEMPLAR_FORMATS_EXPORT_CHECK_H
#define EXEMPLAR_FORMATS_EXPORT_CHECK_H

#include "domain/seal.h"

struct export_check_params {
    const uint8_t *public_half; /* (32) */
    struct store *store;        /* NULL: the key alone */
    void (*problem)(void *context, int64_t row,
                    const char *sentence); /* row 0: of no one row */
    void *context;
};

enum err export_check(const char *path, const struct export_check_params *p,
                      struct seal_sums *sums) MUST_USE;

#endif
